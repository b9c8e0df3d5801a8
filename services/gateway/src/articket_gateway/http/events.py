"""/api/v1/visits/{id}/events: what happens in a visit, as server-sent events.

`visit` (the whole visit) and `painting` (one painting that has ended) are kept and have an id: a client that reconnects with
Last-Event-ID misses none of them. A painting's progress has no id: it is sent as it stands and never queued, so a slow phone
gets fewer of them, not later ones.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from articket_gateway.errors import Problem, StoreUnavailable
from articket_gateway.http.parts import Parts, PartsOf, VisitId
from articket_gateway.http.problems import RESPONSES
from articket_gateway.storing.visits import StoredEvent
from articket_gateway.visit.progress import PaintingProgress
from articket_gateway.visit.states import VisitRecord
from articket_gateway.visit.views import painting_view, visit_view

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], responses=RESPONSES)

LOOK_SECONDS = 2.0
"""Also without being woken, the store is looked at this often: another replica may run the visit."""

RETRY_MS = 1000
EVENT_ID = re.compile(r"[0-9]{1,18}")


@dataclass
class _Following:
    """Where one client stands. Made before the response begins, so that a visit that is not there is a proper problem."""

    record: VisitRecord
    last_id: int
    is_resumed: bool
    seen: dict[str, int] = field(default_factory=dict[str, int])  # artist id → version of the progress that was sent last
    ended: set[str] = field(default_factory=set[str])


async def _begin(
    parts: PartsOf, visit_id: VisitId, last_event_id: Annotated[str | None, Header(max_length=32)] = None
) -> _Following:
    is_resumed = last_event_id is not None and EVENT_ID.fullmatch(last_event_id) is not None
    # the id before the record: what happens in between is then sent twice rather than never
    last_id = int(last_event_id) if last_event_id and is_resumed else await parts.store.last_event_id(visit_id)
    return _Following(await parts.visits.find(visit_id), last_id, is_resumed)


@router.get("/{visit_id}/events", response_class=EventSourceResponse, summary="Follow the visit")
async def events(parts: PartsOf, following: Annotated[_Following, Depends(_begin)]) -> AsyncIterator[ServerSentEvent]:
    """Follow the visit: its present state first, then everything that changes, until it is erased."""
    visit_id = following.record.id
    if not following.is_resumed:
        view = visit_view(following.record, parts.progress.of(visit_id))
        yield ServerSentEvent(event="visit", data=view.model_dump(mode="json"), id=str(following.last_id), retry=RETRY_MS)
    with parts.progress.watch(visit_id) as watcher:
        while not parts.closing.is_set():
            watcher.woken.clear()
            # the progress before the store: no canvas may follow the painting that it has become
            live = dict(parts.progress.of(visit_id))
            news = []
            if watcher.has_news:
                watcher.has_news = False
                try:
                    news = await parts.store.events_after(visit_id, following.last_id)
                    if not news and await _is_erased(parts, visit_id):
                        yield ServerSentEvent(event="erased", data={"id": visit_id})
                        return
                except StoreUnavailable:
                    watcher.has_news = True  # the connection stays; what happened is sent when the database is back
            for event in [*_progress(following, live), *_kept(following, news)]:
                yield event
            if any(one.type == "visit" for one in news):
                following.seen.clear()  # a stored visit knows no progress: it is sent again after it
                watcher.woken.set()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await watcher.woken.wait()
            except TimeoutError:
                watcher.has_news = True


def _kept(following: _Following, news: list[StoredEvent]) -> list[ServerSentEvent]:
    for one in news:
        following.last_id = one.id
        if one.type == "painting":
            following.ended.add(one.data["artist_id"])
    return [ServerSentEvent(event=one.type, data=one.data, id=str(one.id)) for one in news]


def _progress(following: _Following, live: Mapping[str, PaintingProgress]) -> list[ServerSentEvent]:
    """Give the paintings under way that have changed since they were last sent."""
    changed: list[ServerSentEvent] = []
    for artist_id, one in live.items():
        if artist_id not in following.ended and following.seen.get(artist_id) != one.version:
            following.seen[artist_id] = one.version
            view = painting_view(following.record, artist_id, one)
            changed.append(ServerSentEvent(event="painting", data=view.model_dump(mode="json")))
    return changed


async def _is_erased(parts: Parts, visit_id: str) -> bool:
    try:
        await parts.visits.find(visit_id)
    except Problem:
        return True
    return False
