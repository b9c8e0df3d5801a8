"""A visit as its visitor sees it: the JSON of the API and of the events."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from articket_gateway.printing.views import TicketPrintView
from articket_gateway.storing.visits import NewEvent
from articket_gateway.visit.progress import PaintingProgress
from articket_gateway.visit.states import (
    CAPTION,
    MATCH,
    TICKET,
    PaintingState,
    StepRecord,
    StepStatus,
    VisitRecord,
    VisitState,
    paint_step,
)


class View(BaseModel):
    """The base of what is sent: unknown fields are a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WordsView(View):
    """A line in both languages."""

    en: str
    ko: str


class ErrorView(View):
    """Why something failed."""

    reason: str = Field(description="Machine-readable reason.")
    detail: str = Field(description="The same for people.")


class PaintingView(View):
    """One artist's painting."""

    artist_id: str
    state: PaintingState
    position: int | None = Field(default=None, description="Paintings before this one while it waits; null otherwise.")
    seconds_left: float | None = Field(
        default=None, description="Seconds until it is done, by the pace of the pods; null when nobody can say yet."
    )
    step: int = Field(default=0, description="The step that has just ended.")
    steps: int = Field(default=0, description="How many steps there are; 0 until the engine has said so.")
    label: str = Field(default="", description="What the step did.")
    preview_url: str | None = Field(default=None, description="The canvas as it stands, while it is being painted.")
    url: str | None = Field(default=None, description="The painting; add size=thumb, screen or print.")
    attempts: int = Field(default=0, description="Tries that counted; while it paints, the present one included.")
    pod: str | None = Field(default=None, description="The short name of the stylize pod that has it, or made it.")
    engine: str | None = None
    engine_seconds: float | None = None
    is_fallback: bool = Field(default=False, description="Whether the fallback engine paints or has painted it.")
    reason: str | None = Field(default=None, description="Why it failed.")


class RankView(View):
    """One artist's place in the match."""

    artist_id: str
    score: float


class MatchView(View):
    """The artist who matches the visitor, and why."""

    artist_id: str
    because: WordsView
    ranking: list[RankView]


class TicketView(View):
    """The printable ticket."""

    number: str
    pdf_url: str
    png_url: str
    print: TicketPrintView | None = Field(default=None, description="Null where it is not printed.")


class KioskPlaceView(View):
    """The monitor whose code the visitor has scanned, and whether the quiz stands on it."""

    name: str
    has_monitor: bool
    held_until: str | None = Field(default=None, description="Until when, unless the phone moves on.")


class StepView(View):
    """One step of the visit that has ended."""

    name: str
    state: Literal["done", "failed", "skipped"]
    started_at: str
    seconds: float
    attempts: int
    pod: str | None = Field(default=None, description="The short name of the stylize pod, where one was at work.")
    engine: str | None = None
    engine_seconds: float | None = None


class VisitView(View):
    """A visit. Times are ISO 8601 in UTC."""

    id: str
    state: VisitState
    lang: Literal["en", "ko"]
    created_at: str
    expires_at: str = Field(description="When everything of this visit is erased.")
    is_public: bool = Field(default=False, description="Whether the visitor lets the booth's screens show the pictures.")
    kiosk: KioskPlaceView | None = Field(default=None, description="Null without a kiosk's pass.")
    photo_url: str | None = None
    caption: WordsView | None = None
    paintings: list[PaintingView] = []
    match: MatchView | None = None
    ticket: TicketView | None = None
    steps: list[StepView] = []
    error: ErrorView | None = None


def visit_view(
    record: VisitRecord,
    progress: Mapping[str, PaintingProgress],
    *,
    kiosk: KioskPlaceView | None = None,
    printed: TicketPrintView | None = None,
) -> VisitView:
    """Show the record, with what is going on right now: in its paintings, on its monitor and at the printer."""
    caption = record.step_done(CAPTION)
    ticket = record.step_done(TICKET)
    base = base_url(record.id)
    return VisitView(
        id=record.id,
        state=state_of(record, progress),
        lang="ko" if record.lang == "ko" else "en",
        created_at=iso(record.created_at),
        expires_at=iso(record.expires_at),
        is_public=record.is_public,
        kiosk=kiosk,
        photo_url=f"{base}/photo" if record.photo_digest else None,
        caption=WordsView(**caption.output["text"]) if caption and caption.output else None,
        paintings=[painting_view(record, artist_id, progress.get(artist_id)) for artist_id in painted_artists(record)],
        match=match_view(record),
        ticket=TicketView(
            number=ticket.output["number"], pdf_url=f"{base}/ticket.pdf", png_url=f"{base}/ticket.png", print=printed
        )
        if ticket and ticket.output
        else None,
        steps=[_step_view(step) for step in sorted(record.steps.values(), key=lambda step: step.started_at)],
        error=ErrorView(**record.error) if record.error else None,
    )


def state_of(record: VisitRecord, progress: Mapping[str, PaintingProgress]) -> VisitState:
    """Give how far the visit is; the record learns of painting only when the first one has ended."""
    is_painting = any(one.state is PaintingState.PAINTING for one in progress.values())
    if is_painting and record.state in (VisitState.PHOTO_RECEIVED, VisitState.CAPTIONED):
        return VisitState.PAINTING
    return record.state


def painting_view(record: VisitRecord, artist_id: str, live: PaintingProgress | None) -> PaintingView:
    """Show one painting: its record when it has ended, otherwise what is going on."""
    base = f"{base_url(record.id)}/paintings/{artist_id}"
    step = record.steps.get(paint_step(artist_id))
    if step is not None and step.is_done and step.output:
        return PaintingView(
            artist_id=artist_id,
            state=PaintingState.DONE,
            step=step.output.get("steps", 0),
            steps=step.output.get("steps", 0),
            url=f"{base}?v={step.output['key'][:12]}",
            attempts=step.attempts,
            pod=pod_of(step),
            engine=step.engine,
            engine_seconds=step.engine_seconds,
            is_fallback=bool(step.output.get("is_fallback")),
        )
    if step is not None and step.status is StepStatus.SKIPPED:
        return PaintingView(artist_id=artist_id, state=PaintingState.SKIPPED)
    if step is not None:
        reason = (step.error or {}).get("reason")
        return PaintingView(
            artist_id=artist_id, state=PaintingState.FAILED, attempts=step.attempts, pod=pod_of(step), reason=reason
        )
    if live is None:
        return PaintingView(artist_id=artist_id, state=PaintingState.QUEUED)
    return PaintingView(
        artist_id=artist_id,
        state=live.state,
        position=live.position,
        seconds_left=None if live.ends_at is None else round(max(0.0, live.ends_at - time.time()), 1),
        step=live.step,
        steps=live.steps,
        label=live.label,
        preview_url=f"{base}/preview?v={live.version}" if live.has_preview else None,
        attempts=live.attempts,
        pod=live.pod,
        is_fallback=live.is_fallback,
    )


def news_of(record: VisitRecord, step_name: str | None) -> Sequence[NewEvent]:
    """Give the events that tell of a step's end: the painting alone for a painting, the whole visit for anything else."""
    step = record.steps[step_name] if step_name is not None else None
    if step is not None and step.artist_id is not None:
        return [NewEvent("painting", painting_view(record, step.artist_id, None).model_dump(mode="json"))]
    return [visit_news(record)]


def visit_news(record: VisitRecord) -> NewEvent:
    """Give the event that tells the whole visit."""
    return NewEvent("visit", visit_view(record, {}).model_dump(mode="json"))


def pod_of(step: StepRecord) -> str | None:
    """Give the short name of the pod that had the step last; None where no pod was at work."""
    return (step.output or step.error or {}).get("pod")


def base_url(visit_id: str) -> str:
    """Give the path of everything about a visit."""
    return f"/api/v1/visits/{visit_id}"


def painted_artists(record: VisitRecord) -> Sequence[str]:
    """Give who paints the visit's photo; nobody while there is none."""
    return () if record.photo_digest is None else record.artists or ()


def match_view(record: VisitRecord) -> MatchView | None:
    """Show the match, when there is one."""
    match = record.step_done(MATCH)
    if match is None or not match.output:
        return None
    # the ticket has the last word: where the first artist's painting failed, it went to the next
    ticket = record.step_done(TICKET)
    artist_id = (ticket.output or {}).get("artist_id") if ticket else None
    artist_id = artist_id or match.output["ranking"][0]["artist_id"]
    return MatchView(
        artist_id=artist_id,
        because=WordsView(**match.output["because"][artist_id]),
        ranking=[RankView(**one) for one in match.output["ranking"]],
    )


def _step_view(step: StepRecord) -> StepView:
    return StepView(
        name=step.name,
        state=step.status.value,
        started_at=iso(step.started_at),
        seconds=round(step.finished_at - step.started_at, 4),
        attempts=step.attempts,
        pod=pod_of(step),
        engine=step.engine,
        engine_seconds=step.engine_seconds,
    )


def iso(seconds: float) -> str:
    """Give Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
