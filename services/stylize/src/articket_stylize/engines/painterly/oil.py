"""Oil paint laid in parallel strokes: a tile of brush marks that is turned into each plane's own direction.

To lay thousands of strokes one by one is for the recipes whose strokes follow the form (`strokes.py`). A plane is brushed in
one direction; so the strokes are laid once, on a tile that repeats, and every plane takes its paint from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from articket_stylize.engines.painterly.colour import Floats

__all__ = ["TILE_RADIUS", "TILE_SIDE", "OilTile", "oil_tile"]

TILE_SIDE = 512
TILE_RADIUS = 10.0
"""Half the width of the tile's strokes in its pixels."""
STROKES = 620
"""They cover the tile more than five times: nothing of the ground is left."""
SHORTEST, LONGEST = 60, 170
HAIRS = 64
TRACE = 1024
HAIR_LENGTH = 26
"""Pixels over which one hair's trace keeps its depth."""
SEED = 11
"""The tile is the same for all paintings; the seed of a painting places it."""


@dataclass(frozen=True)
class OilTile:
    """Brush marks along x, seamless on all sides."""

    height: Floats
    """Thickness of the paint, about 0 to 1."""
    tint: Floats
    """How the paint of each stroke differs from the next, about -1 to 1."""


@cache
def oil_tile() -> OilTile:
    """The tile; it takes some 30 ms the first time. The arrays are shared: do not write into them."""
    rng = np.random.default_rng(SEED)
    hairs = _hairs(rng)
    height = np.full((TILE_SIDE, TILE_SIDE), 0.3, np.float32)
    tint = np.zeros((TILE_SIDE, TILE_SIDE), np.float32)
    for _ in range(STROKES):
        radius = TILE_RADIUS * rng.uniform(0.65, 1.3)
        length, width = int(rng.integers(SHORTEST, LONGEST)), int(2 * radius)
        rows = (int(rng.integers(TILE_SIDE)) + np.arange(width)) % TILE_SIDE
        columns = (int(rng.integers(TILE_SIDE)) + np.arange(length)) % TILE_SIDE
        across = ((np.arange(width) + 0.5 - radius) / radius).astype(np.float32)[:, None]
        along = (np.arange(length) / length).astype(np.float32)[None]
        start = int(rng.integers(TRACE - LONGEST))
        trace = hairs[(np.arange(width) * 48 // width + int(rng.integers(16))) % HAIRS, start : start + length]
        # The paint runs out towards the end: there only the fullest hairs still mark.
        cover = np.clip((1 - np.abs(across)) * 3, 0, 1) * np.clip(along * 14, 0, 1)
        cover = cover * np.clip((trace - (along - 0.45) * 1.1) * 5, 0, 1)
        ridge = (0.35 + 0.5 * trace + 0.3 * across * across) * (1 - 0.25 * along)
        place = np.ix_(rows, columns)
        height[place] += (ridge - height[place]) * cover
        tint[place] += (np.float32(rng.uniform(-1, 1)) + (trace - 0.5) * 0.6 - tint[place]) * cover
    height.flags.writeable = tint.flags.writeable = False
    return OilTile(height, tint)


def _hairs(rng: np.random.Generator) -> Floats:
    """Depth of the traces of a brush's hairs, 0 to 1: rows are hairs, columns their way."""
    noise = rng.standard_normal((HAIRS, TRACE), np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigmaX=HAIR_LENGTH, sigmaY=0.8), np.float32)
    return np.clip(smooth * np.float32(0.22 / smooth.std()) + np.float32(0.5), 0, 1)
