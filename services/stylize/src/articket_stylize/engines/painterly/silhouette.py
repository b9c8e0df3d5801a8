"""Tells the subject of a photo from what is behind it.

A small network does it (8 ms): people, animals, a flower, a cup. Without its weights GrabCut does, seeded from the faces or
the middle. A landscape has no subject: then the plane says where there is much to see. `subject.py` is the one caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_stylize.engines.painterly.colour import Floats, Picture, smoothstep
from articket_stylize.engines.painterly.faces import Face
from articket_stylize.engines.painterly.fields import blur, resized

__all__ = ["find_busy_places", "find_silhouette"]

SEGMENTER_FILE = "selfie_segmentation.tflite"
NETWORK_SIDE = 256
GRABCUT_SIDE = 140


def find_silhouette(photo: Picture, faces: Sequence[Face], size: tuple[int, int], weights: Path) -> Floats:
    """Share of the subject, 0 to 1, as a plane of `size` (height, width); all about 0 when there is none."""
    file = weights / SEGMENTER_FILE
    return _by_network(photo, size, _network(str(file))) if file.is_file() else _by_grabcut(photo, faces, size)


def find_busy_places(photo: Picture, size: tuple[int, int]) -> Floats:
    """0 to 1: where a picture without a subject has much to see. A sky is not busy, a tower before it is."""
    height, width = size
    grey = cv2.cvtColor(cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    soft = blur(grey.astype(np.float32), 1.0)
    edges = np.abs(np.asarray(cv2.Laplacian(soft, cv2.CV_32F), np.float32))
    busy = blur(edges, max(height, width) / 40)
    return smoothstep(0.15, 1.0, busy / max(float(np.percentile(busy, 90)), 2.0))


def _by_network(photo: Picture, size: tuple[int, int], net: cv2.dnn.Net) -> Floats:
    side = (NETWORK_SIDE, NETWORK_SIDE)
    small = cv2.resize(photo, side, interpolation=cv2.INTER_AREA)
    net.setInput(cv2.dnn.blobFromImage(small, 1 / 255, side, (0, 0, 0), swapRB=True))
    share = np.asarray(net.forward(), np.float32).reshape(side)
    return np.clip(resized(blur(share, 1.2), *size), 0, 1)


@cache
def _network(file: str) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(file)


def _by_grabcut(photo: Picture, faces: Sequence[Face], size: tuple[int, int]) -> Floats:
    scale = GRABCUT_SIDE / max(photo.shape[:2])
    height, width = (max(8, round(length * scale)) for length in photo.shape[:2])
    small = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    mask = _guess(height, width, faces, scale)
    # GrabCut's first clusters are drawn from OpenCV's global random numbers.
    cv2.setRNGSeed(1)
    try:
        cv2.grabCut(small, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # it finds nothing to tell apart, as in a photo of one colour
        return np.zeros(size, np.float32)
    is_subject = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8) * 255
    share = np.asarray(cv2.medianBlur(is_subject, 5), np.float32) * np.float32(1 / 255)
    return np.clip(resized(blur(share, 1.2), *size), 0, 1)


def _guess(height: int, width: int, faces: Sequence[Face], scale: float) -> NDArray[np.uint8]:
    """Where GrabCut starts: head and shoulders below each face, or the middle of the picture."""
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    if not faces:
        mask[int(height * 0.18) : int(height * 0.95), int(width * 0.18) : int(width * 0.82)] = cv2.GC_PR_FGD
        mask[:2], mask[:, :2], mask[:, -2:] = cv2.GC_BGD, cv2.GC_BGD, cv2.GC_BGD
        return mask
    for face in faces:
        x, y, w, h = (v * scale for v in (face.x, face.y, face.width, face.height))
        middle = x + w / 2
        head = (round(middle), round(y + 0.5 * h))
        body = [(-0.5, 0.9), (0.5, 0.9), (1.5, 1.7), (1.7, height / h), (-1.7, height / h), (-1.5, 1.7)]
        outline = np.array([(middle + dx * w, y + dy * h) for dx, dy in body], np.int32)
        cv2.ellipse(mask, head, (round(w * 0.62), round(h * 0.85)), 0, 0, 360, cv2.GC_PR_FGD, -1)
        cv2.fillPoly(mask, [outline], cv2.GC_PR_FGD)
        cv2.ellipse(mask, head, (round(w * 0.36), round(h * 0.5)), 0, 0, 360, cv2.GC_FGD, -1)
    top = mask[: max(1, int(height * 0.03))]
    top[top != cv2.GC_FGD] = cv2.GC_BGD
    return mask
