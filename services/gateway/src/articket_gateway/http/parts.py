"""What the routes need, made once in `opening` and handed to each request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import Depends, Path, Request
from prometheus_client import CollectorRegistry

from articket_artists import Catalogue, Quiz
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.kiosk.pairing import Kiosks
from articket_gateway.kiosk.passes import Passes
from articket_gateway.kiosk.screens import Screens
from articket_gateway.kiosk.sessions import Sessions
from articket_gateway.printing.printing import Printing
from articket_gateway.signing import Signer
from articket_gateway.staff.desk import Desk
from articket_gateway.staff.intake import Intake
from articket_gateway.staff.overview import Overview
from articket_gateway.staff.pairing import PairingCodes
from articket_gateway.staff.pins import Pins
from articket_gateway.storing.shows import ShowStore
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.states import PaintMode
from articket_gateway.visit.visits import Visits


@dataclass(frozen=True)
class Parts:
    """The gateway's parts, as the routes use them."""

    visits: Visits
    store: VisitStore
    signer: Signer
    pins: Pins
    pairing_codes: PairingCodes
    intake: Intake
    desk: Desk
    overview: Overview
    printing: Printing
    kiosks: Kiosks
    passes: Passes
    sessions: Sessions
    screens: Screens
    shows: ShowStore
    progress: Progress
    dispatcher: Dispatcher
    catalogue: Callable[[], Catalogue]
    quiz: Callable[[], Quiz]
    registry: CollectorRegistry
    web: FilePath
    public_url: str
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    booth_name: str
    retention_hours: float
    is_ready: Callable[[], Awaitable[list[str]]]
    has_metrics_port: bool = False
    paint: PaintMode = PaintMode.ALL
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def begin_draining(self) -> None:
        """Say at /readyz that no more requests should come; those that do are still answered."""
        self.draining.set()

    def begin_closing(self) -> None:
        """End the event streams, so that a server that waits for its connections need not wait for them."""
        self.closing.set()
        self.progress.wake_all()
        self.screens.look_again()


def _parts(request: Request) -> Parts:
    return request.app.state.parts


PartsOf = Annotated[Parts, Depends(_parts)]
VisitId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="The visit's id.")]
ArtistId = Annotated[str, Path(max_length=64, pattern=r"^[a-z][a-z0-9-]*$", description="The artist's id.")]
