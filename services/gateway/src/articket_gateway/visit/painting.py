"""One painting of a visit: its turn, its way through the dispatcher, and keeping what comes of it.

The same photo by the same artist, told the same way, is painted once: whoever wants it meanwhile waits, and finds it done.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from articket_artists import Catalogue
from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StepEnded
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.orders import Ahead, News, Sent, TryFailed
from articket_gateway.dispatch.retries import GaveUp
from articket_gateway.sharing.once import Once
from articket_gateway.storing.pictures import PictureStore, painting_path, photo_path
from articket_gateway.storing.visits import OUTAGE_PATIENCE_SECONDS, VisitStore
from articket_gateway.visit.metrics import VisitMetrics
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import StepFailed, StepResult
from articket_gateway.visit.states import CAPTION, Json, VisitRecord, paint_step

PREVIEW_PX = 320


@dataclass(frozen=True, slots=True)
class Commission:
    """A painting that a visit wants: all that decides how it looks, and the name that follows from it."""

    visit_id: str
    photo_digest: str
    artist_id: str
    caption: str
    seed: int
    key: str


@dataclass(frozen=True, slots=True)
class Made:
    """A painting that is there: its record as it is kept, and what it cost. `way` is this visit's own."""

    record: Json
    way: Mapping[str, Any]
    attempts: int
    engine_seconds: float
    is_reused: bool = False


class Painters:
    """Has paintings made by the dispatcher, each once."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        once: Once,
        store: VisitStore,
        pictures: PictureStore,
        progress: Progress,
        metrics: VisitMetrics,
        catalogue: Callable[[], Catalogue],
    ) -> None:
        self._dispatcher = dispatcher
        self._once = once
        self._store = store
        self._pictures = pictures
        self._progress = progress
        self._metrics = metrics
        self._catalogue = catalogue

    def prefer(self, visit_id: str, artist_id: str) -> None:
        """Let this painting go before the visit's others."""
        self._dispatcher.prefer(visit_id, artist_id)

    async def photo(self, record: VisitRecord) -> bytes:
        """Give the visit's photo."""
        assert record.photo_digest is not None, "there is a photo before anything is painted"
        photo = await self._pictures.get(photo_path(record.photo_digest), patience=OUTAGE_PATIENCE_SECONDS)
        if photo is None:
            raise FileNotFoundError("the photo is not in the picture store")
        return photo

    @asynccontextmanager
    async def only(self, record: VisitRecord, artist_id: str) -> AsyncGenerator[Commission]:
        """Let nobody else paint the same meanwhile; what is made inside the block must be kept inside it."""
        assert record.photo_digest is not None
        caption = record.step_done(CAPTION)
        prompt = caption.output["prompt"] if caption and caption.output else ""
        seed = _seed(record.photo_digest, artist_id)
        key = self._key(record.photo_digest, artist_id, prompt, seed)
        async with self._once.only(key):
            yield Commission(record.id, record.photo_digest, artist_id, prompt, seed, key)

    async def step(self, commission: Commission, photo: bytes, on_ordered: Callable[[], None]) -> StepResult:
        """Paint for the visit's step of this artist; `on_ordered` is told when the order gets its place. Raises StepFailed."""
        made = await self.made(commission, photo, on_ordered=on_ordered)
        output = {**made.record, **made.way, **({"is_reused": True} if made.is_reused else {})}
        is_to_share = not made.is_reused and not made.record["is_fallback"]
        painted = (commission.key, commission.photo_digest, made.record) if is_to_share else None
        return StepResult(output, made.attempts, made.record["engine"], made.engine_seconds, painted=painted)

    async def made(
        self,
        commission: Commission,
        photo: bytes,
        *,
        is_patient: bool = False,
        on_ordered: Callable[[], None] = lambda: None,
    ) -> Made:
        """Find the painting made, or have it made; a patient one waits for a pod that is no fallback. Raises StepFailed."""
        known = await self._store.find_painting(commission.key)
        if known is not None:
            return Made(known, {}, 1, 0.0, is_reused=True)
        on_ordered()  # before the others of the visit can run again, the order below has its place in the queue
        try:
            return await self._paint(commission, photo, is_patient=is_patient)
        finally:
            self._progress.forget(commission.visit_id, commission.artist_id)

    async def _paint(self, commission: Commission, photo: bytes, *, is_patient: bool) -> Made:
        visit_id, artist_id, key = commission.visit_id, commission.artist_id, commission.key
        request = PaintRequest(
            idempotency_key=f"{visit_id}/{paint_step(artist_id)}",
            artist_id=artist_id,
            photo=photo,
            caption=commission.caption,
            seed=commission.seed,
            preview_px=PREVIEW_PX,
        )
        way = _Way()

        def tell(news: News) -> None:
            way.note(news)
            if not is_patient:  # the visit has a painting: nobody watches how the better one comes about
                self._tell(visit_id, artist_id, news)

        try:
            painted, attempts = await self._dispatcher.paint(visit_id, request, tell, is_patient=is_patient)
        except GaveUp as gave_up:
            error = {"reason": str(gave_up.error.reason), "detail": gave_up.error.message, **way.told()}
            raise StepFailed(error, attempts=gave_up.attempts) from gave_up
        is_fallback = way.is_fallback(painted)
        if is_fallback:  # a name of its own: it must not be taken for the painting that it stands in for
            key = hashlib.sha256(f"{key}:fallback".encode()).hexdigest()
        await self._pictures.put(painting_path(commission.photo_digest, key), painted.picture, patience=OUTAGE_PATIENCE_SECONDS)
        self._metrics.painted(artist_id, painted.engine, painted.engine_seconds, self._hour_price(artist_id))
        kept = {
            "key": key,
            "width": painted.width,
            "height": painted.height,
            "focus": [painted.focus_x, painted.focus_y],
            "engine": painted.engine,
            "seed": str(painted.seed),
            "steps": way.steps,
            "is_fallback": is_fallback,
        }
        return Made(kept, way.told(), attempts, painted.engine_seconds)

    def _tell(self, visit_id: str, artist_id: str, news: News) -> None:
        progress = self._progress
        match news:
            case Ahead(position, ends_at):
                progress.waits(visit_id, artist_id, position, ends_at=_unix(ends_at))
            case Sent(pod, engine, attempt, is_fallback, ends_at):
                progress.sent(visit_id, artist_id, pod, engine, attempt, is_fallback=is_fallback, ends_at=_unix(ends_at))
            case TryFailed(reason, attempts):
                progress.tried(visit_id, artist_id, reason, attempts)
            case Accepted():
                progress.begun(visit_id, artist_id)
            case StepEnded(index, count, label, preview):
                progress.stepped(visit_id, artist_id, index, count, label, preview)

    def _hour_price(self, artist_id: str) -> float:
        loaded = self._catalogue().artists.get(artist_id)
        return loaded.artist.scaling.gpu_hour_price_usd if loaded else 0.0

    def _key(self, photo_digest: str, artist_id: str, caption: str, seed: int) -> str:
        """Name a painting by all that decides how it looks."""
        loaded = self._catalogue().artists.get(artist_id)
        artist_digest = loaded.digest if loaded else ""
        engine = self._dispatcher.engine_of(artist_id)
        parts = json.dumps([photo_digest, artist_id, artist_digest, caption, seed, engine])
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass
class _Way:
    """Which way an order went: the last pod that had it, when it went there, and how many steps it took."""

    sent: Sent | None = None
    sent_at: float = 0.0
    steps: int = 0

    def note(self, news: News) -> None:
        """Take in what is told of the order."""
        match news:
            case Sent():
                self.sent, self.sent_at, self.steps = news, time.time(), 0
            case StepEnded():
                self.steps = news.count
            case _:
                pass

    def is_fallback(self, painted: Painted) -> bool:
        """Whether it was painted by a fallback pod, or by another engine than the one that the pod stands for."""
        return self.sent is not None and (self.sent.is_fallback or self.sent.engine not in ("", painted.engine))

    def told(self) -> dict[str, Any]:
        """Give what is kept of it with the step."""
        return {} if self.sent is None else {"pod": self.sent.pod, "sent_at": self.sent_at}


def _seed(photo_digest: str, artist_id: str) -> int:
    """Give the seed: the same photo is painted the same way, by each artist in another way."""
    return int.from_bytes(hashlib.sha256(f"{photo_digest}:{artist_id}".encode()).digest()[:4], "big")


def _unix(monotonic: float | None) -> float | None:
    return None if monotonic is None else time.time() + monotonic - time.monotonic()
