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
from articket_gateway.http import (
    artists,
    booth,
    errors_page,
    events,
    health,
    kiosks,
    passes,
    pictures,
    staff,
    staff_session,
    staff_visits,
    visits,
    web,
)
from articket_gateway.http.forwarding import ForwardedMiddleware
from articket_gateway.http.limits import LimitMiddleware
from articket_gateway.http.origins import OriginMiddleware
from articket_gateway.http.parts import Parts
from articket_gateway.http.problems import add_problem_handlers
from articket_gateway.http.requests import RequestMiddleware
from articket_gateway.http.uploads import UploadMiddleware
from articket_gateway.kiosk.pairing import Kiosks
from articket_gateway.kiosk.passes import Passes
from articket_gateway.kiosk.screens import Screens
from articket_gateway.kiosk.sessions import Sessions
from articket_gateway.printing.choosing import make_sinks
from articket_gateway.printing.metrics import PrintMetrics, PrintsWaiting
from articket_gateway.printing.printing import Printing
from articket_gateway.printing.working import LEASE_SECONDS as PRINT_LEASE_SECONDS
from articket_gateway.readiness import Readiness
from articket_gateway.settings import GatewaySettings
from articket_gateway.signing import booth_signer
from articket_gateway.staff.desk import Desk
from articket_gateway.staff.intake import Intake
from articket_gateway.staff.overview import Overview
from articket_gateway.staff.pairing import PairingCodes
from articket_gateway.staff.pins import LETTER_NAME, Pins
from articket_gateway.staff.tries import Tries
from articket_gateway.storing.admission import AdmissionStore
from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.database import Database
from articket_gateway.storing.figures import Figures
from articket_gateway.storing.kiosks import KioskStore
from articket_gateway.storing.pictures import PictureStore
from articket_gateway.storing.prints import PrintStore
from articket_gateway.storing.shows import ShowStore
from articket_gateway.storing.staff import StaffStore
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.admission import Admission, AdmissionLimits
from articket_gateway.visit.flow import VisitFlow
from articket_gateway.visit.looking import keep_looking
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
    # from the innermost to the outermost
    app.add_middleware(UploadMiddleware)
    app.add_middleware(LimitMiddleware)
    app.add_middleware(OriginMiddleware, public_url=parts.public_url)
    app.add_middleware(RequestMiddleware, registry=parts.registry)
    app.add_middleware(ForwardedMiddleware, trusted=parts.trusted_proxies)
    add_problem_handlers(app)
    visitors = (visits, pictures, events, passes, artists, booth)
    others = (kiosks, staff_session, staff, staff_visits, health, errors_page, web)
    for module in (*visitors, *others):
        app.include_router(module.router)
    app.include_router(staff_visits.pictures_router)
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
    staff_store = StaffStore(database, owner=owner, lease_seconds=LEASE_SECONDS)
    booth_store = BoothStore(database)
    signer = await booth_signer(booth_store)
    tries = Tries(booth_store)
    pins = Pins(booth_store, tries, letter=settings.data_dir / LETTER_NAME)
    await pins.open(settings.staff_pin.get_secret_value() if settings.staff_pin else None)
    intake = Intake(booth_store)
    await intake.open()
    await stack.enter_async_context(_running(intake.keep_current(), "intake"))
    pictures_store = PictureStore(settings.pictures_url or str(settings.data_dir / "pictures"))
    progress = Progress()
    metrics = VisitMetrics(registry)
    print_store = PrintStore(database, owner=owner, lease_seconds=PRINT_LEASE_SECONDS)
    printing = Printing(
        make_sinks(settings.print_sinks, media=settings.print_media),
        store=print_store,
        booth=booth_store,
        tickets=pictures_store,
        progress=progress,
        metrics=PrintMetrics(registry),
        is_automatic=settings.print_is_automatic,
        copies=settings.print_copies,
        copies_max=settings.print_copies_max,
        is_alone=database.is_sqlite,
    )
    stack.push_async_callback(printing.close)
    await printing.open()
    registry.register(prints_waiting := PrintsWaiting(printing.board.waiting))
    stack.callback(registry.unregister, prints_waiting)

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
        printer=printing,
    )
    runner = Runner(store, progress, flow=flow, describe=news_of, patient=not database.is_sqlite)
    stack.push_async_callback(runner.close)
    await runner.open()
    visit_parts = Visits(
        store=store,
        pictures=pictures_store,
        admission=Admission(
            AdmissionStore(database),
            AdmissionLimits(settings.open_visits_max, settings.visits_per_phone, settings.visits_per_address),
        ),
        runner=runner,
        progress=progress,
        metrics=metrics,
        catalogue=catalogue,
        quiz=quiz,
        retention_seconds=settings.retention_hours * 3600,
        on_erased=printing.erased,
    )
    await stack.enter_async_context(_running(visit_parts.keep_clean(), "keep clean"))
    await stack.enter_async_context(_running(keep_looking(store, progress), "looking"))
    pairing_codes = PairingCodes(booth_store, pins, tries)
    kiosk_store, shows = KioskStore(database), ShowStore(database)
    screens = Screens(
        kiosks=kiosk_store,
        shows=shows,
        progress=progress,
        printing=printing,
        intake=intake.view,
        question_count=lambda: len(loaded_quiz.questions),
        public_url=settings.public_url,
        booth_name=settings.booth_name,
    )
    await stack.enter_async_context(_running(screens.keep_current(), "monitors"))
    await stack.enter_async_context(_running(printing.keep_telling(screens.look_again), "printing on monitors"))
    return Parts(
        visits=visit_parts,
        store=store,
        booth_store=booth_store,
        signer=signer,
        pins=pins,
        pairing_codes=pairing_codes,
        intake=intake,
        desk=Desk(store=staff_store, visits=visit_parts, runner=runner, progress=progress),
        overview=Overview(figures=Figures(database), store=staff_store, dispatcher=workers.dispatcher, catalogue=catalogue),
        printing=printing,
        kiosks=Kiosks(kiosk_store, signer, pairing_codes, screens),
        passes=Passes(kiosk_store, signer, screens),
        sessions=Sessions(kiosk_store, screens, quiz),
        screens=screens,
        shows=shows,
        progress=progress,
        dispatcher=workers.dispatcher,
        catalogue=catalogue,
        quiz=quiz,
        registry=registry,
        web=settings.web,
        public_url=settings.public_url,
        trusted_proxies=settings.trusted_proxies,
        booth_name=settings.booth_name,
        retention_hours=settings.retention_hours,
        has_metrics_port=settings.metrics_port is not None,
        is_ready=Readiness(database, workers.caption, workers.ticket, workers.dispatcher),
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
