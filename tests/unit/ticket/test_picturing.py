"""Pictures for print: what is refused, what passes through, what is cropped, and how large it gets."""

import io
import struct
import zlib

import pytest
from PIL import Image

from articket_ticket.errors import PictureError
from articket_ticket.picturing import MAX_PICTURE_BYTES, Decoded, Frame, Jpeg, Picture, decode, fitted_jpeg
from tests.unit.ticket.samples import BLUE, GREEN, RED, YELLOW, busy_jpeg, encoded, is_near, jpeg_of

INCH = Frame(72, 72, "cover")
PLENTY = 10**7


def quarters(width: int, height: int) -> Image.Image:
    """Red and blue above, green and yellow below."""
    image = Image.new("RGB", (width, height), YELLOW)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(BLUE, (width // 2, 0, width, height // 2))
    image.paste(GREEN, (0, height // 2, width // 2, height))
    return image


def printed(picture: bytes, frame: Frame = INCH, focus: tuple[float, float] = (0.5, 0.5), most: int = PLENTY) -> Jpeg:
    return fitted_jpeg(decode(Picture(picture, focus), "photo"), frame, most)


def pixels(jpeg: Jpeg) -> Image.Image:
    return Image.open(io.BytesIO(jpeg.encoded)).convert("RGB")


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (b"", "0 bytes"),
        (b"not a picture", "13 bytes"),
        (b"%PDF-1.7", "8 bytes"),
        (b"GIF89a" + bytes(40), "46 bytes"),
        (jpeg_of(RED)[:800], "damaged"),
        (jpeg_of(RED)[:2000], "damaged"),
        (png_header(64, 64) + b"\x00" * 64, "damaged"),
        (png_header(60_000, 60_000), "60000 × 60000"),
        (encoded(Image.new("RGB", (64, 64)), "WEBP")[:50], "damaged"),
        (b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES), str(MAX_PICTURE_BYTES + 3)),
    ],
)
def test_what_is_no_whole_picture_is_refused_by_name(broken: bytes, found: str):
    with pytest.raises(PictureError, match=rf"^photo: .*{found}"):
        decode(Picture(broken), "photo")


def test_a_bomb_is_refused_before_it_is_decoded():
    rows = zlib.compress(bytes(3 * 12_000 + 1) * 100, 9)
    bomb = (
        png_header(12_000, 12_000)
        + struct.pack(">I", len(rows))
        + b"IDAT"
        + rows
        + struct.pack(">I", zlib.crc32(b"IDAT" + rows))
    )
    with pytest.raises(PictureError, match="megapixels"):
        decode(Picture(bomb), "photo")


def test_a_jpeg_that_fits_passes_through_byte_by_byte():
    original = busy_jpeg(300, 300)
    assert printed(original).encoded == original


def test_a_jpeg_with_metadata_does_not_pass_through():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    original = encoded(quarters(300, 300), exif=exif)
    assert b"taken at home" in original
    assert b"taken at home" not in printed(original).encoded


def test_a_turned_jpeg_is_printed_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the picture has to turn a quarter clockwise
    image = pixels(printed(encoded(quarters(300, 300), exif=exif)))
    assert is_near(image.getpixel((20, 20)), GREEN)


def test_large_pictures_are_printed_at_300_dpi():
    jpeg = printed(encoded(quarters(1280, 1280)))
    assert (jpeg.width, jpeg.height) == (300, 300)


def test_small_pictures_are_enlarged_to_250_dpi():
    jpeg = printed(encoded(quarters(100, 60)), Frame(720, 432, "cover"))
    assert (jpeg.width, jpeg.height) == (2500, 1500)


def test_a_wide_painting_in_a_square_frame_has_250_dpi():
    jpeg = printed(busy_jpeg(1280, 720), Frame(88 / 25.4 * 72, 88 / 25.4 * 72, "cover"))
    assert jpeg.width / (88 / 25.4) >= 250
    assert jpeg.height / (88 / 25.4) >= 250


def test_at_least_250_dpi_are_left_where_the_source_has_them():
    jpeg = printed(busy_jpeg(960, 1280), Frame(90 / 25.4 * 72, 96 / 25.4 * 72, "cover"))
    assert jpeg.width / (90 / 25.4) >= 250


@pytest.mark.parametrize(
    ("size", "focus", "left", "right"),
    [
        ((600, 300), (0.0, 0.5), RED, RED),
        ((600, 300), (1.0, 0.5), BLUE, BLUE),
        ((600, 300), (0.5, 0.5), RED, BLUE),
    ],
)
def test_cover_crops_round_the_focus(size, focus, left, right):
    image = pixels(printed(encoded(quarters(*size)), focus=focus))
    assert image.width == image.height
    assert is_near(image.getpixel((8, 8)), left)
    assert is_near(image.getpixel((image.width - 8, 8)), right)


def test_cover_does_not_distort():
    image = Image.new("RGB", (800, 400), "white")
    image.paste(RED, (300, 100, 500, 300))
    red = (
        pixels(printed(encoded(image)))
        .point(lambda value: value)
        .getchannel("B")
        .point(lambda value: 255 if value < 128 else 0)
    )
    left, top, right, bottom = red.getbbox() or (0, 0, 0, 0)
    assert (right - left) / (bottom - top) == pytest.approx(1, abs=0.03)


def test_contain_keeps_all_of_the_picture():
    jpeg = printed(encoded(quarters(600, 300)), Frame(72, 72, "contain"))
    assert (jpeg.width, jpeg.height) == (300, 150)


@pytest.mark.parametrize(
    "image",
    [
        quarters(64, 64).convert("P"),
        quarters(64, 64).convert("L"),
        quarters(64, 64).convert("1"),
        quarters(64, 64).convert("RGBA"),
        Image.new("LA", (64, 64), (9, 100)),
        Image.new("I;16", (64, 64), 40_000),
    ],
    ids=lambda image: image.mode,
)
def test_every_kind_of_png_can_be_printed(image: Image.Image):
    jpeg = printed(encoded(image, "PNG"))
    assert pixels(jpeg).size == (250, 250)
    assert jpeg.is_grey == (Image.open(io.BytesIO(jpeg.encoded)).mode == "L")


def test_cmyk_is_printed_in_rgb():
    jpeg = printed(encoded(quarters(64, 64).convert("CMYK")))
    assert is_near(pixels(jpeg).getpixel((8, 8)), RED, tolerance=40)


def test_what_is_transparent_becomes_white():
    assert is_near(
        pixels(printed(encoded(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "PNG"))).getpixel((32, 32)), (255, 255, 255)
    )


def test_pictures_keep_to_their_share_of_bytes():
    assert len(printed(busy_jpeg(1200, 1200), Frame(288, 288, "cover"), most=150_000).encoded) <= 150_000


def test_a_picture_of_noise_alone_keeps_to_its_share_of_bytes_too():
    assert len(printed(busy_jpeg(1200, 1200), Frame(288, 288, "cover"), most=30_000).encoded) <= 30_000


def test_the_quality_stays_high_where_there_is_room():
    image = decode(Picture(busy_jpeg(400, 400)), "photo")
    roomy, tight = (fitted_jpeg(Decoded(image.image, (0.5, 0.5), None), INCH, most) for most in (PLENTY, 20_000))
    assert len(roomy.encoded) > 2 * len(tight.encoded)
