"""/api/v1/visits: the visit, from its beginning to its erasure."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from articket_gateway.http.bodies import read_upload
from articket_gateway.http.limits import address_key
from articket_gateway.http.parts import Parts, PartsOf, VisitId
from articket_gateway.http.problems import RESPONSES
from articket_gateway.visit.states import VisitRecord
from articket_gateway.visit.views import KioskPlaceView, View, VisitView, base_url, visit_view

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
    pass_: Annotated[str, Field(max_length=512)] | None = Field(
        default=None, alias="pass", description="What the monitor's code was exchanged for."
    )
    is_public: StrictBool = Field(default=False, description="Whether the booth's screens may show photo and paintings.")


class NewPublic(BaseModel):
    """The visitor's yes or no to public screens."""

    model_config = ConfigDict(extra="forbid")

    is_public: StrictBool = Field(description="Whether the booth's screens may show photo and paintings.")


class Place(BaseModel):
    """Where the phone stands in the quiz."""

    model_config = ConfigDict(extra="forbid")

    at: StrictInt = Field(ge=0, le=1000, description="The question, from 0; the number of questions when the quiz is over.")


class PlaceView(View):
    """The visit's place at the monitor."""

    kiosk: KioskPlaceView | None


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
async def begin(
    parts: PartsOf, request: Request, response: Response, new: Annotated[NewVisit | None, Body()] = None
) -> VisitView:
    """Begin a visit. Its id is unguessable and is the key to everything about it."""
    parts.intake.check()
    wanted = new or NewVisit()
    given = await parts.passes.read(wanted.pass_) if wanted.pass_ is not None else None
    record = await parts.visits.begin(
        wanted.lang,
        wanted.artists,
        is_public=wanted.is_public,
        kiosk_id=given.kiosk_id if given else None,
        phone=given.phone if given else None,
        address=address_key(request.scope),
    )
    response.headers["Location"] = base_url(record.id)
    return visit_view(record, {}, kiosk=await parts.sessions.place(record, 0))


@router.put("/{visit_id}/photo", status_code=202, openapi_extra=PHOTO_BODY, summary="Send the photo")
async def send_photo(parts: PartsOf, visit_id: VisitId, request: Request) -> VisitView:
    """Send the photo as the body. Once this answers, the photo is safe and painting has begun. Sending it twice is fine."""
    await parts.visits.find(visit_id)  # before the body is read: no megabytes for a visit that is not there
    return await _view(parts, await parts.visits.receive_photo(visit_id, await read_upload(request)))


@router.put("/{visit_id}/answers", status_code=202, summary="Answer the quiz")
async def answer(parts: PartsOf, visit_id: VisitId, answers: Answers) -> VisitView:
    """Answer the quiz, before or after the photo. Until the match the answers may be changed."""
    record = await parts.visits.answer(visit_id, answers.model_dump(exclude_none=True))
    await parts.sessions.end(record)
    return await _view(parts, record)


@router.put("/{visit_id}/public", summary="Allow public screens, or not")
async def set_public(parts: PartsOf, visit_id: VisitId, wanted: NewPublic) -> VisitView:
    """Let the booth's screens show the photo and the paintings, or take that back. At any time, and at once."""
    return await _view(parts, await parts.visits.set_public(visit_id, is_public=wanted.is_public))


@router.put("/{visit_id}/place", summary="Move the monitor")
async def place(parts: PartsOf, visit_id: VisitId, wanted: Place) -> PlaceView:
    """Tell which question the phone stands at: at every step, and every 15 s while the quiz is open.

    It moves the monitor, takes it (again) when it is free, and frees it when the quiz is over.
    """
    return PlaceView(kiosk=await parts.sessions.place(await parts.visits.find(visit_id), wanted.at))


@router.get("/{visit_id}", summary="Look at the visit")
async def look(parts: PartsOf, visit_id: VisitId, response: Response) -> VisitView:
    """Look at the visit as it is now."""
    response.headers["Cache-Control"] = "no-store"
    return await _view(parts, await parts.visits.find(visit_id))


@router.delete("/{visit_id}", status_code=204, summary="Erase the visit")
async def erase(parts: PartsOf, visit_id: VisitId) -> None:
    """Erase photo, paintings, ticket, caption and events at once, also while they are made. Erasing twice is fine."""
    await parts.visits.erase(visit_id, cause="visitor")


async def _view(parts: Parts, record: VisitRecord) -> VisitView:
    kiosk = await parts.sessions.of(record)
    return visit_view(record, parts.progress.of(record.id), kiosk=kiosk, printed=parts.printing.ticket_print(record.id))
