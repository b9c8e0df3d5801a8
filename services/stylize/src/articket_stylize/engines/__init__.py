"""What a painting engine is: the protocol, and the values that go in and come out.

`stylizing.py` drives an engine through this protocol and knows nothing else of it; `__main__.py` chooses which one. Every
engine passes `tests/contract/test_stylize_engines.py`. No protobuf here (that is the servicer's), and no image library: the
workers of the painterly engine import this package too and must start quickly.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from articket_artists import LoadedArtist

__all__ = ["DrawJob", "DrawingEvent", "Drawn", "Engine", "EngineEvent", "Focus", "PaintJob", "Painted", "Progress", "Started"]


@dataclass(frozen=True)
class PaintJob:
    """One painting that is wanted."""

    photo: bytes
    """JPEG, PNG or WebP of 64 to 1280 px a side: its header has been checked, the rest has not."""
    artist: LoadedArtist
    caption: str
    """For the artist's prompt; empty when there is none."""
    seed: int
    """0 to 2**64 - 1; the same seed, photo and artist give the same bytes."""
    preview_px: int = 0
    """Long side of the previews in pixels; 0 asks for none."""
    long_side_px: int = 0
    """Long side in pixels at which to work at most, 256 to 1280; 0 leaves it to the engine. An engine that needs no such limit
    may work larger. The painting is as large as the photo all the same."""


@dataclass(frozen=True)
class DrawJob:
    """One picture that is wanted from words alone."""

    prompt: str
    """1 to 400 characters of plain text: whatever markup an engine knows must not work in it."""
    artist: LoadedArtist | None
    """Whose style is wanted; None for no style."""
    seed: int
    width: int
    """256 to 1280 pixels, as the height."""
    height: int
    preview_px: int = 0


@dataclass(frozen=True)
class Started:
    """The work has begun: from now on the engine does not answer BUSY any more."""


@dataclass(frozen=True)
class Progress:
    """A step that has just ended."""

    index: int
    """1 to `count`."""
    count: int
    label: str
    preview: bytes = b""
    """JPEG of the canvas as it stands, or empty."""


@dataclass(frozen=True)
class Focus:
    """The point to keep when the picture is cropped, as shares (0 to 1) of its width and height from the top left."""

    x: float
    y: float


@dataclass(frozen=True)
class Painted:
    """The finished painting."""

    picture: bytes
    """JPEG, sRGB, as large as the photo."""
    width: int
    height: int
    focus: Focus
    seconds: float
    """The engine's own work, waiting for a free slot or a starting process not included."""
    attempts: int = 1


@dataclass(frozen=True)
class Drawn:
    """The finished picture of words."""

    picture: bytes
    """JPEG, sRGB, of the size that was asked for."""
    width: int
    height: int
    seconds: float


EngineEvent = Started | Progress | Painted
DrawingEvent = Started | Progress | Drawn


class Engine(Protocol):
    """Paints. Calls `paint` for at most `slots` jobs at once; whoever drives the engine counts them."""

    @property
    def name(self) -> str:
        """The engine's name, as in the settings and on the wire."""
        ...

    @property
    def slots(self) -> int:
        """How many paintings it makes at once; at least 1."""
        ...

    async def start(self) -> None:
        """Make ready to paint; raise a MeshError with ENGINE_UNAVAILABLE when that cannot be."""
        ...

    def can_paint(self, artist: LoadedArtist) -> bool:
        """Whether it has what this artist needs, as far as it knows; the pod serves only these. Must return at once."""
        ...

    def is_loaded(self, artist: LoadedArtist) -> bool:
        """Whether a painting by this artist could begin without weights being loaded first. Must return at once."""
        ...

    @property
    def can_draw(self) -> bool:
        """Whether it makes pictures from words alone."""
        ...

    def draw(self, job: DrawJob) -> AsyncGenerator[DrawingEvent, None]:
        """Yield like `paint`, with Drawn at the end; called only where `can_draw`. Stops, and raises, like `paint`."""
        ...

    def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """Yield Started if it likes, Progress as the painting grows, then Painted, and end.

        Closing the generator or cancelling its task stops the work and returns when the slot is free again, within 0.2 s.
        Raises PermanentError BAD_PICTURE, TransientError ENGINE_FAILED, OUT_OF_MEMORY, ENGINE_UNAVAILABLE,
        STYLE_NOT_APPLIED or DEADLINE_EXCEEDED; and before the first event TransientError BUSY, where others use the engine too.
        """
        ...

    async def close(self) -> None:
        """End what `start` began; no painting may be running. Calling it twice is fine."""
        ...
