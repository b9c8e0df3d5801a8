"""Measures how a painting treats a face: is it found again, did its features move, how far is it from the photo.

For tests and benchmarks only. BlazeFace finds faces and Face Mesh puts 468 points on one; both run in OpenCV's own
network runtime from the files in `tests/data/weights` (see the NOTICE there), about 4 ms each. Pictures are BGR, uint8,
as `cv2.imread` gives them. The services never import this: the engine's own face finder must not mark its own work.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]

WEIGHTS = Path(__file__).parents[1] / "data" / "weights"

MIN_SCORE = 0.5
"""BlazeFace's own threshold: below it a face is not found."""

_DETECTOR_SIDE = 128
# At 128 px a face under a tenth of the picture's side is lost, so the picture is then looked at in tiles. Many looks
# make many false finds (a cup of coffee scores 0.56), so a tile must be surer.
_TILE_SHARES = (0.6, 0.35)
_MIN_SCORE_IN_TILE = 0.75
_SAME_FACE_OVERLAP = 0.3

_SCORE_VIEW = 3.5  # the view's side in sides of the box: where BlazeFace is surest of the test portraits, 0.92 to 0.96

_MESH_SIDE = 192
_MESH_MARGIN = 1.5  # the crop's side, in sides of the found box: what Face Mesh was trained on

_RIGHT_EYE_CORNERS = (33, 133)
_LEFT_EYE_CORNERS = (362, 263)


@dataclass(frozen=True)
class DetectedFace:
    """A face in a picture, in pixels of that picture."""

    box: tuple[float, float, float, float]
    """x, y, width, height; may reach over the picture's edge."""
    score: float
    """0..1; from `MIN_SCORE` on it counts as found."""
    keypoints: Points
    """Right eye, left eye, nose tip, mouth, right ear, left ear (the person's own right and left): (6, 2)."""


def detect(bgr: Picture) -> list[DetectedFace]:
    """The faces in a picture, the surest first; small ones are looked for in tiles when the whole shows none."""
    whole = _Tile(0, 0, max(bgr.shape[:2]))
    found = _detect_in(bgr, whole)
    for share in _TILE_SHARES:
        if found:
            break
        in_tiles = (face for tile in _tiles(bgr, share) for face in _detect_in(bgr, tile))
        found = [face for face in in_tiles if face.score > _MIN_SCORE_IN_TILE]
    return _without_doubles(found)


def landmarks(bgr: Picture, face: DetectedFace) -> Points:
    """The 468 Face Mesh points (x, y) of a face, in pixels of the picture."""
    turn = _crop_matrix(face)
    crop = cv2.warpAffine(bgr, turn, (_MESH_SIDE, _MESH_SIDE))
    net = _mesh()
    net.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, (_MESH_SIDE, _MESH_SIDE), (0, 0, 0), swapRB=True))
    outputs = net.forward(net.getUnconnectedOutLayersNames())
    points = next(np.asarray(o) for o in outputs if np.asarray(o).size == 468 * 3).reshape(468, 3)[:, :2]
    back = cv2.invertAffineTransform(turn)
    return np.asarray(points @ back[:, :2].T + back[:, 2], np.float64)


def eye_distance(points: Points) -> float:
    """Pixels between the middles of the two eyes."""
    right, left = points[list(_RIGHT_EYE_CORNERS)].mean(axis=0), points[list(_LEFT_EYE_CORNERS)].mean(axis=0)
    return float(np.linalg.norm(right - left))


def drift(photo: Picture, painting: Picture, face: DetectedFace | None = None) -> float:
    """How far the painting moved the face's features: mean landmark distance in percent of the eye distance.

    Both pictures are looked at through the same crop, the photo's face, so that only the features count and not where
    a detector puts its box. The painting is scaled to the photo's size first. In a profile the eyes are close together
    and the same pixels weigh more.

    Raises:
        ValueError: no face is found in the photo.
    """
    face = face or main_face(photo)
    before = landmarks(photo, face)
    after = landmarks(_in_size_of(photo, painting), face)
    return float(np.linalg.norm(after - before, axis=1).mean() / eye_distance(before) * 100)


def main_face(photo: Picture) -> DetectedFace:
    """The largest face; raises ValueError when there is none."""
    found = detect(photo)
    if not found:
        raise ValueError("no face is found in the photo")
    return max(found, key=lambda face: face.box[2])


def face_score(photo: Picture, painting: Picture, face: DetectedFace | None = None) -> float:
    """How surely the photo's face is found again in the painting, 0..1 (0: not at all), looking only where it was."""
    face = face or main_face(photo)
    scaled = _in_size_of(photo, painting)
    x, y, w, h = face.box
    side = _SCORE_VIEW * max(w, h)
    tile = _Tile(int(x + w / 2 - side / 2), int(y + h / 2 - side / 2), int(side))
    return max((again.score for again in _detect_in(scaled, tile) if _overlap(face, again) > 0.3), default=0.0)


def mean_delta_e(photo: Picture, painting: Picture) -> float:
    """Mean CIE76 colour difference of all pixels; the painting is scaled to the photo's size first."""
    return float(np.linalg.norm(_lab(photo) - _lab(_in_size_of(photo, painting)), axis=2).mean())


def ssim_grey(photo: Picture, painting: Picture) -> float:
    """Structural similarity on grey, -1..1, with the usual 11 px Gaussian window of sigma 1.5; border left out."""
    a, b = _grey(photo), _grey(_in_size_of(photo, painting))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = _blur(a), _blur(b)
    var_a, var_b, cov = _blur(a * a) - mean_a**2, _blur(b * b) - mean_b**2, _blur(a * b) - mean_a * mean_b
    likeness = ((2 * mean_a * mean_b + c1) * (2 * cov + c2)) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return float(likeness[5:-5, 5:-5].mean())


def _grey(bgr: Picture) -> NDArray[np.float64]:
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY).astype(np.float64)


def _lab(bgr: Picture) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), np.float32)


def _blur(channel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(channel, (11, 11), 1.5), np.float64)


def _in_size_of(photo: Picture, painting: Picture) -> Picture:
    if painting.shape == photo.shape:
        return painting
    height, width = photo.shape[:2]
    return np.asarray(cv2.resize(painting, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True)
class _Tile:
    x: int
    y: int
    side: int


def _tiles(bgr: Picture, share: float) -> list[_Tile]:
    """Squares of `share` of the long side that cover the picture, each overlapping the next by half or so."""
    height, width = bgr.shape[:2]
    side = round(max(height, width) * share)
    return [_Tile(x, y, side) for y in _starts(height, side) for x in _starts(width, side)]


def _starts(length: int, side: int) -> list[int]:
    if side >= length:
        return [0]
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _detect_in(bgr: Picture, tile: _Tile) -> list[DetectedFace]:
    net = _detector()
    look = np.zeros((tile.side, tile.side, 3), np.uint8)
    top, left = max(tile.y, 0), max(tile.x, 0)
    part = bgr[top : tile.y + tile.side, left : tile.x + tile.side]
    look[top - tile.y : top - tile.y + part.shape[0], left - tile.x : left - tile.x + part.shape[1]] = part
    small = cv2.resize(look, (_DETECTOR_SIDE, _DETECTOR_SIDE), interpolation=cv2.INTER_AREA)
    net.setInput(cv2.dnn.blobFromImage(small, 1 / 127.5, (128, 128), (127.5, 127.5, 127.5), swapRB=True))
    outputs = [np.asarray(o) for o in net.forward(["classificators", "regressors"])]
    logits = next(o for o in outputs if o.shape[-1] == 1).ravel()
    shapes = next(o for o in outputs if o.shape[-1] == 16).reshape(-1, 16)
    scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
    return [_face(shapes[i], _anchors()[i], float(scores[i]), tile) for i in np.flatnonzero(scores > MIN_SCORE)]


def _face(shape: NDArray[np.float32], anchor: NDArray[np.float32], score: float, tile: _Tile) -> DetectedFace:
    centre, size = shape[0:2] / _DETECTOR_SIDE + anchor, shape[2:4] / _DETECTOR_SIDE
    corner = (centre - size / 2) * tile.side + (tile.x, tile.y)
    keypoints = (shape[4:].reshape(6, 2) / _DETECTOR_SIDE + anchor) * tile.side + (tile.x, tile.y)
    box = (float(corner[0]), float(corner[1]), float(size[0] * tile.side), float(size[1] * tile.side))
    return DetectedFace(box, score, keypoints.astype(np.float64))


def _without_doubles(faces: list[DetectedFace]) -> list[DetectedFace]:
    kept: list[DetectedFace] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(_overlap(face, other) < _SAME_FACE_OVERLAP for other in kept):
            kept.append(face)
    return kept


def _overlap(a: DetectedFace, b: DetectedFace) -> float:
    """Intersection over union of the two boxes."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = a.box, b.box
    width, height = min(ax + aw, bx + bw) - max(ax, bx), min(ay + ah, by + bh) - max(ay, by)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (aw * ah + bw * bh - shared)


def _crop_matrix(face: DetectedFace) -> NDArray[np.float64]:
    """Turns and scales a face upright into Face Mesh's square."""
    x, y, w, h = face.box
    right_eye, left_eye = face.keypoints[0], face.keypoints[1]
    angle = float(np.degrees(np.arctan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])))
    centre = (x + w / 2, y + h / 2)
    turn = cv2.getRotationMatrix2D(centre, angle, _MESH_SIDE / (_MESH_MARGIN * max(w, h)))
    turn[:, 2] += _MESH_SIDE / 2 - np.array(centre)
    return np.asarray(turn, np.float64)


@cache
def _anchors() -> NDArray[np.float32]:
    """The 896 places BlazeFace looks at: two per cell of a 16 x 16 grid, six per cell of an 8 x 8 one."""
    grids = [((x + 0.5) / cells, (y + 0.5) / cells) for cells, each in ((16, 2), (8, 6)) for y in range(cells)
             for x in range(cells) for _ in range(each)]  # fmt: skip
    return np.array(grids, np.float32)


@cache
def _detector() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(str(WEIGHTS / "face_detection_short_range.tflite"))


@cache
def _mesh() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(str(WEIGHTS / "face_landmark.tflite"))
