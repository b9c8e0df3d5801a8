"""/api/v1/kiosks and /api/v1/kiosk: pairing a monitor, and everything that a paired one shows.

Everything but the pairing asks for the kiosk's cookie. A picture is given only while the visitor and the staff let public
screens show it, and is kept by no browser: what is withdrawn is gone with the next picture that is asked for.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from articket_gateway.errors import Problem
from articket_gateway.http.limits import address_key
from articket_gateway.http.parts import ArtistId, Parts, PartsOf
from articket_gateway.http.problems import RESPONSES, Responses
from articket_gateway.kiosk.codes import ALPHABET, CODE_CHARS
from articket_gateway.kiosk.pairing import COOKIE, COOKIE_SECONDS
from articket_gateway.kiosk.screens import Screen
from articket_gateway.kiosk.shows import belongs_to
from articket_gateway.kiosk.views import KioskView, Lang
from articket_gateway.storing.kiosks import KioskRecord
from articket_gateway.storing.pictures import painting_path, photo_path, photo_thumb_path
from articket_gateway.visit.states import TICKET, VisitRecord, VisitState, paint_step
from articket_gateway.visit.views import match_view

router = APIRouter(prefix="/api/v1", tags=["kiosk"], responses=RESPONSES)

RETRY_MS = 1000
COOKIE_PATH = "/api/v1"
NAME_CHARS = 40

JPEG_BODY: Responses = {200: {"content": {"image/jpeg": {}}, "description": "The picture."}}
SVG_BODY: Responses = {200: {"content": {"image/svg+xml": {}}, "description": "The QR code."}}

Size = Literal["thumb", "screen"]
Ref = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="The visit's ref.")]
CODE_PATTERN = f"^[{ALPHABET}]{{{CODE_CHARS}}}$"
CodeText = Annotated[str, Query(pattern=CODE_PATTERN, description="The code; the present one when left out.")]


def _tidy(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable():
        raise ValueError("expected a name that can be read")
    return tidy


Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS), AfterValidator(_tidy)]


class NewKiosk(BaseModel):
    """What a monitor is paired with."""

    model_config = ConfigDict(extra="forbid")

    pin: str = Field(max_length=64, description="The staff's PIN, or a pairing code.")
    name: Name = Field(description="What staff and phones call it.")
    lang: Lang = Field(description="The language that it speaks first.")


class KioskChange(BaseModel):
    """What is to change."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    lang: Lang | None = None


async def _kiosk(parts: PartsOf, request: Request) -> KioskRecord:
    return await parts.kiosks.of(request.cookies.get(COOKIE))


KioskOf = Annotated[KioskRecord, Depends(_kiosk)]


async def _screen(parts: PartsOf, kiosk: KioskOf) -> AsyncIterator[Screen]:
    """Open a screen before the response begins, so that whatever fails is a proper problem."""
    screen = await parts.screens.open(kiosk)
    try:
        yield screen
    finally:
        parts.screens.close(screen)


@router.post("/kiosks", status_code=201, summary="Pair a monitor")
async def pair(parts: PartsOf, request: Request, response: Response, new: NewKiosk) -> KioskView:
    """Make this browser a monitor of the booth, with the staff's PIN or a pairing code. A paired one keeps its id."""
    record, cookie = await parts.kiosks.pair(
        new.pin, name=new.name, lang=new.lang, address=address_key(request.scope), cookie=request.cookies.get(COOKIE)
    )
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=round(COOKIE_SECONDS),
        path=COOKIE_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return await _view(parts, response, record)


@router.get("/kiosk", summary="This monitor")
async def look(parts: PartsOf, kiosk: KioskOf, response: Response) -> KioskView:
    """Give the monitor as it is now."""
    return await _view(parts, response, kiosk)


@router.put("/kiosk", summary="Rename this monitor")
async def change(parts: PartsOf, kiosk: KioskOf, response: Response, wanted: KioskChange) -> KioskView:
    """Change the monitor's name or language."""
    return await _view(parts, response, await parts.kiosks.change(kiosk.id, name=wanted.name, lang=wanted.lang))


@router.delete("/kiosk", status_code=204, summary="Unpair this monitor")
async def unpair(parts: PartsOf, kiosk: KioskOf, request: Request, response: Response) -> None:
    """Take the pairing back; the cookie is void."""
    await parts.kiosks.remove(kiosk.id)
    is_https = request.url.scheme == "https"
    response.delete_cookie(COOKIE, COOKIE_PATH, secure=is_https, httponly=True, samesite="strict")


@router.get("/kiosk/qr.svg", response_class=Response, responses=SVG_BODY, summary="The invitation's QR code")
async def qr(parts: PartsOf, kiosk: KioskOf, code: CodeText | None = None) -> Response:
    """Give the QR code of the invitation's address."""
    shown = code or (await parts.screens.view(kiosk)).invitation.code
    stream = io.BytesIO()
    made = segno.make(f"{parts.public_url.rstrip('/')}/k/{shown}", error="m", micro=False)
    made.save(stream, kind="svg", border=2, scale=8, xmldecl=False)
    return Response(stream.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@router.get("/kiosk/events", response_class=EventSourceResponse, summary="Follow what the monitor shows")
async def events(parts: PartsOf, screen: Annotated[Screen, Depends(_screen)]) -> AsyncIterator[ServerSentEvent]:
    """Follow the monitor: `kiosk` is the whole of it, `show` one visit that it shows, `gone` one that has left.

    Everything first, then what changes. Whoever reconnects gets everything anew.
    """
    retry: int | None = RETRY_MS
    while not parts.closing.is_set() and not screen.is_over:
        screen.woken.clear()
        for kind, json in parts.screens.news(screen):
            yield ServerSentEvent(event=kind, raw_data=json, retry=retry)
            retry = None
        try:
            async with asyncio.timeout(parts.screens.quiet_seconds(screen)):
                await screen.woken.wait()
        except TimeoutError:
            continue


@router.head("/kiosk/shows/{ref}/photo", include_in_schema=False)
@router.get("/kiosk/shows/{ref}/photo", response_class=Response, responses=JPEG_BODY, summary="A visitor's photo")
async def photo(parts: PartsOf, kiosk: KioskOf, ref: Ref, size: Size = "screen") -> Response:
    """Give the photo of a visit that this monitor shows: thumb 320 px, screen 960 px."""
    record = await _shown(parts, kiosk, ref)
    digest = record.photo_digest
    if digest is None or not belongs_to(record, kiosk.id):
        raise _unknown()
    content = await parts.visits.picture(photo_path(digest), size=size, sized_path=photo_thumb_path(digest, size))
    return await _picture(parts, ref, content)


@router.head("/kiosk/shows/{ref}/paintings/{artist_id}", include_in_schema=False)
@router.get(
    "/kiosk/shows/{ref}/paintings/{artist_id}", response_class=Response, responses=JPEG_BODY, summary="A visitor's painting"
)
async def painting(parts: PartsOf, kiosk: KioskOf, ref: Ref, artist_id: ArtistId, size: Size = "screen") -> Response:
    """Give a painting of a visit that this monitor shows, or the finished one of a visit that any monitor may show."""
    record = await _shown(parts, kiosk, ref)
    step = record.step_done(paint_step(artist_id))
    if not belongs_to(record, kiosk.id) and not _is_matched(record, artist_id):
        raise _unknown()
    if step is None or not step.output or record.photo_digest is None:
        raise Problem("painting_not_ready", f"{artist_id} has no finished painting here", retry_after=1.0)
    digest, key = record.photo_digest, step.output["key"]
    path = painting_path(digest, key)
    content = await parts.visits.picture(path, size=size, sized_path=painting_path(digest, key, size))
    return await _picture(parts, ref, content)


@router.head("/kiosk/shows/{ref}/paintings/{artist_id}/preview", include_in_schema=False)
@router.get(
    "/kiosk/shows/{ref}/paintings/{artist_id}/preview",
    response_class=Response,
    responses=JPEG_BODY,
    summary="A visitor's growing canvas",
)
async def preview(parts: PartsOf, kiosk: KioskOf, ref: Ref, artist_id: ArtistId) -> Response:
    """Give the canvas as it stands, while it is being painted."""
    record = await _shown(parts, kiosk, ref)
    if not belongs_to(record, kiosk.id):
        raise _unknown()
    live = parts.progress.of(record.id).get(artist_id)
    canvas = await parts.visits.preview(record.id, artist_id, live) if live is not None else None
    if canvas is None:
        raise Problem("painting_not_ready", f"{artist_id} has no canvas to show right now", retry_after=1.0)
    return Response(canvas, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def _view(parts: Parts, response: Response, kiosk: KioskRecord) -> KioskView:
    response.headers["Cache-Control"] = "no-store"
    return await parts.screens.view(kiosk)


async def _shown(parts: Parts, kiosk: KioskRecord, ref: str) -> VisitRecord:
    """Give the visit if its pictures may be on a public screen. All others are told alike: nobody learns what there is."""
    record = await parts.shows.find(ref)
    if record is None or not record.may_be_shown or record.state is VisitState.ERASED:
        raise _unknown()
    await parts.visits.find(record.id)  # its time may be over
    return record


def _is_matched(record: VisitRecord, artist_id: str) -> bool:
    match = match_view(record)
    return match is not None and match.artist_id == artist_id and record.step_done(TICKET) is not None


async def _picture(parts: Parts, ref: str, content: bytes | None) -> Response:
    record = await parts.shows.find(ref)  # it may have been withdrawn while the picture was read
    if content is None or record is None or not record.may_be_shown:
        raise _unknown()
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _unknown() -> Problem:
    return Problem("visit_unknown", "expected the ref of a visit whose pictures this monitor may show, found another one")
