"""What tests of the caption service need: photos, small and real ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

PHOTOS = Path(__file__).parents[1] / "data" / "photos"


def photo(name: str) -> bytes:
    """The bytes of a photo in tests/data/photos."""
    return (PHOTOS / f"{name}.jpg").read_bytes()


def plain(blue: int, green: int, red: int, width: int = 96, height: int = 64, extension: str = ".png") -> bytes:
    """A picture of one colour."""
    return cv2.imencode(extension, np.full((height, width, 3), (blue, green, red), np.uint8))[1].tobytes()


def frontal_cat() -> bytes:
    """A cat that looks straight into the camera: the left side of the one in the photo, and its mirror image."""
    left = cv2.imread(str(PHOTOS / "pet-cat.jpg"))[:, :247]
    return cv2.imencode(".png", np.hstack([left, left[:, ::-1]]))[1].tobytes()
