"""What a captioning engine is: the protocol, and the values that go in and come out.

`captioning.py` drives an engine through this protocol and knows nothing else of it; `__main__.py` chooses which one. Every
engine passes `tests/contract/test_caption_engines.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

__all__ = ["Description", "Engine", "Subject"]


class Subject(StrEnum):
    """What can be in a photo, as far as the mesh has words for it."""

    PERSON = "person"
    PEOPLE = "people"
    CAT = "cat"
    PLACE = "place"


@dataclass(frozen=True)
class Description:
    """What an engine says of one photo."""

    prompt: str
    """One short English sentence for an image model: 1 to 200 characters, no markup."""
    text_en: str
    """One English line for the ticket: 1 to 80 characters."""
    text_ko: str
    """The same line in Korean: 1 to 80 characters."""
    subjects: tuple[Subject, ...]
    """Only what the engine is sure of."""
    face_count: int
    """Human faces that it is sure of."""


class Engine(Protocol):
    """Describes photos, several at once if it is asked to."""

    @property
    def name(self) -> str:
        """The engine's name, as in the settings and on the wire."""
        ...

    async def start(self) -> None:
        """Make ready; raise a MeshError with ENGINE_UNAVAILABLE when that cannot be."""
        ...

    async def describe(self, photo: bytes) -> Description:
        """Describe a JPEG, PNG or WebP picture whose header has been checked, the rest not.

        Raises PermanentError BAD_PICTURE, TransientError ENGINE_FAILED, ENGINE_UNAVAILABLE, OUT_OF_MEMORY or DEADLINE_EXCEEDED.
        Cancelling it gives the photo up; one that waits for its turn is not begun.
        """
        ...

    async def close(self) -> None:
        """End what `start` began. Calling it twice is fine."""
        ...
