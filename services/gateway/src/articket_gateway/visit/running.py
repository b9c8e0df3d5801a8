"""Running visits so that a crash loses nothing: leases, steps that are not repeated, handing over.

A visit is run by the replica that holds its lease. A step is looked up by name before it is done and saved when it has ended,
so whoever takes the visit over goes on where the last one stopped. A step is at-least-once until its result is committed; its
idempotency key, `<visit>/<step>`, lets the service at the other end see a repetition. What a visit does, step by step, is in
`flow`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from articket_gateway.dispatch.retries import GaveUp
from articket_gateway.errors import LeaseLost, StoreUnavailable
from articket_gateway.storing.prints import NewPrint
from articket_gateway.storing.visits import CLAIM_BATCH, Lease, NewEvent, VisitStore
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.states import Json, StepRecord, StepStatus, VisitRecord, VisitState

LEASE_SECONDS = 10.0
BEAT_SECONDS = 3.0
"""Leases are renewed each beat. Takeover after a kill takes at most lease + 1.2 beats = 13.6 s; 15 s are promised."""

STEADY_BEATS = 1.5
"""After start or an outage, expired leases are left alone for this many beats, so that their live owners can renew first."""

AWAY_SECONDS = 1.0
"""While the database is away it is tried this often, so that after the outage all leases are renewed before any is taken."""

MOST_CLAIMS = 25
"""A visit claimed more often than this ends as failed: it would kill every replica that takes it up."""

BROKEN_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, *[60.0] * 20)
"""Seconds between the tries of a run that breaks here: a full disk costs nobody a visit, a fault of ours ends it in 21 min."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step's work gives back to be saved."""

    output: Json
    attempts: int = 1
    engine: str | None = None
    engine_seconds: float | None = None
    painted: tuple[str, str, Json] | None = None
    answers: Json | None = None
    """The answers it was made of, where it was; it is kept only while they are still the visitor's."""
    prints: Sequence[NewPrint] = ()
    """What is to be printed of it, queued in the same transaction."""


class StepFailed(Exception):
    """A step that has ended for good without a result; `error` is what is stored: {"reason", "detail"}."""

    def __init__(self, error: Json, *, attempts: int = 1) -> None:
        super().__init__(str(error.get("detail", "")))
        self.error = error
        self.attempts = attempts

    @classmethod
    def of(cls, gave_up: GaveUp) -> StepFailed:
        """Tell what a service refused for good: its message is shown, it puts nothing into it that its caller may not see."""
        return cls({"reason": str(gave_up.error.reason), "detail": gave_up.error.message}, attempts=gave_up.attempts)


class StepSkipped(StepFailed):
    """A step that need not be done any more: it ends without a result and without a fault."""

    def __init__(self, detail: str) -> None:
        super().__init__({"reason": "skipped", "detail": detail}, attempts=0)


@dataclass
class Run:
    """One visit being run by this replica. Handed to the flow."""

    lease: Lease
    record: VisitRecord
    store: VisitStore
    progress: Progress
    describe: Callable[[VisitRecord, str | None], Sequence[NewEvent]]
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    is_asked: bool = False
    """Whether staff want it: it runs however often the visit has been claimed."""
    paint_again: Callable[[str], bool] | None = None
    """Set by the flow for as long as it can take a forgotten painting up beside what is under way."""
    task: asyncio.Task[None] | None = None
    _saving: asyncio.Lock = field(default_factory=asyncio.Lock)
    _doing: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    @property
    def visit_id(self) -> str:
        """The visit's id."""
        return self.record.id

    async def step(self, name: str, work: Callable[[], Awaitable[StepResult]], *, state: VisitState | None = None) -> Json:
        """Do `work` once and keep what it gives; a step that has ended before is not repeated.

        Raises StepFailed, or AnswersChanged: then nothing was kept and the step may be done again.
        """
        async with self._doing.setdefault(name, asyncio.Lock()):  # whoever comes second finds it done
            ended = self.record.steps.get(name)
            if ended is None:
                ended = await self._do(name, work, state)
        if not ended.is_done:
            raise StepFailed(ended.error or {}, attempts=ended.attempts)
        return ended.output or {}

    async def wait_for_answers(self) -> Json:
        """Wait until the visitor has answered; this may take as long as the visit lives."""
        while (answers := await self.store.answers(self.visit_id)) is None:
            await self.answered.wait()
            self.answered.clear()
        return answers

    async def try_again(self, artist_id: str, reopen: Reopen) -> tuple[Lease, VisitRecord] | None:
        """Forget a failed painting and take it up beside what is under way.

        Gives None when that is done; otherwise the new lease and record, for a run that takes this one's place.
        """
        async with self._saving:  # what is saved meanwhile would be saved under the old lease
            lease, record = await reopen()
            if self.paint_again is None:
                return lease, record
            self.lease, self.record = lease, record
            return None if self.paint_again(artist_id) else (lease, record)

    async def _do(self, name: str, work: Callable[[], Awaitable[StepResult]], state: VisitState | None) -> StepRecord:
        started = time.time()
        clock = time.monotonic()
        painted = answers = None
        prints: Sequence[NewPrint] = ()
        try:
            result = await work()
        except StepFailed as failed:
            status, output, error, attempts, engine, seconds = (
                StepStatus.SKIPPED if isinstance(failed, StepSkipped) else StepStatus.FAILED,
                None,
                failed.error,
                failed.attempts,
                None,
                None,
            )
            state = None
        else:
            status, output, error, attempts = StepStatus.DONE, dict(result.output), None, result.attempts
            engine, seconds, painted, answers = result.engine, result.engine_seconds, result.painted, result.answers
            prints = result.prints
        finished = started + time.monotonic() - clock
        step = StepRecord(name, status, output, error, attempts, started, finished, engine, seconds)
        await self._save(step, state, painted, answers, prints)
        return step

    async def _save(
        self,
        step: StepRecord,
        state: VisitState | None,
        painted: tuple[str, str, Json] | None,
        answers: Json | None,
        prints: Sequence[NewPrint],
    ) -> None:
        async with self._saving:  # paintings of one visit end side by side; what is saved later must not tell of less
            # the state only moves forward: a painting that ends after the match does not take it back
            order = list(VisitState)
            if state is not None and order.index(state) <= order.index(self.record.state):
                state = None
            record = self.record.with_step(step, state)
            news = self.describe(record, step.name)
            await self.store.save_step(
                self.lease, step, state=state, news=news, painted=painted, answers=answers, prints=prints
            )
            self.record = record
        self.progress.wake(self.visit_id)


Reopen: TypeAlias = Callable[[], Awaitable[tuple[Lease, VisitRecord]]]
"""Forgets a failed painting and takes the visit's lease under a new epoch, in one transaction."""


class Runner:
    """Runs every visit whose lease this replica holds, and takes up those that nobody runs."""

    def __init__(
        self,
        store: VisitStore,
        progress: Progress,
        *,
        flow: Callable[[Run], Awaitable[None]],
        describe: Callable[[VisitRecord, str | None], Sequence[NewEvent]],
        beat_seconds: float = BEAT_SECONDS,
        patient: bool = True,
    ) -> None:
        """Own nothing yet; `patient` is False where no other replica can exist (SQLite), so that a restart goes on at once."""
        self._store = store
        self._progress = progress
        self._flow = flow
        self._describe = describe
        self._beat_seconds = beat_seconds
        self._patient = patient
        self._runs: dict[str, Run] = {}
        self._steady_since: float | None = None
        self._beat_now = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None

    @property
    def visit_ids(self) -> set[str]:
        """The visits that run here now."""
        return set(self._runs)

    async def open(self) -> None:
        """Go on with what an earlier life or another replica left, and start beating."""
        self._steady_since = time.monotonic()
        await self._claim_all()
        self._beating = asyncio.create_task(self._beat_forever(), name="beat")

    async def close(self) -> None:
        """Stop all runs where they are and hand their leases over."""
        tasks = [self._beating, *(run.task for run in self._runs.values())]
        waiting = [task for task in tasks if task is not None]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        try:
            await self._store.hand_over()
        except StoreUnavailable as error:
            log.warning("leases not handed over (%s): they run out by themselves", error)

    def start(self, lease: Lease, record: VisitRecord, *, is_asked: bool = False) -> None:
        """Run a visit whose lease this replica has just got; the newest lease counts."""
        # a beat can claim what an upload has just committed, before the upload comes to this line: either may be first
        other = self._runs.get(record.id)
        if other is not None and other.lease.epoch > lease.epoch:
            return
        if other is not None and other.task is not None:
            other.task.cancel()
        run = Run(lease, record, self._store, self._progress, self._describe, is_asked=is_asked)
        self._runs[record.id] = run
        run.task = asyncio.create_task(self._drive(run), name="visit")

    async def try_again(self, visit_id: str, artist_id: str, reopen: Reopen) -> None:
        """Paint again what has failed: beside what is under way where the visit still runs here, otherwise in a new run."""
        run = self._runs.get(visit_id)
        taken = await (reopen() if run is None else run.try_again(artist_id, reopen))
        if taken is not None:
            self.start(*taken, is_asked=True)
        self._progress.wake(visit_id)

    def answered(self, visit_id: str) -> None:
        """Tell the visit's run, if it is here, that answers have come."""
        run = self._runs.get(visit_id)
        if run is not None:
            run.answered.set()

    def look_again(self) -> None:
        """Beat at once: another replica may have taken a visit that runs here, or the database may be back."""
        self._beat_now.set()

    async def stop(self, visit_id: str) -> None:
        """Stop the visit's run, if it is here, and wait until its work has ended."""
        run = self._runs.get(visit_id)
        if run is not None and run.task is not None:
            run.task.cancel()
            await asyncio.wait([run.task])

    async def _drive(self, run: Run) -> None:
        """Run the visit to its end. A run that breaks keeps its lease and goes on after a pause."""
        try:
            if run.is_asked or run.lease.epoch <= MOST_CLAIMS:
                for pause in BROKEN_PAUSES:
                    if await self._is_over(self._flow, run):
                        return
                    await asyncio.sleep(pause)
            await self._is_over(self._give_up, run)
        finally:
            if self._runs.get(run.visit_id) is run:
                del self._runs[run.visit_id]

    async def _is_over(self, work: Callable[[Run], Awaitable[None]], run: Run) -> bool:
        """Do the work; False when it broke and may be tried again."""
        is_over = True
        try:
            await work(run)
        except* LeaseLost:
            log.info("visit taken over by another replica or erased")
        except* StoreUnavailable:
            is_over = False
            log.warning("a visit waits: a store does not answer")
        except* Exception:  # the edge of a task: logged once
            is_over = False
            log.exception("a visit's run broke")
        return is_over

    async def _beat_forever(self) -> None:
        pause = self._beat_seconds
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * random.uniform(0.8, 1.2)):
                    await self._beat_now.wait()
            self._beat_now.clear()
            pause = self._beat_seconds
            try:
                await self._beat()
            except StoreUnavailable:
                self._steady_since = None
                pause = min(pause, AWAY_SECONDS)
            except Exception:  # the edge of a task: without its beat this replica would lose every visit
                log.exception("a beat broke")

    async def _beat(self) -> None:
        before = {visit_id: (run, run.lease) for visit_id, run in self._runs.items()}
        held = await self._store.renew()
        for visit_id, (run, lease) in before.items():
            mine = held.get(visit_id)
            if mine is not None and mine.epoch == lease.epoch:
                if mine.is_answered:  # the safety net: the answers may have come in over another replica
                    run.answered.set()
            elif self._runs.get(visit_id) is run and run.lease is lease and run.task is not None:
                run.task.cancel()  # cancelled, not told by an exception: a gather in the flow cannot swallow it
        if self._steady_since is None:
            self._steady_since = time.monotonic()
        await self._claim_all()

    async def _claim_all(self) -> None:
        is_steady = (
            self._steady_since is not None and time.monotonic() - self._steady_since >= STEADY_BEATS * self._beat_seconds
        )
        while True:
            claimed = await self._store.claim(self._runs, take_expired=is_steady or not self._patient)
            for lease, record in claimed:
                self.start(lease, record)
            if len(claimed) < CLAIM_BATCH:
                return

    async def _give_up(self, run: Run) -> None:
        error = {"reason": "internal", "detail": "the visit was taken up again and again and never ended"}
        news = self._describe(run.record.failed(error), None)
        await self._store.finish(run.lease, failed=True, state=VisitState.FAILED, error=error, news=news)
        self._progress.wake(run.visit_id)
