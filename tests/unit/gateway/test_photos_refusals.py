"""What cannot be taken is refused with a stable reason and words that say what was found and what to do."""

import gzip
import io

import pytest
from PIL import Image

from articket_gateway.photos import MAX_BYTES, PhotoReason, PhotoRefused, normalise
from tests.support.photos import encoded, heic, png, quadrants, with_jpeg_size


def refused(body: bytes) -> PhotoRefused:
    with pytest.raises(PhotoRefused) as caught:
        normalise(body)
    refusal = caught.value
    assert refusal.hint.endswith(".")
    for part in (refusal.detail, refusal.expected, refusal.found):
        assert part in str(refusal)
    return refusal


OTHER_FILES = {
    "an SVG drawing": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="100"></svg>',
    "an HTML page": b"\n<!DOCTYPE html><html><body>hello</body></html>",
    "an XML document": b'<?xml version="1.0"?><note/>',
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "a TIFF or camera raw picture": encoded(quadrants(), "TIFF"),
    "a BMP picture": encoded(quadrants(), "BMP"),
    "an icon (ICO)": encoded(quadrants(64, 64), "ICO"),
    "a JPEG 2000 picture": encoded(quadrants(), "JPEG2000"),
    "a ZIP archive or an office document": b"PK\x03\x04\x14\0\0\0\x08\0",
    "a gzip archive": gzip.compress(b"picture"),
    "a video": b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41",
    "a camera raw picture (CR3)": b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
    "a sound recording or a video": b"RIFF\x24\0\0\0WAVEfmt ",
    "text": "안녕하세요, this is not a picture".encode(),
    "9 bytes of an unknown kind": b"\x01\x02\x03\x04\x05\x06\x07\x08\x09",
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_other_files_are_refused_by_their_name(name: str):
    refusal = refused(OTHER_FILES[name])
    assert refusal.reason is PhotoReason.FORMAT
    assert refusal.found == name
    assert "JPEG" in refusal.expected


def test_empty_upload_is_refused():
    assert refused(b"").reason is PhotoReason.EMPTY


def test_file_over_20_mib_is_refused_unread():
    refusal = refused(encoded(quadrants(), "JPEG") + b"\0" * MAX_BYTES)
    assert refusal.reason is PhotoReason.TOO_LARGE
    assert refusal.expected == "at most 20 MiB"


@pytest.mark.parametrize(
    ("size", "reason", "found"),
    [
        ((12001, 100), PhotoReason.SIDE_TOO_LARGE, "12001 × 100 pixels"),
        ((100, 12001), PhotoReason.SIDE_TOO_LARGE, "100 × 12001 pixels"),
        ((12000, 4167), PhotoReason.TOO_MANY_PIXELS, "50.0 megapixels"),
        ((63, 200), PhotoReason.SIDE_TOO_SMALL, "63 × 200 pixels"),
        ((200, 1), PhotoReason.SIDE_TOO_SMALL, "200 × 1 pixels"),
        ((1300, 64), PhotoReason.SIDE_TOO_SMALL, "20 to 1"),
        ((64, 12000), PhotoReason.SIDE_TOO_SMALL, "188 to 1"),
    ],
)
def test_sizes_beyond_the_limits_are_refused(size: tuple[int, int], reason: PhotoReason, found: str):
    refusal = refused(png(*size, depth=1, colour=0))
    assert refusal.reason is reason
    assert found in refusal.found


@pytest.mark.parametrize("size", [(12000, 4166), (4166, 12000), (64, 64), (64, 1280), (1280, 64), (12000, 640)])
def test_sizes_at_the_limits_are_taken(size: tuple[int, int]):
    photo = normalise(png(*size, depth=1, colour=0))
    assert max(photo.width, photo.height) == min(1280, max(size))
    assert min(photo.width, photo.height) >= 64


WHOLE = {
    "JPEG": encoded(quadrants(640, 480), "JPEG"),
    "progressive JPEG": encoded(quadrants(640, 480), "JPEG", progressive=True),
    "PNG": encoded(quadrants(640, 480), "PNG"),
    "WebP": encoded(quadrants(640, 480), "WEBP"),
    "lossless WebP": encoded(quadrants(640, 480), "WEBP", lossless=True),
    "GIF": encoded(quadrants(640, 480), "GIF"),
    "AVIF": encoded(quadrants(640, 480), "AVIF"),
    "HEIC": heic(),
}


@pytest.mark.parametrize("format_", WHOLE)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.97])
def test_picture_that_ends_early_is_refused(format_: str, share: float):
    refusal = refused(WHOLE[format_][: int(len(WHOLE[format_]) * share)])
    assert refusal.reason is PhotoReason.BROKEN
    assert refusal.detail == "the picture ends early"
    assert "again" in refusal.hint


@pytest.mark.parametrize("format_", WHOLE)
def test_beginning_without_a_picture_is_refused(format_: str):
    assert refused(WHOLE[format_][:16]).reason is PhotoReason.BROKEN


def test_png_with_changed_pixels_is_refused():
    whole = WHOLE["PNG"]
    at = whole.index(b"IDAT") + 40
    refusal = refused(whole[:at] + bytes(255 - byte for byte in whole[at : at + 40]) + whole[at + 40 :])
    assert refusal.reason is PhotoReason.BROKEN
    assert refusal.detail == "the picture cannot be read"


def test_jpeg_with_two_sizes_is_refused():
    jpeg = encoded(quadrants(), "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    doubled = jpeg[:frame] + with_jpeg_size(jpeg, 9000, 5000)[frame : frame + 19] + jpeg[frame:]
    assert "two sizes" in refused(doubled).found


def test_jpeg_of_twelve_bits_is_refused():
    jpeg = bytearray(encoded(quadrants(), "JPEG"))
    jpeg[jpeg.index(b"\xff\xc0") + 4] = 12
    assert refused(bytes(jpeg)).reason is PhotoReason.BROKEN


def test_what_is_claimed_of_a_file_is_not_asked():
    """A GIF by its first letters and a script by the rest is nothing but a broken GIF here."""
    assert refused(b"GIF89a/*" + b" " * 40 + b"*/=1;alert(1)//").reason is PhotoReason.BROKEN


def test_page_behind_a_picture_is_cut_off():
    page = b"<script>alert(1)</script>"
    photo = normalise(encoded(quadrants(), "JPEG") + page)
    assert page not in photo.jpeg
    assert Image.open(io.BytesIO(photo.jpeg)).size == (96, 64)
