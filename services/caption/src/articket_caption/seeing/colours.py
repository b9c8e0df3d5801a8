"""Names the main colours of a picture as a person would who describes it from memory.

Strong colours are remembered, greys only where there is little else, and skin is nobody's colour scheme: faces are left out.
The names are regions of CIE LCh (lightness, chroma, hue), coarse on purpose: "orange" is certain where "coral" is a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from articket_caption.seeing.faces import Box
from articket_caption.seeing.pictures import Floats, Picture, shrunk, to_lab

__all__ = ["Colour", "Colours", "name_colours"]

# Colours are areas, and at this size so are textures.
LONG_SIDE_PX = 96
# A box around a face holds skin and hair, and some neck below.
FACE_MARGIN = 0.25

# A picture without colour has a chroma of 0, or a little more where JPEG has rounded; one spot of colour is above.
COLOURLESS_CHROMA = 8.0
COLOURLESS_PERCENTILE = 98
# Below this chroma a dark or light area has no hue that people would agree on.
NEUTRAL_CHROMA = 11.0
# What is nearly black, but as strong as this, is seen as a colour: navy.
DEEP_CHROMA = 30.0
LEAST_BLUE_CHROMA = 16.0
LIGHT_BLUE_LIGHTNESS = 72.0
# Weight of a pixel: a neutral one counts a quarter of one of this chroma.
FULL_WEIGHT_CHROMA = 45.0
NEUTRAL_WEIGHT = 0.25

MOST_COLOURS = 2
# Share of all weight that a colour needs to be one of the main ones; the second also of the first's.
LEAST_SHARE = 0.14
LEAST_SHARE_OF_FIRST = 0.3


class Colour(StrEnum):
    """The colours that have a name here; how they are called in each language is `wording`'s."""

    BLACK = "black"
    GREY = "grey"
    WHITE = "white"
    RED = "red"
    PINK = "pink"
    ORANGE = "orange"
    BROWN = "brown"
    BEIGE = "beige"
    YELLOW = "yellow"
    OLIVE = "olive"
    GREEN = "green"
    TURQUOISE = "turquoise"
    SKY_BLUE = "sky blue"
    BLUE = "blue"
    NAVY = "navy"
    PURPLE = "purple"


@dataclass(frozen=True)
class Colours:
    """The colours of a picture."""

    main: tuple[Colour, ...]
    """The strongest first; empty when none leads."""
    is_colourless: bool
    """Whether the picture is black and white."""


def name_colours(picture: Picture, apart_from: Iterable[Box] = ()) -> Colours:
    """Name the main colours outside the boxes."""
    scale = min(1.0, LONG_SIDE_PX / max(picture.shape[:2]))
    small = shrunk(picture, LONG_SIDE_PX)
    lab = to_lab(small)
    if float(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), COLOURLESS_PERCENTILE)) < COLOURLESS_CHROMA:
        return Colours((), is_colourless=True)
    outside = ~_masked(small, apart_from, scale)
    return Colours(_main(_shares(lab[outside] if outside.any() else lab.reshape(-1, 3))), is_colourless=False)


def _masked(picture: Picture, boxes: Iterable[Box], scale: float) -> NDArray[np.bool_]:
    mask = np.zeros(picture.shape[:2], np.bool_)
    for box in boxes:
        margin_x, margin_y = FACE_MARGIN * box.width, FACE_MARGIN * box.height
        left, right = (max(0, round(x * scale)) for x in (box.x - margin_x, box.x + box.width + margin_x))
        top, bottom = (max(0, round(y * scale)) for y in (box.y - 2 * margin_y, box.y + box.height + margin_y))
        mask[top:bottom, left:right] = True
    return mask


def _shares(lab: Floats) -> dict[Colour, float]:
    """Give each colour's share of the weight, for a row of pixels."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    weight = NEUTRAL_WEIGHT + (1 - NEUTRAL_WEIGHT) * np.clip(chroma / FULL_WEIGHT_CHROMA, 0, 1)
    names = map(_name, lab[:, 0].tolist(), chroma.tolist(), hue.tolist())
    shares = dict.fromkeys(Colour, 0.0)
    for name, pixel_weight in zip(names, (weight / weight.sum()).tolist(), strict=True):
        shares[name] += pixel_weight
    return shares


def _main(shares: dict[Colour, float]) -> tuple[Colour, ...]:
    ordered = sorted(shares, key=lambda colour: -shares[colour])[:MOST_COLOURS]
    least = max(LEAST_SHARE, LEAST_SHARE_OF_FIRST * shares[ordered[0]])
    return tuple(colour for colour in ordered if shares[colour] >= least)


def _name(lightness: float, chroma: float, hue: float) -> Colour:
    """Name one pixel's colour. The hue is in degrees; sRGB's pure red is at 40, yellow 103, green 136, cyan 196, blue 306."""
    if (lightness < 14 and chroma < DEEP_CHROMA) or (lightness < 30 and chroma < NEUTRAL_CHROMA):
        return Colour.BLACK
    if chroma < (NEUTRAL_CHROMA if 15 < lightness < 84 else 0.7 * NEUTRAL_CHROMA):
        return Colour.WHITE if lightness > 84 else Colour.GREY
    if hue < 20 or hue >= 335:
        return _name_rose(lightness, chroma, hue)
    if hue < 112:
        return _name_warm(lightness, chroma, hue)
    if hue < 220:
        return Colour.GREEN if hue < 172 else Colour.TURQUOISE
    return _name_cool(lightness, chroma, hue)


def _name_rose(lightness: float, chroma: float, hue: float) -> Colour:
    if lightness >= 50 or chroma < 30:
        return Colour.PINK if lightness >= 40 else Colour.BROWN
    return Colour.RED if hue < 20 else Colour.PURPLE


def _name_warm(lightness: float, chroma: float, hue: float) -> Colour:
    if hue >= 80 and chroma >= 28:
        return Colour.YELLOW if lightness >= 60 else Colour.OLIVE
    if hue >= 95:
        return Colour.BEIGE if lightness >= 75 else Colour.OLIVE
    if chroma < 36 or (lightness < 45 and hue >= 46):  # skin, wood, sand, earth
        return Colour.BEIGE if lightness >= 68 else Colour.BROWN
    if hue < 44:
        return Colour.RED if lightness < 62 else Colour.PINK
    return Colour.ORANGE


def _name_cool(lightness: float, chroma: float, hue: float) -> Colour:
    is_purple = hue >= 312 or (hue >= 292 and chroma < 60 and lightness >= 25)
    if is_purple:
        return Colour.PURPLE
    if lightness < 28:
        return Colour.NAVY
    if lightness < LIGHT_BLUE_LIGHTNESS and chroma < LEAST_BLUE_CHROMA:  # most shadows are a little blue
        return Colour.GREY
    return Colour.SKY_BLUE if lightness >= 62 else Colour.BLUE
