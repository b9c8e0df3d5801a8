"""The `simulated` engine: behaves like a GPU that is busy for a while, and costs the machine next to nothing.

For load tests of everything around an engine: many pods on one machine, slow steps, weights that must be loaded first, too
little memory, failures of each kind at known rates. Its paintings are patches of colour, the same for the same artist and
seed: nobody will take them for art.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from importlib import import_module

from articket_artists import LoadedArtist
from articket_stylize.engines import DrawingEvent, DrawJob, Drawn, EngineEvent, Focus, Painted, PaintJob, Progress, Started
from articket_stylize.engines.patches import Photos, patches
from articket_stylize.errors import engine_failed, out_of_memory

__all__ = ["SimulatedEngine", "Simulation"]


@dataclass(frozen=True)
class Simulation:
    """How the simulated engine behaves; the shares are of all paintings, 0 to 1."""

    seconds: float = 1.0
    """Of one painting."""
    steps: int = 4
    failing: float = 0.0
    """Share that ends with ENGINE_FAILED, half-way."""
    out_of_memory: float = 0.0
    """Share that ends with OUT_OF_MEMORY, half-way."""
    hanging: float = 0.0
    """Share that never ends."""
    seed: int = 0
    """Decides which paintings meet such a fate: with the same seed, always the same ones, counted as they begin."""
    loras: int | None = None
    """How many artists stay loaded, the most recently used ones; None: all of them are, from the start."""
    load_seconds: float = 0.0
    """More, for an artist that is not loaded."""
    memory_px: int | None = None
    """Long side of the work from which on the memory does not suffice, exclusive; None: it always does."""


class SimulatedEngine:
    """Sleeps, and hands out patches of colour."""

    name = "simulated"
    can_draw = True

    def __init__(self, simulation: Simulation | None = None, *, slots: int = 1) -> None:
        self.slots = slots
        self._simulation = simulation or Simulation()
        self._photos = Photos()
        self._loaded: OrderedDict[str, None] = OrderedDict()
        # Not from the job's seed: a retry of the same painting may go well, as on a real GPU.
        self._chance = random.Random(self._simulation.seed)

    async def start(self) -> None:
        """Import now what would hold up the first painting."""
        await asyncio.to_thread(import_module, "cv2")

    async def close(self) -> None:
        """Nothing to do."""

    def can_paint(self, artist: LoadedArtist) -> bool:
        """Nobody needs anything here."""
        return True

    def is_loaded(self, artist: LoadedArtist) -> bool:
        """Whether the artist is among those that were used last."""
        return self._simulation.loras is None or artist.id in self._loaded

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """See `Engine.paint`."""
        fate = self._chance.random()
        yield Started()
        began = time.perf_counter()
        size = await self._photos.size_of(job.photo)
        working_px = min(max(size), job.long_side_px or max(size))
        async with aclosing(self._work(job, size, working_px, fate)) as steps:
            async for progress in steps:
                yield progress
        picture = patches(size, job.artist.id, job.seed)
        yield Painted(picture, *size, Focus(0.5, 0.5), time.perf_counter() - began)

    async def draw(self, job: DrawJob) -> AsyncGenerator[DrawingEvent, None]:
        """See `Engine.draw`."""
        fate = self._chance.random()
        yield Started()
        began = time.perf_counter()
        size = (job.width, job.height)
        async with aclosing(self._work(job, size, max(size), fate)) as steps:
            async for progress in steps:
                yield progress
        words = hashlib.sha256(job.prompt.encode()).hexdigest()[:16]
        picture = patches(size, f"{job.artist.id if job.artist else ''} {words}", job.seed)
        yield Drawn(picture, *size, time.perf_counter() - began)

    async def _work(
        self, job: PaintJob | DrawJob, size: tuple[int, int], working_px: int, fate: float
    ) -> AsyncGenerator[Progress, None]:
        simulation = self._simulation
        await self._load(job.artist)
        scale = min(1.0, job.preview_px / max(size))
        small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        for step in range(1, simulation.steps + 1):
            await asyncio.sleep(simulation.seconds / simulation.steps)
            if simulation.memory_px is not None and working_px > simulation.memory_px:
                raise out_of_memory(self.name, "a simulated lack of memory", long_side_px=working_px)
            if step > simulation.steps // 2:
                await self._meet(fate, working_px)
                fate = 1.0  # the painting has got away with it
            preview = patches(small, "preview", job.seed) if job.preview_px else b""
            yield Progress(step, simulation.steps, f"step {step}", preview)

    async def _load(self, artist: LoadedArtist | None) -> None:
        """Take the artist's weights in, and put out those that were not used for the longest time."""
        if artist is None or self._simulation.loras is None:
            return
        if artist.id not in self._loaded:
            await asyncio.sleep(self._simulation.load_seconds)
        self._loaded[artist.id] = None
        self._loaded.move_to_end(artist.id)
        while len(self._loaded) > self._simulation.loras:
            self._loaded.popitem(last=False)

    async def _meet(self, fate: float, working_px: int) -> None:
        """Fail or hang, as drawn."""
        simulation = self._simulation
        if fate < simulation.failing:
            raise engine_failed(self.name, "a simulated failure")
        if fate < simulation.failing + simulation.out_of_memory:
            raise out_of_memory(self.name, "a simulated lack of memory", long_side_px=working_px)
        if fate < simulation.failing + simulation.out_of_memory + simulation.hanging:
            await asyncio.Event().wait()
