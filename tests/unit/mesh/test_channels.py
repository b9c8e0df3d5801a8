"""The calling side: errors come back as they were raised, and giving up a call ends the work behind it."""

import asyncio
import gc

import grpc
import pytest

from articket.stylize.v1.stylize_pb2 import DescribeRequest, StylizeRequest
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh.channels import open_channel
from articket_mesh.errors import ErrorReason, PermanentError, TransientError
from articket_mesh.testing import free_port
from tests.unit.mesh.scripted import two_steps


class WatchedWork:
    """Steps without end that note when they were ended."""

    def __init__(self):
        self.ended = asyncio.Event()

    async def __call__(self, request, context):
        try:
            while True:
                async for step in two_steps(request, context):
                    yield step
                await asyncio.sleep(0.01)
        finally:
            self.ended.set()


async def test_a_servicers_error_comes_back_as_it_was_raised(start_mesh):
    async def refuse(request, context):
        raise PermanentError(ErrorReason.BAD_PICTURE, "photo: 사진이 아닙니다", metadata={"field": "photo"})

    mesh = await start_mesh(describe=refuse)
    with pytest.raises(PermanentError) as raised:
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    assert (raised.value.reason, raised.value.message) == (ErrorReason.BAD_PICTURE, "photo: 사진이 아닙니다")
    assert raised.value.metadata == {"field": "photo"}
    assert isinstance(raised.value.__cause__, grpc.aio.AioRpcError)


async def test_an_error_in_mid_stream_comes_after_what_was_sent(start_mesh):
    async def break_off(request, context):
        async for step in two_steps(request, context):
            yield step
        raise TransientError(ErrorReason.ENGINE_FAILED, "the brush broke", retry_after=2)

    mesh = await start_mesh(stylize=break_off)
    call = mesh.stub.Stylize(StylizeRequest(), timeout=5)
    assert [(await anext(call)).step.index for _ in range(2)] == [1, 2]
    with pytest.raises(TransientError) as raised:
        await anext(call)
    assert (raised.value.reason, raised.value.retry_after) == (ErrorReason.ENGINE_FAILED, 2)


async def test_an_error_passes_two_hops_unchanged(start_mesh):
    async def refuse(request, context):
        raise TransientError(ErrorReason.BUSY, "2 of 2 slots are taken", retry_after=0.5)

    behind = await start_mesh(describe=refuse)

    async def pass_on(request, context):
        return await behind.stub.Describe(request, timeout=5)

    front = await start_mesh(describe=pass_on)
    with pytest.raises(TransientError) as raised:
        await front.stub.Describe(DescribeRequest(), timeout=5)
    assert (raised.value.reason, raised.value.message) == (ErrorReason.BUSY, "2 of 2 slots are taken")
    assert raised.value.retry_after == 0.5


async def test_an_error_too_long_for_the_headers_keeps_its_reason(start_mesh):
    async def refuse(request, context):
        raise TransientError(ErrorReason.OUT_OF_MEMORY, "가" * 100_000, metadata={"needed": "9" * 100_000})

    mesh = await start_mesh(describe=refuse)
    with pytest.raises(TransientError) as raised:
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    assert raised.value.reason is ErrorReason.OUT_OF_MEMORY


async def test_nobody_there_is_unreachable_and_comes_at_once():
    async with open_channel(f"127.0.0.1:{free_port()}") as channel:
        call = channel.unary_unary("/any.Service/Method")(b"", timeout=5)
        with pytest.raises(TransientError) as raised:
            await asyncio.wait_for(call, 2)
    assert raised.value.reason is ErrorReason.UNREACHABLE


async def test_a_method_that_nobody_serves_is_not_worth_a_retry(start_mesh):
    mesh = await start_mesh()
    with pytest.raises(PermanentError, match="UNIMPLEMENTED"):
        await mesh.channel.unary_unary("/articket.stylize.v1.StylizeService/Sculpt")(b"", timeout=5)


async def test_a_stream_can_be_read_message_by_message(start_mesh):
    mesh = await start_mesh()
    call = mesh.stub.Stylize(StylizeRequest(), timeout=5)
    assert (await call.read()).step.index == 1
    assert (await call.read()).step.index == 2
    assert await call.read() is grpc.aio.EOF
    assert await call.code() is grpc.StatusCode.OK


async def test_cancelling_a_stream_ends_the_work(start_mesh):
    work = WatchedWork()
    mesh = await start_mesh(stylize=work)
    call = mesh.stub.Stylize(StylizeRequest(), timeout=30)
    await anext(call)
    assert call.cancel()
    await asyncio.wait_for(work.ended.wait(), 0.2)


async def test_cancelling_the_reader_ends_the_work(start_mesh):
    work = WatchedWork()
    mesh = await start_mesh(stylize=work)

    async def read():
        async for _ in mesh.stub.Stylize(StylizeRequest(), timeout=30):
            pass

    reader = asyncio.create_task(read())
    await asyncio.sleep(0.1)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await asyncio.wait_for(work.ended.wait(), 0.2)


async def test_leaving_the_loop_ends_the_work_without_the_garbage_collector(start_mesh):
    work = WatchedWork()
    mesh = await start_mesh(stylize=work)
    gc.disable()
    try:
        async for _ in mesh.stub.Stylize(StylizeRequest(), timeout=30):
            break
        await asyncio.wait_for(work.ended.wait(), 0.2)
    finally:
        gc.enable()


async def test_a_client_that_vanishes_ends_the_work(start_mesh):
    work = WatchedWork()
    mesh = await start_mesh(stylize=work)
    async with open_channel(mesh.server.target) as channel:
        await anext(StylizeServiceStub(channel).Stylize(StylizeRequest(), timeout=30))
    await asyncio.wait_for(work.ended.wait(), 0.2)


async def test_work_ends_while_a_slow_reader_holds_the_stream_up(start_mesh):
    """The servicer is then suspended in the middle of sending, not in its own code."""
    ended = asyncio.Event()

    async def flood(request, context):
        try:
            while True:
                async for step in two_steps(request, context):
                    step.step.preview = b"x" * 1_000_000
                    yield step
        finally:
            ended.set()

    mesh = await start_mesh(stylize=flood)
    call = mesh.stub.Stylize(StylizeRequest(), timeout=30)
    await anext(call)
    await asyncio.sleep(0.2)
    gc.disable()
    try:
        call.cancel()
        await asyncio.wait_for(ended.wait(), 0.2)
    finally:
        gc.enable()


async def test_cancelling_an_answer_ends_the_work_in_both_hops(start_mesh):
    ended = asyncio.Event()

    async def overlong(request, context):
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    behind = await start_mesh(describe=overlong)

    async def pass_on(request, context):
        return await behind.stub.Describe(request, timeout=30)

    front = await start_mesh(describe=pass_on)
    call = asyncio.ensure_future(front.stub.Describe(DescribeRequest(), timeout=30))
    await asyncio.sleep(0.1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(ended.wait(), 0.5)


async def test_a_cancelled_call_is_cancelled_and_no_error(start_mesh):
    mesh = await start_mesh()
    call = mesh.stub.Describe(DescribeRequest(), timeout=30)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert call.cancelled()


async def test_methods_that_take_a_stream_are_refused(start_mesh):
    mesh = await start_mesh()
    with pytest.raises(NotImplementedError, match="unary and server-streaming"):
        mesh.channel.stream_stream("/any.Service/Method")


async def test_a_proxy_of_the_environment_is_not_used(start_mesh, monkeypatch):
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    mesh = await start_mesh()
    assert (await mesh.stub.Describe(DescribeRequest(), timeout=5)).engine == "scripted"
