"""CaptionService over real gRPC with the embedded engine: the answer, the refusals, many at once."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from articket.caption.v1 import caption_pb2
from articket.caption.v1.caption_pb2_grpc import CaptionServiceStub, add_CaptionServiceServicer_to_server
from articket_caption.captioning import Captioning
from articket_caption.engines.embedded import EmbeddedEngine
from articket_caption.servicer import CaptionServicer
from articket_mesh.errors import ErrorReason, MeshError
from articket_mesh.server import Service
from articket_mesh.testing import served
from tests.support.caption import photo, plain


@pytest.fixture
async def stub() -> AsyncIterator[Any]:
    engine = EmbeddedEngine()
    descriptor = caption_pb2.DESCRIPTOR.services_by_name["CaptionService"]
    servicer = CaptionServicer(Captioning(engine))
    service = Service(descriptor, partial(add_CaptionServiceServicer_to_server, servicer))
    async with served([service], warm_up=engine.start) as mesh:
        yield CaptionServiceStub(mesh.channel)
    await engine.close()


async def caption(stub: Any, picture: bytes, **fields: str) -> caption_pb2.CaptionResponse:
    return await stub.Caption(caption_pb2.CaptionRequest(photo=picture, **fields), timeout=5.0)


async def test_a_photo_is_described(stub: Any):
    response = await caption(stub, photo("portrait-woman-astronaut"), idempotency_key="visit/caption")
    assert response.prompt.startswith("a square portrait of one person, ")
    assert response.text_en.startswith("One person · ")
    assert response.text_ko.startswith("한 사람 · ")
    assert list(response.subjects) == ["person"]
    assert (response.face_count, response.engine) == (1, "embedded")
    assert 0 < response.engine_seconds < 5


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"GIF89a" + bytes(200),
        photo("thing-coffee")[:400],
        b"\x89PNG\r\n\x1a\n" + struct.pack("!I4sII", 13, b"IHDR", 50_000, 50_000) + bytes(40),
        plain(1, 2, 3, 1281, 64),
        plain(1, 2, 3) + bytes(8 * 1024 * 1024),
    ],
    ids=["empty", "gif", "cut off", "bomb", "too wide", "too many bytes"],
)
async def test_what_is_no_photo_is_refused(stub: Any, picture: bytes):
    with pytest.raises(MeshError) as failure:
        await caption(stub, picture)
    assert failure.value.reason == ErrorReason.BAD_PICTURE


async def test_a_damaged_body_behind_a_sound_header_is_refused_or_described(stub: Any):
    damaged = bytearray(plain(10, 20, 30))
    damaged[60:] = bytes(len(damaged) - 60)
    with pytest.raises(MeshError) as failure:
        await caption(stub, bytes(damaged))
    assert failure.value.reason == ErrorReason.BAD_PICTURE


async def test_a_key_that_is_too_long_is_refused(stub: Any):
    with pytest.raises(MeshError) as failure:
        await caption(stub, plain(1, 2, 3), idempotency_key="k" * 129)
    assert failure.value.reason == ErrorReason.INVALID_REQUEST


async def test_many_photos_at_once_get_each_their_own_words(stub: Any):
    names = ["portrait-woman-laughing", "group-three-composed", "thing-flower", "place-mountains"] * 3
    together = await asyncio.gather(*(caption(stub, photo(name)) for name in names))
    alone = {name: (await caption(stub, photo(name))).prompt for name in set(names)}
    assert [response.prompt for response in together] == [alone[name] for name in names]


async def test_the_service_answers_while_it_looks(stub: Any):
    looking = [asyncio.create_task(caption(stub, photo("group-mariachi"))) for _ in range(4)]
    with pytest.raises(MeshError):
        await asyncio.wait_for(caption(stub, b""), timeout=0.5)
    assert not all(task.done() for task in looking)
    await asyncio.gather(*looking)
