"""Thick paint in slanting light: the last thing that happens to a painting.

Strokes leave their height in a fourth channel of the canvas; the finest hairs of the brush are noise, smeared along the
strokes. Ridges towards the light shine, those away from it are dark.
"""

from __future__ import annotations

import cv2
import numpy as np

from articket_stylize.engines.painterly.colour import Floats, Picture
from articket_stylize.engines.painterly.fields import line_integral, upscale_angle

__all__ = ["bristle", "light"]


def bristle(angle: Floats, height: int, width: int, rng: np.random.Generator, levels: int = 4) -> Floats:
    """The marks of a brush's hairs, mean 0 and deviation about 1, along a field of line directions of any size."""
    noise: Picture = np.frombuffer(rng.bytes(height * width), np.uint8).reshape(height, width)
    smeared = line_integral(noise, upscale_angle(angle, height, width), levels)
    plane = smeared.astype(np.float32)
    mean, deviation = (float(v[0][0]) for v in cv2.meanStdDev(smeared))
    return (plane - np.float32(mean)) * np.float32(1 / max(deviation, 1.0))


def light(picture: Picture, height: Floats, *, depth: float, shine: float, direction: float, scale: float) -> Picture:
    """Light a painting whose paint is `height` thick (0 to about 1), from `direction` in degrees (-90 is above).

    `scale` is the painting's long side in 1024 px: ridges are as high as their strokes are wide.
    """
    smooth = np.asarray(cv2.GaussianBlur(height, (0, 0), max(0.55 * scale, 0.35)), np.float32)
    radians = np.radians(direction)
    x, y = np.float32(np.cos(radians)), np.float32(np.sin(radians))
    slope = x * np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8), np.float32)
    slope += y * np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8), np.float32)
    # Towards the light the paint falls off: that side is bright.
    slope *= np.float32(-2.4 * depth * min(scale, 1.25))
    slope /= np.float32(1) + np.abs(slope)
    gain = np.float32(1) + np.float32(0.55) * slope
    glint = np.maximum(slope - np.float32(0.12), 0) * np.float32(255 * shine)
    lit = cv2.multiply(picture, cv2.merge((gain, gain, gain)), dtype=cv2.CV_32F)
    return np.asarray(cv2.convertScaleAbs(cv2.add(lit, cv2.merge((glint, glint, glint)))), np.uint8)
