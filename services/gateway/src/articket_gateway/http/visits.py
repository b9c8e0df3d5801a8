"""/api/v1/visits: the visit, from its beginning to its erasure."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from articket_gateway.http.bodies import read_upload
from articket_gateway.http.parts import PartsOf, VisitId
from articket_gateway.http.problems import RESPONSES
from articket_gateway.visit.views import VisitView, base_url, visit_view

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], responses=RESPONSES)

PHOTO_BODY = {
    "requestBody": {
        "required": True,
        "description": "The picture itself: JPEG, PNG, WebP, HEIC, AVIF or GIF, at most 20 MB and 50 megapixels.",
        "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class NewVisit(BaseModel):
    """What a new visit is made with."""

    model_config = ConfigDict(extra="forbid")

    lang: Literal["en", "ko"] = Field(default="en", description="The visitor's language.")
    artists: list[Annotated[str, Field(max_length=64)]] | None = Field(
        default=None, min_length=1, max_length=64, description="Only these artists paint; all when left out."
    )


class Answers(BaseModel):
    """The visitor's answers, or the artist chosen outright."""

    model_config = ConfigDict(extra="forbid")

    answers: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=64)]] = Field(
        default_factory=dict[str, str], max_length=64, description="Question id → choice id; questions may be left out."
    )
    match: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The id of the artist to be matched with."
    )


@router.post("", status_code=201, summary="Begin a visit")
async def begin(parts: PartsOf, response: Response, new: Annotated[NewVisit | None, Body()] = None) -> VisitView:
    """Begin a visit. Its id is unguessable and is the key to everything about it."""
    wanted = new or NewVisit()
    record = await parts.visits.begin(wanted.lang, wanted.artists)
    response.headers["Location"] = base_url(record.id)
    return visit_view(record, {})


@router.put("/{visit_id}/photo", status_code=202, openapi_extra=PHOTO_BODY, summary="Send the photo")
async def send_photo(parts: PartsOf, visit_id: VisitId, request: Request) -> VisitView:
    """Send the photo as the body. Once this answers, the photo is safe and painting has begun. Sending it twice is fine."""
    await parts.visits.find(visit_id)  # before the body is read: no megabytes for a visit that is not there
    record = await parts.visits.receive_photo(visit_id, await read_upload(request))
    return visit_view(record, parts.progress.of(visit_id))


@router.put("/{visit_id}/answers", status_code=202, summary="Answer the quiz")
async def answer(parts: PartsOf, visit_id: VisitId, answers: Answers) -> VisitView:
    """Answer the quiz, before or after the photo. Until the match the answers may be changed."""
    record = await parts.visits.answer(visit_id, answers.model_dump(exclude_none=True))
    return visit_view(record, parts.progress.of(visit_id))


@router.get("/{visit_id}", summary="Look at the visit")
async def look(parts: PartsOf, visit_id: VisitId, response: Response) -> VisitView:
    """Look at the visit as it is now."""
    response.headers["Cache-Control"] = "no-store"
    return visit_view(await parts.visits.find(visit_id), parts.progress.of(visit_id))


@router.delete("/{visit_id}", status_code=204, summary="Erase the visit")
async def erase(parts: PartsOf, visit_id: VisitId) -> None:
    """Erase photo, paintings, ticket, caption and events at once, also while they are made. Erasing twice is fine."""
    await parts.visits.erase(visit_id, cause="visitor")
