"""What one replica tells, all others hear: over a real PostgreSQL, also when the connection breaks in between."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from articket_gateway.sharing import postgres as postgres_module
from articket_gateway.sharing.bus import OwnBus
from articket_gateway.sharing.postgres import PostgresBus
from articket_gateway.storing.database import Database
from tests.support.postgres import Postgres
from tests.support.waiting import until

pytestmark = pytest.mark.slow


@dataclass
class Replica:
    """A bus with one who listens to the topic `news`, and counts how often everything was to be looked at again."""

    bus: PostgresBus
    database: Database
    heard: list[str] = field(default_factory=list[str])
    looked: int = 0

    def look_again(self) -> None:
        self.looked += 1


@pytest.fixture
async def replicas(postgres: Postgres) -> AsyncIterator[list[Replica]]:
    url = postgres.new_database()
    opened: list[Replica] = []
    for number in range(3):
        database = Database(url)
        await database.open()
        replica = Replica(PostgresBus(database, name=f"replica-{number}"), database)
        replica.bus.subscribe("news", replica.heard.append)
        replica.bus.on_gap(replica.look_again)
        await replica.bus.open()
        opened.append(replica)
    await until(lambda: [one.looked for one in opened], lambda looked: looked == [1, 1, 1])
    yield opened
    for replica in opened:
        await replica.bus.close()
        await replica.database.close()


async def test_all_others_hear_and_the_teller_does_not(replicas: list[Replica]):
    replicas[0].bus.publish("news", "안녕 \" ' $1")
    await until(lambda: [one.heard for one in replicas[1:]], lambda heard: heard == [["안녕 \" ' $1"]] * 2)
    assert replicas[0].heard == []


async def test_a_crowd_of_messages_comes_in_order_and_in_few_statements(replicas: list[Replica]):
    statements: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(replicas[0].bus._engine.sync_engine, "before_cursor_execute", count)
    wanted = [f"{number} {'x' * 300}" for number in range(2000)]
    for one in wanted:
        replicas[0].bus.publish("news", one)
    await until(lambda: [len(one.heard) for one in replicas[1:]], lambda counts: counts == [2000, 2000])
    assert replicas[1].heard == wanted == replicas[2].heard
    assert len(statements) < 5


async def test_a_message_that_is_too_large_costs_no_other(replicas: list[Replica], caplog: pytest.LogCaptureFixture):
    replicas[0].bus.publish("news", "가" * 2700)
    replicas[0].bus.publish("news", "가" * 2500)
    await until(lambda: replicas[1].heard, lambda heard: heard == ["가" * 2500])
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_who_has_lost_the_connection_looks_at_everything_and_has_the_others_look(replicas: list[Replica]):
    async with replicas[1].database.engine.connect() as connection:
        listening = sa.text(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await connection.execute(listening)
    replicas[0].bus.publish("news", "told into the dead connection, or into the new one")
    await until(lambda: [one.looked for one in replicas], lambda looked: min(looked) >= 2)
    for replica in replicas:
        replica.heard.clear()
    replicas[0].bus.publish("news", "again")
    await until(lambda: [one.heard for one in replicas[1:]], lambda heard: all(one[-1:] == ["again"] for one in heard))


async def test_an_outbox_that_overflows_has_the_others_look_at_everything(
    replicas: list[Replica], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres_module, "MOST_WAITING", 10)
    for number in range(25):
        replicas[0].bus.publish("news", str(number))
    await until(lambda: replicas[1].looked, lambda looked: looked == 2)
    await until(lambda: replicas[1].heard[-1:], lambda last: last == ["24"])


async def test_what_others_say_on_the_channel_harms_nobody(replicas: list[Replica], caplog: pytest.LogCaptureFixture):
    async with replicas[0].database.engine.begin() as connection:
        for foreign in ("", "[]", "null", '{"from": "x"}', '{"from": "x", "told": [1]}', '{"from": "x", "told": {}}', "\\"):
            await connection.execute(sa.text("select pg_notify('articket', :foreign)"), {"foreign": foreign})
    replicas[0].bus.publish("news", "goes on")
    await until(lambda: replicas[1].heard, lambda heard: heard == ["goes on"])
    assert {record.levelno for record in caplog.records} <= {logging.WARNING}


async def test_one_who_stumbles_keeps_the_message_from_nobody_else(replicas: list[Replica], caplog: pytest.LogCaptureFixture):
    heard: list[str] = []
    replicas[1].bus.subscribe("number", lambda payload: heard.append(str(int(payload))))
    replicas[1].bus.subscribe("number", heard.append)
    replicas[0].bus.publish("number", "one")
    replicas[0].bus.publish("number", "1")
    await until(lambda: heard, lambda found: found == ["one", "1", "1"])
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_what_is_told_last_is_still_heard(replicas: list[Replica]):
    replicas[0].bus.publish("news", "goodbye")
    await replicas[0].bus.close()
    await until(lambda: replicas[1].heard, lambda heard: heard == ["goodbye"])


async def test_an_outage_is_two_lines_in_the_log(replicas: list[Replica], postgres: Postgres, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        await asyncio.to_thread(postgres.stop)
        await asyncio.sleep(1.5)
        await asyncio.to_thread(postgres.start)
        await until(lambda: [one.looked for one in replicas], lambda looked: min(looked) >= 2)
    assert sorted(record.message.split("(")[0].rstrip("0123456789 s") for record in caplog.records) == sorted(
        ["the database does not answer", "the database answers again after"] * 3
    )


async def test_a_gateway_that_is_alone_tells_nobody():
    bus = OwnBus()
    heard: list[str] = []
    bus.subscribe("news", heard.append)
    await bus.open()
    bus.publish("news", "x")
    await asyncio.sleep(0)
    await bus.close()
    assert heard == []
