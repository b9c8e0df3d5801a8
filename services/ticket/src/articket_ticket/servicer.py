"""gRPC in, gRPC out: checks a request field by field, gives it to the press, and answers. Protobuf ends here."""

import math
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import grpc

from articket.ticket.v1 import ticket_pb2, ticket_pb2_grpc
from articket_artists import LoadedArtist
from articket_mesh.errors import ErrorReason, error_for
from articket_ticket.errors import OrderError, PictureError, TicketError, as_mesh_error
from articket_ticket.order import TicketOrder
from articket_ticket.picturing import Picture
from articket_ticket.printing import Press

# The limits that the proto file names.
MOST_KEY_CHARACTERS = 128
MOST_NUMBER_CHARACTERS = 16
MOST_URL_CHARACTERS = 300
# Far more than has room on a ticket; what is longer is a mistake, not a long sentence.
MOST_TEXT_CHARACTERS = 1000
MOST_PAINTINGS = 16


class TicketServicer(ticket_pb2_grpc.TicketServiceServicer):
    """Serves articket.ticket.v1.TicketService."""

    def __init__(self, press: Press, artists: Callable[[], Mapping[str, LoadedArtist]]) -> None:
        """Take the press, and a function that gives the artists as they are at the moment."""
        self._press = press
        self._artists = artists

    async def Compose(
        self,
        request: ticket_pb2.ComposeRequest,
        context: grpc.aio.ServicerContext[ticket_pb2.ComposeRequest, ticket_pb2.ComposeResponse],
    ) -> ticket_pb2.ComposeResponse:
        """Make one ticket."""
        try:
            order = _order(request)
            printed = await self._press.make(self._artist(request.artist_id), order)
        except TicketError as error:
            raise as_mesh_error(error) from error
        return ticket_pb2.ComposeResponse(
            pdf=printed.pdf, png=printed.png, engine_seconds=printed.seconds, notices=printed.notices
        )

    def _artist(self, artist_id: str) -> LoadedArtist:
        artists = self._artists()
        if artist_id not in artists:
            message = f"artist_id: expected one of {', '.join(sorted(artists)) or 'no artist at all'}, found {artist_id[:64]!r}"
            raise error_for(ErrorReason.UNKNOWN_ARTIST, message, metadata={"artist_id": artist_id[:64]})
        return artists[artist_id]


def _order(request: ticket_pb2.ComposeRequest) -> TicketOrder:
    """The order that a request carries. Raises `OrderError` and, when the first painting is missing, `PictureError`."""
    _check_length("idempotency_key", request.idempotency_key, MOST_KEY_CHARACTERS)
    for field in ("caption", "because", "booth_name", "date"):
        _check_length(field, getattr(request, field), MOST_TEXT_CHARACTERS)
    if request.language not in {"en", "ko"}:
        raise OrderError("language", '"en" or "ko"', repr(request.language[:16]))
    if not 1 <= len(request.number) <= MOST_NUMBER_CHARACTERS or not request.number.isprintable() or not request.number.strip():
        raise OrderError("number", f"1 to {MOST_NUMBER_CHARACTERS} characters that print", repr(request.number[:32]))
    _check_url(request.visit_url)
    return TicketOrder(
        language="ko" if request.language == "ko" else "en",
        paintings=_paintings(request),
        photo=_picture(request.photo, "photo") if request.HasField("photo") else None,
        caption=request.caption,
        because=request.because,
        number=request.number,
        visit_url=request.visit_url,
        booth=request.booth_name,
        date=request.date,
    )


def _paintings(request: ticket_pb2.ComposeRequest) -> tuple[Picture | None, ...]:
    if len(request.paintings) > MOST_PAINTINGS:
        raise OrderError("paintings", f"at most {MOST_PAINTINGS}", str(len(request.paintings)))
    paintings = tuple(_picture(painting, f"painting {rank}") for rank, painting in enumerate(request.paintings, start=1))
    if not paintings or paintings[0] is None:
        raise PictureError("painting 1: expected the matched artist's painting, found none")
    return paintings


def _picture(picture: ticket_pb2.TicketPicture, name: str) -> Picture | None:
    """The picture, or None when there are no bytes: its slot stays empty then."""
    for field, share in (("focus_x", picture.focus_x), ("focus_y", picture.focus_y)):
        if not (math.isfinite(share) and 0 <= share <= 1):
            raise OrderError(f"{name}: {field}", "a share from 0 to 1", f"{share:g}")
    return Picture(picture.picture, (picture.focus_x, picture.focus_y)) if picture.picture else None


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise OrderError(field, f"at most {most} characters", f"{len(text)}")


def _check_url(url: str) -> None:
    _check_length("visit_url", url, MOST_URL_CHARACTERS)
    expected = "an absolute http or https URL without spaces"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise OrderError("visit_url", expected, repr(url)) from error
    if parts.scheme not in {"http", "https"} or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise OrderError("visit_url", expected, repr(url))
