"""The `diffusers` engine: paints with Stable Diffusion in this process, one painting at a time.

    photo (canvas.py) → plan (sampling.py) → the model's thread (thread.py: loading.py, then painter.py) → events → painting

The model belongs to one thread, which tells its steps to a queue here; the event loop never waits for the model.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import traceback
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket_artists import Img2Img, LoadedArtist
from articket_mesh.errors import MeshError
from articket_stylize.engines import DrawingEvent, DrawJob, Drawn, EngineEvent, Painted, PaintJob, Progress, Started
from articket_stylize.engines.canvas import as_jpeg, paintable_size, preview, stretch
from articket_stylize.engines.diffusers.config import ENGINE, DiffusersConfig
from articket_stylize.engines.diffusers.failures import as_mesh_error, is_fatal, is_out_of_memory
from articket_stylize.engines.diffusers.sampling import Plan, plan_for
from articket_stylize.engines.diffusers.thread import ModelThread
from articket_stylize.engines.diffusers.troubles import Troubles
from articket_stylize.engines.diffusers.weights import WeightsError, WeightsNotReadError
from articket_stylize.engines.diffusers.work import Step, StoppedError, Watching, Work
from articket_stylize.errors import deadline_exceeded, engine_unavailable, style_not_applied

if TYPE_CHECKING:
    from articket_stylize.engines.diffusers.painter import Painter

__all__ = ["DiffusersEngine"]

logger = logging.getLogger(__name__)

STEP_LABEL = "denoising"
# A block of the network takes seconds on the slowest machines; what has not stopped after this long never will.
HANGING_SECONDS = 60.0
CLOSING_SECONDS = 5.0


class DiffusersEngine:
    """Paints with one model that it has loaded."""

    name = ENGINE
    slots = 1
    can_draw = True

    def __init__(self, config: DiffusersConfig, *, give_up: Callable[[], None] = lambda: None) -> None:
        """Take what is called when only a new process can help: it should end this one."""
        self._config = config
        self._give_up = give_up
        self._thread = ModelThread("diffusers model")
        self._turn = asyncio.Lock()
        self._painter: Painter | None = None
        self._troubles = Troubles(config)
        self._broken = ""

    @property
    def is_broken(self) -> bool:
        """Whether only a new process can help."""
        return bool(self._broken)

    async def start(self) -> None:
        """Load the model and draw one step. Raises TransientError ENGINE_UNAVAILABLE."""
        began = time.perf_counter()
        painter = await self._thread.run(self._load)
        self._troubles.know_base(painter.words_width, painter.text_encoders)
        self._painter = painter
        logger.info("painting with %s, loaded in %.1f s", self._config.model, time.perf_counter() - began)

    async def close(self) -> None:
        """Let go of the model."""
        self._troubles.forget()
        self._painter = None
        await self._thread.end(CLOSING_SECONDS)

    def can_paint(self, artist: LoadedArtist) -> bool:
        """Whether there are a sampler and weights for the artist; what is wrong with them is logged, once."""
        return self._painter is not None and not self._broken and not self._troubles.known(artist)

    def is_loaded(self, artist: LoadedArtist) -> bool:
        """Whether the artist's LoRA is in memory, or none is needed."""
        lora = artist.artist.lora
        return self._painter is not None and (lora is None or lora.sha256 in self._painter.adapters.loaded)

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """See `Engine.paint`."""
        async with self._turn:
            began = time.perf_counter()
            painter = self._ready_painter()
            plan = await self._plan(job.artist)
            limit = min(painter.long_side_px, job.long_side_px or painter.long_side_px)
            canvas = await asyncio.to_thread(stretch, job.photo, limit)
            yield Started()
            work = Work(job.artist, job.caption, job.seed, plan, canvas.picture, canvas.size, job.preview_px > 0)
            async with aclosing(self._stream(painter, work, canvas.photo_size, job.preview_px)) as events:
                async for event in events:
                    if isinstance(event, Progress):
                        yield event
                    else:
                        yield Painted(event, *canvas.photo_size, canvas.focus, time.perf_counter() - began)

    async def draw(self, job: DrawJob) -> AsyncGenerator[DrawingEvent, None]:
        """See `Engine.draw`."""
        async with self._turn:
            began = time.perf_counter()
            painter = self._ready_painter()
            plan = await self._plan(job.artist, is_drawing=True)
            yield Started()
            size = (job.width, job.height)
            working = paintable_size(*size, painter.long_side_px)
            work = Work(job.artist, job.prompt, job.seed, plan, None, working, job.preview_px > 0)
            async with aclosing(self._stream(painter, work, size, job.preview_px)) as events:
                async for event in events:
                    if isinstance(event, Progress):
                        yield event
                    else:
                        yield Drawn(event, *size, time.perf_counter() - began)

    async def _stream(
        self, painter: Painter, work: Work, size: tuple[int, int], preview_px: int
    ) -> AsyncGenerator[Progress | bytes, None]:
        """Have the picture painted; yield its steps, and at the end the picture as a JPEG of `size`.

        Whoever leaves half-way waits here until the model is free again: until the block of the network that runs has ended.
        """
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Progress | None] = asyncio.Queue()
        stop = threading.Event()
        teller = _Teller(size, preview_px, lambda event: loop.call_soon_threadsafe(events.put_nowait, event))
        watching = Watching(teller.tell, stop.is_set)
        painting = self._thread.run(lambda: _painted(painter, work, size, watching))

        def over(painting: asyncio.Future[bytes | _Failure]) -> None:
            painting.exception()  # it has been seen, also when nobody waits any more
            events.put_nowait(None)

        painting.add_done_callback(over)
        ends_at = loop.time() + self._config.painting_seconds
        try:
            while (event := await self._next(events, ends_at)) is not None:
                yield event
            yield self._result(painting, work.artist)
        finally:
            stop.set()
            await self._ended(painting)

    async def _next(self, events: asyncio.Queue[Progress | None], ends_at: float) -> Progress | None:
        try:
            async with asyncio.timeout_at(ends_at):
                return await events.get()
        except TimeoutError:
            raise deadline_exceeded(ENGINE, f"no picture after {self._config.painting_seconds:g} s") from None

    def _result(self, painting: asyncio.Future[bytes | _Failure], artist: LoadedArtist | None) -> bytes:
        try:
            result = painting.result()
        except WeightsError as error:
            if artist is not None:
                self._troubles.remember(artist, str(error))
            raise style_not_applied(ENGINE, str(error)) from error
        except WeightsNotReadError as error:
            raise style_not_applied(ENGINE, str(error)) from error
        if isinstance(result, bytes):
            return result
        if result.is_fatal:
            self._break(str(result.error))
        raise result.error

    async def _ended(self, painting: asyncio.Future[bytes | _Failure]) -> None:
        """Wait until the model is free, also when this task is cancelled meanwhile, which is then passed on."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + HANGING_SECONDS
        cancelled: asyncio.CancelledError | None = None
        while not painting.done():
            if (left := ends_at - loop.time()) <= 0:
                self._break(f"a painting that was given up has not stopped in {HANGING_SECONDS:g} s")
                return
            try:
                await asyncio.wait({painting}, timeout=left)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _plan(self, artist: LoadedArtist | None, *, is_drawing: bool = False) -> Plan:
        """Raises TransientError STYLE_NOT_APPLIED for what could only be painted without the artist's style."""
        if artist is None:
            return plan_for(Img2Img(), self._config, is_drawing=is_drawing)
        if trouble := await self._troubles.look(artist):
            raise style_not_applied(ENGINE, trouble)
        return plan_for(artist.artist.img2img, self._config, is_drawing=is_drawing)

    def _ready_painter(self) -> Painter:
        if self._broken:
            raise engine_unavailable(ENGINE, self._broken)
        if self._painter is None:
            raise engine_unavailable(ENGINE, "the model is not loaded")
        return self._painter

    def _break(self, how: str) -> None:
        """Never paint again: the process has to end for that."""
        if self._broken:
            return
        self._broken = f"this process paints no more: {how}"
        logger.error("%s", self._broken)
        self._give_up()

    def _load(self) -> Painter:
        """In the model's thread."""
        try:
            from articket_stylize.engines.diffusers.loading import load_model
            from articket_stylize.engines.diffusers.painter import Painter

            painter = Painter(load_model(self._config), self._config)
            painter.warm_up(plan_for(Img2Img(), self._config, is_drawing=True))
        except MeshError:
            raise
        except (WeightsError, WeightsNotReadError) as error:
            raise engine_unavailable(ENGINE, str(error)) from error
        except Exception as error:
            # The edge of the start: whatever torch has against the model, there will be no painting.
            hint = "Hint: is there memory for the model? A smaller ARTICKET_STYLIZE_DIFFUSERS_LONG_SIDE_PX takes less."
            how = f"the first picture failed ({type(error).__name__}). {hint}"
            raise engine_unavailable(ENGINE, how) from error
        return painter


@dataclass(frozen=True, eq=False)
class _Failure:
    """How a painting ended that did not succeed."""

    error: MeshError
    is_fatal: bool = False


class _Teller:
    """Turns the painter's steps into the stream's, in the painter's thread: previews are encoded there."""

    def __init__(self, size: tuple[int, int], preview_px: int, send: Callable[[Progress], object]) -> None:
        self._size, self._preview_px, self._send = size, preview_px, send
        self._latest = b""

    def tell(self, step: Step) -> None:
        """Send it on, with the latest preview."""
        if step.look is not None:
            self._latest = preview(step.look, self._size, self._preview_px)
        self._send(Progress(step.index, step.count, STEP_LABEL, self._latest))


def _painted(painter: Painter, work: Work, size: tuple[int, int], watching: Watching) -> bytes | _Failure:
    """Paint, in the model's thread. Raises StoppedError, WeightsError, WeightsNotReadError."""
    try:
        return as_jpeg(painter.paint(work, watching), size)
    except (StoppedError, WeightsError, WeightsNotReadError):
        raise
    except MeshError as error:
        return _Failure(error)
    except Exception as error:
        # The edge of the painting. What torch raises is not passed on: its traceback holds the tensors that were too much.
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.warning("the model broke down over a painting: %s in %s:%s", type(error).__name__, place.name, place.lineno)
        failure, is_memory = _Failure(as_mesh_error(error, max(work.size)), is_fatal(error)), is_out_of_memory(error)
    if is_memory:
        try:
            painter.give_back_memory()
        except RuntimeError:  # the device refuses even that
            return _Failure(failure.error, is_fatal=True)
    return failure
