"""The gateway's parts, opened in the order in which they need each other and closed the other way round.

One function opens one room: the ground that all stand on, the other services, printing, the visits, the staff's desk, the
monitors. Every part is made here, once, and handed to those that use it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc.aio
from prometheus_client import CollectorRegistry

from articket_artists import ArtistWatcher, Catalogue, Quiz, load_quiz
from articket_gateway.clients.caption import CaptionClient
from articket_gateway.clients.stylize import StylizeClient
from articket_gateway.clients.ticket import TicketClient
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.metrics import DispatchCollector
from articket_gateway.dispatch.pods import Pod
from articket_gateway.http.parts import Parts
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


@asynccontextmanager
async def opened(settings: GatewaySettings, registry: CollectorRegistry) -> AsyncGenerator[Parts]:
    """Open every part for the length of the block. Raises StartError, ArtistsFolderMissing, QuizRefused, StoreUnavailable."""
    async with AsyncExitStack() as stack:
        ground = await _open_ground(settings, registry, stack)
        door = await _open_door(ground)
        printing = await _open_printing(ground)
        workers = await _open_workers(ground)
        visiting = await _open_visits(ground, workers, printing)
        screens = await _open_screens(ground, door, printing)
        signer = await booth_signer(ground.booth_store)
        yield Parts(
            visits=visiting.visits,
            store=ground.store,
            pins=door.pins,
            pairing_codes=door.pairing_codes,
            intake=door.intake,
            desk=visiting.desk,
            overview=visiting.overview,
            printing=printing,
            kiosks=Kiosks(ground.kiosk_store, signer, door.pairing_codes, screens),
            passes=Passes(ground.kiosk_store, signer, screens),
            sessions=Sessions(ground.kiosk_store, screens, ground.quiz),
            screens=screens,
            shows=ground.shows,
            signer=signer,
            progress=ground.progress,
            dispatcher=workers.dispatcher,
            catalogue=ground.catalogue,
            quiz=ground.quiz,
            registry=registry,
            web=settings.web,
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
            booth_name=settings.booth_name,
            retention_hours=settings.retention_hours,
            has_metrics_port=settings.metrics_port is not None,
            is_ready=Readiness(ground.database, workers.caption, workers.ticket, workers.dispatcher),
        )


@dataclass(frozen=True)
class _Ground:
    """What all other parts stand on: settings, state, content."""

    settings: GatewaySettings
    registry: CollectorRegistry
    stack: AsyncExitStack
    database: Database
    owner: str
    store: VisitStore
    booth_store: BoothStore
    kiosk_store: KioskStore
    shows: ShowStore
    pictures: PictureStore
    progress: Progress
    catalogue: Callable[[], Catalogue]
    quiz: Callable[[], Quiz]

    async def run(self, work: Coroutine[None, None, None], name: str) -> None:
        """Run a coroutine until the gateway closes."""
        await self.stack.enter_async_context(_running(work, name))


async def _open_ground(settings: GatewaySettings, registry: CollectorRegistry, stack: AsyncExitStack) -> _Ground:
    database = Database(settings.database_url or f"sqlite+aiosqlite:///{settings.data_dir / 'articket.db'}")
    stack.push_async_callback(database.close)
    await database.open()
    # on SQLite only one process can exist, so it keeps its name and finds its own leases again at once
    owner = "embedded" if database.is_sqlite else f"gateway-{uuid.uuid4().hex[:12]}"
    watcher = await stack.enter_async_context(ArtistWatcher(settings.artists))
    quiz = load_quiz(settings.quiz)
    return _Ground(
        settings=settings,
        registry=registry,
        stack=stack,
        database=database,
        owner=owner,
        store=VisitStore(database, owner=owner, lease_seconds=LEASE_SECONDS),
        booth_store=BoothStore(database),
        kiosk_store=KioskStore(database),
        shows=ShowStore(database),
        pictures=PictureStore(settings.pictures_url or str(settings.data_dir / "pictures")),
        progress=Progress(),
        catalogue=lambda: watcher.catalogue,
        quiz=lambda: quiz,
    )


@dataclass(frozen=True)
class _Door:
    """Who may come in: the staff's PIN, monitors to be paired, visitors while the intake is open."""

    pins: Pins
    pairing_codes: PairingCodes
    intake: Intake


async def _open_door(ground: _Ground) -> _Door:
    pin = ground.settings.staff_pin
    tries = Tries(ground.booth_store)
    pins = Pins(ground.booth_store, tries, letter=ground.settings.data_dir / LETTER_NAME)
    await pins.open(pin.get_secret_value() if pin else None)
    intake = Intake(ground.booth_store)
    await intake.open()
    await ground.run(intake.keep_current(), "intake")
    return _Door(pins, PairingCodes(ground.booth_store, pins, tries), intake)


async def _open_printing(ground: _Ground) -> Printing:
    settings, registry, stack = ground.settings, ground.registry, ground.stack
    printing = Printing(
        make_sinks(settings.print_sinks, media=settings.print_media),
        store=PrintStore(ground.database, owner=ground.owner, lease_seconds=PRINT_LEASE_SECONDS),
        booth=ground.booth_store,
        tickets=ground.pictures,
        progress=ground.progress,
        metrics=PrintMetrics(registry),
        is_automatic=settings.print_is_automatic,
        copies=settings.print_copies,
        copies_max=settings.print_copies_max,
        is_alone=ground.database.is_sqlite,
    )
    stack.push_async_callback(printing.close)
    await printing.open()
    registry.register(waiting := PrintsWaiting(printing.board.waiting))
    stack.callback(registry.unregister, waiting)
    return printing


@dataclass(frozen=True)
class _Workers:
    """The other services, connected."""

    caption: grpc.aio.Channel
    ticket: grpc.aio.Channel
    dispatcher: Dispatcher


async def _open_workers(ground: _Ground) -> _Workers:
    settings, registry, stack = ground.settings, ground.registry, ground.stack
    dispatcher = Dispatcher([Pod(target, StylizeClient(_connected(ground, target))) for target in settings.stylize_targets])
    stack.push_async_callback(dispatcher.close)
    await dispatcher.open()
    collector = DispatchCollector(dispatcher)
    registry.register(collector)
    stack.callback(registry.unregister, collector)
    return _Workers(_connected(ground, settings.caption_target), _connected(ground, settings.ticket_target), dispatcher)


def _connected(ground: _Ground, target: str) -> grpc.aio.Channel:
    channel = open_channel(target, ChannelSettings.of(ground.settings))
    ground.stack.push_async_callback(channel.close)
    return channel


@dataclass(frozen=True)
class _Visiting:
    """The visits, and the desk from which staff mend them."""

    visits: Visits
    desk: Desk
    overview: Overview


async def _open_visits(ground: _Ground, workers: _Workers, printing: Printing) -> _Visiting:
    settings, store, progress = ground.settings, ground.store, ground.progress
    metrics = VisitMetrics(ground.registry)
    flow = VisitFlow(
        captioner=CaptionClient(workers.caption),
        dispatcher=workers.dispatcher,
        composer=TicketClient(workers.ticket),
        store=store,
        pictures=ground.pictures,
        progress=progress,
        metrics=metrics,
        catalogue=ground.catalogue,
        quiz=ground.quiz,
        public_url=settings.public_url,
        booth_name=settings.booth_name,
        printer=printing,
    )
    runner = Runner(store, progress, flow=flow, describe=news_of, patient=not ground.database.is_sqlite)
    ground.stack.push_async_callback(runner.close)
    await runner.open()
    limits = AdmissionLimits(settings.open_visits_max, settings.visits_per_phone, settings.visits_per_address)
    visits = Visits(
        store=store,
        pictures=ground.pictures,
        admission=Admission(AdmissionStore(ground.database), limits),
        runner=runner,
        progress=progress,
        metrics=metrics,
        catalogue=ground.catalogue,
        quiz=ground.quiz,
        retention_seconds=settings.retention_hours * 3600,
        on_erased=printing.erased,
    )
    await ground.run(visits.keep_clean(), "keep clean")
    await ground.run(keep_looking(store, progress), "looking")
    staff_store = StaffStore(ground.database, owner=ground.owner, lease_seconds=LEASE_SECONDS)
    desk = Desk(store=staff_store, visits=visits, runner=runner, progress=progress)
    figures = Figures(ground.database)
    overview = Overview(figures=figures, store=staff_store, dispatcher=workers.dispatcher, catalogue=ground.catalogue)
    return _Visiting(visits, desk, overview)


async def _open_screens(ground: _Ground, door: _Door, printing: Printing) -> Screens:
    screens = Screens(
        kiosks=ground.kiosk_store,
        shows=ground.shows,
        progress=ground.progress,
        printing=printing,
        intake=door.intake.view,
        question_count=lambda: len(ground.quiz().questions),
        public_url=ground.settings.public_url,
        booth_name=ground.settings.booth_name,
    )
    await ground.run(screens.keep_current(), "monitors")
    await ground.run(printing.keep_telling(screens.look_again), "printing on monitors")
    return screens


@asynccontextmanager
async def _running(work: Coroutine[None, None, None], name: str) -> AsyncGenerator[None]:
    """Run a coroutine beside the block, and end it with the block."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
