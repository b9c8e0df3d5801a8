"""Several gateway replicas in one process, as far as they share slots: a bus between them, and painters who use the pods."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection
from functools import partial

from articket_gateway.sharing.bus import Audience, Bus
from articket_gateway.sharing.holding import Holds
from articket_gateway.sharing.shared_slots import SharedSlots
from articket_gateway.sharing.slots import Slots
from articket_gateway.storing.database import Database
from articket_gateway.storing.holds import HoldStore


class Room:
    """Where the buses of one test meet. While `is_deaf`, what is told is lost."""

    def __init__(self) -> None:
        self.buses: list[RoomBus] = []
        self.told = 0
        self.is_deaf = False

    def bus(self) -> RoomBus:
        bus = RoomBus(self)
        self.buses.append(bus)
        return bus

    def leave(self, bus: Bus) -> None:
        self.buses = [one for one in self.buses if one is not bus]


class RoomBus(Audience):
    """See `Bus`: heard by all others of the room, a little later."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room

    def publish(self, topic: str, payload: str) -> None:
        assert len(payload.encode()) < 7800, "PostgreSQL carries no more"
        self.room.told += 1
        if self.room.is_deaf:
            return
        for other in self.room.buses:
            if other is not self:
                asyncio.get_running_loop().call_later(0.002, other.tell, topic, payload)

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""


class Pods:
    """The pods themselves: they know how many paint at once, and how long nobody does."""

    def __init__(self, names: Collection[str], slots: int = 1) -> None:
        self.names = list(names)
        self.slots = slots
        self.running: Counter[str] = Counter()
        self.painted: Counter[str] = Counter()
        self.turned_away = 0
        self.busy_seconds = 0.0

    async def paint(self, pod: str, seconds: float) -> bool:
        """Paint, or turn the painting away."""
        if self.running[pod] >= self.slots:
            self.turned_away += 1
            return False
        self.running[pod] += 1
        began = time.monotonic()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.running[pod] -= 1
            self.busy_seconds += time.monotonic() - began
        self.painted[pod] += 1
        return True


class Painter:
    """One replica's dispatcher, as small as can be: whatever waits goes to the first pod that seems free."""

    def __init__(self, slots: Slots, pods: Pods, *, seconds: float, on: Collection[str] | None = None) -> None:
        self.slots = slots
        self.pods = pods
        self.seconds = seconds
        self.on = list(on or pods.names)
        self.waiting = 0
        self.painted = 0
        self.in_vain = 0
        """How often a slot seemed free and was not to be had."""
        self.first_after: float | None = None
        self._since = 0.0
        self._running: Counter[str] = Counter()
        self.tasks: set[asyncio.Task[bool]] = set()
        self._done = asyncio.Event()
        self._is_over = False
        slots.when_changed(self.dispatch)

    def want(self, paintings: int) -> None:
        self._done.clear()
        self.waiting += paintings
        self._since = time.monotonic()
        self.first_after = None
        self.dispatch()

    async def done(self, seconds: float) -> None:
        """Wait until nothing waits and nothing is painted."""
        async with asyncio.timeout(seconds):
            await self._done.wait()

    def dispatch(self) -> None:
        for pod in self.on:
            while self.waiting and self._running[pod] + self.slots.held_elsewhere(pod) < self.pods.slots:
                self.waiting -= 1
                self._running[pod] += 1
                task = asyncio.create_task(self._paint(pod))
                self.tasks.add(task)
                task.add_done_callback(partial(self._ended, pod))
        self.slots.wants(self.waiting, self.on)

    async def _paint(self, pod: str) -> bool:
        slot = await self.slots.take(pod, self.pods.slots)
        if slot is None:
            self.in_vain += 1
            return False
        if self.first_after is None:
            self.first_after = time.monotonic() - self._since
        try:
            return await self.pods.paint(pod, self.seconds)
        finally:
            self.slots.give_back(slot)

    def _ended(self, pod: str, task: asyncio.Task[bool]) -> None:
        is_painted = not task.cancelled() and task.result()
        self.tasks.discard(task)
        self.painted += is_painted
        self.waiting += not is_painted and not self._is_over
        self._running[pod] -= 1
        self.dispatch()
        if not self.waiting and not self._running.total():
            self._done.set()

    async def stop(self) -> None:
        """Drop everything, as a killed process would."""
        self._is_over = True
        self.waiting = 0
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Replica:
    """One gateway replica, as far as it shares slots, with one painter."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        pods: Pods,
        name: str,
        *,
        seconds: float = 0.05,
        lease_seconds: float = 10.0,
        beat_seconds: float = 2.0,
        on: Collection[str] | None = None,
    ) -> None:
        self.bus = bus
        self.store = HoldStore(database, replica=name, lease_seconds=lease_seconds)
        self.holds = Holds(self.store, beat_seconds=beat_seconds)
        self.slots = SharedSlots(self.holds, bus)
        self.painter = Painter(self.slots, pods, seconds=seconds, on=on)
        self.is_there = False

    async def open(self) -> Replica:
        await self.holds.open()
        await self.slots.open()
        await self.bus.open()
        self.is_there = True
        return self

    async def close(self) -> None:
        if self.is_there:
            self.is_there = False
            await self.painter.stop()
            await self.slots.close()
            await self.holds.close()
            await self.bus.close()

    async def die(self) -> None:
        """Stop from one moment to the next, without a word to anybody or to the database."""
        self.is_there = False
        if isinstance(self.bus, RoomBus):
            self.bus.room.leave(self.bus)
        self.slots._is_open = False
        self.slots._mine.clear()
        for timer in (self.slots._ticking, self.slots._telling):
            if timer is not None:
                timer.cancel()
        assert self.holds._beating is not None
        self.holds._beating.cancel()
        await asyncio.gather(self.holds._beating, return_exceptions=True)
        await self.painter.stop()
