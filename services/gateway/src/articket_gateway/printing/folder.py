"""A folder as a sink: tickets as files with readable names, whole or not there.

`prepare` writes a hidden file, `deliver` renames it. So a crash in between is no riddle: while the hidden file is there, the
ticket has not come out; once it is gone, it has, even when a program that watches the folder has taken it away since.
Copies mean nothing to a folder: one ticket is one file, however often it is asked for.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from articket_gateway.printing.sinks import (
    MAX_TICKET_BYTES,
    OFFLINE,
    UNWRITABLE,
    PlaceTaken,
    PrintOrder,
    Sight,
    SinkKind,
    SinkStatus,
    SinkWaits,
    Stage,
    digest,
    file_names,
    filed,
    read_filed,
)

CALL_SECONDS = 20.0
"""A network folder that takes longer is away."""

LOOK_SECONDS = 5.0

T = TypeVar("T")


class FolderSink:
    """Files under one folder, in a sub-folder for each day."""

    kind = SinkKind.FOLDER
    look_seconds = LOOK_SECONDS

    def __init__(self, name: str, folder: Path) -> None:
        """Take a folder that exists."""
        self.name = name
        self._folder = folder
        # a thread of its own: a network folder that hangs holds up this sink alone
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="folder sink")

    async def look(self) -> SinkStatus:
        """Tell whether the folder is there and can be written."""
        try:
            why_not = await self._call(self._why_not)
        except SinkWaits as waits:
            why_not = waits.reason
        return SinkStatus() if why_not is None else SinkStatus(is_stopped=True, reasons=(why_not,))

    async def prepare(self, order: PrintOrder, ticket: bytes, *, is_retry: bool) -> str:
        """Write the ticket into a hidden file and choose its name."""
        return await self._call(lambda: self._prepare(order, ticket))

    async def deliver(self, order: PrintOrder, remote: str, ticket: bytes) -> Sight:
        """Give the hidden file its name."""
        return await self._call(lambda: self._deliver(order.mark, remote))

    async def follow(self, order: PrintOrder, remote: str) -> Sight:
        """Tell by the hidden file whether the ticket is out."""
        return await self._call(lambda: self._follow(order.mark, remote))

    async def withdraw(self, mark: str, remote: str | None) -> None:
        """Remove the ticket's file, if it still is the one that was put there."""
        await self._call(lambda: self._withdraw(mark, remote))

    async def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError:
            raise SinkWaits(OFFLINE, is_certain=False) from None
        except OSError as error:
            # the folder went away, or it is full or read-only: its owner has to do something, and then it goes on
            raise SinkWaits(OFFLINE if isinstance(error, FileNotFoundError) else UNWRITABLE, is_certain=False) from error

    # -- what happens in the thread ----------------------------------------------------------------------------------------

    def _why_not(self) -> str | None:
        if not self._folder.is_dir():
            return OFFLINE
        return None if os.access(self._folder, os.W_OK | os.X_OK) else UNWRITABLE

    def _prepare(self, order: PrintOrder, ticket: bytes) -> str:
        if not self._folder.is_dir():
            raise SinkWaits(OFFLINE)  # never made again here: what is missing is a disk that is not mounted
        fingerprint = digest(ticket)
        for name in file_names(order):
            path = self._folder / name
            if _is(path, fingerprint):
                return filed(name, fingerprint)
            if not path.exists():
                break
        else:
            raise SinkWaits(UNWRITABLE)
        path.parent.mkdir(exist_ok=True)
        _write(self._hidden(order.mark), ticket)
        return filed(name, fingerprint)

    def _deliver(self, mark: str, remote: str) -> Sight:
        name, fingerprint = read_filed(remote)
        path, hidden = self._folder / name, self._hidden(mark)
        if _is(path, fingerprint):  # asked for again while it still lies there
            hidden.unlink(missing_ok=True)
            return Sight(Stage.OUT)
        if path.exists():
            raise PlaceTaken
        path.parent.mkdir(exist_ok=True)
        hidden.replace(path)
        _sync(path.parent)
        return Sight(Stage.OUT)

    def _follow(self, mark: str, remote: str) -> Sight:
        name, fingerprint = read_filed(remote)
        if not self._folder.is_dir():
            raise SinkWaits(OFFLINE)
        if self._hidden(mark).exists():
            return Sight(Stage.EMPTY)
        return Sight(Stage.OUT if _is(self._folder / name, fingerprint) else Stage.LOST)

    def _withdraw(self, mark: str, remote: str | None) -> None:
        if not self._folder.is_dir():
            raise SinkWaits(OFFLINE)
        self._hidden(mark).unlink(missing_ok=True)
        if remote is None:
            return
        name, fingerprint = read_filed(remote)
        path = self._folder / name
        if _is(path, fingerprint):
            path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            return  # the day has other tickets, or is gone

    def _hidden(self, mark: str) -> Path:
        return self._folder / f".{mark}.part"


def _is(path: Path, fingerprint: str) -> bool:
    try:
        return path.stat().st_size <= MAX_TICKET_BYTES and digest(path.read_bytes()) == fingerprint
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the rename last through a power cut, where the file system knows how."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
