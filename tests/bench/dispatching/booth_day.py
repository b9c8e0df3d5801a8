"""A booth day, shortened: the visitors of Articket's first booth and what they asked, with and without one who never stops.

428 people asked for 11,639 paintings, most of them in the breaks between talks. The second time, the same people come at the
same moments, and one more client sends the same photo again every second: to its visit, and as a new visit.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.journal import of
from tests.support.phones import ARTISTS, Door, Phone, distinct_photos, opened_door

VISITORS = 428
PAINTINGS = 11_639
BREAKS = 10
BREAK_SHARE = 0.5
"""Of the time between two breaks' beginnings; nearly everybody comes within it."""
LOAD = 0.75
"""Of what the pods could paint all day long. Within a break more is asked than they can, so that a queue grows and goes."""
RESEND_SECONDS = 1.0


@dataclass(frozen=True)
class Coming:
    """One photo sent: when, seconds after the doors open, and by whose brush (the last one of the day by fewer artists)."""

    at: float
    artists: Sequence[str]


@dataclass(frozen=True)
class Day:
    """The others' waits, from upload to last painting, in seconds."""

    waits: Sequence[float]
    paintings: int
    resent: int

    @property
    def median(self) -> float:
        return statistics.median(self.waits)


@dataclass(frozen=True)
class Days:
    """The same day twice."""

    alone: Day
    beside: Day
    visitors: int

    @property
    def growth(self) -> float:
        """By which share the others' median wait has grown."""
        return self.beside.median / self.alone.median - 1


def measure(*, share: float = 1.0, pods: int = 16, seconds: float = 0.5, seed: int = 7) -> Days:
    """Live through the day twice; with a `share` of its visitors and paintings in the same share of its time."""
    visitors, paintings = max(1, round(VISITORS * share)), round(PAINTINGS * share)
    length = paintings / (pods / seconds) / LOAD
    comings = plan(visitors, paintings, length, breaks=max(2, round(BREAKS * share)), seed=seed)
    days = [_day(comings, pods, seconds, with_resender=with_resender, seed=seed) for with_resender in (False, True)]
    return Days(*days, visitors=visitors)


def plan(visitors: int, paintings: int, length: float, *, breaks: int, seed: int) -> list[Coming]:
    """Give who sends a photo when. Each visitor comes in one break and sends some photos in a row; few send very many."""
    chance = random.Random(seed)
    visits = -(-paintings // len(ARTISTS))
    keenness = [chance.lognormvariate(0, 0.8) for _ in range(visitors)]
    senders = [*range(visitors), *chance.choices(range(visitors), weights=keenness, k=max(0, visits - visitors))][:visits]
    every = length / breaks
    arrival = [every * chance.randrange(breaks) + chance.uniform(0, every * BREAK_SHARE) for _ in range(visitors)]
    between = every * BREAK_SHARE / 12
    times = sorted(min(length, arrival[who] + chance.expovariate(1 / between)) for who in senders)
    left = paintings - len(ARTISTS) * (visits - 1)
    return [Coming(at, ARTISTS[:left] if number == visits - 1 else ARTISTS) for number, at in enumerate(times)]


def _day(comings: Sequence[Coming], pods: int, seconds: float, *, with_resender: bool, seed: int) -> Day:
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), [PodPlan(seconds)] * pods) as fleet:
        phones, resent = asyncio.run(_live(fleet, comings, seed, with_resender=with_resender))
        done = of(fleet.journal.notes(), "done", by="pod")
    last: dict[str, float] = {}
    for note in done:
        last[note.key.split("/")[0]] = note.at
    return Day([last[phone.visit_id] - phone.sent_at for phone in phones], len(done), resent)


async def _live(fleet: Fleet, comings: Sequence[Coming], seed: int, *, with_resender: bool) -> tuple[list[Phone], int]:
    """Let everybody come at their time; nobody looks, so that nothing is measured but the booth."""
    photos = await asyncio.to_thread(distinct_photos, len(comings) + 1, seed=seed)
    async with opened_door(fleet.urls, seed=seed) as door:
        phones = [Phone(door, photo) for photo in photos[1:]]
        opens = time.monotonic()

        async def come(phone: Phone, coming: Coming) -> None:
            await asyncio.sleep(coming.at - (time.monotonic() - opens))
            await phone.begin(artists=list(coming.artists))
            await phone.send()

        resender = Resender(door, photos[0])
        resending = asyncio.create_task(resender.resend()) if with_resender else None
        try:
            async with asyncio.TaskGroup() as group:
                for phone, coming in zip(phones, comings, strict=True):
                    group.create_task(come(phone, coming))
            for phone in reversed(phones):
                await phone.wait_until_done(300, every=2.0, needs_ticket=False)
        finally:
            if resending is not None:
                resending.cancel()
                with suppress(asyncio.CancelledError):
                    await resending
        return phones, resender.sent


@dataclass
class Resender:
    """The client that never stops. What the booth answers to it does not matter."""

    door: Door
    photo: bytes
    sent: int = 0

    async def resend(self) -> None:
        first = Phone(self.door, self.photo)
        await first.begin()
        while True:
            again = Phone(self.door, self.photo)
            url = self.door.urls[0]
            async with self.door.http.put(f"{url}{first.path}/photo", data=self.photo) as response:
                await response.read()
            await again.begin()
            async with self.door.http.put(f"{url}{again.path}/photo", data=self.photo) as response:
                await response.read()
            self.sent += 2
            await asyncio.sleep(RESEND_SECONDS)
