"""Decoding a photo to the size that looking needs."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BadPictureError", "Floats", "Picture", "decode", "to_lab"]

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
    scale = LONG_SIDE_PX / max(decoded.shape[:2])
    if scale < 1:
        decoded = cv2.resize(decoded, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(decoded, np.uint8)


def to_lab(picture: Picture) -> Floats:
    """Convert to CIE Lab: lightness 0 to 100, a and b around 0."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), np.float32)
