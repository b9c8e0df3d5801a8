"""/api/v1/staff/booth and what belongs to the whole booth: intake, printing, pairing codes, kiosks."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from articket_gateway.errors import Problem
from articket_gateway.http.compressing import CompressedRoute
from articket_gateway.http.parts import Parts, PartsOf
from articket_gateway.http.problems import RESPONSES
from articket_gateway.http.staff_session import SignedIn
from articket_gateway.kiosk.pairing import KioskState
from articket_gateway.kiosk.views import SessionView
from articket_gateway.printing.views import PrintingView
from articket_gateway.staff.intake import IntakeView
from articket_gateway.staff.overview import (
    ArtistStateView,
    CostView,
    RefusedArtistView,
    TicketsView,
    VisitsView,
)
from articket_gateway.visit.states import PaintMode
from articket_gateway.visit.views import View, WordsView, iso

router = APIRouter(
    prefix="/api/v1/staff", tags=["staff"], responses=RESPONSES, dependencies=[SignedIn], route_class=CompressedRoute
)

KioskId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="The kiosk's id.")]

MESSAGE_CHARS = 280
"""Some three lines on a phone."""


class BoothStateView(View):
    """The booth at a glance."""

    now: str
    booth_name: str
    missing: list[str] = Field(description="Services without which no visit can begin; none when all is well.")
    intake: IntakeView
    paint: PaintMode = Field(description="Who paints a photo, and when.")
    artists: list[ArtistStateView]
    refused_artists: list[RefusedArtistView]
    tickets: TicketsView
    visits: VisitsView
    cost: CostView
    printing: PrintingView | None = Field(description="Null where nothing is printed.")
    kiosks: list[StaffKioskView]


class StaffKioskView(View):
    """A paired monitor."""

    id: str
    name: str
    lang: Literal["en", "ko"]
    is_connected: bool
    seen_at: str
    code: str | None = Field(description="What its QR code carries now; null while it shows none.")
    url: str | None = Field(description="Where that QR code leads.")
    session: SessionView | None = Field(description="The visit whose quiz stands on it.")


class Words(BaseModel):
    """A line in both languages."""

    model_config = ConfigDict(extra="forbid")

    en: Annotated[str, Field(max_length=MESSAGE_CHARS)]
    ko: Annotated[str, Field(max_length=MESSAGE_CHARS)]


class NewIntake(BaseModel):
    """Whether new visits may begin."""

    model_config = ConfigDict(extra="forbid")

    is_paused: bool
    message: Words | None = Field(default=None, description="What visitors are told meanwhile; a plain line when left out.")


class PrintingMode(BaseModel):
    """How tickets are printed."""

    model_config = ConfigDict(extra="forbid")

    is_automatic: bool = Field(description="Whether each ticket is printed when it is ready; otherwise on staff's tap.")
    is_paused: bool = Field(description="Whether what waits goes on waiting.")


class PairingCodeView(View):
    """A code to pair one monitor with."""

    code: str
    expires_at: str


@router.get("/booth", summary="The booth at a glance")
async def booth(parts: PartsOf, response: Response) -> BoothStateView:
    """Tell how the booth is doing: what is missing, who waits, what fails, tickets, cost, printers, kiosks."""
    response.headers["Cache-Control"] = "no-store"
    missing, state = await asyncio.gather(parts.is_ready(), parts.overview.look())
    return BoothStateView(
        now=iso(time.time()),
        booth_name=parts.booth_name,
        missing=missing,
        intake=parts.intake.view(),
        paint=parts.paint,
        artists=state.artists,
        refused_artists=state.refused_artists,
        tickets=state.tickets,
        visits=state.visits,
        cost=state.cost,
        printing=parts.printing.view(),
        kiosks=[_kiosk(parts, one) for one in await parts.kiosks.all()],
    )


@router.put("/intake", status_code=204, summary="Pause or resume the intake")
async def set_intake(parts: PartsOf, wanted: NewIntake) -> None:
    """Let no new visit begin, or let them begin again. Visits under way go on."""
    message = wanted.message and WordsView(en=wanted.message.en.strip(), ko=wanted.message.ko.strip())
    is_empty = message is None or not (message.en or message.ko)
    await parts.intake.set(is_paused=wanted.is_paused, message=None if is_empty else message)


@router.put("/printing", status_code=204, summary="Switch printing")
async def set_printing(parts: PartsOf, wanted: PrintingMode) -> None:
    """Switch whether tickets are printed by themselves, and whether anything is printed now."""
    await parts.printing.set_mode(is_automatic=wanted.is_automatic, is_paused=wanted.is_paused)


@router.delete("/prints/{print_id}", status_code=204, summary="Cancel a print job")
async def cancel_print(parts: PartsOf, print_id: Annotated[int, Path(ge=0, le=2**31 - 1)]) -> None:
    """Cancel a job that waits, or that is held and has not come out."""
    await parts.printing.cancel(print_id)


@router.delete("/kiosks/{kiosk_id}", status_code=204, summary="Take a pairing back")
async def remove_kiosk(parts: PartsOf, kiosk_id: KioskId) -> None:
    """Unpair a monitor: it asks for the PIN again."""
    if not await parts.kiosks.remove(kiosk_id):
        raise _unknown_kiosk()


@router.post("/kiosks/{kiosk_id}/release", status_code=204, summary="Free a monitor")
async def release_kiosk(parts: PartsOf, kiosk_id: KioskId) -> None:
    """Free a monitor for the next visitor; whoever had it plays on with the question on the phone."""
    if not await parts.sessions.free(kiosk_id):
        raise _unknown_kiosk()


@router.post("/pairing-codes", status_code=201, summary="Make a pairing code")
async def make_pairing_code(parts: PartsOf, response: Response) -> PairingCodeView:
    """Make a code that pairs one monitor, typed there in place of the PIN: good once, for ten minutes."""
    response.headers["Cache-Control"] = "no-store"
    made = await parts.pairing_codes.make()
    return PairingCodeView(code=made.code, expires_at=iso(made.expires_at))


def _kiosk(parts: Parts, state: KioskState) -> StaffKioskView:
    record = state.record
    session = record.session
    return StaffKioskView(
        id=record.id,
        name=record.name,
        lang="ko" if record.lang == "ko" else "en",
        is_connected=state.is_connected,
        seen_at=iso(record.seen_at),
        code=state.code,
        url=f"{parts.public_url.rstrip('/')}/k/{state.code}" if state.code else None,
        session=SessionView(
            ref=session.ref,
            lang="ko" if session.lang == "ko" else "en",
            at=session.at,
            count=len(parts.quiz().questions),
            is_photo_there=session.is_photo_there,
            held_until=iso(session.until),
        )
        if session
        else None,
    )


def _unknown_kiosk() -> Problem:
    return Problem("kiosk_unknown", "expected the id of a paired kiosk, found another one")
