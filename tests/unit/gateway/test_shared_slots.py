"""One painting at a time in each slot, over all replicas; no slot idles while somebody waits for it; nobody is left without."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from articket_gateway.sharing.postgres import PostgresBus
from articket_gateway.sharing.slots import OwnSlots
from articket_gateway.storing.database import Database
from tests.support.postgres import Postgres, find_binaries, running_postgres
from tests.support.slot_painters import Painter, Pods, Replica, Room
from tests.support.waiting import until

Join: TypeAlias = Callable[..., Awaitable[Replica]]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """One database is enough here: the statements are tested on both, and what needs connections of its own stands below."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'articket.db'}")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
async def join(database: Database, room: Room) -> AsyncIterator[Join]:
    """Open replicas on one database; those that are still there in the end leave."""
    replicas: list[Replica] = []

    async def join(pods: Pods, **how: object) -> Replica:
        replica = Replica(database, room.bus(), pods, f"replica-{len(replicas)}", **how)  # type: ignore[arg-type]
        replicas.append(replica)
        return await replica.open()

    yield join
    for replica in replicas:
        await replica.close()


def pods_of(count: int, slots: int = 1) -> Pods:
    return Pods([f"stylize-{number}:50052" for number in range(count)], slots)


# -- one replica -----------------------------------------------------------------------------------------------------------


async def test_a_gateway_that_is_alone_uses_every_slot_once():
    slots = OwnSlots()
    taken = [await slots.take("pod", 2) for _ in range(3)]
    assert taken == ["pod#0", "pod#1", None]
    slots.give_back("pod#0")
    assert await slots.take("pod", 2) == "pod#0"
    assert slots.held_elsewhere("pod") == 0


async def test_a_gateway_that_is_alone_paints_everything():
    pods = pods_of(3, slots=2)
    painter = Painter(OwnSlots(), pods, seconds=0.005)
    painter.want(30)
    await painter.done(5)
    assert (painter.painted, pods.turned_away) == (30, 0)


async def test_the_next_painting_begins_without_a_word_to_the_database(join: Join, monkeypatch: pytest.MonkeyPatch):
    pods = pods_of(2)
    replica = await join(pods, seconds=0.02)
    replica.painter.want(2)
    await until(lambda: pods.running.total(), lambda running: running == 2)

    async def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked the database")

    for statement in ("take", "let_go", "pass_on"):
        monkeypatch.setattr(replica.store, statement, refuse)
    replica.painter.want(20)
    await until(lambda: pods.painted.total(), lambda painted: painted >= 18)
    monkeypatch.undo()
    await replica.painter.done(5)


async def test_a_slot_that_nobody_uses_is_let_go(join: Join):
    pods = pods_of(3)
    replica = await join(pods, seconds=0.01)
    replica.painter.want(3)
    await replica.painter.done(5)
    await until(replica.store.everything_held, lambda held: held == [], seconds=1)


# -- several replicas ------------------------------------------------------------------------------------------------------


async def go_wild(chance: random.Random, replicas: list[Replica], pods: Pods, room: Room) -> None:
    """Want much and little at any moment, lose messages, want no more; in the end all is painted, and none was turned away."""
    wanted = 0
    for _ in range(20):
        one = chance.choice(replicas)
        some = chance.choice([1, 1, 2, 8])
        wanted += some
        one.painter.want(some)
        room.is_deaf = chance.random() < 0.2
        if chance.random() < 0.3:  # wanted no more
            for task in list(one.painter.tasks)[: chance.randint(1, 3)]:
                task.cancel()
        await asyncio.sleep(chance.choice([0.0, 0.001, 0.01, 0.05]))
    room.is_deaf = False
    await asyncio.gather(*(replica.painter.done(15) for replica in replicas))
    assert pods.turned_away == 0
    assert pods.painted.total() == wanted


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_no_slot_is_used_twice_at_a_time(join: Join, room: Room, seed: int):
    chance = random.Random(seed)
    pods = pods_of(chance.randint(2, 6), slots=chance.randint(1, 2))
    replicas = [await join(pods, seconds=0.01, lease_seconds=1.0, beat_seconds=0.2) for _ in range(4)]
    await go_wild(chance, replicas[:3], pods, room)


async def test_a_single_slot_goes_round(join: Join):
    pods = pods_of(1)
    replicas = [await join(pods, seconds=0.02) for _ in range(3)]
    for replica in replicas:
        replica.painter.want(100)
    await until(lambda: pods.painted.total(), lambda painted: painted >= 18)
    assert min(replica.painter.painted for replica in replicas) >= 3
    assert pods.turned_away == 0


async def test_one_that_waits_gets_a_slot_though_another_replica_is_flooded(join: Join):
    pods = pods_of(4)
    flooded, calm = await join(pods, seconds=0.3), await join(pods, seconds=0.3)
    flooded.painter.want(1000)
    await until(lambda: pods.running.total(), lambda running: running == 4)
    calm.painter.want(1)
    await until(lambda: calm.painter.painted, lambda painted: painted == 1, seconds=3)
    assert calm.painter.first_after is not None
    assert calm.painter.first_after < 2 * 0.3
    await until(lambda: pods.running.total(), lambda running: running == 4, seconds=2)  # and it comes back


async def test_slots_are_shared_by_what_waits(join: Join):
    pods = pods_of(9)
    much, little = await join(pods, seconds=0.03), await join(pods, seconds=0.03)
    much.painter.want(600)
    little.painter.want(300)
    await asyncio.sleep(0.6)
    before = much.painter.painted, little.painter.painted
    await asyncio.sleep(0.6)
    ratio = (much.painter.painted - before[0]) / max(1, little.painter.painted - before[1])
    assert 1.2 < ratio < 3.5


async def test_slots_of_a_replica_that_leaves_are_free_at_once(join: Join):
    pods = pods_of(3)
    one, two = await join(pods, seconds=30), await join(pods, seconds=0.01)
    one.painter.want(3)
    await until(lambda: pods.running.total(), lambda running: running == 3)
    two.painter.want(3)
    await one.close()
    await two.painter.done(1)
    assert pods.turned_away == 0


async def test_slots_of_a_replica_that_dies_are_free_when_its_lease_has_run_out(join: Join):
    pods = pods_of(3)
    lease = {"lease_seconds": 0.8, "beat_seconds": 0.2}
    one, two = await join(pods, seconds=30, **lease), await join(pods, seconds=0.01, **lease)
    one.painter.want(3)
    await until(lambda: pods.running.total(), lambda running: running == 3)
    await asyncio.sleep(0.5)
    await one.die()
    died = time.monotonic()
    two.painter.want(3)
    await two.painter.done(3)
    assert time.monotonic() - died > 0.3
    assert pods.turned_away == 0


async def test_without_messages_the_table_tells(join: Join, room: Room):
    room.is_deaf = True
    pods = pods_of(2)
    one, two = await join(pods, seconds=0.05, beat_seconds=0.2), await join(pods, seconds=0.01, beat_seconds=0.2)
    one.painter.want(4)
    await until(lambda: pods.running.total(), lambda running: running == 2)
    two.painter.want(4)
    await asyncio.gather(one.painter.done(5), two.painter.done(5))
    assert (pods.painted.total(), pods.turned_away) == (8, 0)


async def test_a_slot_that_is_of_no_use_to_its_heir_comes_back_soon(join: Join, monkeypatch: pytest.MonkeyPatch):
    pods = pods_of(2)
    one = await join(pods, seconds=0.02)
    two = await join(pods, seconds=0.02)
    wants = two.slots.wants
    monkeypatch.setattr(two.painter, "on", [])  # what waits there waits for a pod that is not there…
    monkeypatch.setattr(two.slots, "wants", lambda waiting, _pods: wants(waiting))  # …and does not say so
    two.painter.want(5)
    one.painter.want(60)
    began = time.monotonic()
    await one.painter.done(10)
    assert time.monotonic() - began < 2.5 * 60 * 0.02 / 2
    two.painter.waiting = 0


async def test_a_replica_is_not_passed_slots_of_pods_that_it_has_no_use_for(join: Join, monkeypatch: pytest.MonkeyPatch):
    pods = pods_of(2)
    one = await join(pods, seconds=0.02, on=pods.names[:1])
    two = await join(pods, seconds=0.02, on=pods.names[1:])
    passed: list[object] = []
    monkeypatch.setattr(one.holds, "pass_on", lambda *args: passed.append(args))
    two.painter.want(30)
    one.painter.want(10)
    await one.painter.done(5)
    await two.painter.done(5)
    assert passed == []


async def test_three_hundred_pods_with_long_names_fit_into_the_messages(join: Join):
    pods = Pods(
        [f"stylize-{number}.a-rather-long-name-of-a-service.in-a-namespace.svc.cluster.local:50052" for number in range(300)]
    )
    one, two = await join(pods, seconds=0.05), await join(pods, seconds=0.05)  # the room's bus refuses what is too long
    one.painter.want(320)
    two.painter.want(320)
    await asyncio.gather(one.painter.done(10), two.painter.done(10))
    assert pods.turned_away == 0


@pytest.mark.parametrize(
    "payload", ["", "{}", '{"sender": 1}', '{"sender": "x", "took": 7}', '{"sender": "x", "new": {"a": 1}}']
)
async def test_what_is_not_understood_is_left_aside(join: Join, payload: str):
    replica = await join(pods_of(1))
    replica.slots._heard(payload)
    assert replica.slots.held_elsewhere("stylize-0:50052") == 0


async def test_a_message_that_comes_too_late_takes_no_slot_away(join: Join):
    pods = pods_of(1)
    replica = await join(pods, seconds=0.3)
    replica.painter.want(1)
    await until(lambda: pods.running.total())
    replica.slots._heard('{"sender": "x", "passed": {"stylize-0:50052#0": "replica-0"}}')
    await asyncio.sleep(0.1)
    assert [one.replica for one in await replica.store.everything_held()] == ["replica-0"]
    await replica.painter.done(2)


# -- PostgreSQL: replicas with connections of their own ----------------------------------------------------------------------

on_postgres = [pytest.mark.slow, pytest.mark.skipif(find_binaries() is None, reason="PostgreSQL is not installed")]


@pytest.fixture
async def three() -> AsyncIterator[tuple[Postgres, Callable[..., Awaitable[list[Replica]]]]]:
    databases: list[Database] = []
    replicas: list[Replica] = []
    with running_postgres() as server:
        url = server.new_database()

        async def open_three(pods: Pods, **how: object) -> list[Replica]:
            for number in range(3):
                databases.append(Database(url))
                await databases[-1].open()
                bus = PostgresBus(databases[-1], name=f"replica-{number}")
                replica = Replica(databases[-1], bus, pods, f"replica-{number}", **how)  # type: ignore[arg-type]
                replicas.append(await replica.open())
            return replicas

        yield server, open_three
        for replica in replicas:
            await replica.close()
        for database in databases:
            await database.close()


class TestOnPostgres:
    pytestmark = on_postgres

    async def test_three_replicas_keep_thirty_pods_busy_and_never_ask_one_twice(self, three):
        pods = pods_of(30)
        _, open_three = three
        replicas = await open_three(pods, seconds=0.1)
        began = time.monotonic()
        for replica, paintings in zip(replicas, (400, 250, 70), strict=True):
            replica.painter.want(paintings)
        await asyncio.gather(*(replica.painter.done(20) for replica in replicas))
        took = time.monotonic() - began
        assert pods.painted.total() == 720
        assert pods.turned_away == 0
        assert pods.busy_seconds / (30 * took) > 0.6  # 0.9 where nothing else runs
        assert sum(replica.painter.in_vain for replica in replicas) < 0.2 * 720

    async def test_whatever_happens_no_slot_is_used_twice_at_a_time(self, three, room: Room):
        pods = pods_of(5)
        _, open_three = three
        replicas = await open_three(pods, seconds=0.02, lease_seconds=1.0, beat_seconds=0.2)
        await go_wild(random.Random(7), replicas, pods, room)

    async def test_while_the_database_is_away_what_is_held_goes_on_and_nothing_is_taken(self, three):
        pods = pods_of(4)
        server, open_three = three
        replicas = await open_three(pods, seconds=0.1, lease_seconds=2.0, beat_seconds=0.3)
        replicas[0].painter.want(200)
        await until(lambda: pods.running.total(), lambda running: running == 4)
        await asyncio.sleep(1.2)  # all are steady
        server.stop()
        await until(lambda: replicas[0].holds.is_away, seconds=3)
        replicas[1].painter.want(5)
        before = pods.painted.total()
        await asyncio.sleep(3.0)  # longer than the lease
        assert pods.painted.total() - before > 60
        assert replicas[1].painter.painted == 0
        server.start()
        await replicas[1].painter.done(10)
        assert pods.turned_away == 0
        await replicas[0].painter.done(20)
        assert pods.painted.total() == 205
