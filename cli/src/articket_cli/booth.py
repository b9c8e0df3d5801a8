"""A booth on this machine: which services run with which settings, starting them, and waiting until all are ready.

`up` runs one for people, `paint` and `artist preview` one for themselves. `supervising` keeps the processes alive.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from articket_cli import addresses, probing
from articket_cli.errors import BoothError
from articket_cli.journal import Journal, Show
from articket_cli.launching import python_module
from articket_cli.supervising import ChildSpec, Pace, Supervisor, supervised

WORKERS = ("caption", "stylize", "ticket")
# One more stylize service, with the engine that needs nothing: for what the chosen one cannot paint, or not now.
FALLBACK = "fallback"
ENGINE_VARIABLE = "ARTICKET_STYLIZE_ENGINE"
FALLBACK_ENGINE = "painterly"
ENGINES_WITHOUT_FALLBACK = ("", FALLBACK_ENGINE, "simulated")
GATEWAY_NAME = "articket-gateway"  # what it calls itself at /healthz
GATEWAY = "gateway"  # started last, stopped first: it is the one that calls the others

READY_WITHIN_SECONDS = 60.0  # a cold start on a slow disk; usually 2 s
ASK_EVERY_SECONDS = 0.1
HOPELESS_AFTER = 3  # lives that ended young before the booth was ever ready: it will not come up by itself
WRONG_SETTINGS = 2  # the exit status of a service that cannot use its settings: they will not get better
# A booth at a desk stops within seconds. What is cut short goes on at the next start, for visits are durable.
DRAIN_SECONDS = 5
KILL_AFTER_SECONDS = 8.0


@dataclass(frozen=True)
class BoothPlan:
    """Everything that the services of one booth are told. `grpc_ports` and `metrics_ports` are by service name."""

    host: str
    port: int
    public_url: str
    data_dir: Path
    artists: Path
    quiz: Path | None
    grpc_ports: Mapping[str, int]
    metrics_ports: Mapping[str, int]
    staff_pin: str | None = field(default=None, repr=False)

    @property
    def local_url(self) -> str:
        """Where this machine reaches the gateway."""
        return addresses.url_of(addresses.dialled_host(self.host), self.port)

    @property
    def metrics_urls(self) -> dict[str, str]:
        """Where Prometheus finds each service's metrics."""
        workers = {name: f"{addresses.url_of(addresses.LOOPBACK, port)}/metrics" for name, port in self.metrics_ports.items()}
        return {**workers, GATEWAY: f"{self.local_url}/metrics"}

    @property
    def has_fallback(self) -> bool:
        """Whether there is one more stylize service."""
        return FALLBACK in self.grpc_ports

    def children(self) -> list[ChildSpec]:
        """Give the processes to run, the gateway last."""
        return [
            ChildSpec(name, tuple(python_module(f"articket_{_package(name)}")), self.environment(name))
            for name in (*self.grpc_ports, GATEWAY)
        ]

    def environment(self, service: str) -> dict[str, str]:
        """Give the settings of one service as environment variables. What the person has set for the rest stays."""
        prefix = f"ARTICKET_{_package(service).upper()}_"
        wanted = self._gateway_settings() if service == GATEWAY else self._worker_settings(service)
        fallbacks = {"DRAIN_SECONDS": str(DRAIN_SECONDS)}
        if service == GATEWAY and self.quiz is not None:
            fallbacks["QUIZ"] = str(self.quiz)
        chosen = {name: value for name, value in fallbacks.items() if prefix + name not in os.environ}
        return {prefix + name: value for name, value in {**chosen, **wanted}.items()} | {"PYTHONUNBUFFERED": "1"}

    def _worker_settings(self, service: str) -> dict[str, str]:
        settings = {
            "HOST": addresses.LOOPBACK,
            "PORT": str(self.grpc_ports[service]),
            "METRICS_PORT": str(self.metrics_ports[service]),
        }
        if service == FALLBACK:
            settings |= _undone(ENGINE_VARIABLE.removesuffix("ENGINE")) | {"ENGINE": FALLBACK_ENGINE}
        return settings if service == "caption" else {**settings, "ARTISTS": str(self.artists)}

    def _gateway_settings(self) -> dict[str, str]:
        targets = {name: f"{addresses.LOOPBACK}:{port}" for name, port in self.grpc_ports.items()}
        return {
            "HOST": self.host,
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
            "ARTISTS": str(self.artists),
            "PUBLIC_URL": self.public_url,
            "CAPTION_TARGET": targets["caption"],
            "STYLIZE_TARGETS": targets["stylize"],
            "TICKET_TARGET": targets["ticket"],
            **({"FALLBACK_TARGETS": targets[FALLBACK]} if self.has_fallback else {}),
            **({"STAFF_PIN": self.staff_pin} if self.staff_pin else {}),
        }


def plan_booth(
    *,
    host: str,
    port: int,
    public_url: str | None,
    data_dir: Path,
    artists: Path,
    quiz: Path | None,
    staff_pin: str | None = None,
) -> BoothPlan:
    """Choose the ports that nobody named; `port` 0 is one of them."""
    workers = WORKERS if chosen_engine() in ENGINES_WITHOUT_FALLBACK else (*WORKERS, FALLBACK)
    *ports, spare = addresses.free_ports(2 * len(workers) + 1)
    http_port = port or spare
    return BoothPlan(
        host=host,
        port=http_port,
        public_url=(public_url or addresses.url_of(reachable_host(host), http_port)).rstrip("/"),
        data_dir=data_dir,
        artists=artists,
        quiz=quiz,
        grpc_ports=dict(zip(workers, ports[: len(workers)], strict=True)),
        metrics_ports=dict(zip(workers, ports[len(workers) :], strict=True)),
        staff_pin=staff_pin,
    )


def chosen_engine() -> str:
    """Give the engine that the person has chosen for the stylize service; empty when none was."""
    return os.environ.get(ENGINE_VARIABLE, "").strip()


def reachable_host(host: str) -> str:
    """Give the address to show to phones: with every network open, this machine's own in the local network."""
    if addresses.is_everywhere(host):
        return addresses.lan_address() or addresses.dialled_host(host)
    return host


@asynccontextmanager
async def running_booth(plan: BoothPlan, show: Show, pace: Pace | None = None) -> AsyncGenerator[Supervisor]:
    """Run the booth inside the block, which is entered when everything is ready. `show` gets what a person should see.

    Raises BoothError, with the culprit's last lines, when it does not come up.
    """
    journal = Journal(plan.data_dir / "logs", show)
    try:
        async with supervised(plan.children(), journal, pace or Pace(drain=KILL_AFTER_SECONDS)) as supervisor:
            await _until_ready(plan, supervisor, journal)
            yield supervisor
    finally:
        journal.close()


async def _until_ready(plan: BoothPlan, supervisor: Supervisor, journal: Journal) -> None:
    host = addresses.dialled_host(plan.host)
    loop = asyncio.get_running_loop()
    gives_up_at = loop.time() + READY_WITHIN_SECONDS
    while True:
        answer = await probing.get(host, plan.port, "/readyz", within=2.0)
        if answer is not None and answer.status == 200:
            return
        for child in supervisor.children.values():
            if child.short_lives >= HOPELESS_AFTER or child.last_status == WRONG_SETTINGS:
                raise _not_up(child.spec.name, f"{child.spec.name} ends as soon as it is started", journal)
        if loop.time() > gives_up_at:
            culprit, why = await _who_is_missing(plan, answer)
            raise _not_up(culprit, f"{why} after {READY_WITHIN_SECONDS:.0f} s", journal)
        await asyncio.sleep(ASK_EVERY_SECONDS)


async def _who_is_missing(plan: BoothPlan, answer: probing.Answer | None) -> tuple[str, str]:
    for name, port in plan.grpc_ports.items():
        if not await probing.accepts_connections(addresses.LOOPBACK, port):
            return name, f"{name} does not listen on port {port}"
    if answer is None:
        return GATEWAY, f"the gateway does not answer at {plan.local_url}/readyz"
    detail = answer.as_object().get("detail") or answer.body.decode(errors="replace")[:300]
    return GATEWAY, f"the gateway is not ready (status {answer.status}: {detail})"


def _package(service: str) -> str:
    return "stylize" if service == FALLBACK else service


def _undone(prefix: str) -> dict[str, str]:
    """Take back what was set for the chosen engine alone; a service reads an empty setting as one that is not set."""
    alone = {"SERVES", "SLOTS", "HEALTH_PORT"}
    names = (name.removeprefix(prefix) for name in os.environ if name.startswith(prefix))
    return {name: "" for name in names if name in alone or name.startswith(f"{chosen_engine().upper()}_")}


def _not_up(culprit: str, why: str, journal: Journal) -> BoothError:
    return BoothError(
        f"the booth did not come up: {why}",
        hint=f"articket doctor; all it said is in {journal.folder / culprit}.log",
        last_lines=journal.last_lines(culprit),
    )
