"""A booth of many processes: gateway replicas, stylize pods, caption and ticket, each on a port of its own of loopback.

Where `booth` runs what `articket up` runs, this runs what a cluster would: several gateways on one database, any number of
pods, each of which can be killed and comes back on its port. Stylize, caption and ticket note their calls (`counted_service`).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from articket_cli.launching import dies_with_parent
from tests.support.booth import ROOT
from tests.support.journal import Journal
from tests.support.ports import free_port, listens

STARTED_AT_ONCE = 4
"""Python takes a second of a core to start: more at once only make each of them slower."""
PIN = "271828"


class Member:
    """One process of the fleet."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self._command = command
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.target}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, in the main thread: it ends with the thread that has started it. Does not wait until it listens."""
        assert not self.is_alive, f"{self.name} is running"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                dies_with_parent([sys.executable, *self._command]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**_plain_environment(), **self._environment},
            )

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def ask_to_stop(self) -> None:
        if self.is_alive and self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    def wait_until_gone(self, seconds: float) -> bool:
        """Wait for its end; False when it has to be killed for it."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def listens(self) -> bool:
        assert self.is_alive, f"{self.name} has ended: {self.tail()}"
        return listens(self.port)

    def tail(self) -> str:
        """Give the end of its log."""
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""


@dataclass(frozen=True)
class PodPlan:
    """A stylize pod that simulates a GPU: seconds a painting takes, and settings such as SIMULATED_HANGING."""

    seconds: float = 1.0
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Fleet:
    """The running processes."""

    pods: list[Member]
    gateways: list[Member]
    caption: Member
    ticket: Member
    journal: Journal
    folder: Path
    http: httpx.Client

    @property
    def urls(self) -> list[str]:
        return [gateway.url for gateway in self.gateways]

    @property
    def members(self) -> list[Member]:
        return [self.caption, self.ticket, *self.pods, *self.gateways]

    def metric(self, gateway: Member, name: str) -> dict[str, float]:
        """Give labels → value of one of the gateway's metrics."""
        text = self.http.get(f"{gateway.url}/metrics").text
        return {labels: float(value) for labels, value in re.findall(rf"^{name}(\{{.*\}})? (\S+)$", text, re.MULTILINE)}

    def cpu_seconds(self, member: Member) -> float:
        """Give the processor time that the process and its children have used so far."""
        fields = Path(f"/proc/{member.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self, member: Member) -> float:
        """Give the resident memory of the process."""
        return int(Path(f"/proc/{member.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def wait_until_ready(self, seconds: float = 120) -> None:
        """Wait until every gateway is ready and knows every pod."""
        _wait(self._is_ready, seconds, lambda: f"not ready: {[one.name for one in self.members if not one.is_alive]}")

    def _is_ready(self) -> bool:
        for gateway in self.gateways:
            assert gateway.is_alive, f"{gateway.name} has ended: {gateway.tail()}"
            with suppress(httpx.TransportError):
                ready = self.http.get(f"{gateway.url}/readyz").status_code == 200
                if ready and sum(self.metric(gateway, "articket_pod_available").values()) == len(self.pods):
                    continue
            return False
        return True


@contextmanager
def running_fleet(
    folder: Path,
    pods: Sequence[PodPlan],
    *,
    databases: Sequence[str | None] = (None,),
    caption: str = "instant-caption",
    gateway: Mapping[str, str] | None = None,
) -> Iterator[Fleet]:
    """Run a fleet for the block: a gateway for each database URL, where None is SQLite in its own folder.

    `gateway` holds more of the gateways' settings, behind their prefix. Everything is stopped by SIGTERM at the end, and
    killed if that takes long.
    """
    journal = Journal(folder / "journal")
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)

    def service(kind: str, name: str, environment: Mapping[str, str]) -> Member:
        port = free_port()
        prefix = f"ARTICKET_{kind.removeprefix('instant-').upper()}_"
        settings = {f"{prefix}{key}": value for key, value in {"PORT": str(port), "DRAIN_SECONDS": "3", **environment}.items()}
        command = ["-m", "tests.support.counted_service", kind, str(journal.path(name)), name]
        return Member(name, command, settings, port, logs / f"{name}.log")

    fleet = Fleet(
        pods=[service("stylize", f"pod-{number}", _pod(plan)) for number, plan in enumerate(pods, 1)],
        gateways=[],
        caption=service(caption, "caption", {}),
        ticket=service("ticket", "ticket", {}),
        journal=journal,
        folder=folder,
        http=httpx.Client(timeout=10, trust_env=False),
    )
    for number, url in enumerate(databases, 1):
        port = free_port()
        settings = {**_gateway(fleet, port, number, url), **(gateway or {})}
        environment = {f"ARTICKET_GATEWAY_{key}": value for key, value in settings.items()}
        name = f"gateway-{number}"
        fleet.gateways.append(Member(name, ["-m", "articket_gateway"], environment, port, logs / f"{name}.log"))
    try:
        _start(fleet)
        yield fleet
    finally:
        fleet.http.close()
        _stop(fleet)


def _pod(plan: PodPlan) -> dict[str, str]:
    return {"ENGINE": "simulated", "SLOTS": "1", "SIMULATED_SECONDS": str(plan.seconds), **plan.settings}


def _gateway(fleet: Fleet, port: int, number: int, url: str | None) -> dict[str, str]:
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(fleet.folder / f"gateway-{number}"),
        "PICTURES_URL": str(fleet.folder / "pictures"),
        "CAPTION_TARGET": fleet.caption.target,
        "STYLIZE_TARGETS": ",".join(pod.target for pod in fleet.pods),
        "TICKET_TARGET": fleet.ticket.target,
        "DRAIN_SECONDS": "3",
        "STAFF_PIN": PIN,
        # what is measured is the booth, not its doorkeeper: all phones stand behind one address here
        "OPEN_VISITS_MAX": "100000",
        "VISITS_PER_ADDRESS": "1000000",
    }
    return settings if url is None else {**settings, "DATABASE_URL": url}


def _start(fleet: Fleet) -> None:
    services = [fleet.caption, fleet.ticket, *fleet.pods]
    for index in range(0, len(services), STARTED_AT_ONCE):
        batch = services[index : index + STARTED_AT_ONCE]
        for member in batch:
            member.start()
        _wait(lambda batch=batch: all(member.listens() for member in batch), 60, lambda: "a service does not listen")
    for gateway in fleet.gateways:
        gateway.start()
        _wait(gateway.listens, 60, lambda gateway=gateway: f"{gateway.name} does not listen: {gateway.tail()}")
    fleet.wait_until_ready()


def _stop(fleet: Fleet) -> None:
    for group in (fleet.gateways, [fleet.caption, fleet.ticket, *fleet.pods]):
        for member in group:
            member.ask_to_stop()
        for member in group:
            member.wait_until_gone(10)


def _wait(condition: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, why()
        time.sleep(0.1)


def _plain_environment() -> dict[str, str]:
    """Give the environment without settings of a booth that somebody runs here."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ARTICKET_")}
