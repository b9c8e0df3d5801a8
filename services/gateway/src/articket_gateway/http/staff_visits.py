"""/api/v1/staff/visits: the day's visits and tickets, and mending one with one tap. A visit is known by its ref only."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from articket_gateway.http import pictures
from articket_gateway.http.compressing import CompressedRoute
from articket_gateway.http.parts import ArtistId, PartsOf
from articket_gateway.http.problems import RESPONSES
from articket_gateway.http.staff_session import SignedIn
from articket_gateway.staff.views import StaffVisitsView, staff_visit_view

router = APIRouter(
    prefix="/api/v1/staff/visits",
    tags=["staff"],
    responses=RESPONSES,
    dependencies=[SignedIn],
    route_class=CompressedRoute,
)

pictures_router = APIRouter(prefix="/api/v1/staff/visits", tags=["staff"], responses=RESPONSES, dependencies=[SignedIn])
"""Never compressed."""

PAGE = 50
MOST_LISTED = 200

Ref = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="The visit's ref.")]
ASK_EACH_TIME = "private, no-cache"
"""Staff's browser asks again each time: what a visitor has erased is gone there, too."""


class Hidden(BaseModel):
    """Whether the visit stays off the public screens."""

    model_config = ConfigDict(extra="forbid")

    is_hidden: bool


class NewPrint(BaseModel):
    """How many copies."""

    model_config = ConfigDict(extra="forbid")

    copies: int = Field(default=1, ge=1, le=50)


@router.get("", summary="The visits of the last 24 hours")
async def listed(
    parts: PartsOf,
    response: Response,
    search: Annotated[str | None, Query(max_length=40, description="A ticket's number, with or without zeros.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = PAGE,
    before: Annotated[str | None, Query(max_length=120, description="The `next` of an earlier answer.")] = None,
) -> StaffVisitsView:
    """List the visits that are not erased, newest first."""
    response.headers["Cache-Control"] = "no-store"
    records, cursor = await parts.desk.listed(search=search, limit=limit, before=before)
    jobs = await parts.printing.of_visits(record.id for record in records)
    views = [
        staff_visit_view(record, parts.progress.of(record.id), (of := jobs.get(record.id, [])), parts.printing.copies_left(of))
        for record in records
    ]
    return StaffVisitsView(visits=views, next=cursor)


@router.post("/{ref}/paintings/{artist_id}/retry", status_code=202, summary="Let a failed artist try again")
async def retry(parts: PartsOf, ref: Ref, artist_id: ArtistId) -> None:
    """Let a failed artist try again, also when the visit has ended; if it failed as a whole, match and ticket follow."""
    await parts.desk.retry(ref, artist_id)


@router.post("/{ref}/prints", status_code=202, summary="Print the ticket")
async def print_ticket(parts: PartsOf, ref: Ref, wanted: Annotated[NewPrint | None, Body()] = None) -> None:
    """Queue the ticket on every sink that has enough copies left of this visit."""
    record = await parts.desk.find(ref)
    await parts.printing.ask(record.id, copies=wanted.copies if wanted else 1)


@router.put("/{ref}/hidden", status_code=204, summary="Hide from the public screens")
async def hide(parts: PartsOf, ref: Ref, wanted: Hidden) -> None:
    """Keep the visit's pictures off the public screens at once, or let them back if the visitor allows it."""
    await parts.desk.hide(ref, is_hidden=wanted.is_hidden)


@router.delete("/{ref}", status_code=204, summary="Erase the visit")
async def erase(parts: PartsOf, ref: Ref) -> None:
    """Erase everything of the visit at once, as its visitor can. Erasing twice is fine."""
    await parts.desk.erase(ref)


@pictures_router.get(
    "/{ref}/paintings/{artist_id}", response_class=Response, responses=pictures.JPEG_BODY, summary="A painting"
)
async def painting(
    parts: PartsOf, ref: Ref, artist_id: ArtistId, request: Request, size: Literal["thumb"] = "thumb"
) -> Response:
    """Give a small form of the painting."""
    record = await parts.desk.find(ref)
    return _asked_each_time(await pictures.painting(parts, record.id, artist_id, request, size))


@pictures_router.get("/{ref}/ticket.pdf", response_class=Response, responses=pictures.PDF_BODY, summary="The ticket to print")
async def ticket_pdf(parts: PartsOf, ref: Ref, request: Request) -> Response:
    """Give the ticket as a one-page PDF."""
    record = await parts.desk.find(ref)
    return _asked_each_time(await pictures.ticket_pdf(parts, record.id, request))


@pictures_router.get(
    "/{ref}/ticket.png", response_class=Response, responses=pictures.PNG_BODY, summary="The ticket as a picture"
)
async def ticket_png(parts: PartsOf, ref: Ref, request: Request) -> Response:
    """Give the same ticket as a PNG."""
    record = await parts.desk.find(ref)
    return _asked_each_time(await pictures.ticket_png(parts, record.id, request))


def _asked_each_time(response: Response) -> Response:
    response.headers["Cache-Control"] = ASK_EACH_TIME
    return response
