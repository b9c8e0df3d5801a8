"""The `facets` recipe: the photo cut into planes that slide against each other, faces from two sides, oil and ink.

The picture is cut along its strongest edges (`planes.py`), each facet is turned and moved a little, and the photo's tones in it
are painted with the pigments of the look. Faces are taken apart (`two_views.py`). Every plane is brushed in a direction of its
own (`oil.py`); contours and the drawing of the faces come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_artists.looks import Facets
from articket_stylize.engines.painterly.colour import Floats, Picture, palette_lab, smoothstep, to_bgr8, to_lab
from articket_stylize.engines.painterly.cutout import cut_out
from articket_stylize.engines.painterly.fields import blur, line_integral, resized, tangent_field, value_noise
from articket_stylize.engines.painterly.ink import Plate, ink_lines, inked, outlines, without_specks
from articket_stylize.engines.painterly.oil import TILE_RADIUS, TILE_SIDE, oil_tile
from articket_stylize.engines.painterly.pigments import Palette, in_light, main_tones, nearest_tone
from articket_stylize.engines.painterly.planes import Labels, cut_facets, smooth_labels, straight_labels
from articket_stylize.engines.painterly.portrait import (
    HairKind,
    Mask,
    Placing,
    Portrait,
    colours_around,
    find_hair,
    frame_of,
    read_face,
)
from articket_stylize.engines.painterly.relief import light
from articket_stylize.engines.painterly.shadows import open_shadows
from articket_stylize.engines.painterly.steps import Report, Steps
from articket_stylize.engines.painterly.subject import Subject
from articket_stylize.engines.painterly.two_views import NO_FACE, PARTS, TwoViews, take_apart

__all__ = ["paint_facets"]

STEPS = ("the facets", "the planes", "the oil", "the contours")
LAST_STEP_WITH_FACES = "the faces"
SILHOUETTE_REACH = 9.0
"""Pixels of the sketch by which the found silhouette may be wrong."""
MOST_FACES = 6
SMALLEST_FACE = 9.0
"""Pixels between the eyes: a smaller face cannot be drawn."""


def paint_facets(photo: Picture, look: Facets, *, subject: Subject, seed: int, report: Report) -> Picture:
    """Paint a photo; see `painter.paint`."""
    rng = np.random.default_rng(seed)
    sketch = _Sketch.of(photo, subject)
    faces = _faces(photo, sketch, subject, look, rng)
    sketch = replace(sketch, has_people=any(not face.portrait.is_animal for face in faces))
    steps = Steps((*STEPS, LAST_STEP_WITH_FACES) if faces else STEPS, report)
    cut = _cut(sketch, look, rng)
    contours = outlines(cut.labels, 4.2 * sketch.size_scale * look.contour) if look.contour else np.zeros_like(cut.labels)
    steps.done(_inked(_ground(look, cut.labels.shape), contours, look))
    plan = _plan(sketch, cut, look, rng)
    hair = np.zeros(sketch.subject.shape, bool)
    for face in faces:
        plan.dye(*(_head(face, sketch, cut) if face.portrait.is_animal else _hair(face, sketch, cut, look, hair)))
    for face in faces:
        plan.set_in(face, rng)
    steps.done(np.take(to_bgr8(plan.colours()), plan.ids, axis=0))
    canvas = _oil(plan, sketch, look, rng)
    steps.done(canvas)
    plate = _contours(plan, sketch, cut, faces, hair, look, rng)
    painting = _inked(canvas, plate, look)
    steps.done(painting)
    if faces:
        for face in faces:
            face.views.draw(canvas, plate, look.contour)
        painting = _inked(canvas, plate, look)
        steps.done(painting)
    return painting


@dataclass(frozen=True)
class _Sketch:
    """The photo at the size in which it is cut and its tones are told apart."""

    photo_lab: Floats
    lab: Floats
    """With its light spread."""
    subject: Floats
    has_subject: bool
    has_people: bool
    """Whether people's faces are drawn: what is drawn holds a picture together whose planes slide."""
    scale: float
    """Pixels of the sketch for 2 pixels of a picture of 1024: sizes are multiples of it."""
    size_scale: float
    """The photo's long side in 1024 px."""
    step: float
    """Pixels of the photo for one of the sketch."""
    size: tuple[int, int]
    """Of the photo: height, width."""

    @classmethod
    def of(cls, photo: Picture, subject: Subject) -> _Sketch:
        height, width = photo.shape[:2]
        step = 2 if max(height, width) >= 360 else 1
        rows, columns = max(1, round(height / step)), max(1, round(width / step))
        small = cv2.resize(photo, (columns, rows), interpolation=cv2.INTER_AREA)
        scale = max(height, width) / 512 / step
        for _ in range(2 if subject.faces else 3):
            small = cv2.bilateralFilter(small, 7 if scale > 0.6 else 3, 30, 4 * min(scale, 1.0) + 0.1)
        photo_lab = to_lab(np.asarray(small, np.uint8))
        lab = open_shadows(photo_lab, darkest=6, lightest=97)
        mask = subject.mask_for(rows, columns)
        if subject.has_subject:
            mask = cut_out(mask, photo_lab, SILHOUETTE_REACH * scale)
        size_scale = max(height, width) / 1024
        return cls(photo_lab, lab, mask, subject.has_subject, False, scale, size_scale, step, (height, width))


@dataclass(frozen=True)
class _Face:
    portrait: Portrait
    placing: Placing
    views: TwoViews
    fur: tuple[Floats, Floats] | None
    """An animal's: Lab (3, 3) of the pigments of its two sides."""


def _faces(photo: Picture, sketch: _Sketch, subject: Subject, look: Facets, rng: np.random.Generator) -> list[_Face]:
    """The faces that are drawn from two sides."""
    if look.views is None:
        return []
    whole = resized(sketch.subject, *sketch.size)
    faces: list[_Face] = []
    for found in subject.faces[:MOST_FACES]:
        frame = frame_of(found)
        if frame.unit < SMALLEST_FACE:
            continue
        around = colours_around(sketch.photo_lab, sketch.subject, frame, sketch.step)
        portrait = read_face(photo, frame, around)
        rows, columns = portrait.level.shape
        is_subject = None
        if subject.has_subject:
            is_subject = cv2.warpAffine(whole, portrait.to_patch, (columns, rows), borderMode=cv2.BORDER_REPLICATE) > 0.3
        views = take_apart(portrait, is_subject, look.views, rng)
        fur = _fur(portrait, look) if portrait.is_animal else None
        faces.append(_Face(portrait, portrait.placing(*sketch.size), views, fur))
    return faces


VIVID_FUR = np.array([1, 2, 2], np.float32)
"""Brown fur is the pigment of its hue: ochre, not black."""
FUR_WEIGHTS = np.array([0.3, 1, 1], np.float32)


def _fur(portrait: Portrait, look: Facets) -> tuple[Floats, Floats]:
    """The pigment of an animal's face, by its lights, and one next to it."""
    palette = Palette(look.palette)
    colours = portrait.smooth[portrait.oval(1.2, 1.3) < 1]
    lights = np.median(colours[colours[:, 0] >= np.percentile(colours[:, 0], 60)], axis=0)
    own = int(palette.nearest(lights[None] * VIVID_FUR, weights=FUR_WEIGHTS)[0])
    # Grey fur has grey and white sides.
    other = palette.similar(own) if palette.is_neutral[own] else int(palette.beside[own, 0])
    return palette.pigments[own], palette.pigments[other]


GRID_SIDE = 200
"""Long side of the grid on which the picture is cut."""


@dataclass(frozen=True)
class _Cut:
    """The facets, and the photo seen through them: each shows it turned, swollen and moved."""

    labels: Labels
    """As large as the photo."""
    small_labels: Labels
    """As large as the sketch."""
    lab: Floats
    subject: Floats
    """The sketch's planes, seen through the facets."""
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    side: NDArray[np.float64]
    """By facet: its middle and the root of its area, in pixels of the sketch."""
    subject_share: NDArray[np.float64]
    """By facet."""

    @property
    def count(self) -> int:
        return len(self.x)


def _cut(sketch: _Sketch, look: Facets, rng: np.random.Generator) -> _Cut:
    rows, columns = sketch.subject.shape
    grid = GRID_SIDE / max(rows, columns)
    grid_rows, grid_columns = max(8, round(rows * grid)), max(8, round(columns * grid))
    energy, across = _edges(resized(sketch.lab, grid_rows, grid_columns))
    # In the subject there is more to cut.
    there = np.float32(0.35) + np.float32(0.65) * resized(sketch.subject, grid_rows, grid_columns)
    energy = np.asarray(energy * there, np.float32)
    facets = cut_facets(energy, across, look.facets, rng, bend=look.bend)
    small = facets.labels(rows, columns)
    labels = small
    if small.shape != sketch.size:
        labels = cv2.resize(small, (sketch.size[1], sketch.size[0]), interpolation=cv2.INTER_NEAREST)
        # Between two labels the median is the majority.
        labels = np.asarray(cv2.medianBlur(labels, 5), np.uint8)
    return _shifted(sketch, look, small, labels, resized(blur(energy, 3), rows, columns), facets.count, rng)


def _edges(lab: Floats) -> tuple[Floats, Floats]:
    """How strong an edge is, 0 to 1, and the angle across it."""
    field = tangent_field(blur(lab, 1.5), before=0, smooth=2.0, fill=())
    strength = blur(field.energy, 2.0)
    top = max(float(np.percentile(strength, 95)), 0.05)
    return np.clip(strength * np.float32(1 / top), 0, 1), field.angle + np.float32(np.pi / 2)


def _shifted(
    sketch: _Sketch, look: Facets, small: Labels, labels: Labels, detail: Floats, count: int, rng: np.random.Generator
) -> _Cut:
    rows, columns = small.shape
    flat = small.ravel()
    pixels = np.maximum(np.bincount(flat, minlength=count), 1)
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))

    def mean(plane: Floats) -> NDArray[np.float64]:
        return np.bincount(flat, plane.ravel(), minlength=count) / pixels

    middle_x, middle_y, share, busy = mean(x), mean(y), mean(sketch.subject), np.clip(mean(detail) / 0.4, 0, 1)
    # Where there is much to see it must stay together, most of all where no drawn face holds it.
    calm = (1 - 0.45 * busy * share if sketch.has_people else 0.6 * (1 - 0.8 * share) * (1 - 0.5 * busy)) * look.shift
    turn = rng.normal(0, 0.11, count) * calm
    swell = 1 / (1 + rng.uniform(-0.03, 0.20, count) * calm)
    slide_x, slide_y = rng.normal(0, 0.016 * max(rows, columns), (2, count)) * calm
    c, s = np.cos(turn) * swell, np.sin(turn) * swell
    offset_x = middle_x - c * middle_x + s * middle_y + slide_x
    offset_y = middle_y - s * middle_x - c * middle_y + slide_y
    cos, sin, ox, oy = (np.take(table.astype(np.float32), small) for table in (c, s, offset_x, offset_y))
    from_x, from_y = cos * x - sin * y + ox, sin * x + cos * y + oy
    lab, subject = (
        np.asarray(cv2.remap(plane, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.float32)
        for plane in (sketch.lab, sketch.subject)
    )
    return _Cut(labels, small, lab, subject, middle_x, middle_y, np.sqrt(pixels), share)


class _Plan:
    """Which colour goes where, and how it is brushed; as large as the photo."""

    def __init__(
        self,
        cut: _Cut,
        regions: NDArray[np.int32],
        planes: Labels,
        tones: Floats,
        colours: Floats,
        step: float,
        rng: np.random.Generator,
    ) -> None:
        self.ids = regions * np.int32(len(tones)) + planes
        self.brushed = cut.labels.copy()
        """The direction's number for each pixel."""
        self.facets = cut.count
        """How many of the directions are facets'; those of faces follow."""
        self._planes = planes
        self._tones = tones
        self._colours = [colours]
        self._next_id = len(colours)
        self.angles = list(rng.uniform(0, np.pi, cut.count))
        middles = zip(cut.x * step, cut.y * step, cut.side * step, strict=True)
        self.spots = [(float(x), float(y), float(side)) for x, y, side in middles]
        """Middle and size of what is brushed in each direction."""

    def colours(self) -> Floats:
        """Lab by id."""
        return np.concatenate(self._colours)

    def dye(self, places: Labels, pigments: Sequence[Floats], lightness: float) -> None:
        """Give places other pigments: `places` is 0 where all stays, else the number of a pigment (3, 3), from 1.

        They keep their modelling; what has the given lightness in the photo gets the pigment's middle.
        """
        count = len(self._tones)
        for i, pigment in enumerate(pigments):
            self._colours.append(
                in_light(np.repeat(pigment[None], count, axis=0), self._tones[:, 0] - lightness + pigment[1, 0])
            )
            np.copyto(self.ids, self._planes.astype(np.int32) + self._next_id, where=places == i + 1)
            self._next_id += count

    def set_in(self, face: _Face, rng: np.random.Generator) -> None:
        """Lay a face's halves over the facets."""
        views, placing = face.views, face.placing
        size = (placing.height, placing.width)
        parts = smooth_labels(views.labels, 0.028 * face.portrait.density, size, placing.to_part)
        is_face = parts != NO_FACE
        np.copyto(placing.part(self.ids), parts.astype(np.int32) + self._next_id, where=is_face)
        self._colours.append(views.colours)
        self._next_id += len(views.colours)
        first = len(self.angles)
        half = np.where(parts >= PARTS, np.uint8(first + 1), np.uint8(first))
        np.copyto(placing.part(self.brushed), half, where=is_face)
        frame = views.frame
        for _ in range(2):
            self.angles.append(float(rng.uniform(0, np.pi)))
            self.spots.append((frame.x, frame.y + 0.5 * frame.unit, 2.2 * frame.unit))


def _plan(sketch: _Sketch, cut: _Cut, look: Facets, rng: np.random.Generator) -> _Plan:
    tones = main_tones(sketch.lab, look.planes)
    nearest = nearest_tone(cut.lab, tones)
    rounding = (2.2 if sketch.has_people else 2.6) * sketch.scale
    nearest = smooth_labels(nearest, rounding, (nearest.shape[0], nearest.shape[1]))
    planes = straight_labels(nearest, 2.1 * sketch.scale, sketch.size)
    small_regions = _regions(cut.small_labels, cut.subject)
    colours = _painted(tones, nearest, small_regions, sketch, cut, look, rng)
    regions = _regions(cut.labels, resized(blur(cut.subject, sketch.scale), *sketch.size))
    return _Plan(cut, regions, planes, tones, colours, sketch.step, rng)


def _head(face: _Face, sketch: _Sketch, cut: _Cut) -> tuple[Labels, Sequence[Floats], float]:
    """An animal's head in its two pigments, parted along the ridge of the nose; as `_Plan.dye` wants it."""
    u, v = face.views.frame.coordinates(cut.subject.shape[0], cut.subject.shape[1], sketch.step)
    is_head = ((u - np.float32(face.views.frame.middle)) / 1.7) ** 2 + ((v - 0.3) / 2.0) ** 2 < 1
    if sketch.has_subject:
        is_head &= cut.subject > 0.5
    nose_u, nose_v = face.views.frame.nose
    sides = np.where(u > v * np.float32(nose_u / nose_v), np.uint8(2), np.uint8(1)) * is_head
    lights = sketch.lab[..., 0][is_head]
    places = smooth_labels(sides, 1.5 * sketch.scale, sketch.size)
    assert face.fur is not None
    return places, face.fur, float(np.percentile(lights, 60)) if len(lights) else 50.0


HAIR_COLOURS = {
    HairKind.DARK: ((25, 3, 4), (32, 8, -40)),
    HairKind.FAIR: ((80, 0, 62), (65, 22, 46)),
    HairKind.RED: ((50, 55, 45), (62, 24, 46)),
    HairKind.GREY: ((72, 0, 0), (62, -18, -22)),
}
"""Lab of what the two pigments of hair should be like; the palette has something near."""
HAIR_WEIGHTS = np.array([0.8, 1, 1], np.float32)


def _hair(face: _Face, sketch: _Sketch, cut: _Cut, look: Facets, is_hair: Mask) -> tuple[Labels, Sequence[Floats], float]:
    """The hair in two pigments that change from facet to facet, as `_Plan.dye` wants it; it is added to `is_hair`."""
    hair = face.portrait.hair
    if hair is None:
        return np.zeros_like(cut.labels), (), 0.0
    found = find_hair(face.portrait, sketch.photo_lab, sketch.subject, sketch.step)
    is_hair |= found
    palette = Palette(look.palette)
    wanted = np.array(HAIR_COLOURS[hair.kind], np.float32)
    chosen = palette.nearest(wanted, weights=HAIR_WEIGHTS)
    places = smooth_labels(found.view(np.uint8), 2.0 * sketch.scale, sketch.size)
    lightness = float(np.median(sketch.lab[..., 0][found])) if found.any() else 50.0
    return places * (1 + cut.labels % 2), [palette.pigments[i] for i in chosen], lightness


def _regions(facets: Labels, subject: Floats) -> NDArray[np.int32]:
    """Each facet's part outside of the subject, and its part inside: a contour parts the paint even within a facet."""
    return facets.astype(np.int32) * 2 + (subject > 0.5)


VIVID = np.array([1, 1.35, 1.35], np.float32)
"""The photo's colours are painted stronger than they are."""
ONE_WALL, ONE_CLOTH = 30.0, 12.0
"""How far apart in a and b tones of one background or one part of the subject are, that get one pigment."""


def _painted(
    tones: Floats,
    nearest: Labels,
    regions: NDArray[np.int32],
    sketch: _Sketch,
    cut: _Cut,
    look: Facets,
    rng: np.random.Generator,
) -> Floats:
    """Lab of each tone in each region: (regions × tones, 3), painted with the look's pigments."""
    palette = Palette(look.palette)
    own = palette.nearest(tones * VIVID)
    count = len(tones)
    seen = np.bincount((regions * count + nearest).ravel(), minlength=2 * cut.count * count)
    main = seen.reshape(-1, count).argmax(axis=1)
    painted = np.zeros((2 * cut.count, count, 3), np.float32)
    for region, tone_there in enumerate(main.tolist()):
        is_background = region % 2 == 0
        pigment = int(own[tone_there])
        wish = look.recolour if is_background else look.recolour_subject
        if not (is_background or sketch.has_people):
            wish *= 0.5
        if palette.is_neutral[pigment]:
            wish **= 0.5
        if rng.random() < wish:
            pigment = int(palette.beside[pigment, rng.integers(palette.beside.shape[1])])
        chosen = own.copy()
        # A wall is one colour in different lights; a subject keeps the colours that tell it.
        reach = ONE_WALL if is_background else ONE_CLOTH
        chosen[np.hypot(*(tones[:, 1:] - tones[tone_there, 1:]).T) < reach] = pigment
        painted[region] = in_light(palette.pigments[chosen], tones[:, 0])
    return painted.reshape(-1, 3)


def _ground(look: Facets, size: tuple[int, ...]) -> Picture:
    return np.broadcast_to(to_bgr8(palette_lab((look.ground,))), (*size, 3)).copy()


STRIPE = 26.0
"""Distance between stripes in pixels of the tile."""


def _oil(plan: _Plan, sketch: _Sketch, look: Facets, rng: np.random.Generator) -> Picture:
    """Brush every plane in its own direction, with paint that is a little different in each stroke, and light it."""
    height, width = sketch.size
    count = len(plan.angles)
    angles = np.array(plan.angles, np.float32)
    cos, sin = np.take(np.cos(angles), plan.brushed), np.take(np.sin(angles), plan.brushed)
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    zoom = np.float32(TILE_RADIUS / (look.stroke * max(sketch.size_scale, 0.25)))
    along, across = (cos * x + sin * y) * zoom, (cos * y - sin * x) * zoom
    rows, columns = max(2, height // 8), max(2, width // 8)
    start = np.take(rng.uniform(0, TILE_SIDE, count).astype(np.float32), plan.brushed)
    stripes = _stripes(plan, look, across, rng)
    across += resized(value_noise(rows, columns, 14, rng), height, width) * np.float32(5)
    along, across = _on_tile(along + start), _on_tile(np.asarray(across + start * np.float32(0.37), np.float32))
    tile = oil_tile()
    thickness = np.asarray(cv2.remap(tile.height, along, across, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)
    tint = np.asarray(cv2.remap(tile.tint, along, across, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)
    # The brush drags paint over the edges of planes.
    drag = (thickness - np.float32(0.5)) * np.float32(0.9 * look.stroke * sketch.size_scale)
    ids = cv2.remap(
        plan.ids.astype(np.float32), x + cos * drag, y + sin * drag, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    lab = np.take(plan.colours(), ids.astype(np.int32), axis=0)
    lab[..., 0] += _slope(plan, x, y, rng) * np.float32(9) + tint * np.float32(3.2) + stripes
    lab[..., 2] += tint * np.float32(3.5)
    return light(to_bgr8(lab), thickness, depth=look.impasto, shine=0.1, direction=-135, scale=max(sketch.size_scale, 0.3))


def _on_tile(place: Floats) -> Floats:
    """Places on the tile for places on an endless row of tiles; % does the same, much slower."""
    return np.asarray(place - np.floor(place * np.float32(1 / TILE_SIDE)) * np.float32(TILE_SIDE), np.float32)


def _stripes(plan: _Plan, look: Facets, across: Floats, rng: np.random.Generator) -> Floats:
    """How much darker stripes make some facets, in L."""
    is_striped = rng.random(len(plan.angles)) < look.stripes
    is_striped[plan.facets :] = False
    if not is_striped.any():
        return np.zeros_like(across)
    depth = np.take((is_striped * np.float32(-13)).astype(np.float32), plan.brushed)
    wave = across * np.float32(1 / STRIPE)
    wave = np.abs(wave - np.floor(wave) - np.float32(0.5))
    return depth * smoothstep(0.24, 0.30, wave)


def _slope(plan: _Plan, x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """Each plane lighter towards one side: -1 to 1."""
    spots = np.array(plan.spots)
    toward = rng.uniform(0, 2 * np.pi, len(spots))
    a, b = np.cos(toward) / spots[:, 2], np.sin(toward) / spots[:, 2]
    tables = (a, b, -(spots[:, 0] * a + spots[:, 1] * b))
    at_x, at_y, offset = (np.take(table.astype(np.float32), plan.brushed) for table in tables)
    return np.asarray(np.clip(at_x * x + at_y * y + offset, -1, 1), np.float32)


def _contours(
    plan: _Plan,
    sketch: _Sketch,
    cut: _Cut,
    faces: Sequence[_Face],
    is_hair: Mask,
    look: Facets,
    rng: np.random.Generator,
) -> Plate:
    """The ink of facets, planes, silhouette, and of the photo's own lines."""
    height, width = sketch.size
    size = sketch.size_scale
    ink = np.zeros(sketch.size, np.float32)
    subject = resized(cut.subject, height, width)
    if look.contour:
        hand = resized(value_noise(max(2, height // 8), max(2, width // 8), 10, rng), height, width)
        pressure = np.clip(np.float32(0.62) + np.float32(0.3) * hand + np.float32(0.35) * subject, 0, 1)
        ink = outlines(plan.brushed, 4.2 * size * look.contour).astype(np.float32) * pressure
        steep = tangent_field(cut.lab, before=1.0 * sketch.scale, smooth=1.0, fill=()).energy
        is_real = resized(smoothstep(0.7, 3.0, blur(steep, 1.5 * sketch.scale)), height, width)
        inner = outlines(plan.ids, 2.4 * size * look.contour).astype(np.float32)
        ink = np.maximum(ink, inner * is_real * (np.float32(0.35) + np.float32(0.65) * subject))
        if sketch.has_subject:
            inside = (resized(blur(cut.subject, sketch.scale), height, width) > 0.5).view(np.uint8)
            ink = np.maximum(ink, outlines(inside, 6 * size * look.contour).astype(np.float32))
    if look.drawing:
        ink = np.maximum(ink, resized(_drawing(sketch, cut, look), height, width) * np.float32(255))
    if look.contour and is_hair.any():
        ink = np.maximum(ink, resized(_strands(sketch, is_hair, rng), height, width) * np.float32(255))
    for face in faces:
        _set_lines(ink, face)
    return np.clip(ink, 0, 255).astype(np.uint8)


def _drawing(sketch: _Sketch, cut: _Cut, look: Facets) -> Floats:
    """The photo's own lines, seen through the facets: 0 to 1."""
    field = tangent_field(cut.lab, smooth=3.5, fill=(8,))
    lines = ink_lines(cut.lab, field, 1.1 * max(sketch.scale, 0.4), 0.75 * look.drawing)
    lines = without_specks(lines, int(20 * sketch.scale**2))
    share = (0.25, 0.75) if sketch.has_people else (0.6, 0.4)
    return np.asarray(lines * (np.float32(share[0]) + np.float32(share[1]) * cut.subject), np.float32)


def _strands(sketch: _Sketch, is_hair: Mask, rng: np.random.Generator) -> Floats:
    """Combed lines along the hair: 0 to 1."""
    rows, columns = is_hair.shape
    noise = blur(rng.standard_normal((rows, columns), np.float32), 1.1 * max(sketch.scale, 0.5))
    field = tangent_field(sketch.lab, smooth=6.0, fill=(16,))
    combed = line_integral(noise, field.angle, 7)
    inside = blur(is_hair.astype(np.float32), 2 * sketch.scale)
    spread = float(combed[is_hair].std())
    return smoothstep(0.75, 1.25, combed * np.float32(1 / max(spread, 1e-6))) * smoothstep(0.35, 0.65, inside)


def _set_lines(ink: Floats, face: _Face) -> None:
    """Put a face's own lines in the place of the photo's."""
    placing, views = face.placing, face.views
    size = (placing.width, placing.height)
    is_face = (views.labels != NO_FACE).astype(np.float32)
    inside = np.asarray(cv2.warpAffine(cv2.erode(is_face, np.ones((5, 5))), placing.to_part, size), np.float32)
    lines = np.asarray(cv2.warpAffine(views.lines, placing.to_part, size), np.float32) * np.float32(255)
    part = placing.part(ink)
    part += (lines - part) * inside


def _inked(canvas: Picture, plate: Plate, look: Facets) -> Picture:
    """The canvas with the plate's ink on it, which bleeds a little."""
    soft = np.asarray(cv2.GaussianBlur(plate, (0, 0), 0.7), np.uint8)
    return inked(canvas, soft, to_bgr8(palette_lab((look.ink,)))[0].astype(np.float32))
