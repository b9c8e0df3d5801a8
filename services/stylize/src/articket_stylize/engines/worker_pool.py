"""The painterly engine's processes: started when wanted, kept for the next painting, ended when idle, replaced when dead.

Painting is Python loops over OpenCV calls, so threads would wait for one another: each painting has a process of its own
instead. A start costs a quarter of a second and some 100 MB, hence the keeping and the ending. One worker: `worker_process.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from articket_stylize.engines.worker_process import Worker

__all__ = ["WorkerPool"]


class WorkerPool:
    """At most `size` worker processes."""

    def __init__(self, command: Sequence[str], *, size: int, idle_seconds: float) -> None:
        self._command = tuple(command)
        self._idle_seconds = idle_seconds
        self._turns = asyncio.Semaphore(size)
        self._idle: dict[Worker, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def worker(self, photo_id: str = "") -> AsyncGenerator[Worker]:
        """Lend a worker, if possible the one that still has that photo's subject. Raises WorkerDiedError if none will start.

        Waits while all are lent. The worker must have finished what it was told when it comes back.
        """
        async with self._turns:
            worker = self._take(photo_id) or await Worker.start(self._command)
            try:
                yield worker
            finally:
                if worker.is_alive:
                    self._keep(worker)

    async def close(self) -> None:
        """End the idle workers; nobody may have one."""
        for worker in list(self._idle):
            self._let_go(worker)
        await asyncio.gather(*self._ending)

    def _take(self, photo_id: str) -> Worker | None:
        for worker in list(self._idle):
            if not worker.is_alive:  # it died while it waited
                self._let_go(worker)
        # The one that was used last comes first, so that the others may grow idle and end.
        idle = list(reversed(self._idle))
        chosen = next((worker for worker in idle if worker.photo_id == photo_id), idle[0] if idle else None)
        if chosen is not None:
            self._idle.pop(chosen).cancel()
        return chosen

    def _keep(self, worker: Worker) -> None:
        loop = asyncio.get_running_loop()
        self._idle[worker] = loop.call_later(self._idle_seconds, self._let_go, worker)

    def _let_go(self, worker: Worker) -> None:
        self._idle.pop(worker).cancel()
        ending = asyncio.create_task(worker.end())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
