"""/api/v1/passes: the code that a phone has scanned, exchanged for a pass."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from articket_gateway.http.parts import PartsOf
from articket_gateway.http.problems import RESPONSES
from articket_gateway.kiosk.views import Lang
from articket_gateway.visit.views import View, iso

router = APIRouter(prefix="/api/v1/passes", tags=["kiosk"], responses=RESPONSES)


class Scanned(BaseModel):
    """What the phone has scanned."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=64, description="The last part of the QR code's address.")


class PassKioskView(View):
    """The monitor that the phone stands before."""

    name: str
    lang: Lang


class PassView(View):
    """A pass, to be given when the visit begins."""

    pass_: str = Field(serialization_alias="pass")
    kiosk: PassKioskView
    expires_at: str


@router.post("", status_code=201, summary="Exchange a monitor's code for a pass")
async def give(parts: PartsOf, response: Response, scanned: Scanned) -> PassView:
    """Exchange the code on the monitor for a pass that is good for half an hour. A code is good once and for minutes."""
    given = await parts.passes.give(scanned.code)
    response.headers["Cache-Control"] = "no-store"
    kiosk = PassKioskView(name=given.kiosk.name, lang="ko" if given.kiosk.lang == "ko" else "en")
    return PassView(pass_=given.text, kiosk=kiosk, expires_at=iso(given.expires_at))
