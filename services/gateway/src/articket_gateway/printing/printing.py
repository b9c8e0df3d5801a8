"""Printing, as the rest of the gateway uses it: ask for a ticket, cancel, switch, look.

One worker a sink (`working`) does the work; `board` keeps what everybody sees. This part joins them, and keeps the board
current where other replicas print, too.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager

from articket_gateway.errors import Problem, StoreUnavailable
from articket_gateway.printing.board import Board, visits_of
from articket_gateway.printing.metrics import PrintMetrics
from articket_gateway.printing.sinks import Sink, SinkKind, SinkStatus
from articket_gateway.printing.views import PrintingView, TicketPrintView
from articket_gateway.printing.working import SinkWorker, Tickets
from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.prints import QUEUED, NewPrint, PrintJob, PrintState, PrintStore
from articket_gateway.visit.progress import Progress

MODE_NAME = "printing"
MARK_NAME = "print_mark"

AUTOMATIC = "automatic"
STAFF = "staff"

REFRESH_SECONDS = 1.0
ALONE_REFRESH_SECONDS = 5.0
"""Where no other replica can exist, everything is known already: this is a safety net."""

SKEW_SECONDS = 10.0
"""Replicas' clocks may differ by so much."""

TELL_SECONDS = 0.1
"""Those who want to know of every change are told at most this often."""

RESTART_SECONDS = 600.0
"""The board is read anew this often, so that visits that another replica has erased leave it."""

log = logging.getLogger(__name__)


class Printing:
    """The booth's printing. Raises Problem for what a caller did wrong, StoreUnavailable when the database is away."""

    def __init__(
        self,
        sinks: Sequence[Sink],
        *,
        store: PrintStore,
        booth: BoothStore,
        tickets: Tickets,
        progress: Progress,
        metrics: PrintMetrics,
        is_automatic: bool = True,
        copies: int = 1,
        copies_max: int = 3,
        is_alone: bool = False,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the parts; `is_alone`: no other replica can exist; `tell` tells the others of a change.

        Nothing is printed before `open`.
        """
        self._sinks = sinks
        self._store = store
        self._booth = booth
        self._tickets = tickets
        self._progress = progress
        self._metrics = metrics
        self._is_automatic = is_automatic
        self._copies = min(copies, copies_max)
        self.copies_max = copies_max
        self._tell_others = tell
        self._refresh_seconds = ALONE_REFRESH_SECONDS if is_alone else REFRESH_SECONDS
        self.board = Board(sinks)
        self.version = 0
        self._watchers: set[asyncio.Event] = set()
        self._workers: list[SinkWorker] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._refresh_now = asyncio.Event()
        self._refreshed_at = 0.0
        self._restarted_at = float("-inf")
        self._moved: set[int] = set()

    # -- from start to end -------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read what is to be done and begin to do it. Without a sink nothing runs."""
        if not self._sinks:
            return
        mark = await self._booth.put_first(MARK_NAME, {"mark": secrets.token_hex(4)})
        await self._refresh()
        has_printer = any(sink.kind is SinkKind.IPP for sink in self._sinks)
        self._workers = [
            SinkWorker(
                sink,
                store=self._store,
                tickets=self._tickets,
                desk=self,
                booth_mark=mark["mark"],
                is_final=sink.kind is SinkKind.IPP or not has_printer,
            )
            for sink in self._sinks
        ]
        self._tasks = [
            asyncio.create_task(self._keep_current(), name="printing"),
            *(asyncio.create_task(worker.run(), name=f"print on {worker.sink.name}") for worker in self._workers),
        ]

    async def close(self) -> None:
        """Stop where it is: whoever comes next finds each job where it is noted."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            try:
                await self._store.hand_over()
            except StoreUnavailable as error:
                log.warning("print leases not handed over (%s): they run out by themselves", error)
        for sink in self._sinks:
            await sink.close()

    # -- what a visit does -------------------------------------------------------------------------------------------------

    def wanted(self, visit_id: str) -> Sequence[NewPrint]:
        """Give what is to be printed of a ticket that becomes ready now: stored in the same transaction as the ticket."""
        if not self._is_automatic:
            return ()
        return [NewPrint(f"{visit_id}/{sink.name}/{AUTOMATIC}", sink.name, self._copies, AUTOMATIC) for sink in self._sinks]

    def queued(self) -> None:
        """Tell that a job has been stored."""
        self._refresh_now.set()
        self._tell_others()

    def look_again(self) -> None:
        """Read the jobs anew, soon: another replica has moved one."""
        self._refresh_now.set()

    def erased(self, visit_id: str) -> None:
        """Tell that a visit has been erased: what waited of it is cancelled already, what the sinks have is taken back."""
        queued = self.board.queued_visits()
        if self.board.forget(visit_id):
            self._tell(queued)
        for worker in self._workers:
            worker.wake(is_unclean=True)

    # -- what staff do -----------------------------------------------------------------------------------------------------

    async def ask(self, visit_id: str, *, copies: int = 1, by: str = STAFF) -> list[PrintJob]:
        """Queue the visit's ticket on every sink that has enough copies left.

        Raises Problem no_sink, ticket_not_ready, copies_used_up.
        """
        if not self._sinks:
            raise Problem(
                "no_sink", "expected a printer, found none", hint="ARTICKET_GATEWAY_PRINT_SINKS names what to print to."
            )
        if await self._store.ticket(visit_id) is None:
            raise Problem("ticket_not_ready", "expected a visit with a ticket, found one without", retry_after=1.0)
        names = [sink.name for sink in self._sinks]
        jobs = await self._store.ask(visit_id, names, copies=copies, copies_max=self.copies_max, asked_by=by)
        if jobs is None:
            raise Problem("ticket_not_ready", "this visit has just been erased")
        if not jobs:
            raise Problem(
                "copies_used_up",
                f"copies: expected at most {self.copies_max} of one ticket in all, found more with these {copies}",
                hint="A job that waits, or that did not come out, can be cancelled: it is not counted then.",
            )
        for job in jobs:
            self.moved(job)
        for worker in self._workers:
            worker.wake()
        return jobs

    async def cancel(self, job_id: int) -> None:
        """Cancel a job that waits, or that is held and has not come out. Raises Problem print_unknown, print_under_way."""
        is_cancelled = await self._store.cancel(job_id)
        job = await self._store.find(job_id)
        if job is None:
            raise Problem("print_unknown", f"expected the id of a print job, found {job_id}")
        if not is_cancelled:
            raise Problem("print_under_way", f"expected a job that waits, found one that is {job.state}")
        self.moved(job)
        for worker in self._workers:
            worker.wake()

    async def set_mode(self, *, is_automatic: bool, is_paused: bool) -> None:
        """Switch whether tickets are printed by themselves, and whether anything is printed now."""
        await self._booth.put(MODE_NAME, {"is_automatic": is_automatic, "is_paused": is_paused})
        self._set_mode(is_automatic=is_automatic, is_paused=is_paused)
        self._tell_others()

    # -- what everybody sees -----------------------------------------------------------------------------------------------

    def view(self) -> PrintingView | None:
        """Give the booth's printing; None without a sink. Costs no query."""
        if not self._sinks:
            return None
        sinks = self.board.sink_views()
        return PrintingView(
            is_automatic=self._is_automatic,
            is_paused=self.is_paused,
            sinks=sinks,
            waiting=sum(sink.waiting for sink in sinks),
        )

    def ticket_print(self, visit_id: str) -> TicketPrintView | None:
        """Give how far the visit's ticket is on its way out; None when nobody wants it printed. Costs no query."""
        return self.board.ticket_print(visit_id)

    async def of_visits(self, visit_ids: Iterable[str]) -> dict[str, list[PrintJob]]:
        """Give visit → its jobs, oldest first, of those that have any."""
        return visits_of(await self._store.of_visits(list(visit_ids)))

    def copies_left(self, jobs: Iterable[PrintJob]) -> int:
        """Give how many copies may still be asked for, of a visit with these jobs: on the sink that has most left."""
        used = {sink.name: 0 for sink in self._sinks}
        for job in jobs:
            if job.sink in used and job.state not in (PrintState.FAILED, PrintState.CANCELLED):
                used[job.sink] += job.copies
        return max((self.copies_max - count for count in used.values()), default=0)

    @contextmanager
    def watch(self) -> Generator[asyncio.Event]:
        """Be woken, for the length of the block, whenever `view` has changed. The watcher clears the event."""
        woken = asyncio.Event()
        self._watchers.add(woken)
        try:
            yield woken
        finally:
            self._watchers.discard(woken)

    async def keep_telling(self, hear: Callable[[], None]) -> None:
        """Call `hear` whenever `view` has changed, for ever; many changes at once are one call."""
        with self.watch() as woken:
            while True:
                await woken.wait()
                woken.clear()
                hear()
                await asyncio.sleep(TELL_SECONDS)

    # -- what the workers tell ---------------------------------------------------------------------------------------------

    @property
    def is_paused(self) -> bool:
        """Whether staff have paused printing."""
        return self.board.is_paused

    def has_work(self, sink: str) -> bool:
        """Say whether anything stands in the sink's queue."""
        return self.board.has_work(sink)

    def moved(self, job: PrintJob) -> None:
        """Take a job's new state, and tell those who wait for it."""
        self._moved.add(job.id)
        queued = self.board.queued_visits()
        if not self.board.take(job):
            return
        self._tell_others()
        if job.state not in QUEUED:
            self._metrics.ended(job)
            self._refresh_now.set()  # how many have been printed
        self._tell({*queued, job.visit_id})

    def seen(self, sink: str, status: SinkStatus) -> None:
        """Take a sink's new state."""
        before = self.board.statuses.get(sink)
        if before != status:
            if status.is_stopped or (before is not None and before.is_stopped):
                log.info("%s: %s", sink, ", ".join(status.reasons) if status.is_stopped else "goes on")
            self.board.statuses[sink] = status
            self._tell(self.board.queued_visits())

    # -- private -----------------------------------------------------------------------------------------------------------

    async def _keep_current(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._refresh_seconds):
                    await self._refresh_now.wait()
            except TimeoutError:
                pass
            self._refresh_now.clear()
            try:
                await self._refresh()
            except StoreUnavailable:
                await asyncio.sleep(1.0)
            except Exception:  # the edge of a task: without it no new ticket would be noticed
                log.exception("looking at the print jobs broke")
                await asyncio.sleep(1.0)

    async def _refresh(self) -> None:
        """Bring the board up to date with SQL, and wake whom that concerns."""
        now = time.time()
        queued = self.board.queued_visits()
        self._moved.clear()
        if now - self._restarted_at >= RESTART_SECONDS:
            jobs = await self._store.of_present_visits()
            self.board.restart(job for job in jobs if job.id not in self._moved)
            changed, self._restarted_at = jobs, now
            for worker in self._workers:  # what a replica has erased that ended before its sinks were clean
                worker.wake(is_unclean=True)
        else:
            # what has moved while this was read is known better here
            read = await self._store.changed_since(self._refreshed_at - SKEW_SECONDS)
            changed = [job for job in read if job.id not in self._moved and self.board.take(job)]
        self._refreshed_at = now
        is_counted = self.board.count(await self._store.printed())
        mode = await self._booth.get(MODE_NAME)
        if mode is not None:
            self._set_mode(is_automatic=bool(mode["is_automatic"]), is_paused=bool(mode["is_paused"]))
        if changed:
            self._tell({*queued, *(job.visit_id for job in changed)})
            for worker in self._workers:
                worker.wake()
        elif is_counted:
            self._tell(())

    def _set_mode(self, *, is_automatic: bool, is_paused: bool) -> None:
        if (is_automatic, is_paused) == (self._is_automatic, self.board.is_paused):
            return
        self._is_automatic, self.board.is_paused = is_automatic, is_paused
        self._tell(self.board.queued_visits())
        for worker in self._workers:
            worker.wake()

    def _tell(self, visit_ids: Iterable[str]) -> None:
        self.version += 1
        for woken in self._watchers:
            woken.set()
        for visit_id in visit_ids:
            self._progress.nudge(visit_id)
