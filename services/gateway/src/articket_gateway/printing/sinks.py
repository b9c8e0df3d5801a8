"""What a sink is: the one small protocol that a folder, a printer and an object store all keep, and the words they answer with.

A ticket goes out in steps, so that a crash between any two of them can be told from the sink itself:

    prepare   makes room under a name (`remote`); nothing can come out yet
              — the worker notes `remote` in SQL —
    deliver   hands the ticket over; a second time under the same `remote` brings nothing more out
    follow    tells how far it is; it changes nothing

`working` calls them in this order; `tests/contract/test_print_sinks.py` holds every sink to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

MAX_TICKET_BYTES = 20_000_000
"""A file that is larger than any ticket is not one of ours: it is not read to compare it."""

OFFLINE = "offline"
BUSY = "busy"
REFUSED = "refused"
UNWRITABLE = "unwritable"
PAUSED = "paused"
STOPPED = "stopped"

REASON = re.compile(r"[a-z][a-z0-9-]{0,39}")


class SinkKind(StrEnum):
    """What kind of place a sink is."""

    FOLDER = "folder"
    IPP = "ipp"
    STORE = "store"


class Stage(StrEnum):
    """How far a delivered ticket is, as its sink tells."""

    EMPTY = "empty"  # room has been made, the ticket is not there yet
    UNDER_WAY = "under_way"  # the sink has it and will bring it out
    OUT = "out"
    ABORTED = "aborted"  # the sink has given it up
    CANCELLED = "cancelled"  # somebody took it back at the sink
    LOST = "lost"  # the sink knows nothing of it any more: whether it came out cannot be known


@dataclass(frozen=True, slots=True)
class Sight:
    """A look at a ticket: its stage; what the sink complains of (stable words, worst first); whether that holds the ticket up;
    and how many sheets of it have come out."""

    stage: Stage
    reasons: tuple[str, ...] = ()
    is_stuck: bool = False
    sheets: int = 0


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """A look at the sink itself. While `is_stopped` nothing is sent to it; `reasons` are stable words, worst first."""

    is_stopped: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """One ticket for one sink. `mark` names this try in all the world: no other job of any booth has it."""

    mark: str
    number: str
    artist_id: str
    day: str
    copies: int


class SinkWaits(Exception):
    """The sink cannot go on now; the queue waits in order and asks again. `is_certain`: surely nothing was changed there."""

    def __init__(self, reason: str, *, is_certain: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_certain = is_certain


class TicketRefused(Exception):
    """The sink does not take this very ticket; another one may be fine."""

    def __init__(self, reason: str = REFUSED) -> None:
        super().__init__(reason)
        self.reason = reason


class PlaceTaken(Exception):
    """Between `prepare` and `deliver` somebody else has put something under the name: prepare again."""


class Sink(Protocol):
    """Where tickets go. Every method raises SinkWaits, and has its own deadline."""

    name: str
    kind: SinkKind
    look_seconds: float
    """How often an idle sink is looked at."""

    async def look(self) -> SinkStatus:
        """Tell whether the sink takes tickets now."""
        ...

    async def prepare(self, order: PrintOrder, ticket: bytes, *, is_retry: bool) -> str:
        """Make room and give its name; `is_retry`: it may have been made before. Raises TicketRefused."""
        ...

    async def deliver(self, order: PrintOrder, remote: str, ticket: bytes) -> Sight:
        """Hand the ticket over. Raises TicketRefused, PlaceTaken."""
        ...

    async def follow(self, order: PrintOrder, remote: str) -> Sight:
        """Tell how far the ticket is."""
        ...

    async def withdraw(self, mark: str, remote: str | None) -> None:
        """Take back what can be taken back of a ticket: its visit has been erased. Doing so again is fine."""
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...


def digest(ticket: bytes) -> str:
    """Give the short fingerprint by which a sink knows its own file again."""
    return hashlib.sha256(ticket).hexdigest()[:32]


def file_names(order: PrintOrder) -> Iterable[str]:
    """Give the ticket's readable names, best first: `2026-05-02/0042-vangogh.pdf`, then `…-2.pdf` and so on."""
    stem = f"{order.day}/{order.number}-{order.artist_id}"
    yield f"{stem}.pdf"
    for count in range(2, 1000):
        yield f"{stem}-{count}.pdf"


def filed(name: str, fingerprint: str) -> str:
    """Write down a file and its fingerprint as what is noted of a job."""
    return f"{name} {fingerprint}"


def read_filed(remote: str) -> tuple[str, str]:
    """Read what `filed` wrote: name, fingerprint."""
    name, _, fingerprint = remote.rpartition(" ")
    return name, fingerprint
