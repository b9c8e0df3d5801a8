"""A caption that is late, fails or has nobody to make it costs the visitor the caption and nothing else. Over real gRPC."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from articket.caption.v1 import caption_pb2, caption_pb2_grpc
from articket.stylize.v1 import stylize_pb2
from articket_mesh.errors import ErrorReason, MeshError, PermanentError, TransientError
from articket_mesh.testing import free_port
from tests.support.booth import PHOTOS
from tests.support.mesh import FOUR, JPEG, FakeStylizeServicer, Mesh, gateway

OTHER_JPEG = (PHOTOS / "portrait-woman-laughing.jpg").read_bytes()
PATIENCE_SECONDS = 1.5 + 0.5
"""From the acknowledged upload to the paintings, at most. The mesh takes less than 0.1 s; the rest is for busy machines."""

pytestmark = pytest.mark.slow


class NotedStylizeServicer(FakeStylizeServicer):
    """Notes when each painting was asked for, and with which caption."""

    def __init__(self) -> None:
        super().__init__(slots=4)
        self.asked: list[tuple[float, str]] = []

    async def Stylize(
        self, request: stylize_pb2.StylizeRequest, context: grpc.aio.ServicerContext
    ) -> AsyncGenerator[stylize_pb2.StylizeResponse]:
        self.asked.append((time.monotonic(), request.caption))
        async for response in super().Stylize(request, context):
            yield response


class TroubledCaptionServicer(caption_pb2_grpc.CaptionServiceServicer):
    """Answers after some seconds, or fails; notes which calls were given up."""

    def __init__(self, *, seconds: float = 0.0, error: MeshError | None = None) -> None:
        self.seconds = seconds
        self.error = error
        self.calls = self.given_up = 0

    async def Caption(
        self, request: caption_pb2.CaptionRequest, context: grpc.aio.ServicerContext
    ) -> caption_pb2.CaptionResponse:
        self.calls += 1
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if self.error is not None:
            raise self.error
        return caption_pb2.CaptionResponse(prompt="a late word", text_en="Late", text_ko="늦음", engine="troubled")


async def visited(mesh: Mesh, stylize: NotedStylizeServicer, photo: bytes = JPEG) -> tuple[float, dict]:
    """Send a photo and let the visit end; give the seconds from upload to the last painting asked for, and the visit."""
    stylize.asked.clear()
    path = await mesh.begin()
    assert (await mesh.http.put(f"{path}/photo", content=photo)).status_code == 202
    began = time.monotonic()
    assert (await mesh.http.put(f"{path}/answers", json={"match": "vangogh"})).status_code == 202
    visit = await mesh.ended(path)
    assert visit["state"] == "ticket_ready"
    assert {one["state"] for one in visit["paintings"]} == {"done"}
    assert [caption for _, caption in stylize.asked] == [""] * len(FOUR)
    assert not visit.get("caption")
    return max(at for at, _ in stylize.asked) - began, visit


async def test_a_caption_service_that_hangs_holds_paintings_back_for_its_patience_only(tmp_path: Path):
    stylize, caption = NotedStylizeServicer(), TroubledCaptionServicer(seconds=3600)
    async with gateway(tmp_path, stylize=stylize, caption=caption) as mesh:
        seconds, _ = await visited(mesh, stylize)
        assert 1.3 < seconds <= PATIENCE_SECONDS
        assert (caption.calls, caption.given_up) == (1, 1)  # it is told to stop, too


async def test_a_caption_that_comes_after_three_seconds_disturbs_nothing_later(tmp_path: Path):
    stylize, caption = NotedStylizeServicer(), TroubledCaptionServicer(seconds=3)
    async with gateway(tmp_path, stylize=stylize, caption=caption) as mesh:
        seconds, visit = await visited(mesh, stylize)
        assert seconds <= PATIENCE_SECONDS
        await asyncio.sleep(max(0.0, 3.2 - seconds))
        after = (await mesh.http.get(f"/api/v1/visits/{visit['id']}")).json()
        assert (after["state"], after.get("caption")) == ("ticket_ready", visit.get("caption"))
        assert stylize.painted == len(FOUR)


@pytest.mark.parametrize(
    "error",
    [
        TransientError(ErrorReason.ENGINE_FAILED, "nothing said"),
        TransientError(ErrorReason.ENGINE_UNAVAILABLE, "the endpoint is away"),
        TransientError(ErrorReason.ENGINE_UNAVAILABLE, "the endpoint is away", retry_after=20.0),
        PermanentError(ErrorReason.BAD_PICTURE, "no picture"),
    ],
    ids=lambda error: f"{error.reason}{' later' if getattr(error, 'retry_after', None) else ''}",
)
async def test_a_caption_that_fails_is_done_without(tmp_path: Path, error: MeshError):
    stylize = NotedStylizeServicer()
    async with gateway(tmp_path, stylize=stylize, caption=TroubledCaptionServicer(error=error)) as mesh:
        seconds, _ = await visited(mesh, stylize)
        assert seconds <= 1.2


async def test_a_caption_service_that_is_not_there_is_not_waited_for(tmp_path: Path):
    stylize = NotedStylizeServicer()
    async with gateway(tmp_path, stylize=stylize, caption_target=f"127.0.0.1:{free_port()}") as mesh:
        first, _ = await visited(mesh, stylize)
        while_the_channel_backs_off, _ = await visited(mesh, stylize, photo=OTHER_JPEG)
        assert max(first, while_the_channel_backs_off) <= 1.2


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes no connection and refuses none: its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        with socket.socket() as one, socket.socket() as two:
            for filling in (one, two):
                filling.setblocking(False)
                filling.connect_ex(("127.0.0.1", port))
            yield port


async def test_a_caption_service_behind_a_silent_network_costs_its_patience_at_most(tmp_path: Path):
    stylize = NotedStylizeServicer()
    with black_hole() as port:
        async with gateway(tmp_path, stylize=stylize, caption_target=f"127.0.0.1:{port}") as mesh:
            seconds, _ = await visited(mesh, stylize)
            assert seconds <= PATIENCE_SECONDS
