"""The gateway's printing over a real database, with visits whose tickets become ready, and nothing else of the booth."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from articket_gateway.printing.metrics import PrintMetrics
from articket_gateway.printing.printing import Printing
from articket_gateway.printing.sinks import Sink
from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.database import Database
from articket_gateway.storing.pictures import PictureStore, ticket_path
from articket_gateway.storing.prints import PrintJob, PrintStore
from articket_gateway.storing.visits import NewEvent, VisitStore
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.states import TICKET, StepRecord, StepStatus, VisitRecord, VisitState
from tests.support.waiting import until


@dataclass
class PrintStage:
    """One replica's printing."""

    printing: Printing
    prints: PrintStore
    visits: VisitStore
    pictures: PictureStore
    progress: Progress
    registry: CollectorRegistry

    async def ticket(self, *, artist_id: str = "vangogh", pdf: bytes | None = None) -> str:
        """Make a visit whose ticket becomes ready now; give its id."""
        visit_id = secrets.token_urlsafe(16)
        now = time.time()
        await self.visits.create(VisitRecord(visit_id, "en", VisitState.CREATED, now, now + 3600))
        lease = await self.visits.receive_photo(
            visit_id, digest=secrets.token_hex(8), artists=[artist_id], news=NewEvent("visit", {})
        )
        assert lease is not None
        number = f"{await self.visits.reserve_ticket_number(visit_id):04d}"
        await self.pictures.put(ticket_path(visit_id, "pdf"), pdf or pdf_of(number))
        step = StepRecord(TICKET, StepStatus.DONE, {"number": number, "artist_id": artist_id}, None, 1, now, now)
        await self.visits.save_step(lease, step, state=VisitState.TICKET_READY, prints=self.printing.wanted(visit_id))
        self.printing.queued()
        return visit_id

    async def erase(self, visit_id: str) -> None:
        """Erase the visit as `Visits.erase` does."""
        await self.visits.erase(visit_id)
        self.printing.erased(visit_id)
        await self.pictures.erase_ticket(visit_id)

    async def jobs(self, visit_id: str) -> list[PrintJob]:
        return (await self.printing.of_visits([visit_id])).get(visit_id, [])

    async def states(self, *visit_ids: str) -> list[str]:
        found = await self.printing.of_visits(visit_ids)
        return [job.state.value for visit_id in visit_ids for job in found.get(visit_id, [])]

    async def printed(self, *visit_ids: str, seconds: float = 20) -> None:
        """Wait until every job of the visits has been printed."""
        await until(lambda: self.states(*visit_ids), lambda states: set(states) == {"printed"}, seconds=seconds)

    async def reason(self, word: str, *, seconds: float = 10) -> None:
        """Wait until the first sink tells this reason."""
        await until(lambda: self.reasons, lambda reasons: word in reasons, seconds=seconds)

    @property
    def reasons(self) -> list[str]:
        view = self.printing.view()
        assert view is not None
        return view.sinks[0].reasons


def pdf_of(number: str) -> bytes:
    """Give what stands for the PDF of a ticket: no two are alike."""
    return b"%PDF-1.7\n" + f"ticket {number} {secrets.token_hex(8)}\n".encode() * 500 + b"%%EOF\n"


@asynccontextmanager
async def print_stage(
    database: Database, folder: Path, sinks: Sequence[Sink], *, owner: str = "here", lease_seconds: float = 10, **more: object
) -> AsyncIterator[PrintStage]:
    """Open printing for the block, as `app` does."""
    prints = PrintStore(database, owner=owner, lease_seconds=lease_seconds)
    pictures, progress, registry = PictureStore(str(folder / "pictures")), Progress(), CollectorRegistry()
    printing = Printing(
        sinks,
        store=prints,
        booth=BoothStore(database),
        tickets=pictures,
        progress=progress,
        metrics=PrintMetrics(registry),
        **more,  # type: ignore[arg-type]
    )
    visits = VisitStore(database, owner=owner, lease_seconds=10)
    try:
        await printing.open()
        yield PrintStage(printing, prints, visits, pictures, progress, registry)
    finally:
        await printing.close()
