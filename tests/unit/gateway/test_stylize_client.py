"""What the gateway says to a stylize pod and hears of it, over real gRPC with the real servicer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest

from articket.stylize.v1 import stylize_pb2
from articket.stylize.v1.stylize_pb2_grpc import add_StylizeServiceServicer_to_server
from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StylizeClient
from articket_mesh.errors import ErrorReason, TransientError
from articket_mesh.server import Service
from articket_mesh.testing import served
from articket_stylize.engines.simulated import SimulatedEngine, Simulation
from articket_stylize.servicer import StylizeServicer
from articket_stylize.stylizing import Stylizing
from tests.support.stylize import a_photo, an_artist


@pytest.fixture
async def client() -> AsyncIterator[StylizeClient]:
    """A client of a pod that keeps one artist loaded, and has memory for 512 px."""
    artists = {id_: an_artist(id_) for id_ in ("dabbler", "scribbler")}
    engine = SimulatedEngine(Simulation(seconds=0, loras=1, memory_px=512))
    servicer = StylizeServicer(Stylizing(engine), lambda: artists)
    descriptor = stylize_pb2.DESCRIPTOR.services_by_name["StylizeService"]
    async with served([Service(descriptor, partial(add_StylizeServiceServicer_to_server, servicer))]) as mesh:
        yield StylizeClient(mesh.channel)


def a_request(artist_id: str = "dabbler", long_side_px: int = 0) -> PaintRequest:
    return PaintRequest("visit/paint", artist_id, a_photo(640, 480), "a cat", 7, 0, long_side_px)


async def test_a_pod_tells_whom_it_has_loaded_and_that_it_draws(client: StylizeClient):
    before = await client.describe(timeout=5)
    assert (before.engine, before.slots, set(before.artists)) == ("simulated", 1, {"dabbler", "scribbler"})
    assert (before.loaded, before.can_draw) == (frozenset(), True)
    _ = [event async for event in client.paint(a_request("scribbler", 512), timeout=5)]
    assert (await client.describe(timeout=5)).loaded == {"scribbler"}


async def test_what_was_too_large_is_asked_for_smaller(client: StylizeClient):
    with pytest.raises(TransientError) as failure:
        _ = [event async for event in client.paint(a_request(), timeout=5)]
    assert (failure.value.reason, failure.value.metadata["long_side_px"]) == (ErrorReason.OUT_OF_MEMORY, "640")
    events = [event async for event in client.paint(a_request(long_side_px=512), timeout=5)]
    assert isinstance(events[0], Accepted)
    assert isinstance(events[-1], Painted)
    assert (events[-1].width, events[-1].height) == (640, 480)
