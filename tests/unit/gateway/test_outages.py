"""A database that hangs, or that the network has forgotten: whoever asks is told in time, and it is over when it is over."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.errors import StoreUnavailable, StoreUnusable
from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.database import POOL_OVERFLOW, POOL_SIZE, Database
from tests.support.postgres import Postgres


class Wire:
    """A network before PostgreSQL that can swallow everything: what was connected then stays dead for ever."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._is_swallowing = False
        self._pipes: list[asyncio.Task[None]] = []

    def swallow(self) -> None:
        self._is_swallowing = True
        for pipe in self._pipes:
            pipe.cancel()

    def carry_again(self) -> None:
        self._is_swallowing = False

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            if not self._is_swallowing:
                there, back = await asyncio.open_connection("127.0.0.1", self._port)
                ends.append(back)
                pipes = [asyncio.create_task(_pipe(reader, back)), asyncio.create_task(_pipe(there, writer))]
                self._pipes += pipes
                await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
            if self._is_swallowing:
                await asyncio.sleep(3600)
        finally:
            for end in ends:
                end.transport.abort()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()


@asynccontextmanager
async def wired(postgres: Postgres) -> AsyncIterator[tuple[Wire, Database]]:
    wire = Wire(postgres.port)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(wire.connect(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    url = sa.make_url(postgres.new_database()).set(port=server.sockets[0].getsockname()[1])
    database = Database(url.render_as_string(hide_password=False))
    await database.open()
    try:
        yield wire, database
    finally:
        await database.close()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def fill_pool(database: Database, store: BoothStore) -> None:
    async def slow(connection: AsyncConnection) -> None:
        await connection.execute(sa.text("select pg_sleep(0.2)"))

    await asyncio.gather(*(database.transact(slow) for _ in range(POOL_SIZE)))
    await store.put("x", {"a": 1})


@pytest.mark.slow
async def test_who_asks_a_database_that_hangs_is_told_within_seconds(postgres: Postgres):
    async with wired(postgres) as (wire, database):
        store = BoothStore(database)
        await fill_pool(database, store)
        wire.swallow()
        began = time.monotonic()
        asked = await asyncio.gather(*(store.get("x") for _ in range(60)), return_exceptions=True)
        assert {type(one) for one in asked} == {StoreUnavailable}
        assert time.monotonic() - began < 5
        assert not await database.is_there()


@pytest.mark.slow
async def test_connections_that_the_network_has_forgotten_cost_nobody_a_try(postgres: Postgres):
    async with wired(postgres) as (wire, database):
        store = BoothStore(database)
        await fill_pool(database, store)
        wire.swallow()
        with pytest.raises(StoreUnavailable):
            await store.get("x")
        wire.carry_again()
        began = time.monotonic()
        for _ in range(POOL_SIZE + 1):
            assert await store.get("x") == {"a": 1}
        assert time.monotonic() - began < 2


@pytest.mark.slow
async def test_what_can_wait_is_stored_when_the_database_is_back(postgres: Postgres, caplog: pytest.LogCaptureFixture):
    async with wired(postgres) as (wire, database):

        async def write(connection: AsyncConnection) -> int:
            return (await connection.execute(sa.text("select 7"))).scalar_one()

        await fill_pool(database, BoothStore(database))
        caplog.set_level(logging.INFO)
        wire.swallow()
        waiting = [asyncio.create_task(database.transact(write, patience=600)) for _ in range(40)]
        await asyncio.sleep(4)
        wire.carry_again()
        async with asyncio.timeout(10):
            assert await asyncio.gather(*waiting) == [7] * 40
        told = [record.message for record in caplog.records if record.name.endswith("outages")]
        assert [line.split(" (")[0][:28] for line in told] == ["the database does not answer", "the database answers again a"]


@pytest.mark.slow
async def test_what_the_database_refuses_for_good_is_no_outage(postgres: Postgres, caplog: pytest.LogCaptureFixture):
    database = Database(postgres.new_database())
    began = time.monotonic()
    with pytest.raises(sa.exc.ProgrammingError):
        await database.transact(lambda connection: connection.execute(sa.text("select nothing from nowhere")), patience=60)
    assert time.monotonic() - began < 2
    assert caplog.records == []
    await database.close()


def test_three_replicas_and_those_that_replace_them_fit_into_a_server_as_it_comes():
    assert 2 * 3 * (POOL_SIZE + POOL_OVERFLOW + 1) <= 97


@pytest.mark.slow
async def test_replicas_that_start_at_once_make_the_tables_once(postgres: Postgres):
    url = postgres.new_database()
    databases = [Database(url) for _ in range(3)]
    await asyncio.gather(*(database.open() for database in databases))
    for database in databases:
        assert await database.is_there()
        await database.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_the_url_that_platforms_hand_out_is_understood(scheme: str):
    url = Database(f"{scheme}://booth:secret@db.example/booth?sslmode=require").url
    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://booth:secret@db.example/booth?ssl=require"


def test_a_missing_driver_is_said_with_the_next_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(StoreUnusable, match=r"booth:\*\*\*@db.example.*no asyncpg.*pip install 'articket-gateway\[postgres\]'"):
        Database("postgresql://booth:secret@db.example/booth")
