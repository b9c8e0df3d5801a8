"""Paints in short feathery dabs of broken colour, wet in wet, under spots of sunlight: Renoir's way.

Each layer is laid in two goes of half the dabs: each go is a thin coat that lets the one below through. A dab is a bundle of
ragged hairs. Last, the wet paint is smeared a little along the dabs, light places glow, and the canvas shows. Parameters:
`articket_artists.looks.dabs`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from articket_artists.looks.dabs import DabLayer, Dabs, Dapple
from articket_stylize.engines.painterly.colour import (
    Floats,
    Picture,
    floats,
    palette_lab,
    smoothstep,
    to_bgr8,
)
from articket_stylize.engines.painterly.faces import Face
from articket_stylize.engines.painterly.fields import (
    blur,
    grid,
    line_integral,
    resized,
    tangent_field,
    upscale_angle,
    value_noise,
)
from articket_stylize.engines.painterly.grading import Sitting, from_palette, primed, sit, varied
from articket_stylize.engines.painterly.likeness import (
    MOST_FACES,
    FaceLayer,
    FaceView,
    View,
    correct_light,
    flattened,
    look_closely,
    seed_face,
)
from articket_stylize.engines.painterly.relief import bristle, light
from articket_stylize.engines.painterly.steps import Report, Steps
from articket_stylize.engines.painterly.strokes import (
    Outlines,
    Paths,
    brush_scale,
    fill,
    outlines,
    sample,
    scatter,
    spacing,
    streaks,
    trace,
)
from articket_stylize.engines.painterly.subject import Subject

__all__ = ["paint_dabs"]


def paint_dabs(photo: Picture, look: Dabs, *, subject: Subject, seed: int, report: Report) -> Picture:
    """Paint a photo in dabs; see `painter.paint`."""
    rng = np.random.default_rng(seed)
    has_faces = bool(subject.faces and look.features)
    layers = [f"dabs {i} of {len(look.layers)}" for i in range(1, len(look.layers) + 1)]
    steps = Steps(("ground", *layers, *(("faces",) if has_faces else ()), "finish"), report)
    easel = _Easel.set_up(photo, look, subject, rng)
    steps.done(easel.canvas)
    for layer in look.layers:
        easel.lay(layer)
        steps.done(easel.canvas)
    if has_faces:
        for face in subject.faces[:MOST_FACES]:
            easel.lay_face(face)
        steps.done(easel.canvas)
    painting = easel.finished()
    steps.done(painting)
    return painting


GLOWING = np.uint8(115)
"""Value (0 to 255) from which on a place is light enough to glow."""
GOES = 2
"""Coats in which a layer is laid: with one, the dabs of a layer hide each other and do not mix."""

FACE_LAYERS = (
    FaceLayer(radius=0.042, length=3.0, coverage=2.2),
    FaceLayer(radius=0.024, length=3.4, coverage=2.2, matter=0.25),
    FaceLayer(radius=0.012, length=3.4, coverage=2.6, matter=0.50),
    FaceLayer(radius=0.007, length=2.8, coverage=2.6, matter=0.75),
)
FACE_OPACITY, FACE_HAIRS, FACE_RELIEF = 0.85, 4, 0.15
HAIR_SPREAD = np.array([5.0, 2.5, 3.5], np.float32)
"""How far the hairs of one dab differ in L, a and b."""
SMALLEST_RADIUS = 0.55
"""Finer than a pixel no dab can be."""


@dataclass(frozen=True)
class _Easel:
    """A canvas with everything that a layer of dabs needs to know."""

    canvas: Picture
    look: Dabs
    sitting: Sitting
    angle: Floats
    detail: Floats
    rng: np.random.Generator
    subject: Subject
    views: list[FaceView]
    """The faces that have been worked out."""

    @classmethod
    def set_up(cls, photo: Picture, look: Dabs, subject: Subject, rng: np.random.Generator) -> _Easel:
        sitting = _dappled(sit(photo, subject, look.colouring, rng), look.dapple, rng)
        height, width = sitting.mask.shape
        wander = value_noise(height, width, 130 * sitting.scale, rng)
        guide = np.radians(np.float32(look.direction) + np.float32(look.wander) * wander).astype(np.float32)
        calm = (0.2 + 1.1 * sitting.background).astype(np.float32)
        # The forms are the photo's own: patches and spots of sun would make the brush curl around them.
        field = tangent_field(sitting.plain * _dimness(sitting), smooth=3.5, fill=(8, 20), guide=guide, guide_weight=calm)
        canvas = primed(sitting, look.ground, look.ground_shows, (photo.shape[0], photo.shape[1]))
        return cls(canvas, look, sitting, field.angle, field.detail(), rng, subject, [])

    @property
    def size(self) -> tuple[int, int]:
        return self.canvas.shape[0], self.canvas.shape[1]

    @property
    def scale(self) -> float:
        return brush_scale(self.size)

    @property
    def _whole(self) -> View:
        return View(self.sitting.lab, self.angle, np.zeros(2, np.float32), self.size)

    def lay(self, layer: DabLayer) -> None:
        """Paint one layer over the whole picture."""
        radius = max(layer.radius * self.scale, 0.7)
        view = self._whole
        for _ in range(GOES):
            seeds = scatter(*self.size, spacing(radius, layer.length, layer.coverage / GOES), self.rng)
            faces = sample(self.sitting.faces, seeds, self.size)
            low, high = layer.detail
            if high > low:
                mask = sample(self.sitting.mask, seeds, self.size)
                detail = floats(sample(self.detail, seeds, self.size) * (0.65 + 0.35 * mask))
                kept = self.rng.random(len(seeds), np.float32) < smoothstep(low, high, detail)
                seeds, faces = seeds[kept], faces[kept]
            factor = 1 + (self.look.face_radius - 1) * faces
            own = floats(radius * self.rng.uniform(0.7, 1.25, len(seeds)) * factor)
            shapes, colours = self._dabs(seeds, own, layer.length, radius, layer.hairs, view, self._whole.origin)
            _coat(self.canvas, shapes, colours, layer.opacity)

    def lay_face(self, face: Face) -> None:
        """Work out one face, in dabs that are as fine as the face is large."""
        view = look_closely(self.sitting, face, self.angle)
        (left, top), (height, width) = view.origin.astype(int).tolist(), view.size
        part = self.canvas[top : top + height, left : left + width]
        for layer in FACE_LAYERS:
            radius = max(layer.radius / max(self.look.features, 0.2) * face.width, SMALLEST_RADIUS)
            for _ in range(GOES):
                half = replace(layer, coverage=layer.coverage / GOES)
                seeds = seed_face(view, half, radius, self.sitting, self.rng)
                own = floats(radius * self.rng.uniform(0.7, 1.2, len(seeds)))
                hairs = FACE_HAIRS if radius > 3.5 else 0 if radius < 2 else 2
                shapes, colours = self._dabs(seeds, own, layer.length, radius, hairs, view, view.origin)
                _coat(part, shapes, colours, FACE_OPACITY)
        self.views.append(view)

    def finished(self) -> Picture:
        """The painting: wet paint smeared, glowing lights, the relief of paint and canvas."""
        surface = self.look.surface
        height, width = self.size
        angle = upscale_angle(self.angle, height, width)
        picture = self.canvas.copy()
        if surface.smear:
            smeared = line_integral(picture, angle, levels=2)
            picture = np.asarray(cv2.addWeighted(picture, 1 - surface.smear, smeared, surface.smear, 0), np.uint8)
        if surface.bloom:
            picture = _glowing(picture, surface.bloom, 24 * self.scale)
        for view in self.views:  # not before: smearing displaces light and dark as strokes do
            correct_light(picture, view, self.sitting, anywhere=0.4, where_it_matters=1.0)
        paint = np.zeros(self.size, np.float32)
        if surface.relief:
            paint += np.float32(0.16 * surface.relief) * bristle(angle, height, width, self.rng, levels=3)
        if surface.weave:
            paint += np.float32(0.14 * surface.weave) * _weave(height, width, 3.2 * self.scale)
        if (thin := flattened(self.subject, self.sitting, FACE_RELIEF)) is not None:
            paint *= resized(thin, height, width)
        return light(picture, paint, depth=0.6, shine=0.03, direction=-130, scale=self.scale)

    def _dabs(
        self, seeds: Floats, radius: Floats, length: float, fineness: float, hairs: int, view: View, origin: Floats
    ) -> tuple[Outlines, list[list[int]]]:
        """Dabs from these seeds with their colours; `fineness` is their mean radius, `origin` where their canvas begins."""
        model = blur(view.lab, 0.40 * fineness * view.lab.shape[1] / view.size[1])
        seen = seeds - view.origin
        lengths = floats(radius * 2 * length * self.rng.uniform(0.6, 1.1, len(seeds)))
        paths = trace(
            seen,
            view.angle,
            view.size,
            radius=radius,
            length=lengths,
            inertia=0.2,
            model=model,
            tolerance=15 + 3.2 * fineness / self.scale,
        )
        faces = sample(self.sitting.faces, seeds, self.size)
        detail = sample(self.detail, seeds, self.size)
        turn = np.radians(self.look.scatter) * (1 - 0.6 * faces) * (1 - 0.7 * smoothstep(0.3, 0.8, detail))
        points = _turned(paths.points, seen, turn * self.rng.standard_normal(len(seeds), np.float32))
        paths = Paths(floats(points + (view.origin - origin)), radius)
        colours = self._mixed_paint(seeds, sample(model, seen, view.size), faces)
        if not hairs:
            return outlines(paths, tip=0.45, tail=0.1), to_bgr8(colours).tolist()
        shapes = streaks(paths, hairs, self.rng, width=1.5 / hairs, spread=0.8, late=0.3, reach=(0.55, 0.85))
        shades = colours[:, None] + self.rng.standard_normal((len(seeds), hairs, 3), np.float32) * HAIR_SPREAD
        return shapes.reshape(-1, *shapes.shape[2:]), to_bgr8(floats(shades)).reshape(-1, 3).tolist()

    def _mixed_paint(self, seeds: Floats, colours: Floats, faces: Floats) -> Floats:
        """What is on the brush for dabs from these seeds: chance, broken colour, and the palette."""
        paint, broken = varied(colours, self.look.variation, faces, self.rng), self.look.broken
        if broken.colours:
            hues = palette_lab(broken.colours)[:, 1:]
            mask = sample(self.sitting.mask, seeds, self.size)
            amount = broken.amount * (1 + (broken.background - 1) * (1 - mask)) * (1 + (broken.face - 1) * faces)
            amount = amount * self.rng.uniform(0.2, 1, len(seeds)).astype(np.float32)
            lean = hues[self.rng.integers(0, len(hues), len(seeds))]
            paint[:, 1:] += (lean - paint[:, 1:]) * np.clip(amount, 0, 1)[:, None]
        return from_palette(paint, self.look.colouring)


def _coat(canvas: Picture, shapes: Outlines, colours: list[list[int]], opacity: float) -> None:
    """Lay dabs as one coat, in place."""
    coat = canvas.copy()
    fill(coat, shapes, colours)
    cv2.addWeighted(canvas, 1 - opacity, coat, opacity, 0, dst=canvas)


def _turned(points: Floats, centres: Floats, angle: Floats) -> Floats:
    """Paths (n, points, 2), each turned about its centre."""
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = (points[..., i] - centres[:, None, i] for i in (0, 1))
    return np.stack([x * c - y * s, x * s + y * c], axis=2).astype(np.float32) + centres[:, None]


def _dimness(sitting: Sitting) -> np.float32:
    """The factor by which the artist has spread the photo's light: 1 for a bright photo, more for a dim one."""
    return np.float32(np.clip(sitting.lab[..., 0].std() / max(float(sitting.plain[..., 0].std()), 1.0), 1, 4))


def _dappled(sitting: Sitting, dapple: Dapple, rng: np.random.Generator) -> Sitting:
    """Let sunlight fall in spots on what is about to be painted."""
    if not dapple.light:
        return sitting
    height, width = sitting.mask.shape
    spots = np.tanh(np.float32(1.5) * value_noise(height, width, dapple.size * sitting.scale, rng, 2))
    where = (1 - np.float32(1 - dapple.face) * sitting.faces) * (1 - np.float32(0.4) * sitting.mask)
    spots *= where
    lab = sitting.lab.copy()
    lab[..., 0] += np.float32(dapple.light) * spots
    for colour, share in ((dapple.colour, np.maximum(spots, 0)), (dapple.shade, np.maximum(-spots, 0))):
        hue = palette_lab((colour,))[0, 1:]
        lab[..., 1:] += (hue - lab[..., 1:]) * (np.float32(dapple.light / 30) * share)[..., None]
    return replace(sitting, lab=lab)


def _glowing(picture: Picture, amount: float, sigma: float) -> Picture:
    """Let light places shine over their surroundings."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    lights = cv2.convertScaleAbs(np.maximum(small, GLOWING) - GLOWING, alpha=1.3 * amount)
    glow = cv2.resize(cv2.GaussianBlur(lights, (0, 0), max(sigma / 4, 0.5)), (width, height), interpolation=cv2.INTER_LINEAR)
    # Screen: what shines adds to what is dark and cannot burn out what is light.
    added = cv2.multiply(cv2.bitwise_not(picture), glow, scale=1 / 255)
    return np.asarray(cv2.add(picture, added), np.uint8)


def _weave(height: int, width: int, pitch: float) -> Floats:
    """Threads of a canvas over and under each other, -1 to 1."""
    x, y = grid(height, width)
    turn = np.float32(2 * np.pi / max(pitch, 2.2))
    return np.sin(x * turn) * np.sin(y * turn)
