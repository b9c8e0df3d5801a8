"""A visit as staff see it: enough to help its visitor, and nothing of what the visitor told or showed.

No id (it is the visitor's key), no photo, no caption, no answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from articket_gateway.storing.prints import PrintJob
from articket_gateway.visit.progress import PaintingProgress
from articket_gateway.visit.states import TICKET, PaintingState, VisitRecord, VisitState, paint_step
from articket_gateway.visit.views import ErrorView, View, iso, match_view, painted_artists, painting_view, state_of


class StaffPaintingView(View):
    """One artist's painting."""

    artist_id: str
    state: PaintingState
    reason: str | None = Field(description="Why it failed.")
    attempts: int
    engine: str | None
    is_fallback: bool = Field(description="Whether another engine has painted than the pod's own.")
    thumb_url: str | None


class PrintJobView(View):
    """One ticket to one sink."""

    id: int
    sink: str
    state: str = Field(description="waiting, printing, printed, failed or cancelled.")
    copies: int
    reason: str | None
    asked_by: Literal["automatic", "staff"]
    asked_at: str


class StaffVisitView(View):
    """One visit."""

    ref: str = Field(description="How staff know the visit; it opens nothing on visitors' routes.")
    number: str | None = Field(description="The ticket's number; null while there is no ticket.")
    state: VisitState
    lang: Literal["en", "ko"]
    created_at: str
    artist_id: str | None = Field(description="The artist on the ticket, or who will be.")
    paintings: list[StaffPaintingView]
    is_public: bool = Field(description="Whether the visitor allows public screens.")
    is_hidden: bool = Field(description="Whether staff keep it off the public screens.")
    prints: list[PrintJobView]
    copies_left: int
    ticket_png_url: str | None
    ticket_pdf_url: str | None
    error: ErrorView | None = Field(description="Why the visit as a whole has failed.")


class StaffVisitsView(View):
    """A page of visits, newest first."""

    visits: list[StaffVisitView]
    next: str | None = Field(description="Give it as `before` for the next page; null when this is the last one.")


def staff_visit_view(
    record: VisitRecord, live: Mapping[str, PaintingProgress], jobs: Sequence[PrintJob], copies_left: int
) -> StaffVisitView:
    """Show a visit to staff."""
    base = f"/api/v1/staff/visits/{record.ref}"
    ticket = record.step_done(TICKET)
    number = ticket.output["number"] if ticket and ticket.output else None
    match = match_view(record)
    return StaffVisitView(
        ref=record.ref,
        number=number,
        state=state_of(record, live),
        lang="ko" if record.lang == "ko" else "en",
        created_at=iso(record.created_at),
        artist_id=match.artist_id if match else None,
        paintings=[_painting(base, record, artist_id, live) for artist_id in painted_artists(record)],
        is_public=record.is_public,
        is_hidden=record.is_hidden,
        prints=[_print(job) for job in jobs],
        copies_left=copies_left,
        ticket_png_url=f"{base}/ticket.png" if number else None,
        ticket_pdf_url=f"{base}/ticket.pdf" if number else None,
        error=ErrorView(reason=record.error["reason"], detail=record.error["detail"]) if record.error else None,
    )


def _painting(base: str, record: VisitRecord, artist_id: str, live: Mapping[str, PaintingProgress]) -> StaffPaintingView:
    one = painting_view(record, artist_id, live.get(artist_id))
    step = record.step_done(paint_step(artist_id))
    return StaffPaintingView(
        artist_id=artist_id,
        state=one.state,
        reason=one.reason,
        attempts=one.attempts,
        engine=one.engine,
        is_fallback=one.is_fallback,
        thumb_url=f"{base}/paintings/{artist_id}?size=thumb&v={step.output['key'][:12]}" if step and step.output else None,
    )


def _print(job: PrintJob) -> PrintJobView:
    return PrintJobView(
        id=job.id,
        sink=job.sink,
        state=job.state,
        copies=job.copies,
        reason=job.reason,
        asked_by="staff" if job.asked_by == "staff" else "automatic",
        asked_at=iso(job.asked_at),
    )
