"""What a picture says of itself in its first bytes: the format and the size, read without decoding anything.

A service asks this before it lets a decoder near a stranger's bytes: a picture that would fill the memory is refused for the
price of a few bytes. Pure Python, and every loop is bounded. Limits are each service's own.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["PictureHeader", "UnreadablePictureError", "read_picture_header"]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A photo has ten or twenty segments before its size, one with a large colour profile a hundred.
MOST_JPEG_SEGMENTS = 1000

# Start Of Frame: all of 0xC0 to 0xCF but Huffman tables, JPEG extensions and arithmetic conditioning.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKERS_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_SCAN = 0xDA


class UnreadablePictureError(Exception):
    """The bytes do not begin like a JPEG, PNG or WebP picture."""


@dataclass(frozen=True)
class PictureHeader:
    """What the header says; nothing says yet that the rest can be decoded."""

    format: Literal["JPEG", "PNG", "WebP"]
    width: int
    """Pixels; at least 1."""
    height: int
    """Pixels; at least 1."""


def read_picture_header(picture: bytes) -> PictureHeader:
    """Read the format and the size. Raises UnreadablePictureError with a message that may be shown to the sender."""
    if picture.startswith(b"\xff\xd8\xff"):
        header = PictureHeader("JPEG", *_jpeg_size(picture))
    elif picture.startswith(PNG_SIGNATURE):
        header = PictureHeader("PNG", *_png_size(picture))
    elif picture.startswith(b"RIFF") and picture[8:12] == b"WEBP":
        header = PictureHeader("WebP", *_webp_size(picture))
    else:
        raise UnreadablePictureError(f"expected JPEG, PNG or WebP, found {len(picture)} bytes of something else")
    if header.width < 1 or header.height < 1:
        raise UnreadablePictureError(f"expected a size in pixels, found {header.width} × {header.height}")
    return header


def _png_size(picture: bytes) -> tuple[int, int]:
    if picture[12:16] != b"IHDR" or len(picture) < 24:
        raise UnreadablePictureError("expected a PNG header, found a PNG that is cut off or damaged")
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


def _jpeg_size(picture: bytes) -> tuple[int, int]:
    position = 2
    for _ in range(MOST_JPEG_SEGMENTS):
        if position + 4 > len(picture) or picture[position] != 0xFF:
            break
        marker = picture[position + 1]
        if marker == 0xFF:  # padding
            position += 1
        elif marker in _MARKERS_WITHOUT_LENGTH:
            position += 2
        elif marker in _FRAME_MARKERS and position + 9 <= len(picture):
            return int.from_bytes(picture[position + 7 : position + 9]), int.from_bytes(picture[position + 5 : position + 7])
        elif marker == _START_OF_SCAN:
            break
        else:
            position += 2 + int.from_bytes(picture[position + 2 : position + 4])
    raise UnreadablePictureError("expected a JPEG header, found a JPEG that is cut off or damaged")


def _webp_size(picture: bytes) -> tuple[int, int]:
    kind, chunk = picture[12:16], picture[20:30]
    if len(chunk) == 10:
        if kind == b"VP8X":  # extended: the canvas
            return int.from_bytes(chunk[4:7], "little") + 1, int.from_bytes(chunk[7:10], "little") + 1
        if kind == b"VP8L" and chunk[0] == 0x2F:  # lossless: 14 bits each
            bits = int.from_bytes(chunk[1:5], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if kind == b"VP8 " and chunk[3:6] == b"\x9d\x01\x2a":  # lossy: 14 bits each, the upper two say how to scale
            return int.from_bytes(chunk[6:8], "little") & 0x3FFF, int.from_bytes(chunk[8:10], "little") & 0x3FFF
    raise UnreadablePictureError("expected a WebP header, found a WebP that is cut off or damaged")
