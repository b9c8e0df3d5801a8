"""Makes what the booth sends to phones small enough for every proxy: pictures and tickets of at most so many bytes.

Hardly anything needs it: a picture of pure noise, a ticket on a template of megabytes. What fits stays as it is, byte by byte.
CPU work without shared state: call it in a thread. Raises OSError for bytes that are no picture of the booth's own.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from articket_artists import PAGE_HEIGHT_MM

QUALITIES = (90, 85, 80, 72, 64, 50)
"""Of JPEG, from what nobody sees to what one sees in noise only."""

MM_PER_INCH = 25.4


def lighter_jpeg(jpeg: bytes, max_bytes: int) -> bytes:
    """Give a JPEG of at most `max_bytes`, as good as they allow; pixels go only where the lowest quality is not enough."""
    if len(jpeg) <= max_bytes:
        return jpeg
    picture = Image.open(BytesIO(jpeg), formats=("JPEG",)).convert("RGB")
    while True:
        for quality in QUALITIES:
            light = _saved(picture, "JPEG", quality=quality)
            if len(light) <= max_bytes:
                return light
        picture = _shrunk(picture)


def lighter_png(png: bytes, max_bytes: int) -> bytes:
    """Give a PNG of at most `max_bytes`: with fewer colours first, then with fewer pixels."""
    if len(png) <= max_bytes:
        return png
    picture = Image.open(BytesIO(png), formats=("PNG",)).convert("RGB")
    while True:
        light = _saved(picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG), "PNG", optimize=True)
        if len(light) <= max_bytes:
            return light
        picture = _shrunk(picture)


def page_of(png: bytes, max_bytes: int) -> bytes:
    """Give the ticket's picture as a PDF page of the ticket's own size: for looking at, not for the printer."""
    picture = Image.open(BytesIO(png), formats=("PNG",)).convert("RGB")
    while True:
        pdf = _saved(picture, "PDF", resolution=picture.height * MM_PER_INCH / PAGE_HEIGHT_MM, quality=QUALITIES[1])
        if len(pdf) <= max_bytes:
            return pdf
        picture = _shrunk(picture)


def _shrunk(picture: Image.Image) -> Image.Image:
    size = (max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _saved(picture: Image.Image, format_: str, **options: float) -> bytes:
    picture.info = {}  # Pillow would write some of it into the file
    out = BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()
