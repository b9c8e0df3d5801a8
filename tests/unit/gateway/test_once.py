"""What is wanted twice at a time is done once, over all replicas; a holder that dies holds nobody up for long."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from articket_gateway.sharing.holding import Holds
from articket_gateway.sharing.once import Once, OwnOnce, SharedOnce
from articket_gateway.storing.database import Database
from articket_gateway.storing.holds import HoldStore
from tests.support.postgres import find_binaries, running_postgres
from tests.support.slot_painters import Room
from tests.support.waiting import until


class Party:
    """One replica's keys."""

    def __init__(self, database: Database, room: Room, name: str, *, lease_seconds: float = 0.8) -> None:
        self.holds = Holds(HoldStore(database, replica=name, lease_seconds=lease_seconds), beat_seconds=0.2)
        self.once = SharedOnce(self.holds, room.bus())


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
async def parties(database: Database, room: Room) -> AsyncIterator[tuple[Party, Party, Party]]:
    parties = Party(database, room, "one"), Party(database, room, "two"), Party(database, room, "three")
    for party in parties:
        await party.holds.open()
    yield parties
    for party in parties:
        await party.holds.close()


class Work:
    """Something of which only one may be under way for a key, and that is found done afterwards."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.seconds = seconds
        self.inside: dict[str, int] = {}
        self.most = 0
        self.done: list[str] = []

    async def do(self, once: Once, key: str) -> None:
        async with once.only(key):
            if key in self.done:
                return
            self.inside[key] = self.inside.get(key, 0) + 1
            self.most = max(self.most, self.inside[key])
            await asyncio.sleep(self.seconds)
            self.inside[key] -= 1
            self.done.append(key)


async def test_a_gateway_that_is_alone_does_it_once():
    once, work = OwnOnce(), Work()
    await asyncio.gather(*(work.do(once, key) for key in "aabba"))
    assert (work.most, sorted(work.done)) == (1, ["a", "b"])


async def test_three_replicas_do_it_once(parties: tuple[Party, Party, Party]):
    work = Work()
    async with asyncio.timeout(10):
        await asyncio.gather(*(work.do(parties[turn % 3].once, key) for key in "abcde" for turn in range(9)))
    assert (work.most, sorted(work.done)) == (1, ["a", "b", "c", "d", "e"])


async def test_other_keys_do_not_wait(parties: tuple[Party, Party, Party]):
    one, two, _ = parties
    async with asyncio.timeout(5), one.once.only("a"), two.once.only("b"), one.once.only("c"):
        pass


async def test_who_waits_elsewhere_is_woken_when_it_is_over(parties: tuple[Party, Party, Party]):
    one, two, _ = parties
    work = Work(seconds=1.2)  # by now the pauses between two tries are as long as they get
    first = asyncio.create_task(work.do(one.once, "a"))
    await until(lambda: work.inside.get("a"))
    second = asyncio.create_task(work.do(two.once, "a"))
    await first
    ended = time.monotonic()
    await second
    assert time.monotonic() - ended < 0.5
    assert work.done == ["a"]


async def test_a_lost_message_costs_no_more_than_a_pause(parties: tuple[Party, Party, Party], room: Room):
    room.is_deaf = True
    one, two, _ = parties
    work = Work(seconds=0.05)
    async with asyncio.timeout(4):
        await asyncio.gather(work.do(one.once, "a"), work.do(two.once, "a"))
    assert work.done == ["a"]


async def test_waiting_can_be_cancelled(parties: tuple[Party, Party, Party]):
    one, two, three = parties
    async with one.once.only("a"):
        waiting = [asyncio.create_task(Work().do(once, "a")) for once in (one.once, two.once)]
        await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended)
    async with asyncio.timeout(5), three.once.only("a"):
        pass


async def test_who_fails_or_is_cancelled_inside_frees_the_key(parties: tuple[Party, Party, Party]):
    one, two, _ = parties
    with pytest.raises(KeyError):
        async with one.once.only("a"):
            raise KeyError
    inside = asyncio.create_task(Work(seconds=60).do(one.once, "a"))
    await asyncio.sleep(0.1)
    inside.cancel()
    await asyncio.gather(inside, return_exceptions=True)
    async with asyncio.timeout(5), two.once.only("a"):
        pass


async def test_a_long_block_is_kept_by_the_beat(parties: tuple[Party, Party, Party]):
    one, two, _ = parties
    work = Work(seconds=2.0)  # longer than the lease
    async with asyncio.timeout(8):
        await asyncio.gather(work.do(one.once, "a"), work.do(two.once, "a"))
    assert (work.most, work.done) == (1, ["a"])


async def test_a_holder_that_dies_frees_the_key_when_its_lease_has_run_out(parties: tuple[Party, Party, Party]):
    one, two, _ = parties
    held = one.once.only("a")
    await held.__aenter__()
    assert one.holds._beating is not None
    one.holds._beating.cancel()
    await asyncio.gather(one.holds._beating, return_exceptions=True)
    died = time.monotonic()
    async with asyncio.timeout(5), two.once.only("a"):
        assert 0.2 < time.monotonic() - died < 3
    await held.__aexit__(None, None, None)


@pytest.mark.slow
@pytest.mark.skipif(find_binaries() is None, reason="PostgreSQL is not installed")
async def test_an_outage_is_waited_out(room: Room):
    with running_postgres() as server:
        database = Database(server.new_database())
        await database.open()
        party = Party(database, room, "one", lease_seconds=10)
        await party.holds.open()
        server.stop()
        work = Work()
        waiting = asyncio.create_task(work.do(party.once, "a"))
        await until(lambda: party.holds.is_away, seconds=5)
        server.start()
        async with asyncio.timeout(10):
            await waiting
        assert work.done == ["a"]
        await party.holds.close()
        await database.close()
