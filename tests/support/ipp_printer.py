"""A real IPP Everywhere printer on loopback (`ippeveprinter` of CUPS), whose paper and switch are in the test's hands.

It runs its jobs one at a time through a small script, which looks at files in its folder: `trouble` holds a job up and makes
the printer say why, `abort` makes it give jobs up. What has come out of it lies in `printed`, byte by byte.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.ports import free_port, listens

PROGRAM = shutil.which("ippeveprinter") or ("/usr/sbin/ippeveprinter" if Path("/usr/sbin/ippeveprinter").exists() else None)
BUS = shutil.which("dbus-daemon")

needs_printer = pytest.mark.skipif(
    PROGRAM is None or BUS is None, reason="ippeveprinter (cups-ipp-utils) or dbus-daemon is not installed"
)

SCRIPT = """#!/bin/sh
# one job: $1 is its document
cd {folder}
echo "$(basename "$1")" >> begun
if [ -e trouble ]; then
  reason=$(cat trouble)
  echo "STATE: +$reason-error" >&2
  while [ -e trouble ]; do sleep 0.05; done
  echo "STATE: -$reason-error" >&2
fi
sleep "$(cat seconds)"
if [ -e abort ]; then
  left=$(($(cat abort) - 1))
  if [ $left -gt 0 ]; then echo $left > abort; else rm -f abort; fi
  exit 1
fi
cp "$1" "printed/$(basename "$1")"
exit 0
"""


class IppPrinter:
    """The printer; off until it is switched on."""

    def __init__(self, folder: Path, *, seconds: float = 0.0, formats: str = "application/pdf") -> None:
        self.folder = folder
        self.port = free_port()
        self.uri = f"ipp://localhost:{self.port}/ipp/print"
        self._formats = formats
        self._processes: list[subprocess.Popen[bytes]] = []
        for name in ("spool", "printed", "keys"):
            (folder / name).mkdir(parents=True)
        self.seconds = seconds
        script = folder / "command.sh"
        script.write_text(SCRIPT.format(folder=folder))
        script.chmod(0o700)

    @property
    def seconds(self) -> float:
        """How long it prints at one job."""
        return float((self.folder / "seconds").read_text())

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        (self.folder / "seconds").write_text(str(seconds))

    def switch_on(self) -> None:
        bus = self.folder / "bus"
        bus.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._run([BUS or "", "--session", "--nofork", "--nopidfile", f"--address=unix:path={bus}"], log.fileno())
            _wait(bus.exists)
            command = [PROGRAM or "", "-r", "off", "-p", str(self.port), "-n", "localhost", "-f", self._formats, "-k"]
            command += ["-c", str(self.folder / "command.sh"), "-d", str(self.folder / "spool")]
            command += ["-K", str(self.folder / "keys"), "Test"]  # the certificate that it makes for itself
            self._run(command, log.fileno(), DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={bus}")
        _wait(lambda: listens(self.port))

    def switch_off(self) -> None:
        """Off at once, as by its switch: what it prints at stops, and it forgets its jobs."""
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its script, too: a group of its own, made below
            process.wait(5)
        self._processes.clear()

    def take_paper_out(self, reason: str = "media-empty") -> None:
        """The next job, or rather each, stops before its first sheet."""
        (self.folder / "trouble").write_text(reason)

    def put_paper_in(self) -> None:
        (self.folder / "trouble").unlink(missing_ok=True)

    def abort_next(self, jobs: int) -> None:
        (self.folder / "abort").write_text(str(jobs))

    def begun(self) -> list[str]:
        """Give the documents whose printing has begun, in order, also those that were given up."""
        path = self.folder / "begun"
        return path.read_text().split() if path.exists() else []

    def printed(self) -> list[bytes]:
        """Give what has come out, in order."""
        files = sorted((self.folder / "printed").iterdir(), key=lambda path: int(path.name.partition("-")[0]))
        return [path.read_bytes() for path in files]

    def _run(self, command: list[str], log: int, **environment: str) -> None:
        self._processes.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                cwd=self.folder,
                start_new_session=True,
            )
        )


@contextmanager
def running_printer(folder: Path, **more: object) -> Iterator[IppPrinter]:
    """Run a printer for the block."""
    printer = IppPrinter(folder, **more)  # type: ignore[arg-type]
    try:
        printer.switch_on()
        yield printer
    finally:
        printer.put_paper_in()
        printer.switch_off()


def _wait(is_so: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end, "the printer does not start"
        time.sleep(0.02)
