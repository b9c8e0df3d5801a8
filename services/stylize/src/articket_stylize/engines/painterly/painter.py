"""Paints a photo in an artist's look: chooses the recipe and passes on what it needs.

The engine's worker calls `paint`, once for each painting; `subject.py` has looked at the photo before.
"""

from __future__ import annotations

from articket_artists.looks import Dabs, Facets, Halftone, Look, Strokes
from articket_stylize.engines.painterly.colour import Picture
from articket_stylize.engines.painterly.recipes.dabs import paint_dabs
from articket_stylize.engines.painterly.recipes.facets import paint_facets
from articket_stylize.engines.painterly.recipes.halftone import paint_halftone
from articket_stylize.engines.painterly.recipes.strokes import paint_strokes
from articket_stylize.engines.painterly.steps import Report, StepDone
from articket_stylize.engines.painterly.subject import Subject

__all__ = ["Report", "StepDone", "paint"]


def paint(photo: Picture, look: Look, *, subject: Subject, seed: int, report: Report) -> Picture:
    """Paint a photo (BGR); the painting is as large.

    The same photo, look, subject and seed give the same bytes. `report` is called after each step and may raise to stop the
    work; what it raises comes out here.
    """
    match look:
        case Strokes():
            return paint_strokes(photo, look, subject=subject, seed=seed, report=report)
        case Dabs():
            return paint_dabs(photo, look, subject=subject, seed=seed, report=report)
        case Facets():
            return paint_facets(photo, look, subject=subject, seed=seed, report=report)
        case Halftone():
            return paint_halftone(photo, look, subject=subject, seed=seed, report=report)
