"""Putting a visit on paper: its painting, its words, its number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from articket_artists import Catalogue, PaintingSlot
from articket_gateway.clients.ticket import Composed, TicketOrder, TicketPicture
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy, retrying
from articket_gateway.storing.pictures import PictureStore, painting_path, ticket_path
from articket_gateway.storing.prints import NewPrint
from articket_gateway.storing.visits import OUTAGE_PATIENCE_SECONDS, VisitStore
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import StepFailed, StepResult
from articket_gateway.visit.states import CAPTION, TICKET, Json, VisitRecord

TICKET_TIMEOUT_SECONDS = 15.0


class Composer(Protocol):
    """What is needed of the ticket service."""

    async def compose(self, order: TicketOrder, *, timeout: float) -> Composed:
        """Make the ticket."""
        ...


class Printer(Protocol):
    """What is needed of printing."""

    def wanted(self, visit_id: str) -> Sequence[NewPrint]:
        """Give what is to be printed of a ticket that becomes ready now."""
        ...

    def queued(self) -> None:
        """Take notice of what has been stored."""
        ...


class Ticketing:
    """Makes tickets. `booth_name` and `public_url` are printed on them."""

    def __init__(
        self,
        *,
        composer: Composer,
        store: VisitStore,
        pictures: PictureStore,
        progress: Progress,
        catalogue: Callable[[], Catalogue],
        public_url: str,
        booth_name: str,
        printer: Printer | None,
        policy: RetryPolicy | None = None,
    ) -> None:
        self._composer = composer
        self._store = store
        self._pictures = pictures
        self._progress = progress
        self._catalogue = catalogue
        self._public_url = public_url.rstrip("/")
        self._booth_name = booth_name
        self._printer = printer
        self._policy = policy or RetryPolicy()

    def queued(self) -> None:
        """Let the printers look for what the ticket's step has stored."""
        if self._printer is not None:
            self._printer.queued()

    async def step(
        self, record: VisitRecord, matched: Json, artist_id: str, *, photo: bytes, paintings: Mapping[str, Json]
    ) -> StepResult:
        """Make the ticket of this artist, with the paintings (artist id → record) that are there now. Raises StepFailed."""
        number = f"{await self._store.reserve_ticket_number(record.id):04d}"
        caption = record.step_done(CAPTION)
        order = TicketOrder(
            idempotency_key=f"{record.id}/{TICKET}",
            artist_id=artist_id,
            language=record.lang,
            paintings=await self._ticket_paintings(record, matched, artist_id, paintings),
            photo=TicketPicture(photo),
            caption=caption.output["text"][record.lang] if caption and caption.output else "",
            because=matched["because"][artist_id][record.lang],
            number=number,
            visit_url=f"{self._public_url}/v/{record.id}",
            booth_name=self._booth_name,
            date=datetime.now().astimezone().date().isoformat(),
        )

        async def call() -> Composed:
            with self._progress.trying(record.id, TICKET):
                return await self._composer.compose(order, timeout=TICKET_TIMEOUT_SECONDS)

        try:
            composed, attempts = await retrying(call, self._policy)
        except GaveUp as gave_up:
            raise StepFailed.of(gave_up) from gave_up
        await asyncio.gather(
            self._pictures.put(ticket_path(record.id, "pdf"), composed.pdf, patience=OUTAGE_PATIENCE_SECONDS),
            self._pictures.put(ticket_path(record.id, "png"), composed.png, patience=OUTAGE_PATIENCE_SECONDS),
        )
        output = {"number": number, "artist_id": artist_id, "notices": list(composed.notices)}
        prints = self._printer.wanted(record.id) if self._printer is not None else ()
        return StepResult(output, attempts, "ticket", composed.engine_seconds, prints=prints)

    async def _ticket_paintings(
        self, record: VisitRecord, matched: Json, first: str, paintings: Mapping[str, Json]
    ) -> list[TicketPicture]:
        """Give the pictures that the template has slots for, by rank; what is not ready now is not waited for."""
        digest = record.photo_digest
        assert digest is not None
        ranked = [first, *(rank["artist_id"] for rank in matched["ranking"] if rank["artist_id"] != first)]
        done = [artist_id for artist_id in ranked if artist_id in paintings]
        pictures: list[TicketPicture] = []
        for artist_id in done[: self._ranks_printed(first)]:
            painting = paintings[artist_id]
            picture = await self._pictures.get(painting_path(digest, painting["key"]), patience=OUTAGE_PATIENCE_SECONDS)
            if picture:
                pictures.append(TicketPicture(picture, *painting["focus"], artist_id=artist_id))
        return pictures

    def _ranks_printed(self, artist_id: str) -> int:
        """Give how many paintings the artist's template shows: megabytes that it has no slot for are not sent."""
        loaded = self._catalogue().artists.get(artist_id)
        slots = loaded.artist.ticket.slots if loaded else ()
        return max((slot.rank for slot in slots if isinstance(slot, PaintingSlot)), default=1)
