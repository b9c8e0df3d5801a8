"""What is done to the booth: every few seconds something random is killed, and comes back after a second."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import asyncpg

from tests.support.database_users import cut_connections
from tests.support.fleet import Fleet, Member
from tests.support.postgres import Postgres

AWAY_SECONDS = 1.0
"""How long a supervisor takes to notice and to start it again."""


@dataclass
class Killer:
    """Kills until it is cancelled; `done` says what. The same seed kills the same things in the same order."""

    fleet: Fleet
    postgres: Postgres
    database: str
    """URL of a user that is none of the replicas."""
    every_seconds: float
    seed: int
    done: Counter[str] = field(default_factory=Counter[str])
    log: list[str] = field(default_factory=list[str])
    _database_is_away: bool = False

    async def kill(self) -> None:
        """Kill something every `every_seconds` seconds. What was killed is always brought back, also after a cancellation."""
        chance = random.Random(self.seed)
        blows = {"pod": self._pod, "gateway": self._gateway, "connections": self._connections, "database": self._database}
        restarts: set[asyncio.Task[None]] = set()
        try:
            while True:
                await asyncio.sleep(self.every_seconds)
                # a whole database falls less often than a pod: of ten blows four, three, two and one
                kind = chance.choices(list(blows), weights=(4, 3, 2, 1))[0]
                restart = asyncio.create_task(blows[kind](chance.random()))
                restarts.add(restart)
                restart.add_done_callback(restarts.discard)
                self.done[kind] += 1
        finally:
            await asyncio.gather(*restarts)

    async def _pod(self, draw: float) -> None:
        await self._kill(self.fleet.pods[int(draw * len(self.fleet.pods))])

    async def _gateway(self, draw: float) -> None:
        await self._kill(self.fleet.gateways[int(draw * len(self.fleet.gateways))])

    async def _connections(self, draw: float) -> None:
        number = 1 + int(draw * len(self.fleet.gateways))
        try:
            count = await cut_connections(self.database, number)
        except (OSError, asyncpg.PostgresError):  # the server itself is away just now
            count = 0
        self._note(f"cut {count} connections of gateway-{number}")

    async def _database(self, _draw: float) -> None:
        if self._database_is_away:
            return
        self._database_is_away = True
        self._note("the database crashes")
        await asyncio.to_thread(self.postgres.stop)
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(self.postgres.start)
        self._note("the database is back")
        self._database_is_away = False

    async def _kill(self, member: Member) -> None:
        if not member.is_alive:  # away since an earlier blow, or gone by itself because the database was away
            self._note(f"{member.name} is away already")
            return
        member.kill()
        self._note(f"kill -9 {member.name}")

    def _note(self, what: str) -> None:
        self.log.append(f"{time.time():.2f} {what}")


async def supervise(fleet: Fleet, killer: Killer) -> None:
    """Start again what has ended, a second later, until cancelled."""
    away: dict[str, float] = {}
    while True:
        for member in fleet.members:
            if member.is_alive:
                away.pop(member.name, None)
            elif time.monotonic() - away.setdefault(member.name, time.monotonic()) >= AWAY_SECONDS:
                member.start()
                killer.log.append(f"{time.time():.2f} {member.name} is started again")
        await asyncio.sleep(0.1)
