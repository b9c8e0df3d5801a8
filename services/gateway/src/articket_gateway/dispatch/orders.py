"""A painting that is wanted, and what is told of it while it is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StepEnded


@dataclass(frozen=True, slots=True)
class Ahead:
    """The order waits; `position` orders go before it. `ends_at` (monotonic clock) is when it will probably be painted."""

    position: int
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The order has gone to a pod: its short name, never its address, and the engine it says it has. Tries count from 1."""

    pod: str
    engine: str
    attempt: int
    is_fallback: bool = False
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class TryFailed:
    """A try has ended without a painting and the order waits for another one; `attempts` have counted so far."""

    reason: str
    attempts: int


News: TypeAlias = Ahead | Sent | Accepted | StepEnded | TryFailed
"""What is told of an order while it is under way."""


@dataclass(eq=False)
class Order:
    """One painting wanted: for whom, what, and whom to tell how it goes. Times are on the monotonic clock."""

    visit_id: str
    request: PaintRequest
    tell: Callable[[News], None]
    is_patient: bool = False
    """It has a painting by the fallback engine already, and waits behind everybody, however long, for a better one."""
    attempts: int = 0
    avoid: set[str] = field(default_factory=set[str])
    """The pods that have failed it: not asked again while another one serves the artist."""
    is_last_resort: bool = False
    """Whether the fallback engine may paint it now."""
    not_before: float = 0.0
    unserved_since: float | None = None
    refusals: int = 0  # in a row, by pods that could not begin though they had a slot
    refused_since: float | None = None
    told: Ahead | None = None
    sent_at: float = 0.0
    has_begun: bool = False
    """Whether anything has been heard of the present try."""
    done_share: float = 0.0
    """Steps that have ended, as a share of all, while it is painted."""
    result: asyncio.Future[Painted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    task: asyncio.Task[None] | None = None

    @property
    def artist_id(self) -> str:
        """The artist whose style is wanted."""
        return self.request.artist_id

    def settle(self, painted: Painted) -> None:
        """Give the painting to whoever waits for it."""
        if not self.result.done():
            self.result.set_result(painted)

    def fail(self, error: Exception) -> None:
        """Tell whoever waits that there will be none."""
        if not self.result.done():
            self.result.set_exception(error)
