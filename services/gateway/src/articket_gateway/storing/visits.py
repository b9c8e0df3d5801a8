"""The visits in SQL, with the lease that says which gateway replica runs each.

Rules that make a crash harmless (measured and argued in `docs/decisions/0002-lease-table.md`):

1. claiming a visit raises its `epoch`; whoever saves must still hold owner and epoch, otherwise nothing is saved (`LeaseLost`);
2. a step's result, the visit's new state and the events that tell of it are one transaction;
3. leases use the database's clock only;
4. renewing takes one statement for all visits of a replica, also when the lease has run out but nobody has taken it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.errors import AnswersChanged, LeaseLost
from articket_gateway.storing.database import Database
from articket_gateway.storing.prints import NewPrint, cancel_prints_of, insert_prints
from articket_gateway.storing.tables import event, kiosk, painting, step, ticket, visit
from articket_gateway.visit.states import Json, StepRecord, StepStatus, VisitRecord, VisitState

CLAIM_BATCH = 10
OUTAGE_PATIENCE_SECONDS = 600.0
"""How long a running visit waits for a database that has gone away before it gives up."""

RENEW_SECONDS = 2.0
"""One try to renew: short, so that after an outage every owner has renewed before anybody takes what has expired."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one visit: valid while owner and epoch are the row's."""

    visit_id: str
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that has been renewed: its epoch, and whether the visitor has answered."""

    epoch: int
    is_answered: bool


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to store beside a change, for those who watch the visit."""

    type: str
    data: Json


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was stored; ids grow over all visits."""

    id: int
    type: str
    data: Json


@dataclass(frozen=True, slots=True)
class Head:
    """What tells that something of a visit has been stored: its newest event, and whether it is over."""

    last_event_id: int | None
    is_over: bool


class VisitStore:
    """Every statement about visits. Methods are single transactions; `LeaseLost` and `StoreUnavailable` are all they raise."""

    def __init__(self, database: Database, *, owner: str, lease_seconds: float) -> None:
        self._database = database
        self.owner = owner
        self._lease_seconds = lease_seconds

    # -- what visitors do --------------------------------------------------------------------------------------------------

    async def create(self, record: VisitRecord) -> None:
        """Keep a new visit."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                self._database.insert(visit)
                .values(
                    id=record.id,
                    lang=record.lang,
                    state=record.state,
                    created_at=record.created_at,
                    expires_at=record.expires_at,
                    artists=_listed(record.artists),
                    ref=record.ref,
                    is_public=record.is_public,
                    kiosk_id=record.kiosk_id,
                    phone=record.phone,
                )
                .on_conflict_do_nothing()  # its own first try, whose commit was not heard of: ids are random
            )

        await self._database.transact(work)

    async def find(self, visit_id: str) -> VisitRecord | None:
        """Give the visit with its steps, or None."""

        async def work(connection: AsyncConnection) -> VisitRecord | None:
            row = (await connection.execute(sa.select(visit).where(visit.c.id == visit_id))).first()
            if row is None:
                return None
            steps = (await connection.execute(sa.select(step).where(step.c.visit_id == visit_id))).all()
            return visit_record(row, steps)

        return await self._database.transact(work)

    async def receive_photo(
        self, visit_id: str, *, digest: str, artists: Sequence[str], news: NewEvent, at: float | None = None
    ) -> Lease | None:
        """Note the photo and make this replica the visit's runner; None when the visit has a photo already or is erased.

        `at` is when the upload was there, in Unix seconds; left out, now.
        """

        async def work(connection: AsyncConnection) -> Lease | None:
            row = (
                await connection.execute(
                    sa.update(visit)
                    .where(visit.c.id == visit_id, visit.c.photo_digest.is_(None), visit.c.state != VisitState.ERASED)
                    .values(
                        photo_digest=digest,
                        photo_at=time.time() if at is None else at,
                        artists=list(artists),
                        state=VisitState.PHOTO_RECEIVED,
                        run_status="running",
                        lease_owner=self.owner,
                        lease_until=self._database.now + self._lease_seconds,
                        epoch=visit.c.epoch + 1,
                    )
                    .returning(visit.c.epoch)
                )
            ).first()
            if row is None:
                return None
            await self._tell(connection, visit_id, [news])
            return Lease(visit_id, self.owner, row.epoch)

        return await self._database.transact(work)

    async def set_public(self, visit_id: str, *, is_public: bool, news: Callable[[VisitRecord], NewEvent]) -> None:
        """Keep whether public screens may show the visit, and the event that tells of it; nothing for an erased one."""

        async def work(connection: AsyncConnection) -> None:
            row = (
                await connection.execute(
                    sa.update(visit)
                    .where(visit.c.id == visit_id, visit.c.state != VisitState.ERASED, visit.c.is_public != is_public)
                    .values(is_public=is_public)
                    .returning(visit)
                )
            ).first()
            if row is not None:
                steps = (await connection.execute(sa.select(step).where(step.c.visit_id == visit_id))).all()
                await self._tell(connection, visit_id, [news(visit_record(row, steps))])

        await self._database.transact(work)

    async def answer(self, visit_id: str, answers: Json) -> bool:
        """Keep the answers, replacing earlier ones; False when the visit is matched or erased."""

        async def work(connection: AsyncConnection) -> bool:
            # the row's lock first: a match that is being saved right now must be seen
            await connection.execute(sa.select(visit.c.id).where(visit.c.id == visit_id).with_for_update())
            matched = sa.exists().where(step.c.visit_id == visit_id, step.c.name == "match")
            done = await connection.execute(
                sa.update(visit)
                .where(visit.c.id == visit_id, visit.c.state != VisitState.ERASED, ~matched)
                .values(answers=dict(answers))
            )
            return done.rowcount == 1

        return await self._database.transact(work)

    async def answers(self, visit_id: str) -> Json | None:
        """Give the answers, or None while there are none."""

        async def work(connection: AsyncConnection) -> Json | None:
            return (await connection.execute(sa.select(visit.c.answers).where(visit.c.id == visit_id))).scalar()

        return await self._database.transact(work, patience=OUTAGE_PATIENCE_SECONDS)

    # -- who runs a visit --------------------------------------------------------------------------------------------------

    async def claim(self, running: Iterable[str], *, take_expired: bool) -> list[tuple[Lease, VisitRecord]]:
        """Take over up to CLAIM_BATCH visits that nobody runs: handed over, this owner's own of an earlier life, or expired."""
        free = [visit.c.lease_until == 0, visit.c.lease_owner == self.owner]
        if take_expired:
            free.append(visit.c.lease_until < self._database.now)
        ids = (
            sa.select(visit.c.id)
            .where(visit.c.run_status == "running", sa.or_(*free), visit.c.id.notin_(list(running)))
            .order_by(visit.c.created_at)
            .limit(CLAIM_BATCH)
        )
        if not self._database.is_sqlite:
            ids = ids.with_for_update(skip_locked=True)

        async def work(connection: AsyncConnection) -> list[tuple[Lease, VisitRecord]]:
            rows = (
                await connection.execute(
                    sa.update(visit)
                    .where(visit.c.id.in_(ids.scalar_subquery()))
                    .values(
                        lease_owner=self.owner,
                        lease_until=self._database.now + self._lease_seconds,
                        epoch=visit.c.epoch + 1,
                    )
                    .returning(visit)
                )
            ).all()
            claimed: list[tuple[Lease, VisitRecord]] = []
            for row in rows:
                steps = (await connection.execute(sa.select(step).where(step.c.visit_id == row.id))).all()
                claimed.append((Lease(row.id, self.owner, row.epoch), visit_record(row, steps)))
            return claimed

        return await self._database.transact(work, patience=1.0)

    async def renew(self) -> dict[str, Held]:
        """Renew every lease of this owner; give those that are still its own by visit id."""

        async def work(connection: AsyncConnection) -> dict[str, Held]:
            rows = await connection.execute(
                sa.update(visit)
                .where(visit.c.lease_owner == self.owner, visit.c.run_status == "running")
                .values(lease_until=self._database.now + self._lease_seconds)
                .returning(visit.c.id, visit.c.epoch, visit.c.answers)
            )
            # SQLite 3.40 gets IS NOT NULL wrong in RETURNING, so the answers themselves are asked for
            return {row.id: Held(row.epoch, row.answers is not None) for row in rows}

        return await self._database.transact(work, patience=1.0, try_seconds=RENEW_SECONDS)

    async def hand_over(self) -> None:
        """Give all leases back at once, so that another replica need not wait for them to run out."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                sa.update(visit).where(visit.c.lease_owner == self.owner, visit.c.run_status == "running").values(lease_until=0)
            )

        await self._database.transact(work, patience=3.0)

    # -- what a run stores -------------------------------------------------------------------------------------------------

    async def save_step(
        self,
        lease: Lease,
        record: StepRecord,
        *,
        state: VisitState | None = None,
        news: Sequence[NewEvent] = (),
        painted: tuple[str, str, Json] | None = None,
        answers: Json | None = None,
        prints: Sequence[NewPrint] = (),
    ) -> None:
        """Keep a step's end, the visit's new state, its events, and a painting to share (key, photo digest, result).

        `prints` are queued with it. With `answers`, only while the visitor's are still these. Raises LeaseLost, AnswersChanged.
        """

        async def work(connection: AsyncConnection) -> None:
            await self._assert_held(connection, lease, {} if state is None else {"state": state})
            if answers is not None:
                now = (await connection.execute(sa.select(visit.c.answers).where(visit.c.id == lease.visit_id))).scalar()
                if now != answers:
                    raise AnswersChanged
            values = {"visit_id": lease.visit_id, **asdict(record)}
            statement = self._database.insert(step).values(values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["visit_id", "name"], set_=values))
            if painted is not None:
                key, digest, result = painted
                await connection.execute(
                    self._database.insert(painting)
                    .values(key=key, photo_digest=digest, result=dict(result))
                    .on_conflict_do_nothing()
                )
            await insert_prints(self._database, connection, lease.visit_id, prints)
            await self._tell(connection, lease.visit_id, news)

        await self._database.transact(work, patience=OUTAGE_PATIENCE_SECONDS)

    async def finish(
        self, lease: Lease, *, failed: bool, state: VisitState | None, error: Json | None, news: Sequence[NewEvent] = ()
    ) -> None:
        """End the run. Raises LeaseLost."""

        async def work(connection: AsyncConnection) -> None:
            values: dict[str, Any] = {"run_status": "failed" if failed else "done", "error": error}
            if state is not None:
                values["state"] = state
            await self._assert_held(connection, lease, values)
            await self._tell(connection, lease.visit_id, news)

        await self._database.transact(work, patience=OUTAGE_PATIENCE_SECONDS)

    async def reserve_ticket_number(self, visit_id: str) -> int:
        """Give this visit's ticket number: the same however often it is asked, 1 for the booth's first."""

        async def work(connection: AsyncConnection) -> int:
            await connection.execute(self._database.insert(ticket).values(visit_id=visit_id).on_conflict_do_nothing())
            number = (await connection.execute(sa.select(ticket.c.number).where(ticket.c.visit_id == visit_id))).scalar()
            assert number is not None
            return number

        return await self._database.transact(work, patience=OUTAGE_PATIENCE_SECONDS)

    async def find_painting(self, key: str) -> Json | None:
        """Give the result of a painting that any visit has had painted, or None."""

        async def work(connection: AsyncConnection) -> Json | None:
            return (await connection.execute(sa.select(painting.c.result).where(painting.c.key == key))).scalar()

        return await self._database.transact(work, patience=OUTAGE_PATIENCE_SECONDS)

    # -- events ------------------------------------------------------------------------------------------------------------

    async def last_event_id(self, visit_id: str) -> int:
        """Give the id of the visit's newest event, 0 when it has none."""

        async def work(connection: AsyncConnection) -> int:
            newest = await connection.execute(sa.select(sa.func.max(event.c.id)).where(event.c.visit_id == visit_id))
            return newest.scalar() or 0

        return await self._database.transact(work)

    async def events_after(self, visit_id: str, last_id: int) -> list[StoredEvent]:
        """Give the visit's events with an id above `last_id`, oldest first."""

        async def work(connection: AsyncConnection) -> list[StoredEvent]:
            rows = await connection.execute(
                sa.select(event.c.id, event.c.type, event.c.data)
                .where(event.c.visit_id == visit_id, event.c.id > last_id)
                .order_by(event.c.id)
            )
            return [StoredEvent(row.id, row.type, row.data) for row in rows]

        return await self._database.transact(work)

    async def heads(self, visit_ids: Iterable[str]) -> dict[str, Head]:
        """Give visit → head of these visits, in one statement."""
        ids = list(visit_ids)
        last = sa.select(sa.func.max(event.c.id)).where(event.c.visit_id == visit.c.id).scalar_subquery()
        statement = sa.select(visit.c.id, last.label("last"), visit.c.state, visit.c.expires_at).where(visit.c.id.in_(ids))

        async def work(connection: AsyncConnection) -> dict[str, Head]:
            now = time.time()
            rows = await connection.execute(statement)
            return {row.id: Head(row.last, row.state == VisitState.ERASED or row.expires_at <= now) for row in rows}

        return await self._database.transact(work) if ids else {}

    # -- erasing -----------------------------------------------------------------------------------------------------------

    async def erase(self, visit_id: str) -> str | None:
        """Erase all that a visit told, keeping the bare row for statistics; its run loses the lease.

        Gives the photo digest whose pictures nobody needs any more, or None when there was no photo or another visit shares it.
        """

        async def work(connection: AsyncConnection) -> str | None:
            digest = (await connection.execute(sa.select(visit.c.photo_digest).where(visit.c.id == visit_id))).scalar()
            await connection.execute(
                sa.update(visit)
                .where(visit.c.id == visit_id)
                .values(
                    state=VisitState.ERASED,
                    photo_digest=None,
                    answers=None,
                    error=None,
                    phone=None,
                    is_public=False,
                    is_hidden=False,
                    lease_owner=None,
                    epoch=visit.c.epoch + 1,
                    run_status=sa.case((visit.c.run_status.is_(None), None), else_="done"),
                )
            )
            await cancel_prints_of(connection, visit_id)
            freed = {"session_visit_id": None, "session_until": 0}
            await connection.execute(sa.update(kiosk).where(kiosk.c.session_visit_id == visit_id).values(freed))
            await connection.execute(sa.delete(event).where(event.c.visit_id == visit_id))
            await connection.execute(sa.update(step).where(step.c.visit_id == visit_id).values(output=None, error=None))
            if digest is None:
                return None
            shared = (await connection.execute(sa.select(visit.c.id).where(visit.c.photo_digest == digest).limit(1))).first()
            if shared is not None:
                return None
            await connection.execute(sa.delete(painting).where(painting.c.photo_digest == digest))
            return digest

        unneeded = await self._database.transact(work)
        await self._database.forget_erased()
        return unneeded

    async def expired(self, now: float) -> list[str]:
        """Give the ids of visits whose retention has ended and which are not erased yet."""

        async def work(connection: AsyncConnection) -> list[str]:
            rows = await connection.execute(
                sa.select(visit.c.id).where(visit.c.expires_at <= now, visit.c.state != VisitState.ERASED).limit(100)
            )
            return [row.id for row in rows]

        return await self._database.transact(work)

    async def has_photo(self, digest: str) -> bool:
        """Say whether any visit has this photo."""

        async def work(connection: AsyncConnection) -> bool:
            found = await connection.execute(sa.select(visit.c.id).where(visit.c.photo_digest == digest).limit(1))
            return found.first() is not None

        return await self._database.transact(work)

    async def unerased(self) -> set[str]:
        """Give the ids of all visits that are not erased."""

        async def work(connection: AsyncConnection) -> set[str]:
            rows = await connection.execute(sa.select(visit.c.id).where(visit.c.state != VisitState.ERASED))
            return {row.id for row in rows}

        return await self._database.transact(work)

    async def photo_digests(self) -> set[str]:
        """Give the digests of all photos that a visit still has."""

        async def work(connection: AsyncConnection) -> set[str]:
            rows = await connection.execute(sa.select(visit.c.photo_digest).where(visit.c.photo_digest.is_not(None)))
            return {row.photo_digest for row in rows}

        return await self._database.transact(work)

    # -- private -----------------------------------------------------------------------------------------------------------

    async def _assert_held(self, connection: AsyncConnection, lease: Lease, values: Mapping[str, Any]) -> None:
        held = (
            visit.c.id == lease.visit_id,
            visit.c.lease_owner == lease.owner,
            visit.c.epoch == lease.epoch,
            visit.c.run_status == "running",
        )
        # an update also where nothing changes: it takes the row's lock, so that nobody can claim it before this commits
        done = await connection.execute(sa.update(visit).where(*held).values({"epoch": lease.epoch, **values}))
        if done.rowcount != 1:
            raise LeaseLost(lease.visit_id)

    async def _tell(self, connection: AsyncConnection, visit_id: str, news: Sequence[NewEvent]) -> None:
        if news:
            await connection.execute(
                sa.insert(event), [{"visit_id": visit_id, "type": one.type, "data": dict(one.data)} for one in news]
            )


def _listed(artists: Sequence[str] | None) -> list[str] | None:
    return None if artists is None else list(artists)


def visit_record(row: sa.Row[Any], steps: Sequence[sa.Row[Any]]) -> VisitRecord:
    """Make the record of a row of `visit` and its rows of `visit_step`."""
    return VisitRecord(
        id=row.id,
        lang=row.lang,
        state=VisitState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        artists=None if row.artists is None else tuple(row.artists),
        photo_digest=row.photo_digest,
        photo_at=row.photo_at,
        answers=row.answers,
        error=row.error,
        ref=row.ref,
        is_public=row.is_public,
        is_hidden=row.is_hidden,
        kiosk_id=row.kiosk_id,
        phone=row.phone,
        steps={one.name: _step(one) for one in steps},
    )


def _step(row: sa.Row[Any]) -> StepRecord:
    return StepRecord(
        name=row.name,
        status=StepStatus(row.status),
        output=row.output,
        error=row.error,
        attempts=row.attempts,
        started_at=row.started_at,
        finished_at=row.finished_at,
        engine=row.engine,
        engine_seconds=row.engine_seconds,
    )
