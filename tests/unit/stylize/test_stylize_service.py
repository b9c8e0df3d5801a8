"""StylizeService over real gRPC: the stream, the refusals, the slots, the repeated calls, the cancelled ones."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import pytest

from articket.stylize.v1 import stylize_pb2
from articket_mesh.errors import ErrorReason, MeshError, PermanentError, TransientError
from tests.support.stylize import a_photo, an_artist, until


async def reason_of(call: Any) -> ErrorReason:
    """The reason that a call fails with."""
    with pytest.raises(MeshError) as failure:
        await call
    return failure.value.reason


def png_of(width: int, height: int) -> bytes:
    """The beginning of a PNG of that size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack("!I4sII", 13, b"IHDR", width, height) + b"\x08\x02\x00\x00\x00"


async def test_the_stream_is_queued_then_steps_then_the_painting(stylize: Any):
    stylize.engine.let_go.set()
    responses = await stylize.paint()
    assert [response.WhichOneof("event") for response in responses] == ["queued", "step", "step", "painting"]
    assert [(r.step.index, r.step.count, r.step.label) for r in responses[1:3]] == [(1, 2, "ground"), (2, 2, "strokes")]


async def test_the_painting_tells_what_made_it(stylize: Any):
    stylize.engine.let_go.set()
    painting = (await stylize.paint(seed=2**64 - 1))[-1].painting
    assert painting == stylize_pb2.Painting(
        picture=b"painting 1",
        width=96,
        height=64,
        focus=stylize_pb2.FocalPoint(x=0.25, y=0.75),
        engine="held",
        seed=2**64 - 1,
        engine_seconds=1.5,
        attempts=1,
        artist_digest="digest of dabbler",
    )


async def test_steps_arrive_while_the_painting_is_made(stylize: Any):
    call = stylize.stub.Stylize(stylize.request(preview_px=64), timeout=5.0)
    responses = [await anext(call_iterator := aiter(call)), await anext(call_iterator)]
    assert responses[1].step.preview == b"preview"
    call.cancel()


async def test_describe_tells_slots_and_artists(stylize: Any):
    description = await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)
    assert (description.engine, description.slots, description.running) == ("held", 2, 0)
    assert [(artist.artist_id, artist.digest) for artist in description.artists] == [
        ("dabbler", "digest of dabbler"),
        ("scribbler", "digest of scribbler"),
    ]


async def test_describe_tells_who_is_loaded_and_whether_it_draws(stylize: Any):
    stylize.engine.loaded = {"scribbler"}
    description = await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)
    assert [artist.is_loaded for artist in description.artists] == [False, True]
    assert description.can_draw
    stylize.engine.can_draw = False
    assert not (await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)).can_draw


@pytest.mark.parametrize("px", [0, 256, 1280])
async def test_the_engine_is_told_how_large_it_may_work(stylize: Any, px: int):
    stylize.engine.let_go.set()
    await stylize.paint(long_side_px=px)
    assert stylize.engine.jobs[0].long_side_px == px


async def test_an_artist_that_comes_while_the_service_runs_is_served(stylize: Any):
    assert await reason_of(stylize.paint(artist_id="late")) == ErrorReason.UNKNOWN_ARTIST
    stylize.artists["late"] = an_artist("late")
    stylize.engine.let_go.set()
    assert (await stylize.paint(artist_id="late"))[-1].painting.artist_digest == "digest of late"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"artist_id": "nobody"}, ErrorReason.UNKNOWN_ARTIST),
        ({"artist_id": ""}, ErrorReason.UNKNOWN_ARTIST),
        ({"idempotency_key": "k" * 129}, ErrorReason.INVALID_REQUEST),
        ({"caption": "c" * 401}, ErrorReason.INVALID_REQUEST),
        ({"preview_px": 63}, ErrorReason.INVALID_REQUEST),
        ({"preview_px": 641}, ErrorReason.INVALID_REQUEST),
        ({"preview_px": -1}, ErrorReason.INVALID_REQUEST),
        ({"long_side_px": 255}, ErrorReason.INVALID_REQUEST),
        ({"long_side_px": 1281}, ErrorReason.INVALID_REQUEST),
        ({"long_side_px": -1}, ErrorReason.INVALID_REQUEST),
        ({"photo": b""}, ErrorReason.BAD_PICTURE),
        ({"photo": b"GIF89a" + bytes(100)}, ErrorReason.BAD_PICTURE),
        ({"photo": a_photo(63, 200)}, ErrorReason.BAD_PICTURE),
        ({"photo": png_of(1281, 64)}, ErrorReason.BAD_PICTURE),
        ({"photo": png_of(65535, 65535)}, ErrorReason.BAD_PICTURE),
        ({"photo": a_photo() + bytes(8 * 1024 * 1024)}, ErrorReason.BAD_PICTURE),
    ],
    ids=lambda value: "",
)
async def test_a_wrong_request_is_refused_before_the_engine_hears_of_it(
    stylize: Any, changes: dict[str, object], reason: ErrorReason
):
    assert await reason_of(stylize.paint(**changes)) == reason
    assert not stylize.engine.jobs


async def test_a_call_without_a_deadline_is_refused(stylize: Any):
    with pytest.raises(PermanentError) as failure:
        _ = [response async for response in stylize.stub.Stylize(stylize.request())]
    assert failure.value.reason == ErrorReason.DEADLINE_MISSING


async def test_a_pod_whose_slots_are_taken_says_busy_at_once(stylize: Any):
    running = [asyncio.create_task(stylize.paint(seed=seed)) for seed in (1, 2)]
    await until(lambda: len(stylize.engine.jobs) == 2)
    with pytest.raises(TransientError) as failure:
        await stylize.paint(seed=3)
    assert failure.value.reason == ErrorReason.BUSY
    assert failure.value.retry_after == pytest.approx(0.5)
    assert (await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)).running == 2
    stylize.engine.let_go.set()
    await asyncio.gather(*running)


async def test_a_finished_painting_frees_its_slot(stylize: Any):
    stylize.engine.let_go.set()
    for seed in range(5):
        await stylize.paint(seed=seed)
    assert (await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)).running == 0


async def test_a_cancelled_call_stops_the_engine_and_frees_its_slot(stylize: Any):
    call = stylize.stub.Stylize(stylize.request(), timeout=5.0)
    await until(lambda: stylize.engine.jobs)
    call.cancel()
    await until(lambda: stylize.engine.stopped == 1)
    assert (await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)).running == 0


async def test_a_call_that_runs_out_of_time_stops_the_engine(stylize: Any):
    with pytest.raises(TransientError) as failure:
        _ = [response async for response in stylize.stub.Stylize(stylize.request(), timeout=0.2)]
    assert failure.value.reason == ErrorReason.DEADLINE_EXCEEDED
    await until(lambda: stylize.engine.stopped == 1)


async def test_the_engines_error_reaches_the_caller(stylize: Any):
    stylize.engine.failure = TransientError(ErrorReason.OUT_OF_MEMORY, "engine held: it did not fit")
    stylize.engine.let_go.set()
    assert await reason_of(stylize.paint()) == ErrorReason.OUT_OF_MEMORY


async def test_a_repeated_call_joins_the_painting_that_is_running(stylize: Any):
    calls = [asyncio.create_task(stylize.paint(idempotency_key="visit/dabbler")) for _ in range(5)]
    await until(lambda: stylize.engine.jobs)
    await asyncio.sleep(0.05)
    stylize.engine.let_go.set()
    streams = await asyncio.gather(*calls)
    assert len(stylize.engine.jobs) == 1
    assert all(stream == streams[0] for stream in streams)


async def test_a_repeated_call_gets_the_painting_that_has_just_been_finished(stylize: Any):
    stylize.engine.let_go.set()
    first, second = [await stylize.paint(idempotency_key="visit/dabbler") for _ in range(2)]
    assert second == first
    assert len(stylize.engine.jobs) == 1


@pytest.mark.parametrize(
    "changes",
    [{"seed": 8}, {"caption": "a cat"}, {"artist_id": "scribbler"}, {"photo": a_photo(shade=9)}, {"long_side_px": 512}],
    ids=str,
)
async def test_a_key_that_is_used_for_something_else_is_another_painting(stylize: Any, changes: dict[str, object]):
    stylize.engine.let_go.set()
    await stylize.paint(idempotency_key="visit/dabbler")
    await stylize.paint(idempotency_key="visit/dabbler", **changes)
    assert len(stylize.engine.jobs) == 2


async def test_calls_without_a_key_are_paintings_of_their_own(stylize: Any):
    stylize.engine.let_go.set()
    await asyncio.gather(stylize.paint(), stylize.paint())
    assert len(stylize.engine.jobs) == 2


async def test_a_failed_painting_is_tried_again_under_the_same_key(stylize: Any):
    stylize.engine.let_go.set()
    stylize.engine.failure = TransientError(ErrorReason.ENGINE_FAILED, "engine held: no")
    assert await reason_of(stylize.paint(idempotency_key="visit/dabbler")) == ErrorReason.ENGINE_FAILED
    stylize.engine.failure = None
    assert (await stylize.paint(idempotency_key="visit/dabbler"))[-1].painting.picture == b"painting 2"


async def test_the_painting_goes_on_when_only_one_of_its_two_callers_leaves(stylize: Any):
    leaving = stylize.stub.Stylize(stylize.request(idempotency_key="visit/dabbler"), timeout=5.0)
    staying = asyncio.create_task(stylize.paint(idempotency_key="visit/dabbler"))
    await until(lambda: stylize.engine.jobs)
    await asyncio.sleep(0.05)
    leaving.cancel()
    await asyncio.sleep(0.05)
    stylize.engine.let_go.set()
    assert (await staying)[-1].painting.picture == b"painting 1"
    assert stylize.engine.stopped == 0


async def test_a_call_after_a_cancelled_one_with_its_key_paints_anew(stylize: Any):
    call = stylize.stub.Stylize(stylize.request(idempotency_key="visit/dabbler"), timeout=5.0)
    await until(lambda: stylize.engine.jobs)
    call.cancel()
    again = asyncio.create_task(stylize.paint(idempotency_key="visit/dabbler"))
    await until(lambda: len(stylize.engine.jobs) == 2)
    stylize.engine.let_go.set()
    assert (await again)[-1].painting.picture == b"painting 2"


async def test_finished_paintings_are_kept_in_small_number(stylize: Any):
    stylize.engine.let_go.set()
    for key in range(12):
        await stylize.paint(idempotency_key=f"visit {key}/dabbler")
    await stylize.paint(idempotency_key="visit 11/dabbler")
    assert len(stylize.engine.jobs) == 12
    await stylize.paint(idempotency_key="visit 0/dabbler")
    assert len(stylize.engine.jobs) == 13
