"""Ink: lines found in the photo, outlines of planes, and brush lines that swell as a hand presses.

Lines are found by differences of Gaussians gathered along the form (Kang's coherent line drawing), so that a cheek is one line
and not forty specks. `recipes/halftone.py` prints them, `recipes/facets.py` uses all three kinds.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_stylize.engines.painterly.colour import Floats, Picture, smoothstep
from articket_stylize.engines.painterly.fields import TensorField, blur, line_integral

__all__ = [
    "Path",
    "Plate",
    "brush_line",
    "fixed_point",
    "ink_lines",
    "inked",
    "outlines",
    "rounded",
    "swelling",
    "without_specks",
]

Path = NDArray[np.float64]
"""Points (n, 2) in pixels."""
Plate = NDArray[np.uint8]
"""Ink for each pixel: 0 is none, 255 is full."""

SECOND_BLUR = 1.6
"""The wider Gaussian in narrower ones: the line that Marr and Hildreth see."""
SECOND_SHARE = 0.985
NO_LINE, FULL_LINE = -0.1, -1.1
"""Responses, in units of lightness, of no ink and of full ink."""
GATHERING_LEVELS = 3
"""Lines are gathered over about 11 px along the form."""


def ink_lines(lab: Floats, field: TensorField, width: float, gain: float = 1.0) -> Floats:
    """Ink, 0 to 1, where a draughtsman puts a line: dark creases and the dark side of edges.

    `width` is the line's in pixels of `lab`, about; `gain` over 1 draws fainter edges as well.
    """
    lightness = np.ascontiguousarray(lab[..., 0])
    response = blur(lightness, width) - np.float32(SECOND_SHARE) * blur(lightness, width * SECOND_BLUR)
    gathered = line_integral(np.asarray(response, np.float32), field.angle, GATHERING_LEVELS)
    # As the second share is under 1, light places need a stronger edge for a line than dark ones.
    return smoothstep(NO_LINE, FULL_LINE, gathered * np.float32(gain))


def without_specks(ink: Floats, smallest: int) -> Floats:
    """The ink without its islands of fewer pixels than `smallest`."""
    if smallest < 2:
        return ink
    is_ink = (ink > 0.25).view(np.uint8)
    _, islands, facts, _ = cv2.connectedComponentsWithStats(is_ink, connectivity=8)
    is_kept = facts[:, cv2.CC_STAT_AREA] >= smallest
    is_kept[0] = False
    kept = np.take(is_kept.astype(np.uint8), np.asarray(islands, np.int32))
    return ink * np.asarray(cv2.dilate(kept, np.ones((3, 3), np.uint8)), np.float32)


def outlines(labels: NDArray[np.generic], width: float) -> Plate:
    """Ink of the given width in pixels between the planes of a label picture."""
    between = np.zeros(labels.shape, np.uint8)
    between[:, 1:] |= (labels[:, 1:] != labels[:, :-1]).view(np.uint8)
    between[1:] |= (labels[1:] != labels[:-1]).view(np.uint8)
    between *= np.uint8(255)
    size = max(1, round(width))
    if size > 1:
        between = cv2.dilate(between, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    return np.asarray(cv2.GaussianBlur(between, (0, 0), max(0.2 * width, 0.5)), np.uint8)


CORNER_SHIFT = 4
"""Bits after the binary point in coordinates for OpenCV: a sixteenth of a pixel."""


def fixed_point(values: NDArray[np.float64] | float) -> NDArray[np.int32]:
    """Pixels as the fixed-point numbers that OpenCV's drawing takes with `shift=CORNER_SHIFT`."""
    return np.round(np.asarray(values, np.float64) * (1 << CORNER_SHIFT)).astype(np.int32)


def brush_line(plate: Plate | Picture, path: Path, widths: Path | float, ink: int = 255) -> None:
    """Draw a line of changing width on a plate, with round ends; `widths` in pixels, one for each point."""
    half = np.broadcast_to(np.asarray(widths, np.float64), (len(path),)) / 2
    ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-6)[:, None]
    aside = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) * half[:, None]
    left, right = fixed_point(path + aside), fixed_point(path - aside)
    centres, radii = fixed_point(path).tolist(), np.maximum(fixed_point(half), 6).tolist()
    for i in range(len(path) - 1):
        piece = np.array([left[i], left[i + 1], right[i + 1], right[i]])
        cv2.fillConvexPoly(plate, piece, ink, cv2.LINE_AA, CORNER_SHIFT)
    for (x, y), radius in zip(centres, radii, strict=True):
        cv2.circle(plate, (x, y), radius, ink, -1, cv2.LINE_AA, CORNER_SHIFT)


def inked(canvas: Picture, plate: Plate, colour: Floats) -> Picture:
    """The canvas with the plate's ink, in a colour (3,) of 0 to 255, on it."""
    free = cv2.subtract(np.full_like(plate, 255), plate)
    under = cv2.multiply(canvas, cv2.merge((free, free, free)), scale=1 / 255)
    steps = np.arange(256, dtype=np.float32)[:, None] * np.float32(1 / 255) * colour + np.float32(0.5)
    return np.asarray(cv2.add(under, np.take(steps.astype(np.uint8), plate, axis=0)), np.uint8)


def rounded(path: Path | list[tuple[float, float]], rounds: int = 3) -> Path:
    """The path with its corners cut `rounds` times (Chaikin): smooth, and with 2**rounds times the points."""
    points = np.asarray(path, np.float64)
    for _ in range(rounds):
        before, after = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.vstack([points[:1], np.stack([before, after], axis=1).reshape(-1, 2), points[-1:]])
    return points


def swelling(count: int, thin: float, thick: float, peak: float = 0.5) -> Path:
    """Widths of a line that begins and ends thin and is thickest at `peak` (0 to 1) of its way."""
    t = np.linspace(0, 1, count)
    rise = np.where(t < peak, t / max(peak, 1e-6), (1 - t) / max(1 - peak, 1e-6))
    return thin + (thick - thin) * np.sin(rise * (np.pi / 2))
