"""Which other replicas are there, and whether anybody looks at a page of theirs.

Each says so every few seconds, and at once when it changes. Where nobody else is there nothing is told, and where nobody looks
elsewhere no painting's progress is.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

from articket_gateway.sharing.bus import Bus

HERE = "here"
GONE = "gone"

HERE_SECONDS = 3.0
LOOK_SECONDS = 0.25
"""How often it is seen whether the first one has come to look, or the last one has left."""

SILENT_SECONDS = 10.0
"""A replica that was not heard for longer is gone, or as good as that."""


class Replicas:
    """The other replicas. Run `keep_saying` beside, and `leave` in the end."""

    def __init__(self, bus: Bus, *, name: str, is_watching: Callable[[], bool]) -> None:
        """`name` is this replica's; `is_watching` says whether a phone or a monitor is connected here."""
        self._bus = bus
        self.name = name
        self._is_watching = is_watching
        self._others: dict[str, tuple[float, bool]] = {}  # name → when it was heard last, whether somebody looks there
        self._on_come: list[Callable[[], None]] = []
        self._on_gone: list[Callable[[str], None]] = []
        self._said = False
        self._said_at = float("-inf")
        bus.subscribe(HERE, self._here)
        bus.subscribe(GONE, self._gone)
        bus.on_gap(self._say_again)

    @property
    def are_there(self) -> bool:
        """Whether there is any other."""
        return bool(self._others)

    @property
    def are_watching(self) -> bool:
        """Whether anybody looks at a page of another one."""
        return any(is_watching for _, is_watching in self._others.values())

    def on_come(self, call: Callable[[], None]) -> None:
        """Be called when another one comes, or the first one comes to look there: it knows nothing of what is under way."""
        self._on_come.append(call)

    def on_gone(self, call: Callable[[str], None]) -> None:
        """Be called with the name of one that is gone."""
        self._on_gone.append(call)

    async def keep_saying(self) -> None:
        """Say that this one is here, and note who is silent, for ever."""
        while True:
            now = time.monotonic()
            is_watching = self._is_watching()
            if is_watching != self._said or now - self._said_at >= HERE_SECONDS:
                self._said, self._said_at = is_watching, now
                self._bus.publish(HERE, json.dumps([self.name, is_watching]))
            for name in [name for name, (heard_at, _) in self._others.items() if now - heard_at > SILENT_SECONDS]:
                self._drop(name)
            await asyncio.sleep(LOOK_SECONDS)

    def leave(self) -> None:
        """Say that this one ends."""
        self._bus.publish(GONE, self.name)

    def _here(self, payload: str) -> None:
        source, is_watching = json.loads(payload)
        before = self._others.get(source)
        self._others[source] = (time.monotonic(), is_watching)
        if before is None:
            self._say_again()  # the new one should not have to wait until it knows of this one
        if before is None or (is_watching and not before[1]):
            for call in self._on_come:
                call()

    def _gone(self, source: str) -> None:
        if source in self._others:
            self._drop(source)

    def _drop(self, name: str) -> None:
        del self._others[name]
        for call in self._on_gone:
            call(name)

    def _say_again(self) -> None:
        self._said_at = float("-inf")
