"""Makes the one form in which the booth keeps a photo, and smaller copies of pictures for screens.

`normalise` is CPU work without shared state: call it in a thread (`asyncio.to_thread`), as many at once as there are cores.
A 12 megapixel JPEG takes about 0.08 s and 30 MB, a HEIC 1 s and 110 MB, the hungriest picture within the limits, a WebP of
50 megapixels, 1.5 s and 770 MB.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from articket_gateway.photos.colours import to_srgb, without_alpha
from articket_gateway.photos.containers import read_jpeg
from articket_gateway.photos.isolation import normalise_apart
from articket_gateway.photos.opening import DecodedPhoto, load, open_photo
from articket_gateway.photos.refusals import PhotoReason, PhotoRefused
from articket_gateway.photos.sniffing import FORMATS, PhotoFormat, sniff

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
MIN_SIDE = 64
MAX_SIDE = 12_000
LONG_SIDE = 1280
"""Pixels of a normalised photo's long side at most: what painting and a 100 mm ticket at 300 dpi need."""

_CRASHING_DECODERS = {PhotoFormat.HEIC}

_QUALITY = 92
_THUMBNAIL_QUALITY = 85
_NO_SUBSAMPLING = 0  # the painters look at colour edges
_DECODE_SPARE = 1.5  # JPEGs are decoded at this many times the final size or more; the rest is a good downscale
_REDUCE_SPARE = 3.0  # larger pictures are first averaged in whole blocks down to this many times the final size
_STRIP_PIXELS = 1_000_000

# EXIF orientation → what makes the pixels upright
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class NormalisedPhoto:
    """An upright sRGB JPEG without any metadata, 64 px or more on the short side and 1280 px at most on the long one."""

    jpeg: bytes
    width: int
    height: int
    digest: str
    """sha256 of `jpeg`, in hex."""


def normalise(body: bytes) -> NormalisedPhoto:
    """Turn an upload into a normalised photo; the same bytes give the same photo.

    Raises PhotoRefused, and nothing else, whatever the bytes are.
    """
    _check_bytes(body)
    format_ = sniff(body)
    normalise_safely = normalise_apart if format_ in _CRASHING_DECODERS else normalise_here
    jpeg = normalise_safely(format_, body)
    width, height = read_jpeg(jpeg).size
    return NormalisedPhoto(jpeg, width, height, hashlib.sha256(jpeg).hexdigest())


def normalise_here(format_: PhotoFormat, body: bytes) -> bytes:
    """Give the normalised JPEG of an upload, decoded in this process. Raises PhotoRefused."""
    photo = open_photo(format_, body)
    _check_size(photo.size)
    decoded = photo.decode(_decoded_at_least(_fitted(photo.size)))
    _check_size(decoded.picture.size)  # a header may lie, and some decoders believe the pixels
    picture = to_srgb(_scaled(decoded, _fitted(decoded.picture.size)), photo.icc)
    if photo.orientation in _TURNS:
        picture = picture.transpose(_TURNS[photo.orientation])
    return _encoded(picture, quality=_QUALITY, subsampling=_NO_SUBSAMPLING)


def thumbnail(jpeg: bytes, long_side: int) -> bytes:
    """Give a copy of one of the booth's own JPEGs with at most `long_side` pixels; the same bytes where it has no more.

    Raises OSError for bytes that are not a JPEG: this is for pictures that were made here, not for uploads.
    """
    try:
        picture = JpegImageFile(BytesIO(jpeg))
    except SyntaxError as error:
        raise OSError(f"not a JPEG: {len(jpeg)} bytes") from error
    if max(picture.size) <= long_side:
        return jpeg
    target = _fitted(picture.size, long_side)
    return _encoded(_scaled(load(picture, _decoded_at_least(target)), target), quality=_THUMBNAIL_QUALITY, subsampling=-1)


def _check_bytes(body: bytes) -> None:
    if not body:
        raise PhotoRefused(
            PhotoReason.EMPTY, "the upload is empty", expected=FORMATS, found="0 bytes", hint="Choose a photo first."
        )
    if len(body) > MAX_BYTES:
        raise PhotoRefused(
            PhotoReason.TOO_LARGE,
            "the file is too large",
            expected=f"at most {MAX_BYTES >> 20} MiB",
            found=f"{len(body) / (1 << 20):.1f} MiB",
            hint=f"Send a smaller picture; {LONG_SIDE} px on the long side is plenty.",
        )


def _check_size(size: tuple[int, int]) -> None:
    found = f"{size[0]} × {size[1]} pixels"
    if max(size) > MAX_SIDE:
        raise PhotoRefused(
            PhotoReason.SIDE_TOO_LARGE,
            "the picture is too wide or too high",
            expected=f"at most {MAX_SIDE} pixels on each side",
            found=found,
            hint="Send a smaller version; a photo as the phone takes it fits.",
        )
    if size[0] * size[1] > MAX_PIXELS:
        raise PhotoRefused(
            PhotoReason.TOO_MANY_PIXELS,
            "the picture has too many pixels",
            expected=f"at most {MAX_PIXELS // 1_000_000} megapixels",
            found=f"{found}, {size[0] * size[1] / 1_000_000:.1f} megapixels",
            hint="Send a smaller version; a photo as the phone takes it fits.",
        )
    if min(size) < MIN_SIDE:
        raise PhotoRefused(
            PhotoReason.SIDE_TOO_SMALL,
            "the picture is too small",
            expected=f"at least {MIN_SIDE} pixels on each side",
            found=found,
            hint="Send the photo itself, not its thumbnail.",
        )
    if min(_fitted(size)) < MIN_SIDE:
        raise PhotoRefused(
            PhotoReason.SIDE_TOO_SMALL,
            "the picture is too long and narrow",
            expected=f"sides no more than {LONG_SIDE // MIN_SIDE} to 1",
            found=f"{found}, {max(size) / min(size):.0f} to 1",
            hint="Cut the part out that matters and send that.",
        )


def _fitted(size: tuple[int, int], long_side: int = LONG_SIDE) -> tuple[int, int]:
    """The size within `long_side`, in the same proportions; never larger than it was."""
    scale = min(1.0, long_side / max(*size, 1))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _decoded_at_least(target: tuple[int, int]) -> tuple[int, int]:
    return math.ceil(target[0] * _DECODE_SPARE), math.ceil(target[1] * _DECODE_SPARE)


def _scaled(decoded: DecodedPhoto, target: tuple[int, int]) -> Image.Image:
    """The picture in the target size, without alpha, in its own colours."""
    picture, (width, height) = decoded.picture, decoded.extent
    blocks = max(1, int(width / target[0] / _REDUCE_SPARE))
    picture = _reduced(picture, blocks) if blocks > 1 else without_alpha(picture)
    if picture.size == target:
        return picture
    return picture.resize(target, Image.Resampling.LANCZOS, box=(0, 0, width / blocks, height / blocks))


def _reduced(picture: Image.Image, blocks: int) -> Image.Image:
    """Average blocks of pixels, strip by strip: 50 megapixels with alpha would otherwise be held several times over."""
    rows = max(1, _STRIP_PIXELS // picture.width // blocks) * blocks
    small: Image.Image | None = None
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        strip = without_alpha(strip).reduce(blocks)
        if small is None:
            small = Image.new(strip.mode, (strip.width, math.ceil(picture.height / blocks)))
        small.paste(strip, (0, top // blocks))
    assert small is not None  # a picture has rows
    return small


def _encoded(picture: Image.Image, *, quality: int, subsampling: int) -> bytes:
    picture.info = {}  # Pillow would write some of it into the file
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, subsampling=subsampling)
    return out.getvalue()
