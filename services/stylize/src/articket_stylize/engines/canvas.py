"""The photo made ready for a model that paints in latents, and the way back to a picture of the photo's size.

Shared by the engines whose models work at a size of their own (`webui`, `diffusers`). All of it takes some tens of milliseconds
and runs in threads. OpenCV is imported where it is used: a service with another engine needs none in its own process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket_stylize.engines import Focus
from articket_stylize.errors import bad_picture

if TYPE_CHECKING:
    from articket_stylize.engines.painterly.colour import Picture

__all__ = ["Canvas", "as_jpeg", "paintable_size", "preview", "stretch"]

# The networks that find faces bear one caller at a time, and a painting that is given up leaves its thread at work.
_ANALYSING = threading.Lock()

# Latents have an eighth of the picture's size.
GRID_PX = 8
LEAST_SIDE_PX = 64

PAINTING_QUALITY = 92
PREVIEW_QUALITY = 70


@dataclass(frozen=True, eq=False)
class Canvas:
    """The photo, made ready to be painted."""

    picture: Picture
    """As large as the painting will be made, BGR."""
    photo_size: tuple[int, int]
    """Width and height of the photo."""
    focus: Focus

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of `picture`."""
        return self.picture.shape[1], self.picture.shape[0]


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
    with _ANALYSING:
        focus = Focus(*analyse(picture).focus)
    return Canvas(_resized(picture, paintable_size(width, height, long_side_px)), (width, height), focus)


def paintable_size(width: int, height: int, long_side_px: int) -> tuple[int, int]:
    """The size to paint in: multiples of 8, in the picture's shape as far as they allow."""
    scale = min(1.0, long_side_px / max(width, height))
    # Rounded down, so that a photo which is sent again a little smaller is painted smaller.
    sides = (max(LEAST_SIDE_PX, int(side * scale) // GRID_PX * GRID_PX) for side in (width, height))
    paint_width, paint_height = sides
    return paint_width, paint_height


def as_jpeg(picture: Picture, size: tuple[int, int]) -> bytes:
    """The picture as JPEG, brought to that width and height."""
    import cv2

    return cv2.imencode(".jpg", _resized(picture, size), [cv2.IMWRITE_JPEG_QUALITY, PAINTING_QUALITY])[1].tobytes()


def preview(picture: Picture, size: tuple[int, int], px: int) -> bytes:
    """A small JPEG of what will be a picture of `size`, at most `px` a side."""
    import cv2

    scale = min(1.0, px / max(size))
    small = _resized(picture, (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))))
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])[1].tobytes()


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    import cv2
    import numpy as np

    is_smaller = size[0] < picture.shape[1]
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC), np.uint8)
