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

__all__ = ["Engine", "EngineEvent", "Focus", "PaintJob", "Painted", "Progress", "Started"]


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


EngineEvent = Started | Progress | Painted


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
