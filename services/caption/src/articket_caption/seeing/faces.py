"""Finds human faces with BlazeFace, and believes only those that it finds again from other distances.

A small network that looks at 128 × 128 pixels finds a face in many a flower, clock or motorcycle. A real face is found again
with the same confidence when the crop around it is moved and made larger or smaller; the others fade. Weights and licence are
in the folder `weights`; they run in OpenCV's own network runtime, a millisecond or two for a look.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np

from articket_caption.seeing.pictures import Floats, Picture

__all__ = ["Box", "Faces", "find_faces"]

WEIGHTS = Path(__file__).parent / "weights" / "face_detection_short_range.tflite"
NETWORK_SIDE_PX = 128

# How large a part of the picture each look takes in, in long sides of it: beyond the picture for a face that fills it, then
# smaller and smaller parts for smaller faces. The smallest face that is found is about 1/20 of the long side.
LOOK_SHARES = (1.3, 1.0, 0.6, 0.35)
# Parts overlap by this share, so that a face on a seam is whole in one of them.
LOOK_OVERLAP = 0.3

CANDIDATE_SCORE = 0.5
MOST_CANDIDATES = 10
# (size of the crop in sides of the face, where the crop's middle lies from the face's middle, in sides of the face)
SECOND_LOOKS = ((2.0, 0.0, 0.0), (3.0, 0.1, 0.1), (1.5, 0.0, -0.05), (2.5, -0.15, 0.1))
# Mean score of the second looks. In 25 photos of people and 300 crops of other things, the faces that a person would call
# clear scored 0.84 to 0.95, the spaniels' 0.75, everything else less.
SURE_SCORE = 0.80
# Turned-away and dim faces come down to here, and so do dogs: worth a doubt, not a claim.
DOUBTFUL_SCORE = 0.65

SAME_FACE_OVERLAP = 0.3
# A face at least this large, in short sides of the picture, makes it a portrait.
PORTRAIT_SHARE = 0.18


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; may reach over the picture's edge."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """The middle's x and y."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlap(self, other: Box) -> float:
        """The shared area, as a share of what both cover: 0 to 1."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        shared = max(0.0, width) * max(0.0, height)
        return shared / (self.width * self.height + other.width * other.height - shared)


@dataclass(frozen=True)
class Faces:
    """The human faces in a picture."""

    boxes: tuple[Box, ...]
    """Those that are certain, the largest first."""
    may_be_more: bool
    """Whether something else looked like a face, but not clearly."""
    is_portrait: bool
    """Whether the largest is large enough to be what the picture is about."""

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.boxes)


@dataclass(frozen=True)
class _Candidate:
    score: float
    box: Box


def find_faces(picture: Picture) -> Faces:
    """Find the faces."""
    height, width = picture.shape[:2]
    looked = _eyes().map(partial(_look, picture), _looks(width, height))
    candidates = _best(candidate for found in looked for candidate in found)[:MOST_CANDIDATES]
    scores = _eyes().map(partial(_second_score, picture), candidates)
    judged = [(score, candidate.box) for score, candidate in zip(scores, candidates, strict=True)]
    sure = sorted((box for score, box in judged if score >= SURE_SCORE), key=lambda box: -box.width)
    is_portrait = bool(sure) and sure[0].width >= PORTRAIT_SHARE * min(width, height)
    return Faces(tuple(sure), any(DOUBTFUL_SCORE <= score < SURE_SCORE for score, _ in judged), is_portrait)


def _looks(width: int, height: int) -> Iterator[tuple[float, float, float]]:
    """Give the left, top and side of each square to look at."""
    for share in LOOK_SHARES:
        side = share * max(width, height)
        for y in _starts(height, side):
            for x in _starts(width, side):
                yield x, y, side


def _starts(length: int, side: float) -> Iterable[float]:
    """Spread squares over one dimension; a square that is larger is put in the middle."""
    if side >= length:
        return ((length - side) / 2,)
    count = int(np.ceil((length - side) / (side * (1 - LOOK_OVERLAP)))) + 1
    return (float(start) for start in np.linspace(0, length - side, count))


def _second_score(picture: Picture, candidate: _Candidate) -> float:
    """Look at a candidate again from other distances; 0 for a look that does not find it."""
    box = candidate.box
    total, looks_left = 0.0, len(SECOND_LOOKS)
    for size, right, down in SECOND_LOOKS:
        if (total + looks_left) / len(SECOND_LOOKS) < DOUBTFUL_SCORE:
            break  # no score of the others can save it
        looks_left -= 1
        side = size * max(box.width, box.height)
        x, y = box.middle
        left, top = x + right * box.width - side / 2, y + down * box.height - side / 2
        again = (found.score for found in _look(picture, (left, top, side)) if found.box.overlap(box) > SAME_FACE_OVERLAP)
        total += max(again, default=0.0)
    return total / len(SECOND_LOOKS)


def _look(picture: Picture, square: tuple[float, float, float]) -> list[_Candidate]:
    """Run the network over one square of the picture: its left, top and side."""
    left, top, side = square
    crop = _square(picture, round(left), round(top), max(1, round(side)))
    if crop is None:
        return []
    scores, regressed = _network_output(crop)
    likely = np.flatnonzero(scores > CANDIDATE_SCORE)
    centres = regressed[likely, :2] / NETWORK_SIDE_PX + _anchors()[likely]
    sizes = regressed[likely, 2:4] / NETWORK_SIDE_PX
    corners = (centres - sizes / 2) * side + (left, top)
    return [
        _Candidate(float(scores[index]), Box(float(x), float(y), float(width), float(height)))
        for index, (x, y), (width, height) in zip(likely, corners, sizes * side, strict=True)
        if width > 0 and height > 0
    ]


def _square(picture: Picture, left: int, top: int, side: int) -> Picture | None:
    """Cut a square out, black where it reaches over the edge, in the network's size; None when it misses the picture."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if x1 <= x0 or y1 <= y0:
        return None
    border = (y0 - top, top + side - y1, x0 - left, left + side - x1)
    padded = cv2.copyMakeBorder(picture[y0:y1, x0:x1], *border, cv2.BORDER_CONSTANT)
    return np.asarray(cv2.resize(padded, (NETWORK_SIDE_PX, NETWORK_SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _best(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Keep the surest of those that are the same face, the surest first."""
    kept: list[_Candidate] = []
    for candidate in sorted(candidates, key=lambda candidate: -candidate.score):
        if all(candidate.box.overlap(other.box) < SAME_FACE_OVERLAP for other in kept):
            kept.append(candidate)
    return kept


def _network_output(crop: Picture) -> tuple[Floats, Floats]:
    """Give the score (0 to 1) and the 16 regressed values of each anchor."""
    network = _networks.of_this_thread()
    size = (NETWORK_SIDE_PX, NETWORK_SIDE_PX)
    network.setInput(cv2.dnn.blobFromImage(crop, 1 / 127.5, size, (127.5, 127.5, 127.5), swapRB=True))
    outputs = [np.asarray(output, np.float32) for output in network.forward(network.getUnconnectedOutLayersNames())]
    logits = next(output for output in outputs if output.shape[-1] == 1).ravel()
    regressed = next(output for output in outputs if output.shape[-1] != 1)
    scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
    return np.asarray(scores, np.float32), regressed.reshape(len(scores), -1)


class _Networks(threading.local):
    """A network holds its input and output: each thread has its own."""

    def of_this_thread(self) -> cv2.dnn.Net:
        if not hasattr(self, "_network"):
            self._network = cv2.dnn.readNetFromTFLite(str(WEIGHTS))
        return self._network


_networks = _Networks()


@cache
def _eyes() -> ThreadPoolExecutor:
    """The threads that look at the parts of a picture side by side: a photo that comes alone is done in half the time."""
    return ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="eye")


@cache
def _anchors() -> Floats:
    """The middles of the network's 896 anchors, as shares: 2 on each point of a 16 × 16 grid, then 6 on one of 8 × 8."""
    middles = [
        ((x + 0.5) / grid, (y + 0.5) / grid)
        for grid, count in ((16, 2), (8, 6))
        for y in range(grid)
        for x in range(grid)
        for _ in range(count)
    ]
    return np.asarray(middles, np.float32)
