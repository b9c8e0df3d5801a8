"""Paints in tests: the test photos, what the engine sees on them, and the looks of the artists that ship."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import yaml
from pydantic import TypeAdapter

from articket_artists.looks import Look
from articket_stylize.engines.painterly import Subject, analyse, paint
from articket_stylize.engines.painterly.colour import Picture

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "tests" / "data" / "photos"

_LOOK: TypeAdapter[Look] = TypeAdapter(Look)


@cache
def read_photo(name: str, long_side: int | None = None) -> Picture:
    """A test photo by its file name without ending, scaled to a long side if one is given. Shared: do not write into it."""
    picture = cv2.imread(str(PHOTOS / f"{name}.jpg"))
    assert picture is not None, name
    if long_side:
        scale = long_side / max(picture.shape[:2])
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return np.asarray(picture, np.uint8)


@cache
def subject_of(name: str, long_side: int | None = None) -> Subject:
    """What the engine sees on that photo."""
    return analyse(read_photo(name, long_side))


@cache
def look_of(artist: str) -> Look:
    """The look of an artist that ships."""
    folder = ROOT / "plugins" / "artists" / artist
    return _LOOK.validate_python(yaml.safe_load((folder / "artist.yaml").read_text(encoding="utf-8"))["painterly"])


def painted(photo: Picture, look: Look, *, seed: int = 1, subject: Subject | None = None) -> Picture:
    """A painting, with nobody watching the steps."""
    return paint(photo, look, subject=subject or analyse(photo), seed=seed, report=lambda step: None)
