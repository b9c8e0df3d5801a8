"""Opens a photo of a known format: its size at once, its pixels when asked.

The decoders are Pillow's plugin classes and pi_heif's file class, used directly. So only these six formats can ever be
decoded, nothing is registered with Pillow, and Pillow's global switches (plugins, MAX_IMAGE_PIXELS, LOAD_TRUNCATED_IMAGES)
stay as they are for everyone else in the process.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pi_heif
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from articket_gateway.photos.containers import (
    MAX_PROFILE_BYTES,
    Parts,
    check_boxes,
    exif_orientation,
    read_gif,
    read_jpeg,
    read_png,
    read_webp,
)
from articket_gateway.photos.refusals import broken, ends_early
from articket_gateway.photos.sniffing import PhotoFormat

# Everything that Pillow, libheif and libavif were seen or are documented to raise over bad files. Warnings are among them
# because a process may run with warnings as errors.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    OverflowError,
    LookupError,
    TypeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """The first frame's pixels, in the photo's own colours and not turned yet."""

    picture: Image.Image
    extent: tuple[float, float]
    """How far the photo reaches into `picture`: one decoded at a fraction of its size may end within the last pixel."""


@dataclass(frozen=True, slots=True)
class OpenedPhoto:
    """A photo whose header has been read and whose pixels have not."""

    format: PhotoFormat
    size: tuple[int, int]
    """Width and height as stored, before `orientation` is applied."""
    orientation: int
    """1..8 as in EXIF."""
    icc: bytes | None
    decode: Callable[[tuple[int, int]], DecodedPhoto]
    """Decodes the first frame; may give a smaller picture, but never one smaller than the size asked for."""


def open_photo(format_: PhotoFormat, body: bytes) -> OpenedPhoto:
    """Read the header. Raises PhotoRefused (photo_broken), as `decode` does too."""
    with _refusing(format_):
        return _OPENERS[format_](format_, body)


@contextmanager
def _refusing(format_: PhotoFormat) -> Generator[None]:
    """Turn what decoders raise into refusals."""
    try:
        yield
    except EOFError as error:
        raise ends_early(format_, "too few bytes for its pixels") from error
    except _DECODER_ERRORS as error:
        if "truncat" in str(error).lower():
            raise ends_early(format_, "too few bytes for its pixels") from error
        raise broken(format_, f"damage ({str(error).strip()[:100] or type(error).__name__})") from error


def _opener(read: Callable[[bytes], Parts], plugin: type[ImageFile]) -> Callable[[PhotoFormat, bytes], OpenedPhoto]:
    """An opener for a format whose header is read in `containers`."""

    def open_(format_: PhotoFormat, body: bytes) -> OpenedPhoto:
        parts = read(body)

        def decode(at_least: tuple[int, int]) -> DecodedPhoto:
            with _refusing(format_):
                return load(plugin(BytesIO(parts.picture)), at_least)

        return OpenedPhoto(format_, parts.size, parts.orientation, parts.icc, decode)

    return open_


def load(picture: ImageFile, at_least: tuple[int, int]) -> DecodedPhoto:
    """Decode an opened picture; a JPEG at a half, quarter or eighth of its size where that is enough."""
    drafted = picture.draft(None, at_least)
    picture.load()
    return DecodedPhoto(picture, drafted[1][2:] if drafted else picture.size)


def _open_avif(format_: PhotoFormat, body: bytes) -> OpenedPhoto:
    check_boxes(body, format_)
    picture = AvifImageFile(BytesIO(body))
    info = picture.info

    def decode(at_least: tuple[int, int]) -> DecodedPhoto:
        with _refusing(format_):
            return load(picture, at_least)

    return OpenedPhoto(
        format_, picture.size, exif_orientation(info.get("exif") or b""), _profile(info.get("icc_profile")), decode
    )


# For grey pictures pi_heif 1.4.0 believes the bit depth in the header and shifts pixels in place accordingly: where the
# pixels are of 8 bits after all, it writes past their end and corrupts the heap. Colour always comes as 8 bits.
_SAFE_HEIC_MODES = {"RGB", "RGBA", "RGBa", "L"}


def _open_heic(format_: PhotoFormat, body: bytes) -> OpenedPhoto:
    """HEIC has its turns in the container and libheif applies them; the EXIF orientation beside them is for old programs."""
    check_boxes(body, format_)
    picture: Any = pi_heif.HeifFile(BytesIO(body))  # typed only in part
    if picture.mode not in _SAFE_HEIC_MODES:
        raise broken(format_, "grey levels of more than 8 bits")

    def decode(_at_least: tuple[int, int]) -> DecodedPhoto:
        with _refusing(format_):
            pixels: bytes = picture.data  # decodes; only then are size and stride what they will be
            mode, size = picture.mode, picture.size
            return DecodedPhoto(Image.frombuffer(mode, size, pixels, "raw", mode, picture.stride, 1), size)

    return OpenedPhoto(format_, picture.size, 1, _profile(picture.info.get("icc_profile")), decode)


def _profile(icc: bytes | None) -> bytes | None:
    return icc if icc and len(icc) <= MAX_PROFILE_BYTES else None


_OPENERS: dict[PhotoFormat, Callable[[PhotoFormat, bytes], OpenedPhoto]] = {
    PhotoFormat.JPEG: _opener(read_jpeg, JpegImageFile),
    PhotoFormat.PNG: _opener(read_png, PngImageFile),
    PhotoFormat.WEBP: _opener(read_webp, WebPImageFile),
    PhotoFormat.GIF: _opener(read_gif, GifImageFile),
    PhotoFormat.AVIF: _open_avif,
    PhotoFormat.HEIC: _open_heic,
}
