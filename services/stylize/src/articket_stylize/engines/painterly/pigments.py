"""Paints with few pigments, each mixed in three: in shade, as it is, and in light.

First the photo's own main tones are found, then each is given a pigment of the artist, and the light that it has in the photo.
`recipes/facets.py` paints everything so.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_stylize.engines.painterly.colour import Floats, palette_lab
from articket_stylize.engines.painterly.fields import resized
from articket_stylize.engines.painterly.planes import Labels

__all__ = ["Palette", "in_light", "main_tones", "nearest_tone"]

NEUTRAL = 14.0
"""Chroma of grey pigments at most."""
NEIGHBOURS = 4
"""How many pigments may stand for another."""
BY_HUE = np.array([0.55, 1, 1], np.float32)
"""Weights of lightness, a and b, when a pigment is chosen: the hue decides, the light is mixed afterwards."""
SHADE_AND_LIGHT = 22.0
"""Lightness between a pigment as it is and its shade or light."""


class Palette:
    """An artist's pigments."""

    def __init__(self, pigments: Sequence[tuple[str, str, str]]) -> None:
        """Each pigment is given by its colours in shade, middle and light, as "#rrggbb"."""
        self.pigments = np.stack([palette_lab(three) for three in pigments])
        """Lab: (n, 3, 3)."""
        middles = self.pigments[:, 1]
        self.is_neutral = np.hypot(middles[:, 1], middles[:, 2]) < NEUTRAL
        # Colours stand for colours of their hue, but for a grey those that are as light; no grey stands for anything.
        by_hue = _distances(middles, middles, BY_HUE)
        by_light = _distances(middles, middles, np.array([1, 0, 0], np.float32))
        away = np.where(self.is_neutral[:, None], by_light, by_hue) + np.where(self.is_neutral[None], 1e6, 0)
        np.fill_diagonal(away, np.inf)
        self.beside = np.argsort(away, axis=1, kind="stable")[:, :NEIGHBOURS]
        """For each pigment the numbers of those that may stand for it."""

    def nearest(self, colours: Floats, *, weights: Floats = BY_HUE) -> NDArray[np.intp]:
        """The numbers of the pigments nearest to Lab colours (n, 3)."""
        return _distances(colours, self.pigments[:, 1], weights).argmin(axis=1)

    def similar(self, pigment: int) -> int:
        """The pigment most like another, grey ones included."""
        away = _distances(self.pigments[pigment, 1][None], self.pigments[:, 1], np.ones(3, np.float32))[0]
        away[pigment] = np.inf
        return int(away.argmin())


def _distances(colours: Floats, others: Floats, weights: Floats) -> Floats:
    """Squared distances of colours (n, 3) to others (m, 3): (n, m)."""
    return np.asarray((((colours[:, None] - others[None]) * weights) ** 2).sum(axis=2), np.float32)


def in_light(pigments: Floats, lightness: Floats) -> Floats:
    """Lab (n, 3) of pigments (n, 3, 3) in the light that their places have, between shade and light."""
    shade, middle, light = pigments[:, 0], pigments[:, 1], pigments[:, 2]
    amount = np.clip((lightness - middle[:, 0]) * np.float32(1 / SHADE_AND_LIGHT), -1, 1)[:, None] * np.float32(0.85)
    mixed = np.where(amount > 0, middle + (light - middle) * amount, middle + (middle - shade) * amount)
    return np.asarray(mixed, np.float32)


TONE_WEIGHTS = np.array([0.7, 1, 1], np.float32)
"""Of lightness, a and b, when the photo's tones are told apart."""
SAMPLE_SIDE = 96


def main_tones(lab: Floats, count: int) -> Floats:
    """The photo's own main colours (n, 3), at most `count`, darkest first."""
    scale = SAMPLE_SIDE / max(lab.shape[:2])
    small = resized(lab, max(1, round(lab.shape[0] * scale)), max(1, round(lab.shape[1] * scale)))
    samples = small.reshape(-1, 3) * TONE_WEIGHTS
    # k-means draws its first middles from OpenCV's global random numbers.
    cv2.setRNGSeed(3)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    first = np.zeros((len(samples), 1), np.int32)
    _, _, middles = cv2.kmeans(samples, min(count, len(samples)), first, stop, 1, cv2.KMEANS_PP_CENTERS)
    middles = np.asarray(middles, np.float32) / TONE_WEIGHTS
    return middles[np.argsort(middles[:, 0], kind="stable")]


def nearest_tone(lab: Floats, tones: Floats) -> Labels:
    """The number of the tone nearest to each pixel."""
    squares = TONE_WEIGHTS * TONE_WEIGHTS
    # Of the squared distance, what differs between the tones: a linear map of the colour, which OpenCV does four at once.
    maps = np.concatenate([-2 * squares * tones, (squares * tones * tones).sum(axis=1, keepdims=True)], axis=1)
    labels = np.zeros(lab.shape[:2], np.uint8)
    closest = np.full(lab.shape[:2], np.inf, np.float32)
    for first in range(0, len(maps), 4):
        for i, distance in enumerate(cv2.split(cv2.transform(lab, maps[first : first + 4]))):
            labels[distance < closest] = first + i
            closest = np.minimum(closest, distance)
    return labels
