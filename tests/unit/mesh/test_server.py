"""Serving in one process: ports, reflection, sizes, and the drain. The life of a whole process is in test_process.py."""

import asyncio
import socket
import time

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from articket.stylize.v1.stylize_pb2 import DescribeRequest, DescribeResponse, Step, StylizeRequest, StylizeResponse
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh import channels, server
from articket_mesh.channels import ChannelSettings, open_channel
from articket_mesh.errors import ErrorReason, ListenError, PermanentError, TransientError
from articket_mesh.server import Service, running
from articket_mesh.settings import MeshSettings
from tests.unit.mesh.scripted import SERVICE, endless_steps, scripted_service, two_steps

MIB = 1024 * 1024


async def test_reflection_lists_services_and_their_methods(start_mesh):
    mesh = await start_mesh()

    def ask():
        with grpc.insecure_channel(mesh.server.target) as channel:
            database = ProtoReflectionDescriptorDatabase(channel)
            methods = DescriptorPool(database).FindServiceByName(SERVICE).methods_by_name
            return set(database.get_services()), set(methods)

    services, methods = await asyncio.to_thread(ask)
    assert services == {SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert methods == {"Describe", "Stylize", "Draw"}


async def test_a_taken_port_is_an_error_that_names_it(start_mesh):
    mesh = await start_mesh()
    with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{mesh.server.port}"):
        async with running(MeshSettings(port=mesh.server.port), [scripted_service()]):
            pass


@pytest.mark.parametrize("setting", ["health_port", "metrics_port"])
async def test_a_taken_second_port_is_an_error_too(start_mesh, setting):
    mesh = await start_mesh()
    with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{mesh.server.port} for"):
        async with running(MeshSettings(**{setting: mesh.server.port}), [scripted_service()]):
            pass


async def test_a_failing_start_leaves_no_port_open(start_mesh):
    mesh = await start_mesh()
    settings = MeshSettings(port=0, metrics_port=mesh.server.port)
    for _ in range(2):
        with pytest.raises(ListenError):
            async with running(settings, [scripted_service()]):
                pass


async def test_a_message_of_the_full_size_passes_both_ways(start_mesh):
    async def echo_size(request, context):
        yield StylizeResponse(step=Step(preview=b"x" * (16 * MIB - 1000), count=len(request.photo)))

    mesh = await start_mesh(stylize=echo_size)
    response = await anext(mesh.stub.Stylize(StylizeRequest(photo=b"x" * (16 * MIB - 1000)), timeout=10))
    assert response.step.count == len(response.step.preview) == 16 * MIB - 1000


async def test_a_message_over_the_senders_limit_is_refused_clearly(start_mesh):
    mesh = await start_mesh()
    with pytest.raises(PermanentError, match="larger than max") as raised:
        await anext(mesh.stub.Stylize(StylizeRequest(photo=b"x" * 17 * MIB), timeout=10))
    assert raised.value.reason is ErrorReason.INVALID_REQUEST


async def test_a_message_over_the_receivers_limit_is_refused_clearly(start_mesh):
    mesh = await start_mesh(MeshSettings(max_message_mib=1), channel_settings=ChannelSettings(max_message_mib=16))
    with pytest.raises(PermanentError, match="larger than max") as raised:
        await anext(mesh.stub.Stylize(StylizeRequest(photo=b"x" * 2 * MIB), timeout=10))
    assert raised.value.reason is ErrorReason.INVALID_REQUEST


async def test_a_drain_lets_a_running_stream_end_and_refuses_new_calls(start_mesh):
    go_on = asyncio.Event()

    async def paused(request, context):
        async for step in two_steps(request, context):
            yield step
            await go_on.wait()

    mesh = await start_mesh(stylize=paused)
    stream = mesh.stub.Stylize(StylizeRequest(), timeout=10)
    await anext(stream)
    draining = asyncio.create_task(mesh.server.drain())
    await asyncio.sleep(0.2)
    with pytest.raises(TransientError) as raised:
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    assert raised.value.reason is ErrorReason.UNREACHABLE
    assert not draining.done()
    go_on.set()
    assert [response.step.index async for response in stream] == [2]
    await asyncio.wait_for(draining, 2)


async def test_calls_are_still_taken_in_the_pause_before_a_drain(start_mesh):
    mesh = await start_mesh(MeshSettings(drain_pause_seconds=0.5))
    draining = asyncio.create_task(mesh.server.drain())
    await asyncio.sleep(0.2)
    await mesh.stub.Describe(DescribeRequest(), timeout=5)
    await draining


@pytest.mark.alone
async def test_a_call_that_outlives_the_drain_is_cancelled_and_its_caller_told(start_mesh):
    mesh = await start_mesh(MeshSettings(drain_seconds=0.2), stylize=endless_steps)
    stream = mesh.stub.Stylize(StylizeRequest(), timeout=10)
    await anext(stream)
    started = time.monotonic()
    draining = asyncio.create_task(mesh.server.drain())
    with pytest.raises(TransientError) as raised:
        async for _ in stream:
            pass
    assert raised.value.reason is ErrorReason.DRAINING
    await draining
    assert time.monotonic() - started < 1


@pytest.mark.alone
async def test_a_restarted_server_is_found_again_within_seconds(start_mesh):
    mesh = await start_mesh()
    await mesh.stub.Describe(DescribeRequest(), timeout=5)
    await mesh.server.drain()
    with pytest.raises(TransientError):
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    async with running(MeshSettings(port=mesh.server.port), [scripted_service()]):
        started = time.monotonic()
        await mesh.stub.Describe(DescribeRequest(), timeout=10, wait_for_ready=True)
    assert time.monotonic() - started < 3


async def test_a_clients_pings_are_not_taken_for_abuse():
    """gRPC ends a connection that pings more often than the server allows: the two settings have to agree."""
    client = dict(channels._options(ChannelSettings()))
    allowed = dict(server._options(MeshSettings()))
    assert client["grpc.keepalive_time_ms"] > allowed["grpc.http2.min_ping_interval_without_data_ms"]
    assert allowed["grpc.keepalive_permit_without_calls"] == client["grpc.keepalive_permit_without_calls"] == 1


async def test_a_method_that_takes_a_stream_is_refused_at_the_start():
    service = Service(reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"], lambda server: None)
    with pytest.raises(ValueError, match="unary and server-streaming"):
        async with running(MeshSettings(), [service]):
            pass


@pytest.mark.slow
async def test_a_server_asks_clients_to_reconnect_without_losing_a_call(start_mesh):
    async def describe(request, context):
        return DescribeResponse(engine=context.peer())

    mesh = await start_mesh(MeshSettings(max_connection_age_seconds=1), describe=describe)
    peers = set()
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        peers.add((await mesh.stub.Describe(DescribeRequest(), timeout=5)).engine)
        await asyncio.sleep(0.01)
    assert len(peers) >= 2


async def test_round_robin_leaves_out_a_server_that_is_not_serving(start_mesh):
    async def describe_first(request, context):
        return DescribeResponse(engine="first")

    async def describe_second(request, context):
        return DescribeResponse(engine="second")

    first = await start_mesh(describe=describe_first)
    second = await start_mesh(describe=describe_second)
    target = f"ipv4:{first.server.target},{second.server.target}"
    settings = ChannelSettings(load_balancing="round_robin", health_service=SERVICE)
    async with open_channel(target, settings) as channel:
        stub = StylizeServiceStub(channel)

        async def engines():
            calls = [stub.Describe(DescribeRequest(), timeout=5, wait_for_ready=True) for _ in range(10)]
            return {(await call).engine for call in calls}

        await engines()
        await asyncio.sleep(0.2)
        assert await engines() == {"first", "second"}
        await first.server.health.set_serving(False)
        await asyncio.sleep(0.2)
        assert await engines() == {"second"}


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_an_ipv6_address_is_served_too(start_mesh):
    mesh = await start_mesh(MeshSettings(host="::1"))
    assert mesh.server.target == f"[::1]:{mesh.server.port}"
    assert (await mesh.stub.Describe(DescribeRequest(), timeout=5)).engine == "scripted"
