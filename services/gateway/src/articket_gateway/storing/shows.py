"""What monitors may show of the visits: which are under way, their records, and the newest finished paintings.

`kiosks` holds the monitors themselves. What of a visit is shown, and to whom, is decided in `kiosk.shows`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import step, visit
from articket_gateway.storing.visits import visit_record
from articket_gateway.visit.states import TICKET, VisitRecord, VisitState

NEWEST_FINISHED = 40
"""Visits whose run has ended are looked through for what may still be on a screen: more end in half a minute nowhere."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells cheaply whether a visit has changed since it was read: compared, never interpreted."""

    visit_id: str
    state: str
    is_public: bool
    is_hidden: bool
    kiosk_id: str | None
    steps: int
    last_end: float | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished painting that everybody may see: whose visit (by ref), which artist, and since when (Unix seconds)."""

    ref: str
    artist_id: str
    at: float


class ShowStore:
    """Each method is one transaction; StoreUnavailable is all they raise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def marks(self) -> list[Mark]:
        """Give the marks of all visits under way that have a photo, and of those that have ended last."""
        finished = (
            sa.select(visit.c.id)
            .where(visit.c.run_status.in_(("done", "failed")), visit.c.state != VisitState.ERASED)
            .order_by(visit.c.created_at.desc())
            .limit(NEWEST_FINISHED)
        )
        statement = (
            sa.select(
                visit.c.id,
                visit.c.state,
                visit.c.is_public,
                visit.c.is_hidden,
                visit.c.kiosk_id,
                sa.func.count(step.c.name),
                sa.func.max(step.c.finished_at),
            )
            .outerjoin(step, step.c.visit_id == visit.c.id)
            .where(
                sa.or_(visit.c.run_status == "running", visit.c.id.in_(finished.scalar_subquery())),
                visit.c.photo_digest.is_not(None),
            )
            .group_by(visit.c.id)
        )

        async def work(connection: AsyncConnection) -> list[Mark]:
            return [Mark(*row) for row in await connection.execute(statement)]

        return await self._database.transact(work)

    async def records(self, visit_ids: Iterable[str]) -> list[VisitRecord]:
        """Give the visits with their steps; those that are not there, erased or over are left out."""
        ids = list(visit_ids)

        async def work(connection: AsyncConnection) -> list[VisitRecord]:
            rows = (
                await connection.execute(
                    sa.select(visit).where(
                        visit.c.id.in_(ids), visit.c.state != VisitState.ERASED, visit.c.expires_at > time.time()
                    )
                )
            ).all()
            steps = (await connection.execute(sa.select(step).where(step.c.visit_id.in_(ids)))).all()
            return [visit_record(row, [one for one in steps if one.visit_id == row.id]) for row in rows]

        return await self._database.transact(work)

    async def find(self, ref: str) -> VisitRecord | None:
        """Give the visit with this ref, also an erased one, or None."""

        async def work(connection: AsyncConnection) -> VisitRecord | None:
            row = (await connection.execute(sa.select(visit).where(visit.c.ref == ref))).first()
            if row is None:
                return None
            return visit_record(row, (await connection.execute(sa.select(step).where(step.c.visit_id == row.id))).all())

        return await self._database.transact(work)

    async def newest_finished(self, count: int) -> list[Finished]:
        """Give the newest tickets' paintings whose visitors have said yes and which staff have not hidden, newest first."""
        statement = (
            sa.select(visit.c.ref, step.c.output, step.c.finished_at)
            .join(step, sa.and_(step.c.visit_id == visit.c.id, step.c.name == TICKET, step.c.status == "done"))
            .where(
                visit.c.is_public,
                ~visit.c.is_hidden,
                visit.c.state.in_((VisitState.TICKET_READY, VisitState.PRINTED)),
                visit.c.expires_at > time.time(),
            )
            .order_by(visit.c.created_at.desc())
            .limit(count)
        )

        async def work(connection: AsyncConnection) -> list[Finished]:
            rows = (await connection.execute(statement)).all()
            found = [Finished(row.ref, row.output["artist_id"], row.finished_at) for row in rows if row.output]
            return sorted(found, key=lambda one: one.at, reverse=True)

        return await self._database.transact(work)
