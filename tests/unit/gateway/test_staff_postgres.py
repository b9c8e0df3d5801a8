"""What staff do holds with several replicas at one PostgreSQL: each wish is one wish, each guess one guess."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from articket_gateway.errors import Problem
from articket_gateway.staff import pins as pins_module
from articket_gateway.staff.overview import start_of_day
from articket_gateway.staff.pairing import PairingCodes
from articket_gateway.staff.pins import Pins
from articket_gateway.staff.tries import FREE_TRIES, Tries
from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.database import Database
from articket_gateway.storing.figures import Figures
from articket_gateway.storing.staff import Cursor, StaffStore
from articket_gateway.storing.visits import NewEvent, VisitStore
from articket_gateway.visit.states import StepRecord, StepStatus, VisitState
from tests.support.postgres import Postgres, find_binaries, running_postgres
from tests.unit.gateway.conftest import new_visit
from tests.unit.gateway.test_staff_figures import NOON, hours, seed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_binaries() is None, reason="no PostgreSQL here: apt-get install postgresql"),
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
async def replicas(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Database]]:
    monkeypatch.setitem(pins_module.COST, "n", 2)
    url = postgres.new_database()
    databases = [Database(url) for _ in range(2)]
    for database in databases:
        await database.open()
    yield databases
    for database in databases:
        await database.close()


def door(database: Database, folder: Path) -> Pins:
    booth = BoothStore(database)
    return Pins(booth, Tries(booth), letter=folder / "staff-pin")


async def test_a_hundred_guesses_at_two_replicas_are_five(replicas: list[Database], tmp_path: Path):
    doors = [door(database, tmp_path) for database in replicas]
    await doors[0].open("482913")

    async def guess(number: int) -> str:
        with pytest.raises(Problem) as refused:
            await doors[number % 2].check("192837", address="10.0.0.1")
        return refused.value.reason

    reasons = await asyncio.gather(*(guess(number) for number in range(100)))
    assert reasons.count("pin_wrong") == FREE_TRIES


async def test_two_replicas_that_start_at_once_make_one_pin(replicas: list[Database], tmp_path: Path):
    doors = [door(database, tmp_path / str(number)) for number, database in enumerate(replicas)]
    await asyncio.gather(*(one.open(None) for one in doors))
    (letter,) = tmp_path.glob("*/staff-pin")
    for one in doors:
        assert await one.check(letter.read_text().strip(), address="10.0.0.1")


async def test_a_code_is_used_once_over_all_replicas(replicas: list[Database], tmp_path: Path):
    codes = []
    for database in replicas:
        booth = BoothStore(database)
        codes.append(PairingCodes(booth, door(database, tmp_path), Tries(booth)))
    made = await codes[0].make()
    done = await asyncio.gather(
        *(codes[number % 2].admit(made.code, address=f"10.0.0.{number}") for number in range(10)), return_exceptions=True
    )
    assert sum(one is None for one in done) == 1


async def test_of_taps_at_two_replicas_one_gets_the_lease(replicas: list[Database]):
    visits = [VisitStore(database, owner=f"replica-{number}", lease_seconds=10) for number, database in enumerate(replicas)]
    stores = [StaffStore(database, owner=f"replica-{number}", lease_seconds=10) for number, database in enumerate(replicas)]
    await visits[0].create(new_visit("visit-1"))
    lease = await visits[0].receive_photo("visit-1", digest="abc", artists=["vangogh"], news=NewEvent("visit", {}))
    assert lease is not None
    failed = StepRecord("paint:vangogh", StepStatus.FAILED, None, {"reason": "X", "detail": "x"}, 3, 1.0, 2.0)
    await visits[0].save_step(lease, failed)
    await visits[0].finish(lease, failed=True, state=VisitState.FAILED, error={"reason": "no_painting", "detail": ""})
    taken = await asyncio.gather(
        *(stores[number % 2].reopen("visit-1", "vangogh", lambda _: [NewEvent("visit", {})]) for number in range(10))
    )
    ((lease, record),) = [one for one in taken if one is not None]
    assert (lease.epoch, record.state, record.error, record.steps) == (2, VisitState.PHOTO_RECEIVED, None, {})
    assert len(await visits[0].events_after("visit-1", 0)) == 2
    assert await stores[1].unpainted() == {"visit-1": ["vangogh"]}


async def test_lists_and_figures_are_the_same_as_on_sqlite(replicas: list[Database], database: Database):
    told = []
    for one in (replicas[0], database):
        await seed(one, visits=120, artists=("picasso", "vangogh"))
        store = StaffStore(one, owner="here", lease_seconds=10)
        page = await store.listed(since=0, now=NOON, limit=50)
        second = await store.listed(since=0, now=NOON, limit=50, before=Cursor(page[-1].created_at, page[-1].ref))
        (found,) = await store.listed(since=0, now=NOON, limit=50, number=77)
        figures = await Figures(one).at(NOON, today=start_of_day(NOON), hours=hours())
        told.append(([record.ref for record in page + second], found.ref, figures))
    assert told[0] == told[1]
    assert told[0][2].artists["picasso"].done == 120
