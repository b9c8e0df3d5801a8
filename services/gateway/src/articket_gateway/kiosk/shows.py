"""A visit as a monitor shows it: its way through the mesh, station by station, each lit by what really happened and when.

Knows records and progress, no store: `screens` keeps the shows current.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from articket_gateway.kiosk.views import Awaited, Hop, HopState, ShowMatchView, ShowView
from articket_gateway.printing.views import TicketPrintView
from articket_gateway.visit.progress import PaintingProgress, StepProgress
from articket_gateway.visit.states import (
    CAPTION,
    MATCH,
    TICKET,
    PaintingState,
    PaintMode,
    StepRecord,
    StepStatus,
    VisitRecord,
    VisitState,
    paint_step,
)
from articket_gateway.visit.views import iso, match_view, painted_artists, pod_of, state_of

GATEWAY = "gateway"
PRINT = "print"

REVEAL_SECONDS = 25.0
"""A show stays so long after its end: time to read who it is and to look at the others."""

UNANSWERED_SECONDS = 180.0
"""A show in which only the visitor's answers are waited for waits so long; it comes back when they come later."""

PRINT_STATES: Mapping[str, HopState] = {
    "waiting": "waiting",
    "held": "waiting",
    "printing": "running",
    "printed": "done",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What is going on in a visit right now, beside its record."""

    paintings: Mapping[str, PaintingProgress]
    steps: Mapping[str, StepProgress]
    ticket_print: TicketPrintView | None = None
    is_printing_set_up: bool = False
    mode: PaintMode = PaintMode.ALL


def leaves_at(record: VisitRecord, mode: PaintMode = PaintMode.ALL) -> float | None:
    """Give when the visit's show leaves the screen (Unix seconds); None while something is still to come."""
    ends = [step.finished_at for step in record.steps.values()]
    is_painted = all(paint_step(artist_id) in record.steps for artist_id in painted_artists(record))
    if record.state is VisitState.FAILED:
        return max(ends, default=record.photo_at or record.created_at) + REVEAL_SECONDS
    # where the match decides who paints, a visitor who has walked away leaves nothing under way
    is_left_to_the_visitor = mode is not PaintMode.ALL and record.answers is None and CAPTION in record.steps
    if not is_painted and not is_left_to_the_visitor:
        return None
    if record.step_done(TICKET) is not None:
        return max(ends) + REVEAL_SECONDS
    return max(ends, default=record.created_at) + UNANSWERED_SECONDS if record.answers is None else None


def is_unanswered(record: VisitRecord, mode: PaintMode = PaintMode.ALL) -> bool:
    """Whether all that the booth can do is done and only the visitor is waited for."""
    return record.answers is None and leaves_at(record, mode) is not None


def belongs_to(record: VisitRecord, kiosk_id: str) -> bool:
    """Whether this kiosk shows the visit: it came by the kiosk's code, or by none."""
    return record.kiosk_id in (None, kiosk_id)


def show_view(record: VisitRecord, moment: Moment) -> ShowView:
    """Show the visit."""
    ticket = record.step_done(TICKET)
    match = match_view(record)
    until = leaves_at(record, moment.mode)
    is_told = ticket is not None or record.state is VisitState.FAILED
    return ShowView(
        ref=record.ref,
        number=ticket.output["number"] if ticket and ticket.output else None,
        lang="ko" if record.lang == "ko" else "en",
        is_public=record.is_public,
        state=state_of(record, moment.paintings),
        began_at=iso(record.photo_at or record.created_at),
        photo_url=f"{_base(record)}/photo" if record.may_be_shown else None,
        hops=[
            _gateway_hop(record, moment),
            _step_hop(CAPTION, record, moment),
            *(_paint_hop(record, artist_id, moment) for artist_id in painted_artists(record)),
            _step_hop(TICKET, record, moment),
            _print_hop(record, moment),
        ],
        match=ShowMatchView(artist_id=match.artist_id, because=match.because) if match else None,
        ticket_print=moment.ticket_print,
        until=iso(until) if until is not None and is_told else None,
    )


def _base(record: VisitRecord) -> str:
    return f"/api/v1/kiosk/shows/{record.ref}"


def _gateway_hop(record: VisitRecord, moment: Moment) -> Hop:
    """The photo's receipt: read, turned upright, cleaned, stored; over when the first step begins."""
    began = record.photo_at
    recorded, live = record.steps.get(CAPTION), moment.steps.get(CAPTION)
    ended = recorded.started_at if recorded else live.started_at if live else None
    if began is None or ended is None:
        return Hop(name=GATEWAY, state="running", started_at=iso(began) if began else None, attempts=1)
    return Hop(name=GATEWAY, state="done", started_at=iso(began), seconds=_seconds(began, ended), attempts=1)


def _step_hop(name: str, record: VisitRecord, moment: Moment) -> Hop:
    step, live = record.steps.get(name), moment.steps.get(name)
    if step is not None:
        return _ended(step, step.started_at)
    if live is not None:
        return Hop(name=name, state="running", started_at=iso(live.started_at), attempts=live.attempts, reason=live.reason)
    return Hop(name=name, state="skipped" if record.state is VisitState.FAILED else "waiting")


def _paint_hop(record: VisitRecord, artist_id: str, moment: Moment) -> Hop:
    live = moment.paintings.get(artist_id)
    base = f"{_base(record)}/paintings/{artist_id}"
    name = paint_step(artist_id)
    step = record.steps.get(name)
    if step is not None and step.output:
        began = step.output.get("sent_at", step.started_at)
        steps = step.output.get("steps", 0)
        hop = _ended(step, began)
        url = f"{base}?v={step.output['key'][:12]}" if record.may_be_shown else None
        return hop.model_copy(
            update={
                "step": steps,
                "steps": steps,
                "picture_url": url,
                "is_fallback": bool(step.output.get("is_fallback")),
                "is_reused": bool(step.output.get("is_reused")),
            }
        )
    if step is not None and step.status is StepStatus.SKIPPED:
        return Hop(name=name, state="skipped")
    if step is not None:
        return _ended(step, (step.error or {}).get("sent_at", step.started_at))
    if live is None and record.state is VisitState.FAILED:
        return Hop(name=name, state="skipped")
    if live is None:
        return Hop(name=name, state="waiting", waits_for=_awaited(record, artist_id, moment.mode))
    return Hop(
        name=name,
        state="running" if live.state is PaintingState.PAINTING else "waiting",
        started_at=iso(live.sent_at) if live.sent_at else None,
        attempts=live.attempts,
        pod=live.pod,
        engine=live.engine,
        is_fallback=live.is_fallback,
        position=live.position,
        step=live.step,
        steps=live.steps,
        label=live.label,
        preview_url=f"{base}/preview?v={live.version}" if live.has_preview and record.may_be_shown else None,
        reason=live.reason,
    )


def _awaited(record: VisitRecord, artist_id: str, mode: PaintMode) -> Awaited | None:
    """Give what this painting waits for where the match decides who paints; None when it may begin, or has begun."""
    if mode is PaintMode.ALL:
        return None
    match = record.step_done(MATCH)
    if match is None or not match.output:
        return "match"
    ranking = [rank["artist_id"] for rank in match.output["ranking"]]
    before = ranking[: ranking.index(artist_id)] if artist_id in ranking else ranking
    if mode is PaintMode.MATCHED_ONLY:
        return "reserve" if any(paint_step(one) not in record.steps for one in before) else None
    return "painter" if any(paint_step(one) not in record.steps for one in before[:1]) else None


def _print_hop(record: VisitRecord, moment: Moment) -> Hop:
    printed = moment.ticket_print
    if printed is not None:
        is_under_way = printed.state in ("printing", "printed")
        return Hop(
            name=PRINT,
            state=PRINT_STATES[printed.state],
            position=None if is_under_way else printed.ahead,
            attempts=1 if is_under_way else 0,
            reason=printed.reason,
        )
    is_skipped = not moment.is_printing_set_up or record.state is VisitState.FAILED
    return Hop(name=PRINT, state="skipped" if is_skipped else "waiting")


def _ended(step: StepRecord, began: float) -> Hop:
    return Hop(
        name=step.name,
        state=step.status.value,
        started_at=iso(began),
        seconds=_seconds(began, step.finished_at),
        attempts=step.attempts,
        pod=pod_of(step),
        engine=step.engine,
        reason=None if step.is_done else (step.error or {}).get("reason"),
    )


def _seconds(began: float, ended: float) -> float:
    return round(max(0.0, ended - began), 3)
