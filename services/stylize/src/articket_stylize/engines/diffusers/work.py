"""What passes between the engine and its painter. Pure, so that the engine can speak of it without importing torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket_artists import LoadedArtist
from articket_stylize.engines.diffusers.sampling import Plan

if TYPE_CHECKING:
    from articket_stylize.engines.painterly.colour import Picture

__all__ = ["Step", "StoppedError", "Watching", "Work"]


class StoppedError(Exception):
    """Nobody wants the picture any more."""


@dataclass(frozen=True, eq=False)
class Work:
    """One picture that is wanted."""

    artist: LoadedArtist | None
    words: str
    """The caption of the photo, or what somebody has typed."""
    seed: int
    plan: Plan
    photo: Picture | None
    """BGR, with sides in multiples of 8; None to draw."""
    size: tuple[int, int]
    """Width and height to work in."""
    has_previews: bool = False


@dataclass(frozen=True, eq=False)
class Step:
    """A step that has ended."""

    index: int
    """1 to `count`."""
    count: int
    look: Picture | None = None
    """What there is so far, an eighth as large; None when nobody asked, or too little has changed since the last one."""


@dataclass(frozen=True)
class Watching:
    """What the painter tells while it paints, and asks. Both are called in its thread."""

    tell: Callable[[Step], None]
    is_stopped: Callable[[], bool]
