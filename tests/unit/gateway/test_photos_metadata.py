"""Nothing but pixels gets through: no place, no name, no preview, no profile, nothing that was appended."""

import struct
from collections.abc import Callable

import pytest

from articket_gateway.photos import normalise, thumbnail
from tests.support.photos import (
    GPS_MARK,
    display_p3,
    encoded,
    exif,
    heic,
    jpeg_segment,
    png_chunk,
    quadrants,
    with_jpeg_segments,
    with_png_chunks,
)

SECRET = b"a secret that must not get through"
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
ALLOWED = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}  # JFIF, tables, frame, scan


def segments(jpeg: bytes) -> list[int]:
    """The markers of a JPEG's header, in order."""
    found: list[int] = []
    at = 2
    while not found or found[-1] != 0xDA:
        assert jpeg[at] == 0xFF
        found.append(jpeg[at + 1])
        at += 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
    return found


def jpeg_with_everything() -> bytes:
    thumb = encoded(quadrants(80, 60), "JPEG")
    return with_jpeg_segments(
        encoded(quadrants(), "JPEG", exif=exif(1, gps=True, thumbnail=thumb), comment=SECRET, icc_profile=display_p3()),
        [jpeg_segment(0xE1, XMP), jpeg_segment(0xED, b"Photoshop 3.0\0" + SECRET), jpeg_segment(0xEB, SECRET)],
    ) + SECRET  # fmt: skip


def png_with_everything() -> bytes:
    text = png_chunk(b"tEXt", b"Comment\0" + SECRET) + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET)
    return with_png_chunks(encoded(quadrants(), "PNG", exif=exif(1, gps=True)), text) + SECRET


CARRIERS: dict[str, Callable[[], bytes]] = {
    "jpeg": jpeg_with_everything,
    "png": png_with_everything,
    "webp": lambda: encoded(quadrants(), "WEBP", exif=exif(1, gps=True), xmp=XMP, icc_profile=display_p3()),
    "avif": lambda: encoded(quadrants(), "AVIF", exif=exif(1, gps=True), xmp=XMP, icc_profile=display_p3()),
    "gif": lambda: encoded(quadrants(), "GIF", comment=SECRET) + SECRET,
    "heic": lambda: heic(exif_block=exif(1, gps=True) + SECRET, icc=display_p3()),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_metadata_is_dropped(carrier: str):
    body = CARRIERS[carrier]()
    jpeg = normalise(body).jpeg
    assert SECRET in body or GPS_MARK in body
    assert SECRET not in jpeg
    assert GPS_MARK not in jpeg
    assert b"Exif" not in jpeg
    assert set(segments(jpeg)) <= ALLOWED
    assert jpeg.endswith(b"\xff\xd9")
    assert jpeg.count(b"\xff\xd8\xff") == 1


def test_jpeg_says_nothing_but_its_resolution_is_unknown():
    jpeg = normalise(encoded(quadrants(), "JPEG", dpi=(300, 300))).jpeg
    assert jpeg[6:18] == b"JFIF\0\x01\x01\0\0\x01\0\x01"


def test_thumbnails_carry_no_metadata_either():
    jpeg = thumbnail(encoded(quadrants(960, 640), "JPEG", exif=exif(1, gps=True), comment=SECRET), 320)
    assert set(segments(jpeg)) <= ALLOWED
    assert SECRET not in jpeg
