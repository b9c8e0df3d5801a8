"""The booth's figures from SQL: they survive restarts, count every replica, and still count visits that have been erased.

An erased visit keeps its steps' names, times, ends and engine seconds, and nothing else. Used by `staff.overview`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import step, visit
from articket_gateway.visit.states import PAINT_PREFIX, TICKET

RECENT = 49
"""An artist's usual time is the median of so many of the last paintings: how it is now, not how the morning was."""

AFTER_PAINT = PAINT_PREFIX[:-1] + chr(ord(PAINT_PREFIX[-1]) + 1)
"""The first name behind all painting steps in the index's order."""


@dataclass(frozen=True, slots=True)
class ArtistFigures:
    """One artist since `today`: paintings made and failed, engine seconds, and the median of the last RECENT ones."""

    done: int = 0
    failed: int = 0
    engine_seconds: float = 0.0
    median_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class BoothFigures:
    """Everything at one moment; `per_hour` counts the tickets between each two of the given times."""

    artists: Mapping[str, ArtistFigures] = field(default_factory=dict[str, ArtistFigures])
    tickets_today: int = 0
    tickets_last_hour: int = 0
    per_hour: Sequence[int] = ()
    visits_today: int = 0


class Figures:
    """The statements. StoreUnavailable is all they raise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, now: float, *, today: float, hours: Sequence[float]) -> BoothFigures:
        """Give the figures; `today` is when the day began, `hours` are the ascending bounds of `per_hour` (Unix seconds)."""

        async def work(connection: AsyncConnection) -> BoothFigures:
            day, hour, *per_hour = await self._tickets(connection, now, today, hours)
            begun = sa.select(sa.func.count()).select_from(visit).where(visit.c.created_at >= today)
            return BoothFigures(
                artists=await self._artists(connection, today),
                tickets_today=day,
                tickets_last_hour=hour,
                per_hour=per_hour,
                visits_today=(await connection.execute(begun)).scalar_one(),
            )

        return await self._database.transact(work)

    async def _tickets(self, connection: AsyncConnection, now: float, today: float, hours: Sequence[float]) -> list[int]:
        """Count the tickets of today, of the last hour, and between each two of `hours`."""
        spans = [(today, None), (now - 3600, None), *itertools.pairwise(hours)]
        # a search of the index for each: cheaper than one look at every ticket that asks for each span
        counts = [
            sa.select(sa.func.count())
            .where(
                step.c.name == TICKET,
                step.c.status == "done",
                step.c.finished_at >= first,
                *([step.c.finished_at < end] if end is not None else []),
            )
            .scalar_subquery()
            for first, end in spans
        ]
        return list((await connection.execute(sa.select(*counts))).one())

    async def _artists(self, connection: AsyncConnection, today: float) -> Mapping[str, ArtistFigures]:
        ended = (
            sa.select(
                step.c.name, step.c.status, sa.func.count().label("number"), sa.func.sum(step.c.engine_seconds).label("seconds")
            )
            .where(self._is_painting(), step.c.finished_at >= today)
            .group_by(step.c.name, step.c.status)
        )
        counts: dict[str, dict[str, int]] = {}
        seconds: dict[str, float] = {}
        for row in (await connection.execute(ended)).all():
            counts.setdefault(row.name, {})[row.status] = row.number
            seconds[row.name] = seconds.get(row.name, 0.0) + (row.seconds or 0.0)
        return {
            name.removeprefix(PAINT_PREFIX): ArtistFigures(
                done=of.get("done", 0),
                failed=of.get("failed", 0),
                engine_seconds=seconds[name],
                median_seconds=await self._median(connection, name, today),
            )
            for name, of in counts.items()
        }

    def _is_painting(self) -> sa.ColumnElement[bool]:
        """Say which names are paintings': SQLite seeks a range of its index; PostgreSQL's collation sorts otherwise."""
        if self._database.is_sqlite:
            return sa.and_(step.c.name >= PAINT_PREFIX, step.c.name < AFTER_PAINT)
        return step.c.name.startswith(PAINT_PREFIX, autoescape=True)

    async def _median(self, connection: AsyncConnection, name: str, today: float) -> float | None:
        """Give the usual engine time; a painting that was there already (0 s) says nothing about it."""
        last = (
            sa.select(step.c.engine_seconds)
            .where(step.c.name == name, step.c.finished_at >= today, step.c.status == "done", step.c.engine_seconds > 0)
            .order_by(step.c.finished_at.desc())
            .limit(RECENT)
        )
        found = sorted((await connection.execute(last)).scalars().all())
        return found[len(found) // 2] if found else None
