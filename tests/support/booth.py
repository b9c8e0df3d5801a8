"""A whole booth as its users meet it: `articket up` in a process of its own, and a visitor who speaks HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.plain_http import PLAIN
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "tests/data/photos"
ASTRONAUT = PHOTOS / "portrait-woman-astronaut.jpg"
SERVICES = ("caption", "stylize", "ticket", "gateway")


@dataclass
class Booth:
    """A running booth. `pids` finds the processes of its services by what the kernel knows of them."""

    process: subprocess.Popen[bytes]
    url: str
    data_dir: Path

    def pids(self) -> dict[str, int]:
        """Give service → pid of the supervisor's children."""
        found: dict[str, int] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except (OSError, ValueError):
                continue
            if parent == self.process.pid:
                for service in SERVICES:
                    if f"articket_{service}".encode() in command:
                        found[service] = int(entry.name)
        return found

    def family(self) -> list[int]:
        """Give the pids of the supervisor and everything below it."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
                children.setdefault(parent, []).append(int(entry.name))
        family, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            family.append(pid)
            todo += children.get(pid, [])
        return family

    def kill(self, service: str) -> None:
        """kill -9 one service; the supervisor starts it again."""
        os.kill(self.pids()[service], signal.SIGKILL)

    def wait_until_ready(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        with httpx.Client(base_url=self.url, timeout=2, **PLAIN) as http:
            while time.monotonic() < end:
                assert self.process.poll() is None, "the booth has ended"
                try:
                    if http.get("/readyz").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.1)
        raise AssertionError("the booth is not ready")


@contextmanager
def running_booth(data_dir: Path, *, artists: Path | None = None, environment: dict[str, str] | None = None) -> Iterator[Booth]:
    """Run a booth for the block; its supervisor is stopped with SIGTERM, and nothing of it may be left."""
    port = free_port()
    command = [sys.executable, "-m", "articket_cli", "up", "--port", str(port), "--data-dir", str(data_dir)]
    if artists is not None:
        command += ["--artists", str(artists)]
    log = (data_dir.parent / f"{data_dir.name}.log").open("ab")
    process = subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
    )
    booth = Booth(process, f"http://127.0.0.1:{port}", data_dir)
    try:
        booth.wait_until_ready()
        yield booth
    finally:
        family = booth.family()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            for pid in family:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            log.close()


class Visitor:
    """One visitor's phone; patient with a gateway that is being restarted."""

    def __init__(self, url: str, lang: str = "en") -> None:
        self.http = httpx.Client(base_url=url, timeout=20, **PLAIN)
        weakref.finalize(self, self.http.close)
        self.visit_id: str = self.request("POST", "/api/v1/visits", json={"lang": lang}).json()["id"]

    @property
    def path(self) -> str:
        return f"/api/v1/visits/{self.visit_id}"

    def request(self, method: str, path: str, *, patience: float = 30, **more: Any) -> httpx.Response:
        end = time.monotonic() + patience
        while True:
            try:
                response = self.http.request(method, path, **more)
            except httpx.TransportError:
                if time.monotonic() > end:
                    raise
            else:
                if response.status_code < 500 or time.monotonic() > end:
                    return response
            time.sleep(0.1)

    def send_photo(self, photo: Path = ASTRONAUT) -> httpx.Response:
        return self.request("PUT", f"{self.path}/photo", content=photo.read_bytes())

    def answer(self, **body: Any) -> httpx.Response:
        return self.request("PUT", f"{self.path}/answers", json=body)

    def look(self) -> dict[str, Any]:
        return self.request("GET", self.path).json()

    def get(self, what: str, **more: Any) -> httpx.Response:
        return self.request("GET", f"{self.path}/{what}", **more)

    def wait_until_done(self, seconds: float = 90) -> dict[str, Any]:
        """Wait until the ticket is there (or the visit has failed) and every painting has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            visit = self.look()
            over = visit["state"] in ("ticket_ready", "printed", "failed")
            if over and all(one["state"] in ("done", "failed") for one in visit["paintings"]):
                return visit
            time.sleep(0.05)
        raise AssertionError(f"the visit has not ended: {json.dumps(self.look())[:600]}")
