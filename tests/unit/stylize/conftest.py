"""A stylize service in this process, with an engine that a test holds in its hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from articket.stylize.v1 import stylize_pb2
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub, add_StylizeServiceServicer_to_server
from articket_artists import LoadedArtist
from articket_mesh.server import Service
from articket_mesh.testing import served
from articket_stylize.engines import DrawingEvent, DrawJob, Drawn, EngineEvent, Focus, Painted, PaintJob, Progress
from articket_stylize.servicer import StylizeServicer
from articket_stylize.stylizing import Stylizing
from tests.support.stylize import a_photo, an_artist

if TYPE_CHECKING:
    from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceAsyncStub  # in the stubs only


@dataclass
class HeldEngine:
    """An engine that paints one step, waits until it is let go, and counts what was asked of it."""

    name: str = "held"
    slots: int = 2
    can_draw: bool = True
    loaded: set[str] = field(default_factory=set)
    jobs: list[PaintJob | DrawJob] = field(default_factory=list)
    stopped: int = 0
    failure: BaseException | None = None
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Nothing."""

    async def close(self) -> None:
        """Nothing."""

    def can_paint(self, artist: LoadedArtist) -> bool:
        """Anything."""
        return True

    def is_loaded(self, artist: LoadedArtist) -> bool:
        """Whom the test has put in."""
        return artist.id in self.loaded

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent, None]:
        """Paint half, wait, paint the rest."""
        async for progress in self._work(job):
            yield progress
        yield Painted(f"painting {len(self.jobs)}".encode(), 96, 64, Focus(0.25, 0.75), seconds=1.5)

    async def draw(self, job: DrawJob) -> AsyncGenerator[DrawingEvent, None]:
        """Draw as it paints."""
        async for progress in self._work(job):
            yield progress
        yield Drawn(f"drawing {len(self.jobs)}".encode(), job.width, job.height, seconds=1.5)

    async def _work(self, job: PaintJob | DrawJob) -> AsyncGenerator[Progress, None]:
        self.jobs.append(job)
        try:
            yield Progress(1, 2, "ground", b"preview" if job.preview_px else b"")
            await self.let_go.wait()
        except BaseException:
            self.stopped += 1
            raise
        if self.failure is not None:
            raise self.failure
        yield Progress(2, 2, "strokes")


@dataclass
class Stylize:
    """The service as its clients see it, and what is behind it."""

    stub: StylizeServiceAsyncStub
    engine: HeldEngine
    artists: dict[str, LoadedArtist]

    async def paint(self, **changes: object) -> list[stylize_pb2.StylizeResponse]:
        """Ask for a painting and give the whole stream."""
        return [response async for response in self.stub.Stylize(self.request(**changes), timeout=5.0)]

    async def draw(self, **changes: object) -> list[stylize_pb2.DrawResponse]:
        """Ask for a drawing and give the whole stream."""
        return [response async for response in self.stub.Draw(self.draw_request(**changes), timeout=5.0)]

    def draw_request(self, **changes: object) -> stylize_pb2.DrawRequest:
        """Make a request for a drawing that is right but for the changes."""
        return stylize_pb2.DrawRequest(**({"prompt": "a cat on the moon", "seed": 7, "width": 512, "height": 768} | changes))

    def request(self, **changes: object) -> stylize_pb2.StylizeRequest:
        """Make a request that is right but for the changes."""
        return stylize_pb2.StylizeRequest(**({"artist_id": "dabbler", "photo": a_photo(), "seed": 7} | changes))


@pytest.fixture
async def stylize() -> AsyncIterator[Stylize]:
    """Serve two artists with the held engine."""
    engine = HeldEngine()
    artists = {id_: an_artist(id_) for id_ in ("dabbler", "scribbler")}
    servicer = StylizeServicer(Stylizing(engine), lambda: artists)
    service = Service(
        stylize_pb2.DESCRIPTOR.services_by_name["StylizeService"],
        partial(add_StylizeServiceServicer_to_server, servicer),
    )
    async with served([service]) as mesh:
        yield Stylize(StylizeServiceStub(mesh.channel), engine, artists)
