"""Whose job the server is running. Pure: it judges from one look to the next.

The servers have one lock, no queue that can be asked, and one set of progress figures for whoever runs. A job can be told by
its id where /internal/progress is there (servers with their pages on) or the progress names it; elsewhere only by
circumstances: the server was idle when ours was sent, the job came through the interface, and it runs as many steps as ours.
Nothing is called ours that may well be somebody else's: what is ours may be interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from articket_stylize.engines.webui.wire import ProgressAnswer, State, TaskState

__all__ = ["JobWatch", "StuckJobs", "Whose"]

# What a server calls jobs: those of its own page, other people's through the interface, and such as ours, in all versions.
PAGE_JOB = "task("
IMG2IMG_JOB, TXT2IMG_JOB = "scripts_img2img", "scripts_txt2img"
NAMELESS_JOBS = frozenset({"", "(unknown)"})
# No single step takes this long, and no checkpoint is loaded for so long: what stands still so long is dead.
STUCK_SECONDS = 60.0
WAITING_SECONDS = 30.0


class Whose(Enum):
    """Whose the running job is."""

    NOBODYS = auto()
    OURS = auto()
    THEIRS = auto()
    UNKNOWN = auto()


class JobWatch:
    """Follows one job of ours, from the moment it is sent."""

    def __init__(self, task_id: str, *, steps: int, steps_run: int, is_drawing: bool = False) -> None:
        """Take how many steps were asked for and how many of them are run, and whether it was txt2img that was asked."""
        self.task_id = task_id
        self._name, self._other = (TXT2IMG_JOB, IMG2IMG_JOB) if is_drawing else (IMG2IMG_JOB, TXT2IMG_JOB)
        self._steps = frozenset({steps, steps + 1, steps_run - 1, steps_run})
        self.timestamp = ""
        """When our job began, by the server's clock; empty while it has not been seen."""
        self.was_stopped = False
        """Whether somebody has interrupted or skipped our job."""

    def see(self, progress: ProgressAnswer, task: TaskState | None) -> Whose:
        """Judge one look. `task` is what the server says of our id; None where it cannot be asked."""
        whose = self._whose(progress, task)
        if whose is Whose.OURS:
            self.timestamp = progress.state.job_timestamp
            self.was_stopped = self.was_stopped or _is_stopped(progress.state)
        return whose

    def see_ended(self, progress: ProgressAnswer, timestamp: str | None) -> None:
        """Take a look after the answer: the flags of a job stand until the next one begins. `timestamp` is the answer's."""
        if not progress.is_busy and timestamp in (None, progress.state.job_timestamp) and _is_stopped(progress.state):
            self.was_stopped = True

    def _whose(self, progress: ProgressAnswer, task: TaskState | None) -> Whose:
        if not progress.is_busy:
            return Whose.NOBODYS
        if task is not None and (task.active or task.queued or task.completed):
            return Whose.OURS if task.active else Whose.THEIRS
        if progress.current_task:  # another id may still mean our job: not every server takes ours over
            return Whose.OURS if progress.current_task == self.task_id else Whose.UNKNOWN
        return self._by_circumstances(progress.state)

    def _by_circumstances(self, state: State) -> Whose:
        job = state.job or ""
        if job.startswith(PAGE_JOB) or job == self._other:
            return Whose.THEIRS
        if job != self._name and job not in NAMELESS_JOBS:  # a fork's
            return Whose.UNKNOWN
        # Before the first step the number of steps is still that of the job before.
        if state.sampling_step == 0 and not self.timestamp:
            return Whose.UNKNOWN
        if self.timestamp and state.job_timestamp != self.timestamp:
            return Whose.UNKNOWN
        return Whose.OURS if state.sampling_steps in self._steps else Whose.UNKNOWN


@dataclass
class StuckJobs:
    """Tells jobs that run from jobs that died: a server may show progress for ever after it has run out of memory."""

    _key: tuple[object, ...] = ()
    _since: float = 0.0
    _dead: str = ""
    _waiting: dict[str, float] = field(default_factory=dict[str, float])

    def buried(self, timestamp: str) -> None:
        """Note that the job which began then has ended, whatever the server shows."""
        self._dead = timestamp

    def is_running(self, progress: ProgressAnswer, now: float) -> bool:
        """Whether there is a job that moves; `now` in seconds on any clock that only goes forward."""
        state = progress.state
        if not progress.is_busy or (self._dead and state.job_timestamp == self._dead):
            return False
        key = (state.job_timestamp, state.job, state.job_no, state.sampling_step, progress.progress)
        if key != self._key:
            self._key, self._since = key, now
        return now - self._since < STUCK_SECONDS

    def are_waiting(self, task_ids: Iterable[str], now: float) -> bool:
        """Whether somebody waits for the lock: ids of requests that were refused stay in the list for ever."""
        self._waiting = {task_id: self._waiting.get(task_id, now) for task_id in task_ids}
        return any(now - since < WAITING_SECONDS for since in self._waiting.values())


def _is_stopped(state: State) -> bool:
    return state.interrupted or state.skipped or state.stopping_generation
