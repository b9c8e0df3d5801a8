"""The queue of tickets: who may ask, what is counted, what is seen, what an erased visit leaves. The sinks are folders."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from articket_gateway.errors import LeaseLost, Problem, StoreUnavailable
from articket_gateway.printing import working
from articket_gateway.printing.folder import FolderSink
from articket_gateway.storing.database import Database
from articket_gateway.storing.pictures import ticket_path
from articket_gateway.storing.prints import PrintJob, PrintState, PrintStore
from articket_gateway.storing.visits import Lease
from articket_gateway.visit.states import TICKET, StepRecord, StepStatus, VisitState
from tests.support.printing import PrintStage, print_stage
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PAUSES", (0.05, 0.1))
    monkeypatch.setattr(working, "BROKEN_PAUSE_SECONDS", 0.05)


@asynccontextmanager
async def staged(database: Database, tmp_path: Path, *names: str, **more: Any) -> AsyncIterator[PrintStage]:
    folders = [tmp_path / name for name in names or ("tickets",)]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    async with print_stage(database, tmp_path, [FolderSink(folder.name, folder) for folder in folders], **more) as stage:
        yield stage


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def problem(raised: pytest.ExceptionInfo[Problem]) -> str:
    return raised.value.reason


# -- what comes out -----------------------------------------------------------------------------------------------------------


async def test_a_ready_ticket_becomes_a_file_with_a_readable_name(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        visit_id = await stage.ticket(artist_id="renoir")
        await stage.printed(visit_id)
        day = time.strftime("%Y-%m-%d")
        assert files(tmp_path / "tickets") == [f"{day}/0001-renoir.pdf"]
        content = (tmp_path / f"tickets/{day}/0001-renoir.pdf").read_bytes()
        assert content == await stage.pictures.get(ticket_path(visit_id, "pdf"))


async def test_every_sink_gets_every_ticket(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, "usb", "cloud") as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        assert [len(files(tmp_path / name)) for name in ("usb", "cloud")] == [1, 1]


async def test_one_sink_in_trouble_holds_no_other_up(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, "usb", "cloud") as stage:
        (tmp_path / "usb").rmdir()
        await stage.ticket()
        await until(lambda: files(tmp_path / "cloud"))
        await stage.reason("offline")
        (tmp_path / "usb").mkdir()
        await until(lambda: files(tmp_path / "usb"), seconds=3)


async def test_a_second_copy_is_no_second_file(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, copies=2, copies_max=9) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        await stage.printing.ask(visit_id, copies=3)
        await stage.printed(visit_id)
        assert len(files(tmp_path / "tickets")) == 1


async def test_what_another_has_put_there_is_never_overwritten(database: Database, tmp_path: Path):
    day = tmp_path / "tickets" / time.strftime("%Y-%m-%d")
    day.mkdir(parents=True)
    (day / "0001-vangogh.pdf").write_bytes(b"last year's")
    async with staged(database, tmp_path) as stage:
        await stage.printed(await stage.ticket())
    assert (day / "0001-vangogh.pdf").read_bytes() == b"last year's"
    assert (day / "0001-vangogh-2.pdf").exists()


async def test_a_place_that_is_taken_between_choosing_and_using_it_is_left_alone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    prepare = FolderSink.prepare

    async def overtaken(self: FolderSink, *args: Any, **more: Any) -> str:
        remote = await prepare(self, *args, **more)
        path = tmp_path / "tickets" / remote.rpartition(" ")[0]
        if path.name == "0001-vangogh.pdf":
            path.write_bytes(b"somebody else's")
        return remote

    monkeypatch.setattr(FolderSink, "prepare", overtaken)
    async with staged(database, tmp_path) as stage:
        await stage.printed(await stage.ticket())
    assert [Path(name).name for name in files(tmp_path / "tickets")] == ["0001-vangogh-2.pdf", "0001-vangogh.pdf"]


@pytest.mark.parametrize("place", ["note", "end"])
async def test_killed_at_a_note_with_a_program_that_takes_files_away_comes_out_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
):
    """A hot folder: whatever appears is printed and removed. Where that hides the outcome, the job is held."""
    taken: list[str] = []
    broken: list[str] = []

    async def hot_folder() -> None:
        while True:
            for path in (tmp_path / "tickets").rglob("*.pdf"):
                path.unlink()
                taken.append(path.name)
            await asyncio.sleep(0.005)

    do = getattr(PrintStore, place)

    async def breaking(self: PrintStore, job: PrintJob, *args: Any, **more: Any) -> PrintJob:
        if len(broken) < 2:
            broken.append(place)
            await asyncio.sleep(0.05)
            raise StoreUnavailable("killed")
        return await do(self, job, *args, **more)

    monkeypatch.setattr(PrintStore, place, breaking)
    async with staged(database, tmp_path) as stage:
        watching = asyncio.create_task(hot_folder())
        visit_id = await stage.ticket()
        await until(lambda: stage.states(visit_id), lambda states: states[0] in ("printed", "held"))
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert taken == ["0001-vangogh.pdf"]


async def test_a_ticket_is_queued_with_its_step_or_not_at_all(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        visit_id = await stage.ticket()
        step = StepRecord(TICKET, StepStatus.DONE, {"number": "0001", "artist_id": "vangogh"}, None, 1, 1.0, 1.0)
        lost = Lease(visit_id, "here", 99)
        with pytest.raises(LeaseLost):
            await stage.visits.save_step(lost, step, state=VisitState.TICKET_READY, prints=stage.printing.wanted(visit_id))
        await stage.visits.save_step(Lease(visit_id, "here", 1), step, prints=stage.printing.wanted(visit_id))
        assert len(await stage.jobs(visit_id)) == 1


async def test_without_automatic_printing_nothing_is_queued_until_staff_ask(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, is_automatic=False) as stage:
        visit_id = await stage.ticket()
        assert await stage.jobs(visit_id) == []
        assert stage.printing.ticket_print(visit_id) is None
        (job,) = await stage.printing.ask(visit_id)
        assert job.asked_by == "staff"
        await stage.printed(visit_id)


async def test_what_staff_switch_outlives_the_gateway(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        await stage.printing.set_mode(is_automatic=False, is_paused=True)
    async with staged(database, tmp_path) as stage:
        view = stage.printing.view()
    assert view is not None
    assert (view.is_automatic, view.is_paused) == (False, True)


async def test_what_waited_is_printed_after_a_restart(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        visit_id = await stage.ticket()
    async with staged(database, tmp_path) as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=False)
        await stage.printed(visit_id)


async def test_a_ticket_that_is_missing_fails_and_the_next_goes_on(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        missing, there = await stage.ticket(), await stage.ticket()
        await stage.pictures.erase_ticket(missing)
        await stage.printing.set_mode(is_automatic=True, is_paused=False)
        await stage.printed(there)
        (job,) = await stage.jobs(missing)
        assert (job.state, job.reason) == ("failed", "ticket-missing")


# -- what is allowed ----------------------------------------------------------------------------------------------------------


async def test_nobody_gets_more_copies_than_allowed_however_many_ask_at_once(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, copies_max=3) as stage:
        visit_id = await stage.ticket()
        asked = await asyncio.gather(*(stage.printing.ask(visit_id) for _ in range(8)), return_exceptions=True)
        refused = [one.reason for one in asked if isinstance(one, Problem)]
        assert refused == ["copies_used_up"] * 6
        await stage.printed(visit_id)
        jobs = await stage.jobs(visit_id)
        assert sum(job.copies for job in jobs) == 3
        assert stage.printing.copies_left(jobs) == 0


async def test_more_copies_at_once_than_are_left_are_refused(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, copies_max=3) as stage:
        visit_id = await stage.ticket()
        with pytest.raises(Problem) as raised:
            await stage.printing.ask(visit_id, copies=3)
        assert problem(raised) == "copies_used_up"


async def test_what_was_cancelled_is_not_counted(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, copies_max=1) as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        visit_id = await stage.ticket()
        (job,) = await stage.jobs(visit_id)
        await stage.printing.cancel(job.id)
        await stage.printing.ask(visit_id)
        assert await stage.states(visit_id) == ["cancelled", "waiting"]


async def test_only_what_waits_can_be_cancelled(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        (job,) = await stage.jobs(visit_id)
        with pytest.raises(Problem) as raised:
            await stage.printing.cancel(job.id)
        assert problem(raised) == "print_under_way"
        with pytest.raises(Problem) as raised:
            await stage.printing.cancel(job.id + 1)
        assert problem(raised) == "print_unknown"


async def test_without_a_ticket_or_a_sink_nothing_is_printed(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        with pytest.raises(Problem) as raised:
            await stage.printing.ask("nobody")
        assert problem(raised) == "ticket_not_ready"
    async with print_stage(database, tmp_path, []) as stage:
        visit_id = await stage.ticket()
        with pytest.raises(Problem) as raised:
            await stage.printing.ask(visit_id)
        assert problem(raised) == "no_sink"
        assert stage.printing.view() is None
        assert await stage.jobs(visit_id) == []


# -- what is seen -------------------------------------------------------------------------------------------------------------


async def test_those_who_wait_see_how_many_are_before_them(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        (tmp_path / "tickets").rmdir()
        visits = [await stage.ticket() for _ in range(3)]
        await stage.reason("offline")
        await until(
            lambda: [one.ahead for visit_id in visits if (one := stage.printing.ticket_print(visit_id))],
            lambda ahead: ahead == [0, 1, 2],
        )


async def test_visitors_and_kiosks_are_woken_when_a_ticket_moves(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        visit_id = await stage.ticket()
        await until(lambda: stage.printing.ticket_print(visit_id))
        with stage.progress.watch(visit_id) as visitor, stage.printing.watch() as kiosk:
            await stage.printing.set_mode(is_automatic=True, is_paused=False)
            async with asyncio.timeout(5):
                for woken in (visitor.woken, kiosk):
                    await woken.wait()
            await stage.printed(visit_id)
            visitor.woken.clear()
            kiosk.clear()
            await stage.printing.ask(visit_id)
            async with asyncio.timeout(5):
                await visitor.woken.wait()
                await kiosk.wait()


async def test_what_one_replica_does_another_shows(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, owner="one") as one, print_stage(database, tmp_path, [], owner="two") as none:
        visit_id = await one.ticket()
        await one.printed(visit_id)
        assert none.printing.view() is None
    async with staged(database, tmp_path, owner="two") as two:
        shown, view = two.printing.ticket_print(visit_id), two.printing.view()
    assert shown is not None
    assert shown.state == "printed"
    assert view is not None
    assert (view.sinks[0].printed, view.sinks[0].state, view.waiting) == (1, "idle", 0)


async def test_a_job_of_a_sink_that_was_taken_away_waits_for_it(database: Database, tmp_path: Path):
    async with staged(database, tmp_path, "old") as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        visit_id = await stage.ticket()
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
    async with staged(database, tmp_path, "new") as stage:
        shown = stage.printing.ticket_print(visit_id)
    assert shown is not None
    assert (shown.state, shown.reason) == ("held", "no-sink")


async def test_what_was_printed_is_measured(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        await stage.printed(await stage.ticket())
        labels = {"sink": "tickets", "outcome": "printed"}
        assert stage.registry.get_sample_value("articket_prints_total", labels) == 1
        assert stage.registry.get_sample_value("articket_print_seconds_count", {"sink": "tickets"}) == 1


async def test_no_log_line_holds_a_visits_id(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG", logger="articket_gateway")
    async with staged(database, tmp_path) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
    assert "ticket 0001" in caplog.text
    assert visit_id not in caplog.text


# -- what an erased visit leaves ----------------------------------------------------------------------------------------------


async def test_erasing_removes_the_file(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        erased, kept = await stage.ticket(), await stage.ticket()
        await stage.printed(erased, kept)
        await stage.erase(erased)
        await until(lambda: len(files(tmp_path / "tickets")) == 1)
        assert files(tmp_path / "tickets")[0].endswith("0002-vangogh.pdf")
        await until(lambda: stage.jobs(erased), lambda jobs: jobs[0].remote is None)


async def test_a_file_is_removed_once_its_folder_is_back(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
    (tmp_path / "tickets").rename(tmp_path / "unmounted")
    (tmp_path / "tickets").mkdir()
    async with staged(database, tmp_path) as stage:
        (tmp_path / "tickets").rmdir()
        await stage.erase(visit_id)
        (tmp_path / "unmounted").rename(tmp_path / "tickets")
        await until(lambda: not files(tmp_path / "tickets"), seconds=12)


async def test_erasing_leaves_a_file_that_somebody_has_put_there_instead(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        visit_id = await stage.ticket()
        await stage.printed(visit_id)
        (path,) = [tmp_path / "tickets" / name for name in files(tmp_path / "tickets")]
        path.write_bytes(b"something else")
        await stage.erase(visit_id)
        await until(lambda: stage.jobs(visit_id), lambda jobs: jobs[0].remote is None)
        assert path.read_bytes() == b"something else"


async def test_erasing_cancels_what_waits_at_once(database: Database, tmp_path: Path):
    async with staged(database, tmp_path) as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        visit_id = await stage.ticket()
        await stage.erase(visit_id)
        (job,) = await stage.jobs(visit_id)
        assert (job.state, job.reason) == (PrintState.CANCELLED, "erased")
        with pytest.raises(Problem):
            await stage.printing.ask(visit_id)
