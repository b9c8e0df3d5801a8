"""Keeps a face that person's face: it is looked at closely, painted in strokes of its own size, and corrected.

The recipes that lay strokes use this for each face after the rest of the picture. What makes a likeness is where light and
dark are, to a hundredth of the face; hues may play.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from articket_stylize.engines.painterly.colour import Floats, Picture, floats, smoothstep, to_bgr
from articket_stylize.engines.painterly.faces import Face
from articket_stylize.engines.painterly.fields import blur, grid, resized, tangent_field
from articket_stylize.engines.painterly.grading import Sitting, close_up
from articket_stylize.engines.painterly.strokes import sample, scatter, spacing
from articket_stylize.engines.painterly.subject import Subject

__all__ = ["MOST_FACES", "FaceLayer", "FaceView", "View", "correct_light", "flattened", "look_closely", "seed_face"]

MOST_FACES = 12
"""More faces than this are a crowd: the smallest are left to the strokes of the whole picture."""


@dataclass(frozen=True)
class View:
    """What strokes are painted from: the whole picture or a part of it."""

    lab: Floats
    angle: Floats
    origin: Floats
    """x and y of its left upper corner in the painting."""
    size: tuple[int, int]
    """Height and width of what it shows, in pixels of the painting."""


@dataclass(frozen=True)
class FaceView(View):
    """A close-up of one face."""

    face: Face
    detail: Floats
    places: Floats
    """x and y in the painting of each pixel of these planes."""


@dataclass(frozen=True)
class FaceLayer:
    """One layer of strokes in a face."""

    radius: float
    """In widths of the face."""
    length: float
    """In widths of the stroke."""
    coverage: float
    matter: float = 0.0
    """How much a place must matter (0 to 1) to be painted: eyes, mouth and what has detail do."""


CALM_SKIN = 0.05
"""Weight of the whole picture's directions in a close-up: where a cheek or a wall is smooth, only noise runs anywhere."""


def look_closely(sitting: Sitting, face: Face, angle: Floats) -> FaceView:
    """Take one face into view; `angle` is the direction of strokes over the whole picture."""
    seen = close_up(sitting, face)
    rows, columns = seen.lab.shape[:2]
    x, y = grid(rows, columns)
    places = np.empty((rows, columns, 2), np.float32)
    places[..., 0] = (x + 0.5) * (seen.size[1] / columns) + seen.left
    places[..., 1] = (y + 0.5) * (seen.size[0] / rows) + seen.top
    guide = sample(angle, places, _size_of(sitting))
    field = tangent_field(seen.lab, fill=(8, 24), guide=guide, guide_weight=np.full((rows, columns), CALM_SKIN, np.float32))
    return FaceView(seen.lab, field.angle, np.array([seen.left, seen.top], np.float32), seen.size, face, field.detail(), places)


def seed_face(view: FaceView, layer: FaceLayer, radius: float, sitting: Sitting, rng: np.random.Generator) -> Floats:
    """Where the strokes of a layer begin, in pixels of the painting: `radius` is the layer's in these pixels."""
    seeds = scatter(*view.size, spacing(radius, layer.length, layer.coverage), rng)
    importance = 1.0 * sample(view.detail, seeds, view.size)
    seeds += view.origin
    size = _size_of(sitting)
    wanted = sample(sitting.faces * sitting.front, seeds, size)
    if layer.matter:
        importance += sample(sitting.features, seeds, size)
        wanted = wanted * smoothstep(layer.matter - 0.35, layer.matter + 0.15, importance)
    return seeds[rng.random(len(seeds), np.float32) < wanted]


SMALL_FACE = 270
"""Width of a face in px at a long side of 1024, from which on ridges of paint no longer hide its features."""


def flattened(subject: Subject, sitting: Sitting, share: float) -> Floats | None:
    """A factor on the height of paint, as a plane: `share` (0 to 1) where small faces are, more in larger; None: no faces."""
    if not subject.faces or share >= 1:
        return None
    smallness = SMALL_FACE * max(subject.size) / 1024 / subject.faces[0].width
    where = np.maximum(np.float32(0.7) * sitting.faces, sitting.features)
    return 1 - np.float32((1 - share) * min(max(smallness, 0.7), 1.0)) * where


CORRECTED_FROM = 0.006
"""Smallest misplaced light or dark that is corrected, in widths of the face."""
LUMA = np.array([0.114, 0.587, 0.299], np.float32)


def correct_light(canvas: Picture, view: FaceView, sitting: Sitting, *, anywhere: float, where_it_matters: float) -> None:
    """Bring the light and dark of a face back to where they belong, as far as strokes have displaced them, in place.

    Only what is larger than the finest strokes moves: they stay as they lie. The two shares (0 to 1) say how far.
    """
    (left, top), (height, width) = view.origin.astype(int).tolist(), view.size
    part = canvas[top : top + height, left : left + width, :3]
    rows, columns = view.lab.shape[:2]
    painted = np.asarray(cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    sigma = CORRECTED_FROM * view.face.width * columns / width
    off = blur(floats((to_bgr(view.lab) * np.float32(255) - painted) @ LUMA), max(sigma, 0.6))
    size = _size_of(sitting)
    matter = np.maximum(sample(sitting.features, view.places, size), np.float32(0.7) * view.detail)
    share = anywhere + (where_it_matters - anywhere) * matter
    lift = resized(floats(off * share * sample(sitting.faces, view.places, size)), height, width)[..., None]
    part[:] = np.clip(part + lift + np.float32(0.5), 0, 255).astype(np.uint8)


def _size_of(sitting: Sitting) -> tuple[int, int]:
    return sitting.photo.shape[0], sitting.photo.shape[1]
