"""The `halftone` recipe: the photo as a comic print of five inks, with dots for what lies between them and bold ink lines.

The picture is told apart in tints (`screens.py`) at half its size, where single pixels do not matter. Faces are read upright
and drawn each at a size of its own (`portrait.py`), then set back into their place: so small faces keep their eyes. Then the
press runs: flat inks, dots, lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import cv2
import numpy as np

from articket_artists.looks import Halftone
from articket_stylize.engines.painterly.colour import Floats, Picture, chroma, mixed, smoothstep, to_lab
from articket_stylize.engines.painterly.cutout import cut_out, wall_colour
from articket_stylize.engines.painterly.fields import TensorField, blur, resized, tangent_field
from articket_stylize.engines.painterly.ink import ink_lines, inked, outlines, without_specks
from articket_stylize.engines.painterly.planes import smooth_labels
from articket_stylize.engines.painterly.portrait import (
    Hair,
    HairKind,
    Mask,
    Placing,
    Portrait,
    colours_around,
    find_hair,
    frame_of,
    read_face,
)
from articket_stylize.engines.painterly.screens import Labels, Tint, TintTable, dot_screen, line_screen, tint_lab
from articket_stylize.engines.painterly.shadows import open_shadows
from articket_stylize.engines.painterly.steps import Report, Steps
from articket_stylize.engines.painterly.subject import Subject

__all__ = ["paint_halftone"]

STEPS = ("the flat inks", "the faces", "the dots", "the ink lines")

PAPER, RED, YELLOW, BLUE, BLACK = range(5)
"""The inks, in the order of `_inks`."""


class Ink(IntEnum):
    """The tints, named by what they are used for: the labels of the label pictures here."""

    PAPER = 0
    RED = 1
    YELLOW = 2
    BLUE = 3
    BLACK = 4
    SKIN = 5
    SHADE = 6
    MIST = 7
    SKY = 8
    ORANGE = 9
    GREEN = 10
    PURPLE = 11
    DEEP_SKIN = 12
    DEEP_SHADE = 13
    BLUE_BACKDROP = 14
    RED_BACKDROP = 15
    YELLOW_BACKDROP = 16


TINTS = {
    Ink.PAPER: Tint(PAPER, PAPER),
    Ink.RED: Tint(RED, RED),
    Ink.YELLOW: Tint(YELLOW, YELLOW),
    Ink.BLUE: Tint(BLUE, BLUE),
    Ink.BLACK: Tint(BLACK, BLACK),
    Ink.SKIN: Tint(PAPER, RED, 0.18),
    Ink.SHADE: Tint(PAPER, RED, 0.44),
    Ink.MIST: Tint(PAPER, BLUE, 0.28),
    Ink.SKY: Tint(PAPER, BLUE, 0.52),
    Ink.ORANGE: Tint(YELLOW, RED, 0.38),
    Ink.GREEN: Tint(YELLOW, BLUE, 0.42),
    Ink.PURPLE: Tint(BLUE, RED, 0.34),
    Ink.DEEP_SKIN: Tint(PAPER, RED, 0.40),
    Ink.DEEP_SHADE: Tint(PAPER, RED, 0.62),
    Ink.BLUE_BACKDROP: Tint(PAPER, BLUE, 0.60, fades=0.75),
    Ink.RED_BACKDROP: Tint(PAPER, RED, 0.50, fades=0.75),
    Ink.YELLOW_BACKDROP: Tint(YELLOW, RED, 0.24, fades=0.97),
}
FOR_ANY_COLOUR = (
    Ink.PAPER,
    Ink.RED,
    Ink.YELLOW,
    Ink.BLUE,
    Ink.BLACK,
    Ink.SHADE,
    Ink.MIST,
    Ink.SKY,
    Ink.ORANGE,
    Ink.GREEN,
    Ink.PURPLE,
)
"""The tints that a colour becomes by itself; the others are for people and for what is behind them."""
BACKDROPS = {"yellow": Ink.YELLOW_BACKDROP, "blue-dots": Ink.BLUE_BACKDROP, "red-dots": Ink.RED_BACKDROP}
SILHOUETTE_REACH = 9.0
"""Pixels of the sheet by which the found silhouette may be wrong."""
MOST_FACES = 8
SMALLEST_FACE = 7.0
"""Pixels between the eyes: a smaller face is a shape among others."""


def paint_halftone(photo: Picture, look: Halftone, *, subject: Subject, seed: int, report: Report) -> Picture:
    """Print a photo; see `painter.paint`."""
    rng = np.random.default_rng(seed)
    steps = Steps(STEPS, report)
    inks = _inks(look)
    sheet = _Sheet.of(photo, subject)
    portraits = _portraits(photo, sheet, subject) if look.portraits else []
    table = _table(inks)
    labels = sheet.tints(table)
    people = [portrait for portrait in portraits if not portrait.is_animal]
    for person in people:
        _dress(labels, sheet, person)
    if people and subject.has_subject:
        _hang_backdrop(labels, sheet, people, look.backdrops[int(rng.integers(len(look.backdrops)))])
    labels = smooth_labels(labels, 2.4 * look.simplify * sheet.scale, photo.shape[:2], heavy=Ink.BLACK)
    press = _Press(inks, look, labels.shape, _pitch(look, photo, portraits), rng)
    steps.done(press.flat(labels))
    drawn = [_set_in(labels, portrait, look, table, sheet) for portrait in portraits]
    steps.done(press.flat(labels))
    printed = press.dots(labels)
    steps.done(printed)
    lines = sheet.lines(look)
    for face in drawn:
        face.set_lines(lines)
    finished = press.lines(printed, lines)
    steps.done(finished)
    return finished


def _inks(look: Halftone) -> Picture:
    """The look's inks as (5, 3), BGR."""
    colours = (look.inks.paper, look.inks.red, look.inks.yellow, look.inks.blue, look.inks.black)
    return np.array([[int(colour[at : at + 2], 16) for at in (5, 3, 1)] for colour in colours], np.uint8)


def _table(inks: Picture) -> TintTable:
    return _table_of(inks.tobytes())


@lru_cache(8)
def _table_of(inks: bytes) -> TintTable:
    return TintTable(tint_lab(np.frombuffer(inks, np.uint8).reshape(-1, 3), tuple(TINTS.values())), FOR_ANY_COLOUR)


FINEST_PITCH, FOR_FACES, USUAL_PITCH = 3.0, 0.055, 11.5
"""The finest screen in pixels of the photo; the screen for a face in distances of its eyes, at the usual pitch."""
LEAST_SHARE = 0.38
"""Of the look's pitch: for faces it is made finer down to this."""


def _pitch(look: Halftone, photo: Picture, portraits: Sequence[Portrait]) -> float:
    """The screen's pitch in pixels of the photo: a face must be larger than its dots."""
    pitch = look.pitch_px * max(photo.shape[:2]) / 1024
    largest = max((portrait.frame.unit for portrait in portraits), default=math.inf)
    for_face = FOR_FACES * largest * look.pitch_px / USUAL_PITCH
    return max(FINEST_PITCH, min(pitch, max(for_face, LEAST_SHARE * pitch)))


@dataclass(frozen=True)
class _Sheet:
    """The photo at the size in which its shapes are told apart."""

    photo_lab: Floats
    lab: Floats
    """With the light spread and the shadows opened."""
    field: TensorField
    subject: Floats
    """0 to 1."""
    has_subject: bool
    scale: float
    """Pixels of the sheet for 2 pixels of a picture of 1024: sizes are multiples of it."""
    step: float
    """Pixels of the photo for one of the sheet."""
    size: tuple[int, int]
    """Of the photo: height, width."""
    white: float
    """Lightness of the photo's lights."""

    @classmethod
    def of(cls, photo: Picture, subject: Subject) -> _Sheet:
        height, width = photo.shape[:2]
        step = 2 if max(height, width) >= 360 else 1
        size = (max(1, round(height / step)), max(1, round(width / step)))
        small = cv2.resize(photo, (size[1], size[0]), interpolation=cv2.INTER_AREA)
        scale = max(height, width) / 512 / step
        for _ in range(2):
            small = cv2.bilateralFilter(small, 7 if scale > 0.6 else 3, 28, 4 * min(scale, 1.0) + 0.1)
        photo_lab = to_lab(np.asarray(small, np.uint8))
        lab = open_shadows(photo_lab, darkest=2, lightest=99)
        field = tangent_field(lab, before=1.2, smooth=4.0 * max(scale, 0.4), fill=(8 * scale,))
        mask = np.full(size, 0.5, np.float32)
        if subject.has_subject:
            mask = cut_out(subject.mask_for(*size), photo_lab, SILHOUETTE_REACH * scale)
        white = max(float(np.percentile(photo_lab[::4, ::4, 0], 98)), 20.0)
        return cls(photo_lab, lab, field, mask, subject.has_subject, scale, step, (height, width), white)

    def tints(self, table: TintTable) -> Labels:
        """The nearest tint of each place, and black where it is dark."""
        busy = blur(self.field.energy, 10 * self.scale)
        # In foliage and grass no print shows every leaf.
        calm = blur(self.lab, 3.2 * self.scale)
        lab = mixed(self.lab, calm, smoothstep(3.0, 7.0, busy))
        labels = table.nearest(lab)
        labels[_is_dark(lab, self.scale)] = Ink.BLACK
        return labels

    def lines(self, look: Halftone) -> Floats:
        """The ink lines of everything but the faces, at the photo's size: 0 to 1."""
        height, width = self.size
        if look.line_weight == 0:
            return np.zeros(self.size, np.float32)
        weight = 0.95 * max(self.scale, 0.5) * look.line_weight
        lines = without_specks(ink_lines(self.lab, self.field, weight, look.line_detail), int(14 * self.scale**2))
        if self.has_subject:
            # Where the silhouette's edge is none in the photo, the mask is wrong.
            is_real = smoothstep(1.2, 4.5, blur(self.field.energy, 2 * self.scale))
            is_inside = self.subject > 0.5
            rim = outlines(is_inside.view(np.uint8), 2.0 * self.scale * look.line_weight)
            # Outside of it the line would make a nose longer.
            lines = np.maximum(lines, rim.astype(np.float32) * is_inside * is_real * np.float32(1.6 / 255))
        lines = np.minimum(lines, 1)
        return resized(lines, height, width)


def _is_dark(lab: Floats, scale: float) -> Mask:
    """Where the print is black: the darkest places, and what is much darker than around it. Brown is not black."""
    lightness = np.ascontiguousarray(lab[..., 0])
    darkness = lightness + np.float32(0.35) * np.maximum(chroma(lab) - np.float32(8), 0)
    is_in_light = (lightness < blur(lightness, 26 * scale) - np.float32(21)) & (darkness < 25)
    is_crease = (lightness < blur(lightness, 9 * scale) - np.float32(7)) & (darkness < 38)
    return (darkness < 19) | is_in_light | is_crease


def _portraits(photo: Picture, sheet: _Sheet, subject: Subject) -> list[Portrait]:
    """The faces that are large enough to be drawn."""
    portraits: list[Portrait] = []
    for face in subject.faces[:MOST_FACES]:
        frame = frame_of(face)
        if frame.unit < SMALLEST_FACE:
            continue
        around = colours_around(sheet.photo_lab, sheet.subject, frame, sheet.step)
        portraits.append(read_face(photo, frame, around))
    return portraits


def _dress(labels: Labels, sheet: _Sheet, portrait: Portrait) -> None:
    """Print the skin and the hair that belong to a face, outside of its patch: neck, shoulders, hands, long hair."""
    u, v = portrait.frame.coordinates(labels.shape[0], labels.shape[1], sheet.step)
    u = u - np.float32(portrait.frame.middle)
    skin, lab = portrait.skin, sheet.photo_lab
    lightness = lab[..., 0]
    cost = skin.distance(lab)
    cost += (np.minimum(lightness - np.float32(skin.lightness - 8), 0) / np.float32(20)) ** 2
    cost += (np.maximum(lightness - np.float32(skin.lightness + 12), 0) / np.float32(30)) ** 2
    if portrait.hair is not None:
        is_rather_hair = np.clip(cost - portrait.hair.distance(lab) + np.float32(0.5), 0, 1)
        cost += np.where(v < 1.0, 4 * is_rather_hair, 0)
    near = np.exp(-np.maximum((u / 1.6) ** 2 + ((v - 0.55) / 2.15) ** 2 - 0.6, 0)) * (v > -1.75)
    below = np.float32(0.62) * smoothstep(0.2, 1.2, v) * (np.abs(u) < 6)
    likely = np.exp(cost * np.float32(-0.5)) * np.maximum(near, below) * sheet.subject
    is_skin = blur(likely.astype(np.float32), 1.5 * sheet.scale) > 0.26
    is_plain = is_skin & (labels != Ink.BLACK)
    level = (lightness - np.float32(skin.lightness)) * np.float32(1 / skin.spread)
    light, middle, shade = _skin_tints(portrait, sheet)
    labels[is_plain] = middle
    labels[is_plain & (level > 1.2)] = light
    labels[is_plain & (level < -1.5)] = shade
    if portrait.hair is not None:
        _dress_hair(labels, lab, find_hair(portrait, lab, sheet.subject, sheet.step) & ~is_skin, portrait.hair)


def _dress_hair(labels: Labels, lab: Floats, is_hair: Mask, hair: Hair) -> None:
    lighter = lab[..., 0] - hair.lab[0]
    match hair.kind:
        case HairKind.DARK:
            shine = Ink.BLUE if hair.lab[2] < 9 else Ink.ORANGE
            _lay(labels, is_hair, lighter, Ink.BLACK, (15, shine))
        case HairKind.FAIR:
            _lay(labels, is_hair, lighter, Ink.YELLOW, (-9, Ink.ORANGE), (-19, Ink.BLACK))
        case HairKind.RED:
            _lay(labels, is_hair, lighter, Ink.ORANGE, (12, Ink.YELLOW), (-8, Ink.RED), (-19, Ink.BLACK))
        case HairKind.GREY:
            _lay(labels, is_hair, lighter, Ink.MIST, (7, Ink.PAPER), (-10, Ink.SKY), (-22, Ink.BLACK))


def _lay(labels: Labels, where: Mask, lighter: Floats, tint: Ink, *others: tuple[float, Ink]) -> None:
    """Give a place its tint, and others where it is lighter than a positive limit or darker than a negative one."""
    labels[where] = tint
    for limit, other in others:
        labels[where & ((lighter > limit) if limit > 0 else (lighter < limit))] = other


def _hang_backdrop(labels: Labels, sheet: _Sheet, portraits: Sequence[Portrait], kind: str) -> None:
    """Make one flat thing of the grey or white wall behind people."""
    if kind == "keep":
        return
    is_fair = any(portrait.hair is not None and portrait.hair.kind is HairKind.FAIR for portrait in portraits)
    tint = Ink.BLUE_BACKDROP if is_fair else BACKDROPS[kind]
    lab = sheet.photo_lab
    lightness = sheet.lab[..., 0]
    is_wall = (sheet.subject < 0.4) & (chroma(sheet.lab) < 15) & (lightness > 20)
    wall = wall_colour(sheet.subject, lab)
    if wall is not None and wall[0] > 30 and math.hypot(wall[1], wall[2]) < 15:
        # Between hairs, where no silhouette reaches, the wall shines through.
        is_wall |= (np.abs(lab - wall) < np.array([7, 5, 5], np.float32)).all(axis=2) & (sheet.subject < 0.8)
    labels[is_wall & (labels != Ink.BLACK)] = tint
    labels[(sheet.subject < 0.3) & (labels == Ink.BLUE) & (lightness > 30)] = Ink.BLUE_BACKDROP
    if is_fair:
        labels[(sheet.subject < 0.4) & (labels == Ink.YELLOW)] = Ink.GREEN


DEEP_SKIN = 0.54
"""Lightness of deep skin at most, against the lightest of the photo: a light skin in the dark is not deep."""


def _skin_tints(portrait: Portrait, sheet: _Sheet) -> tuple[Ink, Ink, Ink]:
    """Light, middle and shade of a skin."""
    if portrait.skin.lightness < DEEP_SKIN * sheet.white:
        return Ink.SKIN, Ink.DEEP_SKIN, Ink.DEEP_SHADE
    return Ink.PAPER, Ink.SKIN, Ink.SHADE


def _face_labels(portrait: Portrait, sheet: _Sheet) -> Labels:
    """The tints of a face on its patch."""
    light, middle, shade = _skin_tints(portrait, sheet)
    level = portrait.level
    labels = np.full(level.shape, middle, np.uint8)
    # White is for the lightest sixth at most, or a nose in the light has no form.
    labels[level > max(0.95, float(np.percentile(level[portrait.oval() < 0.8], 84)))] = light
    labels[level < -1.05] = shade
    labels[level < -2.0] = Ink.DEEP_SHADE
    lightness = portrait.smooth[..., 0]
    around = blur(np.ascontiguousarray(lightness), 0.3 * portrait.density)
    is_crease = lightness < around - np.float32(1.35 * portrait.skin.spread + 2)
    is_dark = (level < -2.45) | (is_crease & (level < -1))
    is_pale = portrait.is_pale & ~is_dark
    labels[is_pale] = Ink.MIST
    labels[is_pale & (level < -1.3)] = Ink.SKY
    labels[is_pale & (level > 0.6)] = Ink.PAPER
    is_beard = portrait.is_beard & ~is_dark
    labels[is_beard] = Ink.MIST
    labels[is_beard & (level < -1.2)] = Ink.SKY
    if portrait.hair is not None:
        fringe = {
            HairKind.DARK: Ink.BLACK,
            HairKind.FAIR: Ink.YELLOW,
            HairKind.RED: Ink.ORANGE,
            HairKind.GREY: Ink.MIST,
        }
        labels[portrait.is_hair] = fringe[portrait.hair.kind]
        is_dark &= ~portrait.is_hair | (lightness < portrait.hair.lab[0] - 18)
    labels[is_dark] = Ink.BLACK
    for iris in portrait.irises:
        _open_eye(labels, portrait, iris, shade)
    labels[portrait.is_lip] = Ink.RED
    labels[portrait.is_tooth] = Ink.PAPER
    return labels


def _animal_labels(portrait: Portrait, table: TintTable) -> Labels:
    """The tints of a dog's or cat's face on its patch: its own colours, and its eyes."""
    lab = open_shadows(portrait.smooth, darkest=2, lightest=99)
    labels = table.nearest(lab)
    labels[_is_dark(lab, portrait.density / 60)] = Ink.BLACK
    return labels


IRIS, PUPIL = 0.115, 0.055
"""Radii in units."""


def _open_eye(labels: Labels, portrait: Portrait, iris: tuple[float, float], shade: Ink) -> None:
    """Tell lid, iris and white apart by the eye's own lights: behind spectacles and under brows it would be one blot."""
    place = portrait.ellipse(iris, 0.30, 0.13)
    is_eye = place < 1
    # Frames of spectacles are darker than any eye: ask nearer to the middle.
    is_inner = portrait.ellipse(iris, 0.24, 0.12) < 1
    lightness = blur(np.ascontiguousarray(portrait.sharp[..., 0]), 0.008 * portrait.density)
    darkest, lightest = (float(level) for level in np.percentile(lightness[is_inner], (6, 90)))
    span = max(lightest - darkest, 6.0)
    labels[is_eye & (labels == Ink.BLACK)] = shade
    labels[is_eye & (lightness < darkest + 0.32 * span)] = Ink.BLACK
    is_white = (place < 0.8) & (lightness > darkest + 0.62 * span) & (portrait.sharp[..., 1] < portrait.skin.a - 3.5)
    labels[is_white] = Ink.PAPER
    disc = portrait.ellipse(iris, IRIS, IRIS)
    labels[(disc < 1) & is_eye & (labels != Ink.BLACK) & (lightness < darkest + 0.75 * span)] = Ink.BLUE
    labels[disc < (PUPIL / IRIS) ** 2] = Ink.BLACK


@dataclass(frozen=True)
class _SetFace:
    """Where a face was set into the sheet, and its lines."""

    placing: Placing
    inside: Floats
    """0 to 1: how far a pixel belongs to the face."""
    lines: Floats

    def set_lines(self, lines: Floats) -> None:
        """Put the face's lines in the place of the sheet's."""
        part = self.placing.part(lines)
        part += (self.lines - part) * self.inside


def _set_in(labels: Labels, portrait: Portrait, look: Halftone, table: TintTable, sheet: _Sheet) -> _SetFace:
    """Set a face's tints into the full-size labels, and draw its lines."""
    height, width = labels.shape
    placing = portrait.placing(height, width)
    size = (placing.width, placing.height)
    inside = np.asarray(cv2.warpAffine(smoothstep(1.12, 0.95, portrait.oval()), placing.to_part, size), np.float32)
    if sheet.has_subject:
        # Of a face seen from the side, half of the oval is wall.
        inside *= smoothstep(0.3, 0.6, placing.part(resized(sheet.subject, height, width)))
    tints = _animal_labels(portrait, table) if portrait.is_animal else _face_labels(portrait, sheet)
    rounding = 0.013 * portrait.density
    tints = smooth_labels(tints, rounding, (placing.height, placing.width), placing.to_part, heavy=Ink.BLACK)
    np.copyto(placing.part(labels), tints, where=inside > 0.5)
    lines = cv2.warpAffine(_face_lines(portrait, look, max(height, width)), placing.to_part, size)
    return _SetFace(placing, inside, np.asarray(lines, np.float32))


def _face_lines(portrait: Portrait, look: Halftone, side: int) -> Floats:
    if look.line_weight == 0:
        return np.zeros(portrait.level.shape, np.float32)
    size = side / 1024
    # As wide as in the rest of the print, but thinner in small faces.
    weight = float(np.clip(0.017 * portrait.frame.unit, 1.0 * size, 2.1 * size)) * look.line_weight
    weight = max(weight * portrait.density / portrait.frame.unit, 0.6)
    field = tangent_field(portrait.smooth, before=1.2, smooth=4.0, fill=(8,))
    gain = 1.2 * float(np.clip(14 / portrait.skin.spread, 0.9, 2.2)) * look.line_detail
    return ink_lines(portrait.smooth, field, weight, gain)


class _Press:
    """Prints label pictures with the look's inks."""

    def __init__(self, inks: Picture, look: Halftone, size: tuple[int, ...], pitch: float, rng: np.random.Generator) -> None:
        self._inks = inks
        self._pitch = pitch
        self._screen = look.screen
        tints = tuple(TINTS.values())
        self._base = inks[[tint.base for tint in tints]]
        self._dots = inks[[tint.dots for tint in tints]]
        self._coverage = np.array([min(tint.coverage * look.coverage, 0.9) for tint in tints], np.float32)
        self._fades = np.array([tint.fades for tint in tints], np.float32)
        phase = (float(rng.random()), float(rng.random()))
        self._angle = math.radians(look.angle_deg)
        self._phase = phase
        self._size = (size[0], size[1])

    def flat(self, labels: Labels) -> Picture:
        """The print before any dots."""
        return np.take(self._base, labels, axis=0)

    def dots(self, labels: Labels) -> Picture:
        """The flat inks and the dots."""
        base = cv2.GaussianBlur(self.flat(labels), (0, 0), 0.6).astype(np.float32)
        dots = np.take(self._dots, labels, axis=0).astype(np.float32)
        base += (dots - base) * self._covered(labels)[..., None]
        return (base + np.float32(0.5)).astype(np.uint8)

    def lines(self, printed: Picture, lines: Floats) -> Picture:
        """The print with its lines, which are sharpened as on a plate."""
        size = max(self._size) / 1024
        ink = smoothstep(0.3, 0.7, blur(lines, 0.9 * size)) * np.float32(255) + np.float32(0.5)
        return inked(printed, ink.astype(np.uint8), self._inks[BLACK].astype(np.float32))

    def _covered(self, labels: Labels) -> Floats:
        """How far the dots cover each pixel, 0 to 1."""
        height, width = self._size
        if self._screen == "flat":
            return np.take(self._coverage, labels)
        fall = np.linspace(1, 0, height, dtype=np.float32)[:, None] ** np.float32(0.8)
        coverage = np.take(self._coverage, labels)
        fading = np.take(self._fades, labels)
        if fading.any():
            coverage = coverage * (1 - fading * (1 - fall))
        if self._screen == "lines":
            distance = line_screen(height, width, self._pitch, self._angle, self._phase)
            radius = coverage * np.float32(0.5)
        else:
            distance = dot_screen(height, width, self._pitch, self._angle, self._phase)
            radius = np.sqrt(coverage * np.float32(1 / math.pi))
        # One pixel of soft edge; no dot at all where nothing is covered.
        edge = (radius - distance) * np.float32(self._pitch) + np.float32(0.5)
        return np.where(coverage > 0, np.clip(edge, 0, 1), np.float32(0))
