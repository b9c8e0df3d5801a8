"""Whatever the colour model and profile, the normalised photo has the colours that were seen, in sRGB on white."""

import io

import numpy as np
import pytest
from PIL import Image

from articket_gateway.photos import normalise
from tests.support.photos import (
    adobe_rgb,
    display_p3,
    encoded,
    green_ink_cmyk,
    heic,
    linear_grey,
    png,
    png_chunk,
    quadrants,
    with_png_chunks,
)

SRGB_TO_XYZ = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
P3_TO_XYZ = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
ADOBE_TO_XYZ = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])

BRICK = (200, 100, 60)


def flat(colour: int | tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (80, 80), colour)


def seen(body: bytes) -> tuple[int, ...]:
    """The colour in the middle."""
    picture = Image.open(io.BytesIO(normalise(body).jpeg))
    assert picture.mode == "RGB"
    colour = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(colour, tuple)
    return colour


def in_srgb(colour: tuple[int, ...], to_xyz: np.ndarray) -> tuple[float, ...]:
    """What a colour of another RGB space is in sRGB, by the definition."""
    light = to_xyz @ (np.array(colour) / 255) ** 2.2
    linear = np.clip(np.linalg.inv(SRGB_TO_XYZ) @ light, 0, 1)
    return tuple(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_display_p3_is_converted(format_: str):
    found = seen(encoded(flat(BRICK), format_, icc_profile=display_p3()))
    assert found == pytest.approx(in_srgb(BRICK, P3_TO_XYZ), abs=4)
    assert found != pytest.approx(BRICK, abs=8)


def test_display_p3_in_heic_is_converted():
    plain, wide = (np.array(normalised_top_left(heic(icc=icc))) for icc in (None, display_p3()))
    assert wide == pytest.approx(in_srgb(tuple(plain), P3_TO_XYZ), abs=4)
    assert wide[0] > plain[0] + 15


def normalised_top_left(body: bytes) -> tuple[int, ...]:
    colour = Image.open(io.BytesIO(normalise(body).jpeg)).getpixel((24, 16))
    assert isinstance(colour, tuple)
    return colour


def test_adobe_rgb_is_converted():
    found = seen(encoded(flat(BRICK), "JPEG", icc_profile=adobe_rgb()))
    assert found == pytest.approx(in_srgb(BRICK, ADOBE_TO_XYZ), abs=4)


def test_grey_profile_is_converted():
    assert seen(encoded(flat(128, "L"), "JPEG", icc_profile=linear_grey())) == pytest.approx((188, 188, 188), abs=2)


def test_grey_profile_is_converted_beside_alpha():
    found = seen(encoded(flat((128, 255), "LA"), "PNG", icc_profile=linear_grey()))
    assert found == pytest.approx((188, 188, 188), abs=2)


def test_cmyk_profile_is_converted():
    red, green, blue = seen(encoded(flat((255, 0, 0, 0), "CMYK"), "JPEG", icc_profile=green_ink_cmyk()))
    assert green > 140
    assert red < 40
    assert blue < 100


@pytest.mark.parametrize(
    "profile",
    [b"not a profile", display_p3()[:200], b"\0" * 300, b""],
    ids=["text", "cut off", "zeros", "empty"],
)
def test_broken_profile_is_ignored(profile: bytes):
    assert seen(encoded(flat(BRICK), "JPEG", icc_profile=profile)) == pytest.approx(BRICK, abs=3)


@pytest.mark.parametrize("profile", [linear_grey(), green_ink_cmyk()], ids=["grey", "cmyk"])
def test_profile_of_another_colour_model_is_ignored(profile: bytes):
    assert seen(encoded(flat(BRICK), "JPEG", icc_profile=profile)) == pytest.approx(BRICK, abs=3)


def test_broken_packed_profile_of_a_png_is_ignored():
    bad = png_chunk(b"iCCP", b"name\0\0this is not deflated")
    assert seen(with_png_chunks(encoded(flat(BRICK), "PNG"), bad)) == pytest.approx(BRICK, abs=3)


@pytest.mark.parametrize(
    ("inks", "expected"),
    [((0, 0, 0, 0), (255, 255, 255)), ((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0))],
    ids=["paper", "red", "black"],
)
def test_cmyk_jpeg_is_converted(inks: tuple[int, ...], expected: tuple[int, ...]):
    assert seen(encoded(flat(inks, "CMYK"), "JPEG")) == pytest.approx(expected, abs=3)


def test_ycck_jpeg_as_adobe_writes_it_is_converted():
    assert seen(as_ycck(flat((0, 255, 255, 0), "CMYK"))) == pytest.approx((255, 0, 0), abs=4)


def as_ycck(picture: Image.Image) -> bytes:
    """The CMYK picture as Adobe stores it: inverted, the first three inks turned into YCbCr, transform 2 in APP14."""
    inks = Image.merge("RGB", picture.split()[:3]).convert("YCbCr")
    bands = [band.point(lambda value: 255 - value) for band in inks.split()]  # Pillow inverts all four when it writes
    jpeg = encoded(Image.merge("CMYK", [*bands, picture.getchannel("K")]), "JPEG")
    at = jpeg.index(b"Adobe") + 11
    return jpeg[:at] + b"\x02" + jpeg[at + 1 :]


def test_sixteen_bit_colour_png_is_scaled():
    line = b"\0" + bytes([200, 10, 100, 10, 60, 10]) * 80
    assert seen(png(80, 80, depth=16, pixels=line * 80)) == pytest.approx(BRICK, abs=3)


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (1000, 4), (32768, 127), (65535, 255)])
def test_sixteen_bit_grey_png_is_scaled_and_not_clipped(level: int, expected: int):
    assert seen(encoded(flat(level, "I;16"), "PNG")) == pytest.approx((expected,) * 3, abs=2)


def test_alpha_is_flattened_on_white():
    assert seen(encoded(flat((200, 100, 60, 0), "RGBA"), "PNG")) == pytest.approx((255, 255, 255), abs=1)
    assert seen(encoded(flat((200, 100, 60, 128), "RGBA"), "PNG")) == pytest.approx((227, 177, 157), abs=3)


@pytest.mark.parametrize("format_", ["WEBP", "AVIF"])
def test_alpha_of_newer_formats_is_flattened_on_white(format_: str):
    assert seen(encoded(flat((200, 100, 60, 0), "RGBA"), format_)) == pytest.approx((255, 255, 255), abs=3)


def test_alpha_of_a_large_picture_is_flattened_on_white():
    assert seen(encoded(Image.new("RGBA", (8000, 400), (0, 0, 0, 51)), "PNG")) == pytest.approx((204,) * 3, abs=2)


def test_grey_with_alpha_is_flattened_on_white():
    assert seen(encoded(flat((0, 128), "LA"), "PNG")) == pytest.approx((127, 127, 127), abs=3)


def test_transparent_palette_colour_is_flattened_on_white():
    picture = quadrants(80, 80).quantize(4)
    index = picture.getpixel((40, 40))
    for format_ in ("PNG", "GIF"):
        assert seen(encoded(picture, format_, transparency=index)) == (255, 255, 255)


def test_partly_transparent_palette_is_flattened_on_white():
    assert seen(encoded(flat(0, "P"), "PNG", transparency=bytes([128]))) == pytest.approx((127, 127, 127), abs=3)


def test_transparent_colour_of_a_png_without_palette_is_flattened_on_white():
    for mode, colour in (("RGB", BRICK), ("L", 90)):
        assert seen(encoded(flat(colour, mode), "PNG", transparency=colour)) == (255, 255, 255)


def test_palette_picture_keeps_its_colours():
    assert seen(encoded(flat(BRICK).quantize(8), "PNG")) == pytest.approx(BRICK, abs=3)


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_and_two_tone_pictures_become_colour(mode: str):
    assert seen(encoded(flat(255, mode), "PNG")) == pytest.approx((255, 255, 255), abs=1)


def test_grey_jpeg_becomes_colour():
    assert seen(encoded(flat(90, "L"), "JPEG")) == pytest.approx((90, 90, 90), abs=2)


def test_grey_heic_becomes_colour():
    assert seen(heic(source="grey.heic")) == pytest.approx((128, 128, 128), abs=3)
