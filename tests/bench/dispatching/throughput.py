"""Work always waiting: how much of what the GPUs could paint do they paint?"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.journal import Note, of, paintings_per_second
from tests.support.phones import ARTISTS, Phone, distinct_photos, opened_door

UPLOADS_AT_ONCE = 4


@dataclass(frozen=True)
class Throughput:
    """Paintings a second, and what the pods could make at best."""

    pods: int
    a_second: float
    at_best: float

    @property
    def ratio(self) -> float:
        return self.a_second / self.at_best


def measure(pods: int, *, seconds: float = 1.0, window_seconds: float = 30.0, seed: int = 1) -> Throughput:
    """Measure with `pods` pods of `seconds` a painting, for a window in which work waits from its beginning to its end."""
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), [PodPlan(seconds)] * pods) as fleet:
        # enough for the uploads' own time, the window and a rest, so that work is still waiting when the window ends
        visits = math.ceil(pods / seconds * (window_seconds * 1.15 + 4) / len(ARTISTS)) + pods
        start, end = asyncio.run(_load(fleet, visits, window_seconds, seed))
        notes = fleet.journal.notes()
    check_that_work_waited(notes, visits * len(ARTISTS), end)
    a_second = paintings_per_second(notes, start=start, end=end, pods=pods, seconds=seconds)
    return Throughput(pods, a_second, pods / seconds)


async def _load(fleet: Fleet, visits: int, window_seconds: float, seed: int) -> tuple[float, float]:
    """Upload everything, then let the pods work for the window; give its beginning and end. Nobody looks meanwhile."""
    photos = distinct_photos(visits, seed=seed)
    async with opened_door(fleet.urls, seed=seed) as door:
        await send_all([Phone(door, photo) for photo in photos])
        await asyncio.sleep(1)  # the last uploads' own work is not the dispatcher's
        start = time.time()
        await asyncio.sleep(window_seconds)
        return start, time.time()


async def send_all(phones: list[Phone], at_once: int = UPLOADS_AT_ONCE) -> None:
    """Begin a visit and send the photo for each phone, a few at a time."""
    turn = asyncio.Semaphore(at_once)

    async def one(phone: Phone) -> None:
        async with turn:
            await phone.begin()
            await phone.send()

    async with asyncio.TaskGroup() as group:
        for phone in phones:
            group.create_task(one(phone))


def check_that_work_waited(notes: list[Note], asked: int, end: float) -> None:
    begun = sum(note.at <= end for note in of(notes, "begun", by="pod"))
    assert begun < asked, f"the work ran out inside the window: {begun} of {asked} paintings were begun"
