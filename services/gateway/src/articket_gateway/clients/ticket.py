"""The ticket service over gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket.ticket.v1 import ticket_pb2, ticket_pb2_grpc

if TYPE_CHECKING:
    import grpc.aio


@dataclass(frozen=True, slots=True)
class TicketPicture:
    """A picture to place, with the point to keep when it is cropped; `artist_id` is empty for the photo."""

    picture: bytes
    focus_x: float = 0.5
    focus_y: float = 0.5
    artist_id: str = ""


@dataclass(frozen=True, slots=True)
class TicketOrder:
    """Everything that is printed. `paintings` go by rank, the matched artist's first."""

    idempotency_key: str
    artist_id: str
    language: str
    paintings: Sequence[TicketPicture]
    photo: TicketPicture
    caption: str
    because: str
    number: str
    visit_url: str
    booth_name: str
    date: str


@dataclass(frozen=True, slots=True)
class Composed:
    """The finished ticket as PDF and as PNG."""

    pdf: bytes
    png: bytes
    engine_seconds: float
    notices: Sequence[str]


class TicketClient:
    """Calls the ticket service. Raises PermanentError or TransientError of the mesh."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Use a channel that somebody else opens and closes."""
        self._stub: ticket_pb2_grpc.TicketServiceAsyncStub = ticket_pb2_grpc.TicketServiceStub(channel)  # pyright: ignore[reportAssignmentType] -- the async stub exists for types only

    async def compose(self, order: TicketOrder, *, timeout: float) -> Composed:
        """Make one ticket; `timeout` in seconds."""
        answer = await self._stub.Compose(
            ticket_pb2.ComposeRequest(
                idempotency_key=order.idempotency_key,
                artist_id=order.artist_id,
                language=order.language,
                paintings=[_picture(one) for one in order.paintings],
                photo=_picture(order.photo),
                caption=order.caption,
                because=order.because,
                number=order.number,
                visit_url=order.visit_url,
                booth_name=order.booth_name,
                date=order.date,
            ),
            timeout=timeout,
        )
        return Composed(answer.pdf, answer.png, answer.engine_seconds, list(answer.notices))


def _picture(picture: TicketPicture) -> ticket_pb2.TicketPicture:
    return ticket_pb2.TicketPicture(
        picture=picture.picture, focus_x=picture.focus_x, focus_y=picture.focus_y, artist_id=picture.artist_id
    )
