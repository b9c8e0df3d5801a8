"""Decoding a photo to the size that looking needs."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BadPictureError", "Floats", "Picture", "decode", "shrunk", "to_lab"]

Picture: TypeAlias = NDArray[np.uint8]
"""Height × width × blue, green, red."""
Floats: TypeAlias = NDArray[np.float32]

# All that is said can be seen at this size, and looking at more takes longer.
LONG_SIDE_PX = 640


class BadPictureError(Exception):
    """The bytes are no picture after all; the message may be shown to the sender."""


def decode(photo: bytes) -> Picture:
    """Decode and shrink. The caller has checked the size that the header tells. Raises BadPictureError."""
    try:
        decoded = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise BadPictureError(f"photo: expected a picture that can be decoded, found {error.err}") from error
    if decoded is None:
        raise BadPictureError("photo: expected a picture that can be decoded, found one that is damaged")
    return shrunk(np.asarray(decoded, np.uint8), LONG_SIDE_PX)


def shrunk(picture: Picture, long_side_px: int) -> Picture:
    """Make the long side that long, where it is longer; a strip keeps at least one pixel of its short side."""
    height, width = picture.shape[:2]
    scale = long_side_px / max(height, width)
    if scale >= 1:
        return picture
    if min(height, width) * scale >= 1:
        return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def to_lab(picture: Picture) -> Floats:
    """Convert to CIE Lab: lightness 0 to 100, a and b around 0."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), np.float32)
