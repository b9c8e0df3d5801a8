"""The answering side: whatever a servicer does, the caller gets a status, and no more than it may know."""

import asyncio
import logging

import grpc
import pytest
from grpc_status import rpc_status

from articket.stylize.v1.stylize_pb2 import DescribeRequest, DescribeResponse, StylizeRequest
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh.errors import ErrorReason, MeshError, PermanentError, TransientError

CALLS = "articket_mesh.interceptors"


async def test_an_unexpected_fault_tells_the_caller_only_where_to_look(start_mesh, caplog):
    async def stumble(request, context):
        raise ZeroDivisionError("password is hunter2")

    mesh = await start_mesh(describe=stumble)
    with pytest.raises(TransientError) as raised:
        await mesh.stub.Describe(DescribeRequest(), timeout=5, metadata=[("x-request-id", "visit-3")])
    assert raised.value.reason is ErrorReason.INTERNAL
    assert raised.value.message == "unexpected fault; the service's log has it under request id visit-3"
    (record,) = [record for record in caplog.records if record.name == CALLS]
    assert record.levelno == logging.ERROR
    assert record.exc_info[0] is ZeroDivisionError


async def test_any_grpc_client_finds_the_reason_in_the_standard_place(start_mesh):
    async def refuse(request, context):
        raise PermanentError(ErrorReason.BAD_PICTURE, "photo: broken", metadata={"field": "photo"})

    mesh = await start_mesh(describe=refuse)
    async with grpc.aio.insecure_channel(mesh.server.target) as plain:
        call = StylizeServiceStub(plain).Describe(DescribeRequest(), timeout=5)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call
        status = await rpc_status.aio.from_call(call)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert status.details[0].type_url == "type.googleapis.com/google.rpc.ErrorInfo"
    assert b"BAD_PICTURE" in status.details[0].value
    assert b"articket" in status.details[0].value


async def test_a_servicer_may_set_a_status_itself(start_mesh, caplog):
    caplog.set_level(logging.INFO, CALLS)

    async def abort(request, context):
        await context.abort(grpc.StatusCode.ALREADY_EXISTS, "twice")

    mesh = await start_mesh(describe=abort)
    with pytest.raises(PermanentError, match="ALREADY_EXISTS: twice"):
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    assert "ALREADY_EXISTS" in caplog.text


async def test_a_cancellation_reaches_the_servicer_and_is_no_fault(start_mesh, caplog):
    caplog.set_level(logging.INFO, CALLS)
    felt = []

    async def overlong(request, context):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as error:
            felt.append(type(error))
            raise

    mesh = await start_mesh(describe=overlong)
    call = mesh.stub.Describe(DescribeRequest(), timeout=30)
    await asyncio.sleep(0.1)
    call.cancel()
    await asyncio.sleep(0.1)
    assert felt == [asyncio.CancelledError]
    (record,) = [record for record in caplog.records if record.name == CALLS]
    assert (record.levelno, "CANCELLED" in record.getMessage()) == (logging.INFO, True)


# gRPC sends 0.1 s as it is and rounds 1.231 s up to 1.24 s: then the caller hangs up before the server's own clock has run out.
@pytest.mark.parametrize("timeout", [0.1, 1.231])
async def test_a_passed_deadline_is_logged_as_such(start_mesh, caplog, timeout):
    async def overlong(request, context):
        await asyncio.sleep(60)

    mesh = await start_mesh(describe=overlong)
    with pytest.raises(MeshError):
        await mesh.stub.Describe(DescribeRequest(), timeout=timeout)
    await asyncio.sleep(0.05)
    assert "Describe DEADLINE_EXCEEDED DEADLINE_EXCEEDED" in caplog.text


async def test_an_error_before_the_first_message_of_a_stream_is_a_status(start_mesh):
    async def refuse(request, context):
        raise TransientError(ErrorReason.BUSY, "2 of 2 slots are taken")
        yield

    mesh = await start_mesh(stylize=refuse)
    with pytest.raises(TransientError) as raised:
        await anext(mesh.stub.Stylize(StylizeRequest(), timeout=5))
    assert raised.value.reason is ErrorReason.BUSY


async def test_one_failing_call_leaves_the_others_alone(start_mesh):
    async def odd_ones_fail(request, context):
        await asyncio.sleep(0.01)
        if int(dict(context.invocation_metadata())["number"]) % 2:
            raise TransientError(ErrorReason.ENGINE_FAILED, "odd")
        return DescribeResponse(engine="even")

    mesh = await start_mesh(describe=odd_ones_fail)
    calls = [mesh.stub.Describe(DescribeRequest(), timeout=5, metadata=[("number", str(i))]) for i in range(20)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(result, TransientError) for result in results] == [bool(i % 2) for i in range(20)]


async def test_a_busy_service_is_no_cause_for_a_warning(start_mesh, caplog):
    caplog.set_level(logging.INFO, CALLS)

    async def refuse(request, context):
        raise TransientError(ErrorReason.BUSY, "2 of 2 slots are taken")

    mesh = await start_mesh(describe=refuse)
    with pytest.raises(TransientError):
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    (record,) = [record for record in caplog.records if record.name == CALLS]
    assert record.levelno == logging.INFO
