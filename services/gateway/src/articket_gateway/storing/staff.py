"""What staff see and change of visits in SQL. They know a visit by its `ref`; its id stays inside the gateway.

Beside `visits`, which holds what visitors do and who runs a visit. The figures over many visits are in `figures`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import event, step, ticket, visit
from articket_gateway.storing.visits import Lease, NewEvent, visit_record
from articket_gateway.visit.states import (
    CAPTION,
    MATCH,
    PAINT_PREFIX,
    TICKET,
    Json,
    PaintMode,
    StepStatus,
    VisitRecord,
    VisitState,
    paint_step,
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list, newest first: behind the visit that began then and has this ref."""

    created_at: float
    ref: str


class StaffStore:
    """Staff's statements about visits. Methods are single transactions; StoreUnavailable is all they raise.

    `owner` and `lease_seconds` are those of the replica's VisitStore; `mode` says which paintings are to come.
    """

    def __init__(self, database: Database, *, owner: str, lease_seconds: float, mode: PaintMode = PaintMode.ALL) -> None:
        self._database = database
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._mode = mode

    async def find(self, ref: str) -> VisitRecord | None:
        """Give the visit with its steps, or None."""

        async def work(connection: AsyncConnection) -> VisitRecord | None:
            row = (await connection.execute(sa.select(visit).where(visit.c.ref == ref))).first()
            if row is None:
                return None
            steps = (await connection.execute(sa.select(step).where(step.c.visit_id == row.id))).all()
            return visit_record(row, steps)

        return await self._database.transact(work)

    async def listed(
        self, *, since: float, now: float, limit: int, before: Cursor | None = None, number: int | None = None
    ) -> list[VisitRecord]:
        """Give the unerased visits begun after `since`, newest first; with `number` only the one with this ticket."""
        wanted = sa.select(visit).where(
            visit.c.created_at >= since, visit.c.state != VisitState.ERASED, visit.c.expires_at > now
        )
        if number is not None:
            wanted = wanted.where(visit.c.id == sa.select(ticket.c.visit_id).where(ticket.c.number == number).scalar_subquery())
        if before is not None:
            wanted = wanted.where(sa.tuple_(visit.c.created_at, visit.c.ref) < sa.tuple_(before.created_at, before.ref))
            wanted = wanted.where(visit.c.created_at <= before.created_at)  # the index's own column: a row value is not sought
        wanted = wanted.order_by(visit.c.created_at.desc(), visit.c.ref.desc()).limit(limit)

        async def work(connection: AsyncConnection) -> list[VisitRecord]:
            rows = (await connection.execute(wanted)).all()
            ids = [row.id for row in rows]
            of: dict[str, list[sa.Row[Any]]] = {visit_id: [] for visit_id in ids}
            for one in (await connection.execute(sa.select(step).where(step.c.visit_id.in_(ids)))).all():
                of[one.visit_id].append(one)
            return [visit_record(row, of[row.id]) for row in rows]

        return await self._database.transact(work)

    async def hide(self, visit_id: str, *, is_hidden: bool) -> bool:
        """Keep whether the visit stays off public screens; False when it is erased."""

        async def work(connection: AsyncConnection) -> bool:
            wanted = sa.update(visit).where(visit.c.id == visit_id, visit.c.state != VisitState.ERASED)
            return (await connection.execute(wanted.values(is_hidden=is_hidden))).rowcount == 1

        return await self._database.transact(work)

    async def reopen(
        self, visit_id: str, artist_id: str, describe: Callable[[VisitRecord], Sequence[NewEvent]]
    ) -> tuple[Lease, VisitRecord] | None:
        """Forget a painting that has failed, and make this replica the visit's runner under a new epoch.

        A visit that failed as a whole loses its failed match and ticket, too, so that they follow. Gives the visit as it is
        then; None when that painting has not failed (any more): of two who ask at once, one gets the lease.
        """

        async def work(connection: AsyncConnection) -> tuple[Lease, VisitRecord] | None:
            # the row's lock first: whoever saves a step of this visit takes it as well
            held = sa.select(visit.c.state).where(visit.c.id == visit_id, visit.c.photo_digest.is_not(None)).with_for_update()
            state = (await connection.execute(held)).scalar()
            if state is None or not await self._forget(connection, visit_id, [paint_step(artist_id)]):
                return None
            has_failed = state == VisitState.FAILED
            if has_failed:
                await self._forget(connection, visit_id, [MATCH, TICKET])
            steps = (await connection.execute(sa.select(step).where(step.c.visit_id == visit_id))).all()
            changed = {
                "run_status": "running",
                "lease_owner": self._owner,
                "lease_until": self._database.now + self._lease_seconds,
                "epoch": visit.c.epoch + 1,
            }
            taken = sa.update(visit).where(visit.c.id == visit_id).values(changed).returning(visit)
            row = (await connection.execute(taken)).one()
            record = visit_record(row, steps)
            if has_failed:
                record = replace(record, state=_as_far_as(record), error=None)
                back = sa.update(visit).where(visit.c.id == visit_id).values(state=record.state, error=None)
                await connection.execute(back)
            news = [{"visit_id": visit_id, "type": one.type, "data": dict(one.data)} for one in describe(record)]
            if news:
                await connection.execute(sa.insert(event), news)
            return Lease(visit_id, self._owner, row.epoch), record

        return await self._database.transact(work)

    async def _forget(self, connection: AsyncConnection, visit_id: str, names: Sequence[str]) -> bool:
        failed = sa.delete(step).where(step.c.visit_id == visit_id, step.c.name.in_(names), step.c.status == "failed")
        return (await connection.execute(failed)).rowcount > 0

    async def unpainted(self) -> Mapping[str, Sequence[str]]:
        """Give visit id → the artists whose paintings are to come, of the visits that run on any replica.

        A painting that waits for the visitor's answers does not come yet; one that is only made if a better-ranked artist
        fails does not come at all.
        """
        running = sa.select(visit.c.id, visit.c.artists).where(visit.c.run_status == "running")
        ended = (
            sa.select(step.c.visit_id, step.c.name, step.c.status)
            .join(visit, visit.c.id == step.c.visit_id)
            .where(visit.c.run_status == "running", step.c.name.startswith(PAINT_PREFIX))
        )
        matched = (
            sa.select(step.c.visit_id, step.c.output)
            .join(visit, visit.c.id == step.c.visit_id)
            .where(visit.c.run_status == "running", step.c.name == MATCH, step.c.status == StepStatus.DONE)
        )

        async def work(connection: AsyncConnection) -> Mapping[str, Sequence[str]]:
            over: dict[str, dict[str, str]] = {}
            for row in await connection.execute(ended):
                over.setdefault(row.visit_id, {})[row.name.removeprefix(PAINT_PREFIX)] = row.status
            visits = {row.id: row.artists or () for row in await connection.execute(running)}
            if self._mode is PaintMode.ALL:
                return {
                    one: [artist for artist in artists if artist not in over.get(one, {})] for one, artists in visits.items()
                }
            rankings = {row.visit_id: _ranking(row.output) for row in await connection.execute(matched)}
            orders = {one: in_order(rankings[one], artists) if one in rankings else () for one, artists in visits.items()}
            return {one: self._to_come(order, over.get(one, {})) for one, order in orders.items()}

        return await self._database.transact(work)

    def _to_come(self, order: Sequence[str], ended: Mapping[str, str]) -> Sequence[str]:
        """Give who of a matched visit's artists, best first, has yet to paint."""
        left = [artist for artist in order if artist not in ended]
        if self._mode is PaintMode.MATCHED_FIRST:
            return left
        return [] if StepStatus.DONE in ended.values() else left[:1]


def _ranking(match: Json | None) -> Sequence[str]:
    return [rank["artist_id"] for rank in (match or {}).get("ranking", ())]


def in_order(ranking: Sequence[str], artists: Sequence[str]) -> Sequence[str]:
    """Give the artists, best match first; those whom the match does not know come last."""
    return [*(one for one in ranking if one in artists), *(one for one in artists if one not in ranking)]


def _as_far_as(record: VisitRecord) -> VisitState:
    """Give the state of a visit that has failed as it was before: as far as its finished steps say."""
    if record.step_done(TICKET):
        return VisitState.TICKET_READY
    if record.step_done(MATCH):
        return VisitState.MATCHED
    if any(one.artist_id is not None and one.is_done for one in record.steps.values()):
        return VisitState.PAINTING
    return VisitState.CAPTIONED if record.step_done(CAPTION) else VisitState.PHOTO_RECEIVED
