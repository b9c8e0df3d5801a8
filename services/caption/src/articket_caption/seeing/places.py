"""Tells whether a photo was certainly taken outdoors. That it was taken indoors is never certain enough to say.

Certain is a sky: a wide, smooth, blue area along the upper edge that grows lighter downwards, above something that is
neither. A blue wall does not grow lighter, and behind a portrait anything may hang; there nothing is said.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_caption.seeing.pictures import Floats, Picture, shrunk, to_lab

__all__ = ["is_open_air"]

Mask: TypeAlias = NDArray[np.bool_]

LONG_SIDE_PX = 128
# The strip along the upper edge, as a share of the height, that a sky must fill to this share.
STRIP_SHARE = 0.12
LEAST_STRIP_FILL = 0.7
# Of the whole picture.
LEAST_SKY_SHARE, MOST_SKY_SHARE = 0.12, 0.85
# A sky is smooth: change of lightness from one pixel to the next at this size.
SMOOTH_STEP = 3.5
# And blue; white clouds are left out.
BLUE_HUES = (225.0, 292.0)
LEAST_BLUE_CHROMA, LEAST_BLUE_LIGHTNESS = 8.0, 38.0
# It grows lighter towards the horizon by this much between its upper and its lower third.
LEAST_RISE = 4.0


def is_open_air(picture: Picture, *, has_portrait: bool) -> bool:
    """Say whether the picture certainly shows the open air."""
    if has_portrait:
        return False
    small = shrunk(picture, LONG_SIDE_PX)
    lab = to_lab(small)
    sky = _connected_to_upper_edge(_is_sky_like(lab))
    strip = sky[: max(2, round(STRIP_SHARE * len(sky)))]
    share = float(sky.mean())
    return (
        float(strip.mean()) >= LEAST_STRIP_FILL
        and LEAST_SKY_SHARE <= share <= MOST_SKY_SHARE
        and _rise(lab[..., 0], sky) >= LEAST_RISE
    )


def _is_sky_like(lab: Floats) -> Mask:
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    hue, chroma = np.degrees(np.arctan2(b, a)) % 360, np.hypot(a, b)
    is_blue = (hue > BLUE_HUES[0]) & (hue < BLUE_HUES[1]) & (chroma > LEAST_BLUE_CHROMA) & (lightness > LEAST_BLUE_LIGHTNESS)
    across = cv2.Scharr(lightness, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(lightness, cv2.CV_32F, 0, 1, scale=1 / 32)
    return np.asarray(is_blue & (np.hypot(across, down) < SMOOTH_STEP), np.bool_)


def _connected_to_upper_edge(mask: Mask) -> Mask:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    reaching = np.unique(labels[0][mask[0]])
    return np.asarray(np.isin(labels, reaching), np.bool_)


def _rise(lightness: Floats, sky: Mask) -> float:
    """By how much the sky grows lighter from its upper third to its lower third."""
    rows = np.flatnonzero(sky.any(axis=1))
    if len(rows) < 3:
        return 0.0
    third = len(rows) // 3
    upper, lower = rows[:third], rows[-third:]
    return float(lightness[lower][sky[lower]].mean() - lightness[upper][sky[upper]].mean())
