"""Who may paint when: as many paintings as the engine has slots, none twice, none that nobody waits for.

`servicer.py` asks for paintings here, an engine makes them. Each one is a task of its own that its callers listen to: a call
that is repeated while the first is running hears the same painting, and the work stops when the last listener leaves. What is
said of paintings goes for drawings as well, the pictures of words alone: they share the slots.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from prometheus_client import Counter, Gauge, Histogram

from articket_artists import LoadedArtist
from articket_mesh.errors import ErrorReason, MeshError
from articket_stylize.engines import DrawingEvent, DrawJob, Drawn, Engine, EngineEvent, Painted, PaintJob
from articket_stylize.errors import busy, cannot_draw, engine_failed

__all__ = ["Event", "Job", "Stylizing"]

Job = PaintJob | DrawJob
Event = EngineEvent | DrawingEvent

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
DRAWING_SECONDS = Histogram(
    "articket_stylize_drawing_engine_seconds",
    "Seconds of the engine's own work for one finished drawing; the artist is empty where no style was wanted.",
    ("artist", "engine"),
    buckets=SECONDS_BUCKETS,
)
DRAWINGS = Counter(
    "articket_stylize_drawings_total",
    "Drawings that ended, by outcome: done, cancelled, or the reason of the error.",
    ("artist", "engine", "outcome"),
)
RUNNING = Gauge("articket_stylize_running", "Paintings and drawings being made now.")
SLOTS = Gauge("articket_stylize_slots", "Paintings and drawings that can be made at once.")


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
    def can_draw(self) -> bool:
        """Whether the engine makes pictures from words alone."""
        return self._engine.can_draw

    def is_loaded(self, artist: LoadedArtist) -> bool:
        """Whether a painting by this artist could begin without weights being loaded first."""
        return self._engine.is_loaded(artist)

    @property
    def slots(self) -> int:
        """How many paintings can be made at once."""
        return self._engine.slots

    @property
    def running(self) -> int:
        """How many are being made now."""
        return len(self._running)

    @asynccontextmanager
    async def painting(self, job: Job, idempotency_key: str = "") -> AsyncGenerator[AsyncIterator[Event]]:
        """Take the job, or refuse with BUSY at once; the block gets the painting's events from its beginning on.

        A DrawJob's end in Drawn, a PaintJob's in Painted. Raises PermanentError INVALID_REQUEST for a DrawJob where the engine
        needs a photo.

        With the key and the job of a painting that is running or has just been finished, that one is listened to. When the
        last listener leaves its block the work is stopped, and its slot is free. The events raise what the engine raises.
        """
        key = _key(idempotency_key, job) if idempotency_key else ""
        commission = self._by_key.get(key)
        if commission is None or commission.is_given_up:
            commission = self._begin(job, key)
        async with commission.listening() as events:
            yield events

    def _begin(self, job: Job, key: str) -> _Commission:
        if isinstance(job, DrawJob) and not self._engine.can_draw:
            raise cannot_draw(self._engine.name)
        if self.running >= self.slots:
            raise busy(self.slots, retry_after=self._usual_seconds / self.slots)
        commission = _Commission(self._engine, job)
        self._running.add(commission)
        RUNNING.set(self.running)
        if key:
            self._by_key[key] = commission
        commission.task.add_done_callback(lambda _: self._ended(commission, job, key))
        return commission

    def _ended(self, commission: _Commission, job: Job, key: str) -> None:
        self._running.discard(commission)
        RUNNING.set(self.running)
        ended, taken = (DRAWINGS, DRAWING_SECONDS) if isinstance(job, DrawJob) else (PAINTINGS, ENGINE_SECONDS)
        artist_id = job.artist.id if job.artist else ""
        ended.labels(artist_id, self._engine.name, commission.outcome).inc()
        if commission.made is not None:
            seconds = commission.made.seconds
            taken.labels(artist_id, self._engine.name).observe(seconds)
            self._usual_seconds += 0.2 * (seconds - self._usual_seconds)
            asyncio.get_running_loop().call_later(RESULT_KEPT_SECONDS, self._forget, key, commission)
            self._forget_oldest()
        else:
            self._forget(key, commission)  # asked again, it is tried again

    def _forget(self, key: str, commission: _Commission) -> None:
        if self._by_key.get(key) is commission:
            del self._by_key[key]

    def _forget_oldest(self) -> None:
        finished = [key for key, commission in self._by_key.items() if commission.made is not None]
        for key in finished[:-MOST_RESULTS_KEPT]:
            del self._by_key[key]


class _Commission:
    """One painting being made, and those who listen to it."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self._history: list[Event] = []
        self._news = asyncio.Event()
        self._listeners = 0
        self.made: Painted | Drawn | None = None
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
    async def listening(self) -> AsyncGenerator[AsyncIterator[Event]]:
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

    async def _events(self) -> AsyncIterator[Event]:
        heard = 0
        while True:
            while heard < len(self._history):
                yield self._history[heard]
                heard += 1
            if self.task.done():
                self.task.result()  # raises what the engine raised
                return
            await self._news.wait()

    async def _run(self, engine: Engine, job: Job) -> None:
        work = engine.draw(job) if isinstance(job, DrawJob) else engine.paint(job)
        try:
            async with aclosing(work) as events:
                async for event in events:
                    if isinstance(event, Painted | Drawn):
                        self.made = event
                    self._tell(event)
            if self.made is None:
                raise engine_failed(engine.name, "it ended without a picture")
        finally:
            self._news.set()

    def _tell(self, event: Event) -> None:
        self._history.append(event)
        self._news.set()
        self._news = asyncio.Event()


def _key(idempotency_key: str, job: Job) -> str:
    """Make one key of the caller's key and what is asked for: a key that is used twice for different things is two keys."""
    style = (job.artist.id, job.artist.digest) if job.artist else ()
    match job:
        case PaintJob():
            wanted = (job.photo, job.caption.encode(), job.seed, job.preview_px, job.long_side_px)
        case DrawJob():
            wanted = (job.prompt.encode(), job.seed, job.width, job.height, job.preview_px)
    digest = hashlib.sha256()
    for part in (type(job).__name__, idempotency_key, *style, *wanted):
        piece = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()
