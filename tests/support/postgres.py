"""A real PostgreSQL of its own for tests: made in a temporary folder, on a free port of loopback, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import free_port

DEBIAN = Path("/usr/lib/postgresql")


def find_binaries() -> Path | None:
    """Give the folder of initdb and postgres, or None where there is no PostgreSQL."""
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Postgres:
    """A running server; `url` names a fresh database each time."""

    def __init__(self, binaries: Path, folder: Path, port: int) -> None:
        self._binaries = binaries
        self._folder = folder
        self.port = port
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers; also after `stop`."""
        command = [str(self._binaries / "postgres"), "-D", str(self._folder), "-p", str(self.port), "-k", str(self._folder)]
        settings = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=60", "shared_buffers=32MB"]
        options = [part for setting in settings for part in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, *options], stdout=log, stderr=log, user=_owner())
        ready = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        end = time.monotonic() + 20
        while subprocess.run(ready, check=False).returncode != 0:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < end, "PostgreSQL does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once, as a crash would; what was committed stays."""
        assert self._process is not None
        self._process.send_signal(3)  # SIGQUIT: immediate shutdown, without leaving processes behind
        self._process.wait(10)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hang for the block: connections stay, and are taken, but nobody answers."""
        assert self._process is not None
        family = [self._process.pid, *_children(self._process.pid)]
        try:
            for pid in family:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def new_database(self) -> str:
        """Make an empty database; give its SQLAlchemy URL."""
        self._count += 1
        name = f"articket_{self._count}"
        createdb = [str(self._binaries / "createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "booth", name]
        subprocess.run(createdb, check=True)
        return f"postgresql+asyncpg://booth@127.0.0.1:{self.port}/{name}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a server for the block. Raises FileNotFoundError where there is no PostgreSQL."""
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("no PostgreSQL here: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="articket-postgres-"))
    owner = _owner()
    if owner is not None:  # PostgreSQL refuses to run as root
        shutil.chown(folder, owner)
    try:
        initdb = [str(binaries / "initdb"), "-D", str(folder), "-U", "booth", "--auth=trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, user=owner, cwd="/")
        server = Postgres(binaries, folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _owner() -> str | None:
    if os.getuid() != 0:
        return None
    return pwd.getpwnam("postgres").pw_name
