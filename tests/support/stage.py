"""A visit's whole flow over a real store, with the services played: for tests of what happens from the photo to the ticket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry

from articket_artists import Catalogue, load_artists, load_quiz
from articket_gateway.clients.caption import Captioned
from articket_gateway.clients.ticket import Composed, TicketOrder
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.pods import Pod
from articket_gateway.dispatch.retries import RetryPolicy
from articket_gateway.sharing.once import OwnOnce
from articket_gateway.storing.admission import AdmissionStore
from articket_gateway.storing.pictures import PictureStore
from articket_gateway.storing.repaints import RepaintStore
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.admission import Admission, AdmissionLimits
from articket_gateway.visit.flow import VisitFlow
from articket_gateway.visit.metrics import VisitMetrics
from articket_gateway.visit.painting import Painters
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.repainting import Repainting
from articket_gateway.visit.running import Runner
from articket_gateway.visit.states import PaintMode
from articket_gateway.visit.ticketing import Ticketing
from articket_gateway.visit.views import VisitView, news_of, visit_view
from articket_gateway.visit.visits import Visits
from articket_mesh.errors import MeshError
from tests.support.booth import ASTRONAUT, ROOT
from tests.support.pods import FakePod

FOUR = ("lichtenstein", "picasso", "renoir", "vangogh")
FAST = RetryPolicy(first_pause=0.01, longest_pause=0.02, patience=2.0, fallback_after=0.2)


@dataclass
class FakeCaptioner:
    seconds: float = 0.0
    error: MeshError | None = None

    async def caption(self, photo: bytes, *, idempotency_key: str, timeout: float) -> Captioned:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return Captioned("a portrait of one person", "One person", "한 사람", "fake", 0.0)


@dataclass
class FakeComposer:
    orders: list[TicketOrder] = field(default_factory=list)
    error: MeshError | None = None

    async def compose(self, order: TicketOrder, *, timeout: float) -> Composed:
        self.orders.append(order)
        if self.error is not None:
            raise self.error
        return Composed(b"%PDF", b"PNG", 0.0, [])


@dataclass
class Stage:
    """Everything but the services, which are played."""

    visits: Visits
    progress: Progress
    captioner: FakeCaptioner
    composer: FakeComposer
    registry: CollectorRegistry
    dispatcher: Dispatcher

    async def begin(self, photo: Path = ASTRONAUT, artists: tuple[str, ...] | None = None) -> str:
        visit_id = (await self.visits.begin("en", artists)).id
        await self.visits.receive_photo(visit_id, photo.read_bytes())
        return visit_id

    async def ended(self, visit_id: str, seconds: float = 8) -> VisitView:
        async with asyncio.timeout(seconds):
            while True:
                view = visit_view(await self.visits.find(visit_id), self.progress.of(visit_id))
                if view.ticket or view.error:
                    return view
                await asyncio.sleep(0.01)


@asynccontextmanager
async def staged(
    store: VisitStore,
    folder: Path,
    *,
    mode: PaintMode = PaintMode.ALL,
    fallback: FakePod | None = None,
    **pods: FakePod,
) -> AsyncIterator[Stage]:
    registry = CollectorRegistry()
    progress, metrics = Progress(), VisitMetrics(registry)
    pictures = PictureStore(str(folder / "pictures"))
    catalogue: Catalogue = load_artists(ROOT / "plugins/artists")
    quiz = load_quiz(ROOT / "plugins/quiz/quiz.yaml")
    known = [Pod(name, pod) for name, pod in pods.items()]
    if fallback is not None:
        known.append(Pod("fallback", fallback, is_fallback=True))
    dispatcher = Dispatcher(known, FAST)
    captioner, composer = FakeCaptioner(), FakeComposer()
    painters = Painters(
        dispatcher=dispatcher,
        once=OwnOnce(),
        store=store,
        pictures=pictures,
        progress=progress,
        metrics=metrics,
        catalogue=lambda: catalogue,
    )
    flow = VisitFlow(
        captioner=captioner,
        painters=painters,
        ticketing=Ticketing(
            composer=composer,
            store=store,
            pictures=pictures,
            progress=progress,
            catalogue=lambda: catalogue,
            public_url="http://booth.example",
            booth_name="Fair",
            printer=None,
        ),
        store=store,
        progress=progress,
        metrics=metrics,
        catalogue=lambda: catalogue,
        quiz=lambda: quiz,
        mode=mode,
    )
    repaints = RepaintStore(store._database)
    repainting = Repainting(painters=painters, visits=store, store=repaints, progress=progress, look_seconds=0.05)
    runner = Runner(store, progress, flow=flow, describe=news_of, patient=False)
    visits = Visits(
        store=store,
        pictures=pictures,
        admission=Admission(AdmissionStore(store._database), AdmissionLimits(200, 10, 300)),
        runner=runner,
        progress=progress,
        metrics=metrics,
        catalogue=lambda: catalogue,
        quiz=lambda: quiz,
        retention_seconds=3600,
        on_erased=repainting.erased,
    )
    await dispatcher.open()
    await runner.open()
    looking = asyncio.create_task(repainting.keep_repainting())
    yield Stage(visits, progress, captioner, composer, registry, dispatcher)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    await runner.close()
    await dispatcher.close()


def pod(**more: float) -> FakePod:
    """Make a pod that serves all four artists."""
    return FakePod(artists=dict.fromkeys(FOUR, "digest"), **more)  # type: ignore[arg-type]
