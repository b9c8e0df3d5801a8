"""A booth with visitors in it while things are killed: the run itself, for `make chaos` and for the short form in the tests."""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.checking import Damage, look_for_damage
from tests.chaos.killing import Killer, supervise
from tests.support.database_users import urls_of_replicas
from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.phones import ARTISTS, Phone, distinct_photos, opened_door
from tests.support.postgres import Postgres, running_postgres


@dataclass(frozen=True)
class Plan:
    """What happens: `visits` come, evenly spread and by chance, over `spread_seconds`; something is killed now and then."""

    visits: int = 500
    spread_seconds: float = 240.0
    kill_every_seconds: float = 2.0
    replicas: int = 3
    pods: int = 8
    painting_seconds: float = 0.5
    settling_seconds: float = 300.0
    """How long after the last one came every visit must have its end; nothing is killed any more then."""
    seed: int = 6


@dataclass(frozen=True)
class Outcome:
    """What was done to the booth, and what it cost."""

    damage: Damage
    blows: dict[str, int]
    log: Sequence[str]
    refused: int
    """Answers of 500 and above and broken connections that phones met; each phone tried again and got through."""
    waits: Sequence[float]
    """Seconds from each upload's acknowledgement to the visit's end, in order of length."""
    seconds: float

    def wait(self, share: float) -> float:
        """Give the wait below which this share of the visits stayed."""
        return self.waits[min(len(self.waits) - 1, math.floor(share * len(self.waits)))] if self.waits else math.inf


def run(plan: Plan) -> Outcome:
    """Run the plan on a database of its own. Raises FileNotFoundError where there is no PostgreSQL."""
    with running_postgres() as postgres:
        database = postgres.new_database()
        urls = asyncio.run(urls_of_replicas(database, plan.replicas))
        pods = [PodPlan(plan.painting_seconds)] * plan.pods
        with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), pods, databases=urls) as fleet:
            return asyncio.run(_happen(plan, fleet, postgres, database))


async def _happen(plan: Plan, fleet: Fleet, postgres: Postgres, database: str) -> Outcome:
    killer = Killer(fleet, postgres, database, plan.kill_every_seconds, plan.seed)
    began = time.monotonic()
    supervising = asyncio.create_task(supervise(fleet, killer))
    killing = asyncio.create_task(killer.kill())
    try:
        async with opened_door(fleet.urls, seed=plan.seed) as door:
            chance = random.Random(plan.seed)
            photos = distinct_photos(plan.visits, seed=plan.seed)
            phones = [Phone(door, photo, match=chance.choice(ARTISTS)) for photo in photos]
            arrivals = sorted(chance.uniform(0, plan.spread_seconds) for _ in phones)
            visits = [asyncio.create_task(_visit(phone, at, plan)) for phone, at in zip(phones, arrivals, strict=True)]
            await asyncio.sleep(plan.spread_seconds)
            await _ended(killing)
            await asyncio.gather(*visits)
            refused = door.refused
            damage = await look_for_damage(phones, fleet.journal.notes(), database)
    finally:
        await _ended(killing)
        await _ended(supervising)
    return Outcome(
        damage=damage,
        blows=dict(killer.done),
        log=killer.log,
        refused=refused,
        waits=sorted(phone.ended_at - phone.acknowledged_at for phone in phones if phone.ended_at),
        seconds=time.monotonic() - began,
    )


async def _visit(phone: Phone, at: float, plan: Plan) -> None:
    """Come at the time; a visit that does not end in time is found by who looks for damage."""
    await asyncio.sleep(at)
    with suppress(TimeoutError):
        await phone.whole_visit(plan.spread_seconds - at + plan.settling_seconds)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
