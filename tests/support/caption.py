"""What tests of the caption service need: photos, small and real ones, and engines with something behind them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from articket_caption.engines.blip import BlipConfig, BlipEngine
from articket_caption.engines.http import HttpConfig, HttpEngine
from tests.support.caption_endpoint import CaptionEndpoint

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


@cache
def tiny_blip() -> Path:
    """The folder of a tiny BLIP, made once for all tests of a run. torch is imported here, and not before."""
    from tests.support.blip_model import make_blip

    folder = Path(tempfile.mkdtemp(prefix="tiny-blip-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make_blip(folder)


def blip_engine(**settings: object) -> BlipEngine:
    """An engine with the tiny BLIP."""
    return BlipEngine(BlipConfig(**{"model": str(tiny_blip()), "device": "cpu", **settings}))


@cache
def a_caption_endpoint() -> CaptionEndpoint:
    """One that is well, for all tests of a run."""
    return CaptionEndpoint().start()


def http_engine() -> HttpEngine:
    """An engine with an endpoint that is well."""
    return HttpEngine(HttpConfig(a_caption_endpoint().url()))
