"""The pixels: what is sent of the photo, whether what comes back is a painting, and the painting as the wire wants it.

All of it takes a few tens of milliseconds and runs in threads. OpenCV is imported where it is used: a service with another
engine needs none in its own process.
"""

from __future__ import annotations

import base64
import binascii
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket_mesh.pictures import UnreadablePictureError, read_picture_header
from articket_stylize.engines import Focus
from articket_stylize.engines.webui.config import ENGINE
from articket_stylize.errors import bad_picture, engine_failed, style_not_applied

if TYPE_CHECKING:
    from articket_stylize.engines.painterly.colour import Picture

__all__ = ["Canvas", "finished", "preview", "read_picture", "stretch"]

# The networks that find faces bear one caller at a time, and a painting that is given up leaves its thread at work.
_ANALYSING = threading.Lock()

# Latents have an eighth of the picture's size.
GRID_PX = 8
LEAST_SIDE_PX = 64

# Both pictures are compared in a size in which neither noise nor an encoder's work is seen.
COMPARED_PX = 64
SAME_AS_THE_PHOTO = 2.5
"""Mean difference in levels of 255 up to which the answer is the photo: an encoder and the way through a VAE make under 2."""
FLATTEST = 1.0
"""Standard deviation in levels below which there is nothing on a picture: broken numbers come out as black."""

PAINTING_QUALITY = 92
PREVIEW_QUALITY = 70


@dataclass(frozen=True, eq=False)
class Canvas:
    """The photo, made ready to be painted."""

    picture: Picture
    """As large as the painting will be made, BGR."""
    png: bytes
    """The same, encoded anew: nothing but pixels is sent on."""
    size: tuple[int, int]
    """Width and height of `picture`."""
    photo_size: tuple[int, int]
    """Width and height of the photo."""
    focus: Focus


def stretch(photo: bytes, long_side_px: int) -> Canvas:
    """Decode the photo and bring it to a size that can be painted. Raises PermanentError BAD_PICTURE.

    It is not enlarged but to the least size: a smaller photo is how a caller asks for a smaller painting.
    """
    import cv2
    import numpy as np

    from articket_stylize.engines.painterly import analyse

    decoded = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if decoded is None:
        raise bad_picture("photo: expected a picture that can be decoded, found one that is damaged")
    picture = np.asarray(decoded, np.uint8)
    height, width = picture.shape[:2]
    size = _paintable(width, height, long_side_px)
    smaller = size[0] < width
    resized = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC), np.uint8)
    png = cv2.imencode(".png", resized, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    with _ANALYSING:
        focus = Focus(*analyse(picture).focus)
    return Canvas(resized, png, size, (width, height), focus)


def read_picture(encoded: str, canvas: Canvas) -> Picture:
    """Decode the server's picture and see that it is a painting: the size asked for, something on it, and not the photo.

    Raises TransientError ENGINE_FAILED, or STYLE_NOT_APPLIED for the photo.
    """
    import cv2
    import numpy as np

    try:
        raw = _unpacked(encoded)
        header = read_picture_header(raw)
    except (ValueError, UnreadablePictureError):
        raise engine_failed(ENGINE, "expected a PNG, JPEG or WebP picture in base64, found something else") from None
    if (header.width, header.height) != canvas.size:
        expected, found = f"{canvas.size[0]} × {canvas.size[1]} px", f"{header.width} × {header.height} px"
        raise engine_failed(ENGINE, f"expected a picture of {expected}, found one of {found}")
    decoded = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if decoded is None or (decoded.shape[1], decoded.shape[0]) != canvas.size:
        raise engine_failed(ENGINE, "expected a picture that can be decoded, found one that is damaged")
    picture = np.asarray(decoded, np.uint8)
    if float(picture.reshape(-1, 3).std(axis=0).max()) < FLATTEST:
        raise engine_failed(ENGINE, "expected a painting, found a picture of one colour")
    if _difference(picture, canvas.picture) < SAME_AS_THE_PHOTO:
        raise style_not_applied(ENGINE, "expected a painting, found the photo as it was")
    return picture


def finished(picture: Picture, canvas: Canvas) -> bytes:
    """The painting as JPEG, as large as the photo."""
    import cv2

    is_smaller = canvas.photo_size[0] < canvas.size[0]
    whole = cv2.resize(picture, canvas.photo_size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, PAINTING_QUALITY])[1].tobytes()


def preview(picture: Picture | str, canvas: Canvas, px: int) -> bytes:
    """A JPEG of at most `px` a side of a picture, or of what the server shows of its work (base64; empty when unreadable)."""
    import cv2
    import numpy as np

    if isinstance(picture, str):
        try:
            raw = _unpacked(picture)
            header = read_picture_header(raw)
        except (ValueError, UnreadablePictureError):
            return b""
        if max(header.width, header.height) > 2 * max(canvas.size):
            return b""
        decoded = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
        if decoded is None:
            return b""
        picture = np.asarray(decoded, np.uint8)
    scale = min(1.0, px / max(canvas.photo_size))
    size = (max(1, round(canvas.photo_size[0] * scale)), max(1, round(canvas.photo_size[1] * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])[1].tobytes()


def _paintable(width: int, height: int, long_side_px: int) -> tuple[int, int]:
    """The size to paint in: multiples of 8, in the photo's shape as far as they allow."""
    scale = min(1.0, long_side_px / max(width, height))
    # Rounded down, so that a photo which is sent again a little smaller is painted smaller.
    sides = (max(LEAST_SIDE_PX, int(side * scale) // GRID_PX * GRID_PX) for side in (width, height))
    paint_width, paint_height = sides
    return paint_width, paint_height


def _unpacked(encoded: str) -> bytes:
    """Raises ValueError."""
    if encoded.startswith("data:image/"):  # as forks answer
        encoded = encoded.partition(",")[2]
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("no base64") from error


def _difference(one: Picture, other: Picture) -> float:
    """The mean difference of two pictures, seen from afar, in levels of 255."""
    import cv2
    import numpy as np

    size = (COMPARED_PX, COMPARED_PX)
    small = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) for picture in (one, other)]
    return float(np.abs(small[0] - small[1]).mean())
