"""Judges the light of a picture by how its lightness is spread; says nothing of a picture that is like most."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from articket_caption.seeing.pictures import Picture, to_lab

__all__ = ["Light", "judge_light"]

# Each of these was set by looking at photos; between them lies the great middle, of which there is nothing to say.
DIM_MEDIAN = 25.0
DIM_BRIGHTEST = 55.0
DARK_MEDIAN = 14.0
BRIGHT_MEDIAN = 70.0
STRONG_SPREAD = 84.0
SOFT_SPREAD = 48.0

# Every second pixel in each direction tells as much.
STEP = 2


class Light(StrEnum):
    """What can be said of the light."""

    DIM = "dim"
    SHADOWS = "deep shadows"
    BRIGHT = "bright"
    STRONG_CONTRAST = "strong contrast"
    SOFT_CONTRAST = "soft contrast"


def judge_light(picture: Picture) -> Light | None:
    """Judge the light; None when it is nothing out of the ordinary."""
    lightness = to_lab(np.ascontiguousarray(picture[::STEP, ::STEP]))[..., 0]
    darkest, median, brightest = np.percentile(lightness, (5, 50, 95)).tolist()
    if median < DIM_MEDIAN and brightest < DIM_BRIGHTEST:
        return Light.DIM
    if median < DARK_MEDIAN:  # a stage, a street at night, a face before black
        return Light.SHADOWS
    if median > BRIGHT_MEDIAN and darkest > DARK_MEDIAN:
        return Light.BRIGHT
    if brightest - darkest > STRONG_SPREAD:
        return Light.STRONG_CONTRAST
    return Light.SOFT_CONTRAST if brightest - darkest < SOFT_SPREAD else None
