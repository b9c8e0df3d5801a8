"""The `webui` engine: paints on an AUTOMATIC1111 or Forge server that somebody runs, over its HTTP interface.

    recipe (inventory.py) → photo (pictures.py) → request (asking.py) → painting.py, server.py → answers.py → painting

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
from typing import TYPE_CHECKING
from uuid import uuid4

from articket_artists import Artist, LoadedArtist
from articket_mesh.errors import MeshError
from articket_stylize.engines import EngineEvent, Painted, PaintJob, Progress, Started
from articket_stylize.engines.webui import pictures
from articket_stylize.engines.webui.answers import Expected, check_generation, only_picture, read_generation
from articket_stylize.engines.webui.asking import img2img, server_seed
from articket_stylize.engines.webui.config import ENGINE, WebuiConfig
from articket_stylize.engines.webui.health import FREE_BYTES, free_bytes, gpu_trouble
from articket_stylize.engines.webui.inventory import Inventory, MissingError, Recipe, recipe_for
from articket_stylize.engines.webui.jobs import StuckJobs
from articket_stylize.engines.webui.painting import Painting
from articket_stylize.engines.webui.sampling import steps_run
from articket_stylize.engines.webui.server import WebuiServer
from articket_stylize.engines.webui.weights import lora_hashes
from articket_stylize.engines.webui.wire import Answer, ProgressAnswer, State
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
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 10.0
STEP_LABEL = "denoising"


class WebuiEngine:
    """Paints on one server."""

    name = ENGINE
    slots = 1

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
        self._told_missing: dict[str, str] = {}
        self._hashes: dict[str, frozenset[str]] = {}

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

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """See `Engine.paint`."""
        async with self._turn:
            recipe = await self._recipe(job.artist.artist)
            hashes = await self._lora_hashes(job.artist)
            canvas = await asyncio.to_thread(pictures.stretch, job.photo, self._config.long_side_px)
            await self._check_free()
            yield Started()
            expected = Expected(recipe, hashes, server_seed(job.seed))
            async with aclosing(self._work(job, canvas, expected)) as events:
                async for event in events:
                    yield event

    async def _work(self, job: PaintJob, canvas: pictures.Canvas, expected: Expected) -> AsyncGenerator[EngineEvent, None]:
        began = time.perf_counter()
        artist = job.artist.artist
        steps = _Steps(steps_run(artist.img2img.steps, artist.img2img.denoising_strength))
        shown = canvas.picture if job.preview_px else None
        latest = await asyncio.to_thread(pictures.preview, shown, canvas, job.preview_px) if shown is not None else b""
        request = img2img(
            artist,
            expected.recipe,
            caption=job.caption,
            seed=job.seed,
            picture=canvas.png,
            size=canvas.size,
            task_id=f"articket-{uuid4().hex}",
        )
        painting = Painting(self._server, self._config, request, steps.count)
        try:
            async with aclosing(painting.watched(with_pictures=bool(job.preview_px))) as looks:
                async for look in looks:
                    if look.current_image and job.preview_px:
                        latest = await asyncio.to_thread(pictures.preview, look.current_image, canvas, job.preview_px) or latest
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
        picture = await self._judged(painting, answer, canvas, expected)
        if job.preview_px:
            latest = await asyncio.to_thread(pictures.preview, picture, canvas, job.preview_px)
        for progress in steps.rest(latest):
            yield progress
        jpeg = await asyncio.to_thread(pictures.finished, picture, canvas)
        yield Painted(jpeg, *canvas.photo_size, canvas.focus, time.perf_counter() - began)

    async def _judged(self, painting: Painting, answer: Answer, canvas: pictures.Canvas, expected: Expected) -> Picture:
        """Believe nothing: neither the 200, nor what the server says, nor what it has sent."""
        encoded = only_picture(answer)
        generation = read_generation(answer)
        if await painting.was_stopped(generation.job_timestamp):
            raise engine_failed(ENGINE, "somebody interrupted the painting on the server")
        check_generation(generation, expected)
        return await asyncio.to_thread(pictures.read_picture, encoded, canvas)

    async def _recipe(self, artist: Artist) -> Recipe:
        """Raises TransientError STYLE_NOT_APPLIED for what the server would paint without the style."""
        inventory = self._inventory or await self._look_around()
        try:
            return recipe_for(artist, inventory, self._checkpoint, self._config.loras)
        except MissingError as error:
            raise style_not_applied(ENGINE, str(error)) from error

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
            raise
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
                inventory = await self._look_around()
            except MeshError as error:
                if self._inventory is not None:
                    logger.warning("no artist is served by this pod: %s", error)
                self._inventory = None
            except Exception:
                # The edge of this task: one failed look must not end the watch.
                logger.exception("looking at the server broke")
            else:
                if self._inventory is None:
                    logger.info("the server is there again")
                self._inventory = inventory

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


def _wait_for(progress: ProgressAnswer) -> float:
    seconds = progress.eta_relative
    return min(max(seconds, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS) if math.isfinite(seconds) else SHORTEST_WAIT_SECONDS
