"""Describes one photo at a time with an engine, and counts what comes of it.

`servicer.py` asks here; an engine does the work. Its seconds are measured here, so that they mean the same for every engine.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

from articket_caption.engines import Description, Engine
from articket_mesh.errors import MeshError

__all__ = ["Captioned", "Captioning"]

ENGINE_SECONDS = Histogram(
    "articket_caption_engine_seconds",
    "Seconds that the engine took for one caption, with the wait for its turn.",
    ("engine",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
CAPTIONS = Counter(
    "articket_caption_captions_total",
    "Photos that were to be described, by outcome: done, cancelled (the caller did not wait), or the reason of the error.",
    ("engine", "outcome"),
)
UNDER_WAY = Gauge("articket_caption_under_way", "Photos that are being described or wait for their turn.", ("engine",))


@dataclass(frozen=True)
class Captioned:
    """A description and what it cost."""

    description: Description
    engine: str
    seconds: float


class Captioning:
    """The captions of one pod."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def caption(self, photo: bytes) -> Captioned:
        """Describe a photo. Raises what the engine raises."""
        began = time.perf_counter()
        try:
            with UNDER_WAY.labels(self._engine.name).track_inprogress():
                description = await self._engine.describe(photo)
        except asyncio.CancelledError:
            CAPTIONS.labels(self._engine.name, "cancelled").inc()
            raise
        except MeshError as error:
            CAPTIONS.labels(self._engine.name, error.reason).inc()
            raise
        seconds = time.perf_counter() - began
        CAPTIONS.labels(self._engine.name, "done").inc()
        ENGINE_SECONDS.labels(self._engine.name).observe(seconds)
        return Captioned(description, self._engine.name, seconds)
