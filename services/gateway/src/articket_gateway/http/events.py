"""/api/v1/visits/{id}/events: what happens in a visit, as server-sent events.

`visit` (the whole visit) and `painting` (one painting that has ended) are kept and have an id: a client that reconnects with
Last-Event-ID misses none of them. A painting's progress has no id: it is sent as it stands and never queued, so a slow phone
gets fewer of them, not later ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from articket_gateway.errors import Problem, StoreUnavailable
from articket_gateway.http.parts import Parts, PartsOf, VisitId
from articket_gateway.http.problems import RESPONSES
from articket_gateway.visit.states import VisitRecord
from articket_gateway.visit.views import painting_view, visit_view

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], responses=RESPONSES)

LOOK_SECONDS = 2.0
"""Also without being woken, the store is looked at this often: another replica may run the visit."""

RETRY_MS = 1000


@router.get("/{visit_id}/events", response_class=EventSourceResponse, summary="Follow the visit")
async def events(
    parts: PartsOf, visit_id: VisitId, last_event_id: Annotated[str | None, Header(max_length=32)] = None
) -> AsyncIterator[ServerSentEvent]:
    """Follow the visit: its present state first, then everything that changes, until it is erased."""
    record = await parts.visits.find(visit_id)
    with parts.progress.watch(visit_id) as woken:
        last_id = int(last_event_id) if last_event_id and last_event_id.isdigit() else None
        if last_id is None:
            past = await parts.store.events_after(visit_id, 0)
            last_id = past[-1].id if past else 0
            record = await parts.visits.find(visit_id)
            view = visit_view(record, parts.progress.of(visit_id))
            yield ServerSentEvent(event="visit", data=view.model_dump(mode="json"), id=str(last_id), retry=RETRY_MS)
        seen: dict[str, int] = {}
        while not parts.closing.is_set():
            woken.clear()
            try:
                news = await parts.store.events_after(visit_id, last_id)
                if not news and await _is_erased(parts, visit_id):
                    yield ServerSentEvent(event="erased", data={"id": visit_id})
                    return
            except StoreUnavailable:
                news = []  # the connection stays; what happened meanwhile is sent when the database is back
            for one in news:
                last_id = one.id
                yield ServerSentEvent(event=one.type, data=one.data, id=str(one.id))
            for event in _progress(parts, record, seen):
                yield event
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await woken.wait()
            except TimeoutError:
                continue


def _progress(parts: Parts, record: VisitRecord, seen: dict[str, int]) -> list[ServerSentEvent]:
    """Give the paintings that have changed since they were last sent."""
    changed: list[ServerSentEvent] = []
    for artist_id, live in parts.progress.of(record.id).items():
        if seen.get(artist_id) != live.version:
            seen[artist_id] = live.version
            view = painting_view(record, artist_id, live)
            changed.append(ServerSentEvent(event="painting", data=view.model_dump(mode="json")))
    return changed


async def _is_erased(parts: Parts, visit_id: str) -> bool:
    try:
        await parts.visits.find(visit_id)
    except Problem:
        return True
    return False
