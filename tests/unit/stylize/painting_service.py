"""A process that paints without end and tells its worker's pid, to be killed by a test."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from articket_stylize.engines.painterly_engine import PainterlyEngine
from tests.support import dabbling_worker as seeds
from tests.support.stylize import DABBLING_WORKER, a_job


async def main() -> None:
    """Say the worker's pid in the midst of a painting."""
    engine = PainterlyEngine(slots=1, command=DABBLING_WORKER)
    await engine.start()
    (worker,) = engine._pool._idle
    painting = engine.paint(a_job(seeds.SPINS))
    waiting = asyncio.ensure_future(anext(painting))
    await asyncio.sleep(0.2)
    print(worker.pid, flush=True)  # noqa: T201 - to the test that has started this
    await waiting


asyncio.run(main())
