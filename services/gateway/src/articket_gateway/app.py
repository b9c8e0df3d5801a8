"""The gateway put together: every part is made here, once, and handed to those that use it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc.aio
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from articket_artists import ArtistWatcher, Catalogue, Quiz, load_quiz
from articket_gateway.clients.caption import CaptionClient
from articket_gateway.clients.stylize import StylizeClient
from articket_gateway.clients.ticket import TicketClient
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.metrics import DispatchCollector
from articket_gateway.dispatch.pods import Pod
from articket_gateway.http import artists, booth, events, health, pictures, visits, web
from articket_gateway.http.parts import Parts
from articket_gateway.http.problems import add_problem_handlers
from articket_gateway.http.requests import RequestMiddleware
from articket_gateway.readiness import Readiness
from articket_gateway.settings import GatewaySettings
from articket_gateway.signing import booth_signer
from articket_gateway.storing.booth import BoothStore
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


def make_app(parts: Parts) -> FastAPI:
    """Make the application over parts that somebody else opens and closes."""
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        summary="Where your photo becomes art.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would name the host that the request has claimed
    )
    app.state.parts = parts
    app.add_middleware(RequestMiddleware, registry=parts.registry)
    add_problem_handlers(app)
    for module in (visits, pictures, events, artists, booth, health, web):
        app.include_router(module.router)
    app.mount("/web", web.WebFiles(directory=parts.web))
    return app


@asynccontextmanager
async def opened(settings: GatewaySettings, registry: CollectorRegistry) -> AsyncGenerator[Parts]:
    """Open every part for the length of the block. Raises StartError, ArtistsFolderMissing, QuizRefused, StoreUnavailable."""
    async with AsyncExitStack() as stack:
        yield await _open_parts(settings, registry, stack)


async def _open_parts(settings: GatewaySettings, registry: CollectorRegistry, stack: AsyncExitStack) -> Parts:
    database = Database(settings.database_url or f"sqlite+aiosqlite:///{settings.data_dir / 'articket.db'}")
    stack.push_async_callback(database.close)
    await database.open()
    # on SQLite only one process can exist, so it keeps its name and finds its own leases again at once
    owner = "embedded" if database.is_sqlite else f"gateway-{uuid.uuid4().hex[:12]}"
    store = VisitStore(database, owner=owner, lease_seconds=LEASE_SECONDS)
    booth_store = BoothStore(database)
    signer = await booth_signer(booth_store)
    pictures_store = PictureStore(settings.pictures_url or str(settings.data_dir / "pictures"))
    progress = Progress()
    metrics = VisitMetrics(registry)

    watcher = await stack.enter_async_context(ArtistWatcher(settings.artists))
    catalogue: Callable[[], Catalogue] = lambda: watcher.catalogue  # noqa: E731 -- the present one, each time
    loaded_quiz = load_quiz(settings.quiz)
    quiz: Callable[[], Quiz] = lambda: loaded_quiz  # noqa: E731 -- likewise

    workers = await _open_workers(settings, registry, stack)
    flow = VisitFlow(
        captioner=CaptionClient(workers.caption),
        dispatcher=workers.dispatcher,
        composer=TicketClient(workers.ticket),
        store=store,
        pictures=pictures_store,
        progress=progress,
        metrics=metrics,
        catalogue=catalogue,
        quiz=quiz,
        public_url=settings.public_url,
        booth_name=settings.booth_name,
    )
    runner = Runner(store, progress, flow=flow, describe=news_of, patient=not database.is_sqlite)
    stack.push_async_callback(runner.close)
    await runner.open()
    visit_parts = Visits(
        store=store,
        pictures=pictures_store,
        runner=runner,
        progress=progress,
        metrics=metrics,
        catalogue=catalogue,
        quiz=quiz,
        retention_seconds=settings.retention_hours * 3600,
    )
    await stack.enter_async_context(_running(visit_parts.keep_clean(), "keep clean"))
    return Parts(
        visits=visit_parts,
        store=store,
        booth_store=booth_store,
        signer=signer,
        progress=progress,
        dispatcher=workers.dispatcher,
        catalogue=catalogue,
        quiz=quiz,
        registry=registry,
        web=settings.web,
        public_url=settings.public_url,
        booth_name=settings.booth_name,
        retention_hours=settings.retention_hours,
        is_ready=Readiness(workers.caption, workers.ticket, workers.dispatcher),
    )


@dataclass(frozen=True)
class _Workers:
    """The other services, connected."""

    caption: grpc.aio.Channel
    ticket: grpc.aio.Channel
    dispatcher: Dispatcher


async def _open_workers(settings: GatewaySettings, registry: CollectorRegistry, stack: AsyncExitStack) -> _Workers:
    dispatcher = await _open_dispatcher(settings, stack)
    collector = DispatchCollector(dispatcher)
    registry.register(collector)
    stack.callback(registry.unregister, collector)
    caption = open_channel(settings.caption_target, ChannelSettings.of(settings))
    stack.push_async_callback(caption.close)
    ticket = open_channel(settings.ticket_target, ChannelSettings.of(settings))
    stack.push_async_callback(ticket.close)
    return _Workers(caption, ticket, dispatcher)


async def _open_dispatcher(settings: GatewaySettings, stack: AsyncExitStack) -> Dispatcher:
    pods: list[Pod] = []
    for target in settings.stylize_targets:
        channel = open_channel(target, ChannelSettings.of(settings))
        stack.push_async_callback(channel.close)
        pods.append(Pod(target, StylizeClient(channel)))
    dispatcher = Dispatcher(pods)
    stack.push_async_callback(dispatcher.close)
    await dispatcher.open()
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
