"""The gateway put together: every part is made here, once, and handed to those that use it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from articket_artists import ArtistWatcher, Catalogue, load_quiz
from articket_gateway.clients.caption import CaptionClient
from articket_gateway.clients.stylize import StylizeClient
from articket_gateway.clients.ticket import TicketClient
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.metrics import DispatchCollector
from articket_gateway.dispatch.pods import Pod
from articket_gateway.http import artists, events, health, pictures, visits, web
from articket_gateway.http.parts import Parts
from articket_gateway.http.problems import add_problem_handlers
from articket_gateway.http.requests import RequestMiddleware
from articket_gateway.readiness import Readiness
from articket_gateway.settings import GatewaySettings
from articket_gateway.storing.database import Database
from articket_gateway.storing.pictures import PictureStore
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.flow import VisitFlow
from articket_gateway.visit.metrics import VisitMetrics
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import LEASE_SECONDS, Runner
from articket_gateway.visit.views import news_of
from articket_gateway.visit.visits import Visits
from articket_mesh.channels import ChannelSettings, open_channel

TITLE = "Articket"
VERSION = "0.1.0"

log = logging.getLogger(__name__)


def make_app(settings: GatewaySettings, registry: CollectorRegistry) -> FastAPI:
    """Make the application; its parts are opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            app.state.parts = await _open_parts(settings, registry, stack)
            yield
            app.state.parts.closing.set()
            app.state.parts.progress.wake_all()

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        summary="Where your photo becomes art.",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(RequestMiddleware, registry=registry)
    add_problem_handlers(app)
    for module in (visits, pictures, events, artists, health, web):
        app.include_router(module.router)
    app.mount("/web", web.WebFiles(directory=settings.web))
    return app


async def _open_parts(settings: GatewaySettings, registry: CollectorRegistry, stack: AsyncExitStack) -> Parts:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url or f"sqlite+aiosqlite:///{settings.data_dir / 'articket.db'}")
    await database.open()
    stack.push_async_callback(database.close)
    pictures_store = PictureStore(settings.pictures_url or str(settings.data_dir / "pictures"))
    # on SQLite only one process can exist, so it keeps its name and finds its own leases again at once
    owner = "embedded" if database.is_sqlite else f"gateway-{uuid.uuid4().hex[:12]}"
    store = VisitStore(database, owner=owner, lease_seconds=LEASE_SECONDS)
    progress = Progress()
    metrics = VisitMetrics(registry)

    watcher = await stack.enter_async_context(ArtistWatcher(settings.artists))
    catalogue: Callable[[], Catalogue] = lambda: watcher.catalogue  # noqa: E731 -- the present one, each time
    quiz = load_quiz(settings.quiz)

    dispatcher = await _open_dispatcher(settings, stack)
    registry.register(DispatchCollector(dispatcher))
    caption_channel = open_channel(settings.caption_target, ChannelSettings.of(settings))
    stack.push_async_callback(caption_channel.close)
    ticket_channel = open_channel(settings.ticket_target, ChannelSettings.of(settings))
    stack.push_async_callback(ticket_channel.close)

    flow = VisitFlow(
        captioner=CaptionClient(caption_channel),
        dispatcher=dispatcher,
        composer=TicketClient(ticket_channel),
        store=store,
        pictures=pictures_store,
        progress=progress,
        metrics=metrics,
        catalogue=catalogue,
        quiz=lambda: quiz,
        public_url=settings.public_url,
        booth_name=settings.booth_name,
    )
    runner = Runner(store, progress, flow=flow, describe=news_of, patient=not database.is_sqlite)
    await runner.open()
    stack.push_async_callback(runner.close)
    visit_parts = Visits(
        store=store,
        pictures=pictures_store,
        runner=runner,
        progress=progress,
        metrics=metrics,
        catalogue=catalogue,
        quiz=lambda: quiz,
        retention_seconds=settings.retention_hours * 3600,
    )
    await stack.enter_async_context(_running(visit_parts.keep_clean(), "keep clean"))
    readiness = Readiness(caption_channel, ticket_channel, dispatcher)
    return Parts(
        visits=visit_parts,
        store=store,
        progress=progress,
        catalogue=catalogue,
        quiz=lambda: quiz,
        registry=registry,
        web=settings.web,
        public_url=settings.public_url,
        is_ready=readiness,
    )


async def _open_dispatcher(settings: GatewaySettings, stack: AsyncExitStack) -> Dispatcher:
    pods: list[Pod] = []
    for target in settings.stylize_targets:
        channel = open_channel(target, ChannelSettings.of(settings))
        stack.push_async_callback(channel.close)
        pods.append(Pod(target, StylizeClient(channel)))
    dispatcher = Dispatcher(pods)
    await dispatcher.open()
    stack.push_async_callback(dispatcher.close)
    return dispatcher


@asynccontextmanager
async def _running(work: Coroutine[None, None, None], name: str) -> AsyncGenerator[None]:
    """Run a coroutine beside the block, and end it with the block."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
