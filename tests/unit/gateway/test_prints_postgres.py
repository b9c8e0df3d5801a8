"""Printing by two replicas on a real PostgreSQL: each ticket comes out once, in order, and nobody gets more than allowed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from articket_gateway.errors import Problem
from articket_gateway.printing.folder import FolderSink
from articket_gateway.printing.ipp import IppSink
from articket_gateway.storing.database import Database
from articket_gateway.storing.pictures import ticket_path
from articket_gateway.storing.prints import PrintStore
from tests.support.ipp_printer import needs_printer, running_printer
from tests.support.postgres import Postgres, find_binaries, running_postgres
from tests.support.printing import print_stage
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(find_binaries() is None, reason="PostgreSQL is not installed")]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
async def databases(server: Postgres) -> AsyncIterator[tuple[Database, Database]]:
    url = server.new_database()
    one, two = Database(url), Database(url)
    await one.open()
    await two.open()
    yield one, two
    await one.close()
    await two.close()


def folder_sink(tmp_path: Path) -> FolderSink:
    (tmp_path / "tickets").mkdir(exist_ok=True)
    return FolderSink("tickets", tmp_path / "tickets")


@needs_printer
async def test_two_replicas_print_each_ticket_once_and_in_order(databases: tuple[Database, Database], tmp_path: Path):
    with running_printer(tmp_path / "printer") as printer:
        sinks = [IppSink("front", printer.uri, media="iso_a4_210x297mm") for _ in range(2)]
        async with (
            print_stage(databases[0], tmp_path, sinks[:1], owner="one", lease_seconds=3) as one,
            print_stage(databases[1], tmp_path, sinks[1:], owner="two", lease_seconds=3) as two,
        ):
            visits = [await (one, two)[turn % 2].ticket() for turn in range(12)]
            await one.printed(*visits, seconds=60)
            assert printer.printed() == [await one.pictures.get(ticket_path(visit_id, "pdf")) for visit_id in visits]
            await until(lambda: two.printing.ticket_print(visits[-1]), lambda shown: shown and shown.state == "printed")


async def test_nobody_gets_more_copies_than_allowed_from_two_replicas(databases: tuple[Database, Database], tmp_path: Path):
    async with (
        print_stage(databases[0], tmp_path, [folder_sink(tmp_path)], owner="one", copies_max=4) as one,
        print_stage(databases[1], tmp_path, [folder_sink(tmp_path)], owner="two", copies_max=4) as two,
    ):
        visit_id = await one.ticket()
        asks = [(one, two)[turn % 2].printing.ask(visit_id) for turn in range(12)]
        asked = await asyncio.gather(*asks, return_exceptions=True)
        assert [one.reason for one in asked if isinstance(one, Problem)] == ["copies_used_up"] * 9
        assert sum(job.copies for job in await one.jobs(visit_id)) == 4


async def test_only_one_replica_gets_a_sinks_first_job(databases: tuple[Database, Database], tmp_path: Path):
    async with print_stage(databases[0], tmp_path, [folder_sink(tmp_path)], owner="one") as stage:
        await stage.printing.set_mode(is_automatic=True, is_paused=True)
        for _ in range(3):
            await stage.ticket()
        owners = [PrintStore(databases[turn % 2], owner=f"replica-{turn}", lease_seconds=10) for turn in range(6)]
        claimed = await asyncio.gather(*(owner.claim("tickets", only_begun=False) for owner in owners))
        assert [job is not None for job in claimed].count(True) == 1
        (job,) = [job for job in claimed if job is not None]
        assert job.id == min(one.id for one in await stage.prints.of_present_visits())
