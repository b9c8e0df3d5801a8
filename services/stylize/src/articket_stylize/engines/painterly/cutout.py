"""Cuts the subject out along the photo's own edges, for recipes that draw a line around it or hang another wall behind.

A silhouette found on a small copy of the photo (`silhouette.py`) is some pixels wide of chins and noses. For brush strokes that
does not matter; a contour would be beside the face.
"""

from __future__ import annotations

import cv2
import numpy as np

from articket_stylize.engines.painterly.colour import Floats, smoothstep

__all__ = ["cut_out", "wall_colour"]

SURELY_WALL, SURELY_SUBJECT = 0.1, 0.97
"""Shares of the mask."""
LEAST_WALL = 60
"""Pixels of wall that must be seen to know its colour."""
UNIFORM = 7.0
"""Median distance of the wall's colours from their middle, at most, for it to be one wall; Lab units."""
WALL_REACH = 8.0
"""How far from the wall's colour its shadows and noise lie."""
NO_EDGE = 4.0
"""Steps of lightness that are no edge yet."""


def wall_colour(mask: Floats, lab: Floats) -> Floats | None:
    """Lab (3,) of what is behind the subject, if that is of one colour."""
    wall = lab[mask < SURELY_WALL]
    if len(wall) < LEAST_WALL:
        return None
    middle = np.median(wall, axis=0)
    return middle if float(np.median(np.abs(wall - middle).max(axis=1))) < UNIFORM else None


def cut_out(mask: Floats, lab: Floats, reach: float) -> Floats:
    """The mask of the subject, without the wall that it has taken in, drawn to edges within `reach` pixels."""
    wall = wall_colour(mask, lab)
    if wall is not None:
        away = (lab - wall) * np.float32(1 / WALL_REACH)
        likeness = np.exp(-(away * away).sum(axis=2))
        mask = np.asarray(mask * (1 - likeness * smoothstep(SURELY_SUBJECT, 0.8, mask)), np.float32)
    return _fit_to_edges(mask, lab, reach)


def _fit_to_edges(mask: Floats, lab: Floats, reach: float) -> Floats:
    """He's guided filter, by lightness."""
    guide = np.ascontiguousarray(lab[..., 0])
    size = (2 * max(1, round(reach)) + 1,) * 2

    def mean(plane: Floats) -> Floats:
        return np.asarray(cv2.blur(plane, size, borderType=cv2.BORDER_REFLECT), np.float32)

    guide_mean, mask_mean = mean(guide), mean(mask)
    shared = mean(guide * mask) - guide_mean * mask_mean
    slope = np.asarray(shared / (mean(guide * guide) - guide_mean * guide_mean + np.float32(NO_EDGE**2)), np.float32)
    fitted = mean(slope) * guide + mean(np.asarray(mask_mean - slope * guide_mean, np.float32))
    return np.clip(np.asarray(fitted, np.float32), 0, 1)
