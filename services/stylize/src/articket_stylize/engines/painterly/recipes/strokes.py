"""Paints in long strokes of thick paint that follow the forms, and currents where there are none: Van Gogh's way.

Broad strokes first, finer ones where there is detail, the faces in strokes of their own size, then dark contours, then light
from the side on the thick paint. Parameters: `articket_artists.looks.strokes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from articket_artists.looks.strokes import StrokeLayer, Strokes, Swirl
from articket_stylize.engines.painterly.colour import (
    Floats,
    Picture,
    floats,
    mixed,
    palette_lab,
    smoothstep,
    to_bgr8,
)
from articket_stylize.engines.painterly.faces import Face
from articket_stylize.engines.painterly.fields import (
    blur,
    grid,
    level_lines,
    resized,
    tangent_field,
    upscale_angle,
    value_noise,
)
from articket_stylize.engines.painterly.grading import Sitting, from_palette, primed, sit, varied
from articket_stylize.engines.painterly.likeness import (
    MOST_FACES,
    FaceLayer,
    View,
    correct_light,
    flattened,
    look_closely,
    seed_face,
)
from articket_stylize.engines.painterly.relief import bristle, light
from articket_stylize.engines.painterly.steps import Report, Steps
from articket_stylize.engines.painterly.strokes import (
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

__all__ = ["paint_strokes"]


def paint_strokes(photo: Picture, look: Strokes, *, subject: Subject, seed: int, report: Report) -> Picture:
    """Paint a photo in strokes; see `painter.paint`."""
    rng = np.random.default_rng(seed)
    has_faces = bool(subject.faces and look.features)
    steps = Steps(
        (
            "ground",
            *(f"strokes {i} of {len(look.layers)}" for i in range(1, len(look.layers) + 1)),
            *(("contours",) if look.contour.strength else ()),
            *(("faces",) if has_faces else ()),
            "light",
        ),
        report,
    )
    easel = _Easel.set_up(photo, look, subject, rng)
    steps.done(easel.picture())
    for layer in look.layers:
        easel.lay(layer)
        steps.done(easel.picture())
    if look.contour.strength:
        easel.draw_contours()
        steps.done(easel.picture())
    if has_faces:
        for face in subject.faces[:MOST_FACES]:
            easel.lay_face(face)
        steps.done(easel.picture())
    painting = easel.lit()
    steps.done(painting)
    return painting


SPIRAL = np.float32(0.22)
"""Radians by which the currents leave the level lines: so eddies draw in and are not targets."""
HEIGHT = 128
"""Height of the ground in the canvas's fourth channel: paint lies above and, where a hair has scraped, below."""

LIGHT_CURRENT = np.array([1, -0.4, 0.9], np.float32)
"""How the light currents differ from the dark ones in L, a and b: they are yellower."""
STREAK_SPREAD = np.array([5, 4.5, 8], np.float32)
"""How far the streaks in a stroke differ from it in L, a and b."""

FACE_LAYERS = (
    FaceLayer(radius=0.028, length=6.0, coverage=2.0),
    FaceLayer(radius=0.015, length=5.0, coverage=2.4, matter=0.30),
    FaceLayer(radius=0.0078, length=3.4, coverage=4.0, matter=0.58),
)
SMALLEST_RADIUS = 0.55
"""Finer than a pixel no stroke can be."""


@dataclass(frozen=True)
class _Easel:
    """A canvas with everything that a layer of strokes needs to know."""

    canvas: Picture
    """Blue, green, red, and the height of the paint."""
    look: Strokes
    sitting: Sitting
    angle: Floats
    detail: Floats
    bands: Floats
    """-1 to 1: which of the neighbouring currents is the lighter."""
    rng: np.random.Generator
    subject: Subject

    @classmethod
    def set_up(cls, photo: Picture, look: Strokes, subject: Subject, rng: np.random.Generator) -> _Easel:
        sitting = sit(photo, subject, look.colouring, rng)
        guide, potential = _currents(sitting, look.swirl, rng)
        calm = look.swirl.strength * (look.swirl.subject * sitting.mask + sitting.background) + 0.02
        field = tangent_field(sitting.lab, guide=guide, guide_weight=calm.astype(np.float32))
        bands = np.sin(potential * np.float32(5)) * sitting.background
        canvas = np.empty((*photo.shape[:2], 4), np.uint8)
        canvas[..., :3] = primed(sitting, look.ground, look.ground_shows, (photo.shape[0], photo.shape[1]))
        canvas[..., 3] = HEIGHT
        return cls(canvas, look, sitting, field.angle, field.detail(), bands, rng, subject)

    @property
    def size(self) -> tuple[int, int]:
        return self.canvas.shape[0], self.canvas.shape[1]

    @property
    def scale(self) -> float:
        return brush_scale(self.size)

    def picture(self) -> Picture:
        """The canvas without its height."""
        return np.asarray(cv2.cvtColor(self.canvas, cv2.COLOR_BGRA2BGR), np.uint8)

    def lay(self, layer: StrokeLayer) -> None:
        """Paint one layer over the whole picture."""
        radius = max(layer.radius * self.scale, 0.7)
        seeds = scatter(*self.size, spacing(radius, layer.length, layer.coverage), self.rng)
        faces = sample(self.sitting.faces, seeds, self.size)
        low, high = layer.detail
        if high > low:
            mask = sample(self.sitting.mask, seeds, self.size)
            detail = sample(self.detail, seeds, self.size) * (0.5 + 0.5 * mask) + 0.25 * faces
            wanted = smoothstep(low, high, floats(detail))
            kept = self.rng.random(len(seeds), np.float32) < wanted
            seeds, faces = seeds[kept], faces[kept]
        n = len(seeds)
        factor = 1 + (self.look.face_radius - 1) * faces
        own = floats(radius * self.rng.uniform(0.75, 1.2, n) * factor)
        length = floats(own * 2 * layer.length * self.rng.uniform(0.7, 1.15, n))
        self._brush(seeds, own, length, radius, layer.bristles, self._whole())

    def lay_face(self, face: Face) -> None:
        """Work out one face, in strokes that are as fine as the face is large."""
        view = look_closely(self.sitting, face, self.angle)
        for layer in FACE_LAYERS:
            radius = max(layer.radius / max(self.look.features, 0.2) * face.width, SMALLEST_RADIUS)
            seeds = seed_face(view, layer, radius, self.sitting, self.rng)
            own = floats(radius * self.rng.uniform(0.75, 1.2, len(seeds)))
            length = floats(own * 2 * layer.length * self.rng.uniform(0.6, 1.1, len(seeds)))
            self._brush(seeds, own, length, radius, 2 if radius > 2.5 else 0, view)
        correct_light(self.canvas, view, self.sitting, anywhere=0.4, where_it_matters=1.0)

    def draw_contours(self) -> None:
        """Draw dark dashes along the dark side of strong edges."""
        contour = self.look.contour
        radius = max(contour.radius * self.scale, 0.5)
        seeds = scatter(*self.size, 3.2 * radius, self.rng)
        sharpness = 1.6 * self.sitting.scale
        lightness = np.ascontiguousarray(self.sitting.lab[..., 0])
        ridge = blur(lightness, max(sharpness, 0.6)) - blur(lightness, 2 * max(sharpness, 0.6))
        edge = smoothstep(-0.7, -3.0, ridge) * smoothstep(0.25, 0.6, self.detail)
        edge *= 1 - np.float32(1 - contour.face) * self.sitting.faces
        kept = self.rng.random(len(seeds), np.float32) < contour.strength * sample(edge, seeds, self.size)
        seeds = seeds[kept]
        own = floats(radius * self.rng.uniform(0.6, 1.2, len(seeds)))
        length = floats(contour.length * self.scale * self.rng.uniform(0.6, 1.3, len(seeds)))
        paths = trace(seeds, self.angle, self.size, radius=own, length=length)
        line = palette_lab((contour.colour,)) + self.rng.normal(0, 2, (len(seeds), 3)).astype(np.float32)
        colours = mixed(line, sample(self.sitting.lab, seeds, self.size), 0.35)
        heights = np.full((len(seeds), 1), HEIGHT + 20)
        fill(self.canvas, outlines(paths, tip=0.2), np.hstack([to_bgr8(colours), heights]).tolist())

    def lit(self) -> Picture:
        """The finished painting: the paint's relief in the light."""
        impasto = self.look.impasto
        picture = self.picture()
        if not impasto.depth:
            return picture
        height = (self.canvas[..., 3].astype(np.float32) - np.float32(HEIGHT)) * np.float32(1 / 64)
        if impasto.bristle:
            hairs = bristle(self.angle, *self.size, self.rng)
            height += np.float32(0.22 * impasto.bristle) * hairs
        if (thin := flattened(self.subject, self.sitting, impasto.face)) is not None:
            height *= resized(thin, *self.size)
        return light(
            picture, height, depth=impasto.depth, shine=impasto.shine, direction=impasto.light, scale=max(self.size) / 1024
        )

    def _whole(self) -> View:
        return View(self.sitting.lab, self.angle, np.zeros(2, np.float32), self.size)

    def _brush(self, seeds: Floats, radius: Floats, length: Floats, fineness: float, bristles: int, view: View) -> None:
        """Lay strokes from these seeds, each with its streaks; `fineness` is their mean radius."""
        if not len(seeds):
            return
        model = blur(view.lab, 0.45 * fineness * view.lab.shape[1] / view.size[1])
        seen = seeds - view.origin
        paths = trace(
            seen,
            view.angle,
            view.size,
            radius=radius,
            length=length,
            inertia=self.look.inertia,
            model=model,
            tolerance=12 + 3.2 * fineness / self.scale,
        )
        paths = paths.moved(view.origin)
        colours = self._mixed_paint(seeds, sample(model, seen, view.size))
        heights = HEIGHT + self.rng.integers(-20, 45, len(seeds))
        bodies = np.hstack([to_bgr8(colours), heights[:, None].astype(np.uint8)])
        if not bristles:
            fill(self.canvas, outlines(paths), bodies.tolist())
            return
        self._fill_with_streaks(paths, colours, bodies, bristles)

    def _fill_with_streaks(self, paths: Paths, colours: Floats, bodies: Picture, bristles: int) -> None:
        n = len(paths)
        spread = np.float32(self.look.streaks) * STREAK_SPREAD
        others = colours[:, None] + self.rng.standard_normal((n, bristles, 3), np.float32) * spread
        heights = bodies[:, None, 3:].astype(int) + self.rng.integers(-40, 55, (n, bristles, 1))
        hairs = np.concatenate([to_bgr8(floats(others)), np.clip(heights, 0, 255)], axis=2)
        shapes = streaks(paths, bristles, self.rng)
        for body, body_colour, shape, shade in zip(outlines(paths), bodies.tolist(), shapes, hairs.tolist(), strict=True):
            fill(self.canvas, (body, *shape), (body_colour, *shade))

    def _mixed_paint(self, seeds: Floats, colours: Floats) -> Floats:
        """What is on the brush for strokes from these seeds: currents, chance, and the palette."""
        faces = sample(self.sitting.faces, seeds, self.size)
        band = sample(self.bands, seeds, self.size)[:, None]
        current = band * np.float32(self.look.swirl.bands) * LIGHT_CURRENT
        paint = varied(floats(colours + current), self.look.variation, faces, self.rng)
        return from_palette(paint, self.look.colouring)


def _currents(sitting: Sitting, swirl: Swirl, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The direction of the currents, and the potential whose level lines they are."""
    height, width = sitting.mask.shape
    small_height, small_width = -(-height // 2), -(-width // 2)
    scale = sitting.scale / 2
    potential = value_noise(small_height, small_width, swirl.wave * scale, rng)
    x, y = grid(small_height, small_width)
    for _ in range(swirl.eddies):
        cx, cy = rng.random() * small_width, rng.random() * 0.75 * small_height
        radius = swirl.eddy * scale * (0.6 + 0.7 * rng.random())
        turn = rng.choice((-2.6, 2.6))
        across, down = (x - cx) / radius, (y - cy) / radius
        potential += np.float32(turn) * np.exp(floats(-0.5 * across * across)) * np.exp(floats(-0.5 * down * down))
    if swirl.halo:
        mask = resized(sitting.mask, small_height, small_width)
        potential += np.float32(2.5 * swirl.halo) * blur(mask, 0.06 * max(small_height, small_width))
    return upscale_angle(level_lines(potential) + SPIRAL, height, width), resized(potential, height, width)
