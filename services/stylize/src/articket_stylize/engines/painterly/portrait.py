"""Reads a face as a portraitist does: where the features are, how light the skin is, which hair, where lips, teeth and beard.

The graphic recipes draw faces instead of filtering them: `facets.py` takes them apart, `halftone.py` prints them. Both need
to know more than a box. `read_face` straightens a face into a small upright patch and reads it there, with all sizes in
*units*: one unit is the distance between the eyes, measured so that a turned head does not shrink. u runs along the eyes to
the viewer's right, v down; (0, 0) lies between the eyes, the mouth is near v = 1.05, the chin near 1.75, the crown near -1.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_stylize.engines.painterly.colour import Floats, Picture, to_lab
from articket_stylize.engines.painterly.faces import Face
from articket_stylize.engines.painterly.fields import blur

__all__ = [
    "FaceFrame",
    "Hair",
    "HairKind",
    "Mask",
    "Placing",
    "Portrait",
    "Skin",
    "colours_around",
    "find_hair",
    "frame_of",
    "read_face",
]

Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]
AnyNumber = TypeVar("AnyNumber", bound=np.generic)

PATCH_LEFT, PATCH_TOP, PATCH_RIGHT, PATCH_BOTTOM = -1.45, -1.4, 1.45, 2.15
"""What a patch shows, in units: from ear to ear, from the crown to under the chin."""
THINNEST_PATCH, FINEST_PATCH = 44.0, 100.0
"""Patch pixels a unit: below, lips are lost; above, nothing is gained but time."""
PATCH_DENSITY = 0.8
"""Patch pixels a photo pixel, between these bounds."""


@dataclass(frozen=True)
class FaceFrame:
    """A face's own coordinates in the photo."""

    x: float
    y: float
    """The point between the eyes, in pixels."""
    cos: float
    sin: float
    """Of the head's lean."""
    unit: float
    """Pixels a unit."""
    middle: float
    """u of the face's middle line; off zero when the head is turned."""
    turn: float
    """Where the nose points, seen by the viewer: -1 is left, 0 is straight ahead, 1 is right."""
    eyes: tuple[tuple[float, float], tuple[float, float]]
    nose: tuple[float, float]
    mouth: tuple[float, float]
    """In units."""
    score: float
    """How sure the finder is that it is a face."""

    def coordinates(self, height: int, width: int, step: float = 1.0) -> tuple[Floats, Floats]:
        """u and v of each pixel of a plane that is `step` times smaller than the photo."""
        x = (np.arange(width, dtype=np.float32) + np.float32(0.5)) * np.float32(step) - np.float32(0.5 + self.x)
        y = (np.arange(height, dtype=np.float32) + np.float32(0.5)) * np.float32(step) - np.float32(0.5 + self.y)
        c, s = np.float32(self.cos / self.unit), np.float32(self.sin / self.unit)
        u, v = x[None] * c + y[:, None] * s, y[:, None] * c - x[None] * s
        return np.asarray(u, np.float32), np.asarray(v, np.float32)

    def pixels(self, points: Matrix) -> Matrix:
        """Points (n, 2) in units as pixels of the photo."""
        u, v = points[..., 0] * self.unit, points[..., 1] * self.unit
        return np.stack([self.x + u * self.cos - v * self.sin, self.y + u * self.sin + v * self.cos], axis=-1)

    def moved(self, dx: float, dy: float) -> FaceFrame:
        """The frame in a part of the photo whose corner is at (dx, dy)."""
        return replace(self, x=self.x - dx, y=self.y - dy)


class HairKind(Enum):
    """What a portraitist mixes for the hair."""

    DARK = auto()
    FAIR = auto()
    RED = auto()
    GREY = auto()


@dataclass(frozen=True)
class Hair:
    """The hair around a face."""

    kind: HairKind
    lab: Floats
    """Its middle colour, (3,)."""
    tolerance: float
    """See `Skin.tolerance`."""

    def distance(self, lab: Floats) -> Floats:
        """How far colours are from it, squared: over 3 it is hardly this hair."""
        scale = np.array([1 / 22, 1 / 9, 1 / 10], np.float32) * np.float32(1 / self.tolerance)
        return (((lab - self.lab) * scale) ** 2).sum(axis=-1)


@dataclass(frozen=True)
class Skin:
    """The skin of one face: its middle colour, and how far its lights and shades lie apart."""

    lightness: float
    a: float
    b: float
    spread: float

    @property
    def tolerance(self) -> float:
        """How far colours may lie apart and still count as alike, times the usual: in dim and pale photos all lie closer."""
        return float(np.clip(min(self.lightness / 65, math.hypot(self.a, self.b) / 15), 0.45, 1))

    def distance(self, lab: Floats) -> Floats:
        """How far hue and chroma are from the skin's, squared: over 4 it is something else."""
        da = (lab[..., 1] - np.float32(self.a)) * np.float32(1 / (9 * self.tolerance))
        db = (lab[..., 2] - np.float32(self.b)) * np.float32(1 / (10 * self.tolerance))
        return np.asarray(da * da + db * db, np.float32)


@dataclass(frozen=True)
class Placing:
    """Where a patch lies in the photo."""

    top: int
    left: int
    height: int
    width: int
    """The part of the photo that it covers; at least one pixel."""
    to_part: Matrix
    """2 × 3, from patch pixels to that part's."""

    def part(self, plane: NDArray[AnyNumber]) -> NDArray[AnyNumber]:
        """That part of a plane as large as the photo, as a view."""
        return plane[self.top : self.top + self.height, self.left : self.left + self.width]


@dataclass(frozen=True)
class Portrait:
    """What `read_face` has read, on the upright patch."""

    frame: FaceFrame
    density: float
    """Patch pixels a unit."""
    to_patch: Matrix
    """2 × 3, from photo to patch pixels."""
    sharp: Floats
    """Lab of the patch."""
    smooth: Floats
    """The same without pores and noise."""
    u: Floats
    v: Floats
    skin: Skin
    hair: Hair | None
    """None: bald, covered, cut off, or as the skin."""
    level: Floats
    """Lightness in the skin's own terms: 0 is its middle, -1 and 1 its common shade and light. So dark skin has lights too."""
    skin_distance: Floats
    """How far hue and chroma are from the skin's, squared: over 4 it is something else."""
    is_hair: Mask
    """Hair that falls into the forehead."""
    is_lip: Mask
    is_tooth: Mask
    is_beard: Mask
    """A beard of any colour, and a day's stubble."""
    irises: tuple[tuple[float, float], tuple[float, float]]
    """Where the eyes look out, in units; the finder's points are often on a lid or a brow."""
    wears_spectacles: bool
    is_animal: bool
    """Whether it is rather a dog's or a cat's face: no skin, fur that is darker in the face than above it."""
    is_pale: Mask
    """Clearly less coloured than the skin: a grey beard, the glass of spectacles."""

    def oval(self, width: float = 1.08, height: float = 1.36) -> Floats:
        """Squared distance from the face's middle in half axes of the given lengths: 1 is the rim of the face."""
        return self.ellipse((self.frame.middle, 0.38), width, height)

    def placing(self, height: int, width: int) -> Placing:
        """Where the patch lies in a photo of that size."""
        to_photo = np.asarray(cv2.invertAffineTransform(self.to_patch), np.float64)
        rows, columns = self.level.shape
        corners = np.array([[0, 0], [columns, 0], [0, rows], [columns, rows]]) @ to_photo[:, :2].T + to_photo[:, 2]
        left, right = _within(corners[:, 0], width)
        top, bottom = _within(corners[:, 1], height)
        to_photo[:, 2] -= (left, top)
        return Placing(top, left, bottom - top, right - left, to_photo)

    def ellipse(self, centre: tuple[float, float], width: float, height: float) -> Floats:
        """Squared distance from a point in half axes of the given lengths."""
        u = (self.u - np.float32(centre[0])) * np.float32(1 / width)
        v = (self.v - np.float32(centre[1])) * np.float32(1 / height)
        return np.asarray(u * u + v * v, np.float32)


def find_hair(portrait: Portrait, lab: Floats, subject: Floats, step: float) -> Mask:
    """Where the hair around a face is, long hair too, in a photo that is `step` times smaller; `subject` is its silhouette."""
    if portrait.hair is None:
        return np.zeros(subject.shape, bool)
    u, v = portrait.frame.coordinates(subject.shape[0], subject.shape[1], step)
    u = u - np.float32(portrait.frame.middle)
    is_place = ((u / 2.1) ** 2 + ((v - 0.1) / 2.4) ** 2 < 1) & (subject > 0.4)
    is_place &= (u / 1.08) ** 2 + ((v - 0.38) / 1.36) ** 2 > 0.8
    distance = portrait.hair.distance(lab)
    # Above the eyes hardly anything else can be there.
    return is_place & ((distance < 4.5) | ((v < -0.2) & (distance < 9)))


def _within(corners: Matrix, length: int) -> tuple[int, int]:
    first = int(np.clip(math.floor(corners.min()), 0, length - 1))
    return first, int(np.clip(math.ceil(corners.max()), first + 1, length))


def frame_of(face: Face) -> FaceFrame:
    """The frame of a found face; also of one of which only the box is known."""
    (rx, ry), (lx, ly) = face.eyes
    x, y = (rx + lx) / 2, (ry + ly) / 2
    distance = math.hypot(lx - rx, ly - ry)
    c, s = ((lx - rx) / distance, (ly - ry) / distance) if distance > 1e-3 else (1.0, 0.0)
    to_mouth = (face.mouth[1] - y) * c - (face.mouth[0] - x) * s
    # Seen from the side the eyes come together; the height of the face does not change.
    unit = max(distance, 0.95 * to_mouth, 0.36 * face.width, 1.0)

    def in_units(point: tuple[float, float]) -> tuple[float, float]:
        dx, dy = (point[0] - x) / unit, (point[1] - y) / unit
        return dx * c + dy * s, dy * c - dx * s

    nose, mouth = in_units(face.nose), in_units(face.mouth)
    ears = face.landmarks[4:6] or face.eyes
    between_ears = sum(in_units(ear)[0] for ear in ears) / 2
    return FaceFrame(
        x=x,
        y=y,
        cos=c,
        sin=s,
        unit=unit,
        middle=float(np.clip(0.5 * between_ears + 0.35 * mouth[0], -0.6, 0.6)),
        turn=float(np.clip((nose[0] - between_ears) / 0.75, -1, 1)),
        eyes=(in_units((rx, ry)), in_units((lx, ly))),
        # A drawing needs the order brow, nose, mouth, chin even where the finder was wrong about it.
        nose=(float(np.clip(nose[0], -0.9, 0.9)), float(np.clip(nose[1], 0.35, 0.85))),
        mouth=(float(np.clip(mouth[0], -0.9, 0.9)), float(np.clip(mouth[1], 0.85, 1.35))),
        score=face.score,
    )


def colours_around(lab: Floats, subject: Floats, frame: FaceFrame, step: float) -> Floats:
    """The colours (n, 3) of what surrounds a face above the ears: hair, or a hat, or a bare head.

    `lab` is the photo, `step` times smaller, and `subject` its mask in the same size.
    """
    u, v = frame.coordinates(subject.shape[0], subject.shape[1], step)
    u = u - np.float32(frame.middle)
    is_around = ((u / 1.75) ** 2 + ((v + 0.05) / 1.8) ** 2 < 1) & ((u / 1.12) ** 2 + ((v - 0.38) / 1.42) ** 2 > 1)
    return lab[is_around & (v < 0.2) & (subject > 0.55)]


def read_face(photo: Picture, frame: FaceFrame, around: Floats) -> Portrait:
    """Straighten the face and read it; what lies outside of the photo is made up from its edge.

    `around` are the colours around it, see `colours_around`.
    """
    density = float(np.clip(frame.unit * PATCH_DENSITY, THINNEST_PATCH, FINEST_PATCH))
    to_patch = _to_patch(frame, density)
    patch = _straightened(photo, to_patch, density / frame.unit, density)
    height, width = patch.shape[:2]
    u, v = (np.arange(n, dtype=np.float32) + np.float32(0.5) for n in (width, height))
    u, v = u / np.float32(density) + np.float32(PATCH_LEFT), v / np.float32(density) + np.float32(PATCH_TOP)
    grid_u, grid_v = np.broadcast_to(u[None], (height, width)), np.broadcast_to(v[:, None], (height, width))
    smooth = patch
    for _ in range(2):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 5, 22, 3), np.uint8)
    return _read(frame, density, to_patch, to_lab(patch), to_lab(smooth), grid_u, grid_v, around)


def _to_patch(frame: FaceFrame, density: float) -> Matrix:
    scale = density / frame.unit
    c, s = frame.cos * scale, frame.sin * scale
    left = -c * frame.x - s * frame.y - PATCH_LEFT * density - 0.5
    top = s * frame.x - c * frame.y - PATCH_TOP * density - 0.5
    return np.array([[c, s, left], [-s, c, top]])


def _straightened(photo: Picture, to_patch: Matrix, scale: float, density: float) -> Picture:
    # Sampling a large face thinly would alias: soften it first.
    source = photo if scale > 0.7 else cv2.GaussianBlur(photo, (0, 0), 0.45 / scale)
    size = (int((PATCH_RIGHT - PATCH_LEFT) * density), int((PATCH_BOTTOM - PATCH_TOP) * density))
    how = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.warpAffine(source, to_patch, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _read(
    frame: FaceFrame,
    density: float,
    to_patch: Matrix,
    sharp: Floats,
    smooth: Floats,
    u: Floats,
    v: Floats,
    around: Floats,
) -> Portrait:
    around_mouth = ((u - np.float32(frame.mouth[0])) / 0.6) ** 2 + ((v - np.float32(frame.mouth[1])) / 0.3) ** 2
    is_cheek = (np.abs(u - np.float32(frame.middle)) < 0.6) & (v > 0.12) & (v < 0.85) & (around_mouth > 1)
    cheek = smooth[is_cheek]
    skin = _skin(cheek)
    level = (smooth[..., 0] - np.float32(skin.lightness)) * np.float32(1 / skin.spread)
    distance = skin.distance(smooth)
    hair = _hair(around, skin)
    is_hair = np.zeros(level.shape, bool)
    if hair is not None:
        is_hair = (v < -0.35) & (1.5 * hair.distance(smooth) < distance + (level / np.float32(2.2)) ** 2)
    redness = blur(np.asarray(sharp[..., 1] - np.float32(0.25) * sharp[..., 2], np.float32), 0.012 * density)
    redness = redness - np.float32(np.median(redness[is_cheek]))
    is_lip = _lips(redness, level, u, v, frame.mouth)
    near_mouth = ((u - np.float32(frame.mouth[0])) / 0.55) ** 2 + ((v - np.float32(frame.mouth[1])) / 0.26) ** 2 < 1
    is_tooth = near_mouth & (level > 0.25) & (sharp[..., 1] < skin.a - 4) & ~is_lip
    is_jaw = ((u - np.float32(frame.middle)) ** 2 + ((v - 0.38) / 1.25) ** 2 < 1) & (v > frame.nose[1] + 0.2) & ~is_lip
    is_pale = (distance > 4.5) & (smooth[..., 1] < skin.a - 6 * skin.tolerance) & ~is_hair
    return Portrait(
        frame=frame,
        density=density,
        to_patch=to_patch,
        sharp=sharp,
        smooth=smooth,
        u=u,
        v=v,
        skin=skin,
        hair=hair,
        level=level,
        skin_distance=distance,
        is_hair=is_hair,
        is_lip=is_lip,
        is_tooth=is_tooth,
        is_beard=_beard(smooth, level, v, frame, skin, density, is_jaw) & ~is_lip & ~is_tooth,
        irises=_irises(sharp, u, v, frame, density),
        wears_spectacles=_wears_spectacles(sharp, frame, skin, density),
        is_animal=_is_animal(frame, skin, hair),
        is_pale=is_pale,
    )


def _skin(cheek: Floats) -> Skin:
    lightness, a, b = (float(middle) for middle in np.median(cheek, axis=0))
    low, high = (float(level) for level in np.percentile(cheek[:, 0], (12, 88)))
    # A flatly lit face has next to no spread, one in hard light too much of it.
    return Skin(lightness, a, b, float(np.clip((high - low) / 2, 5.5, 14)))


FEWEST_HAIRS = 12
"""Pixels of hair that must have been seen."""
LEAST_HAIR = 0.35
"""Share of what surrounds the face that must be unlike skin; with less, the head is bald or shaven."""


def _hair(around: Floats, skin: Skin) -> Hair | None:
    # Hair of any colour has less red in it than the skin below it, by which a blonde differs from a bald head.
    hair = around[~_is_as_red(around, skin)]
    if len(hair) < max(FEWEST_HAIRS, LEAST_HAIR * len(around)):
        return None
    middle = np.median(hair, axis=0)
    # Lights and shades of a bald head lie on either side of its middle.
    if _is_as_red(middle[None], skin)[0]:
        return None
    return Hair(_hair_kind(*(float(value) for value in middle), skin=skin), middle, skin.tolerance)


def _is_as_red(colours: Floats, skin: Skin) -> Mask:
    is_as_red = np.abs(colours[:, 1] - np.float32(skin.a)) < max(2.5, 0.25 * skin.a)
    return is_as_red & (colours[:, 0] > 0.45 * skin.lightness)


def _hair_kind(lightness: float, a: float, b: float, *, skin: Skin) -> HairKind:
    # The photo's colour cast, by what skin usually is.
    yellow = b + float(np.clip(1.1 * skin.a - skin.b, -6, 12))
    relative = lightness / max(skin.lightness, 10.0)
    if relative + 0.018 * max(yellow, 0.0) < 0.80:
        return HairKind.DARK
    if a > 14 and a > skin.a + 2:
        return HairKind.RED
    if yellow > 9.5 and b > 1.9 * a:
        return HairKind.FAIR
    # Brown in strong light is not grey.
    return HairKind.DARK if relative < 0.95 and math.hypot(a, b) > 9 else HairKind.GREY


LEAST_BEARD = 0.36
"""Share of the jaw that hair must cover: a shade under the chin covers a third."""


def _beard(smooth: Floats, level: Floats, v: Floats, frame: FaceFrame, skin: Skin, density: float, jaw: Mask) -> Mask:
    """Around and under the mouth, darker and less red than the skin: hairs and skin between them taken together."""
    redness = blur(np.ascontiguousarray(smooth[..., 1]), 0.06 * density)
    darkness = blur(level, 0.06 * density)
    is_hairy = (v > frame.nose[1] + 0.15) & (redness < 0.8 * skin.a) & (darkness < -0.3)
    is_bearded = skin.a > 4 and float(is_hairy[jaw].mean()) > LEAST_BEARD
    return is_hairy if is_bearded else np.zeros(level.shape, bool)


IRIS_RADIUS, IRIS_TO_WHITE = 0.06, 0.17
"""In units: of the dark disc that is looked for, and from its middle to the white on either side."""
EYE_WIDTH, EYE_HEIGHT = 0.10, 0.08
"""Half axes in units of the place in which it is looked for."""


def _irises(
    sharp: Floats, u: Floats, v: Floats, frame: FaceFrame, density: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The dark discs between lighter sides nearest to where the eyes should be: a brow is dark at its sides as well."""
    soft = blur(np.ascontiguousarray(sharp[..., 0]), IRIS_RADIUS * density)
    aside = max(1, round(IRIS_TO_WHITE * density))
    contrast = np.minimum(np.roll(soft, aside, axis=1), np.roll(soft, -aside, axis=1)) - soft
    found: list[tuple[float, float]] = []
    for eye_u, eye_v in frame.eyes:
        place = ((u - np.float32(eye_u)) / EYE_WIDTH) ** 2 + ((v - np.float32(eye_v)) / EYE_HEIGHT) ** 2
        score = np.where(place < 1, contrast - np.float32(5) * place, np.float32(-1e9))
        row, column = np.unravel_index(int(score.argmax()), score.shape)
        found.append((float(u[row, column]), float(v[row, column])))
    return found[0], found[1]


SURE_BRIDGE, THIN_BRIDGE = 0.8, 0.42
"""Edges per unit of the skin's spread: of a dark frame over the nose, and of a thin one, which needs other signs as well."""
LOWER_RIM, TEMPLE = 0.36, 0.5


def _wears_spectacles(sharp: Floats, frame: FaceFrame, skin: Skin, density: float) -> bool:
    """Whether a frame crosses the nose between the eyes, or a thin one does and there are rims and temples as well."""
    lightness = blur(np.ascontiguousarray(sharp[..., 0]), 0.015 * density)
    steep = np.abs(np.asarray(cv2.Sobel(lightness, cv2.CV_32F, 0, 1, scale=1 / 8), np.float32))
    steep *= np.float32(density / 60 / skin.spread)
    (right, height), (left, other_height) = frame.eyes
    middle, half = (right + left) / 2, (left - right) / 2
    bridge = _crossing(steep, density, middle, 0.26 * half, (-0.22, 0.30))
    if bridge > SURE_BRIDGE:
        return True
    rims = [_crossing(steep, density, u, 0.22, (v + 0.2, v + 0.55)) for u, v in ((right, height), (left, other_height))]
    temples = [
        _crossing(steep, density, u, 0.14, (v - 0.3, v + 0.3)) for u, v in ((right - 0.56, height), (left + 0.56, other_height))
    ]
    return bridge > THIN_BRIDGE and min(rims) > LOWER_RIM and max(temples) > TEMPLE


def _crossing(steep: Floats, density: float, u: float, reach: float, heights: tuple[float, float]) -> float:
    """How strong an edge crosses the strip at u +- reach from side to side: three quarters of its columns have as much."""
    left, right = (int((u + sign * reach - PATCH_LEFT) * density) for sign in (-1, 1))
    top, bottom = (int((v - PATCH_TOP) * density) for v in heights)
    strip = steep[max(top, 0) : bottom, max(left, 0) : right]
    return float(np.percentile(strip.max(axis=0), 25)) if strip.size else 0.0


CERTAIN_PERSON = 0.8
"""Score from which a face is a person's, whatever its colours."""


def _is_animal(frame: FaceFrame, skin: Skin, hair: Hair | None) -> bool:
    if frame.score >= CERTAIN_PERSON:
        return False
    is_darker_than_above = hair is not None and float(hair.lab[0]) > skin.lightness + 12
    return is_darker_than_above or math.hypot(skin.a, skin.b) < 6


def _lips(redness: Floats, level: Floats, u: Floats, v: Floats, mouth: tuple[float, float]) -> Mask:
    near = ((u - np.float32(mouth[0])) / 0.66) ** 2 + ((v - np.float32(mouth[1])) / 0.36) ** 2 < 1
    reddest = float(np.percentile(redness[near], 95)) if near.any() else 0.0
    if reddest < 2.5:
        return np.zeros(redness.shape, bool)
    return near & (redness > max(2.2, 0.5 * reddest)) & (level > -4.2)
