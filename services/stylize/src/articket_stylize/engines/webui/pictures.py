"""The pixels: what is sent of the photo, whether what comes back is a painting, and the painting as the wire wants it.

What is the same for every engine that paints in latents is in `engines/canvas.py`; as there, all of it runs in threads.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket_mesh.pictures import UnreadablePictureError, read_picture_header
from articket_stylize.engines import canvas
from articket_stylize.engines.webui.config import ENGINE
from articket_stylize.errors import engine_failed, style_not_applied

if TYPE_CHECKING:
    from articket_stylize.engines.painterly.colour import Picture

__all__ = ["Canvas", "preview", "read_picture", "stretch"]

# Both pictures are compared in a size in which neither noise nor an encoder's work is seen.
COMPARED_PX = 64
SAME_AS_THE_PHOTO = 2.5
"""Mean difference in levels of 255 up to which the answer is the photo: an encoder and the way through a VAE make under 2."""
FLATTEST = 1.0
"""Standard deviation in levels below which there is nothing on a picture."""
BLACKEST, WHITEST = 8.0, 247.0
"""Mean levels up to and from which such a picture is what broken numbers come out as."""
LARGEST_PREVIEW_PX = 4096
"""A side of what the server may show of its work: more than any server makes of 1280 px."""


@dataclass(frozen=True, eq=False)
class Canvas(canvas.Canvas):
    """The photo, made ready to be sent."""

    png: bytes
    """The picture, encoded anew: nothing but pixels is sent on."""


def stretch(photo: bytes, long_side_px: int) -> Canvas:
    """Make the photo ready; see `canvas.stretch`. Raises PermanentError BAD_PICTURE."""
    import cv2

    ready = canvas.stretch(photo, long_side_px)
    png = cv2.imencode(".png", ready.picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    return Canvas(ready.picture, ready.photo_size, ready.focus, png)


def read_picture(encoded: str, size: tuple[int, int], photo: Picture | None = None) -> Picture:
    """Decode the server's picture and see that it is one: the size asked for, not black all over, and not the photo.

    `photo` is what was sent, where one was. Raises TransientError ENGINE_FAILED, or STYLE_NOT_APPLIED for the photo.
    """
    import cv2
    import numpy as np

    try:
        raw = _unpacked(encoded)
        header = read_picture_header(raw)
    except (ValueError, UnreadablePictureError):
        raise engine_failed(ENGINE, "expected a PNG, JPEG or WebP picture in base64, found something else") from None
    if (header.width, header.height) != size:
        expected, found = f"{size[0]} × {size[1]} px", f"{header.width} × {header.height} px"
        raise engine_failed(ENGINE, f"expected a picture of {expected}, found one of {found}")
    decoded = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if decoded is None or (decoded.shape[1], decoded.shape[0]) != size:
        raise engine_failed(ENGINE, "expected a picture that can be decoded, found one that is damaged")
    picture = np.asarray(decoded, np.uint8)
    is_flat = float(picture.reshape(-1, 3).std(axis=0).max()) < FLATTEST
    if is_flat and not BLACKEST < float(picture.mean()) < WHITEST:
        raise engine_failed(ENGINE, "expected something on the picture, found it black or white all over")
    if photo is not None and _difference(picture, photo) < SAME_AS_THE_PHOTO:
        raise style_not_applied(ENGINE, "expected a painting, found the photo as it was")
    return picture


def preview(picture: Picture | str, size: tuple[int, int], px: int) -> bytes:
    """A JPEG of at most `px` a side of what will be a picture of `size`.

    Of a picture, or of what the server shows of its work (base64; empty when unreadable).
    """
    import cv2
    import numpy as np

    if isinstance(picture, str):
        try:
            raw = _unpacked(picture)
            header = read_picture_header(raw)
        except (ValueError, UnreadablePictureError):
            return b""
        if max(header.width, header.height) > LARGEST_PREVIEW_PX:
            return b""
        decoded = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
        if decoded is None:
            return b""
        picture = np.asarray(decoded, np.uint8)
    return canvas.preview(picture, size, px)


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
