"""What a ticket is made of, free of gRPC: `servicer.py` fills it from a request, `composing.py` prints it."""

from dataclasses import dataclass
from typing import Literal

from articket_ticket.picturing import Picture

Language = Literal["en", "ko"]


@dataclass(frozen=True)
class TicketOrder:
    """Everything that is printed, in the visitor's language. Empty texts leave their slots empty."""

    language: Language
    paintings: tuple[Picture | None, ...]
    """By rank; the first is the matched artist's and is there. None leaves a slot empty."""
    photo: Picture | None
    caption: str
    because: str
    number: str
    visit_url: str
    booth: str = ""
    date: str = ""


@dataclass(frozen=True)
class Ticket:
    """A finished ticket."""

    pdf: bytes
    notices: tuple[str, ...]
    """What could not be printed as asked, for example "text shortened: caption"."""
