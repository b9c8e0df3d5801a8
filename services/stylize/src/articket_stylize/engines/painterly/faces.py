"""Finds the faces in a photo: people's, and often those of dogs and cats.

BlazeFace does it, in OpenCV's own network runtime: at its own size for large faces, at several times that for small ones in a
group. Without its weights a Haar cascade finds frontal faces. `subject.py` puts the faces and the silhouette together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import cv2.data
import numpy as np

from articket_stylize.engines.painterly.colour import Floats, Picture

__all__ = ["Face", "find_faces"]

DETECTOR_FILE = "face_detection_short_range.tflite"

Point = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """A face in the photo, in pixels of the photo; it may reach over the edge."""

    x: float
    y: float
    width: float
    height: float
    """The box from the middle of the forehead to the chin and from ear to ear."""
    score: float
    """How sure the finder is, 0 to 1."""
    landmarks: tuple[Point, ...] = ()
    """Right eye, left eye, nose tip, mouth, right ear, left ear (the person's own right and left); empty when not known."""

    @property
    def centre(self) -> Point:
        """The middle of the face."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def eyes(self) -> tuple[Point, Point]:
        """The eye on the left of the picture when the head is upright, and the other; guessed from the box if not known."""
        if self.landmarks:
            return self.landmarks[0], self.landmarks[1]
        y = self.y + 0.42 * self.height
        return (self.x + 0.30 * self.width, y), (self.x + 0.70 * self.width, y)

    @property
    def nose(self) -> Point:
        """The tip of the nose; guessed from the box if not known."""
        return self.landmarks[2] if self.landmarks else (self.x + 0.5 * self.width, self.y + 0.62 * self.height)

    @property
    def mouth(self) -> Point:
        """The middle of the mouth; guessed from the box if not known."""
        return self.landmarks[3] if self.landmarks else (self.x + 0.5 * self.width, self.y + 0.80 * self.height)

    @property
    def tilt(self) -> float:
        """How far the head leans, in radians: 0 is upright, positive clockwise in the picture."""
        (rx, ry), (lx, ly) = self.eyes
        return float(np.arctan2(ly - ry, lx - rx))


def find_faces(photo: Picture, weights: Path) -> tuple[Face, ...]:
    """The faces of a photo, the largest first; `weights` is the folder where the network's file may be."""
    file = weights / DETECTOR_FILE
    found = _by_network(photo, _BlazeFace(_network(str(file)))) if file.is_file() else _by_cascade(photo)
    return tuple(sorted(found, key=lambda face: -face.width))


# BlazeFace is made for 128 px, where a face under a tenth of the side is lost. It is fully convolutional, so a larger
# picture shows it smaller faces, but also more that only looks like one: what a closer look finds is confirmed below.
# The long sides, with the score that is asked there.
LOOKS = ((128, 0.60), (192, 0.55), (384, 0.55))
# When one face fills this share of the long side, others can hardly be so small that a closer look is needed.
CLOSE_UP = 0.22
# A face is still one when it is looked at alone in squares of these many sides of its box, with this mean score. Dogs and
# kittens score 0.59 to 0.72, a knee or a lamp up to 0.58.
CONFIRMING_SQUARES = (1.6, 2.2, 3.0)
CONFIRMED = 0.585
SAME_FACE_OVERLAP = 0.3
# Beside a large face, what is this much smaller is a picture on a shirt more often than somebody far away.
SMALLEST_BESIDE_LARGEST = 0.16


def _by_network(photo: Picture, net: _BlazeFace) -> list[Face]:
    found: list[Face] = []
    whole = _Part(0, 0, photo.shape[1], photo.shape[0])
    for side, wanted in LOOKS:
        for face in net.faces_in(photo, whole, side, wanted):
            if any(_overlap(face, other) > SAME_FACE_OVERLAP for other in found):
                continue
            score = face.score if side == LOOKS[0][0] else _confirmed_score(photo, face, net)
            if score > CONFIRMED:
                found.append(replace(face, score=score))
        if max((face.width for face in found), default=0.0) > CLOSE_UP * max(photo.shape[:2]):
            break
    largest = max((face.width for face in found), default=0.0)
    return [_from_brow_up(face) for face in found if face.width > SMALLEST_BESIDE_LARGEST * largest]


def _confirmed_score(photo: Picture, face: Face, net: _BlazeFace) -> float:
    total = 0.0
    for sides in CONFIRMING_SQUARES:
        side = max(8, round(sides * face.width))
        square = _Part(round(face.centre[0] - side / 2), round(face.centre[1] - side / 2), side, side)
        again = net.faces_in(photo, square, LOOKS[0][0], 0.3)
        total += max((other.score for other in again if _overlap(face, other) > SAME_FACE_OVERLAP), default=0.0)
    return total / len(CONFIRMING_SQUARES)


def _from_brow_up(face: Face) -> Face:
    """BlazeFace's box ends at the brows: move and widen it to the middle of the forehead."""
    grow = 1.10
    return Face(
        face.x - (grow - 1) / 2 * face.width,
        face.y - ((grow - 1) / 2 + 0.09) * face.height,
        grow * face.width,
        grow * face.height,
        face.score,
        face.landmarks,
    )


def _overlap(one: Face, other: Face) -> float:
    """Intersection over union of the two boxes."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (one.width * one.height + other.width * other.height - shared)


@dataclass(frozen=True)
class _Part:
    """A part of the photo, which may reach over its edge."""

    x: int
    y: int
    width: int
    height: int

    def shown(self, photo: Picture, long_side: int) -> Picture:
        """The part with that long side, black where the photo ends and below and beside, up to the network's cells."""
        scale = long_side / max(self.width, self.height)
        height, width = (-(-max(1, round(v * scale)) // CELL) * CELL for v in (self.height, self.width))
        move = np.array([[scale, 0, -self.x * scale], [0, scale, -self.y * scale]])
        left, top = max(self.x, 0), max(self.y, 0)
        inside = photo[top : max(self.y + self.height, 0), left : max(self.x + self.width, 0)]
        shown = np.zeros((height, width, 3), np.uint8)
        if inside.size:
            size = tuple(
                max(1, min(room, round(v * scale))) for v, room in zip(inside.shape[1::-1], (width, height), strict=True)
            )
            small = cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
            x, y = (round(v) for v in move @ (left, top, 1))
            x, y = min(x, width - size[0]), min(y, height - size[1])
            shown[y : y + size[1], x : x + size[0]] = small
        return shown


class _BlazeFace:
    """The network with what it needs around it."""

    def __init__(self, net: cv2.dnn.Net) -> None:
        self._net = net

    def faces_in(self, photo: Picture, part: _Part, long_side: int, wanted: float) -> list[Face]:
        """Faces of at least the wanted score, best first, none twice; the boxes are the network's own."""
        shown = part.shown(photo, long_side)
        height, width = shown.shape[:2]
        self._net.setInput(cv2.dnn.blobFromImage(shown, 1 / 127.5, (width, height), (127.5, 127.5, 127.5), swapRB=True))
        outputs = [np.asarray(o, np.float32) for o in self._net.forward(["classificators", "regressors"])]
        logits = next(o for o in outputs if o.shape[-1] == 1).ravel()
        shapes = next(o for o in outputs if o.shape[-1] == 16).reshape(-1, 8, 2)
        scores = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        scale = max(part.width, part.height) / long_side
        kept: list[Face] = []
        for i in sorted(np.flatnonzero(scores > wanted).tolist(), key=lambda i: -scores[i]):
            face = _face(shapes[i], _anchors(height, width)[i], float(scores[i]), (part.x, part.y), scale)
            if all(_overlap(face, other) < SAME_FACE_OVERLAP for other in kept):
                kept.append(face)
        return kept


def _face(shape: Floats, anchor: Floats, score: float, origin: tuple[int, int], scale: float) -> Face:
    """One row of the regressor: centre, width and height, six key points; all in pixels of the network's picture."""
    width, height = (float(v) * scale for v in shape[1])
    points = [(float(x) * scale + origin[0], float(y) * scale + origin[1]) for x, y in (shape + anchor).tolist()]
    x, y = points[0]
    return Face(x - width / 2, y - height / 2, width, height, score, tuple(points[2:]))


# The network halves its picture four times.
CELL = 16


@cache
def _anchors(height: int, width: int) -> Floats:
    """The places BlazeFace looks at, in pixels: two in each cell of 8 px, then six in each cell of 16 px."""
    places: list[Floats] = []
    for cell, each in ((8, 2), (16, 6)):
        rows, columns = (np.arange(cell / 2, length, cell, dtype=np.float32) for length in (height, width))
        y, x = np.meshgrid(rows, columns, indexing="ij")
        places.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(places)


@cache
def _network(file: str) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(file)


CASCADE_SIDE = 400


def _by_cascade(photo: Picture) -> list[Face]:
    """Frontal faces by OpenCV's own Haar cascade, which opencv 4 carries and opencv 5 does not."""
    height, width = photo.shape[:2]
    scale = CASCADE_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey = cv2.cvtColor(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    boxes = _cascade().detectMultiScale(cv2.equalizeHist(grey), 1.12, 5, minSize=(26, 26))
    faces = [Face(*(float(v) / scale for v in box), score=0.8) for box in boxes]
    largest = max((face.width for face in faces), default=0.0)
    return [face for face in faces if face.width > 0.4 * largest]


@cache
def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
