"""The subject analyses of the last photos: each made once, by whoever needs it first, and shared with the others.

A visit asks for four paintings of one photo at the same time, in different processes. The first makes the analysis, the others
wait for it; visits that are painted in turns find theirs again. The bytes stay closed here: only workers open them. What was
not wanted for a while is forgotten, for it shows a visitor.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

__all__ = ["Subjects"]

# With 8 visits painted in turns, each photo comes back after 7 others; a subject has some 150 kB.
MOST_PHOTOS = 24


class Subjects:
    """A small store of subjects by photo id, the least recently used thrown out first."""

    def __init__(self, *, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._being_made: dict[str, asyncio.Event] = {}
        self._forgetting: asyncio.TimerHandle | None = None

    async def get(self, photo_id: str) -> bytes | None:
        """Give the subject, waiting for it while somebody makes it. None: you make it, then `put` it or `give_up`."""
        while photo_id not in self._kept:
            if photo_id not in self._being_made:
                self._being_made[photo_id] = asyncio.Event()
                return None
            await self._being_made[photo_id].wait()
        self._kept.move_to_end(photo_id)
        self._remember_a_while()
        return self._kept[photo_id]

    def put(self, photo_id: str, subject: bytes) -> None:
        """Keep a subject that was made, and hand it to those who wait."""
        self._kept[photo_id] = subject
        while len(self._kept) > MOST_PHOTOS:
            self._kept.popitem(last=False)
        self._remember_a_while()
        self.give_up(photo_id)

    def give_up(self, photo_id: str) -> None:
        """Say that you will not make it: the next who waits does. Only for who got None, and has not `put` it."""
        self._being_made.pop(photo_id).set()

    def forget(self) -> None:
        """Throw out all that is kept."""
        self._kept.clear()
        if self._forgetting is not None:
            self._forgetting.cancel()

    def _remember_a_while(self) -> None:
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(self._idle_seconds, self.forget)
