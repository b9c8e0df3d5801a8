"""Doing a thing only once: whoever wants the same thing meanwhile waits, and then finds it done.

The flow paints inside the block of a painting's key and looks there first for the finished painting. `OwnOnce` serves a gateway
that is alone; `SharedOnce` serves several. A replica that dies in the block frees its key when its lease has run out.
"""

from __future__ import annotations

import asyncio
import random
import time
import weakref
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Protocol

from articket_gateway.errors import StoreUnavailable
from articket_gateway.sharing.bus import Bus
from articket_gateway.sharing.holding import Holds
from articket_gateway.storing.holds import Held

PREFIX = "once:"
TOPIC = "once"

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 2.0
"""Between two tries for a key that another replica has, unless that one says that it is free."""

LEAST_PAUSE_SECONDS = 0.05
"""A lease is over only some time after its end: clocks and networks are not exact."""

OUTAGE_PATIENCE_SECONDS = 600.0
"""How long a key is waited for while the database is away: as long as a visit waits for it."""


class Once(Protocol):
    """Keys of which only one is worked on at a time."""

    def only(self, key: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else is in the block of the same key, then enter it. Waiting may be cancelled.

        Raises StoreUnavailable when the database has been away for too long.
        """
        ...


class OwnOnce:
    """Keys of a gateway that is alone: locks of its own."""

    def __init__(self) -> None:
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    @asynccontextmanager
    async def only(self, key: str) -> AsyncGenerator[None]:
        """Wait for the key's lock."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            yield


class SharedOnce:
    """Keys of several replicas. Those who wait here queue for a lock; the first of them asks for the key's hold."""

    def __init__(self, holds: Holds, bus: Bus) -> None:
        self._holds = holds
        self._bus = bus
        self._own = OwnOnce()
        self._waiting: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        bus.subscribe(TOPIC, self._freed)
        bus.on_gap(self._may_be_free)

    @asynccontextmanager
    async def only(self, key: str) -> AsyncGenerator[None]:
        """Wait for the key's lock here, then for its hold."""
        async with self._own.only(key):
            await self._take(key)
            try:
                yield
            finally:
                # not waited for: who comes next here waits for it, who waits elsewhere is told
                self._holds.let_go(PREFIX + key).add_done_callback(lambda _: self._bus.publish(TOPIC, key))

    async def _take(self, key: str) -> None:
        patience_ends: float | None = None
        pause = FIRST_PAUSE_SECONDS
        freed = self._waiting[key]
        try:
            while True:
                freed.clear()
                longest = pause
                try:
                    held = await self._holds.take(PREFIX + key)
                except StoreUnavailable:
                    patience_ends = patience_ends or time.monotonic() + OUTAGE_PATIENCE_SECONDS
                    if time.monotonic() > patience_ends:
                        raise
                else:
                    patience_ends = None
                    if held is not None and held.replica == self._holds.replica:
                        return
                    longest = _longest(held, pause)
                with suppress(TimeoutError):
                    async with asyncio.timeout(longest * random.uniform(0.8, 1.0)):
                        await freed.wait()
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        finally:
            del self._waiting[key]

    def _freed(self, key: str) -> None:
        if key in self._waiting:
            self._waiting[key].set()

    def _may_be_free(self) -> None:
        for freed in self._waiting.values():
            freed.set()


def _longest(held: Held | None, pause: float) -> float:
    """Give the longest pause: the end of a lease is not slept through, for its holder may have died."""
    if held is None or held.seconds_left <= 0:
        return pause
    return min(pause, held.seconds_left + LEAST_PAUSE_SECONDS)
