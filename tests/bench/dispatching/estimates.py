"""How honest is the time left that visitors are shown? Each estimate against what came true."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.phones import ARTISTS, Phone, distinct_photos, opened_door, server_events

PODS_SECONDS = (1.0, 1.0, 1.5, 2.0)
LEAST_SECONDS = 0.5
"""What is left when so little is left interests nobody, and a share of it means nothing."""


@dataclass(frozen=True)
class Honesty:
    """Errors as shares of the true time that was left, in order of size."""

    errors: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.errors) if self.errors else float("inf")


@dataclass
class Told:
    """What one phone was told, and when: artist → (moment, seconds left)."""

    estimates: dict[str, list[tuple[float, float]]] = field(default_factory=dict[str, list[tuple[float, float]]])
    done: dict[str, float] = field(default_factory=dict[str, float])

    def errors(self) -> list[float]:
        return [
            abs(left - (self.done[artist_id] - at)) / (self.done[artist_id] - at)
            for artist_id, estimates in self.estimates.items()
            if artist_id in self.done
            for at, left in estimates
            if self.done[artist_id] - at >= LEAST_SECONDS
        ]


def measure(*, visits: int = 40, spread_seconds: float = 40.0, seed: int = 9) -> Honesty:
    """Let visitors come by chance to four GPUs of different speed, which they keep busier than they can bear for a while."""
    plans = [PodPlan(seconds) for seconds in PODS_SECONDS]
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), plans) as fleet:
        told = asyncio.run(_visits(fleet, visits, spread_seconds, seed))
    return Honesty(sorted(error for one in told for error in one.errors()))


async def _visits(fleet: Fleet, visits: int, spread_seconds: float, seed: int) -> list[Told]:
    chance = random.Random(seed)
    photos = distinct_photos(visits, seed=seed)
    async with opened_door(fleet.urls, seed=seed) as door, asyncio.TaskGroup() as group:
        coming = [group.create_task(_visit(Phone(door, photo), chance.uniform(0, spread_seconds), Told())) for photo in photos]
    return [task.result() for task in coming]


async def _visit(phone: Phone, at: float, told: Told) -> Told:
    await asyncio.sleep(at)
    await phone.begin()
    stream = asyncio.create_task(_listen(phone, told))
    await phone.send()
    asking = asyncio.create_task(_ask(phone, told))  # who reloads the page is told the same
    try:
        async with asyncio.timeout(300):
            await stream
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    return told


async def _listen(phone: Phone, told: Told) -> None:
    async for kind, data in server_events(phone.door.http, f"{phone.door.urls[0]}{phone.path}/events"):
        if kind == "painting":
            _note(data, told)
            if len(told.done) == len(ARTISTS):
                return


async def _ask(phone: Phone, told: Told) -> None:
    while True:
        for painting in (await phone.look())["paintings"]:
            if painting["state"] in ("queued", "painting"):
                _note(painting, told)
        await asyncio.sleep(1)


def _note(painting: dict, told: Told) -> None:
    now = time.monotonic()
    if painting["state"] == "done":
        told.done.setdefault(painting["artist_id"], now)
    elif painting.get("seconds_left") is not None:
        told.estimates.setdefault(painting["artist_id"], []).append((now, painting["seconds_left"]))
