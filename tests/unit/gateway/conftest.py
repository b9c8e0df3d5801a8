"""A real store: SQLite in a temporary folder, and PostgreSQL."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from articket_gateway.storing.database import Database
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.states import VisitRecord, VisitState
from tests.support.postgres import Postgres, find_binaries, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if find_binaries() is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Every test of what is stored runs on both databases; `on_sqlite` names the few that are about its file."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    else:
        url = f"sqlite+aiosqlite:///{tmp_path / 'articket.db'}"
    database = Database(url)
    await database.open()
    yield database
    await database.close()


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def store(database: Database) -> VisitStore:
    return VisitStore(database, owner="here", lease_seconds=10)


def new_visit(visit_id: str = "visit-1", artists: tuple[str, ...] | None = None) -> VisitRecord:
    now = time.time()
    return VisitRecord(visit_id, "en", VisitState.CREATED, now, now + 3600, artists)
