"""The `webui` engine: paints on an AUTOMATIC1111 or Forge server that somebody runs, over its HTTP interface.

    recipe (inventory.py) → photo (pictures.py) → request (asking.py) → painting.py, server.py → answers.py → painting

A drawing goes the same way without a photo.

One painting at a time, whatever others do with the server. What these servers really do, and why so little of what they say is
believed: docs/engines.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from articket_artists import LoadedArtist
from articket_mesh.errors import ErrorReason, MeshError
from articket_stylize.engines import DrawingEvent, DrawJob, Drawn, EngineEvent, Painted, PaintJob, Progress, Started
from articket_stylize.engines.canvas import as_jpeg, paintable_size
from articket_stylize.engines.webui import pictures
from articket_stylize.engines.webui.answers import Expected, check_generation, only_picture, read_generation
from articket_stylize.engines.webui.asking import img2img, server_seed, txt2img
from articket_stylize.engines.webui.config import ENGINE, WebuiConfig
from articket_stylize.engines.webui.health import FREE_BYTES, free_bytes, gpu_trouble
from articket_stylize.engines.webui.inventory import Inventory, MissingError, recipe_for
from articket_stylize.engines.webui.jobs import StuckJobs
from articket_stylize.engines.webui.painting import Painting
from articket_stylize.engines.webui.sampling import steps_run
from articket_stylize.engines.webui.server import WebuiServer
from articket_stylize.engines.webui.weights import lora_hashes
from articket_stylize.engines.webui.wire import Answer, Img2ImgRequest, ProgressAnswer, State, Txt2ImgRequest
from articket_stylize.errors import busy_elsewhere, engine_failed, engine_unavailable, style_not_applied

if TYPE_CHECKING:
    from articket_stylize.engines.painterly.colour import Picture

__all__ = ["WebuiEngine"]

logger = logging.getLogger(__name__)

# What the painting before has left on the server is gone after one step of it; then it is the server that is slow.
CLEARED_PATIENCE_SECONDS = 2.0
CLOSING_PATIENCE_SECONDS = 2.0
# A server that was away is looked for more often.
AWAY_LOOK_SECONDS = 2.0
# It reads the headers of all LoRAs, while others may be at work.
REFRESH_SECONDS = 60.0
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 10.0
STEP_LABEL = "denoising"


class WebuiEngine:
    """Paints on one server."""

    name = ENGINE
    slots = 1
    can_draw = True

    def __init__(self, config: WebuiConfig) -> None:
        self._config = config
        self._server = WebuiServer(config)
        self._turn = asyncio.Lock()
        self._stuck = StuckJobs()
        self._inventory: Inventory | None = None
        self._checkpoint = config.checkpoint
        self._watching: asyncio.Task[None] | None = None
        self._clearing: asyncio.Task[None] | None = None
        self._cleared_by = 0.0
        self._refreshed_at = -math.inf
        self._told_missing: dict[str, str] = {}
        self._hashes: dict[str, frozenset[str]] = {}
        self._painted_with: str | None = None
        """The LoRA that the server has last painted with, empty for none; None when that is not known."""

    async def start(self) -> None:
        """See that the server is there and has its GPU. Raises TransientError ENGINE_UNAVAILABLE."""
        self._inventory = await self._look_around()
        self._checkpoint = self._checkpoint or self._inventory.selected_checkpoint
        logger.info("painting on %s with %s", self._config.url, self._checkpoint or "no checkpoint")
        self._watching = asyncio.create_task(self._watch(), name="webui watch")

    async def close(self) -> None:
        """Stop looking; leave the server as it is."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._clearing is not None:
            await asyncio.wait({self._clearing}, timeout=CLOSING_PATIENCE_SECONDS)
            self._clearing.cancel()
            await asyncio.gather(self._clearing, return_exceptions=True)
        await self._server.close()

    def can_paint(self, artist: LoadedArtist) -> bool:
        """Whether the server has the artist's LoRA, sampler and checkpoint; what it lacks is logged, once."""
        if self._inventory is None:
            return False
        try:
            recipe_for(artist.artist, self._inventory, self._checkpoint, self._config.loras)
        except MissingError as error:
            if self._told_missing.get(artist.id) != str(error):
                logger.warning("artist %s is not served by this pod: %s", artist.id, error)
            self._told_missing[artist.id] = str(error)
            return False
        if self._told_missing.pop(artist.id, None):
            logger.info("artist %s is served by this pod: the server has what was missing", artist.id)
        return True

    def is_loaded(self, artist: LoadedArtist) -> bool:
        """Whether the server has last painted with the artist's LoRA, as far as this pod knows."""
        if self._inventory is None or self._painted_with is None:
            return False
        try:
            recipe = recipe_for(artist.artist, self._inventory, self._checkpoint, self._config.loras)
        except MissingError:
            return False
        return recipe.lora_name is None or recipe.lora_name == self._painted_with

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """See `Engine.paint`."""
        async with self._turn:
            artist = job.artist.artist
            expected = await self._expected(job.artist, job.seed)
            most_px = min(self._config.long_side_px, job.long_side_px or self._config.long_side_px)
            canvas = await asyncio.to_thread(pictures.stretch, job.photo, most_px)
            request = img2img(
                artist,
                expected.recipe,
                caption=job.caption,
                seed=job.seed,
                picture=canvas.png,
                size=canvas.size,
                task_id=_task_id(),
            )
            steps = steps_run(artist.img2img.steps, artist.img2img.denoising_strength)
            order = _Order(request, expected, steps, canvas.photo_size, job.preview_px, canvas.picture)
            async with aclosing(self._fill(order)) as events:
                async for event in events:
                    yield Painted(event.jpeg, *order.size, canvas.focus, event.seconds) if isinstance(event, _Made) else event

    async def draw(self, job: DrawJob) -> AsyncGenerator[DrawingEvent, None]:
        """See `Engine.draw`. Steps, guidance and sampler are the artist's, or the usual ones where no style is wanted."""
        async with self._turn:
            expected = await self._expected(job.artist, job.seed)
            request = txt2img(
                job.artist.artist if job.artist else None,
                expected.recipe,
                words=job.prompt,
                seed=job.seed,
                size=paintable_size(job.width, job.height, self._config.long_side_px),
                task_id=_task_id(),
            )
            order = _Order(request, expected, request.steps, (job.width, job.height), job.preview_px)
            async with aclosing(self._fill(order)) as events:
                async for event in events:
                    yield Drawn(event.jpeg, *order.size, event.seconds) if isinstance(event, _Made) else event

    async def _fill(self, order: _Order) -> AsyncGenerator[Started | Progress | _Made, None]:
        try:
            await self._check_free()
            yield Started()
            self._painted_with = order.expected.recipe.lora_name or ""
            async with aclosing(self._work(order)) as events:
                async for event in events:
                    yield event
        except MeshError:
            self._painted_with = None  # somebody else has painted with what they like, or the server has lost it
            raise

    async def _work(self, order: _Order) -> AsyncGenerator[Progress | _Made, None]:
        began = time.perf_counter()
        steps = _Steps(order.steps_run)
        latest = await order.preview_of(order.photo) if order.photo is not None else b""
        painting = Painting(self._server, self._config, order.request, steps.count)
        try:
            async with aclosing(painting.watched(with_pictures=bool(order.preview_px))) as looks:
                async for look in looks:
                    if look.current_image:
                        latest = await order.preview_of(look.current_image) or latest
                    for progress in steps.up_to(look.state, latest):
                        yield progress
            answer = await painting.answer()
        except MeshError:
            if painting.is_over:
                self._stuck.buried(await painting.timestamp())
            raise
        finally:
            if not painting.is_over:
                self._clear(painting)
        picture = await self._judged(painting, answer, order)
        latest = await order.preview_of(picture)
        for progress in steps.rest(latest):
            yield progress
        jpeg = await asyncio.to_thread(as_jpeg, picture, order.size)
        yield _Made(jpeg, time.perf_counter() - began)

    async def _judged(self, painting: Painting, answer: Answer, order: _Order) -> Picture:
        """Believe nothing: neither the 200, nor what the server says, nor what it has sent."""
        generation = read_generation(answer)
        encoded = only_picture(answer, generation)
        if await painting.was_stopped(generation.job_timestamp):
            raise engine_failed(ENGINE, "somebody interrupted the painting on the server")
        check_generation(generation, order.expected)
        size = order.request.width, order.request.height
        return await asyncio.to_thread(pictures.read_picture, encoded, size, order.photo)

    async def _expected(self, artist: LoadedArtist | None, seed: int) -> Expected:
        """What the server is to be asked for, and must then say. Raises TransientError STYLE_NOT_APPLIED for what it lacks."""
        inventory = self._inventory or await self._look_around()
        try:
            recipe = recipe_for(artist.artist if artist else None, inventory, self._checkpoint, self._config.loras)
        except MissingError as error:
            raise style_not_applied(ENGINE, str(error)) from error
        return Expected(recipe, await self._lora_hashes(artist) if artist else frozenset(), server_seed(seed))

    async def _lora_hashes(self, artist: LoadedArtist) -> frozenset[str]:
        if artist.digest not in self._hashes:
            named = self._config.loras.get(artist.id)
            self._hashes[artist.digest] = await asyncio.to_thread(lora_hashes, artist, named.hash if named else "")
        return self._hashes[artist.digest]

    async def _check_free(self) -> None:
        """Raise TransientError BUSY when the server works for somebody, as far as it tells."""
        if self._clearing is not None and not self._clearing.done():
            await asyncio.wait({self._clearing}, timeout=max(0.0, self._cleared_by - time.monotonic()))
            if not self._clearing.done():
                raise busy_elsewhere(ENGINE, "the server is not yet done with a painting that was given up", 1.0)
        try:
            progress = await self._server.progress()
        except MeshError as error:
            if await self._server.is_overrun(error):
                raise busy_elsewhere(ENGINE, "more wait for the server than it has threads for", 5.0) from error
            if error.reason is ErrorReason.ENGINE_UNAVAILABLE:
                raise
            progress = ProgressAnswer()  # it is there and cannot show what it does: the list of those who wait must do
        now = time.monotonic()
        if self._stuck.is_running(progress, now):
            raise busy_elsewhere(ENGINE, "the server paints for somebody else", _wait_for(progress))
        if self._stuck.are_waiting(await self._server.waiting(), now):
            raise busy_elsewhere(ENGINE, "somebody else waits for the server", SHORTEST_WAIT_SECONDS)

    def _clear(self, painting: Painting) -> None:
        """See to it that a painting which was given up leaves the server; whoever gave it up does not wait for that."""
        self._clearing = asyncio.create_task(painting.clear(), name="webui clearing")
        self._cleared_by = time.monotonic() + CLEARED_PATIENCE_SECONDS

    async def _watch(self) -> None:
        """Look at the server again and again: weights come and go, and so do servers."""
        while True:
            await asyncio.sleep(AWAY_LOOK_SECONDS if self._inventory is None else self._config.look_seconds)
            if self._turn.locked():
                continue  # the painting shows whether the server is there
            try:
                await self._look_for_new_loras()
                inventory = await self._look_around()
            except MeshError as error:
                if self._inventory is not None:
                    logger.warning("no artist is served by this pod: %s", error)
                self._inventory = self._painted_with = None
            except Exception:
                # The edge of this task: one failed look must not end the watch.
                logger.exception("looking at the server broke")
            else:
                if self._inventory is None:
                    logger.info("the server is there again")
                self._inventory = inventory

    async def _look_for_new_loras(self) -> None:
        """Let the server read its folder anew now and then, while an artist misses something: it lists what it has read."""
        if self._told_missing and time.monotonic() >= self._refreshed_at + REFRESH_SECONDS:
            self._refreshed_at = time.monotonic()
            with contextlib.suppress(MeshError):  # the look that follows tells whether it is there
                await self._server.refresh_loras()

    async def _look_around(self) -> Inventory:
        inventory = await self._server.look_around()
        memory = await self._server.memory()
        if memory is not None:
            FREE_BYTES.set(free_bytes(memory) or math.nan)
            if self._config.needs_gpu and (trouble := gpu_trouble(memory)):
                raise engine_unavailable(ENGINE, trouble)
        with contextlib.suppress(MeshError):
            self._stuck.are_waiting(await self._server.waiting(), time.monotonic())
        return inventory


@dataclass(frozen=True, eq=False)
class _Order:
    """One picture that is wanted of the server."""

    request: Img2ImgRequest | Txt2ImgRequest
    expected: Expected
    steps_run: int
    size: tuple[int, int]
    """Width and height that it will be given in, however the server paints."""
    preview_px: int
    photo: Picture | None = None
    """As it is sent; None for a drawing."""

    async def preview_of(self, picture: Picture | str) -> bytes:
        """See `pictures.preview`; empty where none is wanted."""
        if not self.preview_px:
            return b""
        return await asyncio.to_thread(pictures.preview, picture, self.size, self.preview_px)


@dataclass(frozen=True)
class _Made:
    """The picture as it will be given."""

    jpeg: bytes
    seconds: float


class _Steps:
    """The steps as the stream tells them: every one of them once, though looks miss some."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._told = 0

    def up_to(self, state: State, preview: bytes) -> Iterator[Progress]:
        """The steps that have ended since; the server may count others than we do, so shares are compared."""
        share = state.sampling_step / state.sampling_steps if state.sampling_steps > 0 else 0.0
        yield from self._to(min(self.count, int(share * self.count)), preview)

    def rest(self, preview: bytes) -> Iterator[Progress]:
        """All that have not been told."""
        yield from self._to(self.count, preview)

    def _to(self, index: int, preview: bytes) -> Iterator[Progress]:
        while self._told < index:
            self._told += 1
            yield Progress(self._told, self.count, STEP_LABEL, preview)


def _task_id() -> str:
    return f"articket-{uuid4().hex}"


def _wait_for(progress: ProgressAnswer) -> float:
    seconds = progress.eta_relative
    return min(max(seconds, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS) if math.isfinite(seconds) else SHORTEST_WAIT_SECONDS
