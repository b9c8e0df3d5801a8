"""The model's thread: everything that touches the model runs here, one thing after the other.

A daemon, unlike a pool's threads: a model that hangs in its driver must not keep the process from ending.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

__all__ = ["ModelThread"]

T = TypeVar("T")

Job = Callable[[], None]


class ModelThread:
    """One thread, begun with its first job."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._has_ended = False

    def run(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Have it run there; the future is of the running loop. Cancelling that does not stop the function."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def job() -> None:
            try:
                result = function()
            except BaseException as error:  # the edge of the thread: whoever waits gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        if self._thread.ident is None:
            self._thread.start()
        self._jobs.put(job)
        return asyncio.wrap_future(future)

    async def end(self, patience_seconds: float) -> None:
        """End it after its present job, and wait for that a little. Twice is fine."""
        if self._thread.ident is None or self._has_ended:
            return
        self._has_ended = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, patience_seconds)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # and with it the model's pictures
