"""Reads what stands before the pixels in JPEG, PNG, WebP and GIF: size, orientation, colour profile, and where the picture is.

Why this is done here and not by the decoders: nothing may be decoded, and next to nothing allocated, before the size is
known to be within the limits; and a decoder is then given only the bytes that make the picture. Metadata, animation
frames, thumbnails and whatever was appended never reach it, so neither do the tricks played with them (text bombs,
millions of empty chunks, thousands of JPEG scans).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps

from articket_gateway.photos.refusals import broken, ends_early
from articket_gateway.photos.sniffing import PhotoFormat

MAX_PROFILE_BYTES = 5_000_000
"""Press profiles with their tables take up to 3 MB; a larger one is ignored."""

# A photo has tens of chunks, a large PNG thousands. Each costs a decoder some microseconds, and 20 MB hold millions.
_MAX_CHUNKS = 50_000
_MAX_GIF_BLOCKS = 400_000  # of at most 255 bytes each, so a 20 MB frame has 80,000
_MAX_JPEG_SEGMENTS = 5_000
_MAX_JPEG_SCANS = 100  # progressive cameras and optimisers write about 10; each scan costs a pass over all pixels

_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class Parts:
    """What a file says of itself. `size` is before turning; `picture` is a file of the same format without the rest."""

    size: tuple[int, int]
    orientation: int
    """1..8 as in EXIF: how to turn the pixels upright."""
    icc: bytes | None
    picture: bytes


def _reading(format_: PhotoFormat) -> Callable[[Callable[[bytes], Parts]], Callable[[bytes], Parts]]:
    """Make a reader refuse a file that stops where the reader expects more."""

    def decorate(read: Callable[[bytes], Parts]) -> Callable[[bytes], Parts]:
        @wraps(read)
        def guarded(body: bytes) -> Parts:
            try:
                return read(body)
            except (IndexError, struct.error):
                raise ends_early(format_, f"{len(body)} bytes that stop before the picture is complete") from None

        return guarded

    return decorate


@_reading(PhotoFormat.JPEG)
def read_jpeg(body: bytes) -> Parts:
    """Read a JPEG up to its first scan. Only the first picture counts: a second one or a video may be appended."""
    kept = [b"\xff\xd8"]
    size: tuple[int, int] | None = None
    orientation = 1
    profile: dict[int, bytes] = {}
    at = 2
    for _ in range(_MAX_JPEG_SEGMENTS):
        marker, at = _next_jpeg_marker(body, at)
        if marker == 0xDA:
            break
        if marker in _JPEG_BARE:
            continue
        if marker in (0xD8, 0xD9):
            raise broken("JPEG", "another picture's beginning or end before any pixels")
        (length,) = struct.unpack_from(">H", body, at)
        payload, at = body[at + 2 : at + length], at + length
        if length < 2 or at > len(body):
            raise ends_early("JPEG", f"{len(body)} bytes that stop in its header")
        if marker in _JPEG_FRAMES:
            if size is not None:
                raise broken("JPEG", "two sizes in one picture")
            height, width = struct.unpack_from(">HH", payload, 1)
            size = (width, height)
        elif marker == 0xE1 and payload.startswith(b"Exif\0\0") and orientation == 1:
            orientation = exif_orientation(payload)
        elif marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0"):
            profile[payload[12]] = payload[14:]
        if _is_part_of_jpeg_picture(marker, payload):
            kept.append(b"\xff%c%b%b" % (marker, struct.pack(">H", length), payload))
    else:
        raise broken("JPEG", f"more than {_MAX_JPEG_SEGMENTS} header segments")
    if size is None:
        raise broken("JPEG", "pixels without a size")
    kept.append(b"\xff\xda" + _jpeg_scans(body, at))
    return Parts(size, orientation, _joined(profile), b"".join(kept))


_JPEG_BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_TABLES = {0xC4, 0xCC, 0xDB, 0xDD}


def _next_jpeg_marker(body: bytes, at: int) -> tuple[int, int]:
    """The next marker and where its length stands; padding and stray bytes before it are passed over, as decoders do."""
    while True:
        at = body.find(b"\xff", at)
        if at < 0:
            raise IndexError
        while body[at] == 0xFF:
            at += 1
        if body[at] != 0:
            return body[at], at + 1


def _is_part_of_jpeg_picture(marker: int, payload: bytes) -> bool:
    if marker == 0xE0:
        return payload.startswith(b"JFIF\0")
    if marker == 0xEE:  # tells how the colours are stored
        return payload.startswith(b"Adobe")
    return marker in _JPEG_FRAMES or marker in _JPEG_TABLES


def _jpeg_scans(body: bytes, at: int) -> bytes:
    """From the first scan to the end of the picture. Inside scans FF is always followed by 00, so markers are markers."""
    end = body.find(b"\xff\xd9", at)
    end = len(body) if end < 0 else end + 2
    if body.count(b"\xff\xda", at, end) >= _MAX_JPEG_SCANS:
        raise broken("JPEG", f"more than {_MAX_JPEG_SCANS} scans")
    return body[at:end]


def _joined(profile: dict[int, bytes]) -> bytes | None:
    return b"".join(profile[number] for number in sorted(profile))[:MAX_PROFILE_BYTES] or None


@_reading(PhotoFormat.PNG)
def read_png(body: bytes) -> Parts:
    """Read a PNG's chunks; of an animated one the still picture that every program shows."""
    kept = [memoryview(body)[:8]]
    size: tuple[int, int] | None = None
    orientation, icc = 1, None
    for kind, start, end in _png_chunks(body):
        if size is None:
            if kind != b"IHDR":
                raise broken("PNG", "no size at its beginning")
            size = struct.unpack_from(">II", body, start)
        elif kind == b"eXIf":
            orientation = exif_orientation(body[start:end])
        elif kind == b"iCCP":
            icc = _inflated(body[start:end].partition(b"\0")[2][1:])
        if kind in _PNG_PICTURE:
            kept.append(memoryview(body)[start - 8 : end + 4])
        if kind == b"IEND":
            return Parts(size, orientation, icc, b"".join(kept))
    raise IndexError


_PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def _png_chunks(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's kind and where its content starts and ends."""
    at = 8
    for _ in range(_MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", body, at)
        if at + 12 + length > len(body):
            raise IndexError
        yield kind, at + 8, at + 8 + length
        at += 12 + length
    raise broken("PNG", f"more than {_MAX_CHUNKS} chunks")


def _inflated(packed: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(packed, MAX_PROFILE_BYTES) or None
    except zlib.error:
        return None


@_reading(PhotoFormat.WEBP)
def read_webp(body: bytes) -> Parts:
    """Read a WebP's chunks; the canvas is the size, of an animated one too."""
    (riff_length,) = struct.unpack_from("<I", body, 4)
    end = 8 + riff_length
    if end > len(body):
        raise IndexError
    size: tuple[int, int] | None = None
    orientation, icc = 1, None
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > end:
            break
        kind, length = struct.unpack_from("<4sI", body, at)
        if kind in _WEBP_SIZES and size is None:
            size = _WEBP_SIZES[kind](body, at + 8)
        elif kind == b"EXIF":
            orientation = exif_orientation(body[at + 8 : at + 8 + length])
        elif kind == b"ICCP":
            icc = body[at + 8 : at + 8 + min(length, MAX_PROFILE_BYTES)]
        at += 8 + length + length % 2
    else:
        raise broken("WebP", f"more than {_MAX_CHUNKS} chunks")
    if size is None:
        raise broken("WebP", "no picture in it")
    return Parts(size, orientation, icc, body[:end])


def _webp_canvas(body: bytes, at: int) -> tuple[int, int]:
    width, height = struct.unpack_from("<4xI", body, at)[0], struct.unpack_from("<6xI", body, at)[0]
    return (width & 0xFFFFFF) + 1, (height >> 8) + 1


def _webp_lossy(body: bytes, at: int) -> tuple[int, int]:
    width, height = struct.unpack_from("<6xHH", body, at)
    return width & 0x3FFF, height & 0x3FFF


def _webp_lossless(body: bytes, at: int) -> tuple[int, int]:
    (bits,) = struct.unpack_from("<xI", body, at)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


_WEBP_SIZES = {b"VP8X": _webp_canvas, b"VP8 ": _webp_lossy, b"VP8L": _webp_lossless}


@_reading(PhotoFormat.GIF)
def read_gif(body: bytes) -> Parts:
    """Read a GIF up to the end of its first frame."""
    width, height, flags = struct.unpack_from("<HHB", body, 6)
    at = 13 + _palette_bytes(flags)
    kept = [body[:at]]
    control = b""
    blocks = _GifBlocks(body)
    while body[at] == 0x21:
        end = blocks.end(at + 2)
        if body[at + 1] == 0xF9:  # the frame's transparency
            control = body[at:end]
        at = end
    if body[at] != 0x2C:
        raise broken("GIF", "no picture in it")
    left, top, frame_width, frame_height, frame_flags = struct.unpack_from("<HHHHB", body, at + 1)
    end = blocks.end(at + 10 + _palette_bytes(frame_flags) + 1)
    kept += [control, body[at:end], b";"]
    # a frame may reach over the canvas, and decoders make the canvas larger then
    size = (max(width, left + frame_width), max(height, top + frame_height))
    return Parts(size, 1, None, b"".join(kept))


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


class _GifBlocks:
    """Finds where a run of length-prefixed blocks ends, and gives up on files made of nothing but blocks."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._left = _MAX_GIF_BLOCKS

    def end(self, at: int) -> int:
        body = self._body
        while length := body[at]:
            at += length + 1
            self._left -= 1
            if self._left < 0:
                raise broken("GIF", f"more than {_MAX_GIF_BLOCKS} blocks")
        return at + 1


def check_boxes(body: bytes, format_: PhotoFormat) -> None:
    """Refuse a HEIC or AVIF file that is shorter than its boxes say; the rest of it is the decoders' matter."""
    at, has_pixels = 0, False
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(body):
            break
        has_pixels |= body[at + 4 : at + 8] == b"mdat"
        length = int.from_bytes(body[at : at + 4], "big")
        if length == 1:  # the length stands after the name
            length = int.from_bytes(body[at + 8 : at + 16], "big")
        if length == 0:  # up to the end
            return
        if length < 8:
            raise broken(format_, "a box shorter than its own name")
        at += length
    if at > len(body) or (at < len(body) and not has_pixels):
        raise ends_early(format_, f"{len(body)} bytes of at least {max(at, len(body) + 1)}")


def exif_orientation(exif: bytes) -> int:
    """The orientation (1..8) that an EXIF block gives; 1 where it gives none or cannot be read."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * min(count, 1000), 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == _ORIENTATION_TAG and kind == 3:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass  # a damaged EXIF block costs its orientation, not the photo
    return 1
