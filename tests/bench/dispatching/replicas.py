"""Three gateways, thirty pods, one database: is a painting begun twice, or a busy GPU asked?"""

from __future__ import annotations

import asyncio
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.dispatching.throughput import send_all
from tests.support.database_users import urls_of_replicas
from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.journal import begun_more_than_once, of, share_refused
from tests.support.phones import ARTISTS, Phone, distinct_photos, opened_door
from tests.support.postgres import Postgres

DEADLINE_OVER_BEST = 3.0
"""How many times the best possible time the whole may take before it counts as stuck."""


@dataclass(frozen=True)
class Shared:
    """What the pods have counted."""

    paintings: int
    done: int
    begun_twice: int
    share_refused: float
    a_second_over_best: float


def measure(
    postgres: Postgres, *, replicas: int = 3, pods: int = 30, paintings: int = 2000, seconds: float = 3.0, seed: int = 4
) -> Shared:
    """Let the phones of `paintings` ÷ 4 visits come to any of the replicas, and wait for every painting."""
    urls = asyncio.run(urls_of_replicas(postgres.new_database(), replicas))
    with (
        tempfile.TemporaryDirectory() as folder,
        running_fleet(Path(folder), [PodPlan(seconds)] * pods, databases=urls) as fleet,
    ):
        asyncio.run(_load(fleet, math.ceil(paintings / len(ARTISTS)), paintings * seconds / pods, seed))
        notes = fleet.journal.notes()
    begun, done = of(notes, "begun", by="pod"), of(notes, "done", by="pod")
    took = done[-1].at - begun[0].at
    return Shared(
        paintings=paintings,
        done=len({note.key for note in done}),
        begun_twice=len(begun_more_than_once(notes)),
        share_refused=share_refused(notes),
        a_second_over_best=len(done) / took / (pods / seconds),
    )


async def _load(fleet: Fleet, visits: int, best_seconds: float, seed: int) -> None:
    async with opened_door(fleet.urls, seed=seed) as door:
        phones = [Phone(door, photo) for photo in distinct_photos(visits, seed=seed)]
        await send_all(phones)
        async with asyncio.timeout(60 + DEADLINE_OVER_BEST * best_seconds):
            for phone in reversed(phones):  # the last to come is most likely the last to be done
                await phone.wait_until_done(60 + DEADLINE_OVER_BEST * best_seconds, needs_ticket=False)
