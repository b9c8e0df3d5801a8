"""/api/v1/booth: what a client may tell people about this booth."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from articket_gateway.http.parts import PartsOf
from articket_gateway.http.problems import RESPONSES
from articket_gateway.staff.intake import IntakeView
from articket_gateway.visit.states import PaintMode
from articket_gateway.visit.views import View

router = APIRouter(prefix="/api/v1", tags=["booth"], responses=RESPONSES)


class BoothView(View):
    """This booth."""

    booth_name: str = Field(description="The booth's or event's name; empty when it has none.")
    retention_hours: float = Field(description="Hours after which everything of a visit is erased.")
    public_url: str = Field(description="Where visitors' phones reach the booth.")
    intake: IntakeView = Field(description="Whether new visits may begin, and the staff's words meanwhile.")
    paint: PaintMode = Field(
        description="Who paints a photo, and when: all artists at once; matched-first: the matched one once the quiz is "
        "answered, then the others; matched-only: the matched one alone."
    )


@router.get("/booth", summary="This booth")
async def booth(parts: PartsOf) -> BoothView:
    """Give the booth's name, how long it keeps pictures, its address, whether visits may begin, and who paints."""
    return BoothView(
        booth_name=parts.booth_name,
        retention_hours=parts.retention_hours,
        public_url=parts.public_url,
        intake=parts.intake.view(),
        paint=parts.paint,
    )
