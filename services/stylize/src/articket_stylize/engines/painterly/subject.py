"""What a photo shows, as far as a painter must know: the faces, the subject before its background, the point to look at.

Made once for a photo by `analyse` and shared by the paintings of all artists; it is small and can be pickled, so that it can
be sent to other processes. The recipes ask it for planes in the size they work in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from articket_stylize.engines.painterly.colour import Floats, Picture
from articket_stylize.engines.painterly.faces import Face, find_faces
from articket_stylize.engines.painterly.fields import grid, resized
from articket_stylize.engines.painterly.silhouette import find_busy_places, find_silhouette

__all__ = ["Face", "Subject", "analyse"]

WEIGHTS = Path(__file__).parent / "weights"
"""Networks that find faces and silhouettes; without them simpler means do."""

MASK_SIDE = 192
"""Long side of the mask: a silhouette is soft, and a subject travels between processes."""
SMALLEST_SUBJECT, LARGEST_SUBJECT = 0.045, 0.93
"""Shares of the picture between which a silhouette is one; a landscape or a wall fills none or all of it."""

SURE_FACE = 0.62
"""A face that scores less is believed only when it is in front: leaves and lamps look like faces to the finder too."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What `analyse` has found."""

    faces: tuple[Face, ...]
    """The largest first; in pixels of the photo."""
    mask: Floats
    """Share of the subject, 0 to 1, at most `MASK_SIDE` px a side; where there is no subject, how much there is to see."""
    has_subject: bool
    """Whether the mask is a silhouette."""
    focus: tuple[float, float]
    """The point to keep when the picture is cropped, as shares of width and height."""
    size: tuple[int, int]
    """Height and width of the photo."""

    def mask_for(self, height: int, width: int) -> Floats:
        """The mask as a plane of that size."""
        return resized(self.mask, height, width)

    def faces_for(self, height: int, width: int, grow: float = 1.0) -> Floats:
        """A plane of that size: 1 inside each face's oval, falling softly to 0 around it; `grow` enlarges the ovals."""
        plane = np.zeros((height, width), np.float32)
        for face in self.faces:
            x, y = face.centre
            radii = (0.52 * face.width * grow, 0.66 * face.height * grow)
            self._add_oval(plane, (x, y + 0.02 * face.height), radii, face.tilt, inner=0.9, outer=1.7)
        return plane

    def features_for(self, height: int, width: int) -> Floats:
        """A plane of that size: 1 on eyes and mouth, less on the nose, 0 elsewhere. What must stay where it is."""
        plane = np.zeros((height, width), np.float32)
        for face in self.faces:
            w = face.width
            for eye in face.eyes:
                self._add_oval(plane, (eye[0], eye[1] - 0.03 * w), (0.19 * w, 0.14 * w), face.tilt, inner=0.3, outer=1.6)
            self._add_oval(plane, face.mouth, (0.24 * w, 0.12 * w), face.tilt, inner=0.3, outer=1.6)
            self._add_oval(plane, face.nose, (0.13 * w, 0.13 * w), face.tilt, inner=0.0, outer=1.6, height=0.75)
        return plane

    def _add_oval(
        self,
        plane: Floats,
        centre: tuple[float, float],
        radii: tuple[float, float],
        tilt: float,
        *,
        inner: float,
        outer: float,
        height: float = 1.0,
    ) -> None:
        """Raise the plane to `height` where the squared distance in radii is under `inner`, falling to none at `outer`."""
        scale_y, scale_x = plane.shape[0] / self.size[0], plane.shape[1] / self.size[1]
        reach = max(radii) * outer
        left, right = (int(np.clip((centre[0] + sign * reach) * scale_x, 0, plane.shape[1])) for sign in (-1, 1))
        top, bottom = (int(np.clip((centre[1] + sign * reach) * scale_y, 0, plane.shape[0])) for sign in (-1, 1))
        if right <= left or bottom <= top:
            return
        x, y = grid(bottom - top, right - left)
        dx, dy = (x + left + 0.5) / scale_x - centre[0], (y + top + 0.5) / scale_y - centre[1]
        c, s = np.cos(tilt), np.sin(tilt)
        along, across = (dx * c + dy * s) / radii[0], (dy * c - dx * s) / radii[1]
        share = np.clip((outer - (along * along + across * across)) / (outer - inner), 0, 1).astype(np.float32)
        part = plane[top:bottom, left:right]
        np.maximum(part, np.float32(height) * share * share * (3 - 2 * share), out=part)


def analyse(photo: Picture, weights: Path = WEIGHTS) -> Subject:
    """Look at a photo (BGR). `weights` is the folder of the networks; files that are missing there are done without."""
    height, width = photo.shape[:2]
    scale = MASK_SIDE / max(height, width)
    size = (max(8, round(height * scale)), max(8, round(width * scale)))
    faces = find_faces(photo, weights)
    mask = find_silhouette(photo, faces, size, weights)
    has_subject = SMALLEST_SUBJECT < float(mask.mean()) < LARGEST_SUBJECT
    if has_subject:
        faces = tuple(face for face in faces if face.score > SURE_FACE or _share_at(mask, face, scale) > 0.5)
    else:
        mask = find_busy_places(photo, size)
    return Subject(faces, mask, has_subject, _focus(faces, mask, (height, width)), (height, width))


def _share_at(mask: Floats, face: Face, scale: float) -> float:
    """The mask at the middle of a face."""
    x, y = (int(v * scale) for v in face.centre)
    return float(mask[min(max(y, 0), mask.shape[0] - 1), min(max(x, 0), mask.shape[1] - 1)])


def _focus(faces: tuple[Face, ...], mask: Floats, size: tuple[int, int]) -> tuple[float, float]:
    """The middle of the faces, large ones counting more; without faces that of the mask."""
    if faces:
        weights = np.array([face.width**2 for face in faces])
        x, y = weights @ np.array([face.centre for face in faces]) / weights.sum()
        return float(np.clip(x / size[1], 0, 1)), float(np.clip(y / size[0], 0, 1))
    total = float(mask.sum())
    if total < 1e-3 * mask.size:
        return 0.5, 0.5
    x, y = grid(*mask.shape)
    focus_x, focus_y = float((mask * (x + 0.5)).sum()), float((mask * (y + 0.5)).sum())
    return focus_x / total / mask.shape[1], focus_y / total / mask.shape[0]
