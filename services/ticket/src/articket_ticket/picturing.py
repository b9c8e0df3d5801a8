"""Pictures as they go into the PDF: decoded with suspicion, cropped round their focus, no larger than print needs.

A JPEG that needs neither crop nor resampling passes through as the bytes that came. Everything else is encoded anew.
`composing.py` asks for the pictures, `drawing.py` places them.
"""

import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from PIL import Image, ImageOps

from articket_mesh.pictures import UnreadablePictureError, read_picture_header
from articket_ticket.errors import PictureError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PICTURE_BYTES = 8 * 2**20
MAX_PICTURE_PIXELS = 24_000_000
"""A 4096 × 4096 painting from a GPU is the most that is expected; decoded, this is 72 MB."""

PRINT_DPI = 300
"""More than this no eye sees on paper, and it costs kilobytes."""
LEAST_DPI = 250
"""A picture that has less is enlarged smoothly: printers do it worse, pixel by pixel. It adds no detail."""
PASSING_DPI = 330
"""Up to here an original is not worth a second encoding, which costs quality."""
ROUNDING = 1e-6
"""Sizes are rounded up, so that the resolution is never just below what was asked for; float noise is no pixel."""
SAME_SHAPE = 0.005
"""A picture whose shape differs by so little from its box is not cropped: half a millimetre of 100."""

QUALITIES = (88, 80, 70, 60, 50, 40)
"""Tried in turn until the picture fits its share of the page's bytes. Below the last one blocks would show."""
FINE_QUALITY = 80
"""Above it colours keep half of their pixels, from there down a quarter, as photos usually do."""
HALF_COLOURS, QUARTER_COLOURS = 1, 2
LEAST_SIDE = 64


@dataclass(frozen=True)
class Picture:
    """An encoded picture, and the point of it to keep when it is cropped, as shares of its width and height."""

    encoded: bytes
    focus: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True)
class Frame:
    """The place that a picture is made for, in points."""

    width: float
    height: float
    fit: Literal["cover", "contain"]


@dataclass(frozen=True)
class Jpeg:
    """A picture ready for the PDF."""

    encoded: bytes
    width: int
    height: int
    is_grey: bool


@dataclass(frozen=True)
class Decoded:
    """A picture's pixels, upright."""

    image: Image.Image
    focus: tuple[float, float]
    original: bytes | None
    """The bytes that came, when they are a JPEG that can be printed as it is: upright, RGB or grey, and without metadata."""


def decode(picture: Picture, name: str, frames: Iterable[Frame] = ()) -> Decoded:
    """Decode a picture, as large as its frames need it. Raises `PictureError` with `name` in its message."""
    if len(picture.encoded) > MAX_PICTURE_BYTES:
        raise PictureError(f"{name}: expected at most {MAX_PICTURE_BYTES // 2**20} MiB, found {len(picture.encoded)} bytes")
    try:
        header = read_picture_header(picture.encoded)
    except UnreadablePictureError as error:
        raise PictureError(f"{name}: {error}") from error
    if header.width * header.height > MAX_PICTURE_PIXELS:
        found = f"{header.width} × {header.height}"
        raise PictureError(f"{name}: expected at most {MAX_PICTURE_PIXELS // 10**6} megapixels, found {found}")
    image = _opened(picture.encoded, name, tuple(frames))
    # Metadata may tell of a place or a person, or turn the picture: then it is encoded anew, without it.
    is_plain = image.format == "JPEG" and image.mode in {"RGB", "L"} and not image.info.keys() & {"exif", "xmp", "comment"}
    ImageOps.exif_transpose(image, in_place=True)
    return Decoded(image, picture.focus, picture.encoded if is_plain else None)


def _opened(encoded: bytes, name: str, frames: Sequence[Frame]) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is not the visitor's trouble, and none of it is kept
            image = Image.open(io.BytesIO(encoded), formats=FORMATS)
            if image.width * image.height > MAX_PICTURE_PIXELS:
                raise PictureError(f"{name}: its header and its content tell different sizes")
            if frames:  # a JPEG can be decoded at half its size or less, which takes a fraction of the time
                side = ceil(max(max(frame.width, frame.height) for frame in frames) * PRINT_DPI / 72)
                image.draft(None, (side, side))
            image.load()
            return image
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, Image.DecompressionBombError) as error:
        raise PictureError(f"{name}: expected a whole picture, found one that is cut off or damaged") from error


def fitted_jpeg(picture: Decoded, frame: Frame, max_bytes: int) -> Jpeg:
    """Make the JPEG for a frame, no larger than `max_bytes` if it can be."""
    image = picture.image
    crop = _crop(image.size, picture.focus, frame)
    left, top, right, bottom = crop or (0.0, 0.0, *map(float, image.size))
    dpi = 72 * (right - left) / _width_on_page(right - left, bottom - top, frame)
    if crop is None and picture.original and len(picture.original) <= max_bytes and LEAST_DPI <= dpi <= PASSING_DPI:
        return Jpeg(picture.original, *image.size, is_grey=image.mode == "L")
    scale = min(1.0, PRINT_DPI / dpi) if dpi >= LEAST_DPI else LEAST_DPI / dpi
    width, height = ceil((right - left) * scale - ROUNDING), ceil((bottom - top) * scale - ROUNDING)
    flat = _in_rgb(image)
    if scale > 1:
        flat = flat.resize((width, height), Image.Resampling.LANCZOS, box=(left, top, right, bottom))
    elif scale < 1:
        flat = flat.resize((width, height), Image.Resampling.HAMMING, box=(left, top, right, bottom), reducing_gap=2.0)
    elif crop:
        x, y = round(left), round(top)
        flat = flat.crop((x, y, x + width, y + height))
    return _jpeg(flat, max_bytes)


def _crop(size: tuple[int, int], focus: tuple[float, float], frame: Frame) -> tuple[float, float, float, float] | None:
    """The part of a picture that covers the frame, as (left, top, right, bottom); None when that is all of it."""
    width, height = size
    shape = frame.width / frame.height
    if frame.fit == "contain" or abs(width / height / shape - 1) <= SAME_SHAPE:
        return None
    part_width, part_height = min(width, height * shape), min(height, width / shape)
    left = min(max(focus[0] * width - part_width / 2, 0), width - part_width)
    top = min(max(focus[1] * height - part_height / 2, 0), height - part_height)
    return left, top, left + part_width, top + part_height


def _width_on_page(width: float, height: float, frame: Frame) -> float:
    """How wide a picture of this shape is printed, in points."""
    return frame.width if frame.fit == "cover" else min(frame.width, frame.height * width / height)


def _in_rgb(image: Image.Image) -> Image.Image:
    """The picture in RGB or grey; what is transparent becomes white, as the paper is."""
    if image.mode in {"RGB", "L"}:
        return image
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image, max_bytes: int) -> Jpeg:
    """Encode as well as the bytes allow; what is too large even at the lowest quality loses pixels instead."""
    encoded = b""
    for quality in QUALITIES:
        encoded = _encoded(image, quality)
        if len(encoded) <= max_bytes:
            break
    while len(encoded) > max_bytes and min(image.size) > LEAST_SIDE:
        share = max(0.5, min(0.9, (max_bytes / len(encoded)) ** 0.5))
        image = image.resize(
            (max(1, round(image.width * share)), max(1, round(image.height * share))), Image.Resampling.BICUBIC
        )
        encoded = _encoded(image, QUALITIES[-1])
    return Jpeg(encoded, *image.size, is_grey=image.mode == "L")


def _encoded(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, subsampling=HALF_COLOURS if quality > FINE_QUALITY else QUARTER_COLOURS)
    return stream.getvalue()
