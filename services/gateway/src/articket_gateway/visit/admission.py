"""Who may begin a visit now: the phone and the address have not begun too many, and the booth has room.

Asked in this order, from what concerns one to what concerns all, and after the intake (`staff.intake`). A phone is known by its
kiosk's pass and counted in the database, so every replica agrees. Addresses are counted in memory only and generously, since a
whole venue may stand behind one; they are neither stored nor logged. A visit that has begun is never refused later on.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from articket_gateway.errors import Problem
from articket_gateway.storing.admission import AdmissionStore

HOUR = 3600.0

SLOT_SECONDS = 60.0
"""Visits of one address are counted by the minute: exact enough for an hour, and 60 numbers at most."""
MOST_ADDRESSES = 10_000
"""Of more than these the quietest is forgotten, which makes room for it again."""

LOOK_SECONDS = 1.0
"""How old the count of open visits may be, as far as other replicas go: a crowd at the door is not counted for each."""

LEAST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 300.0
UNKNOWN_WAIT_SECONDS = 30.0
"""Told while nothing has ended lately, so that nobody can say when it will."""


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How many visits may be open, and how many may begin in an hour from one phone and from one address."""

    open_visits: int
    of_phone: int
    of_address: int


class HourlyCount:
    """What has been counted in the last hour, by address. Never more than the truth is let through; memory is bounded."""

    def __init__(self, limit: int, *, most_keys: int = MOST_ADDRESSES, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._most_keys = most_keys
        self._clock = clock
        self._slots: OrderedDict[str, deque[tuple[int, int]]] = OrderedDict()  # (minute, count), oldest first

    def wait(self, key: str) -> float:
        """Give the seconds until the key may count once more, 0 for now."""
        slots = self._slots.get(key)
        if slots is None:
            return 0.0
        now = self._clock()
        while slots and self._left_at(slots[0]) <= now:
            slots.popleft()
        excess = sum(count for _, count in slots) - self._limit + 1
        for slot in slots:
            if excess <= 0:
                break
            excess -= slot[1]
            if excess <= 0:
                return self._left_at(slot) - now
        return 0.0

    def count(self, key: str) -> None:
        """Count once."""
        minute = int(self._clock() // SLOT_SECONDS)
        slots = self._slots.setdefault(key, deque())
        if slots and slots[-1][0] == minute:
            slots[-1] = (minute, slots[-1][1] + 1)
        else:
            slots.append((minute, 1))
        self._slots.move_to_end(key)
        if len(self._slots) > self._most_keys:
            self._slots.popitem(last=False)

    @staticmethod
    def _left_at(slot: tuple[int, int]) -> float:
        """Give when the last of the slot's minute is an hour old."""
        return (slot[0] + 1) * SLOT_SECONDS + HOUR


class Admission:
    """The booth's doorkeeper."""

    def __init__(self, store: AdmissionStore, limits: AdmissionLimits) -> None:
        self._store = store
        self._limits = limits
        self._addresses = HourlyCount(limits.of_address)
        self._turn = asyncio.Lock()
        self._open = 0
        self._looked_at = -math.inf

    @asynccontextmanager
    async def admitted(self, *, phone: str | None, address: str) -> AsyncGenerator[None]:
        """Let one visit begin in the block, one after the other, so that no two are let in for the same place.

        `phone` is the digest of a kiosk's pass; `address` names the network. Raises Problem too_many_visits or booth_full, each
        with the time after which to come again.
        """
        async with self._turn:
            if phone is not None:
                await self._check_phone(phone)
            self._check_address(address)
            await self._check_room()
            yield
            self._addresses.count(address)

    def photo_came(self) -> None:
        """Note that a visit has become open: the next one at the door is counted anew."""
        self._looked_at = -math.inf

    async def _check_phone(self, phone: str) -> None:
        now = time.time()
        oldest = await self._store.nth_newest(phone, self._limits.of_phone, since=now - HOUR)
        if oldest is not None:
            expected = f"at most {self._limits.of_phone} new visits in an hour"
            raise _too_many(f"this phone: expected {expected}, found more", oldest + HOUR - now)

    def _check_address(self, address: str) -> None:
        wait = self._addresses.wait(address)
        if wait > 0:
            expected = f"at most {self._limits.of_address} new visits in an hour"
            raise _too_many(f"this network: expected {expected}, found more", wait)

    async def _check_room(self) -> None:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS or self._open >= self._limits.open_visits:
            self._open = await self._store.open_visits()
            self._looked_at = now
        if self._open < self._limits.open_visits:
            return
        raise Problem(
            "booth_full",
            f"visits under way: expected fewer than {self._limits.open_visits}, found {self._open}",
            hint="Try again when some have been painted.",
            retry_after=await self._wait(self._open - self._limits.open_visits + 1),
        )

    async def _wait(self, count: int) -> float:
        """Give the seconds until `count` visits more have been painted, at the pace of the last minutes."""
        a_second = await self._store.visits_painted_a_second()
        if a_second <= 0:
            return UNKNOWN_WAIT_SECONDS
        return min(max(count / a_second, LEAST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)


def _too_many(detail: str, wait: float) -> Problem:
    return Problem("too_many_visits", detail, hint="Visits under way are not touched by this.", retry_after=math.ceil(wait))
