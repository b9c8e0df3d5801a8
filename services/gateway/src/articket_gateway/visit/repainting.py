"""Painting again what the fallback engine had to paint, when another pod is back and the visitor still looks.

A visit is looked after by the replica at which its phone is connected; nothing of it is durable, because the phone connects
again. Such orders wait behind all others, so nobody else waits for them.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from articket_gateway.errors import StoreUnavailable
from articket_gateway.storing.repaints import RepaintStore
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.painting import Painters
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import StepFailed
from articket_gateway.visit.states import paint_step
from articket_gateway.visit.views import news_of

LOOK_SECONDS = 3.0

log = logging.getLogger(__name__)


class Repainting:
    """Has stand-ins painted again, for the visits that somebody watches here."""

    def __init__(
        self,
        *,
        painters: Painters,
        visits: VisitStore,
        store: RepaintStore,
        progress: Progress,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._painters = painters
        self._visits = visits
        self._store = store
        self._progress = progress
        self._look_seconds = look_seconds
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def keep_repainting(self) -> None:
        """Look after the watched visits, for ever."""
        try:
            while True:
                await asyncio.sleep(self._look_seconds)
                try:
                    await self._look()
                except StoreUnavailable as error:
                    log.warning("painting again waits: %s", error)
                except Exception:  # the edge of a task: one broken look must not end it
                    log.exception("painting again broke")
        finally:
            await self._stop(self._tasks)

    def erased(self, visit_id: str) -> None:
        """Stop what is painted for a visit that is no more."""
        for task in [task for (one, _), task in self._tasks.items() if one == visit_id]:
            task.cancel()

    async def _look(self) -> None:
        self._tasks = {key: task for key, task in self._tasks.items() if not task.done()}
        watched = set(self._progress.watched)
        await self._stop({key: task for key, task in self._tasks.items() if key[0] not in watched})
        for visit_id, artists in (await self._store.stand_ins(watched)).items():
            for artist_id in artists:
                if (visit_id, artist_id) not in self._tasks:
                    repaint = self._repaint(visit_id, artist_id)
                    self._tasks[visit_id, artist_id] = asyncio.create_task(repaint, name="paint again")

    async def _stop(self, tasks: dict[tuple[str, str], asyncio.Task[None]]) -> None:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _repaint(self, visit_id: str, artist_id: str) -> None:
        try:
            await self._paint(visit_id, artist_id)
        except StepFailed as failed:
            log.warning("%s could not be painted again: %s", artist_id, failed.error.get("reason"))
            await asyncio.sleep(20 * self._look_seconds)  # then it is looked for anew
        except StoreUnavailable as error:
            log.warning("painting again waits: %s", error)
        except Exception:  # the edge of a task
            log.exception("painting again broke")
            await asyncio.sleep(20 * self._look_seconds)

    async def _paint(self, visit_id: str, artist_id: str) -> None:
        record = await self._visits.find(visit_id)
        step = None if record is None else record.step_done(paint_step(artist_id))
        if record is None or step is None or record.photo_digest is None:
            return
        photo = await self._painters.photo(record)
        async with self._painters.only(record, artist_id) as commission:
            made = await self._painters.made(commission, photo, is_patient=True)
            if made.record["is_fallback"]:
                raise StepFailed({"reason": "is_fallback"})
            output = {**made.record, **made.way, "was_fallback": True}
            step = replace(step, output=output, engine=made.record["engine"], engine_seconds=made.engine_seconds)
            news = news_of(record.with_step(step, None), step.name)
            if await self._store.replace(visit_id, step, photo_digest=record.photo_digest, news=news):
                self._progress.wake(visit_id)
