"""What the stand-in is doing: the one lock, the one set of progress figures, the ids of those who wait, run and have ended."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class State:
    """As shared.state and modules.progress are: global, and whoever runs last writes it."""

    def __init__(self) -> None:
        self.skipped = self.interrupted = self.stopping_generation = False
        self.job = ""
        self.job_no = 0
        self.job_count = 0
        self.job_timestamp = "0"
        self.sampling_step = self.sampling_steps = 0
        self.time_start = 0.0
        self.current_image: str | None = None
        self.current_task: str | None = None
        self.pending_tasks: list[str] = []
        self.finished_tasks: deque[str] = deque(maxlen=16)
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._begun = 0

    def begin(self, job: str, task_id: str, steps: int) -> None:
        """Start a job: the flags of the one before are forgotten now and not earlier."""
        self._begun += 1
        self.time_start = time.time()
        self.job, self.job_no, self.job_count = job, 0, -1  # how many there will be is known later
        self.job_timestamp = str(20261122100000 + self._begun)  # the real ones have seconds, too few for tests
        self.skipped = self.interrupted = self.stopping_generation = False
        self.sampling_step, self.sampling_steps, self.current_image = 0, steps, None
        self.current_task = task_id
        self.pending_tasks = [waiting for waiting in self.pending_tasks if waiting != task_id]

    def end(self) -> None:
        """End it; the flags stand."""
        self.job, self.job_count = "", 0

    def finish_task(self, task_id: str) -> None:
        """Not called after an exception: then the dead task goes on being shown as active, as on Forge."""
        self.current_task = None
        self.finished_tasks.append(task_id)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """First come, first served, one at a time."""
        mine = threading.Event()
        with self._lock:
            self._waiting.append(mine)
            if self._waiting[0] is mine:
                mine.set()
        mine.wait()
        try:
            yield
        finally:
            with self._lock:
                self._waiting.popleft()
                if self._waiting:
                    self._waiting[0].set()

    def told(self) -> dict[str, object]:
        """The `state` of an answer to GET progress."""
        keys = [
            "skipped",
            "interrupted",
            "stopping_generation",
            "job",
            "job_count",
            "job_timestamp",
            "job_no",
            "sampling_step",
            "sampling_steps",
        ]
        return {key: getattr(self, key) for key in keys}

    @property
    def progress(self) -> float:
        """0 when nothing runs, else from 0.01 on."""
        if self.job_count == 0:
            return 0.0
        return min(1.0, 0.01 + self.sampling_step / max(1, self.sampling_steps) / self.job_count)
