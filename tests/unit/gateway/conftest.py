"""A real SQLite store in a temporary folder."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from articket_gateway.storing.database import Database
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.states import VisitRecord, VisitState


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'articket.db'}")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> VisitStore:
    return VisitStore(database, owner="here", lease_seconds=10)


def new_visit(visit_id: str = "visit-1", artists: tuple[str, ...] | None = None) -> VisitRecord:
    now = time.time()
    return VisitRecord(visit_id, "en", VisitState.CREATED, now, now + 3600, artists)
