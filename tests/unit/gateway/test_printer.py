"""Tickets and a real IPP printer that runs out of paper, is switched off, is busy, or gives up."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pyipp.enums import IppOperation, IppTag

from articket_gateway.errors import StoreUnavailable
from articket_gateway.printing import working
from articket_gateway.printing.folder import FolderSink
from articket_gateway.printing.ipp import IppSink
from articket_gateway.printing.ipp_requests import IppConnection, NoAnswer
from articket_gateway.storing.database import Database
from articket_gateway.storing.pictures import ticket_path
from articket_gateway.storing.prints import PrintJob, PrintStore
from tests.support.ipp_printer import IppPrinter, needs_printer, running_printer
from tests.support.printing import PrintStage, print_stage
from tests.support.waiting import until
from tests.unit.gateway.conftest import on_sqlite

pytestmark = [needs_printer, on_sqlite]  # two replicas on PostgreSQL: test_prints_postgres

MEDIA = "iso_a4_210x297mm"
GOES_ON_SECONDS = 2.0


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PAUSES", (0.05, 0.1))  # 1 s and 4 s otherwise
    monkeypatch.setattr(working, "BROKEN_PAUSE_SECONDS", 0.2)


@pytest.fixture
def printer(tmp_path: Path) -> Any:
    with running_printer(tmp_path / "printer") as printer:
        yield printer


@asynccontextmanager
async def staged(database: Database, tmp_path: Path, printer: IppPrinter, **more: Any) -> AsyncIterator[PrintStage]:
    async with print_stage(database, tmp_path, [IppSink("front", printer.uri, media=MEDIA)], **more) as stage:
        yield stage


async def stored(stage: PrintStage, *visit_ids: str) -> list[bytes]:
    return [await stage.pictures.get(ticket_path(visit_id, "pdf")) or b"" for visit_id in visit_ids]


async def test_a_ticket_that_is_ready_is_printed_by_itself_and_its_visit_is_a_printed_one(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with staged(database, tmp_path, printer) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        assert printer.printed() == await stored(stage, visit_id)
        assert printer.begun() == ["1-articket_0001.pdf"]
        record = await stage.visits.find(visit_id)
        assert record is not None
        assert record.state == "printed"
        shown = stage.printing.ticket_print(visit_id)
        assert shown is not None
        assert shown.state == "printed"


@pytest.mark.alone
async def test_a_printer_without_paper_is_told_and_printing_goes_on_by_itself(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with staged(database, tmp_path, printer) as stage:
        printer.take_paper_out()
        first, second = await stage.ticket(), await stage.ticket()
        await stage.reason("media-empty")
        view = stage.printing.view()
        assert view is not None
        assert (view.sinks[0].state, view.sinks[0].waiting, view.waiting) == ("stopped", 2, 2)
        held = [stage.printing.ticket_print(visit_id) for visit_id in (first, second)]
        assert [(one.state, one.ahead, one.reason) for one in held if one] == [
            ("held", 0, "media-empty"),
            ("held", 1, "media-empty"),
        ]
        printer.put_paper_in()
        refilled = time.monotonic()
        await until(printer.printed)
        assert time.monotonic() - refilled < GOES_ON_SECONDS
        await stage.printed(first, second)
        assert printer.printed() == await stored(stage, first, second)
        await until(lambda: stage.reasons, lambda reasons: reasons == [])


@pytest.mark.parametrize(("keyword", "reason"), [("media-jam", "media-jam"), ("cover-open", "cover-open")])
async def test_other_troubles_have_their_own_word(
    database: Database, tmp_path: Path, printer: IppPrinter, keyword: str, reason: str
):
    async with staged(database, tmp_path, printer) as stage:
        printer.take_paper_out(keyword)
        visit_id = await stage.ticket()
        await stage.reason(reason)
        printer.put_paper_in()
        await stage.printed(visit_id)


@pytest.mark.alone
async def test_tickets_wait_for_a_printer_that_is_off_and_it_is_noticed_within_two_seconds(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with staged(database, tmp_path, printer) as stage:
        printer.switch_off()
        visits = [await stage.ticket() for _ in range(3)]
        await stage.reason("offline")
        assert set(await stage.states(*visits)) == {"waiting"}
        printer.switch_on()
        on = time.monotonic()
        await until(printer.begun)
        assert time.monotonic() - on < GOES_ON_SECONDS
        await stage.printed(*visits)
        assert printer.printed() == await stored(stage, *visits)


async def test_a_printer_that_is_busy_with_somebody_elses_job_is_waited_for(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    other = IppConnection(printer.uri)
    printer.take_paper_out()
    await other.request(
        IppOperation.PRINT_JOB,
        {
            "requesting-user-name": (IppTag.NAME, "somebody"),
            "job-name": (IppTag.NAME, "Invoice"),
            "document-format": (IppTag.MIME_TYPE, "application/pdf"),
        },
        document=b"%PDF-1.7 invoice",
    )
    await other.close()
    async with staged(database, tmp_path, printer) as stage:
        visit_id = await stage.ticket()
        await until(lambda: stage.jobs(visit_id), lambda jobs: jobs[0].reason == "busy")
        assert await stage.states(visit_id) == ["waiting"]
        view = stage.printing.view()
        assert view is not None
        assert view.sinks[0].state == "waiting"
        printer.put_paper_in()
        await stage.printed(visit_id)
        assert printer.printed() == [b"%PDF-1.7 invoice", *await stored(stage, visit_id)]


async def test_a_job_that_the_printer_gives_up_once_is_printed_at_the_second_try(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with staged(database, tmp_path, printer) as stage:
        printer.abort_next(1)
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        assert printer.printed() == await stored(stage, visit_id)
        assert len(printer.begun()) == 2


@pytest.mark.slow
async def test_a_job_that_the_printer_always_gives_up_fails_and_the_next_is_printed(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with staged(database, tmp_path, printer) as stage:
        printer.abort_next(3)
        bad, good = await stage.ticket(), await stage.ticket()
        await stage.printed(good)
        (job,) = await stage.jobs(bad)
        assert (job.state, job.reason) == ("failed", "aborted")
        assert printer.printed() == await stored(stage, good)
        shown = stage.printing.ticket_print(bad)
        assert shown is not None
        assert (shown.state, shown.reason) == ("failed", "aborted")


class _Breaking(PrintStore):
    """A store that breaks when a chosen note is to be made: the gateway is killed there, as far as the printer can tell."""

    breaks_at: Callable[[str], bool] = staticmethod(lambda _name: False)

    async def note(self, job: PrintJob, remote: str | None) -> PrintJob:
        if self.breaks_at("note"):
            raise StoreUnavailable("killed")
        return await super().note(job, remote)

    async def end(self, job: PrintJob, *args: Any, **more: Any) -> PrintJob:
        if self.breaks_at("end"):
            raise StoreUnavailable("killed")
        return await super().end(job, *args, **more)


@pytest.mark.parametrize("place", ["note", "end"])
async def test_a_gateway_killed_between_the_printer_and_its_note_prints_once(
    database: Database, tmp_path: Path, printer: IppPrinter, monkeypatch: pytest.MonkeyPatch, place: str
):
    """`note`: the job is made at the printer and not noted; `end`: it is printed and not noted."""
    failures = 0

    def breaks(name: str) -> bool:
        nonlocal failures
        failures += name == place
        return name == place and failures <= 2

    monkeypatch.setattr("tests.support.printing.PrintStore", _Breaking)
    monkeypatch.setattr(_Breaking, "breaks_at", staticmethod(breaks))
    async with staged(database, tmp_path, printer) as stage:
        visits = [await stage.ticket(), await stage.ticket()]
        await stage.printed(*visits)
        assert printer.printed() == await stored(stage, *visits)
        assert len(printer.begun()) == 2
    assert failures > 2


async def test_an_answer_that_is_lost_on_the_wire_prints_once(
    database: Database, tmp_path: Path, printer: IppPrinter, monkeypatch: pytest.MonkeyPatch
):
    lost: list[str] = []
    request = IppConnection.request

    async def losing(self: IppConnection, operation: IppOperation, *args: Any, **more: Any) -> Any:
        answer = await request(self, operation, *args, **more)
        if operation in (IppOperation.CREATE_JOB, IppOperation.SEND_DOCUMENT) and operation.name not in lost:
            lost.append(operation.name)
            raise NoAnswer(was_sent=True)
        return answer

    monkeypatch.setattr(IppConnection, "request", losing)
    async with staged(database, tmp_path, printer) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        assert printer.printed() == await stored(stage, visit_id)
    assert lost == ["CREATE_JOB", "SEND_DOCUMENT"]


@pytest.mark.slow
async def test_a_job_that_a_printer_forgot_in_mid_job_is_held_for_staff_and_the_queue_goes_on(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with staged(database, tmp_path, printer, copies_max=1) as stage:
        printer.take_paper_out()
        lost, following = await stage.ticket(), await stage.ticket()
        await stage.reason("media-empty")
        printer.switch_off()
        await stage.reason("offline")
        printer.put_paper_in()
        printer.switch_on()
        await stage.printed(following)
        (job,) = await stage.jobs(lost)
        assert (job.state, job.reason) == ("held", "outcome-unknown")
        assert printer.printed() == await stored(stage, following)
        # staff have looked into the tray: it is not there
        await stage.printing.cancel(job.id)
        await stage.printing.ask(lost)
        await until(lambda: stage.states(lost), lambda states: states == ["cancelled", "printed"])


@pytest.mark.slow
async def test_erasing_cancels_what_waits_and_what_the_printer_has(database: Database, tmp_path: Path, printer: IppPrinter):
    async with staged(database, tmp_path, printer) as stage:
        printer.take_paper_out()
        begun, waiting, kept = [await stage.ticket() for _ in range(3)]
        await stage.reason("media-empty")
        await stage.erase(waiting)
        assert await stage.states(waiting) == ["cancelled"]
        await stage.erase(begun)
        await until(lambda: stage.states(begun), lambda states: states == ["cancelled"])
        printer.put_paper_in()
        await stage.printed(kept)
        jobs = [*await stage.jobs(begun), *await stage.jobs(waiting)]
        assert [(job.reason, job.remote) for job in jobs] == [("erased", None), ("erased", None)]
        assert stage.printing.ticket_print(begun) is None


async def test_a_file_in_a_folder_is_no_printed_ticket_where_there_is_a_printer(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    (tmp_path / "cloud").mkdir()
    printer.take_paper_out()
    sinks = [FolderSink("cloud", tmp_path / "cloud"), IppSink("front", printer.uri, media=MEDIA)]
    async with print_stage(database, tmp_path, sinks) as stage:
        visit_id = await stage.ticket()
        await until(lambda: stage.states(visit_id), lambda states: states == ["printed", "printing"])
        record = await stage.visits.find(visit_id)
        assert record is not None
        assert record.state == "ticket_ready"
        shown = await until(lambda: stage.printing.ticket_print(visit_id), lambda shown: shown and shown.reason)
        assert shown is not None
        assert (shown.state, shown.reason) == ("held", "media-empty")


async def test_a_printer_is_spoken_to_with_tls_too(database: Database, tmp_path: Path, printer: IppPrinter):
    sink = IppSink("front", printer.uri.replace("ipp://", "ipps://"), media=MEDIA)
    async with print_stage(database, tmp_path, [sink]) as stage:
        await stage.printed(await stage.ticket())


async def test_copies_come_out_of_one_job_and_reprints_of_another(database: Database, tmp_path: Path, printer: IppPrinter):
    async with staged(database, tmp_path, printer, copies=2) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        await stage.printing.ask(visit_id)
        await stage.printed(visit_id)
        assert [job.copies for job in await stage.jobs(visit_id)] == [2, 1]
        assert len(printer.begun()) == 2


async def test_paused_printing_sends_nothing_more_and_goes_on_when_it_is_resumed(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with staged(database, tmp_path, printer) as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        visit_id = await stage.ticket()
        await until(lambda: stage.printing.ticket_print(visit_id))
        await asyncio.sleep(1.2)
        assert printer.begun() == []
        shown = stage.printing.ticket_print(visit_id)
        assert shown is not None
        assert (shown.state, shown.reason) == ("held", "paused")
        await stage.printing.set_mode(is_automatic=True, is_paused=False)
        await stage.printed(visit_id)


async def test_paper_that_the_printer_does_not_know_is_not_asked_for(database: Database, tmp_path: Path, printer: IppPrinter):
    """A printer that is asked for it refuses the whole job."""
    sink = IppSink("front", printer.uri, media="custom_ticket_100x200mm")
    async with print_stage(database, tmp_path, [sink]) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)


async def test_a_printer_that_takes_no_pdf_refuses_and_the_queue_waits(database: Database, tmp_path: Path):
    with running_printer(tmp_path / "raster", formats="image/pwg-raster") as printer:
        async with staged(database, tmp_path, printer) as stage:
            visit_id = await stage.ticket()
            await stage.reason("refused")
            assert (await stage.states(visit_id))[0] in ("waiting", "printing")


@pytest.mark.slow
async def test_thirty_tickets_by_two_replicas_come_out_in_order_and_each_once(
    database: Database, tmp_path: Path, printer: IppPrinter
):
    async with (
        staged(database, tmp_path, printer, owner="one", lease_seconds=3) as one,
        staged(database, tmp_path, printer, owner="two", lease_seconds=3) as two,
    ):
        visits: list[str] = []
        for turn in range(30):
            visits.append(await (one, two)[turn % 2].ticket())
            if turn == 10:
                printer.take_paper_out()
            if turn == 20:
                printer.put_paper_in()
        await one.printed(*visits, seconds=90)
        assert printer.printed() == await stored(one, *visits)
        assert len(printer.begun()) == 30


@pytest.mark.slow
async def test_another_replica_goes_on_where_one_was_killed(database: Database, tmp_path: Path, printer: IppPrinter):
    printer.take_paper_out()
    async with staged(database, tmp_path, printer, owner="two", lease_seconds=3) as two:
        async with staged(database, tmp_path, printer, owner="one", lease_seconds=3) as one:
            visits = [await one.ticket() for _ in range(4)]
            await one.reason("media-empty")
            for task in one.printing._tasks:  # killed: nothing is handed over
                task.cancel()
            await asyncio.gather(*one.printing._tasks, return_exceptions=True)
            one.printing._tasks.clear()
        printer.put_paper_in()
        await two.printed(*visits, seconds=30)
        assert printer.printed() == await stored(two, *visits)
