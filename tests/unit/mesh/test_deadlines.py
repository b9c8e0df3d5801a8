"""Deadlines: demanded on every call, passed on, and felt by the work itself."""

import asyncio
import time

import grpc
import pytest

from articket.stylize.v1.stylize_pb2 import DescribeRequest, DescribeResponse, StylizeRequest
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh.deadlines import remaining
from articket_mesh.errors import ErrorReason, PermanentError, TransientError


async def test_a_client_cannot_call_without_a_timeout(start_mesh):
    mesh = await start_mesh()
    for method, request in ((mesh.stub.Describe, DescribeRequest()), (mesh.stub.Stylize, StylizeRequest())):
        with pytest.raises(PermanentError, match="pass timeout") as raised:
            method(request)
        assert raised.value.reason is ErrorReason.DEADLINE_MISSING


async def test_a_server_refuses_a_call_without_a_deadline(start_mesh):
    mesh = await start_mesh()
    async with grpc.aio.insecure_channel(mesh.server.target) as plain:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await StylizeServiceStub(plain).Describe(DescribeRequest())
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.aio.AioRpcError, match="expected a deadline"):
            await anext(aiter(StylizeServiceStub(plain).Stylize(StylizeRequest())))


async def test_the_time_left_is_known_to_the_servicer_behind(start_mesh):
    async def tell(request, context):
        return DescribeResponse(engine=str(remaining(context)))

    behind = await start_mesh(describe=tell)

    async def pass_on(request, context):
        await asyncio.sleep(0.2)
        return await behind.stub.Describe(request, timeout=remaining(context))

    front = await start_mesh(describe=pass_on)
    response = await front.stub.Describe(DescribeRequest(), timeout=3)
    assert 0 < float(response.engine) < 2.9


async def test_a_deadline_ends_the_work_and_the_call(start_mesh):
    ended = asyncio.Event()

    async def overlong(request, context):
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    mesh = await start_mesh(describe=overlong)
    with pytest.raises(TransientError) as raised:
        await mesh.stub.Describe(DescribeRequest(), timeout=0.1)
    assert raised.value.reason is ErrorReason.DEADLINE_EXCEEDED
    await asyncio.wait_for(ended.wait(), 1)


@pytest.mark.alone
async def test_a_deadline_reaches_through_two_hops(start_mesh):
    ended = asyncio.Event()

    async def overlong(request, context):
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    behind = await start_mesh(describe=overlong)

    async def pass_on(request, context):
        return await behind.stub.Describe(request, timeout=remaining(context))

    front = await start_mesh(describe=pass_on)
    started = time.monotonic()
    with pytest.raises(TransientError):
        await front.stub.Describe(DescribeRequest(), timeout=0.2)
    await asyncio.wait_for(ended.wait(), 1)
    assert time.monotonic() - started < 1


async def test_a_deadline_ends_a_stream_while_it_is_read(start_mesh):
    async def stalling(request, context):
        await asyncio.sleep(60)
        yield

    mesh = await start_mesh(stylize=stalling)
    with pytest.raises(TransientError) as raised:
        async for _ in mesh.stub.Stylize(StylizeRequest(), timeout=0.1):
            pass
    assert raised.value.reason is ErrorReason.DEADLINE_EXCEEDED


def test_no_time_left_is_zero_and_not_less():
    class Context:
        def time_remaining(self):
            return -0.5

    assert remaining(Context()) == 0
