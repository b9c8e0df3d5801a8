"""What the doorkeeper asks the database: how many visits are open, how fast they end, how many one phone has begun."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import step, visit
from articket_gateway.visit.states import PAINT_PREFIX, PaintMode

PACE_SECONDS = 300.0
"""The pace of the last minutes is what the next ones will see."""


class AdmissionStore:
    """Counts of visits. Each method is one transaction; StoreUnavailable is all they raise."""

    def __init__(self, database: Database, *, mode: PaintMode = PaintMode.ALL) -> None:
        """Take the database; `mode` says whether paintings wait for answers, too."""
        self._database = database
        self._mode = mode

    async def nth_newest(self, phone: str, count: int, *, since: float) -> float | None:
        """Give when the `count`-th newest visit of this phone began, None when it has not begun so many since then."""

        async def work(connection: AsyncConnection) -> float | None:
            newest = (
                sa.select(visit.c.created_at)
                .where(visit.c.phone == phone, visit.c.created_at > since)
                .order_by(visit.c.created_at.desc())
                .offset(count - 1)
                .limit(1)
            )
            return (await connection.execute(newest)).scalar()

        return await self._database.transact(work)

    async def open_visits(self) -> int:
        """Count the visits that have paintings to come. One that waits for nothing but answers is not open.

        Where nothing is painted before the match, that is also one whose visitor has not answered, and may never do so.
        """
        ended = (
            sa.select(sa.func.count())
            .where(step.c.visit_id == visit.c.id, step.c.name.startswith(PAINT_PREFIX, autoescape=True))
            .scalar_subquery()
        )
        is_open = [visit.c.run_status == "running", ended < sa.func.json_array_length(visit.c.artists)]
        if self._mode is not PaintMode.ALL:
            is_open.append(visit.c.answers.is_not(None))

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(sa.select(sa.func.count()).select_from(visit).where(*is_open))).scalar_one()

        return await self._database.transact(work)

    async def visits_painted_a_second(self) -> float:
        """Give the pace at which visits have lately had their last painting."""
        since = time.time() - PACE_SECONDS
        last = (
            sa.select(sa.func.max(step.c.finished_at).label("at"))
            .join(visit, visit.c.id == step.c.visit_id)
            .where(visit.c.created_at > since - 3600, step.c.name.startswith(PAINT_PREFIX, autoescape=True))
            .group_by(step.c.visit_id)
            .subquery()
        )

        async def work(connection: AsyncConnection) -> tuple[int, float | None]:
            row = (await connection.execute(sa.select(sa.func.count(), sa.func.min(last.c.at)).where(last.c.at > since))).one()
            return row[0], row[1]

        count, first = await self._database.transact(work)
        # a booth that has just opened has no five minutes behind it
        return count / max(time.time() - first, 1.0) if count and first is not None else 0.0
