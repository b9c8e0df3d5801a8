"""Who may begin a visit is counted alike on PostgreSQL, by every replica."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from articket_gateway.errors import Problem
from articket_gateway.storing.admission import AdmissionStore
from articket_gateway.storing.database import Database
from articket_gateway.storing.visits import NewEvent, VisitStore
from articket_gateway.visit.admission import Admission, AdmissionLimits
from articket_gateway.visit.states import StepRecord, StepStatus
from tests.support.postgres import Postgres, find_binaries, running_postgres
from tests.unit.gateway.conftest import new_visit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_binaries() is None, reason="no PostgreSQL here: apt-get install postgresql"),
]

NEWS = NewEvent("visit", {})


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
async def replicas(postgres: Postgres) -> AsyncIterator[list[Database]]:
    url = postgres.new_database()
    databases = [Database(url) for _ in range(2)]
    for database in databases:
        await database.open()
    yield databases
    for database in databases:
        await database.close()


async def test_a_phone_is_counted_over_all_replicas(replicas: list[Database]):
    doors = [Admission(AdmissionStore(database), AdmissionLimits(100, 3, 100)) for database in replicas]
    stores = [VisitStore(database, owner="here", lease_seconds=10) for database in replicas]
    for number in range(4):
        at = number % 2
        if number < 3:
            async with doors[at].admitted(phone="digest", address=""):
                await stores[at].create(replace(new_visit(f"visit-{number}"), phone="digest"))
            continue
        with pytest.raises(Problem, match="3 new visits in an hour"):
            async with doors[at].admitted(phone="digest", address=""):
                raise AssertionError("let in")


async def test_open_is_who_has_paintings_to_come(replicas: list[Database]):
    counts, store = AdmissionStore(replicas[1]), VisitStore(replicas[0], owner="here", lease_seconds=10)
    artists = ("picasso", "vangogh")
    await store.create(new_visit("without-photo"))
    leases = []
    for visit_id in ("one", "other"):
        await store.create(new_visit(visit_id))
        leases.append(await store.receive_photo(visit_id, digest=visit_id, artists=artists, news=NEWS))
    assert await counts.open_visits() == 2
    assert await counts.visits_painted_a_second() == 0
    now = time.time()
    for name in ("caption", "paint:picasso"):
        await store.save_step(leases[0], StepRecord(name, StepStatus.DONE, {}, None, 1, now, now))
    assert await counts.open_visits() == 2
    await store.save_step(leases[0], StepRecord("paint:vangogh", StepStatus.FAILED, None, {}, 3, now, now))
    assert await counts.open_visits() == 1  # it waits for nothing but answers
    await store.erase("other")
    assert await counts.open_visits() == 0
    assert await counts.visits_painted_a_second() > 0
