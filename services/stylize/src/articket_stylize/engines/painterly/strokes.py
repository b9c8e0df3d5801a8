"""Brush strokes: where they begin, the way they take, their outline, and laying them on the canvas.

Paths are worked out for all strokes of a layer at once in numpy. Each stroke is then one filled polygon: OpenCV fills an
outline several times faster than it draws a thick line, and an outline can taper as a brush does. `relief.py` lights the paint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from articket_stylize.engines.painterly.colour import Floats, Picture, floats

__all__ = ["Outlines", "Paths", "brush_scale", "fill", "outlines", "sample", "scatter", "spacing", "streaks", "trace"]

Outlines = NDArray[np.int32]
"""Polygons in sixteenths of a pixel, as OpenCV takes them: (..., corners, 2)."""

FRACTION_BITS = 4
MEAN_SHARE_OF_BOX = 0.31
"""Area of a stroke as a share of its length times its width: it tapers, ends early where the colour changes, and curls."""
SMALLEST_SCALE = 0.5
POINTS = 9
"""Points on a path: enough for an S, few enough to fill thousands."""


@dataclass(frozen=True)
class Paths:
    """The middle lines of a layer's strokes, in pixels of the painting."""

    points: Floats
    """(n, points, 2): x and y."""
    radius: Floats
    """(n,): half the width of each stroke."""

    def __len__(self) -> int:
        return len(self.radius)

    def moved(self, by: Floats) -> Paths:
        """The same paths, elsewhere."""
        return Paths(self.points + by, self.radius)

    def normals(self) -> Floats:
        """Unit vectors to the left of the way at each point."""
        way = np.gradient(self.points, axis=1)
        length = np.sqrt((way * way).sum(axis=2, keepdims=True))
        # A path that stopped early has points on top of one another: they keep some direction, it does not show.
        return np.stack([-way[..., 1], way[..., 0]], axis=2) / np.maximum(length, 1e-4)


def brush_scale(size: tuple[int, int]) -> float:
    """Pixels of a painting of `size` for each pixel of a look's sizes, which are made for a long side of 1024.

    On a small canvas the brush is not that much smaller: below `SMALLEST_SCALE` strokes could not be told from pixels.
    """
    return max(max(size) / 1024, SMALLEST_SCALE)


def scatter(height: int, width: int, spacing: float, rng: np.random.Generator) -> Floats:
    """Seeds on a shaken grid, in random order: (n, 2). Even without being regular, at least one."""
    columns, rows = max(1, round(width / spacing)), max(1, round(height / spacing))
    places = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=2).reshape(-1, 2).astype(np.float32)
    places += rng.random(places.shape, np.float32)
    places *= np.array([width / columns, height / rows], np.float32)
    return rng.permutation(places)


def spacing(radius: float, length: float, coverage: float) -> float:
    """Distance between the seeds of strokes so long (in widths) that they cover the canvas `coverage` times."""
    area = 4 * radius * radius * length * MEAN_SHARE_OF_BOX
    return float(np.sqrt(area / coverage))


def sample(plane: Floats, points: Floats, size: tuple[int, int]) -> Floats:
    """The plane's values at points (..., 2) of a painting of `size` (height, width), whatever the plane's own size."""
    height, width = plane.shape[:2]
    x = np.clip(points[..., 0] * np.float32(width / size[1]), 0, width - 1).astype(np.intp)
    y = np.clip(points[..., 1] * np.float32(height / size[0]), 0, height - 1).astype(np.intp)
    return plane[y, x]


def trace(
    seeds: Floats,
    angle: Floats,
    size: tuple[int, int],
    *,
    radius: Floats,
    length: Floats,
    inertia: float = 0.0,
    model: Floats | None = None,
    tolerance: float = 1e9,
) -> Paths:
    """Let strokes run from their seeds, half of their length (n,) each way, along a field of line directions.

    A stroke never turns tighter than its own width allows, and ends where the model's Lab colour has left that of its seed
    by more than `tolerance` (in summed L, a and b).
    """
    half = POINTS // 2
    step = length / np.float32(POINTS - 1)
    tightest = step / (np.float32(1.1) * radius)
    points = np.empty((len(seeds), POINTS, 2), np.float32)
    points[:, half] = seeds
    start = sample(angle, seeds, size)
    own = None if model is None else sample(model, seeds, size)
    for sense in (1, -1):
        heading = floats(start if sense == 1 else start + np.float32(np.pi))
        here = seeds
        running = np.ones(len(seeds), np.float32)
        for k in range(1, half + 1):
            turn = sample(angle, here, size) - heading
            turn -= np.float32(np.pi) * np.round(turn * np.float32(1 / np.pi))
            heading = heading + np.clip(turn * np.float32(1 - inertia), -tightest, tightest)
            way = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (step * running)[:, None]
            there = here + way
            if model is not None and own is not None and k > 1:
                left = np.abs(sample(model, there, size) - own).sum(axis=1)
                running = running * (left < tolerance)
                there = here + way * running[:, None]
            here = floats(there)
            points[:, half + sense * k] = here
    return Paths(points, radius)


def outlines(paths: Paths, *, tip: float = 0.35, tail: float = 0.2) -> Outlines:
    """The strokes' shapes: full in the middle, `tip` and `tail` of the width at the two ends."""
    u = np.linspace(0, 1, paths.points.shape[1], dtype=np.float32)
    profile = np.minimum(np.minimum(tip + u * 5 * (1 - tip), tail + (1 - u) * 3.2 * (1 - tail)), 1)
    aside = paths.normals() * (paths.radius[:, None] * profile[None])[..., None]
    return _fixed(np.concatenate([paths.points + aside, (paths.points - aside)[:, ::-1]], axis=1))


def streaks(
    paths: Paths,
    count: int,
    rng: np.random.Generator,
    *,
    width: float = 0.14,
    spread: float = 0.75,
    late: float = 0.45,
    reach: tuple[float, float] = (0.35, 0.65),
) -> Outlines:
    """Thin shapes along parts of each stroke, as the hairs of a brush draw them: (n, count, corners, 2).

    `width` is half of theirs and `spread` how far from the middle they lie, in radii of the stroke; they begin up to `late`
    along it and are `reach` long, in lengths of the stroke.
    """
    corners = 5
    n, last = len(paths), paths.points.shape[1] - 1
    start = rng.random((n, count, 1), np.float32) * np.float32(late)
    stretch = np.float32(reach[0]) + np.float32(reach[1] - reach[0]) * rng.random((n, count, 1), np.float32)
    along = np.minimum(start + stretch * np.linspace(0, 1, corners, dtype=np.float32), 1) * np.float32(last)
    before = np.minimum(along.astype(np.intp), last - 1)
    share = (along - before)[..., None]
    row = np.arange(n)[:, None, None]
    normals = paths.normals()
    middle = paths.points[row, before] * (1 - share) + paths.points[row, before + 1] * share
    normal = normals[row, before] * (1 - share) + normals[row, before + 1] * share
    # Spread over the stroke's width rather than thrown, so that they do not lie on one another.
    slots = (np.arange(count, dtype=np.float32) + rng.random((n, count), np.float32)) / max(count, 1)
    aside = np.float32(spread) * (2 * slots - 1) * paths.radius[:, None]
    middle = middle + normal * aside[..., None, None]
    thickness = np.float32(width) * paths.radius[:, None, None] * np.array([0.4, 1, 1, 0.8, 0.2], np.float32)
    edge = normal * np.maximum(thickness, np.float32(0.25))[..., None]
    return _fixed(np.concatenate([middle + edge, (middle - edge)[:, :, ::-1]], axis=2))


def fill(canvas: Picture, shapes: Iterable[Outlines], colours: Iterable[Sequence[float]]) -> None:
    """Paint shapes one over the other in their order; a canvas has 1, 3 or 4 channels of 8 bits."""
    paint, smooth, bits = cv2.fillPoly, cv2.LINE_AA, FRACTION_BITS
    for shape, colour in zip(shapes, colours, strict=True):
        paint(canvas, [shape], colour, smooth, bits)


def _fixed(points: ArrayLike) -> Outlines:
    """To sixteenths of a pixel. A polygon's corner lies at a pixel's middle in OpenCV, at its corner in our planes."""
    return np.round((floats(points) - np.float32(0.5)) * np.float32(1 << FRACTION_BITS)).astype(np.int32)
