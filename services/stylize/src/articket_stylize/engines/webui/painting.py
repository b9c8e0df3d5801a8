"""One painting on the server, from the request to the answer: watched while it is made, cleared away when it is given up.

A request that has been sent cannot be taken back: the server works on when its caller leaves, and `interrupt` stops whatever
runs. So a painting that is given up is followed until it is certain that nothing of it is left there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator

from articket_mesh.errors import ErrorReason, MeshError
from articket_stylize.engines.webui.config import ENGINE, WebuiConfig
from articket_stylize.engines.webui.jobs import JobWatch, Whose
from articket_stylize.engines.webui.server import WebuiServer
from articket_stylize.engines.webui.wire import Answer, Img2ImgRequest, ProgressAnswer, Txt2ImgRequest
from articket_stylize.errors import busy_elsewhere

__all__ = ["Painting"]

logger = logging.getLogger(__name__)

# For a moment after it has got the lock, a job still counts as waiting.
LOOKS_TO_BE_SURE = 2
CLEARING_POLL_SECONDS = 0.1
# A server that answers may fail to show its progress for a moment; after so many failures in turn it is left alone.
CLEARING_FAILURES = 5
INTERRUPT_AGAIN_SECONDS = 0.5
# A request that was cut off while it was sent may never become a job: so long nothing may show itself.
ARRIVAL_SECONDS = 1.0
LONGEST_CLEARING_SECONDS = 60.0
RETRY_SECONDS = 2.0


class Painting:
    """One request. Use `watched` once, then `answer`; or, at any time after it was sent, `clear`."""

    def __init__(
        self, server: WebuiServer, config: WebuiConfig, request: Img2ImgRequest | Txt2ImgRequest, steps_run: int
    ) -> None:
        self._server = server
        self._config = config
        self.watch = JobWatch(
            request.force_task_id, steps=request.steps, steps_run=steps_run, is_drawing=isinstance(request, Txt2ImgRequest)
        )
        self._posting = asyncio.create_task(server.paint(request), name="webui painting")
        self._pictured_at = -config.preview_seconds
        self._was_answered = False
        self.is_over = False
        """Whether the server has said that it is done with it."""

    async def watched(self, *, with_pictures: bool) -> AsyncGenerator[ProgressAnswer]:
        """Yield a look at the progress every now and then, while the job is ours; end when there is an answer.

        `with_pictures` asks now and then for the picture as it stands. Raises TransientError BUSY when somebody else's job came
        between.
        """
        theirs = 0
        while not await self._is_answered():
            looking = asyncio.create_task(self._look(with_pictures=with_pictures))
            try:
                await asyncio.wait({looking, self._posting}, return_when=asyncio.FIRST_COMPLETED)
                if not looking.done():
                    return
            finally:
                looking.cancel()
            whose, progress = looking.result()
            if whose is Whose.OURS:
                yield progress
            theirs = theirs + 1 if whose is Whose.THEIRS and not self.watch.timestamp else 0
            if theirs >= LOOKS_TO_BE_SURE:
                raise busy_elsewhere(ENGINE, "somebody else's picture came first", RETRY_SECONDS)

    async def answer(self) -> Answer:
        """Give the server's answer, when `watched` has ended. Raises what the request raised."""
        try:
            answer = await self._posting
        except MeshError as error:
            # A proxy's word, or no word, leaves open what the server is doing.
            self._was_answered = error.__cause__ is None
            self.is_over = self._was_answered and error.reason is not ErrorReason.ENGINE_UNAVAILABLE
            raise
        self.is_over = True
        return answer

    async def timestamp(self) -> str:
        """When the job began, by the server's clock; empty when that cannot be known. For a job that has failed."""
        if not self.watch.timestamp:
            with contextlib.suppress(MeshError):
                await self._whose()
        return self.watch.timestamp

    async def was_stopped(self, timestamp: str | None) -> bool:
        """Whether somebody interrupted or skipped the job whose answer tells `timestamp`: half a picture has a 200, too."""
        try:
            self.watch.see_ended(await self._server.progress(), timestamp)
        except MeshError:  # what was seen before must do
            logger.debug("the server did not tell how the job ended")
        return self.watch.was_stopped

    async def clear(self) -> None:
        """Leave nothing of the painting on the server: interrupt it if it runs, and wait until it has ended.

        Gives up after a minute, and when the server does not answer.
        """
        self._posting.cancel()
        await asyncio.gather(self._posting, return_exceptions=True)
        begun = quiet_since = time.monotonic()
        arrival_seconds = 0.0 if self._was_answered else ARRIVAL_SECONDS
        interrupted_at, was_seen = -INTERRUPT_AGAIN_SECONDS, bool(self.watch.timestamp)
        failures = 0
        while (now := time.monotonic()) - begun < LONGEST_CLEARING_SECONDS:
            try:
                whose, has_ended = await self._whose()
                if whose is Whose.OURS and now - interrupted_at >= INTERRUPT_AGAIN_SECONDS:
                    await self._server.interrupt()
                    interrupted_at = now
                failures = 0
            except MeshError as error:
                failures += 1
                if failures >= CLEARING_FAILURES or error.reason is ErrorReason.ENGINE_UNAVAILABLE:
                    logger.info("a painting that was given up may still be on the server: %s", error)
                    return
                await asyncio.sleep(CLEARING_POLL_SECONDS)
                continue
            was_seen = was_seen or whose is Whose.OURS
            is_quiet = whose is Whose.NOBODYS
            quiet_since = quiet_since if is_quiet else now
            if has_ended or (is_quiet and (was_seen or now - quiet_since >= arrival_seconds)):
                return
            await asyncio.sleep(CLEARING_POLL_SECONDS)

    async def _is_answered(self) -> bool:
        await asyncio.wait({self._posting}, timeout=self._config.poll_seconds)
        return self._posting.done()

    async def _look(self, *, with_pictures: bool) -> tuple[Whose, ProgressAnswer]:
        now = time.monotonic()
        is_due = with_pictures and now - self._pictured_at >= self._config.preview_seconds
        try:
            progress = await self._server.progress(with_picture=is_due)
            task = await self._server.task(self.watch.task_id)
        except MeshError:
            # The request itself tells what has become of the server; to show its progress may fail while it paints on.
            return Whose.UNKNOWN, ProgressAnswer()
        if is_due:
            self._pictured_at = now
        whose = self.watch.see(progress, task)
        return (Whose.UNKNOWN if task is not None and task.completed else whose), progress

    async def _whose(self) -> tuple[Whose, bool]:
        """Whose the running job is, and whether the server says that ours has ended."""
        progress = await self._server.progress()
        task = await self._server.task(self.watch.task_id)
        return self.watch.see(progress, task), task is not None and task.completed
