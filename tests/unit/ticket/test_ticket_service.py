"""TicketService over real gRPC: a ticket, and every request that is refused."""

import io
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from PIL import Image

from articket.ticket.v1 import ticket_pb2
from articket.ticket.v1.ticket_pb2_grpc import TicketServiceStub, add_TicketServiceServicer_to_server
from articket_mesh.errors import ErrorReason, MeshError
from articket_mesh.server import Service
from articket_mesh.testing import served
from articket_ticket.printing import Press
from articket_ticket.servicer import TicketServicer
from tests.unit.ticket.samples import BLUE, RED, VISIT_URL, an_artist, jpeg_of, page_of, text_of

PAINTING = ticket_pb2.TicketPicture(picture=jpeg_of(RED), focus_x=0.5, focus_y=0.5, artist_id="hokusai")


@pytest.fixture
async def compose(tmp_path) -> AsyncIterator[Any]:
    """Call Compose with a request that is right but for the changes."""
    slots = (
        {"kind": "photo", "box_mm": [10, 10, 20, 20]},
        {"kind": "text", "of": "caption", "box_mm": [10, 40, 50, 10], "size_pt": 9},
    )
    artists = {
        "hokusai": an_artist(tmp_path / "hokusai", *slots),
        "crooked": an_artist(tmp_path / "crooked", template=page_of("", 50, 50)),
    }
    press = Press()
    service = Service(
        ticket_pb2.DESCRIPTOR.services_by_name["TicketService"],
        partial(add_TicketServiceServicer_to_server, TicketServicer(press, lambda: artists)),
    )
    async with served([service]) as mesh:
        stub: Any = TicketServiceStub(mesh.channel)
        request = {
            "artist_id": "hokusai",
            "language": "en",
            "paintings": [PAINTING],
            "photo": ticket_pb2.TicketPicture(picture=jpeg_of(BLUE), focus_x=0.5, focus_y=0.5),
            "caption": "A calm face.",
            "number": "0042",
            "visit_url": VISIT_URL,
        }
        yield lambda **changes: stub.Compose(ticket_pb2.ComposeRequest(**(request | changes)), timeout=20)
    press.close()


async def test_a_ticket_comes_back_with_its_preview(compose):
    response = await compose()
    assert "A calm face." in text_of(response.pdf)
    assert Image.open(io.BytesIO(response.png)).size == (500, 1000)
    assert 0 < response.engine_seconds < 20
    assert list(response.notices) == []


async def test_optional_pictures_may_be_missing(compose):
    assert list((await compose(photo=None)).notices) == ["picture missing: photo"]
    assert list((await compose(photo=ticket_pb2.TicketPicture())).notices) == ["picture missing: photo"]


async def test_what_could_not_be_printed_is_told(compose):
    assert list((await compose(caption="Art 🎨")).notices) == ["characters left out: caption"]


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        ({"artist_id": "monet"}, ErrorReason.UNKNOWN_ARTIST, "expected one of crooked, hokusai, found 'monet'"),
        ({"artist_id": "crooked"}, ErrorReason.BAD_TEMPLATE, "crooked/template.pdf: expected a page of 106 × 206 mm"),
        ({"language": "fr"}, ErrorReason.INVALID_REQUEST, 'language: expected "en" or "ko", found \'fr\''),
        ({"language": ""}, ErrorReason.INVALID_REQUEST, "language"),
        ({"number": ""}, ErrorReason.INVALID_REQUEST, "number"),
        ({"number": " "}, ErrorReason.INVALID_REQUEST, "number"),
        ({"number": "0" * 17}, ErrorReason.INVALID_REQUEST, "number"),
        ({"number": "1\n2"}, ErrorReason.INVALID_REQUEST, "number"),
        ({"visit_url": ""}, ErrorReason.INVALID_REQUEST, "visit_url"),
        ({"visit_url": "/v/abc"}, ErrorReason.INVALID_REQUEST, "visit_url"),
        ({"visit_url": "javascript:alert(1)"}, ErrorReason.INVALID_REQUEST, "visit_url"),
        ({"visit_url": "https:///v"}, ErrorReason.INVALID_REQUEST, "visit_url"),
        ({"visit_url": "https://a.example/a b"}, ErrorReason.INVALID_REQUEST, "visit_url"),
        ({"visit_url": "https://[1/"}, ErrorReason.INVALID_REQUEST, "visit_url"),
        ({"visit_url": "https://a.example/" + "x" * 300}, ErrorReason.INVALID_REQUEST, "at most 300 characters, found 318"),
        ({"idempotency_key": "k" * 129}, ErrorReason.INVALID_REQUEST, "idempotency_key"),
        ({"caption": "c" * 1001}, ErrorReason.INVALID_REQUEST, "caption"),
        ({"booth_name": "b" * 1001}, ErrorReason.INVALID_REQUEST, "booth_name"),
        ({"paintings": [PAINTING] * 17}, ErrorReason.INVALID_REQUEST, "paintings: expected at most 16, found 17"),
        ({"paintings": []}, ErrorReason.BAD_PICTURE, "painting 1: expected the matched artist's painting, found none"),
        ({"paintings": [ticket_pb2.TicketPicture()]}, ErrorReason.BAD_PICTURE, "painting 1"),
        (
            {"paintings": [ticket_pb2.TicketPicture(picture=b"GIF89a")]},
            ErrorReason.BAD_PICTURE,
            "painting 1: expected JPEG, PNG or WebP",
        ),
        ({"photo": ticket_pb2.TicketPicture(picture=b"no")}, ErrorReason.BAD_PICTURE, "photo: expected JPEG, PNG or WebP"),
        (
            {"photo": ticket_pb2.TicketPicture(picture=jpeg_of(RED), focus_x=1.5)},
            ErrorReason.INVALID_REQUEST,
            "photo: focus_x: expected a share from 0 to 1, found 1.5",
        ),
        (
            {"photo": ticket_pb2.TicketPicture(picture=jpeg_of(RED), focus_y=float("nan"))},
            ErrorReason.INVALID_REQUEST,
            "focus_y",
        ),
    ],
)
async def test_a_wrong_request_is_refused_with_its_reason(compose, changes, reason, message):
    with pytest.raises(MeshError) as refusal:
        await compose(**changes)
    assert refusal.value.reason == reason
    assert message in refusal.value.message


async def test_orders_at_the_same_time_all_get_their_own_ticket(compose):
    calls = [compose(caption=f"Caption number {number}.") for number in range(6)]
    for number, call in enumerate(calls):
        assert f"Caption number {number}." in text_of((await call).pdf)
