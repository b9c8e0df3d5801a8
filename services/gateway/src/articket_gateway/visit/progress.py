"""What is going on right now: how far each painting is, and who wants to know.

Nothing here is durable: it is told to those who watch and forgotten. Watchers never queue up messages: each is woken and
reads what is newest, so a slow phone costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Generator
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
    version: int = 0


@dataclass(eq=False)
class Watcher:
    """One who watches a visit: every change sets `woken`, one that was stored sets `has_news`. The watcher resets both."""

    woken: asyncio.Event
    has_news: bool = True


class Progress:
    """The paintings under way on this replica, and the watchers of visits."""

    def __init__(self) -> None:
        self._paintings: dict[str, dict[str, PaintingProgress]] = {}
        self._versions = 0
        self._watchers: defaultdict[str, set[Watcher]] = defaultdict(set)

    def of(self, visit_id: str) -> dict[str, PaintingProgress]:
        """Give artist id → progress of the visit's paintings that are under way."""
        return self._paintings.get(visit_id, {})

    def waits(self, visit_id: str, artist_id: str, position: int) -> None:
        """Note that a painting waits, also again after a failed try."""
        self._update(visit_id, artist_id, PaintingProgress(position=position))

    def begun(self, visit_id: str, artist_id: str) -> None:
        """Note that a painting is being made."""
        self._update(visit_id, artist_id, PaintingProgress(PaintingState.PAINTING))

    def stepped(self, visit_id: str, artist_id: str, step: int, steps: int, label: str, preview: bytes) -> None:
        """Note that a step has ended; without a preview the last one stays."""
        kept = preview or self.of(visit_id).get(artist_id, PaintingProgress()).preview
        self._update(visit_id, artist_id, PaintingProgress(PaintingState.PAINTING, None, step, steps, label, kept))

    def forget(self, visit_id: str, artist_id: str) -> None:
        """Drop one painting: it has ended and its record tells the rest."""
        paintings = self._paintings.get(visit_id, {})
        paintings.pop(artist_id, None)
        if not paintings:
            self._paintings.pop(visit_id, None)

    def wake(self, visit_id: str) -> None:
        """Tell the visit's watchers that something has been stored."""
        for watcher in self._watchers.get(visit_id, ()):
            watcher.has_news = True
            watcher.woken.set()

    def wake_all(self) -> None:
        """Tell every watcher to look, for example because the gateway is closing."""
        for visit_id in self._watchers:
            self.wake(visit_id)

    @contextmanager
    def watch(self, visit_id: str) -> Generator[Watcher]:
        """Watch a visit for the length of the block. Nothing is told of what was before: look first, then wait."""
        watcher = Watcher(asyncio.Event())
        self._watchers[visit_id].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[visit_id].discard(watcher)
            if not self._watchers[visit_id]:
                del self._watchers[visit_id]

    def _update(self, visit_id: str, artist_id: str, new: PaintingProgress) -> None:
        paintings = self._paintings.setdefault(visit_id, {})
        self._versions += 1  # one count for all: a painting that is tried again never shows an old version
        paintings[artist_id] = replace(new, version=self._versions)
        for watcher in self._watchers.get(visit_id, ()):
            watcher.woken.set()
