"""One worker process of the painterly engine, seen from the service: started, spoken to, stopped, found dead.

A worker is a plain child process and not a fork: the service is full of gRPC's threads, and a child with an interpreter of its
own can be killed at any moment without leaving a lock behind. What it does inside: `painterly_worker.py`; what is said:
`frames.py`; who keeps how many: `worker_pool.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from articket_stylize.engines.frames import (
    LAST_MESSAGES,
    Analysed,
    Frame,
    Paint,
    Ready,
    Stop,
    WorkerPainted,
    encode,
    read_frame,
)

__all__ = ["Worker", "WorkerDiedError", "WorkerNotStartedError"]

logger = logging.getLogger(__name__)

# The protocol promises 0.2 s from cancelling to a free slot. A worker that is told to stop does so after the OpenCV call it
# is in, some tens of milliseconds; one that has not by now is killed.
STOP_PATIENCE_SECONDS = 0.12
# Importing OpenCV takes 0.1 s on a quiet machine; from a cold disk in a crowded pod, very much longer.
START_PATIENCE_SECONDS = 30.0
# A worker ends at the end of its stream within milliseconds; one that does not is killed.
END_PATIENCE_SECONDS = 1.0
# Read ahead this much of a picture or subject: the default of 64 KiB would wake the loop a hundred times for one.
READ_AHEAD_BYTES = 4 * 1024 * 1024

_ENVIRONMENT = {
    # One thread for each library in each worker: the workers together already use every core.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # OpenCV refuses a larger picture by its header: a second fence behind the check of the request.
    "OPENCV_IO_MAX_IMAGE_WIDTH": "1280",
    "OPENCV_IO_MAX_IMAGE_HEIGHT": "1280",
}
# Where the kernel counts the processes of this container that it has killed for want of memory: cgroup v2, then v1.
_OOM_COUNTERS = (Path("/sys/fs/cgroup/memory.events"), Path("/sys/fs/cgroup/memory/memory.oom_control"))


class WorkerDiedError(Exception):
    """The worker's process ended before its answer did."""

    def __init__(self, how: str, *, was_out_of_memory: bool = False) -> None:
        super().__init__(how)
        self.was_out_of_memory = was_out_of_memory


class WorkerNotStartedError(WorkerDiedError):
    """No process came to the point of saying that it is ready."""


class Worker:
    """One worker process, which does one painting at a time. Made by `Worker.start`, ended by `end` or `kill`."""

    def __init__(self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        # Whole frames wait here, so that a caller who is cancelled never leaves half a frame on the stream.
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._oom_kills_before = _oom_kills()
        self._reading = asyncio.create_task(self._read())
        self.is_alive = True
        self.photo_id = ""
        """The photo whose subject the worker still has; empty when it has none."""

    @property
    def pid(self) -> int:
        """The process id, for logs and tests."""
        return self._process.pid

    @classmethod
    async def start(cls, command: Sequence[str]) -> Worker:
        """Start `command` with the number of its socket as last argument, and return when it says that it is ready.

        Raises WorkerNotStartedError when it ends, or says nothing for too long.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    str(theirs.fileno()),
                    pass_fds=(theirs.fileno(),),
                    stdin=asyncio.subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for the service: it drains, and its workers finish
                    env={**os.environ, **_ENVIRONMENT},
                )
            reader, writer = await asyncio.open_connection(sock=ours, limit=READ_AHEAD_BYTES)
        except OSError as error:
            ours.close()
            raise WorkerNotStartedError(f"{command[0]}: {error.strerror}") from error
        except BaseException:
            ours.close()  # if there is a process already, this ends it
            raise
        worker = cls(process, reader, writer)
        try:
            await worker._become_ready()
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def paint(self, paint: Paint, photo: bytes, subject: bytes = b"") -> AsyncGenerator[Frame, None]:
        """Yield the worker's frames up to and with the last one. Closing the generator early stops the work.

        `subject` goes along when the message says that it is sent. Raises WorkerDiedError; the worker is of no use then.
        """
        is_over = False
        try:
            self._send(Frame(paint, (photo, subject) if paint.subject == "sent" else (photo,)))
            while not is_over:
                frame = await self._next()
                is_over = isinstance(frame.message, LAST_MESSAGES)
                if isinstance(frame.message, (Analysed, WorkerPainted)):
                    self.photo_id = paint.photo_id
                yield frame
        finally:
            if not is_over:
                await self._stop(paint.number)

    async def end(self) -> None:
        """Close the stream, at whose end the process ends by itself; kill it when it does not."""
        self.is_alive = False
        self._writer.close()
        await self._gone_by_itself()

    async def kill(self) -> None:
        """End the process now, and return when it is gone."""
        self.is_alive = False
        with contextlib.suppress(ProcessLookupError):  # it was faster
            self._process.kill()
        await self._gone()

    async def _become_ready(self) -> None:
        try:
            async with asyncio.timeout(START_PATIENCE_SECONDS):
                first = await self._next()
        except TimeoutError as error:
            raise WorkerNotStartedError(f"it was not ready after {START_PATIENCE_SECONDS:.0f} s") from error
        except WorkerDiedError as error:
            raise WorkerNotStartedError(str(error), was_out_of_memory=error.was_out_of_memory) from error
        if not isinstance(first.message, Ready):
            raise WorkerNotStartedError(f"expected it to say that it is ready, found {first.message.kind}")

    async def _stop(self, number: int) -> None:
        """Tell the worker to stop that painting; kill it when it does not obey in time."""
        self.photo_id = ""  # half-way through, nobody knows whether it has taken the subject in
        try:
            async with asyncio.timeout(STOP_PATIENCE_SECONDS):
                self._send(Frame(Stop(number=number)))
                while not isinstance((await self._next()).message, LAST_MESSAGES):
                    pass
        except (TimeoutError, WorkerDiedError):
            await self.kill()
        except BaseException:  # cancelled a second time: no time to be kind
            self.is_alive = False
            self._process.kill()
            raise

    def _send(self, frame: Frame) -> None:
        self._writer.write(encode(frame))  # no drain: the worker reads at once, whatever it is painting

    async def _next(self) -> Frame:
        frame = await self._frames.get()
        if frame is None:
            self._frames.put_nowait(None)  # for whoever asks again
            raise await self._death()
        return frame

    async def _death(self) -> WorkerDiedError:
        """Find out how the process ended, whose stream has."""
        await self._gone_by_itself()
        status = self._process.returncode
        if status is None or status >= 0:
            return WorkerDiedError(f"it ended with status {status}")
        name = signal.Signals(-status).name
        was_out_of_memory = name == "SIGKILL" and _oom_kills() > self._oom_kills_before
        return WorkerDiedError(f"it was ended by {name}", was_out_of_memory=was_out_of_memory)

    async def _read(self) -> None:
        try:
            while True:
                self._frames.put_nowait(await read_frame(self._reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # it has ended; how, its exit status tells
        except ValueError:
            logger.exception("painterly worker %d sent what is no frame", self.pid)
        finally:
            self.is_alive = False
            self._frames.put_nowait(None)

    async def _gone_by_itself(self) -> None:
        # Not killed right away: asyncio loses the exit status of a process that is killed when it is already dead.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_PATIENCE_SECONDS):
                await self._process.wait()
        await (self.kill() if self._process.returncode is None else self._gone())

    async def _gone(self) -> None:
        await self._process.wait()
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
        await self._reading


def _oom_kills() -> int:
    """Count the processes of this container that the kernel has killed for want of memory; 0 where nobody counts."""
    for counter in _OOM_COUNTERS:
        with contextlib.suppress(OSError):
            for line in counter.read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    return 0
