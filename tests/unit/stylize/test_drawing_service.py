"""The rpc Draw over real gRPC: what it asks of the engine, what it refuses, and that a drawing takes a slot like a painting."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from prometheus_client import REGISTRY

from articket.stylize.v1 import stylize_pb2
from articket_mesh.errors import ErrorReason, MeshError, PermanentError, TransientError
from articket_stylize.engines import DrawJob
from tests.support.stylize import until


async def refusal_of(call: Any) -> MeshError:
    """The error that a call ends with."""
    with pytest.raises(MeshError) as failure:
        await call
    return failure.value


def counted(outcome: str, artist: str = "") -> float:
    """How many drawings have ended so."""
    labels = {"artist": artist, "engine": "held", "outcome": outcome}
    return REGISTRY.get_sample_value("articket_stylize_drawings_total", labels) or 0.0


async def test_the_stream_is_queued_then_steps_then_the_drawing(stylize: Any):
    stylize.engine.let_go.set()
    responses = await stylize.draw(seed=2**64 - 1)
    assert [response.WhichOneof("event") for response in responses] == ["queued", "step", "step", "drawing"]
    assert [(r.step.index, r.step.count, r.step.label) for r in responses[1:3]] == [(1, 2, "ground"), (2, 2, "strokes")]
    assert responses[-1].drawing == stylize_pb2.Drawing(
        picture=b"drawing 1", width=512, height=768, engine="held", seed=2**64 - 1, engine_seconds=1.5
    )


async def test_the_engine_is_asked_for_what_the_caller_wants(stylize: Any):
    stylize.engine.let_go.set()
    await stylize.draw()
    await stylize.draw(artist_id="dabbler", preview_px=64)
    assert stylize.engine.jobs == [
        DrawJob("a cat on the moon", None, 7, 512, 768),
        DrawJob("a cat on the moon", stylize.artists["dabbler"], 7, 512, 768, 64),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prompt": ""}, "prompt: expected 1 to 400 characters, found 0 characters"),
        ({"prompt": "c" * 401}, "prompt: expected 1 to 400 characters, found 401 characters"),
        (
            {"prompt": "a cat\nSteps: 1"},
            "prompt: expected no control characters and no line breaks, found U+000A as character 6",
        ),
        ({"prompt": "\0"}, "found U+0000 as character 1"),
        ({"prompt": "a\u2028b"}, "found U+2028 as character 2"),
        ({"prompt": "a\x7fb"}, "found U+007F as character 2"),
        ({"prompt": "   "}, "prompt: expected words, found nothing but blanks and markup"),
        ({"prompt": "<lora:x:9> (()) \u3000"}, "prompt: expected words, found nothing but blanks and markup"),
        ({"width": 255}, "width: expected 256 to 1280, found 255"),
        ({"width": 0}, "width: expected 256 to 1280, found 0"),
        ({"width": 1281}, "width: expected 256 to 1280, found 1281"),
        ({"height": -512}, "height: expected 256 to 1280, found -512"),
        ({"height": 1281}, "height: expected 256 to 1280, found 1281"),
        ({"preview_px": 63}, "preview_px: expected 64 to 640, or 0 for none, found 63"),
        ({"preview_px": 641}, "preview_px: expected 64 to 640, or 0 for none, found 641"),
        ({"idempotency_key": "k" * 129}, "idempotency_key: expected at most 128 characters, found 129 characters"),
    ],
    ids=lambda value: "",
)
async def test_a_wrong_request_is_refused_before_the_engine_hears_of_it(stylize: Any, changes: dict[str, object], words: str):
    refusal = await refusal_of(stylize.draw(**changes))
    assert (refusal.reason, isinstance(refusal, PermanentError)) == (ErrorReason.INVALID_REQUEST, True)
    assert words in refusal.message
    assert refusal.metadata["field"] == next(iter(changes))
    assert not stylize.engine.jobs


@pytest.mark.parametrize("prompt", ["c", "가" * 400, 'ein Füßchen, 🎨 & 100 % *art*: a "cat"'])
async def test_words_of_any_language_are_drawn(stylize: Any, prompt: str):
    stylize.engine.let_go.set()
    assert (await stylize.draw(prompt=prompt))[-1].HasField("drawing")
    assert stylize.engine.jobs[0].prompt == prompt


async def test_an_artist_that_is_not_served_is_told(stylize: Any):
    assert (await refusal_of(stylize.draw(artist_id="nobody"))).reason == ErrorReason.UNKNOWN_ARTIST


async def test_an_engine_that_needs_a_photo_refuses_for_good(stylize: Any):
    stylize.engine.can_draw = False
    refusal = await refusal_of(stylize.draw())
    assert isinstance(refusal, PermanentError)
    assert refusal.reason == ErrorReason.INVALID_REQUEST
    assert "expected one that draws from words, found one that needs a photo" in refusal.message
    assert (await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)).running == 0


async def test_a_call_without_a_deadline_is_refused(stylize: Any):
    with pytest.raises(PermanentError) as failure:
        _ = [response async for response in stylize.stub.Draw(stylize.draw_request())]
    assert failure.value.reason == ErrorReason.DEADLINE_MISSING


async def test_drawings_and_paintings_share_the_slots(stylize: Any):
    running = [asyncio.create_task(stylize.draw()), asyncio.create_task(stylize.paint())]
    await until(lambda: len(stylize.engine.jobs) == 2)
    began = time.perf_counter()
    refusals = [await refusal_of(call) for call in (stylize.draw(seed=9), stylize.paint(seed=9))]
    assert time.perf_counter() - began < 0.5
    assert [refusal.reason for refusal in refusals] == [ErrorReason.BUSY] * 2
    assert all(isinstance(refusal, TransientError) and refusal.retry_after for refusal in refusals)
    stylize.engine.let_go.set()
    await asyncio.gather(*running)


async def test_a_cancelled_call_stops_the_engine_in_time_and_is_counted(stylize: Any):
    before = counted("cancelled")
    call = stylize.stub.Draw(stylize.draw_request(), timeout=5.0)
    await until(lambda: stylize.engine.jobs)
    call.cancel()
    await until(lambda: stylize.engine.stopped == 1, seconds=0.2)
    await until(lambda: counted("cancelled") == before + 1)
    assert (await stylize.stub.Describe(stylize_pb2.DescribeRequest(), timeout=1.0)).running == 0


async def test_endings_are_counted_by_artist_and_outcome_and_not_as_paintings(stylize: Any):
    paintings = {"artist": "dabbler", "engine": "held", "outcome": "done"}
    before = counted("done", "dabbler"), REGISTRY.get_sample_value("articket_stylize_paintings_total", paintings)
    stylize.engine.let_go.set()
    await stylize.draw(artist_id="dabbler")
    assert counted("done", "dabbler") == before[0] + 1
    assert REGISTRY.get_sample_value("articket_stylize_paintings_total", paintings) == before[1]


async def test_the_engines_error_reaches_the_caller(stylize: Any):
    stylize.engine.failure = TransientError(ErrorReason.OUT_OF_MEMORY, "held: no", metadata={"long_side_px": "768"})
    stylize.engine.let_go.set()
    refusal = await refusal_of(stylize.draw())
    assert (refusal.reason, refusal.metadata["long_side_px"]) == (ErrorReason.OUT_OF_MEMORY, "768")


async def test_a_repeated_call_joins_the_drawing_that_is_running(stylize: Any):
    calls = [asyncio.create_task(stylize.draw(idempotency_key="entry/1")) for _ in range(3)]
    await until(lambda: stylize.engine.jobs)
    await asyncio.sleep(0.05)
    stylize.engine.let_go.set()
    streams = await asyncio.gather(*calls)
    assert len(stylize.engine.jobs) == 1
    assert all(stream == streams[0] for stream in streams)


@pytest.mark.parametrize(
    "changes", [{"prompt": "a dog"}, {"seed": 8}, {"width": 520}, {"height": 520}, {"artist_id": "dabbler"}], ids=str
)
async def test_a_key_that_is_used_for_something_else_is_another_drawing(stylize: Any, changes: dict[str, object]):
    stylize.engine.let_go.set()
    await stylize.draw(idempotency_key="entry/1")
    await stylize.draw(idempotency_key="entry/1", **changes)
    await stylize.paint(idempotency_key="entry/1")
    assert len(stylize.engine.jobs) == 3
