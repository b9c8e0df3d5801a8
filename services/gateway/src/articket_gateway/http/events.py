"""/api/v1/visits/{id}/events: what happens in a visit, as server-sent events.

`visit` (the whole visit) and `painting` (one painting that has ended) are kept and have an id: a client that reconnects with
Last-Event-ID misses none of them. A painting's progress and the ticket's way through the printer have no id: they are sent as
they stand and never queued, so a slow phone gets fewer of them, not later ones.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from articket_gateway.errors import Problem, StoreUnavailable
from articket_gateway.http.parts import Parts, PartsOf, VisitId
from articket_gateway.http.problems import RESPONSES
from articket_gateway.printing.views import TicketPrintView
from articket_gateway.storing.visits import StoredEvent
from articket_gateway.visit.progress import PaintingProgress
from articket_gateway.visit.states import TICKET, VisitRecord, VisitState
from articket_gateway.visit.views import KioskPlaceView, painting_view, visit_view

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], responses=RESPONSES)

LOOK_SECONDS = 20.0
"""Also without being woken, each stream looks at the store this often; `visit.looking` finds what other replicas do sooner."""

RETRY_MS = 1000
EVENT_ID = re.compile(r"[0-9]{1,18}")


@dataclass
class _Following:
    """Where one client stands. Made before the response begins, so that a visit that is not there is a proper problem."""

    record: VisitRecord
    last_id: int
    is_resumed: bool
    kiosk: KioskPlaceView | None = None
    printed: TicketPrintView | None = None
    seen: dict[str, int] = field(default_factory=dict[str, int])  # artist id → version of the progress that was sent last
    ended: set[str] = field(default_factory=set[str])


async def _begin(
    parts: PartsOf, visit_id: VisitId, last_event_id: Annotated[str | None, Header(max_length=32)] = None
) -> _Following:
    is_resumed = last_event_id is not None and EVENT_ID.fullmatch(last_event_id) is not None
    # the id before the record: what happens in between is then sent twice rather than never
    last_id = int(last_event_id) if last_event_id and is_resumed else await parts.store.last_event_id(visit_id)
    record = await parts.visits.find(visit_id)
    printed = parts.printing.ticket_print(visit_id)
    return _Following(record, last_id, is_resumed, await parts.sessions.of(record), printed)


@router.get("/{visit_id}/events", response_class=EventSourceResponse, summary="Follow the visit")
async def events(parts: PartsOf, following: Annotated[_Following, Depends(_begin)]) -> AsyncIterator[ServerSentEvent]:
    """Follow the visit: its present state first, then everything that changes, until it is erased."""
    visit_id = following.record.id
    if not following.is_resumed:
        yield _whole(following, parts.progress.of(visit_id), id=str(following.last_id), retry=RETRY_MS)
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
            has_visit = any(one.type == "visit" for one in news)
            if has_visit:
                await _look_again(parts, following)
            for event in [*_progress(following, live), *_kept(following, news), *_printed(parts, following, live)]:
                yield event
            if has_visit:
                following.seen.clear()  # a stored visit knows no progress: it is sent again after it
                watcher.woken.set()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await watcher.woken.wait()
            except TimeoutError:
                watcher.has_news = True


def _kept(following: _Following, news: Sequence[StoredEvent]) -> list[ServerSentEvent]:
    sent: list[ServerSentEvent] = []
    for one in news:
        following.last_id = one.id
        if one.type == "painting":
            following.ended.add(one.data["artist_id"])
        data = _present(following, one.data) if one.type == "visit" else one.data
        sent.append(ServerSentEvent(event=one.type, raw_data=_compact(data), id=str(one.id)))
    return sent


def _present(following: _Following, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Give a stored visit with what is not the visit's own story: that is told as it is now, however old the event."""
    ticket = stored.get("ticket")
    if ticket is not None and following.printed is not None:
        ticket = {**ticket, "print": following.printed.model_dump(mode="json")}
    kiosk = following.kiosk.model_dump(mode="json") if following.kiosk else None
    return {**stored, "is_public": following.record.is_public, "kiosk": kiosk, "ticket": ticket}


def _printed(parts: Parts, following: _Following, live: Mapping[str, PaintingProgress]) -> list[ServerSentEvent]:
    """Give the whole visit when its ticket has moved on at the printer."""
    printed = parts.printing.ticket_print(following.record.id)
    if printed == following.printed or TICKET not in following.record.steps:
        return []
    following.printed = printed
    if printed is not None and printed.state == "printed" and following.record.state is VisitState.TICKET_READY:
        following.record = replace(following.record, state=VisitState.PRINTED)
    return [_whole(following, live)]


def _whole(
    following: _Following, live: Mapping[str, PaintingProgress], *, id: str | None = None, retry: int | None = None
) -> ServerSentEvent:
    view = visit_view(following.record, live, kiosk=following.kiosk, printed=following.printed)
    return ServerSentEvent(event="visit", raw_data=view.model_dump_json(), id=id, retry=retry)


def _progress(following: _Following, live: Mapping[str, PaintingProgress]) -> list[ServerSentEvent]:
    """Give the paintings under way that have changed since they were last sent."""
    changed: list[ServerSentEvent] = []
    for artist_id, one in live.items():
        if artist_id not in following.ended and following.seen.get(artist_id) != one.version:
            following.seen[artist_id] = one.version
            view = painting_view(following.record, artist_id, one)
            changed.append(ServerSentEvent(event="painting", raw_data=view.model_dump_json()))
    return changed


async def _look_again(parts: Parts, following: _Following) -> None:
    """Take in the visit as it is now: staff may have let a failed artist try again, whose progress is news then."""
    with suppress(Problem, StoreUnavailable):  # told by the next look
        following.record = await parts.visits.find(following.record.id)
        following.kiosk = await parts.sessions.of(following.record)
        following.printed = parts.printing.ticket_print(following.record.id)
        following.ended = {step.artist_id for step in following.record.steps.values() if step.artist_id is not None}


async def _is_erased(parts: Parts, visit_id: str) -> bool:
    try:
        await parts.visits.find(visit_id)
    except Problem:
        return True
    return False


def _compact(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
