"""The worker of one sink: takes the first job of the queue, brings it out, takes the next.

    waiting ─► begin (noted) ─► prepare ─► remote (noted) ─► deliver ─► follow … ─► printed
       ▲           │                                           │
       └─ surely nothing was changed at the sink ◄─ the sink gave it up: tried again, then failed

Each arrow can be the last before a crash: whoever claims the job next begins where it is noted, and asks the sink before it
does anything there. Where the sink does not know either, the job is held for staff and the queue goes on.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from articket_gateway.errors import LeaseLost, StoreUnavailable
from articket_gateway.printing.sinks import (
    BUSY,
    PlaceTaken,
    PrintOrder,
    Sight,
    Sink,
    SinkStatus,
    SinkWaits,
    Stage,
    TicketRefused,
)
from articket_gateway.storing.pictures import ticket_path
from articket_gateway.storing.prints import ERASED, PrintJob, PrintState, PrintStore

LEASE_SECONDS = 10.0
BEAT_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.5
"""How often a job in the printer's hands, or a printer that is in trouble, is looked at."""

IDLE_SECONDS = 5.0
"""How long a worker without work sleeps at most; a new ticket wakes it."""

MOST_ATTEMPTS = 3
PAUSES = (1.0, 4.0)
"""Seconds before a ticket that the sink gave up is tried again."""

BROKEN_PAUSE_SECONDS = 2.0

ABORTED = "aborted"
CANCELLED_THERE = "cancelled-at-printer"
OUTCOME_UNKNOWN = "outcome-unknown"
PARTLY_PRINTED = "partly-printed"
TICKET_MISSING = "ticket-missing"

log = logging.getLogger(__name__)


class Tickets(Protocol):
    """Where the tickets lie."""

    async def get(self, path: str) -> bytes | None:
        """Give the bytes, or None."""
        ...


class Desk(Protocol):
    """Those who want to know how it goes."""

    @property
    def is_paused(self) -> bool:
        """Whether staff have paused printing."""
        ...

    def has_work(self, sink: str) -> bool:
        """Say whether anything stands in the sink's queue."""
        ...

    def moved(self, job: PrintJob) -> None:
        """Take a job's new state."""
        ...

    def seen(self, sink: str, status: SinkStatus) -> None:
        """Take a sink's new state."""
        ...


class _TicketMissing(Exception):
    """The ticket is not in the picture store: its visit is being erased, or somebody has removed it by hand."""


@dataclass
class _Work:
    """A claimed job.

    `is_fresh`: nothing has been asked of the sink; `may_be_out`: the sink may have got the ticket; `is_delivered`: it said so.
    """

    job: PrintJob
    is_fresh: bool
    may_be_out: bool
    is_delivered: bool = False
    is_erased: bool = False
    order: PrintOrder | None = None
    ticket: bytes | None = None


class SinkWorker:
    """Works one sink's queue in order, as long as no other replica does."""

    def __init__(self, sink: Sink, *, store: PrintStore, tickets: Tickets, desk: Desk, booth_mark: str, is_final: bool) -> None:
        """Take the parts; `is_final`: what comes out of this sink makes its visit a printed one."""
        self.sink = sink
        self._is_final = is_final
        self._store = store
        self._tickets = tickets
        self._desk = desk
        self._booth_mark = booth_mark
        self._wake = asyncio.Event()
        self._looked_at = float("-inf")
        self._is_unclean = True

    def wake(self, *, is_unclean: bool = False) -> None:
        """Look for work now; `is_unclean`: a visit has been erased of which the sink may hold something."""
        self._is_unclean = self._is_unclean or is_unclean
        self._wake.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            try:
                await self._turn()
            except* LeaseLost:
                log.info("a print job was cancelled, or another replica has it")
            except* StoreUnavailable:
                await asyncio.sleep(BROKEN_PAUSE_SECONDS * random.uniform(0.5, 1.0))
            except* Exception:  # the edge of a task: without its worker the sink would never print again
                log.exception("printing on %s broke", self.sink.name)
                await asyncio.sleep(BROKEN_PAUSE_SECONDS)

    # -- turns -------------------------------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        self._wake.clear()
        if self._is_unclean:
            await self._clean()
        job = None
        if self._desk.has_work(self.sink.name):
            job = await self._store.claim(self.sink.name, only_begun=self._desk.is_paused)
        if job is None:
            await self._idle()
            return
        is_begun = job.state is PrintState.PRINTING
        work = _Work(job, is_fresh=not is_begun, may_be_out=job.remote is not None)
        self._desk.moved(job)
        async with asyncio.TaskGroup() as group:
            beat = group.create_task(self._beat(work), name=f"print lease of {self.sink.name}")
            await self._bring_out(work)
            beat.cancel()

    async def _idle(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= self.sink.look_seconds:
            await self._look()
        # where another replica works on this sink, or staff have paused it, there is work that is not ours
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0 if self._desk.has_work(self.sink.name) else IDLE_SECONDS):
                await self._wake.wait()

    async def _look(self) -> SinkStatus:
        status = await self.sink.look()
        self._looked_at = asyncio.get_running_loop().time()
        self._desk.seen(self.sink.name, status)
        return status

    async def _beat(self, work: _Work) -> None:
        """Keep the lease while the job is worked on. Raises LeaseLost, which ends the work."""
        while True:
            await asyncio.sleep(BEAT_SECONDS * random.uniform(0.8, 1.0))
            with suppress(StoreUnavailable):  # away for us and for those who would take the job alike
                work.is_erased = await self._store.renew(work.job)

    async def _clean(self) -> None:
        """Take out of the sink what is left there of erased visits."""
        self._is_unclean = False
        try:
            while jobs := await self._store.uncleaned(self.sink.name):
                for job in jobs:
                    await self.sink.withdraw(self._mark(job), job.remote)
                    await self._store.cleaned(job.id)
        except (SinkWaits, StoreUnavailable):
            self._is_unclean = True  # tried again with the next turn

    # -- one job -----------------------------------------------------------------------------------------------------------

    async def _bring_out(self, work: _Work) -> None:
        work.is_erased = await self._store.renew(work.job)
        while work.job.state in (PrintState.WAITING, PrintState.PRINTING):
            if work.job.state is PrintState.WAITING and self._desk.is_paused:
                await self._store.give_back(work.job)
                return
            try:
                await self._advance(work)
            except SinkWaits as waits:
                await self._wait(work, waits)
            except TicketRefused as refused:
                work.may_be_out = False
                await self._try_again(work, refused.reason)
            except PlaceTaken:
                self._take(work, await self._store.note(work.job, None))
                work.is_fresh = False
            except _TicketMissing:
                await self._end(work, PrintState.FAILED, TICKET_MISSING)

    async def _advance(self, work: _Work) -> None:
        """Take one step with the job, whichever is next."""
        if work.is_erased:
            await self._take_back(work)
        elif work.job.state is PrintState.WAITING:
            await self._begin(work)
        elif work.job.remote is None:
            order, ticket = await self._loaded(work)
            remote = await self.sink.prepare(order, ticket, is_retry=not work.is_fresh)
            is_new = work.is_fresh
            work.is_fresh, work.may_be_out = False, False
            self._take(work, await self._store.note(work.job, remote))
            if is_new:
                await self._deliver(work)
        else:
            order = await self._ordered(work)
            await self._judge(work, await self.sink.follow(order, work.job.remote))

    async def _begin(self, work: _Work) -> None:
        """Note that the sink gets the job now, once it takes any and the ticket is at hand."""
        await self._loaded(work)
        status = await self._look()
        if status.is_stopped:
            await self._tell(work, status.reasons[0] if status.reasons else None)
            await self._sleep()
            return
        self._take(work, await self._store.begin(work.job))

    async def _deliver(self, work: _Work) -> None:
        order, ticket = await self._loaded(work)
        assert work.job.remote is not None
        was_out = work.may_be_out
        work.may_be_out = True
        try:
            sight = await self.sink.deliver(order, work.job.remote, ticket)
        except SinkWaits as waits:
            work.may_be_out = was_out or not waits.is_certain
            raise
        work.is_delivered = True
        work.ticket = None  # megabytes that are not needed while the printer prints
        await self._judge(work, sight)

    async def _judge(self, work: _Work, sight: Sight) -> None:
        """Do what the sink's answer asks for."""
        match sight.stage:
            case Stage.OUT:
                await self._end(work, PrintState.PRINTED)
            case Stage.EMPTY if not work.is_delivered:
                await self._deliver(work)
            case Stage.UNDER_WAY | Stage.EMPTY:
                self._desk.seen(self.sink.name, SinkStatus(sight.is_stuck and sight.reasons[:1] != (BUSY,), sight.reasons))
                await self._tell(work, sight.reasons[0] if sight.is_stuck else None)
                await self._sleep()
            case Stage.ABORTED if sight.sheets:
                if sight.sheets >= work.job.copies:
                    await self._end(work, PrintState.PRINTED)
                else:
                    await self._end(work, PrintState.HELD, PARTLY_PRINTED)
            case Stage.ABORTED:
                await self._try_again(work, ABORTED)
            case Stage.CANCELLED:
                await self._end(work, PrintState.CANCELLED, CANCELLED_THERE)
            case Stage.LOST if work.may_be_out:
                await self._end(work, PrintState.HELD, OUTCOME_UNKNOWN)
            case Stage.LOST:
                self._take(work, await self._store.note(work.job, None))

    async def _wait(self, work: _Work, waits: SinkWaits) -> None:
        """Leave the job first in the queue, and say why."""
        self._desk.seen(self.sink.name, SinkStatus(is_stopped=waits.reason != BUSY, reasons=(waits.reason,)))
        if work.job.state is PrintState.PRINTING and work.job.remote is None and work.is_fresh and waits.is_certain:
            self._take(work, await self._store.put_back(work.job, waits.reason))
        else:
            work.is_fresh = False
            await self._tell(work, waits.reason)
        await self._sleep()

    async def _try_again(self, work: _Work, reason: str) -> None:
        if work.job.attempts + 1 >= MOST_ATTEMPTS:
            await self._end(work, PrintState.FAILED, reason)
            return
        pause = PAUSES[min(work.job.attempts, len(PAUSES) - 1)]
        log.warning("%s gave a ticket up (%s); trying again in %.0f s", self.sink.name, reason, pause)
        self._take(work, await self._store.put_back(work.job, reason, is_attempt=True))
        work.order, work.is_fresh, work.may_be_out, work.is_delivered = None, True, False, False
        await asyncio.sleep(pause)

    async def _take_back(self, work: _Work) -> None:
        """The visit has been erased: take the ticket back, and see whether it had come out."""
        mark, remote = self._mark(work.job), work.job.remote
        await self.sink.withdraw(mark, remote)
        self._take(work, await self._store.note(work.job, None))
        await self._end(work, PrintState.CANCELLED, ERASED)

    # -- small things ------------------------------------------------------------------------------------------------------

    async def _ordered(self, work: _Work) -> PrintOrder:
        if work.order is None:
            ticket = await self._store.ticket(work.job.visit_id)
            # a job that is followed needs no more than its mark and its number
            number, artist_id, made_at = (ticket.number, ticket.artist_id, ticket.made_at) if ticket else ("", "", 0.0)
            work.order = PrintOrder(
                mark=self._mark(work.job),
                number=number,
                artist_id=artist_id,
                day=datetime.fromtimestamp(made_at).astimezone().date().isoformat(),
                copies=work.job.copies,
            )
        return work.order

    async def _loaded(self, work: _Work) -> tuple[PrintOrder, bytes]:
        """Give the order and the ticket. Raises _TicketMissing."""
        order = await self._ordered(work)
        if work.ticket is None:
            work.ticket = await self._tickets.get(ticket_path(work.job.visit_id, "pdf"))
        if work.ticket is None or not order.number:
            raise _TicketMissing
        return order, work.ticket

    async def _tell(self, work: _Work, reason: str | None) -> None:
        if work.job.reason != reason:
            self._take(work, await self._store.tell(work.job, reason))

    async def _end(self, work: _Work, state: PrintState, reason: str | None = None) -> None:
        number = work.order.number if work.order else ""
        self._take(work, await self._store.end(work.job, state, reason, is_final=self._is_final))
        log.info("ticket %s on %s: %s%s", number, self.sink.name, state, f" ({reason})" if reason else "")

    def _take(self, work: _Work, job: PrintJob) -> None:
        work.job = job
        self._desk.moved(job)

    def _mark(self, job: PrintJob) -> str:
        return f"articket-{self._booth_mark}-{job.id}-{job.attempts}"

    async def _sleep(self) -> None:
        """Wait a moment, shorter when something has happened."""
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._wake.wait()
