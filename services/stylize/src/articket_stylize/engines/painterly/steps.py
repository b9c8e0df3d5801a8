"""How a recipe tells the world how far it is: after each layer of paint, with the canvas as it stands.

Recipes make one `Steps` with the names of what they are about to do and call `done` after each; `painter.py` hands in the
report, which may stop the work by raising.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from articket_stylize.engines.painterly.colour import Picture

__all__ = ["Report", "StepDone", "Steps"]


@dataclass(frozen=True)
class StepDone:
    """A step that has just ended."""

    index: int
    """1 to `count`."""
    count: int
    label: str
    """What was done, in a few English words."""
    canvas: Picture
    """The canvas as it stands, as large as the photo; the painter may go on painting on it, so copy what is to be kept."""


Report = Callable[[StepDone], None]


class Steps:
    """The steps of one painting, in the order in which they end."""

    def __init__(self, labels: Sequence[str], report: Report) -> None:
        self._labels = tuple(labels)
        self._report = report
        self._done = 0

    def done(self, canvas: Picture) -> None:
        """Report the next step as ended; what the report raises comes out."""
        label = self._labels[self._done]
        self._done += 1
        self._report(StepDone(self._done, len(self._labels), label, canvas))
