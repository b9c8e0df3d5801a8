"""The painter that a worker process serves: the package `painterly`, dressed as `painterly_worker.Painter`.

Importing it imports everything that painting needs, so that a worker that says it is ready is.
"""

from __future__ import annotations

from typing import cast

from pydantic import TypeAdapter

from articket_artists.looks import Look
from articket_stylize.engines import painterly
from articket_stylize.engines.painterly_worker import Canvas, Reporter

__all__ = ["PainterlyPainter"]

_LOOK: TypeAdapter[Look] = TypeAdapter(Look)


class PainterlyPainter:
    """Paints with the recipes."""

    def analyse(self, photo: Canvas) -> object:
        """See `Painter.analyse`."""
        return painterly.analyse(photo)

    def focus(self, subject: object) -> tuple[float, float]:
        """See `Painter.focus`."""
        return cast("painterly.Subject", subject).focus

    def paint(self, photo: Canvas, look: str, subject: object, seed: int, report: Reporter) -> Canvas:
        """See `Painter.paint`."""
        return painterly.paint(
            photo,
            _LOOK.validate_json(look),
            subject=cast("painterly.Subject", subject),
            seed=seed,
            report=lambda step: report(step.index, step.count, step.label, step.canvas),
        )
