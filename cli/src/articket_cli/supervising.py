"""Keeps child processes running: starts each, starts it again when it dies, stops them all, leaves none behind.

Knows nothing of Articket: `booth` says what to run, `journal` takes what the children print.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from articket_cli.journal import Journal
from articket_cli.launching import dies_with_parent

READ_BYTES = 65_536


@dataclass(frozen=True)
class ChildSpec:
    """A process to keep running: its name, its command, and what its environment has over and above ours."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Pace:
    """How fast things go, in seconds."""

    first_backoff: float = 0.2
    longest_backoff: float = 5.0
    stable_after: float = 10.0  # a child that ran this long died of something new: its backoff starts over
    drain: float = 15.0  # what a child gets between SIGTERM and SIGKILL; the services drain in less


class Child:
    """One process that is kept running.

    `starts` counts its starts, `short_lives` how often it died young; `last_status` is how it ended last.
    """

    def __init__(self, spec: ChildSpec, journal: Journal, pace: Pace) -> None:
        self.spec = spec
        self.starts = 0
        self.short_lives = 0
        self.last_status: int | None = None
        self._journal = journal
        self._pace = pace
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process id, or None while nothing runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def keep_running(self) -> None:
        """Start the process, and start it again whenever it ends, until `stop`."""
        backoff = self._pace.first_backoff
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started_at = loop.time()
            self.last_status = await self._run_once()
            if self._stopping.is_set():
                return
            lived = loop.time() - started_at
            if lived >= self._pace.stable_after:
                backoff = self._pace.first_backoff
            else:
                self.short_lives += 1
            self._journal.event(
                self.spec.name,
                f"down: {describe_exit(self.last_status)} after {lived:.1f} s, starting it again in {backoff:.1f} s",
            )
            await self._pause(backoff)
            backoff = min(backoff * 2, self._pace.longest_backoff)

    async def stop(self) -> None:
        """Ask the process to end, wait for it to drain, and end it if it does not."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        _ask_to_end(process.pid)
        try:
            await asyncio.wait_for(process.wait(), self._pace.drain)
        except TimeoutError:
            self._journal.event(self.spec.name, f"did not stop within {self._pace.drain:.0f} s, killed")
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End the process and whatever it has started, at once."""
        self._stopping.set()
        if self.pid is not None:
            _kill_group(self.pid)

    async def _run_once(self) -> int:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        loop = asyncio.get_running_loop()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *dies_with_parent(self.spec.command),
                env={**os.environ, **self.spec.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,  # the terminal's Ctrl-C is for the supervisor alone, which stops its children
            )
        finally:
            os.close(writing)
        self.starts += 1
        loop.add_reader(reading, self._read, reading)
        try:
            if self._stopping.is_set():  # asked to stop while the process was being made
                _ask_to_end(self._process.pid)
            return await self._process.wait()
        finally:
            _kill_group(self._process.pid)
            loop.remove_reader(reading)
            self._read(reading)
            self._journal.finish(self.spec.name)
            os.close(reading)

    def _read(self, reading: int) -> None:
        """Take all that the pipe holds now."""
        with suppress(BlockingIOError):
            while piece := os.read(reading, READ_BYTES):
                self._journal.feed(self.spec.name, piece)
            # The end: the child has closed its output. A closed pipe stays readable: it must be watched no longer.
            asyncio.get_running_loop().remove_reader(reading)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


class Supervisor:
    """The children of one booth."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = {child.spec.name: child for child in children}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start every child; from now on each is kept running."""
        self._tasks = [asyncio.create_task(child.keep_running()) for child in self.children.values()]

    async def stop(self) -> None:
        """Stop the children, the last first: what was started last depends on what was started before."""
        *others, last = self.children.values()
        await last.stop()
        await asyncio.gather(*(child.stop() for child in others))
        await asyncio.gather(*self._tasks)

    def kill(self) -> None:
        """End every child at once, drained or not."""
        for child in self.children.values():
            child.kill()


@asynccontextmanager
async def supervised(specs: Iterable[ChildSpec], journal: Journal, pace: Pace) -> AsyncGenerator[Supervisor]:
    """Keep the children running inside the block. None is left when the block has been left, however that happens."""
    supervisor = Supervisor([Child(spec, journal, pace) for spec in specs])
    supervisor.start()
    try:
        yield supervisor
    finally:
        try:
            await supervisor.stop()
        finally:
            supervisor.kill()


def describe_exit(status: int) -> str:
    """Say how a process ended: `exit status 1`, `SIGKILL`."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _ask_to_end(pid: int) -> None:
    """Send SIGTERM. Not `process.terminate()`: it reaps a process that has just ended, and asyncio then warns of a stranger."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _kill_group(pid: int) -> None:
    """End the process group that a child leads. A service may have workers of its own; they must not outlive it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
