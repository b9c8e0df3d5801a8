"""What goes wrong with one painting on the stand-in."""

from __future__ import annotations

import base64
from enum import Enum, auto
from typing import Any

import cv2
import numpy as np


class Trouble(Enum):
    """Of the painting that comes next."""

    NONE = auto()
    OUT_OF_MEMORY = auto()
    STUCK_PROGRESS = auto()
    """Out of memory, and the progress is shown for ever after."""
    BREAKS = auto()
    HANGS = auto()
    DIES = auto()
    """The connection is cut in the middle, the work goes on."""
    STOPPED_BY_OTHERS = auto()
    LOSES_LORA = auto()
    OTHER_LORA = auto()
    OTHER_CHECKPOINT = auto()
    OTHER_SEED = auto()
    OTHER_SAMPLER = auto()
    NO_PICTURE = auto()
    TWO_PICTURES = auto()
    """And no word which of them it is."""
    GRID_FIRST = auto()
    """As with the option to show a grid also of one picture."""
    MAP_LAST = auto()
    """As with ControlNet switched on for everybody."""
    DATA_URI = auto()
    NO_BASE64 = auto()
    CUT_OFF = auto()
    WRONG_SIZE = auto()
    BLACK = auto()
    PHOTO = auto()
    PHOTO_AS_JPEG = auto()
    WHITE = auto()
    NO_INFO = auto()
    BARE_INFO = auto()


class OutOfMemoryError(Exception):
    """Named as torch names it: the name is in the answer."""

    def __str__(self) -> str:
        return "CUDA out of memory. Tried to allocate 1.11 GiB (GPU 0; 7.79 GiB total capacity; 5.12 GiB already allocated)"


class Failing(Exception):
    """Something else."""


def spoilt(trouble: Trouble, picture: Any, photo: Any) -> list[str] | None:
    """The pictures of the answer."""
    height, width = picture.pixels.shape[:2]
    images = {
        Trouble.NO_PICTURE: [],
        Trouble.TWO_PICTURES: [picture.png, picture.png],
        Trouble.GRID_FIRST: [_encoded(cv2.resize(picture.pixels, (2 * width, height))), picture.png],
        Trouble.MAP_LAST: [picture.png, _encoded(255 - picture.pixels[::2, ::2])],
        Trouble.WHITE: [_encoded(np.full_like(picture.pixels, 255))],
        Trouble.CUT_OFF: [picture.png[: len(picture.png) // 20]],
        Trouble.WRONG_SIZE: [_encoded(cv2.resize(picture.pixels, (width + 8, height)))],
        Trouble.BLACK: [_encoded(np.zeros_like(picture.pixels))],
        Trouble.PHOTO: [_encoded(photo)] if photo is not None else [],
        Trouble.PHOTO_AS_JPEG: [_encoded(photo, ".jpg")] if photo is not None else [],
    }.get(trouble, [picture.png])
    if trouble is Trouble.NO_BASE64:
        return ["<html>no</html>"]
    prefix = "data:image/png;base64," if trouble is Trouble.DATA_URI else ""
    return [prefix + base64.b64encode(image).decode() for image in images]


def _encoded(pixels: Any, extension: str = ".png") -> bytes:
    return cv2.imencode(extension, pixels, [cv2.IMWRITE_JPEG_QUALITY, 80] if extension == ".jpg" else [])[1].tobytes()
