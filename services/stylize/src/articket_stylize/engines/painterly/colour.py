"""Colour for painters: Lab, tone, chroma, and pulling colours towards an artist's palette.

Everything works in CIE Lab as float32 (L 0 to 100), where "lighter", "more colourful" and "nearest pigment" mean what a
painter means by them. `fields.py` is the same for directions; the recipes use both.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Floats",
    "Picture",
    "boost_chroma",
    "chroma",
    "floats",
    "mixed",
    "palette_lab",
    "pull_to_palette",
    "smoothstep",
    "to_bgr",
    "to_bgr8",
    "to_lab",
    "tone",
]

Picture = NDArray[np.uint8]
"""Height × width × blue, green, red."""
Floats = NDArray[np.float32]

LIGHTNESS_WEIGHT = 0.6
"""How much lightness counts against hue when the nearest pigment is chosen: a painter keeps the value and finds the hue."""


def floats(values: ArrayLike) -> Floats:
    """The values as float32, the same array if they are already; where numpy's types promise less than it does."""
    return np.asarray(values, np.float32)


FACE_ABOVE_MIDDLE = 8.0
"""How much lighter than the middle of a picture a face is painted, in L."""
FACE_WEIGHT = 0.7
FEWEST_FACE_PIXELS = 30
LEAST_SPAN = 12.0
"""Spreading less lightness than this over the whole range would paint noise."""


def to_lab(bgr: Picture) -> Floats:
    """Lab of a BGR picture: L 0 to 100, a and b about -110 to 110."""
    return np.asarray(cv2.cvtColor(bgr.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_BGR2Lab), np.float32)


def to_bgr(lab: Floats) -> Floats:
    """BGR, 0 to 1 (clipped), of Lab values in any shape that ends in 3."""
    flat = np.ascontiguousarray(lab, np.float32).reshape(-1, 1, 3)
    bgr = cv2.cvtColor(flat, cv2.COLOR_Lab2BGR) if len(flat) else flat
    return np.clip(np.asarray(bgr, np.float32).reshape(lab.shape), 0, 1)


def to_bgr8(lab: Floats) -> Picture:
    """BGR of 0 to 255 of Lab values in any shape that ends in 3."""
    return (to_bgr(lab) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


@cache
def palette_lab(colours: tuple[str, ...]) -> Floats:
    """Lab of colours written as "#rrggbb": (n, 3). The array is shared: do not write into it."""
    rgb = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in colours], np.uint8)
    lab = to_lab(np.ascontiguousarray(rgb[:, None, ::-1])).reshape(-1, 3)
    lab.flags.writeable = False
    return lab


def smoothstep(low: float, high: float, x: Floats) -> Floats:
    """0 below `low`, 1 above `high`, smooth between; falls instead when `low` is above `high`."""
    t = np.clip((x - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return floats(t * t * (np.float32(3) - np.float32(2) * t))


def mixed(one: Floats, other: Floats, share: Floats | float) -> Floats:
    """`one` with `share` (0 to 1) of `other` in it; a plane of shares is spread over the last axis of the colours."""
    weight = np.asarray(share, np.float32)
    if weight.ndim and weight.ndim < one.ndim:
        weight = weight[..., None]
    return floats(one + (other - one) * weight)


def chroma(lab: Floats) -> Floats:
    """How colourful each value is: 0 is grey, 100 a pure pigment.

    Not cv2.magnitude: on strided slices its last bit differs from run to run, and a painting must not.
    """
    a, b = lab[..., 1], lab[..., 2]
    return np.sqrt(a * a + b * b)


def tone(lab: Floats, *, darkest: float, lightest: float, middle: float, amount: float, faces: Floats | None = None) -> Floats:
    """Spread the lightness over `darkest` to `lightest` and bring its median near `middle`; the colours move along.

    `amount` 0 leaves the photo's light as it is, 1 levels it wholly. Dim and pale photos become paintable by it. Where
    `faces` (0 to 1) shows some, they count more than the rest: a face before a dark wall must not turn white.
    """
    lightness = lab[..., 0]
    sample = lightness[::4, ::4]
    black, median, white = (float(v) for v in np.percentile(sample, (1, 50, 99)))
    span = max(white - black, LEAST_SPAN)
    # What little there is stays as light or dark as it is: fog is not night.
    black -= (span - (white - black)) * median / 100
    share = np.clip((lightness - np.float32(black)) * np.float32(1 / span), 0, 1)
    relative = min(max((median - black) / span, 0.08), 0.92)
    if faces is not None and (weight := float(faces.sum())) > FEWEST_FACE_PIXELS:
        of_faces = (float((lightness * faces).sum()) / weight - FACE_ABOVE_MIDDLE - black) / span
        relative += FACE_WEIGHT * (min(max(of_faces, 0.08), 0.92) - relative)
    gamma = float(np.clip(np.log((middle - darkest) / (lightest - darkest)) / np.log(relative), 0.55, 1.4))
    level = np.float32(lightest - darkest) * cv2.pow(share, gamma) + np.float32(darkest)
    toned = lab.copy()
    toned[..., 0] = lightness + np.float32(amount) * (np.asarray(level, np.float32) - lightness)
    # Lifting a dim photo without its chroma would leave it grey.
    lift = np.clip((toned[..., 0] + 12) / (lightness + 12), 0.8, 2.2)
    toned[..., 1] *= lift
    toned[..., 2] *= lift
    return toned


def boost_chroma(lab: Floats, factor: float, *, knee: float = 55.0) -> Floats:
    """Multiply dull colours' chroma by `factor`, ones above the knee ever less: vivid colours do not clip."""
    c = chroma(lab)
    gain = np.float32(1) + np.float32(factor - 1) * np.exp(-((c * np.float32(1 / knee)) ** 2))
    boosted = lab.copy()
    boosted[..., 1] *= gain
    boosted[..., 2] *= gain
    return boosted


def pull_to_palette(lab: Floats, palette: Floats, *, pull: float, softness: float = 16.0) -> Floats:
    """Move colours (n, 3) by `pull` (0 to 1) towards the pigments nearest to them.

    `softness` is the Lab distance over which neighbouring pigments blend. Lightness moves by a quarter of it only, so that
    a face keeps its modelling.
    """
    weights = np.array([LIGHTNESS_WEIGHT, 1, 1], np.float32)
    away = ((lab[:, None, :] - palette[None]) * weights) ** 2
    distance = away.sum(axis=2)
    near = np.exp((distance.min(axis=1, keepdims=True) - distance) * np.float32(0.5 / softness**2))
    near /= near.sum(axis=1, keepdims=True)
    pulled = lab + np.float32(pull) * (near @ palette - lab)
    pulled[:, 0] = lab[:, 0] + np.float32(0.25) * (pulled[:, 0] - lab[:, 0])
    return pulled
