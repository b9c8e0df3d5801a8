"""Draws a face from two sides at once, as Picasso did in 1937: a profile, laid over a face that looks at us.

The line of the profile parts the face into a *near* half, which belongs to the profile, and a *far* half, which looks at us.
Each half keeps the photo's own mouth, beard and modelling in pigments of its own, and is moved a little; eyes, brows and
profile are drawn in ink where the photo has them. `recipes/facets.py` paints the halves as planes among others and has the
drawing made last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_artists.looks.facets import Views
from articket_stylize.engines.painterly.colour import Floats, Picture, palette_lab
from articket_stylize.engines.painterly.fields import tangent_field
from articket_stylize.engines.painterly.ink import CORNER_SHIFT, Path, brush_line, fixed_point, ink_lines, rounded, swelling
from articket_stylize.engines.painterly.planes import Labels
from articket_stylize.engines.painterly.portrait import PATCH_LEFT, PATCH_TOP, FaceFrame, Mask, Portrait

__all__ = ["NO_FACE", "PARTS", "Part", "TwoViews", "take_apart"]

Plate = NDArray[np.uint8]


class Part(IntEnum):
    """What is told apart in each half."""

    LIGHT = 0
    SKIN = 1
    SHADE = 2
    DARK = 3
    LIP = 4
    TOOTH = 5
    BEARD = 6
    SOCKET = 7


PARTS = len(Part)
NO_FACE = 2 * PARTS
"""The label of what is not face: near parts are 0 to 7, far ones 8 to 15."""

# The profile, looking right: how far it stands out from the face's middle line, and at which height, from brow to throat.
# Heights below the brow are counted from the nose tip or the mouth.
BROW = ((0.05, -0.66), (0.14, -0.38), (0.06, -0.16), (0.01, -0.02), (0.11, 0.17))
NOSE = ((0.26, -0.20), (0.41, -0.02), (0.44, 0.06), (0.37, 0.15), (0.14, 0.19))
LIPS = ((0.11, -0.20), (0.24, -0.11), (0.22, -0.03), (0.07, 0.0), (0.20, 0.06), (0.22, 0.15), (0.07, 0.24))
CHIN = ((0.08, 0.34), (0.20, 0.50), (0.18, 0.64), (0.02, 0.76), (-0.06, 0.92))
HEAD_WIDTH = 1.12
"""Half the width of a head at the eyes."""
JAW = 0.84
"""From the mouth to the end of the face."""


@dataclass(frozen=True)
class _Eye:
    centre: tuple[float, float]
    half_width: float
    half_height: float
    turn: float
    is_far: bool
    colour: tuple[int, int, int]

    def place(self, path: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points around (0, 0) turned and moved to the eye."""
        c, s = math.cos(self.turn), math.sin(self.turn)
        return path @ np.array([[c, s], [-s, c]]) + np.array(self.centre)


@dataclass(frozen=True)
class TwoViews:
    """A face taken apart; lengths in units of its frame."""

    frame: FaceFrame
    labels: Labels
    """On the portrait's patch."""
    lines: Floats
    """Ink of the photo's own lines, 0 to 1, moved with the halves."""
    colours: Floats
    """Lab of the labels (16, 3)."""
    profile: Path
    looks: float
    """1 when the profile looks to the viewer's right, -1 to the left."""
    eyes: tuple[_Eye, _Eye]
    spectacles: bool
    is_animal: bool

    def draw(self, canvas: Picture, plate: Plate, weight: float) -> None:
        """Draw the profile, eyes and brows: colour on the canvas, ink on the plate; both as large as the photo."""
        pen = _Pen(self.frame, plate, max(self.frame.unit * 0.055 * weight, 1.2))
        if self.is_animal:
            self._draw_muzzle(canvas, pen)
        else:
            pen.line(self.profile, 0.7, 1.5, 0.55)
            self._draw_nostril(pen)
        for eye in self.eyes:
            _draw_eye(eye, self.looks, canvas, pen, has_brow=not self.is_animal, has_lashes=not self.spectacles)
        if self.spectacles:
            self._draw_spectacles(pen)

    def _draw_nostril(self, pen: _Pen) -> None:
        nose_v = self.frame.nose[1]
        at = float(np.interp(nose_v, (0, nose_v), (0, 0.8 * self.frame.nose[0])))
        comma = [(0.30, 0.10), (0.20, 0.02), (0.08, 0.06), (0.05, 0.17)]
        pen.line(rounded([(at + du * self.looks, nose_v + dv) for du, dv in comma], 2), 0.5, 1.2, 0.3)

    def _draw_muzzle(self, canvas: Picture, pen: _Pen) -> None:
        """The nose, and the mouth below it that animals smile with."""
        u, v = self.frame.nose
        nose = np.array([(u - 0.20, v - 0.09), (u, v - 0.14), (u + 0.20, v - 0.09), (u + 0.10, v + 0.07), (u, v + 0.12)])
        nose = rounded(np.concatenate([nose, [(u - 0.10, v + 0.07), (u - 0.20, v - 0.09)]]), 3)
        pen.area(pen.plate, nose, 255)
        pen.disc(pen.plate, np.array([u - 0.07, v - 0.06]), 0.035, 0)
        pen.disc(canvas, np.array([u - 0.07, v - 0.06]), 0.035, WHITE)
        pen.line(np.array([(u, v + 0.10), (u, v + 0.24)]), 0.7, 1.0)
        for side in (-1.0, 1.0):
            smile = [(u, v + 0.24), (u + side * 0.09, v + 0.36), (u + side * 0.22, v + 0.36), (u + side * 0.30, v + 0.26)]
            pen.line(rounded(smile, 3), 0.5, 1.2)

    def _draw_spectacles(self, pen: _Pen) -> None:
        rims: list[Path] = []
        for eye in self.eyes:
            t = np.linspace(0, 2 * np.pi, 41)
            # A rounded square: rims are never quite round, least of all Picasso's.
            x, y = (np.sign(f) * np.abs(f) ** 0.7 for f in (np.cos(t), np.sin(t)))
            rims.append(eye.place(np.stack([x * (eye.half_width + 0.09), y * (eye.half_height + 0.14)], axis=1)))
            pen.line(rims[-1], 0.9, 0.9)
        right, left = rims
        inner, outer = right[right[:, 0].argmax()], left[left[:, 0].argmin()]
        pen.line(rounded([tuple(inner), tuple((inner + outer) / 2 + (0, -0.10)), tuple(outer)], 3), 0.9, 0.9)
        for rim, side in ((right, -1.0), (left, 1.0)):
            hinge = rim[(side * rim[:, 0]).argmax()]
            pen.line(np.array([hinge, hinge + np.array([side * 0.32, -0.06])]), 1.0, 0.8)


@dataclass(frozen=True)
class _Pen:
    """Draws in a face's own coordinates."""

    frame: FaceFrame
    plate: Plate
    width: float
    """Of a usual line, in pixels."""

    def line(self, path: Path, thin: float, thick: float, peak: float = 0.5) -> None:
        """A line that swells, in widths of the usual one."""
        widths = swelling(len(path), thin * self.width, thick * self.width, peak)
        brush_line(self.plate, self.frame.pixels(path), widths)

    def area(self, target: Plate | Picture, outline: Path, value: tuple[int, int, int] | int) -> None:
        """Fill an outline."""
        corners = fixed_point(self.frame.pixels(outline))
        cv2.fillPoly(target, [corners], value, cv2.LINE_AA, CORNER_SHIFT)

    def disc(self, target: Plate | Picture, centre: Path, radius: float, value: tuple[int, int, int] | int) -> None:
        """Fill a circle."""
        x, y = fixed_point(self.frame.pixels(centre)).tolist()
        cv2.circle(target, (x, y), int(fixed_point(radius * self.frame.unit)), value, -1, cv2.LINE_AA, CORNER_SHIFT)


def take_apart(
    portrait: Portrait,
    is_subject: Mask | None,
    look: Views,
    rng: np.random.Generator,
    fur: tuple[Floats, Floats] | None = None,
) -> TwoViews:
    """Part a face along its profile. `is_subject` is the silhouette on the portrait's patch, if there is one.

    An animal is parted along the ridge of its nose and keeps its own features; `fur` are Lab (3, 3) of the two halves'
    pigments.
    """
    frame = portrait.frame
    is_animal = portrait.is_animal
    looks = 1.0 if frame.turn > 0.12 or (frame.turn >= -0.12 and rng.random() < 0.5) else -1.0
    skin = look.skins[int(rng.integers(len(look.skins)))]
    near, far = fur or (palette_lab(skin.near), palette_lab(skin.far))
    profile = _ridge(frame) if is_animal else _profile(frame, looks)
    eyes = _eyes(frame, looks, look, rng, is_animal=is_animal)
    is_far = _is_far(portrait, profile, looks)
    is_face = np.zeros(portrait.level.shape, bool) if is_animal else _is_head(portrait)
    if is_subject is not None:
        is_face &= is_subject
    parts = _parts(portrait)
    lines = _lines(portrait)
    labels = np.full(parts.shape, NO_FACE, np.uint8)
    ink = np.zeros(parts.shape, np.float32)
    for half, (turn, swell, du, dv) in enumerate(((-0.05, 1.04, -0.02, 0.02), (0.07, 1.07, 0.04, -0.05))):
        amount = look.displacement
        move = _move(portrait, turn * looks * amount, 1 + (swell - 1) * amount, du * looks * amount, dv * amount)
        size = (parts.shape[1], parts.shape[0])
        moved = cv2.warpAffine(parts, move, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        is_half = is_face & (is_far if half else ~is_far) & (moved != NO_FACE)
        labels[is_half] = moved[is_half] + half * PARTS
        ink[is_half] = cv2.warpAffine(lines, move, size)[is_half]
    _sink_sockets(labels, ink, portrait, eyes)
    colours = np.concatenate([_pigments(near, look), _pigments(far, look)])
    has_spectacles = portrait.wears_spectacles and not is_animal
    return TwoViews(frame, labels, ink, colours, profile, looks, eyes, has_spectacles, is_animal)


def _ridge(frame: FaceFrame) -> Path:
    """The line from an animal's forehead over its nose."""
    return rounded([(0.0, -1.34), (0.0, 0.0), frame.nose, (frame.mouth[0], 2.2)], 2)


def _profile(frame: FaceFrame, looks: float) -> Path:
    nose_v, mouth_v = frame.nose[1], frame.mouth[1]
    # Nose and mouth keep their distance even where the finder has them close together.
    nose_v = min(nose_v, mouth_v - 0.42)
    path = [*BROW]
    path += [(u, nose_v + v) for u, v in NOSE if nose_v + v > 0.2]
    path += [(u, mouth_v + v) for u, v in (*LIPS, *CHIN)]
    points = np.array(path)
    middle = np.interp(points[:, 1], (0, nose_v, mouth_v), (0, 0.8 * frame.nose[0], 0.8 * frame.mouth[0]))
    points[:, 0] = middle + looks * points[:, 0]
    return rounded(points, 3)


def _is_far(portrait: Portrait, profile: Path, looks: float) -> Mask:
    order = np.argsort(profile[:, 1], kind="stable")
    rows = portrait.v[:, 0]
    edge = np.asarray(np.interp(rows, profile[order, 1], profile[order, 0]), np.float32)[:, None]
    return portrait.u > edge if looks > 0 else portrait.u < edge


def _is_head(portrait: Portrait) -> Mask:
    """The shape of a face: round at the forehead, narrowing to the jaw, round at the chin."""
    u = portrait.u - np.float32(portrait.frame.middle)
    v = portrait.v
    width = 1 - 0.30 * (np.clip(v - 0.25, 0, None) / 1.55) ** 2
    chin = np.clip((v - np.float32(portrait.frame.mouth[1] + 0.1)) / (JAW - 0.1), 0, 1)
    width = HEAD_WIDTH * width * np.sqrt(1 - chin * chin)
    is_forehead = (u / HEAD_WIDTH) ** 2 + ((np.minimum(v, 0.1) - 0.1) / 1.45) ** 2 < 1
    return (np.abs(u) < width) & is_forehead


def _parts(portrait: Portrait) -> Labels:
    level = cv2.GaussianBlur(portrait.level, (0, 0), 0.02 * portrait.density)
    parts = np.full(level.shape, Part.SKIN, np.uint8)
    parts[level > 0.5] = Part.LIGHT
    parts[level < -0.6] = Part.SHADE
    parts[portrait.is_beard] = Part.BEARD
    parts[level < -2.8] = Part.DARK
    parts[portrait.is_lip] = Part.LIP
    parts[portrait.is_tooth] = Part.TOOTH
    parts[portrait.is_hair] = NO_FACE
    return parts


def _lines(portrait: Portrait) -> Floats:
    field = tangent_field(portrait.smooth, smooth=3.5, fill=(8,))
    gain = 0.8 * float(np.clip(14 / portrait.skin.spread, 0.9, 2))
    return ink_lines(portrait.smooth, field, 0.018 * portrait.density, gain)


def _move(portrait: Portrait, turn: float, swell: float, du: float, dv: float) -> NDArray[np.float64]:
    """The patch's pixels turned and swollen about the middle of the face, and moved by (du, dv) units: 2 x 3."""
    density = portrait.density
    x, y = (portrait.frame.middle - PATCH_LEFT) * density, (0.5 - PATCH_TOP) * density
    c, s = math.cos(turn) * swell, math.sin(turn) * swell
    return np.array([[c, -s, x - c * x + s * y + du * density], [s, c, y - s * x - c * y + dv * density]])


def _sink_sockets(labels: Labels, ink: Floats, portrait: Portrait, eyes: tuple[_Eye, _Eye]) -> None:
    """Clear the photo's eyes, brows and rims away where eyes will be drawn."""
    for eye in eyes:
        u, v = portrait.u - np.float32(eye.centre[0]), portrait.v - np.float32(eye.centre[1] - 0.08)
        c, s = np.float32(math.cos(eye.turn)), np.float32(math.sin(eye.turn))
        along, across = u * c + v * s, v * c - u * s
        is_socket = (along / (eye.half_width * 1.15)) ** 2 + (across / (eye.half_height * 1.65)) ** 2 < 1
        is_socket &= labels != NO_FACE
        labels[is_socket] = Part.SOCKET + (PARTS if eye.is_far else 0)
        ink[is_socket] = 0


def _pigments(tones: Floats, look: Views) -> Floats:
    """Lab of the parts of one half (8, 3)."""
    shade, middle, light = tones
    lips = palette_lab((look.lips,))[0]
    dark = shade * np.array([0.45, 0.6, 0.6], np.float32)
    parts = {
        Part.LIGHT: light + (light - middle) * 0.12,
        Part.SKIN: middle + (light - middle) * 0.35,
        Part.SHADE: middle + (shade - middle) * 0.75,
        Part.DARK: dark,
        Part.LIP: lips + (shade - lips) * 0.1,
        Part.TOOTH: np.array([95, 0, 6], np.float32),
        Part.BEARD: dark + (shade - dark) * 0.4,
        Part.SOCKET: light + (middle - light) * 0.15,
    }
    return np.array([parts[part] for part in Part], np.float32)


def _eyes(frame: FaceFrame, looks: float, look: Views, rng: np.random.Generator, *, is_animal: bool) -> tuple[_Eye, _Eye]:
    """Two eyes where the photo's are: the far one larger, higher and tilted. An animal's are rounder and level."""
    colours = rng.permutation(len(look.eyes))
    eyes: list[_Eye] = []
    # Of a head that is turned the eyes come together.
    apart = max(frame.eyes[1][0] - frame.eyes[0][0], 0.45)
    for i, (u, v) in enumerate(frame.eyes):
        side = -1.0 if i == 0 else 1.0
        is_far = side == looks
        half_width = (0.40 if is_far else 0.35) * apart * look.eye_size * float(rng.uniform(0.94, 1.06))
        height = 0.54
        if is_animal:
            half_width, height = 0.30 * apart * look.eye_size, 0.80
        rise = (-0.06 if is_far else 0.03) * look.displacement * (0.3 if is_animal else 1)
        turn = (0.20 if is_far else -0.08) * looks * look.displacement * float(rng.uniform(0.6, 1.2))
        colour = look.eyes[int(colours[i % len(colours)])]
        bgr = (int(colour[5:7], 16), int(colour[3:5], 16), int(colour[1:3], 16))
        eyes.append(_Eye((u + 0.03 * side, v + rise), half_width, half_width * height, turn, is_far, bgr))
    return eyes[0], eyes[1]


WHITE = (238, 246, 248)
"""Of the eyes; blue, green, red."""
IRIS, PUPIL = 0.92, 0.66
"""Radius of the iris in half heights of the eye, and of the pupil in radii of the iris: dark eyes make it a face from afar."""


def _draw_eye(eye: _Eye, looks: float, canvas: Picture, pen: _Pen, *, has_brow: bool, has_lashes: bool) -> None:
    t = np.linspace(-1, 1, 22)
    arch = 1 - t * t
    upper = eye.place(np.stack([t * eye.half_width, -eye.half_height * arch], axis=1))
    lower = eye.place(np.stack([t * eye.half_width, 0.8 * eye.half_height * arch], axis=1))
    almond = np.concatenate([upper, lower[::-1]])
    pen.area(canvas, almond, WHITE)
    pen.area(pen.plate, almond, 0)
    radius = IRIS * eye.half_height
    iris = eye.place(np.array([0.10 * eye.half_width * looks, -0.04 * eye.half_height]))
    opening = np.zeros_like(pen.plate)
    pen.area(opening, almond, 255)
    disc, ring = np.zeros_like(opening), np.zeros_like(opening)
    pen.disc(disc, iris, radius, 255)
    canvas[cv2.min(disc, opening) > 127] = eye.colour
    pen.disc(ring, iris, radius + 0.5 * 0.55 * pen.width / pen.frame.unit, 255)
    pen.disc(ring, iris, radius - 0.5 * 0.55 * pen.width / pen.frame.unit, 0)
    pen.disc(ring, iris, PUPIL * radius, 255)
    np.maximum(pen.plate, cv2.min(ring, opening), out=pen.plate)
    glint = iris + np.array([-0.28, -0.30]) * radius
    pen.disc(pen.plate, glint, 0.20 * radius, 0)
    pen.disc(canvas, glint, 0.20 * radius, WHITE)
    pen.line(upper, 0.6, 1.35)
    pen.line(lower, 0.5, 0.9)
    if not has_brow:
        return
    brow = np.stack([t * 1.2 * eye.half_width, -eye.half_height * (1.95 - 0.8 * t * t)], axis=1)
    pen.line(eye.place(brow), 0.6, 1.9, 0.35 if eye.centre[0] < 0 else 0.65)
    if has_lashes and eye.is_far:
        for at in np.linspace(-0.75, 0.75, 6):
            root = np.array([at * eye.half_width, -eye.half_height * (1 - at * at)])
            direction = np.array([0.9 * at, -1.0])
            tip = root + 0.10 * direction / np.hypot(*direction)
            pen.line(eye.place(np.array([root, tip])), 0.3, 0.6, 0.0)
