"""Format and size from a picture's first bytes."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from articket_mesh.pictures import PictureHeader, UnreadablePictureError, read_picture_header


def encoded(extension: str, width: int, height: int, *settings: int) -> bytes:
    picture = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(extension, picture, settings)[1].tobytes()


@pytest.mark.parametrize(
    ("extension", "settings", "expected"),
    [
        (".jpg", (), "JPEG"),
        (".jpg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), "JPEG"),
        (".png", (), "PNG"),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 80), "WebP"),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 101), "WebP"),  # lossless
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (641, 43), (30, 1280)])
def test_format_and_size_are_read(extension: str, settings: tuple[int, ...], expected: str, size: tuple[int, int]):
    header = read_picture_header(encoded(extension, *size, *settings))
    assert (header.format, header.width, header.height) == (expected, *size)


def test_the_size_of_an_extended_webp_is_that_of_its_canvas():
    canvas = (1919).to_bytes(3, "little") + (1079).to_bytes(3, "little")
    webp = b"RIFF" + bytes(4) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    assert read_picture_header(webp) == PictureHeader("WebP", 1920, 1080)


def test_segments_before_the_size_are_passed_over():
    jpeg = encoded(".jpg", 70, 80)
    profile = b"\xff\xe2" + struct.pack("!H", 40_000) + bytes(39_998)
    assert read_picture_header(jpeg[:2] + profile * 3 + b"\xff\xff" + jpeg[2:]).width == 70


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp"])
def test_a_picture_that_is_cut_off_in_its_header_is_refused(extension: str):
    with pytest.raises(UnreadablePictureError):
        read_picture_header(encoded(extension, 70, 80)[:18])


@pytest.mark.parametrize(
    "bytes_", [b"", b"GIF89a" + bytes(99), b"BM" + bytes(99), b"RIFF1234WAVE" + bytes(99), b"\xff\xd8\xff"]
)
def test_something_else_is_refused(bytes_: bytes):
    with pytest.raises(UnreadablePictureError):
        read_picture_header(bytes_)


def test_a_picture_without_pixels_is_refused():
    png = b"\x89PNG\r\n\x1a\n" + struct.pack("!I4sII", 13, b"IHDR", 0, 5)
    with pytest.raises(UnreadablePictureError):
        read_picture_header(png)


def test_a_jpeg_of_endless_segments_is_given_up():
    with pytest.raises(UnreadablePictureError):
        read_picture_header(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 2_000_000)


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBPVP8 ", b""]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(beginning: bytes, rest: bytes):
    try:
        header = read_picture_header(beginning + rest)
    except UnreadablePictureError:
        return
    assert header.width >= 1
    assert header.height >= 1
