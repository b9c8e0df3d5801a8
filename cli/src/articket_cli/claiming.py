"""A data folder belongs to one booth at a time: a lock that ends with its process, and a note saying who holds it.

`up` claims the folder before it starts anything; `doctor` reads the note.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from articket_cli.errors import BadInputError

LOCK_NAME = "booth.lock"


@dataclass(frozen=True)
class Holder:
    """The booth that holds a data folder. `url` is where this machine reaches it."""

    pid: int
    url: str


@contextmanager
def claimed(data_dir: Path, url: str) -> Generator[None]:
    """Hold the folder for a booth at `url`; makes it if need be.

    The lock is the kernel's: it ends with this process even if that is killed. Raises BadInputError when another booth
    holds the folder or it cannot be written.
    """
    descriptor = _open_lock(data_dir)
    try:
        if not _lock(descriptor):
            raise _in_use(data_dir, _read_note(descriptor))
        _write_note(descriptor, json.dumps(asdict(Holder(os.getpid(), url))))
        try:
            yield
        finally:
            _write_note(descriptor, "")
    finally:
        os.close(descriptor)


def holder_of(data_dir: Path) -> Holder | None:
    """Give the booth that holds the folder now, or None."""
    path = data_dir / LOCK_NAME
    if not path.is_file():
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return None if _lock(descriptor) else _read_note(descriptor)
    finally:
        os.close(descriptor)


def _open_lock(data_dir: Path) -> int:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise BadInputError(f"--data-dir {data_dir}: expected a folder that can be written, found: {error.strerror}") from error


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _in_use(data_dir: Path, holder: Holder | None) -> BadInputError:
    who = f"a booth at {holder.url} (process {holder.pid})" if holder else "another booth"
    return BadInputError(
        f"--data-dir {data_dir}: {who} is using it", hint="stop that one, or give this one a folder of its own"
    )


def _write_note(descriptor: int, note: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, note.encode(), 0)


def _read_note(descriptor: int) -> Holder | None:
    try:
        note = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(pid=int(note["pid"]), url=str(note["url"]))
    except (ValueError, KeyError, TypeError):
        return None  # just being written
