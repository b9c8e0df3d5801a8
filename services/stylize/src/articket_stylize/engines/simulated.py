"""The `simulated` engine: behaves like a GPU that is busy for a while, and costs the machine next to nothing.

For load tests of everything around an engine: many pods on one machine, slow steps, failures of each kind at known rates. Its
paintings are the photo in one tint, the same for the same artist and seed: nobody will take them for art.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from articket_artists import LoadedArtist
from articket_stylize.engines import EngineEvent, Focus, Painted, PaintJob, Progress, Started
from articket_stylize.errors import bad_picture, engine_failed, out_of_memory

__all__ = ["SimulatedEngine", "Simulation"]


@dataclass(frozen=True)
class Simulation:
    """How the simulated engine behaves; the shares are of all paintings, 0 to 1, and are drawn one after the other."""

    seconds: float = 1.0
    """Of one painting."""
    steps: int = 4
    failing: float = 0.0
    """Share that ends with ENGINE_FAILED, half-way."""
    out_of_memory: float = 0.0
    """Share that ends with OUT_OF_MEMORY, half-way."""
    hanging: float = 0.0
    """Share that never ends."""


class SimulatedEngine:
    """Sleeps, then tints."""

    name = "simulated"

    def __init__(self, simulation: Simulation | None = None, *, slots: int = 1) -> None:
        self.slots = slots
        self._simulation = simulation or Simulation()
        # Not from the job's seed: a retry of the same painting may go well, as on a real GPU.
        self._chance = random.Random(0)

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    def can_paint(self, artist: LoadedArtist) -> bool:
        """Nobody needs anything here."""
        return True

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """See `Engine.paint`."""
        yield Started()
        began = time.perf_counter()
        steps = self._simulation.steps
        fate = self._chance.random()
        canvas = await asyncio.to_thread(_Tinted, job)
        for step in range(1, steps + 1):
            await asyncio.sleep(self._simulation.seconds / steps)
            if step > steps // 2:
                fate = await self._meet(fate)
            yield Progress(step, steps, f"step {step}", canvas.preview)
        seconds = time.perf_counter() - began
        yield Painted(canvas.picture, canvas.width, canvas.height, Focus(0.5, 0.5), seconds)

    async def _meet(self, fate: float) -> float:
        """Fail, hang or go on, as drawn; give 1 when the painting has got away with it."""
        simulation = self._simulation
        if fate < simulation.failing:
            raise engine_failed(self.name, "a simulated failure")
        if fate < simulation.failing + simulation.out_of_memory:
            raise out_of_memory(self.name, "a simulated lack of memory")
        if fate < simulation.failing + simulation.out_of_memory + simulation.hanging:
            await asyncio.Event().wait()
        return 1.0


class _Tinted:
    """The photo in a tint that artist and seed decide. Encoded as a real engine's painting would be, and as large."""

    def __init__(self, job: PaintJob) -> None:
        import cv2  # here: a service with another engine needs no OpenCV in its own process
        import numpy as np

        photo = cv2.imdecode(np.frombuffer(job.photo, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if photo is None:
            raise bad_picture("photo: expected a picture that can be decoded, found one that is damaged")
        self.height, self.width = photo.shape[:2]
        tint = hashlib.sha256(f"{job.artist.artist.id}/{job.seed}".encode()).digest()[:3]
        half_tint = np.full_like(photo, np.frombuffer(tint, np.uint8))
        tinted = cv2.addWeighted(photo, 0.5, half_tint, 0.5, 0.0)
        self.picture = cv2.imencode(".jpg", tinted, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        self.preview = b""
        if job.preview_px:
            scale = min(1.0, job.preview_px / max(self.height, self.width))
            small = cv2.resize(tinted, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            self.preview = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes()
