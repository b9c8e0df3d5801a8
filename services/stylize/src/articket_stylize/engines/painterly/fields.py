"""Planes over the picture: blurs, noise, the direction in which forms run, and smearing along it.

A brush follows form: along a cheek, around an eye, with the grain of fur. The structure tensor says where form runs; where
the photo is flat, the direction comes from its surroundings or from a guide (Van Gogh's eddies). Most planes are made at half
the picture's size: strokes are sampled from them, and no eye sees the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import cv2
import numpy as np

from articket_stylize.engines.painterly.colour import Floats, Picture, floats

__all__ = [
    "TensorField",
    "blur",
    "grid",
    "level_lines",
    "line_integral",
    "resized",
    "tangent_field",
    "upscale_angle",
    "value_noise",
]

Plane = TypeVar("Plane", Floats, Picture)

PYRAMID_SIGMA = 6.0
"""Wider blurs are made on a smaller plane: the result differs by less than a step of grey and costs a tenth."""


def resized(plane: Floats, height: int, width: int) -> Floats:
    """The plane in another size: averaged when smaller, bilinear when larger."""
    if plane.shape[:2] == (height, width):
        return plane
    is_smaller = height * width < plane.shape[0] * plane.shape[1]
    how = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=how), np.float32)


def blur(plane: Floats, sigma: float) -> Floats:
    """Gaussian blur of float32 planes or pictures; a sigma under 0.3 px leaves it as it is."""
    if sigma < 0.3:
        return plane
    height, width = plane.shape[:2]
    factor = int(sigma / (PYRAMID_SIGMA / 2))
    if sigma <= PYRAMID_SIGMA or min(height, width) < 4 * factor:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), min(sigma, max(height, width))), np.float32)
    small = resized(plane, max(1, height // factor), max(1, width // factor))
    return resized(np.asarray(cv2.GaussianBlur(small, (0, 0), sigma / factor), np.float32), height, width)


def grid(height: int, width: int) -> tuple[Floats, Floats]:
    """The x of each column (1, width) and the y of each row (height, 1): they broadcast, nothing is filled."""
    return np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]


def value_noise(height: int, width: int, scale: float, rng: np.random.Generator, octaves: int = 1) -> Floats:
    """Smooth noise of mean about 0 and deviation 1; `scale` is the distance between its hills in pixels."""
    noise = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        step = max(scale / 2**octave, 1.0)
        knots = rng.standard_normal((int(height / step) + 4, int(width / step) + 4), np.float32)
        noise += np.float32(0.5**octave) * np.asarray(
            cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC), np.float32
        )
    return noise / (noise.std() + np.float32(1e-6))


@dataclass(frozen=True)
class TensorField:
    """Where form runs, on a plane that is usually half the picture's size."""

    angle: Floats
    """Direction along the form in radians; a line, not an arrow: angle and angle + pi mean the same."""
    coherence: Floats
    """0 where every direction is as good, 1 on a clear line."""
    energy: Floats
    """Strength of the photo's own edges, in Lab units per pixel."""

    def detail(self) -> Floats:
        """The energy, smoothed and scaled: 0 is flat, 1 the busiest three hundredths of the picture."""
        smooth = blur(self.energy, 2.0)
        # A flat photo's noise is not detail.
        top = max(float(np.percentile(smooth[::2, ::2], 97)), 0.8)
        return np.clip(smooth * np.float32(1 / top), 0, 1)


def tangent_field(
    lab: Floats,
    *,
    before: float = 1.2,
    smooth: float = 3.2,
    fill: Sequence[float] = (8, 24, 64),
    guide: Floats | None = None,
    guide_weight: Floats | None = None,
) -> TensorField:
    """The direction along the forms of a Lab picture, by its colour structure tensor.

    `before` blurs the picture, `smooth` the tensor; each of `fill` lets flat places take on the direction of a wider
    neighbourhood. `guide` is an angle that the field follows where `guide_weight` outweighs the photo's own forms. All
    in pixels of `lab`.
    """
    soft = blur(lab, before)
    gx = np.asarray(cv2.Scharr(soft, cv2.CV_32F, 1, 0, scale=1 / 32), np.float32)
    gy = np.asarray(cv2.Scharr(soft, cv2.CV_32F, 0, 1, scale=1 / 32), np.float32)
    # cv2.transform sums the three channels in one pass.
    ones = np.ones((1, 3), np.float32)
    xx, yy, xy = (np.asarray(cv2.transform(g, ones), np.float32) for g in (gx * gx, gy * gy, gx * gy))
    energy = np.sqrt(xx + yy)
    tensor = np.asarray(cv2.merge((xx, xy, yy)), np.float32)
    total = blur(tensor, smooth)
    for i, width in enumerate(fill):
        total = total + np.float32(0.12 / 4**i) * blur(tensor, width)
    if guide is not None and guide_weight is not None:
        c, s = np.cos(guide), np.sin(guide)
        total = total + np.asarray(cv2.merge((s * s, -s * c, c * c)), np.float32) * guide_weight[..., None]
    difference, twice = total[..., 0] - total[..., 2], np.float32(2) * total[..., 1]
    length = np.sqrt(difference * difference + twice * twice)
    coherence = length / (total[..., 0] + total[..., 2] + np.float32(1e-6))
    angle = np.float32(0.5) * np.arctan2(twice, difference) + np.float32(np.pi / 2)
    return TensorField(angle, floats(coherence), energy)


def level_lines(potential: Floats) -> Floats:
    """The angle along the level lines of a plane: around its hills and hollows."""
    gx = np.asarray(cv2.Sobel(potential, cv2.CV_32F, 1, 0), np.float32)
    gy = np.asarray(cv2.Sobel(potential, cv2.CV_32F, 0, 1), np.float32)
    return np.arctan2(gy, gx) + np.float32(np.pi / 2)


def upscale_angle(angle: Floats, height: int, width: int) -> Floats:
    """A plane of line directions in another size; angles half a turn apart mean the same and are blended so."""
    c = resized(np.cos(2 * angle), height, width)
    s = resized(np.sin(2 * angle), height, width)
    return np.float32(0.5) * np.arctan2(s, c)


def line_integral(plane: Plane, angle: Floats, levels: int = 4) -> Plane:
    """Smear a plane along a field of line directions of the same size: noise becomes the hairs of a brush.

    Each level averages what lies either way, twice as far as the level before; so four levels of two looks each do what 16
    looks did, and as both ways count alike, it does not matter that a line has no sense. `levels` 4 smears over about 22 px.
    """
    height, width = plane.shape[:2]
    x, y = grid(height, width)
    c, s = np.cos(angle), np.sin(angle)
    reach = 0.75
    smeared = plane
    for _ in range(levels):
        dx, dy = c * np.float32(reach), s * np.float32(reach)
        ahead = cv2.remap(smeared, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        behind = cv2.remap(smeared, x - dx, y - dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        smeared = cv2.addWeighted(ahead, 0.5, behind, 0.5, 0)
        reach *= 2
    return cast(Plane, smeared)
