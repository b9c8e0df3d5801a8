"""The `painterly` engine: paints on the CPU, without a GPU and without model weights, one process for each painting.

This is the adapter between the service and the painter: which worker paints, which subject it gets, and what its end means to
the caller. How the pictures come about: the package `painterly`, which knows neither processes nor the service.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from articket_artists import LoadedArtist
from articket_mesh.errors import MeshError
from articket_stylize.engines import DrawingEvent, DrawJob, EngineEvent, Focus, Painted, PaintJob, Progress, Started
from articket_stylize.engines.frames import Analysed, Failed, Frame, Paint, Stepped, WorkerPainted
from articket_stylize.engines.subjects import Subjects
from articket_stylize.engines.worker_pool import WorkerPool
from articket_stylize.engines.worker_process import Worker, WorkerDiedError, WorkerNotStartedError
from articket_stylize.errors import bad_picture, cannot_draw, engine_failed, engine_unavailable, out_of_memory

__all__ = ["WORKER_COMMAND", "PainterlyEngine", "cores"]

WORKER_COMMAND = (sys.executable, "-m", "articket_stylize.engines.painterly_worker")


def cores() -> int:
    """Count the cores that this process may use; a container's share of time is not looked at."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class PainterlyEngine:
    """Paints in `slots` processes of its own."""

    name = "painterly"
    can_draw = False

    def __init__(
        self, *, slots: int | None = None, idle_seconds: float = 30.0, command: Sequence[str] = WORKER_COMMAND
    ) -> None:
        self.slots = slots or cores()
        self._pool = WorkerPool(command, size=self.slots, idle_seconds=idle_seconds)
        self._subjects = Subjects(idle_seconds=idle_seconds)
        self._numbers = itertools.count()

    async def start(self) -> None:
        """Start the first worker: then it is known that there can be one, and the first visitor does not wait for it."""
        try:
            async with self._pool.worker():
                pass
        except WorkerNotStartedError as error:
            raise engine_unavailable(self.name, f"no worker starts: {error}") from error

    async def close(self) -> None:
        """End the workers."""
        self._subjects.forget()
        await self._pool.close()

    def can_paint(self, artist: LoadedArtist) -> bool:
        """Every artist has a look."""
        return True

    def is_loaded(self, artist: LoadedArtist) -> bool:
        """Looks have no weights."""
        return True

    def draw(self, job: DrawJob) -> AsyncGenerator[DrawingEvent, None]:
        """Not called: `can_draw` says so. The recipes repaint what they see."""
        raise cannot_draw(self.name)

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """See `Engine.paint`. It works in strokes on the photo's own size: `long_side_px` is for engines with little memory."""
        yield Started()
        photo_id = hashlib.sha256(job.photo).hexdigest()
        try:
            async with self._pool.worker(photo_id) as worker, aclosing(self._work(worker, job, photo_id)) as events:
                async for event in events:
                    yield event
        except WorkerNotStartedError as error:
            raise engine_unavailable(self.name, f"no worker starts: {error}") from error
        except WorkerDiedError as error:
            if error.was_out_of_memory:
                raise out_of_memory(self.name, f"the painting did not fit into memory: {error}") from error
            raise engine_failed(self.name, f"the worker died over the painting: {error}") from error

    async def _work(self, worker: Worker, job: PaintJob, photo_id: str) -> AsyncGenerator[EngineEvent, None]:
        began = time.perf_counter()
        is_kept = worker.photo_id == photo_id
        subject = b"" if is_kept else await self._subjects.get(photo_id)
        paint = Paint(
            number=next(self._numbers),
            look=job.artist.artist.painterly.model_dump_json(),
            seed=job.seed,
            preview_px=job.preview_px,
            photo_id=photo_id,
            subject="kept" if is_kept else "make" if subject is None else "sent",
        )
        # The analysis is the engine's work as well, whoever of the four does it.
        analysis_seconds = time.perf_counter() - began
        is_to_make = subject is None
        try:
            async with aclosing(worker.paint(paint, job.photo, subject or b"")) as frames:
                async for frame in frames:
                    if isinstance(frame.message, Analysed):
                        self._subjects.put(photo_id, frame.blobs[0])
                        is_to_make = False
                    elif event := self._event(frame, analysis_seconds):
                        yield event
        finally:
            if is_to_make:
                self._subjects.give_up(photo_id)

    def _event(self, frame: Frame, analysis_seconds: float) -> EngineEvent | None:
        match frame.message:
            case Stepped(index=index, count=count, label=label):
                return Progress(index, count, label, frame.blobs[0])
            case WorkerPainted() as done:
                focus = Focus(done.focus_x, done.focus_y)
                return Painted(frame.blobs[0], done.width, done.height, focus, analysis_seconds + done.seconds)
            case Failed() as failed:
                raise self._failure(failed)
            case _:
                return None

    def _failure(self, failed: Failed) -> MeshError:
        match failed.reason:
            case "BAD_PICTURE":
                return bad_picture(failed.message)
            case "OUT_OF_MEMORY":
                return out_of_memory(self.name, failed.message)
            case "ENGINE_FAILED":
                return engine_failed(self.name, failed.message)
