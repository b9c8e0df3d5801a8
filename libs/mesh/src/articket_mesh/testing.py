"""Help for the tests of every service: a real server and a real channel in this process.

    async with served([Service(…)]) as mesh:
        response = await CaptionServiceStub(mesh.channel).Caption(request, timeout=2.0)

Certificates to try out TLS with are in `testing_certificates`. No production code imports either.
"""

import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc

from articket_mesh.channels import ChannelSettings, open_channel
from articket_mesh.server import RunningServer, Service, running
from articket_mesh.settings import MeshSettings


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment. Prefer port 0 where the port can be asked for."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Served:
    """A running server and a channel to it."""

    server: RunningServer
    channel: grpc.aio.Channel


@asynccontextmanager
async def served(
    services: Sequence[Service],
    settings: MeshSettings | None = None,
    *,
    channel_settings: ChannelSettings | None = None,
    warm_up: Callable[[], Awaitable[None]] | None = None,
) -> AsyncGenerator[Served]:
    """Run the services on a free port of this process, with a channel that has the same message size and certificates."""
    settings = settings or MeshSettings()
    async with (
        running(settings, services, warm_up=warm_up) as server,
        open_channel(server.target, channel_settings or ChannelSettings.of(settings)) as channel,
    ):
        yield Served(server, channel)
