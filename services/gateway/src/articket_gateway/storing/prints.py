"""The print jobs in SQL: one row is one ticket for one sink, and the promise that it comes out once.

Rules, argued in `docs/decisions/0008-printing.md`:

1. a sink's queue is its rows in order of their ids; only its first row can be claimed, so one replica works at a time;
2. leases use the database's clock only; whoever changes a job must still hold its lease (`LeaseLost` otherwise);
3. what is done at the sink is noted before the next step is taken there.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.errors import LeaseLost
from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import print_job, step, visit
from articket_gateway.visit.states import TICKET, Json, StepStatus, VisitState

ERASED = "erased"
"""The reason of a job that was cancelled because its visit was erased."""

CLEAN_BATCH = 50


class PrintState(StrEnum):
    """How far a print job is."""

    WAITING = "waiting"
    PRINTING = "printing"  # the sink may have it
    HELD = "held"  # whether it came out cannot be known: staff decide
    PRINTED = "printed"
    FAILED = "failed"
    CANCELLED = "cancelled"


QUEUED = (PrintState.WAITING, PrintState.PRINTING)
"""States in which a job stands in its sink's queue."""

UNCOUNTED = (PrintState.FAILED, PrintState.CANCELLED)
"""States of which no copy has come out; a held job counts, until staff cancel it."""


@dataclass(frozen=True, slots=True)
class NewPrint:
    """A ticket wanted from a sink. `key` is the wish: the same one twice is one job."""

    key: str
    sink: str
    copies: int
    asked_by: str


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A print job as it is stored. Times are Unix seconds; `remote` is where it is at the sink."""

    id: int
    visit_id: str
    sink: str
    state: PrintState
    copies: int
    asked_by: str
    asked_at: float
    ended_at: float | None = None
    reason: str | None = None
    remote: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class TicketToPrint:
    """What a job needs to know of its visit's ticket; `made_at` is in Unix seconds."""

    number: str
    artist_id: str
    made_at: float


async def insert_prints(database: Database, connection: AsyncConnection, visit_id: str, prints: Sequence[NewPrint]) -> None:
    """Queue tickets within somebody else's transaction; a wish that is there already is left as it is."""
    for one in prints:
        await connection.execute(_new_row(database, visit_id, one).on_conflict_do_nothing())


async def cancel_prints_of(connection: AsyncConnection, visit_id: str) -> None:
    """Cancel what waits of a visit that is being erased, within that transaction. What a sink has, its worker takes back."""
    await connection.execute(
        sa.update(print_job)
        .where(print_job.c.visit_id == visit_id, print_job.c.state.in_((PrintState.WAITING, PrintState.HELD)))
        .values(state=PrintState.CANCELLED, reason=ERASED, ended_at=time.time())
    )


class PrintStore:
    """Every statement about print jobs. Methods are single transactions; LeaseLost and StoreUnavailable are all they raise."""

    def __init__(self, database: Database, *, owner: str, lease_seconds: float) -> None:
        self._database = database
        self.owner = owner
        self._lease_seconds = lease_seconds

    # -- what staff do -----------------------------------------------------------------------------------------------------

    async def ask(
        self, visit_id: str, sinks: Sequence[str], *, copies: int, copies_max: int, asked_by: str
    ) -> list[PrintJob] | None:
        """Queue the visit's ticket on each sink that has enough copies left; give the jobs, or None without such a visit."""
        keys = {sink: f"{visit_id}/{sink}/{secrets.token_hex(8)}" for sink in sinks}

        async def work(connection: AsyncConnection) -> list[PrintJob] | None:
            # an update that changes nothing takes the row's lock: two who ask at once are counted one after the other
            locked = sa.update(visit).where(visit.c.id == visit_id, visit.c.state != VisitState.ERASED)
            if (await connection.execute(locked.values(state=visit.c.state))).rowcount != 1:
                return None
            there = sa.select(print_job).where(print_job.c.key.in_(keys.values())).order_by(print_job.c.id)
            own = (await connection.execute(there)).all()  # of its own first try, whose commit was not heard of
            used = await self._used(connection, visit_id)
            for sink in () if own else sinks:
                if used.get(sink, 0) + copies <= copies_max:
                    new = NewPrint(keys[sink], sink, copies, asked_by)
                    await connection.execute(_new_row(self._database, visit_id, new))
            return [_job(row) for row in (await connection.execute(there)).all()]

        return await self._database.transact(work)

    async def cancel(self, job_id: int) -> bool:
        """Cancel a job that waits or is held; False when it is not there or has gone further."""

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                sa.update(print_job)
                .where(print_job.c.id == job_id, print_job.c.state.in_((PrintState.WAITING, PrintState.HELD)))
                .values(state=PrintState.CANCELLED, reason=None, ended_at=time.time())
            )
            return done.rowcount == 1

        return await self._database.transact(work)

    async def find(self, job_id: int) -> PrintJob | None:
        """Give the job, or None."""

        async def work(connection: AsyncConnection) -> PrintJob | None:
            row = (await connection.execute(sa.select(print_job).where(print_job.c.id == job_id))).first()
            return None if row is None else _job(row)

        return await self._database.transact(work)

    async def of_visits(self, visit_ids: Sequence[str]) -> list[PrintJob]:
        """Give the visits' jobs, oldest first."""

        async def work(connection: AsyncConnection) -> list[PrintJob]:
            rows = await connection.execute(
                sa.select(print_job).where(print_job.c.visit_id.in_(visit_ids)).order_by(print_job.c.id)
            )
            return [_job(row) for row in rows]

        return await self._database.transact(work)

    # -- what everybody sees -----------------------------------------------------------------------------------------------

    async def of_present_visits(self) -> list[PrintJob]:
        """Give the jobs of all visits that are not erased, oldest first."""

        async def work(connection: AsyncConnection) -> list[PrintJob]:
            rows = await connection.execute(
                sa.select(print_job)
                .join(visit, visit.c.id == print_job.c.visit_id)
                .where(visit.c.state != VisitState.ERASED)
                .order_by(print_job.c.id)
            )
            return [_job(row) for row in rows]

        return await self._database.transact(work)

    async def changed_since(self, since: float) -> list[PrintJob]:
        """Give every job that has not ended, and those that have since; oldest first."""

        async def work(connection: AsyncConnection) -> list[PrintJob]:
            unended = print_job.c.state.in_((*QUEUED, PrintState.HELD))
            rows = await connection.execute(
                sa.select(print_job).where(sa.or_(unended, print_job.c.ended_at >= since)).order_by(print_job.c.id)
            )
            return [_job(row) for row in rows]

        return await self._database.transact(work)

    async def printed(self) -> dict[str, int]:
        """Give sink → how many of its jobs have been printed, erased visits included."""

        async def work(connection: AsyncConnection) -> dict[str, int]:
            rows = await connection.execute(
                sa.select(print_job.c.sink, sa.func.count())
                .where(print_job.c.state == PrintState.PRINTED)
                .group_by(print_job.c.sink)
            )
            return {row[0]: row[1] for row in rows}

        return await self._database.transact(work)

    # -- what a sink's worker does -----------------------------------------------------------------------------------------

    async def claim(self, sink: str, *, only_begun: bool) -> PrintJob | None:
        """Take the sink's first job, unless another replica works on this sink. `only_begun`: not one that merely waits."""
        row, other = print_job.alias("first"), print_job.alias("other")
        first = (
            sa.select(row.c.id)
            .where(row.c.sink == sink, row.c.state.in_(QUEUED))
            .order_by(row.c.state != PrintState.PRINTING, row.c.id)
            .limit(1)
        )
        is_worked_on = sa.exists().where(
            other.c.sink == sink,
            other.c.state.in_(QUEUED),
            other.c.id != print_job.c.id,
            other.c.lease_owner != self.owner,
            other.c.lease_until >= self._database.now,
        )

        async def work(connection: AsyncConnection) -> PrintJob | None:
            rows = await connection.execute(
                sa.update(print_job)
                .where(
                    print_job.c.id == first.scalar_subquery(),
                    print_job.c.state.in_((PrintState.PRINTING,) if only_begun else QUEUED),
                    sa.or_(
                        print_job.c.lease_owner.is_(None),
                        print_job.c.lease_owner == self.owner,
                        print_job.c.lease_until < self._database.now,
                    ),
                    ~is_worked_on,
                )
                .values(lease_owner=self.owner, lease_until=self._database.now + self._lease_seconds)
                .returning(print_job)
            )
            claimed = rows.first()
            return None if claimed is None else _job(claimed)

        return await self._database.transact(work)

    async def renew(self, job: PrintJob) -> bool:
        """Keep the lease; True when the job's visit has been erased meanwhile. Raises LeaseLost."""

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                sa.update(print_job)
                .where(print_job.c.id == job.id, print_job.c.lease_owner == self.owner, print_job.c.state.in_(QUEUED))
                .values(lease_until=self._database.now + self._lease_seconds)
            )
            if done.rowcount != 1:
                raise LeaseLost("a print job")
            state = await connection.execute(sa.select(visit.c.state).where(visit.c.id == job.visit_id))
            return state.scalar() == VisitState.ERASED

        return await self._database.transact(work)

    async def give_back(self, job: PrintJob) -> None:
        """Let another replica take the job at once. Raises LeaseLost."""
        await self._save(job, {"lease_owner": None, "lease_until": 0})

    async def hand_over(self) -> None:
        """Give every lease of this owner back, so that another replica goes on at once."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                sa.update(print_job)
                .where(print_job.c.lease_owner == self.owner, print_job.c.state.in_(QUEUED))
                .values(lease_owner=None, lease_until=0)
            )

        await self._database.transact(work)

    async def begin(self, job: PrintJob) -> PrintJob:
        """Note that the sink is about to get the job: from here on nobody cancels it in the queue. Raises LeaseLost."""
        return await self._save(job, {"state": PrintState.PRINTING, "reason": None})

    async def note(self, job: PrintJob, remote: str | None) -> PrintJob:
        """Note where the job is at the sink. Raises LeaseLost."""
        return await self._save(job, {"remote_id": remote})

    async def put_back(self, job: PrintJob, reason: str | None, *, is_attempt: bool = False) -> PrintJob:
        """Note that the sink has nothing of the job, which waits again as the first. Raises LeaseLost."""
        attempts = job.attempts + is_attempt
        return await self._save(job, {"state": PrintState.WAITING, "reason": reason, "remote_id": None, "attempts": attempts})

    async def tell(self, job: PrintJob, reason: str | None) -> PrintJob:
        """Note why the job does not move, or that it does. Raises LeaseLost."""
        return await self._save(job, {"reason": reason})

    async def end(self, job: PrintJob, state: PrintState, reason: str | None = None, *, is_final: bool = True) -> PrintJob:
        """Note the job's end; the first copy that is out makes its visit a printed one. Raises LeaseLost.

        Not so where it is not `is_final`: a file in a folder is no ticket in the hand where there is a printer.
        """

        async def work(connection: AsyncConnection) -> PrintJob:
            ended = await self._change(
                connection,
                job,
                {"state": state, "reason": reason, "ended_at": time.time(), "lease_owner": None, "lease_until": 0},
            )
            if state is PrintState.PRINTED and is_final:
                await connection.execute(
                    sa.update(visit)
                    .where(visit.c.id == job.visit_id, visit.c.state == VisitState.TICKET_READY)
                    .values(state=VisitState.PRINTED)
                )
            return ended

        return await self._database.transact(work)

    async def ticket(self, visit_id: str) -> TicketToPrint | None:
        """Give the visit's ticket, or None when there is none or it has been erased."""

        async def work(connection: AsyncConnection) -> TicketToPrint | None:
            row = (
                await connection.execute(
                    sa.select(step.c.output, step.c.finished_at).where(
                        step.c.visit_id == visit_id, step.c.name == TICKET, step.c.status == StepStatus.DONE
                    )
                )
            ).first()
            output: Json | None = None if row is None else row.output
            if row is None or not output:
                return None
            return TicketToPrint(output["number"], output["artist_id"], row.finished_at)

        return await self._database.transact(work)

    async def uncleaned(self, sink: str) -> list[PrintJob]:
        """Give ended jobs of erased visits of which the sink may still hold something."""

        async def work(connection: AsyncConnection) -> list[PrintJob]:
            rows = await connection.execute(
                sa.select(print_job)
                .join(visit, visit.c.id == print_job.c.visit_id)
                .where(
                    print_job.c.sink == sink,
                    print_job.c.remote_id.is_not(None),
                    print_job.c.state.notin_(QUEUED),
                    visit.c.state == VisitState.ERASED,
                )
                .limit(CLEAN_BATCH)
            )
            return [_job(row) for row in rows]

        return await self._database.transact(work)

    async def cleaned(self, job_id: int) -> None:
        """Note that the sink holds nothing of an ended job any more."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                sa.update(print_job).where(print_job.c.id == job_id, print_job.c.state.notin_(QUEUED)).values(remote_id=None)
            )

        await self._database.transact(work)

    # -- private -----------------------------------------------------------------------------------------------------------

    async def _used(self, connection: AsyncConnection, visit_id: str) -> dict[str, int]:
        rows = await connection.execute(
            sa.select(print_job.c.sink, sa.func.sum(print_job.c.copies))
            .where(print_job.c.visit_id == visit_id, print_job.c.state.notin_(UNCOUNTED))
            .group_by(print_job.c.sink)
        )
        return {sink: int(copies) for sink, copies in rows}

    async def _save(self, job: PrintJob, values: dict[str, Any]) -> PrintJob:
        return await self._database.transact(lambda connection: self._change(connection, job, values))

    async def _change(self, connection: AsyncConnection, job: PrintJob, values: dict[str, Any]) -> PrintJob:
        """Change a job that is still held, and still in the state in which its worker knows it."""
        rows = await connection.execute(
            sa.update(print_job)
            .where(print_job.c.id == job.id, print_job.c.lease_owner == self.owner, print_job.c.state == job.state)
            .values(**values)
            .returning(print_job)
        )
        row = rows.first()
        if row is None:
            raise LeaseLost("a print job")
        return _job(row)


def _new_row(database: Database, visit_id: str, new: NewPrint) -> Any:  # noqa: ANN401 -- either dialect's INSERT
    return database.insert(print_job).values(
        visit_id=visit_id,
        key=new.key,
        sink=new.sink,
        state=PrintState.WAITING,
        copies=new.copies,
        asked_by=new.asked_by,
        asked_at=time.time(),
    )


def _job(row: sa.Row[Any]) -> PrintJob:
    return PrintJob(
        id=row.id,
        visit_id=row.visit_id,
        sink=row.sink,
        state=PrintState(row.state),
        copies=row.copies,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        reason=row.reason,
        remote=row.remote_id,
        attempts=row.attempts,
    )
