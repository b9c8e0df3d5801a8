"""What is going on right now: how far each painting is, and who wants to know.

Nothing here is durable: it is told to those who watch and forgotten. Watchers never queue up messages: each is woken and
reads what is newest, so a slow phone costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from articket_gateway.visit.states import PaintingState


@dataclass(frozen=True, slots=True)
class PaintingProgress:
    """How far one painting is. `position` counts the paintings before it; `version` grows with every change."""

    state: PaintingState = PaintingState.QUEUED
    position: int | None = None
    step: int = 0
    steps: int = 0
    label: str = ""
    preview: bytes = b""
    attempts: int = 0
    version: int = 0


class Progress:
    """The paintings under way on this replica, and the watchers of visits."""

    def __init__(self) -> None:
        self._paintings: dict[str, dict[str, PaintingProgress]] = {}
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def of(self, visit_id: str) -> dict[str, PaintingProgress]:
        """Give artist id → progress of the visit's paintings that are under way."""
        return self._paintings.get(visit_id, {})

    def update(self, visit_id: str, artist_id: str, **changes: object) -> None:
        """Note a change of one painting and wake the watchers."""
        paintings = self._paintings.setdefault(visit_id, {})
        old = paintings.get(artist_id, PaintingProgress())
        paintings[artist_id] = replace(old, version=old.version + 1, **changes)  # pyright: ignore[reportArgumentType] -- fields by name
        self.wake(visit_id)

    def forget(self, visit_id: str, artist_id: str) -> None:
        """Drop one painting: it has ended and its record tells the rest."""
        paintings = self._paintings.get(visit_id, {})
        paintings.pop(artist_id, None)
        if not paintings:
            self._paintings.pop(visit_id, None)

    def wake(self, visit_id: str) -> None:
        """Tell the visit's watchers that something has changed."""
        for watcher in self._watchers.get(visit_id, ()):
            watcher.set()

    def wake_all(self) -> None:
        """Tell every watcher to look, for example because the gateway is closing."""
        for visit_id in self._watchers:
            self.wake(visit_id)

    @contextmanager
    def watch(self, visit_id: str) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever the visit changes; the watcher clears it."""
        watcher = asyncio.Event()
        self._watchers[visit_id].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[visit_id].discard(watcher)
            if not self._watchers[visit_id]:
                del self._watchers[visit_id]
