"""What happens in a visit, from the photo to the ticket.

    photo ─► caption ─► paint:<artist>  (all at once, as the dispatcher has room)
                │                └─────────────┐
             answers ─► match ─► best artist with a painting ─► ticket ─► wait for the other paintings

Painting begins at upload, while the quiz is answered. A caption that is late or fails costs the visitor only the caption; an
artist who fails costs the visitor only that artist. Each box is a step of `running`, so a visit that is taken over goes on
where it was.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
import weakref
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from articket_artists import OWN_CHOICE, Artist, Catalogue, PaintingSlot, Quiz, because, match, score_answers
from articket_gateway.clients.caption import Captioned
from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StepEnded
from articket_gateway.clients.ticket import Composed, TicketOrder, TicketPicture
from articket_gateway.dispatch.dispatching import Ahead, Dispatcher, News, Sent, TryFailed
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy, retrying
from articket_gateway.errors import AnswersChanged
from articket_gateway.storing.pictures import PictureStore, painting_path, photo_path, ticket_path
from articket_gateway.storing.prints import NewPrint
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.metrics import VisitMetrics
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import Run, StepFailed, StepResult
from articket_gateway.visit.states import CAPTION, MATCH, TICKET, Json, VisitState, paint_step
from articket_gateway.visit.views import visit_news
from articket_mesh.errors import MeshError

Paintings: TypeAlias = dict[str, asyncio.Task[Json | None]]
"""Artist id → the task that paints, which gives the painting's record, or None when it could not be made."""

CAPTION_PATIENCE_SECONDS = 1.5
"""A caption that takes longer is done without: no painting waits for words."""

TICKET_TIMEOUT_SECONDS = 15.0
PREVIEW_PX = 320

log = logging.getLogger(__name__)


class Captioner(Protocol):
    """What the flow needs of the caption service."""

    async def caption(self, photo: bytes, *, idempotency_key: str, timeout: float) -> Captioned:
        """Describe the photo."""
        ...


class Composer(Protocol):
    """What the flow needs of the ticket service."""

    async def compose(self, order: TicketOrder, *, timeout: float) -> Composed:
        """Make the ticket."""
        ...


class Printer(Protocol):
    """What the flow needs of printing."""

    def wanted(self, visit_id: str) -> Sequence[NewPrint]:
        """Give what is to be printed of a ticket that becomes ready now."""
        ...

    def queued(self) -> None:
        """Take notice of what has been stored."""
        ...


class VisitFlow:
    """Runs visits with the parts it is given. `booth_name` and `public_url` are printed on the ticket."""

    def __init__(
        self,
        *,
        captioner: Captioner,
        dispatcher: Dispatcher,
        composer: Composer,
        store: VisitStore,
        pictures: PictureStore,
        progress: Progress,
        metrics: VisitMetrics,
        catalogue: Callable[[], Catalogue],
        quiz: Callable[[], Quiz],
        public_url: str,
        booth_name: str,
        printer: Printer | None = None,
    ) -> None:
        self._captioner = captioner
        self._dispatcher = dispatcher
        self._composer = composer
        self._store = store
        self._pictures = pictures
        self._progress = progress
        self._metrics = metrics
        self._catalogue = catalogue
        self._quiz = quiz
        self._public_url = public_url.rstrip("/")
        self._booth_name = booth_name
        self._printer = printer
        self._policy = RetryPolicy()
        self._once: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def __call__(self, run: Run) -> None:
        """Bring one visit from its photo to its ticket."""
        async with asyncio.TaskGroup() as group:
            paintings = await self._begin_paintings(run, group)
            with self._painting_again(run, group, paintings):
                error = await self._ticket(run, paintings)
                while error is None and (under_way := [task for task in paintings.values() if not task.done()]):
                    await asyncio.wait(under_way)
        await self._store.finish(
            run.lease,
            failed=error is not None,
            state=None if error is None else VisitState.FAILED,
            error=error,
            news=[] if error is None else [visit_news(run.record.failed(error))],
        )
        self._progress.wake(run.visit_id)

    # -- the photo and its caption -----------------------------------------------------------------------------------------

    async def _begin_paintings(self, run: Run, group: asyncio.TaskGroup) -> Paintings:
        """Give artist id → the task that paints. The photo is let go with it: a visitor may take hours to answer."""
        photo = await self._photo(run)
        captioning = group.create_task(self._caption(run, photo))
        artists = await self._artists_in_order(run)  # meanwhile: matching needs no caption
        caption = await captioning
        return {artist_id: group.create_task(self._paint(run, artist_id, photo, caption)) for artist_id in artists}

    @contextmanager
    def _painting_again(self, run: Run, group: asyncio.TaskGroup, paintings: Paintings) -> Generator[None]:
        """Let the run take up forgotten paintings inside the block; behind it, trying again takes a new run."""

        async def paint(artist_id: str) -> Json | None:
            caption = run.record.step_done(CAPTION)
            prompt = caption.output["prompt"] if caption and caption.output else ""
            return await self._paint(run, artist_id, await self._photo(run), prompt)

        def again(artist_id: str) -> bool:
            work = paint(artist_id)
            try:
                paintings[artist_id] = group.create_task(work)
            except RuntimeError:  # another task of the group has just broken: the group ends
                work.close()
                return False
            return True

        run.paint_again = again
        try:
            yield
        finally:
            run.paint_again = None

    async def _photo(self, run: Run) -> bytes:
        assert run.record.photo_digest is not None, "a visit runs from its photo on"
        photo = await self._pictures.get(photo_path(run.record.photo_digest))
        if photo is None:
            raise FileNotFoundError("the photo is not in the picture store")
        return photo

    async def _caption(self, run: Run, photo: bytes) -> str:
        """Give the caption for the prompt, or an empty one."""

        async def work() -> StepResult:
            async def call() -> Captioned:
                with self._told(run.visit_id, CAPTION):
                    return await self._captioner.caption(
                        photo, idempotency_key=f"{run.visit_id}/{CAPTION}", timeout=CAPTION_PATIENCE_SECONDS
                    )

            try:
                async with asyncio.timeout(CAPTION_PATIENCE_SECONDS):
                    captioned, attempts = await retrying(call, self._policy)
            except TimeoutError:
                raise StepFailed({"reason": "DEADLINE_EXCEEDED", "detail": "the caption was late"}) from None
            except GaveUp as gave_up:
                raise _failed(gave_up) from gave_up
            output = {"prompt": captioned.prompt, "text": {"en": captioned.text_en, "ko": captioned.text_ko}}
            return StepResult(output, attempts, captioned.engine, captioned.engine_seconds)

        try:
            output = await self._step(run, CAPTION, work, VisitState.CAPTIONED)
        except StepFailed:
            return ""
        return output["prompt"]

    async def _artists_in_order(self, run: Run) -> Sequence[str]:
        """Give the visit's artists; who has answered before sending the photo gets the matched one first."""
        artists = run.record.artists or ()
        if await self._store.answers(run.visit_id) is None:
            return artists
        with suppress(StepFailed):  # told when the ticket is due
            ranking = [rank["artist_id"] for rank in (await self._match(run))["ranking"]]
            return sorted(artists, key=lambda artist_id: ranking.index(artist_id) if artist_id in ranking else len(ranking))
        return artists

    # -- the paintings -----------------------------------------------------------------------------------------------------

    async def _paint(self, run: Run, artist_id: str, photo: bytes, caption: str) -> Json | None:
        """Give the painting's record, or None when it could not be made."""
        assert run.record.photo_digest is not None
        seed = _seed(run.record.photo_digest, artist_id)
        loaded = self._catalogue().artists.get(artist_id)
        key = _painting_key(run.record.photo_digest, artist_id, loaded.digest if loaded else "", caption, seed)
        request = PaintRequest(
            idempotency_key=f"{run.visit_id}/{paint_step(artist_id)}",
            artist_id=artist_id,
            photo=photo,
            caption=caption,
            seed=seed,
            preview_px=PREVIEW_PX,
        )
        lock = self._once.setdefault(key, asyncio.Lock())
        try:
            async with lock:  # the same photo by the same artist: the second visit finds what the first one had painted
                return await self._step(
                    run,
                    paint_step(artist_id),
                    lambda: self._paint_once(run, key, request),
                    VisitState.PAINTING,
                    artist_id,
                )
        except StepFailed:
            return None
        finally:
            self._progress.forget(run.visit_id, artist_id)

    async def _paint_once(self, run: Run, key: str, request: PaintRequest) -> StepResult:
        digest = run.record.photo_digest
        assert digest is not None
        known = await self._store.find_painting(key)
        if known is not None:
            return StepResult({**known, "is_reused": True}, 1, known["engine"], 0.0)
        way = _Way()

        def tell(news: News) -> None:
            way.note(news)
            self._tell(run.visit_id, request.artist_id, news)

        try:
            painted, attempts = await self._dispatcher.paint(run.visit_id, request, tell)
        except GaveUp as gave_up:
            failed = _failed(gave_up)
            raise StepFailed({**failed.error, **way.told()}, attempts=failed.attempts) from gave_up
        await self._pictures.put(painting_path(digest, key), painted.picture)
        result = {
            "key": key,
            "width": painted.width,
            "height": painted.height,
            "focus": [painted.focus_x, painted.focus_y],
            "engine": painted.engine,
            "seed": str(painted.seed),
            "steps": way.steps,
            "is_fallback": way.is_fallback(painted),
        }
        self._metrics.painted(request.artist_id, painted.engine, painted.engine_seconds, self._hour_price(request.artist_id))
        output = {**result, **way.told()}  # the way is this visit's own: who gets the painting again has another
        return StepResult(output, attempts, painted.engine, painted.engine_seconds, painted=(key, digest, result))

    def _tell(self, visit_id: str, artist_id: str, news: News) -> None:
        match news:
            case Ahead(position):
                self._progress.waits(visit_id, artist_id, position)
            case Sent(pod, engine, attempt):
                self._progress.sent(visit_id, artist_id, pod, engine, attempt)
            case TryFailed(reason, attempts):
                self._progress.tried(visit_id, artist_id, reason, attempts)
            case Accepted():
                self._progress.begun(visit_id, artist_id)
            case StepEnded(index, count, label, preview):
                self._progress.stepped(visit_id, artist_id, index, count, label, preview)

    def _hour_price(self, artist_id: str) -> float:
        loaded = self._catalogue().artists.get(artist_id)
        return loaded.artist.scaling.gpu_hour_price_usd if loaded else 0.0

    # -- the match and the ticket ------------------------------------------------------------------------------------------

    async def _ticket(self, run: Run, paintings: Mapping[str, asyncio.Task[Json | None]]) -> Json | None:
        """Make the ticket; give None, or the error that the visit ends with."""
        try:
            matched = await self._match(run)
        except StepFailed as failed:
            return failed.error
        artist_id = await self._first_painted(run, matched, paintings)
        if artist_id is None:
            return {"reason": "no_painting", "detail": "no artist could paint this photo"}
        is_new = TICKET not in run.record.steps
        try:
            await self._step(run, TICKET, lambda: self._compose(run, matched, artist_id, paintings), VisitState.TICKET_READY)
        except StepFailed as failed:
            return failed.error
        if is_new:  # a visit that was taken over goes through here again
            self._metrics.ticket(artist_id, run.record.photo_at)
            if self._printer is not None:
                self._printer.queued()
        return None

    async def _first_painted(self, run: Run, matched: Json, paintings: Mapping[str, asyncio.Task[Json | None]]) -> str | None:
        """Wait for the best-ranked artist who has a painting; None when every painting has failed."""
        ranked = [rank["artist_id"] for rank in matched["ranking"] if rank["artist_id"] in paintings]
        while True:
            for artist_id in ranked:
                self._dispatcher.prefer(run.visit_id, artist_id)
                if await paintings[artist_id] is not None:
                    return artist_id
            # staff may have had one of them tried again meanwhile
            if all(paintings[one].done() and paintings[one].result() is None for one in ranked):
                return None

    async def _match(self, run: Run) -> Json:
        async def work() -> StepResult:
            answers = await run.wait_for_answers()
            return StepResult(self._matched(run, answers), answers=answers)

        # the step begins when the answers are there: how long the visitor thought is not its time
        if run.record.step_done(MATCH) is None:
            await run.wait_for_answers()
        while True:
            with suppress(AnswersChanged):  # the visitor's last word counts
                return await self._step(run, MATCH, work, VisitState.MATCHED)

    def _matched(self, run: Run, answers: Json) -> Json:
        quiz = self._quiz()
        artists = self._artists(run)
        if not artists:
            raise StepFailed({"reason": "no_artist", "detail": "every artist of this visit has left the booth"})
        given: Mapping[str, str] = answers.get("answers", {})
        # the quiz may have changed since: an answer that it no longer has counts for nothing
        asked = {one: choice for one, choice in given.items() if (question := quiz.question(one)) and question.choice(choice)}
        traits = score_answers(quiz, asked)
        chosen = answers.get("match")
        # the photo is the tie's seed: the same photo and answers give the same artist, also in another visit
        ranked = match(traits, artists.values(), tie_seed=run.record.photo_digest or run.visit_id).ranking
        ranking = sorted(ranked, key=lambda one: one.artist_id != chosen)
        reasons = {
            one.artist_id: OWN_CHOICE if one.artist_id == chosen else because(one, quiz, artists[one.artist_id])
            for one in ranking
        }
        return {
            "ranking": [{"artist_id": one.artist_id, "score": round(one.score, 4)} for one in ranking],
            "because": {artist_id: {"en": text.en, "ko": text.ko} for artist_id, text in reasons.items()},
        }

    def _artists(self, run: Run) -> Mapping[str, Artist]:
        known = self._catalogue().artists
        return {artist_id: known[artist_id].artist for artist_id in run.record.artists or () if artist_id in known}

    async def _compose(
        self, run: Run, matched: Json, artist_id: str, paintings: Mapping[str, asyncio.Task[Json | None]]
    ) -> StepResult:
        number = f"{await self._store.reserve_ticket_number(run.visit_id):04d}"
        caption = run.record.step_done(CAPTION)
        order = TicketOrder(
            idempotency_key=f"{run.visit_id}/{TICKET}",
            artist_id=artist_id,
            language=run.record.lang,
            paintings=await self._ticket_paintings(run, matched, artist_id, paintings),
            photo=TicketPicture(await self._photo(run)),
            caption=caption.output["text"][run.record.lang] if caption and caption.output else "",
            because=matched["because"][artist_id][run.record.lang],
            number=number,
            visit_url=f"{self._public_url}/v/{run.visit_id}",
            booth_name=self._booth_name,
            date=datetime.now().astimezone().date().isoformat(),
        )

        async def call() -> Composed:
            with self._told(run.visit_id, TICKET):
                return await self._composer.compose(order, timeout=TICKET_TIMEOUT_SECONDS)

        try:
            composed, attempts = await retrying(call, self._policy)
        except GaveUp as gave_up:
            raise _failed(gave_up) from gave_up
        await asyncio.gather(
            self._pictures.put(ticket_path(run.visit_id, "pdf"), composed.pdf),
            self._pictures.put(ticket_path(run.visit_id, "png"), composed.png),
        )
        output = {"number": number, "artist_id": artist_id, "notices": list(composed.notices)}
        prints = self._printer.wanted(run.visit_id) if self._printer is not None else ()
        return StepResult(output, attempts, "ticket", composed.engine_seconds, prints=prints)

    async def _ticket_paintings(
        self, run: Run, matched: Json, first: str, paintings: Mapping[str, asyncio.Task[Json | None]]
    ) -> list[TicketPicture]:
        """Give the pictures that the template has slots for, by rank; what is not ready now is not waited for."""
        digest = run.record.photo_digest
        assert digest is not None
        ranked = [first, *(rank["artist_id"] for rank in matched["ranking"] if rank["artist_id"] != first)]
        done = [artist_id for artist_id in ranked if artist_id in paintings and _is_painted(paintings[artist_id])]
        pictures: list[TicketPicture] = []
        for artist_id in done[: self._ranks_printed(first)]:
            record = paintings[artist_id].result() or {}
            picture = await self._pictures.get(painting_path(digest, record["key"]))
            if picture:
                pictures.append(TicketPicture(picture, *record["focus"], artist_id=artist_id))
        return pictures

    def _ranks_printed(self, artist_id: str) -> int:
        """Give how many paintings the artist's template shows: megabytes that it has no slot for are not sent."""
        loaded = self._catalogue().artists.get(artist_id)
        slots = loaded.artist.ticket.slots if loaded else ()
        return max((slot.rank for slot in slots if isinstance(slot, PaintingSlot)), default=1)

    async def _step(
        self,
        run: Run,
        name: str,
        work: Callable[[], Awaitable[StepResult]],
        state: VisitState,
        artist_id: str = "",
    ) -> Json:
        is_new = name not in run.record.steps
        try:
            return await run.step(name, work, state=state)
        finally:
            self._progress.step_ended(run.visit_id, name)
            if is_new:
                with suppress(KeyError):  # cancelled: the step has not ended
                    self._metrics.step_ended(run.record.steps[name], artist_id)

    @contextmanager
    def _told(self, visit_id: str, name: str) -> Generator[None]:
        """Tell those who watch that a try of this step is under way, and how it failed."""
        self._progress.step_begun(visit_id, name)
        try:
            yield
        except MeshError as error:
            self._progress.step_tried(visit_id, name, str(error.reason))
            raise


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
        """Whether another engine painted than the one that the pod stands for."""
        return self.sent is not None and self.sent.engine not in ("", painted.engine)

    def told(self) -> dict[str, Any]:
        """Give what is kept of it with the step."""
        return {} if self.sent is None else {"pod": self.sent.pod, "sent_at": self.sent_at}


def _is_painted(task: asyncio.Task[Json | None]) -> bool:
    return task.done() and task.result() is not None


def _failed(gave_up: GaveUp) -> StepFailed:
    # the message is shown to the visitor: a service puts nothing into it that its caller may not see
    return StepFailed({"reason": str(gave_up.error.reason), "detail": gave_up.error.message}, attempts=gave_up.attempts)


def _seed(photo_digest: str, artist_id: str) -> int:
    """Give the seed: the same photo is painted the same way, by each artist in another way."""
    return int.from_bytes(hashlib.sha256(f"{photo_digest}:{artist_id}".encode()).digest()[:4], "big")


def _painting_key(photo_digest: str, artist_id: str, artist_digest: str, caption: str, seed: int) -> str:
    """Name a painting by all that decides how it looks."""
    parts = json.dumps([photo_digest, artist_id, artist_digest, caption, seed])
    return hashlib.sha256(parts.encode()).hexdigest()
