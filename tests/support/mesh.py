"""A gateway over real HTTP whose caption, stylize and ticket services are fakes behind real gRPC on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import httpx
from prometheus_client import CollectorRegistry

from articket.caption.v1 import caption_pb2, caption_pb2_grpc
from articket.stylize.v1 import stylize_pb2, stylize_pb2_grpc
from articket.ticket.v1 import ticket_pb2, ticket_pb2_grpc
from articket_gateway.__main__ import Server, server
from articket_gateway.http.parts import Parts
from articket_gateway.opening import opened
from articket_gateway.settings import GatewaySettings
from articket_mesh.errors import ErrorReason, MeshError, TransientError
from articket_mesh.server import Service, running
from articket_mesh.settings import MeshSettings
from tests.support.booth import ASTRONAUT
from tests.support.plain_http import PLAIN

FOUR = ("lichtenstein", "picasso", "renoir", "vangogh")
JPEG = ASTRONAUT.read_bytes()


class FakeCaptionServicer(caption_pb2_grpc.CaptionServiceServicer):
    """Sees one person in every photo."""

    async def Caption(
        self, request: caption_pb2.CaptionRequest, context: grpc.aio.ServicerContext
    ) -> caption_pb2.CaptionResponse:
        return caption_pb2.CaptionResponse(
            prompt="a portrait of one person", text_en="One person", text_ko="한 사람", engine="fake"
        )


class FakeStylizeServicer(stylize_pb2_grpc.StylizeServiceServicer):
    """Gives the photo back after `steps` steps of `seconds / steps`; refuses what has no slot, as the real one does."""

    def __init__(self, *, slots: int = 2, seconds: float = 0.0, steps: int = 4) -> None:
        self.slots = slots
        self.seconds = seconds
        self.steps = steps
        self.failures: list[MeshError] = []
        self.running = self.most_running = self.painted = self.cancelled = 0

    async def Describe(
        self, request: stylize_pb2.DescribeRequest, context: grpc.aio.ServicerContext
    ) -> stylize_pb2.DescribeResponse:
        artists = [stylize_pb2.ServedArtist(artist_id=one, digest="d") for one in FOUR]
        return stylize_pb2.DescribeResponse(engine="fake", slots=self.slots, running=self.running, artists=artists)

    async def Stylize(
        self, request: stylize_pb2.StylizeRequest, context: grpc.aio.ServicerContext
    ) -> AsyncGenerator[stylize_pb2.StylizeResponse]:
        if self.running >= self.slots:
            raise TransientError(ErrorReason.BUSY, "every slot is taken")
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            yield stylize_pb2.StylizeResponse(queued=stylize_pb2.Queued(position=0))
            for index in range(1, self.steps + 1):
                await asyncio.sleep(self.seconds / self.steps)
                step = stylize_pb2.Step(index=index, count=self.steps, label="layer", preview=JPEG[:100])
                yield stylize_pb2.StylizeResponse(step=step)
            if self.failures:
                raise self.failures.pop(0)
            self.painted += 1
            yield stylize_pb2.StylizeResponse(painting=_painting(request, self.seconds))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1


class FakeTicketServicer(ticket_pb2_grpc.TicketServiceServicer):
    """Prints nothing, at once."""

    def __init__(self) -> None:
        self.failures: list[MeshError] = []
        self.orders: list[ticket_pb2.ComposeRequest] = []

    async def Compose(
        self, request: ticket_pb2.ComposeRequest, context: grpc.aio.ServicerContext
    ) -> ticket_pb2.ComposeResponse:
        if self.failures:
            raise self.failures.pop(0)
        self.orders.append(request)
        return ticket_pb2.ComposeResponse(pdf=b"%PDF-1.7 ticket", png=b"\x89PNG ticket")


@dataclass
class Mesh:
    """The gateway, an HTTP client to it, and what plays its services."""

    http: httpx.AsyncClient
    url: str
    parts: Parts
    server: Server
    stylize: FakeStylizeServicer
    ticket: FakeTicketServicer
    settings: GatewaySettings

    async def begin(self, **body: object) -> str:
        """Begin a visit and give its path."""
        visit = (await self.http.post("/api/v1/visits", json=body)).json()
        return f"/api/v1/visits/{visit['id']}"

    async def painted(self, *, match: str = "vangogh") -> str:
        """Bring a visit to its end and give its path."""
        path = await self.begin()
        assert (await self.http.put(f"{path}/photo", content=JPEG)).status_code == 202
        assert (await self.http.put(f"{path}/answers", json={"match": match})).status_code == 202
        await self.ended(path)
        return path

    async def ended(self, path: str, seconds: float = 10) -> dict[str, object]:
        """Wait until the visit has a ticket or an error, and no painting is under way."""
        async with asyncio.timeout(seconds):
            while True:
                visit = (await self.http.get(path)).json()
                if visit["state"] in ("ticket_ready", "failed") and all(
                    one["state"] in ("done", "failed", "skipped") for one in visit["paintings"]
                ):
                    return visit
                await asyncio.sleep(0.01)


@asynccontextmanager
async def gateway(
    folder: Path,
    *,
    stylize: FakeStylizeServicer | None = None,
    ticket: FakeTicketServicer | None = None,
    caption: caption_pb2_grpc.CaptionServiceServicer | None = None,
    caption_target: str | None = None,
    registry: CollectorRegistry | None = None,
    **more: Any,
) -> AsyncGenerator[Mesh]:
    """Run a gateway on free ports of this process, with its data in the folder and more settings if given.

    `caption_target` names an address in place of the caption service's own.
    """
    stylize, ticket = stylize or FakeStylizeServicer(), ticket or FakeTicketServicer()
    added = (
        (
            caption_pb2,
            "CaptionService",
            caption_pb2_grpc.add_CaptionServiceServicer_to_server,
            caption or FakeCaptionServicer(),
        ),
        (stylize_pb2, "StylizeService", stylize_pb2_grpc.add_StylizeServiceServicer_to_server, stylize),
        (ticket_pb2, "TicketService", ticket_pb2_grpc.add_TicketServiceServicer_to_server, ticket),
    )
    async with AsyncExitStack() as stack:
        targets = [
            (
                await stack.enter_async_context(
                    running(MeshSettings(), [Service(module.DESCRIPTOR.services_by_name[name], partial(add, servicer))])
                )
            ).target
            for module, name, add, servicer in added
        ]
        settings = GatewaySettings(
            port=0,
            data_dir=folder,
            caption_target=caption_target or targets[0],
            stylize_targets=(targets[1],),
            ticket_target=targets[2],
            drain_seconds=5,
            **more,
        )
        parts = await stack.enter_async_context(opened(settings, registry or CollectorRegistry()))
        http_server = server(settings, parts)
        serving = asyncio.create_task(http_server._serve())  # not `serve`: the signals stay the test runner's
        while not http_server.started:
            await asyncio.sleep(0.005)
            assert not serving.done(), serving.exception()
        url = f"http://127.0.0.1:{http_server.servers[0].sockets[0].getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=url, timeout=10, **PLAIN) as http:
                yield Mesh(http, url, parts, http_server, stylize, ticket, settings)
        finally:
            http_server.should_exit = True
            await serving


def _painting(request: stylize_pb2.StylizeRequest, seconds: float) -> stylize_pb2.Painting:
    return stylize_pb2.Painting(
        picture=request.photo,
        width=10,
        height=10,
        focus=stylize_pb2.FocalPoint(x=0.5, y=0.5),
        engine="fake",
        seed=request.seed,
        engine_seconds=seconds,
        attempts=1,
        artist_digest="d",
    )
