"""Opens the shadows of a photo: a dog under a porch is brown, though in the photo nothing of it is lighter than soot.

The graphic recipes decide what a place is by its colour, so it must first be in a light in which colours can be told apart.
"""

from __future__ import annotations

import cv2
import numpy as np

from articket_stylize.engines.painterly.colour import Floats, smoothstep, tone

__all__ = ["open_shadows"]

LIGHT = 55.0
"""Lightness from which nothing is a shadow."""
SHARE = 0.75
"""How far shadows are lifted towards their neighbourhood's own light."""


def open_shadows(lab: Floats, *, darkest: float, lightest: float) -> Floats:
    """The light spread from `darkest` to `lightest`, and shadows lifted by what their own surroundings allow."""
    opened = tone(lab, darkest=darkest, lightest=lightest, middle=58, amount=0.9)
    # A photo of snow must not get its shadows from having its lights levelled.
    lightness = np.maximum(opened[..., 0], np.float32(0.97) * lab[..., 0])
    local = cv2.createCLAHE(2.5, (6, 6)).apply((np.clip(lightness, 0, 100) * np.float32(2.55)).astype(np.uint8))
    lift = np.maximum(local.astype(np.float32) * np.float32(1 / 2.55) - lightness, 0)
    opened[..., 0] = lightness + np.float32(SHARE) * lift * smoothstep(LIGHT, 25, lightness)
    return opened
