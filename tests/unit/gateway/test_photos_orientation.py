"""However the phone was held, the normalised photo stands upright."""

import io

import pytest
from PIL import Image

from articket_gateway.photos import normalise
from tests.support.photos import UPRIGHT_CORNERS, corners, encoded, exif, heic, quadrants

ORIENTATIONS = range(1, 9)


def upright(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(normalise(body).jpeg))


def assert_upright(picture: Image.Image, orientation: int) -> None:
    assert picture.size == ((96, 64) if orientation <= 4 else (64, 96))
    for found, expected in zip(corners(picture), UPRIGHT_CORNERS[orientation], strict=True):
        assert found == pytest.approx(expected, abs=12)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_exif_orientation_is_applied(format_: str, orientation: int):
    assert_upright(upright(encoded(quadrants(), format_, exif=exif(orientation))), orientation)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_heic_turns_are_applied(orientation: int):
    assert_upright(upright(heic(orientation)), orientation)


def test_heic_turns_are_not_applied_a_second_time_from_exif():
    assert_upright(upright(heic(6, exif_block=exif(6))), 6)


def test_heic_tiles_are_put_together_before_turning():
    assert upright(heic(6, tiles=(3, 2))).size == (128, 288)


def test_large_jpeg_is_turned_after_it_was_scaled():
    picture = upright(encoded(quadrants(3000, 2000), "JPEG", exif=exif(6)))
    assert picture.size == (853, 1280)
    assert corners(picture)[1] == pytest.approx(UPRIGHT_CORNERS[6][1], abs=4)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientation_that_does_not_exist_is_ignored(orientation: int):
    assert_upright(upright(encoded(quadrants(), "JPEG", exif=exif(orientation))), 1)


@pytest.mark.parametrize("damage", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"])
def test_broken_exif_costs_the_orientation_and_not_the_photo(damage: bytes):
    assert_upright(upright(encoded(quadrants(), "JPEG", exif=damage)), 1)


def test_big_endian_exif_is_read():
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    assert_upright(upright(encoded(quadrants(), "JPEG", exif=block)), 6)
