"""A picture store in a network that is away: who waits for an answer is told within seconds, what can wait is put later."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from articket_gateway.errors import StoreUnavailable
from articket_gateway.storing import pictures as pictures_module
from articket_gateway.storing.pictures import PictureStore
from tests.support.ports import free_port


class Bucket:
    """As much of S3 as putting and getting needs; `mood` says how it takes a request."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.mood = "well"
        self.asked = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.mood == "broken":
            return web.Response(status=503)
        if self.mood == "silent":
            await asyncio.sleep(3600)
        if request.method == "PUT":
            self.objects[request.path] = await request.read()
            return web.Response(headers={"ETag": '"x"'})
        if request.path not in self.objects:
            return web.Response(status=404, body=b"<Error><Code>NoSuchKey</Code></Error>")
        headers = {"ETag": '"x"', "Last-Modified": "Sun, 22 Nov 2026 08:00:00 GMT"}
        return web.Response(body=self.objects[request.path], headers=headers)


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    bucket = Bucket()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", bucket.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }.items():
        monkeypatch.setenv(name, value)
    yield bucket
    await runner.cleanup()


async def test_what_is_put_is_there(bucket: Bucket):
    store = PictureStore("s3://booth")
    await store.put("photos/x/photo.jpg", b"jpeg")
    assert await store.get("photos/x/photo.jpg") == b"jpeg"
    assert await store.get("photos/y/photo.jpg") is None


@pytest.mark.slow
@pytest.mark.parametrize("mood", ["broken", "silent"])
async def test_who_waits_for_a_store_that_is_away_is_told_within_seconds(bucket: Bucket, mood: str):
    store, bucket.mood = PictureStore("s3://booth"), mood
    began = time.monotonic()
    done = await asyncio.gather(store.put("photos/x/photo.jpg", b"jpeg"), store.get("photos/x/y"), return_exceptions=True)
    assert {type(one) for one in done} == {StoreUnavailable}
    assert time.monotonic() - began < 5
    assert bucket.asked < 10


@pytest.mark.slow
@pytest.mark.parametrize("mood", ["broken", "silent"])
async def test_a_painting_is_put_when_the_store_is_back_and_the_log_has_two_lines(
    bucket: Bucket, mood: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(pictures_module.CLIENT, "timeout", "1s")
    store, bucket.mood = PictureStore("s3://booth"), mood
    caplog.set_level(logging.INFO, logger="articket_gateway")
    putting = [asyncio.create_task(store.put(f"photos/x/{number}.jpg", b"jpeg", patience=600)) for number in range(20)]
    await asyncio.sleep(2.5)
    bucket.mood = "well"
    async with asyncio.timeout(10):
        await asyncio.gather(*putting)
    assert len(bucket.objects) == 20
    assert [record.message.split(" (")[0][:33] for record in caplog.records] == [
        "the picture store does not answer",
        "the picture store answers again a",
    ]
