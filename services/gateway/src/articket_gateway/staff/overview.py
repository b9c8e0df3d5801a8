"""How the booth is doing, at a glance: who waits, what fails, how many tickets, what they cost.

Counts come from SQL (`storing.figures`), so they survive restarts and count every replica; what waits and runs is told by the
visits that run. A page asks every two seconds and several are open: the figures are computed once a second at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from articket_artists import Catalogue
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.storing.figures import ArtistFigures, BoothFigures, Figures
from articket_gateway.storing.staff import StaffStore
from articket_gateway.visit.views import View, WordsView, iso

HOURS = 12
HOUR_SECONDS = 3600.0
FRESH_SECONDS = 1.0


class ArtistStateView(View):
    """One artist's day. Also those who have left the booth today are told, with their id as name."""

    artist_id: str
    name: WordsView
    waiting: int = Field(description="Paintings that wait for a pod, on every replica.")
    running: int = Field(description="Paintings being made by this replica's pods.")
    done: int = Field(description="Paintings made today.")
    failed: int = Field(description="Paintings that could not be made today and have not been tried again.")
    median_seconds: float | None = Field(description="The engine's usual time for one painting, lately; null without any.")


class RefusedArtistView(View):
    """A fault that keeps an artist's folder out."""

    folder: str
    file: str
    key: str
    expected: str
    found: str
    hint: str


class HourView(View):
    """The tickets of one hour; the last one has not ended yet."""

    hour: str = Field(description="When it began.")
    count: int


class TicketsView(View):
    """Tickets made."""

    today: int
    last_hour: int
    per_hour: list[HourView]


class VisitsView(View):
    """Visits."""

    today: int
    open: int = Field(description="Visits with paintings to come.")


class CostView(View):
    """Engine time at the artists' prices."""

    today_usd: float
    per_ticket_usd: float | None = Field(description="Null while there is no ticket today.")


@dataclass(frozen=True, slots=True)
class OverviewState:
    """The part of the staff's booth page that is made of figures."""

    artists: list[ArtistStateView]
    refused_artists: list[RefusedArtistView]
    tickets: TicketsView
    visits: VisitsView
    cost: CostView


class Overview:
    """Looks at the booth."""

    def __init__(
        self, *, figures: Figures, store: StaffStore, dispatcher: Dispatcher, catalogue: Callable[[], Catalogue]
    ) -> None:
        self._figures = figures
        self._store = store
        self._dispatcher = dispatcher
        self._catalogue = catalogue
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._state: OverviewState | None = None

    async def look(self) -> OverviewState:
        """Give how it stands, at most a second old."""
        async with self._looking:
            if self._state is None or time.monotonic() - self._looked_at >= FRESH_SECONDS:
                self._state = await self._look()
                self._looked_at = time.monotonic()
            return self._state

    async def _look(self) -> OverviewState:
        now = time.time()
        this_hour = now - now % HOUR_SECONDS
        hours = [this_hour + (index - HOURS + 1) * HOUR_SECONDS for index in range(HOURS + 1)]
        figures = await self._figures.at(now, today=start_of_day(now), hours=hours)
        unpainted = await self._store.unpainted()
        to_come = Counter(artist_id for artists in unpainted.values() for artist_id in artists)
        cost = self._cost(figures)
        return OverviewState(
            artists=self._artists(figures, to_come),
            refused_artists=self._refused(),
            tickets=TicketsView(
                today=figures.tickets_today,
                last_hour=figures.tickets_last_hour,
                per_hour=[HourView(hour=iso(hour), count=count) for hour, count in zip(hours, figures.per_hour, strict=False)],
            ),
            visits=VisitsView(today=figures.visits_today, open=sum(1 for artists in unpainted.values() if artists)),
            cost=CostView(
                today_usd=round(cost, 6),
                per_ticket_usd=round(cost / figures.tickets_today, 6) if figures.tickets_today else None,
            ),
        )

    def _artists(self, figures: BoothFigures, to_come: Counter[str]) -> list[ArtistStateView]:
        known = self._catalogue().artists
        running = self._dispatcher.running()
        views: list[ArtistStateView] = []
        for artist_id in [*known, *sorted((figures.artists.keys() | to_come.keys()) - known.keys())]:
            of = figures.artists.get(artist_id, ArtistFigures())
            name = known[artist_id].artist.name if artist_id in known else None
            views.append(
                ArtistStateView(
                    artist_id=artist_id,
                    name=WordsView(en=name.en, ko=name.ko) if name else WordsView(en=artist_id, ko=artist_id),
                    waiting=max(0, to_come[artist_id] - running[artist_id]),
                    running=running[artist_id],
                    done=of.done,
                    failed=of.failed,
                    median_seconds=None if of.median_seconds is None else round(of.median_seconds, 3),
                )
            )
        return views

    def _refused(self) -> list[RefusedArtistView]:
        return [
            RefusedArtistView(
                folder=fault.folder,
                file=fault.file,
                key=fault.key,
                expected=fault.expected,
                found=fault.found,
                hint=fault.hint,
            )
            for refusal in self._catalogue().refused
            for fault in refusal.faults
        ]

    def _cost(self, figures: BoothFigures) -> float:
        """Give today's engine time at each artist's price of a GPU hour, as the metrics do; who has left costs nothing."""
        known = self._catalogue().artists
        return sum(
            of.engine_seconds / HOUR_SECONDS * known[artist_id].artist.scaling.gpu_hour_price_usd
            for artist_id, of in figures.artists.items()
            if artist_id in known
        )


def start_of_day(now: float) -> float:
    """Give when the day began where the booth stands, in Unix seconds."""
    return datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
