"""Who may paint when: as many paintings as the engine has slots, none twice, none that nobody waits for.

`servicer.py` asks for paintings here, an engine makes them. Each one is a task of its own that its callers listen to: a call
that is repeated while the first is running hears the same painting, and the work stops when the last listener leaves.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from prometheus_client import Counter, Gauge, Histogram

from articket_mesh.errors import ErrorReason, MeshError
from articket_stylize.engines import Engine, EngineEvent, Painted, PaintJob
from articket_stylize.errors import busy, engine_failed

__all__ = ["Stylizing"]

# Long enough for a caller whose connection broke at the end to ask again; then a visitor's picture is not kept any more.
RESULT_KEPT_SECONDS = 60.0
# Each may be a megabyte.
MOST_RESULTS_KEPT = 8
# A first guess at how long a painting takes, for callers that find every slot taken.
FIRST_GUESS_SECONDS = 1.0

# From the painterly engine (under a second) to a cold GPU that swaps weights.
SECONDS_BUCKETS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)

ENGINE_SECONDS = Histogram(
    "articket_stylize_engine_seconds",
    "Seconds of the engine's own work for one finished painting.",
    ("artist", "engine"),
    buckets=SECONDS_BUCKETS,
)
PAINTINGS = Counter(
    "articket_stylize_paintings_total",
    "Paintings that ended, by outcome: done, cancelled, or the reason of the error.",
    ("artist", "engine", "outcome"),
)
RUNNING = Gauge("articket_stylize_running", "Paintings being made now.")
SLOTS = Gauge("articket_stylize_slots", "Paintings that can be made at once.")


class Stylizing:
    """The paintings of one pod."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running: set[_Commission] = set()
        self._by_key: dict[str, _Commission] = {}
        self._usual_seconds = FIRST_GUESS_SECONDS
        SLOTS.set(engine.slots)

    @property
    def engine_name(self) -> str:
        """The engine's name."""
        return self._engine.name

    @property
    def slots(self) -> int:
        """How many paintings can be made at once."""
        return self._engine.slots

    @property
    def running(self) -> int:
        """How many are being made now."""
        return len(self._running)

    @asynccontextmanager
    async def painting(self, job: PaintJob, idempotency_key: str = "") -> AsyncGenerator[AsyncIterator[EngineEvent]]:
        """Take the job, or refuse with BUSY at once; the block gets the painting's events from its beginning on.

        With the key and the job of a painting that is running or has just been finished, that one is listened to. When the
        last listener leaves its block the work is stopped, and its slot is free. The events raise what the engine raises.
        """
        key = _key(idempotency_key, job) if idempotency_key else ""
        commission = self._by_key.get(key)
        if commission is None or commission.is_given_up:
            commission = self._begin(job, key)
        async with commission.listening() as events:
            yield events

    def _begin(self, job: PaintJob, key: str) -> _Commission:
        if self.running >= self.slots:
            raise busy(self.slots, retry_after=self._usual_seconds / self.slots)
        commission = _Commission(self._engine, job)
        self._running.add(commission)
        RUNNING.set(self.running)
        if key:
            self._by_key[key] = commission
        commission.task.add_done_callback(lambda _: self._ended(commission, job, key))
        return commission

    def _ended(self, commission: _Commission, job: PaintJob, key: str) -> None:
        self._running.discard(commission)
        RUNNING.set(self.running)
        PAINTINGS.labels(job.artist.id, self._engine.name, commission.outcome).inc()
        if commission.painted is not None:
            seconds = commission.painted.seconds
            ENGINE_SECONDS.labels(job.artist.id, self._engine.name).observe(seconds)
            self._usual_seconds += 0.2 * (seconds - self._usual_seconds)
            asyncio.get_running_loop().call_later(RESULT_KEPT_SECONDS, self._forget, key, commission)
            self._forget_oldest()
        else:
            self._forget(key, commission)  # asked again, it is tried again

    def _forget(self, key: str, commission: _Commission) -> None:
        if self._by_key.get(key) is commission:
            del self._by_key[key]

    def _forget_oldest(self) -> None:
        finished = [key for key, commission in self._by_key.items() if commission.painted is not None]
        for key in finished[:-MOST_RESULTS_KEPT]:
            del self._by_key[key]


class _Commission:
    """One painting being made, and those who listen to it."""

    def __init__(self, engine: Engine, job: PaintJob) -> None:
        self._history: list[EngineEvent] = []
        self._news = asyncio.Event()
        self._listeners = 0
        self.painted: Painted | None = None
        self.is_given_up = False
        self.task = asyncio.create_task(self._run(engine, job))

    @property
    def outcome(self) -> str:
        """How it ended, as a metric's label."""
        if self.task.cancelled():
            return "cancelled"
        match self.task.exception():
            case None:
                return "done"
            case MeshError(reason=reason):
                return reason
            case _:
                return ErrorReason.INTERNAL

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[AsyncIterator[EngineEvent]]:
        """Give the events from the first on. When the last one leaves, the work is stopped."""
        self._listeners += 1
        try:
            yield self._events()
        finally:
            self._listeners -= 1
            if self._listeners == 0 and not self.task.done():
                self.is_given_up = True
                self.task.cancel()
                await asyncio.wait({self.task})

    async def _events(self) -> AsyncIterator[EngineEvent]:
        heard = 0
        while True:
            while heard < len(self._history):
                yield self._history[heard]
                heard += 1
            if self.task.done():
                self.task.result()  # raises what the engine raised
                return
            await self._news.wait()

    async def _run(self, engine: Engine, job: PaintJob) -> None:
        try:
            async with aclosing(engine.paint(job)) as events:
                async for event in events:
                    if isinstance(event, Painted):
                        self.painted = event
                    self._tell(event)
            if self.painted is None:
                raise engine_failed(engine.name, "it ended without a painting")
        finally:
            self._news.set()

    def _tell(self, event: EngineEvent) -> None:
        self._history.append(event)
        self._news.set()
        self._news = asyncio.Event()


def _key(idempotency_key: str, job: PaintJob) -> str:
    """Make one key of the caller's key and what is asked for: a key that is used twice for different things is two keys."""
    parts = (idempotency_key, job.artist.id, job.artist.digest, job.caption, str(job.seed), str(job.preview_px))
    digest = hashlib.sha256(job.photo)
    for part in parts:
        digest.update(b"\0" + part.encode())
    return digest.hexdigest()
