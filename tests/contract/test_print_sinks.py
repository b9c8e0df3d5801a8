"""What every sink promises to the worker: a folder, a printer and an object store, held to the same tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import obstore
import pytest
from obstore.store import from_url

from articket_gateway.printing.folder import FolderSink
from articket_gateway.printing.ipp import IppSink
from articket_gateway.printing.sinks import PrintOrder, Sight, Sink, SinkWaits, Stage
from articket_gateway.printing.store import StoreSink
from tests.support.ipp_printer import IppPrinter, needs_printer, running_printer
from tests.support.seaweed import in_environment, needs_weed
from tests.support.waiting import until

ORDER = PrintOrder("articket-0a1b-1-0", "0042", "vangogh", "2026-05-02", 1)
TICKET = b"%PDF-1.7 one ticket\n" + bytes(1_500_000)
OTHER = b"%PDF-1.7 somebody else's"


@dataclass
class Place:
    """A sink, and what an onlooker finds in it."""

    sink: Sink
    contents: Callable[[], Awaitable[list[bytes]]]


def folder_place(path: Path) -> Place:
    path.mkdir()

    async def contents() -> list[bytes]:
        return [file.read_bytes() for file in sorted(path.rglob("*.pdf"))]

    return Place(FolderSink("folder", path), contents)


def printer_place(printer: IppPrinter) -> Place:
    async def contents() -> list[bytes]:
        return printer.printed()

    return Place(IppSink("printer", printer.uri, media="iso_a4_210x297mm"), contents)


def store_place(url: str) -> Place:
    store = from_url(url)

    async def contents() -> list[bytes]:
        paths = [entry["path"] async for batch in obstore.list(store) for entry in batch]
        return [bytes(await (await obstore.get_async(store, path)).bytes_async()) for path in sorted(paths)]

    return Place(StoreSink("store", url), contents)


@pytest.fixture(params=["folder", pytest.param("ipp", marks=needs_printer), pytest.param("store", marks=needs_weed)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "ipp":
        with running_printer(tmp_path / "printer") as printer:
            place = printer_place(printer)
            yield place
            await place.sink.close()
        return
    is_folder = request.param == "folder"
    place = folder_place(tmp_path / "tickets") if is_folder else store_place(request.getfixturevalue("s3"))
    yield place
    await place.sink.close()


async def out(sink: Sink, order: PrintOrder, remote: str) -> Sight:
    return await until(lambda: sink.follow(order, remote), lambda sight: sight.stage is Stage.OUT)


async def test_a_sink_that_is_well_takes_tickets(place: Place):
    assert not (await place.sink.look()).is_stopped


async def test_preparing_brings_nothing_out(place: Place):
    remote = await place.sink.prepare(ORDER, TICKET, is_retry=False)
    assert (await place.sink.follow(ORDER, remote)).stage is Stage.EMPTY
    assert await place.contents() == []


async def test_what_is_delivered_comes_out_byte_by_byte(place: Place):
    remote = await place.sink.prepare(ORDER, TICKET, is_retry=False)
    await place.sink.deliver(ORDER, remote, TICKET)
    await out(place.sink, ORDER, remote)
    assert await place.contents() == [TICKET]


async def test_preparing_again_finds_the_same_room(place: Place):
    remote = await place.sink.prepare(ORDER, TICKET, is_retry=False)
    assert await place.sink.prepare(ORDER, TICKET, is_retry=True) == remote


async def test_delivering_again_brings_nothing_more_out(place: Place):
    remote = await place.sink.prepare(ORDER, TICKET, is_retry=False)
    await place.sink.deliver(ORDER, remote, TICKET)
    await place.sink.deliver(ORDER, remote, TICKET)
    await out(place.sink, ORDER, remote)
    await place.sink.deliver(ORDER, remote, TICKET)
    assert await place.contents() == [TICKET]


async def test_two_tickets_never_share_a_place(place: Place):
    """The same number and artist: the data folder is new, the sink is not."""
    for order, ticket in ((ORDER, TICKET), (replace(ORDER, mark="articket-9f9f-1-0"), OTHER)):
        remote = await place.sink.prepare(order, ticket, is_retry=False)
        await place.sink.deliver(order, remote, ticket)
        await out(place.sink, order, remote)
    assert sorted(await place.contents()) == sorted([TICKET, OTHER])


async def test_what_is_withdrawn_before_it_is_delivered_never_comes_out(place: Place):
    remote = await place.sink.prepare(ORDER, TICKET, is_retry=False)
    await place.sink.withdraw(ORDER.mark, remote)
    await place.sink.withdraw(ORDER.mark, remote)
    assert (await place.sink.follow(ORDER, remote)).stage in (Stage.CANCELLED, Stage.LOST, Stage.EMPTY)
    assert await place.contents() == []


async def test_what_was_prepared_by_somebody_who_died_is_withdrawn_by_its_mark(place: Place, tmp_path: Path):
    await place.sink.prepare(ORDER, TICKET, is_retry=False)
    await place.sink.withdraw(ORDER.mark, None)
    assert not list(tmp_path.rglob("*.part"))
    assert await place.contents() == []


async def test_withdrawing_leaves_other_tickets_alone(place: Place):
    other = replace(ORDER, mark="articket-0a1b-2-0", number="0043")
    remote = await place.sink.prepare(other, OTHER, is_retry=False)
    await place.sink.deliver(other, remote, OTHER)
    await out(place.sink, other, remote)
    await place.sink.withdraw(ORDER.mark, None)
    assert await place.contents() == [OTHER]


@pytest.mark.parametrize("sink", ["folder", "ipp", "store"])
async def test_a_sink_that_is_away_says_so_and_waits(sink: str, tmp_path: Path):
    away: dict[str, Callable[[], Sink]] = {
        "folder": lambda: FolderSink("folder", tmp_path / "unmounted"),
        "ipp": lambda: IppSink("ipp", "ipp://127.0.0.1:9/ipp/print", media="iso_a4_210x297mm"),
        "store": lambda: StoreSink("store", "s3://nowhere"),
    }
    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "x"}
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    with in_environment({**environment, **keys}):
        here = away[sink]()
        status = await here.look()
        assert (status.is_stopped, status.reasons) == (True, ("offline",))
        with pytest.raises(SinkWaits, match="offline"):
            await here.prepare(ORDER, TICKET, is_retry=False)
        await here.close()
