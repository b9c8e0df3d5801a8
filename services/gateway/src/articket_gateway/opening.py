"""The gateway's parts, opened in the order in which they need each other and closed the other way round.

One function opens one room: the ground that all stand on, the other services, printing, the visits, the staff's desk, the
monitors. Every part is made here, once, and handed to those that use it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import grpc.aio
from prometheus_client import CollectorRegistry

from articket_artists import ArtistWatcher, Catalogue, Quiz, load_quiz
from articket_gateway.clients.caption import CaptionClient
from articket_gateway.clients.stylize import StylizeClient
from articket_gateway.clients.ticket import TicketClient
from articket_gateway.dispatch.discovery import Discovery
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.metrics import DispatchCollector, DispatchMetrics
from articket_gateway.dispatch.targets import Target
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
from articket_gateway.sharing import telling
from articket_gateway.sharing.bus import Bus, OwnBus
from articket_gateway.sharing.holding import LEASE_SECONDS as HOLD_LEASE_SECONDS
from articket_gateway.sharing.holding import Holds
from articket_gateway.sharing.live import Live
from articket_gateway.sharing.once import Once, OwnOnce, SharedOnce
from articket_gateway.sharing.replicas import Replicas
from articket_gateway.sharing.shared_slots import SharedSlots
from articket_gateway.sharing.slots import OwnSlots, Slots
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
from articket_gateway.storing.holds import HoldStore
from articket_gateway.storing.kiosks import KioskStore
from articket_gateway.storing.pictures import PictureStore
from articket_gateway.storing.prints import PrintStore
from articket_gateway.storing.repaints import RepaintStore
from articket_gateway.storing.shows import ShowStore
from articket_gateway.storing.staff import StaffStore
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.admission import Admission, AdmissionLimits
from articket_gateway.visit.flow import VisitFlow
from articket_gateway.visit.looking import keep_looking
from articket_gateway.visit.metrics import VisitMetrics
from articket_gateway.visit.painting import Painters
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.repainting import Repainting
from articket_gateway.visit.running import LEASE_SECONDS, Runner
from articket_gateway.visit.ticketing import Ticketing
from articket_gateway.visit.views import news_of
from articket_gateway.visit.visits import Visits
from articket_mesh.channels import ChannelSettings, open_channel

PodCloser: TypeAlias = Callable[[], Awaitable[None]]


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
        await _open_sharing(ground, visiting, door, printing, screens)
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
            paint=settings.paint,
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
    bus: Bus
    watching: list[Callable[[], bool]]
    """Each says whether anybody looks at a page here; rooms that open streams add theirs."""
    replicas: Replicas
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
    bus = _make_bus(database, owner)
    watching: list[Callable[[], bool]] = []
    replicas = Replicas(bus, name=owner, is_watching=lambda: any(is_watched() for is_watched in watching))
    stack.push_async_callback(bus.close)
    stack.callback(replicas.leave)  # when all that runs here is handed over
    watcher = await stack.enter_async_context(ArtistWatcher(settings.artists))
    quiz = load_quiz(settings.quiz)
    pictures = PictureStore(settings.pictures_url or str(settings.data_dir / "pictures"))
    await pictures.check()
    return _Ground(
        settings=settings,
        registry=registry,
        stack=stack,
        database=database,
        owner=owner,
        bus=bus,
        watching=watching,
        replicas=replicas,
        store=VisitStore(database, owner=owner, lease_seconds=LEASE_SECONDS),
        booth_store=BoothStore(database),
        kiosk_store=KioskStore(database),
        shows=ShowStore(database),
        pictures=pictures,
        progress=Progress(),
        catalogue=lambda: watcher.catalogue,
        quiz=lambda: quiz,
    )


def _make_bus(database: Database, name: str) -> Bus:
    if database.is_sqlite:
        return OwnBus()
    # it needs the driver, which only PostgreSQL does
    from articket_gateway.sharing.postgres import PostgresBus

    return PostgresBus(database, name=name)


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
    intake = Intake(ground.booth_store, tell=partial(ground.bus.publish, telling.INTAKE, ""))
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
        tell=partial(ground.bus.publish, telling.PRINTING, ""),
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
    once: Once


async def _open_workers(ground: _Ground) -> _Workers:
    settings, registry, stack = ground.settings, ground.registry, ground.stack
    slots, once = await _open_holds(ground)
    dispatcher = Dispatcher(slots=slots, metrics=DispatchMetrics(registry))
    discovery = Discovery(
        dispatcher,
        partial(_connect_pod, settings),
        targets=[Target.parse(target) for target in settings.stylize_targets],
        fallbacks=[Target.parse(target) for target in settings.fallback_targets],
    )
    stack.push_async_callback(discovery.close)
    stack.push_async_callback(dispatcher.close)
    await dispatcher.open()
    await discovery.open()
    await ground.run(discovery.keep_current(), "pods")
    collector = DispatchCollector(dispatcher)
    registry.register(collector)
    stack.callback(registry.unregister, collector)
    return _Workers(_connected(ground, settings.caption_target), _connected(ground, settings.ticket_target), dispatcher, once)


async def _open_holds(ground: _Ground) -> tuple[Slots, Once]:
    """Open what says who paints where and what: this gateway alone, or all replicas among each other."""
    if ground.database.is_sqlite:
        return OwnSlots(), OwnOnce()
    holds = Holds(HoldStore(ground.database, replica=ground.owner, lease_seconds=HOLD_LEASE_SECONDS))
    ground.stack.push_async_callback(holds.close)
    await holds.open()
    slots = SharedSlots(holds, ground.bus)
    ground.stack.push_async_callback(slots.close)
    await slots.open()
    return slots, SharedOnce(holds, ground.bus)


def _connect_pod(settings: GatewaySettings, address: str, server_name: str | None) -> tuple[StylizeClient, PodCloser]:
    channel = open_channel(address, replace(ChannelSettings.of(settings), server_name=server_name))
    return StylizeClient(channel), channel.close


def _connected(ground: _Ground, target: str) -> grpc.aio.Channel:
    channel = open_channel(target, ChannelSettings.of(ground.settings))
    ground.stack.push_async_callback(channel.close)
    return channel


@dataclass(frozen=True)
class _Visiting:
    """The visits, and the desk from which staff mend them."""

    visits: Visits
    runner: Runner
    desk: Desk
    overview: Overview


def _make_flow(ground: _Ground, workers: _Workers, printing: Printing, metrics: VisitMetrics) -> tuple[Painters, VisitFlow]:
    settings, store, progress = ground.settings, ground.store, ground.progress
    painters = Painters(
        dispatcher=workers.dispatcher,
        once=workers.once,
        store=store,
        pictures=ground.pictures,
        progress=progress,
        metrics=metrics,
        catalogue=ground.catalogue,
    )
    ticketing = Ticketing(
        composer=TicketClient(workers.ticket),
        store=store,
        pictures=ground.pictures,
        progress=progress,
        catalogue=ground.catalogue,
        public_url=settings.public_url,
        booth_name=settings.booth_name,
        printer=printing,
    )
    flow = VisitFlow(
        captioner=CaptionClient(workers.caption),
        painters=painters,
        ticketing=ticketing,
        store=store,
        progress=progress,
        metrics=metrics,
        catalogue=ground.catalogue,
        quiz=ground.quiz,
        mode=settings.paint,
    )
    return painters, flow


async def _open_visits(ground: _Ground, workers: _Workers, printing: Printing) -> _Visiting:
    settings, store, progress = ground.settings, ground.store, ground.progress
    metrics = VisitMetrics(ground.registry)
    painters, flow = _make_flow(ground, workers, printing, metrics)
    runner = Runner(store, progress, flow=flow, describe=news_of, patient=not ground.database.is_sqlite)
    ground.stack.push_async_callback(runner.close)
    await runner.open()
    repainting = Repainting(painters=painters, visits=store, store=RepaintStore(ground.database), progress=progress)

    def erased(visit_id: str) -> None:
        printing.erased(visit_id)
        repainting.erased(visit_id)

    limits = AdmissionLimits(settings.open_visits_max, settings.visits_per_phone, settings.visits_per_address)
    visits = Visits(
        store=store,
        pictures=ground.pictures,
        admission=Admission(AdmissionStore(ground.database, mode=settings.paint), limits),
        runner=runner,
        progress=progress,
        metrics=metrics,
        catalogue=ground.catalogue,
        quiz=ground.quiz,
        retention_seconds=settings.retention_hours * 3600,
        on_erased=erased,
        tell=ground.bus.publish,
    )
    if settings.fallback_targets:
        await ground.run(repainting.keep_repainting(), "painting again")
    await ground.run(visits.keep_clean(), "keep clean")
    await ground.run(keep_looking(store, progress), "looking")
    staff_store = StaffStore(ground.database, owner=ground.owner, lease_seconds=LEASE_SECONDS, mode=settings.paint)
    desk = Desk(store=staff_store, visits=visits, runner=runner, progress=progress, tell=ground.bus.publish)
    figures = Figures(ground.database)
    overview = Overview(figures=figures, store=staff_store, dispatcher=workers.dispatcher, catalogue=ground.catalogue)
    ground.watching.append(lambda: bool(progress.watched))
    return _Visiting(visits, runner, desk, overview)


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
        mode=ground.settings.paint,
        tell=partial(ground.bus.publish, telling.KIOSK),
    )
    ground.watching.append(lambda: screens.are_open)
    await ground.run(screens.keep_current(), "monitors")
    await ground.run(printing.keep_telling(screens.look_again), "printing on monitors")
    return screens


async def _open_sharing(ground: _Ground, visiting: _Visiting, door: _Door, printing: Printing, screens: Screens) -> None:
    """Begin to tell other replicas what happens here, and to hear them; the rooms have given their part of it already."""
    bus, replicas = ground.bus, ground.replicas
    live = Live(bus, replicas, ground.progress, ground.pictures)
    telling.hear_visits(bus, visiting.visits, visiting.runner, ground.progress)
    telling.hear_screens(bus, screens)
    telling.hear_intake(bus, door.intake, screens)
    telling.hear_printing(bus, printing)
    replicas.on_gone(lambda _name: visiting.runner.look_again())
    if ground.database.is_sqlite:
        return
    await ground.run(live.keep_telling(), "telling the others")
    await ground.run(live.keep_showing(), "showing the others")
    await ground.run(replicas.keep_saying(), "replicas")
    await bus.open()


@asynccontextmanager
async def _running(work: Coroutine[None, None, None], name: str) -> AsyncGenerator[None]:
    """Run a coroutine beside the block, and end it with the block."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
