"""Staff mend a visit over the real mesh: real painting, real tickets, real gRPC, in this process."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from articket.caption.v1 import caption_pb2
from articket.caption.v1.caption_pb2_grpc import add_CaptionServiceServicer_to_server
from articket.stylize.v1 import stylize_pb2
from articket.stylize.v1.stylize_pb2_grpc import add_StylizeServiceServicer_to_server
from articket.ticket.v1 import ticket_pb2
from articket.ticket.v1.ticket_pb2_grpc import add_TicketServiceServicer_to_server
from articket_artists import load_artists
from articket_caption.captioning import Captioning
from articket_caption.engines.embedded import EmbeddedEngine
from articket_caption.servicer import CaptionServicer
from articket_gateway.__main__ import server
from articket_gateway.opening import opened
from articket_gateway.settings import GatewaySettings
from articket_mesh.errors import ErrorReason, PermanentError
from articket_mesh.server import Service, running
from articket_mesh.settings import MeshSettings
from articket_stylize.engines import EngineEvent, PaintJob
from articket_stylize.engines.painterly_engine import PainterlyEngine
from articket_stylize.servicer import StylizeServicer
from articket_stylize.stylizing import Stylizing
from articket_ticket.printing import Press
from articket_ticket.servicer import TicketServicer
from tests.support.booth import ASTRONAUT, ROOT
from tests.support.plain_http import PLAIN
from tests.support.staff import Staff

pytestmark = pytest.mark.slow

PIN = "482913"


class Fragile(PainterlyEngine):
    """Paints, but cannot paint as those in `broken`."""

    broken: set[str]

    async def paint(self, job: PaintJob) -> AsyncGenerator[EngineEvent]:
        if job.artist.artist.id in self.broken:
            raise PermanentError(ErrorReason.BAD_PICTURE, "the brushes are dirty")
        async for event in super().paint(job):
            yield event


@asynccontextmanager
async def real_mesh(folder: Path, engine: Fragile) -> AsyncIterator[str]:
    """Run every service in this process; give the gateway's URL."""
    catalogue = load_artists(ROOT / "plugins/artists")
    press, caption_engine = Press(), EmbeddedEngine()
    async with AsyncExitStack() as stack:
        stack.callback(press.close)
        for one in (engine, caption_engine):
            await one.start()
            stack.push_async_callback(one.close)
        stylizing = StylizeServicer(Stylizing(engine), lambda: catalogue.artists)
        services = (
            (caption_pb2, "CaptionService", add_CaptionServiceServicer_to_server, CaptionServicer(Captioning(caption_engine))),
            (stylize_pb2, "StylizeService", add_StylizeServiceServicer_to_server, stylizing),
            (
                ticket_pb2,
                "TicketService",
                add_TicketServiceServicer_to_server,
                TicketServicer(press, lambda: catalogue.artists),
            ),
        )
        targets: list[str] = []
        for module, name, add, servicer in services:
            service = Service(module.DESCRIPTOR.services_by_name[name], partial(add, servicer))
            targets.append((await stack.enter_async_context(running(MeshSettings(), [service]))).target)
        settings = GatewaySettings(
            port=0, data_dir=folder, caption_target=targets[0], stylize_targets=(targets[1],), ticket_target=targets[2],
            staff_pin=PIN, drain_seconds=2,
        )  # fmt: skip
        parts = await stack.enter_async_context(opened(settings, CollectorRegistry()))
        http_server = server(settings, parts)
        serving = asyncio.create_task(http_server._serve())
        while not http_server.started:
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{http_server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            http_server.should_exit = True
            await serving


async def until(http: httpx.AsyncClient, path: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (visit := (await http.get(path)).json())["state"] != state:
            await asyncio.sleep(0.05)
    return visit


async def test_staff_let_failed_artists_paint_again_and_the_ticket_follows(tmp_path: Path):
    engine = Fragile(slots=1)
    engine.broken = {"vangogh", "renoir"}
    async with real_mesh(tmp_path / "data", engine) as url, httpx.AsyncClient(base_url=url, timeout=20, **PLAIN) as http:
        staff = Staff(http)
        assert (await staff.sign_in(PIN)).status_code == 204
        visit = (await http.post("/api/v1/visits", json={"lang": "ko", "artists": ["renoir", "vangogh"]})).json()
        path = f"/api/v1/visits/{visit['id']}"
        await http.put(f"{path}/photo", content=ASTRONAUT.read_bytes())
        await http.put(f"{path}/answers", json={"match": "vangogh"})
        await until(http, path, "failed")
        shown = await staff.visit()
        assert {one["state"] for one in shown["paintings"]} == {"failed"}

        engine.broken = {"renoir"}
        await staff.does("POST", f"/visits/{shown['ref']}/paintings/vangogh/retry")
        visit = await until(http, path, "ticket_ready")
        assert {one["artist_id"]: one["state"] for one in visit["paintings"]} == {"renoir": "failed", "vangogh": "done"}
        assert (await http.get(visit["ticket"]["pdf_url"])).content.startswith(b"%PDF")
        shown = await staff.visit(search="1")
        assert (shown["number"], shown["artist_id"]) == ("0001", "vangogh")
        thumb = await http.get(shown["paintings"][1]["thumb_url"])
        assert thumb.headers["content-type"] == "image/jpeg"

        engine.broken = set()
        await staff.does("POST", f"/visits/{shown['ref']}/paintings/renoir/retry")
        async with asyncio.timeout(60):
            while {one["state"] for one in (await http.get(path)).json()["paintings"]} != {"done"}:
                await asyncio.sleep(0.05)
        booth = await staff.get("/booth")
        assert (booth["tickets"]["today"], booth["missing"]) == (1, [])
        assert booth["cost"]["today_usd"] > 0
