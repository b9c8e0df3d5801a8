"""The http engine against a real server: the shapes, what is believed, and every way in which an endpoint lets us down."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from articket_caption.engines.embedded import EmbeddedEngine
from articket_caption.engines.http import SHAPES, HttpConfig, HttpEngine, Shape
from articket_caption.engines.http.wire import MOST_ANSWER_BYTES, point
from articket_caption.errors import MisconfiguredError
from articket_mesh.errors import ErrorReason, MeshError, TransientError
from articket_mesh.testing import free_port
from tests.support.caption import photo, plain
from tests.support.caption_endpoint import Answer, CaptionEndpoint

PHOTO = plain(40, 120, 200, extension=".jpg")


@pytest.fixture(scope="module")
def _running() -> Iterator[CaptionEndpoint]:
    with CaptionEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(_running: CaptionEndpoint) -> CaptionEndpoint:
    """The shared server, as new."""
    _running.answer, _running.asked = Answer(), []
    return _running


@asynccontextmanager
async def an_engine(url: str, shape: Shape = SHAPES["plain"], **config: object) -> AsyncIterator[HttpEngine]:
    engine = HttpEngine(HttpConfig(url, shape, **config))
    yield engine
    await engine.close()


async def prompt_of(endpoint: CaptionEndpoint, shape: str | Shape = "plain", answer: Answer | None = None) -> str:
    endpoint.answer = answer or endpoint.answer
    shape = SHAPES[shape] if isinstance(shape, str) else shape
    async with an_engine(endpoint.url(), shape) as engine:
        return (await engine.describe(PHOTO)).prompt


async def failure_of(endpoint: CaptionEndpoint, answer: Answer, **config: object) -> TransientError:
    endpoint.answer = answer
    async with an_engine(endpoint.url("/secret-path?key=secret-key"), **config) as engine:
        with pytest.raises(TransientError) as failure:
            await engine.describe(PHOTO)
    assert "secret" not in str(failure.value)
    return failure.value


# -- shapes --------------------------------------------------------------------------------------------------------------------


async def test_plain_posts_a_form_with_the_photo_as_a_file(endpoint: CaptionEndpoint):
    assert await prompt_of(endpoint) == "a woman holding a cup of coffee"
    (asked,) = endpoint.asked
    assert (asked.method, asked.path) == ("POST", "/caption")
    assert asked.form() == {"photo": PHOTO}
    assert b'filename="photo.jpeg"\r\nContent-Type: image/jpeg' in asked.body


async def test_huggingface_posts_the_photo_itself(endpoint: CaptionEndpoint):
    answer = Answer.of([{"generated_text": "a man riding a horse"}])
    assert await prompt_of(endpoint, "huggingface", answer) == "a man riding a horse"
    (asked,) = endpoint.asked
    assert (asked.headers["Content-Type"], asked.body) == ("image/jpeg", PHOTO)


async def test_webui_is_asked_as_interrogate_wants_it(endpoint: CaptionEndpoint):
    said = "a woman smiling in a park, by Rembrandt, trending on artstation, (bokeh:1.3)"
    assert await prompt_of(endpoint, "webui", Answer.of({"caption": said})) == "a woman smiling in a park"
    (asked,) = endpoint.asked
    body = json.loads(asked.body)
    assert (asked.headers["Content-Type"], set(body), body["model"]) == ("application/json", {"image", "model"}, "clip")
    assert base64.b64decode(body["image"], validate=True) == PHOTO


async def test_any_part_of_a_shape_can_be_another(endpoint: CaptionEndpoint):
    shape = Shape(send="multipart", photo_field="file", more={"beams": 3, "fast": True, "task": "cap"}, answer="/data/1/text")
    answer = Answer.of({"data": [None, {"text": "a small dog"}]})
    assert await prompt_of(endpoint, shape, answer) == "a small dog"
    assert endpoint.asked[0].form() == {"file": PHOTO, "beams": b"3", "fast": b"true", "task": b"cap"}


@pytest.mark.parametrize(("extension", "media_type"), [(".png", "image/png"), (".webp", "image/webp"), (".jpg", "image/jpeg")])
async def test_the_photos_own_type_is_told(endpoint: CaptionEndpoint, extension: str, media_type: str):
    endpoint.answer = Answer.of([{"generated_text": "a blue wall"}])
    async with an_engine(endpoint.url(), SHAPES["huggingface"]) as engine:
        await engine.describe(plain(200, 30, 30, extension=extension))
    assert endpoint.asked[0].headers["Content-Type"] == media_type


@pytest.mark.parametrize(
    ("said", "pointer", "found"),
    [
        ({"a": [1, "x"]}, "/a/1", "x"),
        ("x", "", "x"),
        ({"a/b": {"~": "x"}}, "/a~1b/~0", "x"),
        ({"a": "x"}, "/b", None),
        (["x"], "/1", None),
        (["x"], "/-1", None),
        (["x"], "/01", None),
        (["x"], "/" + "9" * 400, None),
        ("x", "/0", None),
        ({"": "x"}, "/", "x"),
    ],
)
def test_a_pointer_leads_where_the_standard_says(said: object, pointer: str, found: object):
    assert point(said, pointer) == found


async def test_what_is_printed_is_what_is_seen_whatever_the_endpoint_says(endpoint: CaptionEndpoint):
    endpoint.answer = Answer.of({"caption": "twelve dogs and a cat"})
    embedded = EmbeddedEngine()
    seen = await embedded.describe(photo("portrait-woman-laughing"))
    async with an_engine(endpoint.url()) as engine:
        said = await engine.describe(photo("portrait-woman-laughing"))
    assert said.prompt == "twelve dogs and a cat"
    assert (said.text_en, said.text_ko, said.subjects, said.face_count) == (
        seen.text_en,
        seen.text_ko,
        seen.subjects,
        seen.face_count,
    )
    await embedded.close()


# -- who asks ------------------------------------------------------------------------------------------------------------------


async def test_a_token_or_a_user_is_told(endpoint: CaptionEndpoint):
    async with an_engine(endpoint.url(), token="t0ken") as engine:
        await engine.describe(PHOTO)
    async with an_engine(endpoint.url(), user="booth", password="pässword") as engine:
        await engine.describe(PHOTO)
    assert [asked.headers["Authorization"] for asked in endpoint.asked] == [
        "Bearer t0ken",
        "Basic " + base64.b64encode("booth:pässword".encode()).decode(),
    ]


async def test_nothing_is_told_unasked(endpoint: CaptionEndpoint, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    await prompt_of(endpoint)
    assert endpoint.asked[0].headers["Authorization"] is None


async def test_neither_photo_nor_caption_nor_address_nor_password_is_logged(
    endpoint: CaptionEndpoint, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        async with an_engine(endpoint.url("/secret-path?key=secret-key"), token="secret-token") as engine:
            await engine.start()
            await engine.describe(PHOTO)
            endpoint.answer = Answer.of({"detail": "secret-caption"}, 500)
            await engine.start()
    assert "500" in caplog.text
    assert not [word for word in ("secret", "coffee", str(endpoint.port)) if word in caplog.text]


# -- what is not believed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Answer.of({"caption": ""}),
        Answer.of({"caption": "<error>"}),
        Answer.of({"caption": "!!! ???"}),
        Answer.of({"caption": "한 사람"}),
        Answer.of({"caption": None}),
        Answer.of({"caption": 7}),
        Answer.of({"caption": ["a man"]}),
        Answer.of({"caption": "a man " * 1000}),
        Answer.of({"text": "a man"}),
        Answer.of(["a man"]),
        Answer.of("a man"),
        Answer(b""),
        Answer(b"{"),
        Answer(b"\xff\xfe"),
        Answer(b"[" * 50_000),
        Answer(b'{"caption": "a man"}', headers={"Content-Type": "text/html"}),
        Answer(b'{"caption": "a man"}', headers={}),
        Answer(b'{"caption": "a man"' + b" " * MOST_ANSWER_BYTES + b"}"),
        Answer.of({"caption": "a man"}, Content_Encoding="gzip"),
        Answer.of({"caption": "a man"}, 202),
        Answer(b"", 204),
    ],
)
async def test_an_answer_that_is_none_is_a_failure(endpoint: CaptionEndpoint, answer: Answer):
    failure = await failure_of(endpoint, answer)
    assert failure.reason == ErrorReason.ENGINE_FAILED
    assert "man" not in failure.message.replace("many", "")


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8", "application/vnd.caption+json"])
async def test_json_goes_by_several_names(endpoint: CaptionEndpoint, media_type: str):
    answer = Answer(b'{"caption": "a man"}', headers={"Content-Type": media_type})
    assert await prompt_of(endpoint, answer=answer) == "a man"


async def test_what_the_endpoint_says_is_cleaned(endpoint: CaptionEndpoint):
    said = "A man <lora:x:9> (smiling:1.9), see https://evil.example\nBREAK {now|then}"
    assert await prompt_of(endpoint, answer=Answer.of({"caption": said})) == "a man smiling, see"


async def test_an_endless_answer_is_not_read_to_its_end(endpoint: CaptionEndpoint):
    began = time.monotonic()
    failure = await failure_of(endpoint, Answer(b" " * 200_000_000))
    assert failure.reason == ErrorReason.ENGINE_FAILED
    assert time.monotonic() - began < 3


# -- what goes wrong -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, ErrorReason.ENGINE_UNAVAILABLE),
        (307, ErrorReason.ENGINE_UNAVAILABLE),
        (401, ErrorReason.ENGINE_UNAVAILABLE),
        (403, ErrorReason.ENGINE_UNAVAILABLE),
        (404, ErrorReason.ENGINE_UNAVAILABLE),
        (405, ErrorReason.ENGINE_UNAVAILABLE),
        (429, ErrorReason.ENGINE_UNAVAILABLE),
        (502, ErrorReason.ENGINE_UNAVAILABLE),
        (503, ErrorReason.ENGINE_UNAVAILABLE),
        (504, ErrorReason.ENGINE_UNAVAILABLE),
        (400, ErrorReason.ENGINE_FAILED),
        (413, ErrorReason.ENGINE_FAILED),
        (422, ErrorReason.ENGINE_FAILED),
        (500, ErrorReason.ENGINE_FAILED),
        (501, ErrorReason.ENGINE_FAILED),
    ],
)
async def test_each_status_has_its_reason(endpoint: CaptionEndpoint, status: int, reason: ErrorReason):
    failure = await failure_of(endpoint, Answer.of({"detail": "secret"}, status, Location=endpoint.url("/elsewhere")))
    assert failure.reason == reason
    assert str(status) in failure.message
    assert [asked.path for asked in endpoint.asked] == ["/secret-path?key=secret-key"]  # nothing is followed, nothing repeated


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer.of({}, 429, Retry_After="7"), 7.0),
        (Answer.of({}, 503, Retry_After="86400"), 60.0),
        (Answer.of({}, 503, Retry_After="-1"), None),
        (Answer.of({}, 503, Retry_After="nan"), None),
        (Answer.of({}, 503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), None),
        (Answer.of({"error": "Model x is currently loading", "estimated_time": 20.5}, 503), 20.5),
        (Answer.of({"error": "…", "estimated_time": "soon"}, 503), None),
        (Answer.of([], 503), None),
        (Answer(b"<html>", 503, {"Content-Type": "text/html"}), None),
    ],
)
async def test_when_to_ask_again_is_passed_on(endpoint: CaptionEndpoint, answer: Answer, seconds: float | None):
    assert (await failure_of(endpoint, answer)).retry_after == seconds


async def test_an_endpoint_that_hangs_is_given_up(endpoint: CaptionEndpoint):
    failure = await failure_of(endpoint, Answer(seconds=0.6), answer_seconds=0.2)
    assert failure.reason == ErrorReason.DEADLINE_EXCEEDED


async def test_an_endpoint_that_trickles_is_given_up(endpoint: CaptionEndpoint):
    failure = await failure_of(endpoint, Answer(trickle=0.05), answer_seconds=0.3)
    assert failure.reason == ErrorReason.DEADLINE_EXCEEDED


async def test_a_connection_that_breaks_is_a_failure(endpoint: CaptionEndpoint):
    assert (await failure_of(endpoint, Answer(is_dropped=True))).reason == ErrorReason.ENGINE_FAILED


async def test_an_endpoint_that_is_not_there_is_unavailable():
    async with an_engine(f"http://127.0.0.1:{free_port()}/caption") as engine:
        with pytest.raises(TransientError) as failure:
            await engine.describe(PHOTO)
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE


async def test_a_server_without_tls_is_unavailable_to_https(endpoint: CaptionEndpoint):
    async with an_engine(endpoint.url().replace("http:", "https:")) as engine:
        with pytest.raises(TransientError) as failure:
            await engine.describe(PHOTO)
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE


async def test_authorities_that_are_none_are_told(tmp_path: Path):
    ca = tmp_path / "ca.pem"
    ca.write_text("nothing")
    with pytest.raises(MisconfiguredError):
        HttpEngine(HttpConfig("https://127.0.0.1/caption", ca=ca))


async def test_a_caller_that_goes_ends_the_question(endpoint: CaptionEndpoint):
    endpoint.answer = Answer(seconds=1.0)
    async with an_engine(endpoint.url()) as engine:
        task = asyncio.create_task(engine.describe(PHOTO))
        async with asyncio.timeout(5):
            while not endpoint.asked:
                await asyncio.sleep(0.01)
        began = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert time.monotonic() - began < 0.3
        endpoint.answer = Answer()
        assert (await engine.describe(PHOTO)).prompt == "a woman holding a cup of coffee"


async def test_a_photo_that_cannot_be_decoded_goes_nowhere(endpoint: CaptionEndpoint):
    async with an_engine(endpoint.url()) as engine:
        with pytest.raises(MeshError) as failure:
            await engine.describe(PHOTO[:300])
    assert failure.value.reason == ErrorReason.BAD_PICTURE
    assert endpoint.asked == []


# -- starting ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 401, 403, 404, 405])
async def test_an_endpoint_that_is_set_up_wrongly_keeps_the_pod_from_starting(endpoint: CaptionEndpoint, status: int):
    endpoint.answer = Answer.of({}, status)
    async with an_engine(endpoint.url()) as engine:
        with pytest.raises(TransientError) as failure:
            await engine.start()
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
    assert "ARTICKET_CAPTION_HTTP_" in failure.value.message


@pytest.mark.parametrize(
    "answer",
    [Answer.of({}, 503), Answer.of({}, 500), Answer(b"<html>", 200, {"Content-Type": "text/html"}), Answer(seconds=0.5)],
)
async def test_an_endpoint_that_is_away_at_the_start_is_asked_again_for_each_photo(
    endpoint: CaptionEndpoint, answer: Answer, caplog: pytest.LogCaptureFixture
):
    endpoint.answer = answer
    async with an_engine(endpoint.url(), answer_seconds=0.3) as engine:
        await engine.start()
        assert "asked again" in caplog.text
        endpoint.answer = Answer()
        assert (await engine.describe(PHOTO)).prompt == "a woman holding a cup of coffee"


async def test_the_picture_that_it_is_tried_out_with_is_nobodys(endpoint: CaptionEndpoint):
    async with an_engine(endpoint.url(), SHAPES["huggingface"]) as engine:
        endpoint.answer = Answer.of([{"generated_text": "a circle"}])
        await engine.start()
    (asked,) = endpoint.asked
    embedded = EmbeddedEngine()
    assert (await embedded.describe(asked.body)).face_count == 0
    await embedded.close()
