"""The request id goes through every hop and into every log line; a hostile one goes nowhere."""

import logging
import re

import grpc
import pytest

from articket.stylize.v1.stylize_pb2 import DescribeRequest, DescribeResponse
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh.deadlines import remaining
from articket_mesh.request_ids import REQUEST_ID_KEY, accepted_request_id, request_id

GENERATED = re.compile(r"[0-9a-f]{16}")


@pytest.mark.parametrize("found", ["a", "4f1c", "visit-1/paint:vangogh", "A" * 128])
def test_a_plain_id_is_taken_over(found):
    assert accepted_request_id(found) == found


@pytest.mark.parametrize(
    "found", [None, "", "A" * 129, "two words", "line\nbreak", "trailing\n", "<script>", "‮", '"', b"bytes", "/etc", "가"]
)
def test_anything_else_is_replaced(found):
    assert GENERATED.fullmatch(accepted_request_id(found))


async def id_seen(request, context):
    return DescribeResponse(engine=request_id.get())


async def test_an_id_passes_two_hops(start_mesh):
    behind = await start_mesh(describe=id_seen)

    async def pass_on(request, context):
        return await behind.stub.Describe(request, timeout=remaining(context))

    front = await start_mesh(describe=pass_on)
    response = await front.stub.Describe(DescribeRequest(), timeout=5, metadata=[(REQUEST_ID_KEY, "visit-7/caption")])
    assert response.engine == "visit-7/caption"


async def test_the_callers_own_id_is_sent_without_being_asked(start_mesh):
    mesh = await start_mesh(describe=id_seen)
    token = request_id.set("visit-8")
    try:
        assert (await mesh.stub.Describe(DescribeRequest(), timeout=5)).engine == "visit-8"
    finally:
        request_id.reset(token)


async def test_a_call_without_an_id_gets_one(start_mesh):
    mesh = await start_mesh(describe=id_seen)
    async with grpc.aio.insecure_channel(mesh.server.target) as plain:
        response = await StylizeServiceStub(plain).Describe(DescribeRequest(), timeout=5)
    assert GENERATED.fullmatch(response.engine)


async def test_a_hostile_id_is_replaced_on_arrival(start_mesh):
    mesh = await start_mesh(describe=id_seen)
    async with grpc.aio.insecure_channel(mesh.server.target) as plain:
        stub = StylizeServiceStub(plain)
        response = await stub.Describe(DescribeRequest(), timeout=5, metadata=[(REQUEST_ID_KEY, "x [admin] logged in")])
    assert GENERATED.fullmatch(response.engine)


async def test_two_calls_at_once_keep_their_ids_apart(start_mesh):
    import asyncio

    async def slow_id(request, context):
        await asyncio.sleep(0.02)
        return DescribeResponse(engine=request_id.get())

    mesh = await start_mesh(describe=slow_id)
    calls = [mesh.stub.Describe(DescribeRequest(), timeout=5, metadata=[(REQUEST_ID_KEY, f"v{i}")]) for i in range(20)]
    assert [(await call).engine for call in calls] == [f"v{i}" for i in range(20)]


async def test_the_id_is_known_while_a_servicer_logs(start_mesh, caplog):
    seen = []

    class Noting(logging.Handler):
        def emit(self, record):
            seen.append((record.getMessage(), request_id.get()))

    async def logging_answer(request, context):
        logging.getLogger("a.service").warning("painting")
        return DescribeResponse()

    handler = Noting()
    logging.getLogger("a.service").addHandler(handler)
    mesh = await start_mesh(describe=logging_answer)
    await mesh.stub.Describe(DescribeRequest(), timeout=5, metadata=[(REQUEST_ID_KEY, "visit-9")])
    logging.getLogger("a.service").removeHandler(handler)
    assert seen == [("painting", "visit-9")]
