"""The pictures of a visit: its photo, its paintings, its ticket."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from articket_gateway.errors import Problem
from articket_gateway.http.bodies import picture_response
from articket_gateway.http.parts import ArtistId, PartsOf, VisitId
from articket_gateway.http.problems import RESPONSES, Responses
from articket_gateway.storing.pictures import painting_path, photo_path, photo_thumb_path
from articket_gateway.visit.states import TICKET, paint_step
from articket_gateway.visit.views import base_url
from articket_gateway.visit.visits import etag

router = APIRouter(prefix="/api/v1/visits/{visit_id}", tags=["pictures"], responses=RESPONSES)

Size = Literal["thumb", "screen", "print"]

MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png"}

JPEG_BODY: Responses = {200: {"content": {"image/jpeg": {}}, "description": "The picture."}}
PREVIEW_BODY: Responses = {**JPEG_BODY, 303: {"description": "The painting has ended: it is there."}}
PDF_BODY: Responses = {200: {"content": {"application/pdf": {}}, "description": "The ticket."}}
PNG_BODY: Responses = {200: {"content": {"image/png": {}}, "description": "The ticket as a picture."}}


@router.head("/photo", include_in_schema=False)
@router.get("/photo", response_class=Response, responses=JPEG_BODY, summary="The visitor's photo")
async def photo(parts: PartsOf, visit_id: VisitId, request: Request, size: Size = "screen") -> Response:
    """Give the normalised photo: thumb 320 px, screen 960 px, print as it was painted from."""
    record = await parts.visits.find(visit_id)
    digest = record.photo_digest
    if digest is None:
        raise Problem("photo_missing", "this visit has no photo yet", hint=f"PUT /api/v1/visits/{visit_id}/photo sends it.")
    content = await parts.visits.picture(photo_path(digest), size=size, sized_path=photo_thumb_path(digest, size))
    if content is None:
        raise Problem("visit_erased", "the photo has just been erased")
    return picture_response(request, content, etag=etag(visit_id, "photo", size), media_type="image/jpeg")


@router.head("/paintings/{artist_id}", include_in_schema=False)
@router.get("/paintings/{artist_id}", response_class=Response, responses=JPEG_BODY, summary="A painting")
async def painting(parts: PartsOf, visit_id: VisitId, artist_id: ArtistId, request: Request, size: Size = "screen") -> Response:
    """Give one artist's painting: thumb 320 px, screen 960 px, print as painted."""
    record = await parts.visits.find(visit_id)
    step = record.steps.get(paint_step(artist_id))
    digest = record.photo_digest
    if step is None or digest is None:
        if artist_id not in (record.artists or parts.catalogue().artists):
            raise Problem("artist_unknown", f"expected an artist of this visit, found {artist_id!r}")
        raise Problem("painting_not_ready", f"{artist_id} has not finished yet", retry_after=1.0)
    if not step.is_done or not step.output:
        reason = (step.error or {}).get("reason", "INTERNAL")
        raise Problem("painting_failed", f"{artist_id} could not paint this photo ({reason}, {step.attempts} attempts)")
    key = step.output["key"]
    path = painting_path(digest, key)
    content = await parts.visits.picture(path, size=size, sized_path=painting_path(digest, key, size))
    if content is None:
        raise Problem("visit_erased", "the painting has just been erased")
    return picture_response(
        request, content, etag=etag(visit_id, key, size), media_type="image/jpeg", filename=f"articket-{artist_id}.jpg"
    )


@router.head("/paintings/{artist_id}/preview", include_in_schema=False)
@router.get("/paintings/{artist_id}/preview", response_class=Response, responses=PREVIEW_BODY, summary="The growing canvas")
async def preview(parts: PartsOf, visit_id: VisitId, artist_id: ArtistId) -> Response:
    """Give the canvas as it stands, while it is being painted; once it is finished, lead to the painting."""
    live = parts.progress.of(visit_id).get(artist_id)  # before the record: what ends in between is found there
    record = await parts.visits.find(visit_id)
    if record.step_done(paint_step(artist_id)) is not None:  # it has ended since the client heard of this preview
        return RedirectResponse(f"{base_url(visit_id)}/paintings/{artist_id}?size=thumb", 303, {"Cache-Control": "no-store"})
    canvas = await parts.visits.preview(visit_id, artist_id, live) if live is not None else None
    if canvas is None:
        raise Problem("painting_not_ready", f"{artist_id} has no canvas to show right now", retry_after=1.0)
    return Response(canvas, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.head("/ticket.pdf", include_in_schema=False)
@router.get("/ticket.pdf", response_class=Response, responses=PDF_BODY, summary="The ticket to print")
async def ticket_pdf(
    parts: PartsOf, visit_id: VisitId, request: Request, size: Literal["screen", "print"] = "print"
) -> Response:
    """Give the ticket as a one-page PDF; `screen` is the same one unless that has more than 1 MB, then a lighter one."""
    return await _ticket(parts, visit_id, request, "pdf", size)


@router.head("/ticket.png", include_in_schema=False)
@router.get("/ticket.png", response_class=Response, responses=PNG_BODY, summary="The ticket as a picture")
async def ticket_png(parts: PartsOf, visit_id: VisitId, request: Request) -> Response:
    """Give the same ticket as a PNG of at most 1 MB."""
    return await _ticket(parts, visit_id, request, "png", "screen")


async def _ticket(
    parts: PartsOf, visit_id: str, request: Request, kind: Literal["pdf", "png"], size: Literal["screen", "print"]
) -> Response:
    record = await parts.visits.find(visit_id)
    step = record.step_done(TICKET)
    is_made = step is not None and step.output is not None
    content = await parts.visits.ticket(visit_id, kind, is_for_screen=size == "screen") if is_made else None
    if step is None or not step.output or content is None:
        raise Problem("ticket_not_ready", "the ticket is not made yet", hint="It follows the answers.", retry_after=1.0)
    number = step.output["number"]
    name = etag(visit_id, number, kind, str(len(content)))  # the two sizes are mostly one and the same
    return picture_response(request, content, etag=name, media_type=MEDIA_TYPES[kind], filename=f"articket-{number}.{kind}")
