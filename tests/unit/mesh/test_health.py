"""The health service: what a probe, a load balancer and a drain see."""

import asyncio
import time

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from articket_mesh.settings import MeshSettings
from tests.unit.mesh.scripted import SERVICE

SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING


@pytest.fixture
async def probe():
    """Give a function that opens a plain health stub, as a probe of somebody else's does: no timeout, no request id."""
    channels = []

    def open_probe(target):
        channels.append(grpc.aio.insecure_channel(target))
        return HealthStub(channels[-1])

    yield open_probe
    for channel in channels:
        await channel.close()


@pytest.mark.parametrize("name", ["", SERVICE])
async def test_a_started_service_is_serving(start_mesh, probe, name):
    mesh = await start_mesh()
    assert (await probe(mesh.server.target).Check(HealthCheckRequest(service=name))).status == SERVING


async def test_an_unknown_service_is_not_found(start_mesh, probe):
    mesh = await start_mesh()
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await probe(mesh.server.target).Check(HealthCheckRequest(service="another.Service"))
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_service_is_not_serving_while_it_warms_up(start_mesh, probe):
    loaded = asyncio.Event()
    mesh = await start_mesh(warm_up=loaded.wait)
    statuses = probe(mesh.server.target).Watch(HealthCheckRequest(service=SERVICE))
    assert (await statuses.read()).status == NOT_SERVING
    loaded.set()
    assert (await statuses.read()).status == SERVING


async def test_a_service_may_say_later_that_it_does_not_serve(start_mesh, probe):
    mesh = await start_mesh()
    await mesh.server.warming_up
    await mesh.server.health.set_serving(False)
    assert (await probe(mesh.server.target).Check(HealthCheckRequest())).status == NOT_SERVING


@pytest.mark.alone
async def test_a_watch_is_told_of_the_drain_and_does_not_hold_it_up(start_mesh, probe):
    mesh = await start_mesh(MeshSettings(drain_seconds=20))
    statuses = probe(mesh.server.target).Watch(HealthCheckRequest(service=SERVICE))
    assert (await statuses.read()).status == SERVING
    started = time.monotonic()
    draining = asyncio.create_task(mesh.server.drain())
    assert (await statuses.read()).status == NOT_SERVING
    assert await statuses.read() is grpc.aio.EOF
    await draining
    assert time.monotonic() - started < 2


async def test_a_watch_whose_client_leaves_is_forgotten(start_mesh, probe):
    mesh = await start_mesh()
    statuses = probe(mesh.server.target).Watch(HealthCheckRequest())
    await statuses.read()
    statuses.cancel()
    await asyncio.sleep(0.05)
    waiting = [task for task in asyncio.all_tasks() if "Watch" in repr(task)]
    assert waiting == []


async def test_health_has_a_plaintext_port_of_its_own_on_request(start_mesh, probe):
    mesh = await start_mesh(MeshSettings(health_port=0))
    assert mesh.server.health_port not in (None, mesh.server.port)
    answer = await probe(f"127.0.0.1:{mesh.server.health_port}").Check(HealthCheckRequest(service=SERVICE))
    assert answer.status == SERVING
