"""The scripted service, served in this process over real gRPC."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh import tracing
from articket_mesh.server import RunningServer
from articket_mesh.settings import MeshSettings
from articket_mesh.testing import served
from tests.unit.mesh.scripted import scripted_service


@dataclass(frozen=True)
class Mesh:
    """One running server, the stub of a channel to it, and that channel."""

    server: RunningServer
    stub: Any
    channel: Any


StartMesh = Callable[..., Awaitable[Mesh]]


@pytest.fixture
async def start_mesh() -> AsyncIterator[StartMesh]:
    """Give a function that starts a scripted service; everything is stopped after the test."""
    async with AsyncExitStack() as stack:

        async def start(settings=None, *, channel_settings=None, warm_up=None, **methods) -> Mesh:
            mesh = await stack.enter_async_context(
                served(
                    [scripted_service(**methods)],
                    settings or MeshSettings(drain_seconds=5),
                    channel_settings=channel_settings,
                    warm_up=warm_up,
                )
            )
            return Mesh(mesh.server, StylizeServiceStub(mesh.channel), mesh.channel)

        yield start


@pytest.fixture(autouse=True)
def untouched_process(monkeypatch):
    """Keep the environment's settings out of the tests, and leave no tracer behind."""
    for name in [name for name in os.environ if name.startswith("ARTICKET_")]:
        monkeypatch.delenv(name)
    yield
    tracing.use_tracer(None)
