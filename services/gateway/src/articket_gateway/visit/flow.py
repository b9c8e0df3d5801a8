"""What happens in a visit, from the photo to the ticket.

    photo ─► caption ─► paint:<artist>  (all at once, as the dispatcher has room)
                │                └─────────────┐
             answers ─► match ─► best artist with a painting ─► ticket ─► wait for the other paintings

Painting begins at upload, while the quiz is answered, unless the booth paints only what is matched (`PaintMode`). A caption
that is late or fails costs the visitor only the caption; an artist who fails costs the visitor only that artist. Each box is a
step of `running`, so a visit that is taken over goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol, TypeAlias

from articket_artists import Catalogue, Quiz
from articket_gateway.clients.caption import Captioned
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy, retrying
from articket_gateway.errors import AnswersChanged
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.matching import matched
from articket_gateway.visit.metrics import VisitMetrics
from articket_gateway.visit.painting import Painters
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import Run, StepFailed, StepResult, StepSkipped
from articket_gateway.visit.states import CAPTION, MATCH, TICKET, Json, PaintMode, VisitState, paint_step
from articket_gateway.visit.ticketing import Ticketing
from articket_gateway.visit.views import visit_news

Paintings: TypeAlias = dict[str, asyncio.Task[Json | None]]
"""Artist id → the task that paints, which gives the painting's record, or None when it could not be made or is not wanted."""

CAPTION_PATIENCE_SECONDS = 1.5
"""A caption that takes longer is done without: no painting waits for words."""

FIRST_SECONDS = 0.25
"""How long the other paintings wait for the matched one to be ordered: it may wait for another visit with the same photo."""

CAPTION_RETRIES = RetryPolicy(patience=0.5)
"""A caption service that is known to be away is asked once more, in case it is just being restarted, and not waited for."""


class Captioner(Protocol):
    """What the flow needs of the caption service."""

    async def caption(self, photo: bytes, *, idempotency_key: str, timeout: float) -> Captioned:
        """Describe the photo."""
        ...


class VisitFlow:
    """Runs visits with the parts it is given."""

    def __init__(
        self,
        *,
        captioner: Captioner,
        painters: Painters,
        ticketing: Ticketing,
        store: VisitStore,
        progress: Progress,
        metrics: VisitMetrics,
        catalogue: Callable[[], Catalogue],
        quiz: Callable[[], Quiz],
        mode: PaintMode = PaintMode.ALL,
    ) -> None:
        self._captioner = captioner
        self._painters = painters
        self._ticketing = ticketing
        self._store = store
        self._progress = progress
        self._metrics = metrics
        self._catalogue = catalogue
        self._quiz = quiz
        self._mode = mode

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

    # -- the photo's caption -----------------------------------------------------------------------------------------------

    async def _caption(self, run: Run, photo: bytes) -> None:
        """Have the photo described; the prompts find the words in the record, or do without."""

        async def work() -> StepResult:
            async def call() -> Captioned:
                with self._progress.trying(run.visit_id, CAPTION):
                    return await self._captioner.caption(
                        photo, idempotency_key=f"{run.visit_id}/{CAPTION}", timeout=CAPTION_PATIENCE_SECONDS
                    )

            try:
                async with asyncio.timeout(CAPTION_PATIENCE_SECONDS):
                    captioned, attempts = await retrying(call, CAPTION_RETRIES)
            except TimeoutError:
                raise StepFailed({"reason": "DEADLINE_EXCEEDED", "detail": "the caption was late"}) from None
            except GaveUp as gave_up:
                raise StepFailed.of(gave_up) from gave_up
            output = {"prompt": captioned.prompt, "text": {"en": captioned.text_en, "ko": captioned.text_ko}}
            return StepResult(output, attempts, captioned.engine, captioned.engine_seconds)

        with suppress(StepFailed):
            await self._step(run, CAPTION, work, VisitState.CAPTIONED)

    # -- the paintings -----------------------------------------------------------------------------------------------------

    async def _begin_paintings(self, run: Run, group: asyncio.TaskGroup) -> Paintings:
        """Give artist id → the task that paints. The photo is let go with it: a visitor may take hours to answer."""
        photo = await self._painters.photo(run.record)
        captioning = group.create_task(self._caption(run, photo))
        artists = await self._artists_in_order(run)  # meanwhile: matching needs no caption
        await captioning
        paintings: Paintings = {}
        for artist_id in artists:
            if self._mode is not PaintMode.ALL:
                paintings[artist_id] = group.create_task(self._paint_matched(run, artist_id, paintings))
                continue
            ordered = asyncio.Event()
            paintings[artist_id] = group.create_task(self._paint(run, artist_id, photo, ordered.set))
            paintings[artist_id].add_done_callback(lambda _task, ordered=ordered: ordered.set())
            if artist_id == artists[0] and MATCH in run.record.steps:  # a free slot must not go to another one first
                with suppress(TimeoutError):
                    async with asyncio.timeout(FIRST_SECONDS):
                        await ordered.wait()
        return paintings

    async def _artists_in_order(self, run: Run) -> Sequence[str]:
        """Give the visit's artists; who has answered before sending the photo gets the matched one first."""
        artists = run.record.artists or ()
        if await self._store.answers(run.visit_id) is None:
            return artists
        with suppress(StepFailed):  # told when the ticket is due
            ranking = _ranking(await self._match(run), artists)
            return [*ranking, *(one for one in artists if one not in ranking)]
        return artists

    async def _paint(
        self, run: Run, artist_id: str, photo: bytes, on_ordered: Callable[[], None] = lambda: None
    ) -> Json | None:
        """Give the painting's record, or None when it could not be made."""
        try:
            # kept inside the block: the next visit with this photo finds what this one had painted
            async with self._painters.only(run.record, artist_id) as commission:
                step = paint_step(artist_id)
                work = lambda: self._painters.step(commission, photo, on_ordered)  # noqa: E731
                return await self._step(run, step, work, VisitState.PAINTING, artist_id)
        except StepFailed:
            return None

    async def _paint_matched(self, run: Run, artist_id: str, paintings: Paintings) -> Json | None:
        """Paint when the match is known and the better ones have ended; where one is enough, only if they failed."""
        try:
            ranking = _ranking(await self._match(run), paintings)
        except StepFailed:
            return None
        before = ranking[: ranking.index(artist_id)] if artist_id in ranking else ranking
        if self._mode is PaintMode.MATCHED_FIRST:
            before = before[:1]
        better = [await paintings[one] for one in before]
        if self._mode is PaintMode.MATCHED_ONLY and any(better):

            async def skip() -> StepResult:
                raise StepSkipped("the booth paints only the artist who matches")

            with suppress(StepFailed):
                return await self._step(run, paint_step(artist_id), skip, VisitState.PAINTING, artist_id)
            return None
        return await self._paint(run, artist_id, await self._painters.photo(run.record))

    @contextmanager
    def _painting_again(self, run: Run, group: asyncio.TaskGroup, paintings: Paintings) -> Generator[None]:
        """Let the run take up forgotten paintings inside the block; behind it, trying again takes a new run."""

        async def paint(artist_id: str) -> Json | None:
            return await self._paint(run, artist_id, await self._painters.photo(run.record))

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

    # -- the match and the ticket ------------------------------------------------------------------------------------------

    async def _match(self, run: Run) -> Json:
        async def work() -> StepResult:
            answers = await run.wait_for_answers()
            return StepResult(matched(run.record, answers, quiz=self._quiz(), catalogue=self._catalogue()), answers=answers)

        # the step begins when the answers are there: how long the visitor thought is not its time
        if run.record.step_done(MATCH) is None:
            await run.wait_for_answers()
        while True:
            with suppress(AnswersChanged):  # the visitor's last word counts
                return await self._step(run, MATCH, work, VisitState.MATCHED)

    async def _ticket(self, run: Run, paintings: Paintings) -> Json | None:
        """Make the ticket; give None, or the error that the visit ends with."""
        try:
            match = await self._match(run)
        except StepFailed as failed:
            return failed.error
        artist_id = await self._first_painted(run, match, paintings)
        if artist_id is None:
            return {"reason": "no_painting", "detail": "no artist could paint this photo"}

        async def work() -> StepResult:
            photo = await self._painters.photo(run.record)
            return await self._ticketing.step(run.record, match, artist_id, photo=photo, paintings=_painted(paintings))

        is_new = TICKET not in run.record.steps
        try:
            await self._step(run, TICKET, work, VisitState.TICKET_READY)
        except StepFailed as failed:
            return failed.error
        if is_new:  # a visit that was taken over goes through here again
            self._metrics.ticket(artist_id, run.record.photo_at)
            self._ticketing.queued()
        return None

    async def _first_painted(self, run: Run, match: Json, paintings: Paintings) -> str | None:
        """Wait for the best-ranked artist who has a painting; None when every painting has failed."""
        ranked = _ranking(match, paintings)
        while True:
            for artist_id in ranked:
                self._painters.prefer(run.visit_id, artist_id)
                if await paintings[artist_id] is not None:
                    return artist_id
            # staff may have had one of them tried again meanwhile
            if all(paintings[one].done() and paintings[one].result() is None for one in ranked):
                return None

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


def _ranking(match: Json, known: Sequence[str] | Mapping[str, object]) -> list[str]:
    """Give the ids of the known artists, best match first."""
    return [rank["artist_id"] for rank in match["ranking"] if rank["artist_id"] in known]


def _painted(paintings: Paintings) -> dict[str, Json]:
    """Give artist id → record of the paintings that are there now."""
    records = {artist_id: task.result() for artist_id, task in paintings.items() if task.done()}
    return {artist_id: record for artist_id, record in records.items() if record is not None}
