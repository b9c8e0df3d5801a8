"""Flat planes: label pictures with clean outlines, and the facets that a cubist cuts a picture into.

A label picture says for each pixel which plane it belongs to. Made of single pixels' colours it is ragged; `smooth_labels`
gives it the rounded shapes of a cut stencil, `straight_labels` the straight edges of a palette knife. `cut_facets` parts the
picture along its strongest edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_stylize.engines.painterly.colour import Floats

__all__ = ["Facets", "Labels", "cut_facets", "smooth_labels", "straight_labels"]

Labels = NDArray[np.uint8]

SMALLEST_PLANE = 4.0
"""Square pixels of the given picture: what is less keeps its shape."""
OUTLINE_SHIFT = 4
"""Bits after the binary point in the corners that OpenCV is given: a sixteenth of a pixel."""
PLAIN, HEAVY = 208, 238
"""Heights of the blurred planes: a heavy label's planes grow a little at the others' cost, so that thin ones survive."""


def smooth_labels(
    labels: Labels,
    sigma: float,
    size: tuple[int, int],
    placing: NDArray[np.float64] | None = None,
    heavy: int | None = None,
) -> Labels:
    """The label picture in another size (height, width), its planes' outlines rounded by `sigma` pixels of the given one.

    `placing` (2 × 3) maps pixels of the given picture to the result; without it the picture is stretched over the result.
    """
    height, width = size
    if placing is None:
        sy, sx = height / labels.shape[0], width / labels.shape[1]
        placing = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]])
    result: Labels | None = None
    highest = np.zeros((height, width), np.uint8)
    for label in np.flatnonzero(np.bincount(labels.ravel())).tolist():
        plane = np.where(labels == label, np.uint8(HEAVY if label == heavy else PLAIN), np.uint8(0))
        plane = cv2.GaussianBlur(plane, (0, 0), max(sigma, 0.3))
        plane = cv2.warpAffine(plane, placing, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if result is None:
            result, highest = np.full((height, width), label, np.uint8), plane
            continue
        is_higher = cv2.compare(plane, highest, cv2.CMP_GT)
        result[is_higher.view(bool)] = label
        highest = cv2.max(highest, plane)
    return result if result is not None else np.zeros((height, width), np.uint8)


def straight_labels(labels: Labels, tolerance: float, size: tuple[int, int]) -> Labels:
    """The label picture in another size, each plane with straight edges; `tolerance` is in pixels of the given picture.

    The largest planes are laid first, so that small ones lie on top and no gap stays between neighbours.
    """
    height, width = size
    scale = np.array([width / labels.shape[1], height / labels.shape[0]], np.float32)
    planes: list[tuple[float, int, list[NDArray[np.int32]]]] = []
    for label in np.flatnonzero(np.bincount(labels.ravel())).tolist():
        for outline, *holes in _rings(labels == label):
            if (area := cv2.contourArea(outline)) >= SMALLEST_PLANE:
                planes.append((area, label, [_corners(ring, tolerance, scale) for ring in (outline, *holes)]))
    planes.sort(key=lambda plane: -plane[0])
    # What the straightened planes leave free keeps its own label.
    result = np.asarray(cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
    for _, label, rings in planes:
        cv2.fillPoly(result, rings, label, cv2.LINE_8, OUTLINE_SHIFT)
    return result


def _rings(is_plane: NDArray[np.bool_]) -> list[list[NDArray[np.int32]]]:
    """For each piece of a plane its outline and the outlines of its holes."""
    found, nesting = cv2.findContours(is_plane.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outlines = [np.asarray(outline, np.int32) for outline in found]
    parents = np.asarray(nesting, np.int32)[0, :, 3].tolist()
    pieces = {at: [outlines[at]] for at, parent in enumerate(parents) if parent < 0}
    for at, parent in enumerate(parents):
        if parent >= 0:
            pieces[parent].append(outlines[at])
    return list(pieces.values())


def _corners(outline: NDArray[np.int32], tolerance: float, scale: Floats) -> NDArray[np.int32]:
    """The corners that are left of an outline, scaled, in OpenCV's fixed-point pixels."""
    tolerance = min(tolerance, 0.25 * math.sqrt(cv2.contourArea(outline)))
    corners = cv2.approxPolyDP(outline, tolerance, True).reshape(-1, 2).astype(np.float32)
    placed = (corners + np.float32(0.5)) * scale - np.float32(0.5)
    return np.round(placed * (1 << OUTLINE_SHIFT)).astype(np.int32)


@dataclass(frozen=True)
class _Cut:
    """A line, slightly bent, through (x, y) across the normal (nx, ny); the parts lie on either side of it."""

    x: float
    y: float
    nx: float
    ny: float
    bend: float

    def sides(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """True for points on the normal's side."""
        dx, dy = x - np.float32(self.x), y - np.float32(self.y)
        along = dy * np.float32(self.nx) - dx * np.float32(self.ny)
        across = dx * np.float32(self.nx) + dy * np.float32(self.ny) + np.float32(self.bend) * along * along
        return across > 0


@dataclass(frozen=True)
class Facets:
    """A picture cut into facets: a tree of cuts, in pixels of the grid it was made on."""

    cuts: tuple[_Cut | None, ...]
    """By node; None is a facet."""
    children: tuple[int, ...]
    """By node: the first of its two parts; the second follows it."""
    grid: tuple[int, int]

    @property
    def count(self) -> int:
        """How many facets."""
        return sum(cut is None for cut in self.cuts)

    def labels(self, height: int, width: int) -> Labels:
        """The facets as a label picture of any size."""
        x = np.tile((np.arange(width, dtype=np.float32) + np.float32(0.5)) * np.float32(self.grid[1] / width), height)
        y = np.repeat((np.arange(height, dtype=np.float32) + np.float32(0.5)) * np.float32(self.grid[0] / height), width)
        result = np.zeros(height * width, np.uint8)
        facet = 0
        waiting = [(0, np.arange(height * width, dtype=np.int32))]
        while waiting:
            node, pixels = waiting.pop()
            cut = self.cuts[node]
            if cut is None:
                result[pixels] = facet
                facet += 1
                continue
            sides = cut.sides(x[pixels], y[pixels])
            first = self.children[node]
            waiting += [(first, pixels[~sides]), (first + 1, pixels[sides])]
        return result.reshape(height, width)


SMALLEST_FACET = 1 / 440
"""Share of the picture."""
TRIES = 12
"""Cuts that are compared before the best is made."""
STRAIGHT_CUTS = 0.45
LARGEST_BEND = 0.008
"""Of a cut, per grid pixel; a facet's edge swings out by a few of them."""


def cut_facets(energy: Floats, across: Floats, count: int, rng: np.random.Generator, *, bend: float = 1.0) -> Facets:
    """Cut a small grid into at most `count` facets, along its edges.

    `energy` is 0 to 1, `across` the angle across the edge at each pixel, `bend` scales how much cuts are bent. The facet that
    is large and has much to see is always cut next; of some cuts through its strongest edges that one is made which follows
    edges best and parts it most evenly.
    """
    height, width = energy.shape
    x = np.tile(np.arange(width, dtype=np.float32) + np.float32(0.5), height)
    y = np.repeat(np.arange(height, dtype=np.float32) + np.float32(0.5), width)
    flat = _Edges(x, y, energy.ravel(), np.cos(across).ravel(), np.sin(across).ravel())
    smallest = max(2, int(SMALLEST_FACET * height * width))
    cuts: list[_Cut | None] = [None]
    children = [0]
    parts: dict[int, NDArray[np.intp]] = {0: np.arange(height * width)}
    interest = {0: 1.0}
    while len(parts) < count and interest:
        node = max(interest, key=interest.__getitem__)
        del interest[node]
        best = _best_cut(flat, parts[node], smallest, bend, rng)
        if best is None:
            continue
        pixels = parts.pop(node)
        sides = best.sides(x[pixels], y[pixels])
        cuts[node], children[node] = best, len(cuts)
        for part in (pixels[~sides], pixels[sides]):
            parts[len(cuts)] = part
            if len(part) > 2 * smallest:
                interest[len(cuts)] = len(part) ** 0.75 * (0.25 + float(flat.energy[part].mean()))
            cuts.append(None)
            children.append(0)
    return Facets(tuple(cuts), tuple(children), (height, width))


@dataclass(frozen=True)
class _Edges:
    """The grid, flat."""

    x: Floats
    y: Floats
    energy: Floats
    nx: Floats
    ny: Floats


def _best_cut(edges: _Edges, pixels: NDArray[np.intp], smallest: int, bend: float, rng: np.random.Generator) -> _Cut | None:
    energy = edges.energy[pixels]
    drawn = np.cumsum(energy + np.float32(1e-3))
    through = pixels[np.searchsorted(drawn, rng.random(TRIES) * drawn[-1]).clip(0, len(pixels) - 1)]
    bends = np.where(rng.random(TRIES) < STRAIGHT_CUTS, 0.0, rng.uniform(-1, 1, TRIES) * LARGEST_BEND * bend)
    nx, ny = edges.nx[through][:, None], edges.ny[through][:, None]
    dx = edges.x[pixels][None] - edges.x[through][:, None]
    dy = edges.y[pixels][None] - edges.y[through][:, None]
    along = dy * nx - dx * ny
    across = dx * nx + dy * ny + bends.astype(np.float32)[:, None] * along * along
    is_on_cut = np.abs(across) < 1.3
    part = np.count_nonzero(across > 0, axis=1)
    smaller = np.minimum(part, len(pixels) - part)
    aligned = energy * np.abs(edges.nx[pixels] * nx + edges.ny[pixels] * ny)
    followed = (is_on_cut * aligned).sum(axis=1) / np.maximum(is_on_cut.sum(axis=1), 1)
    score = np.where(smaller >= smallest, (followed + 0.12) * (0.25 + smaller / len(pixels)), -1)
    best = int(score.argmax())
    if score[best] < 0:
        return None
    at = through[best]
    return _Cut(float(edges.x[at]), float(edges.y[at]), float(edges.nx[at]), float(edges.ny[at]), float(bends[best]))
