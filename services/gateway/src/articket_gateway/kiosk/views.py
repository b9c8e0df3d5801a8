"""What a monitor is told, as JSON: itself and its invitation (`KioskView`), and each visit that it shows (`ShowView`).

A visit is named by its ref, never by its id. Addresses of pictures are there only while the visitor lets public screens show
them and staff have not hidden them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from articket_gateway.printing.views import PrintingView, TicketPrintView
from articket_gateway.staff.intake import IntakeView
from articket_gateway.visit.states import VisitState
from articket_gateway.visit.views import View, WordsView

HopState = Literal["waiting", "running", "done", "failed", "skipped"]
Awaited = Literal["match", "painter", "reserve"]
Lang = Literal["en", "ko"]


class InvitationView(View):
    """The code that the kiosk shows now."""

    url: str = Field(description="What the QR code says.")
    code: str
    qr_url: str
    changes_at: str


class GreetingView(View):
    """A phone has just exchanged the code for a pass."""

    until: str


class SessionView(View):
    """The visit whose quiz stands on the monitor."""

    ref: str
    lang: Lang
    at: int = Field(description="The question it stands at, from 0.")
    count: int = Field(description="How many questions there are.")
    is_photo_there: bool
    held_until: str = Field(description="When the monitor is free again unless the phone moves on.")


class RecentView(View):
    """A finished painting that everybody may see."""

    ref: str
    artist_id: str
    picture_url: str
    at: str


class KioskView(View):
    """A paired monitor. Times are ISO 8601 in UTC; `now` is the booth's clock."""

    id: str
    name: str
    lang: Lang
    booth_name: str
    now: str
    invitation: InvitationView
    greeting: GreetingView | None
    session: SessionView | None
    intake: IntakeView
    printing: PrintingView | None
    recent: list[RecentView]


class ShowMatchView(View):
    """The artist who matches the visitor, and why."""

    artist_id: str
    because: WordsView


class Hop(View):
    """One station of a visit's way through the mesh: what happens there, since when, and how long it took."""

    name: str = Field(description="gateway, caption, paint:<artist>, ticket or print.")
    state: HopState
    started_at: str | None = None
    seconds: float | None = Field(default=None, description="How long it took; null until it has ended.")
    attempts: int = Field(default=0, description="Tries that counted, the present one included.")
    pod: str | None = Field(default=None, description="The stylize pod's short name.")
    engine: str | None = None
    is_fallback: bool = Field(default=False, description="Whether another engine painted than the pod's own.")
    is_reused: bool = Field(default=False, description="Whether the same painting was there already.")
    position: int | None = Field(default=None, description="Paintings before this one while it waits.")
    waits_for: Awaited | None = Field(
        default=None,
        description="What a painting waits for before it can wait for a pod: match: the quiz decides who paints; "
        "painter: the matched one paints before; reserve: it is painted only if those who match better fail.",
    )
    step: int = 0
    steps: int = 0
    label: str = ""
    preview_url: str | None = None
    picture_url: str | None = None
    reason: str | None = Field(default=None, description="Why it failed, or why the last try did.")


class ShowView(View):
    """A visit as it is shown on the monitor."""

    ref: str
    number: str | None
    lang: Lang
    is_public: bool
    state: VisitState
    began_at: str
    photo_url: str | None
    hops: list[Hop]
    match: ShowMatchView | None
    ticket_print: TicketPrintView | None
    until: str | None = Field(description="When it leaves the screen.")


class GoneView(View):
    """A show that has left."""

    ref: str
