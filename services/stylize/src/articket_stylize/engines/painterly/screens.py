"""Printing with few inks: which two inks come nearest to a colour, and the screens of dots or lines that mix them.

A press has no pink: it prints red dots on paper. A *tint* is such a pair of inks with the share that the dots cover.
`recipes/halftone.py` chooses a tint for every place of the picture and prints them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_stylize.engines.painterly.colour import Floats, Picture, smoothstep

__all__ = ["Labels", "Tint", "TintTable", "dot_screen", "line_screen", "tint_lab"]

Labels = NDArray[np.uint8]
"""The number of a tint for each pixel."""


@dataclass(frozen=True)
class Tint:
    """Dots of one ink on another; inks are numbers in the look's order."""

    base: int
    dots: int
    coverage: float = 0.0
    """Share of the area that the dots cover; 0 is the base alone."""
    fades: float = 0.0
    """How much the coverage falls from the top of the picture to its foot, 0 to 1."""


def tint_lab(inks: Picture, tints: Sequence[Tint]) -> Floats:
    """What the eye sees of each tint from afar, as Lab (n, 3); `inks` is (inks, 3), BGR."""
    linear = (inks.astype(np.float64) / 255) ** 2.2
    shares = np.array([tint.coverage for tint in tints])[:, None]
    base, dots = [tint.base for tint in tints], [tint.dots for tint in tints]
    seen = (linear[base] * (1 - shares) + linear[dots] * shares) ** (1 / 2.2)
    return np.asarray(cv2.cvtColor(seen.astype(np.float32)[None], cv2.COLOR_BGR2Lab)[0], np.float32)


TABLE_STEPS = 32
"""Steps of each Lab axis in the table: 3 units of lightness, less than one sees between two tints."""
TABLE_REACH = 96.0
"""The table's largest a and b."""


class TintTable:
    """Finds the nearest tint of any colour, by a table over the Lab cube.

    Printers' "nearest" is not the eye's: hue comes first and colours are pushed outwards, so that brown fur becomes orange
    dots and not grey ones; what is nearly grey stays free of strong inks.
    """

    def __init__(self, seen: Floats, allowed: Sequence[int]) -> None:
        lightness = np.linspace(0, 100, TABLE_STEPS, dtype=np.float32)
        axis = np.linspace(-TABLE_REACH, TABLE_REACH, TABLE_STEPS, dtype=np.float32)
        cube = np.stack(np.meshgrid(lightness, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
        choice = _printers_distance(cube, seen[list(allowed)]).argmin(axis=1)
        self._table = np.asarray(allowed, np.uint8)[choice]

    def nearest(self, lab: Floats) -> Labels:
        """The tint of each pixel of a Lab picture."""
        steps = np.float32(TABLE_STEPS - 1)
        place = (np.clip(lab[..., 0] * (steps / 100), 0, steps) + np.float32(0.5)).astype(np.int32)
        for axis in (1, 2):
            along = (lab[..., axis] + np.float32(TABLE_REACH)) * (steps / np.float32(2 * TABLE_REACH))
            place = place * TABLE_STEPS + (np.clip(along, 0, steps) + np.float32(0.5)).astype(np.int32)
        return np.take(self._table, place)


def _printers_distance(colours: Floats, tints: Floats) -> Floats:
    """Squared distance of colours (n, 3) to tints (m, 3) as a printer sees it: (n, m)."""
    chroma, hue = np.hypot(colours[:, 1], colours[:, 2]), np.arctan2(colours[:, 2], colours[:, 1])
    tint_chroma, tint_hue = np.hypot(tints[:, 1], tints[:, 2]), np.arctan2(tints[:, 2], tints[:, 1])
    # Olive, the colour of grass, lies between orange and green; a printer takes it for green.
    degrees = np.degrees(hue)
    hue = hue + np.float32(np.radians(7)) * smoothstep(68, 78, degrees) * smoothstep(115, 100, degrees)
    # Push colours outwards as far as the inks reach, all but the nearly grey.
    wanted = chroma * (smoothstep(3, 11, chroma) + np.float32(0.9) * smoothstep(6, 22, chroma))
    wanted = np.where(wanted > 60, 60 + (wanted - 60) * 0.4, wanted)[:, None]
    is_colour = smoothstep(5, 26, wanted)
    by_lightness = 0.8 * (colours[:, :1] - tints[None, :, 0]) ** 2
    excess = wanted - tint_chroma[None]
    # To lose a colour is worse than to give one; but what is grey must not be given any.
    by_chroma = excess**2 * np.where(excess > 0, 0.9, 0.55 - 0.47 * is_colour)
    turn = 2 * np.sin((hue[:, None] - tint_hue[None]) / 2) * 62
    by_hue = turn**2 * is_colour * np.clip(tint_chroma / 25, 0, 1)[None]
    return np.asarray(by_lightness + by_chroma + by_hue, np.float32)


def dot_screen(height: int, width: int, pitch: float, angle: float, phase: tuple[float, float]) -> Floats:
    """Distance of each pixel to the next dot's middle in pitches, on a square lattice turned by `angle` radians."""
    u, v = _lattice(height, width, pitch, angle, phase)
    for axis in (u, v):
        axis -= np.floor(axis)
        axis -= np.float32(0.5)
        axis *= axis
    u += v
    return np.sqrt(u, out=u)


def line_screen(height: int, width: int, pitch: float, angle: float, phase: tuple[float, float]) -> Floats:
    """Distance of each pixel to the next line's middle in pitches."""
    _, v = _lattice(height, width, pitch, angle, phase)
    v -= np.floor(v)
    v -= np.float32(0.5)
    return np.abs(v, out=v)


def _lattice(height: int, width: int, pitch: float, angle: float, phase: tuple[float, float]) -> tuple[Floats, Floats]:
    c, s = np.float32(math.cos(angle) / pitch), np.float32(math.sin(angle) / pitch)
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    u, v = x * c + (y * s + np.float32(phase[0])), y * c - (x * s - np.float32(phase[1]))
    return np.asarray(u, np.float32), np.asarray(v, np.float32)
