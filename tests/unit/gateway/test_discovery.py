"""Pods come and go with the addresses of a DNS name; a resolver that fails changes nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from articket_gateway.clients.stylize import PaintRequest
from articket_gateway.dispatch.discovery import Discovery
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.targets import Target
from tests.support.pods import FakePod


class Zone:
    """A DNS name whose addresses the test chooses; an int is the resolver's error."""

    def __init__(self) -> None:
        self.addresses: list[str] | int = []
        self.pods: dict[str, FakePod] = {}
        self.closed: list[str] = []
        self.names: set[str | None] = set()

    async def getaddrinfo(self, host: str, port: int, **_more: Any) -> list[Any]:
        if isinstance(self.addresses, int):
            raise socket.gaierror(self.addresses, "no")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.addresses]

    def connect(self, address: str, server_name: str | None):
        self.names.add(server_name)

        async def close() -> None:
            self.closed.append(address)

        return self.pods.setdefault(address, FakePod(seconds=0.1)), close


@asynccontextmanager
async def discovering(zone: Zone, monkeypatch: pytest.MonkeyPatch, target: str) -> AsyncIterator[Dispatcher]:
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", zone.getaddrinfo)
    dispatcher = Dispatcher()
    discovery = Discovery(dispatcher, zone.connect, targets=[Target.parse(target)], look_seconds=0.02)
    await dispatcher.open()
    await discovery.open()
    looking = asyncio.create_task(discovery.keep_current())
    yield dispatcher
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    await dispatcher.close()
    await discovery.close()


def names(dispatcher: Dispatcher) -> list[str]:
    return [pod.name for pod in dispatcher.pods]


async def test_every_address_of_a_name_is_a_pod_and_new_ones_are_found(monkeypatch: pytest.MonkeyPatch):
    zone = Zone()
    zone.addresses = ["10.0.0.1", "10.0.0.2"]
    async with discovering(zone, monkeypatch, "dns:///stylize:50052") as dispatcher:
        assert names(dispatcher) == ["10.0.0.1:50052", "10.0.0.2:50052"]
        zone.addresses = ["10.0.0.2", "10.0.0.3", "fd00::1"]
        await asyncio.sleep(0.1)
        assert names(dispatcher) == ["10.0.0.2:50052", "10.0.0.3:50052", "[fd00::1]:50052"]
        assert zone.closed == ["10.0.0.1:50052"]
        assert zone.names == {"stylize"}  # what their certificates must say
        assert [dispatcher.short_name(pod) for pod in dispatcher.pods] == ["stylize-2", "stylize-3", "stylize-4"]


async def test_a_pod_that_leaves_ends_what_it_paints_and_gets_nothing_more(monkeypatch: pytest.MonkeyPatch):
    zone = Zone()
    zone.addresses = ["10.0.0.1"]
    async with discovering(zone, monkeypatch, "dns:///stylize:50052") as dispatcher:
        request = PaintRequest("k", "vangogh", b"", "", 1, 0)
        first = asyncio.create_task(dispatcher.paint("v", request, lambda _news: None))
        await asyncio.sleep(0.03)
        zone.addresses = ["10.0.0.2"]
        await asyncio.sleep(0.05)
        await dispatcher.paint("w", request, lambda _news: None)
        await first
        await asyncio.sleep(0.05)
        assert names(dispatcher) == ["10.0.0.2:50052"]
    assert (zone.pods["10.0.0.1:50052"].painted, zone.pods["10.0.0.2:50052"].painted) == (1, 1)


@pytest.mark.parametrize(("error", "left"), [(socket.EAI_AGAIN, 1), (socket.EAI_FAIL, 1), (socket.EAI_NONAME, 0)])
async def test_a_resolver_that_fails_changes_nothing_but_a_name_without_addresses_does(
    monkeypatch: pytest.MonkeyPatch, error: int, left: int
):
    zone = Zone()
    zone.addresses = ["10.0.0.1"]
    async with discovering(zone, monkeypatch, "dns:///stylize:50052") as dispatcher:
        zone.addresses = error
        await asyncio.sleep(0.1)
        assert len(names(dispatcher)) == left


async def test_a_static_target_is_not_resolved(monkeypatch: pytest.MonkeyPatch):
    zone = Zone()
    zone.addresses = socket.EAI_NONAME
    async with discovering(zone, monkeypatch, "gpu-1.local:50052") as dispatcher:
        assert names(dispatcher) == ["gpu-1.local:50052"]
        assert zone.names == {None}


@pytest.mark.parametrize(
    "text", ["", "host", "host:", ":50052", "host:0", "host:99999", "http://host:1", "dns:///", "dns://x/y:1"]
)
def test_what_is_no_target_is_refused(text: str):
    with pytest.raises(ValueError, match="host:port"):
        Target.parse(text)
