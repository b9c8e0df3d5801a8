"""A hold is one replica's at a time, and nobody's for long when its holder dies."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from articket_gateway.sharing.holding import Holds
from articket_gateway.storing.database import Database
from articket_gateway.storing.holds import Held, HoldStore
from articket_gateway.storing.tables import hold
from tests.support.waiting import until

LEASE_SECONDS = 0.8
BEAT_SECONDS = 0.2


def store_of(database: Database, replica: str, lease_seconds: float = 10) -> HoldStore:
    return HoldStore(database, replica=replica, lease_seconds=lease_seconds)


async def mine(store: HoldStore, *names: str, take_expired: bool = True) -> set[str]:
    """Take and give what was got."""
    found = await store.take(names, take_expired=take_expired)
    return {name for name, held in found.items() if held.replica == store.replica}


async def expire(database: Database, seconds: float = 1.0) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(hold.update().values(until=database.now - seconds))


@pytest.fixture
def here(database: Database) -> HoldStore:
    return store_of(database, "here")


@pytest.fixture
def there(database: Database) -> HoldStore:
    return store_of(database, "there")


# -- the statements --------------------------------------------------------------------------------------------------------


async def test_of_ten_who_want_a_hold_one_gets_it(database: Database):
    replicas = [store_of(database, f"replica-{number}") for number in range(10)]
    got = await asyncio.gather(*(mine(replica, "a", "b") for replica in replicas))
    assert sorted(name for names in got for name in names) == ["a", "b"]


async def test_who_comes_too_late_learns_who_has_it_and_for_how_long(here: HoldStore, there: HoldStore):
    await mine(here, "a")
    found = await there.take(["a", "b"], take_expired=True)
    assert found["b"] == Held("b", "there", 10)
    assert found["a"].replica == "here"
    assert 9 < found["a"].seconds_left <= 10


async def test_what_is_mine_can_be_taken_again(here: HoldStore):
    await mine(here, "a")
    assert await mine(here, "a") == {"a"}


async def test_a_lease_that_has_run_out_is_taken_by_who_may(here: HoldStore, there: HoldStore, database: Database):
    await mine(here, "a")
    await expire(database)
    assert await mine(there, "a", take_expired=False) == set()
    assert await mine(there, "a") == {"a"}
    assert await here.renew(["a"]) == set()


async def test_a_lease_that_has_run_out_is_renewed_where_nobody_has_taken_it(
    here: HoldStore, there: HoldStore, database: Database
):
    await mine(here, "a", "b")
    await expire(database)
    assert await here.renew(["a", "b", "c"]) == {"a", "b"}
    assert await mine(there, "a", "b") == set()


async def test_only_what_is_mine_is_let_go(here: HoldStore, there: HoldStore):
    await mine(here, "a")
    await mine(there, "b")
    await here.let_go(["a", "b"])
    assert [one.name for one in await here.everything_held()] == ["b"]


async def test_who_leaves_lets_everything_go_at_once(here: HoldStore, there: HoldStore):
    await mine(here, "a", "b")
    await mine(there, "c")
    await here.let_go_all()
    assert await mine(there, "a", "b", take_expired=False) == {"a", "b"}
    assert {one.name for one in await here.everything_held()} == {"a", "b", "c"}


async def test_what_is_passed_on_only_its_heir_can_take(here: HoldStore, there: HoldStore, database: Database):
    await mine(here, "a")
    assert await here.pass_on({"a": "there", "b": "there"}, seconds=5) == {"a"}
    assert await mine(here, "a") == set()
    assert await mine(store_of(database, "elsewhere"), "a") == set()
    assert await mine(there, "a", take_expired=False) == {"a"}


async def test_several_are_passed_on_each_to_its_own_heir(here: HoldStore):
    await mine(here, "a", "b", "c")
    assert await here.pass_on({"a": "there", "c": "elsewhere"}, seconds=5) == {"a", "c"}
    assert {one.name: one.replica for one in await here.everything_held()} == {"a": "there", "b": "here", "c": "elsewhere"}


async def test_what_an_heir_does_not_take_is_soon_anybodys(here: HoldStore, there: HoldStore, database: Database):
    await mine(here, "a")
    await here.pass_on({"a": "there"}, seconds=0.05)
    await asyncio.sleep(0.1)
    assert await mine(store_of(database, "elsewhere"), "a") == {"a"}


async def test_replicas_that_take_and_renew_the_same_crowd_never_wait_for_each_other(database: Database):
    names = [f"pod-{number}#0" for number in range(30)]

    async def churn(replica: HoldStore, order: list[str]) -> None:
        for _ in range(8):
            await replica.take(order, take_expired=True)
            await replica.renew(order)
            await replica.let_go(order)

    async with asyncio.timeout(10):  # a deadlock would be a StoreUnavailable after a second
        await asyncio.gather(
            *(churn(store_of(database, f"replica-{turn}"), names if turn % 2 else names[::-1]) for turn in range(4))
        )


async def test_what_the_dead_left_is_swept_away_in_the_end(here: HoldStore, database: Database):
    await mine(here, "a")
    await expire(database, seconds=600)
    await here.sweep()
    assert await here.renew(["a"]) == {"a"}
    await expire(database, seconds=4000)
    await here.sweep()
    assert await here.everything_held() == []


# -- a replica's holds -----------------------------------------------------------------------------------------------------


class Replica:
    """The holds of one replica, with a short lease."""

    def __init__(self, database: Database, name: str) -> None:
        self.store = store_of(database, name, LEASE_SECONDS)
        self.holds = Holds(self.store, beat_seconds=BEAT_SECONDS)

    async def has(self, name: str) -> bool:
        held = await self.holds.take(name)
        return held is not None and held.replica == self.holds.replica

    async def die(self) -> None:
        """Stop, without a word to anybody."""
        beating, self.holds._beating = self.holds._beating, None
        if beating is not None:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


@pytest.fixture
async def replicas(database: Database) -> AsyncIterator[tuple[Replica, Replica]]:
    one, two = Replica(database, "one"), Replica(database, "two")
    await one.holds.open()
    await two.holds.open()
    yield one, two
    await one.holds.close()
    await two.holds.close()


async def test_a_hold_lasts_as_long_as_its_holder_lives(replicas: tuple[Replica, Replica]):
    one, two = replicas
    assert await one.has("a")
    end = time.monotonic() + 2 * LEASE_SECONDS
    while time.monotonic() < end:
        assert not await two.has("a")
        assert one.holds.is_good("a")
        await asyncio.sleep(0.1)


async def test_a_holder_that_dies_frees_its_hold_when_its_lease_has_run_out(replicas: tuple[Replica, Replica]):
    one, two = replicas
    assert await one.has("a")
    await one.die()
    died = time.monotonic()
    await until(lambda: two.has("a"), lambda has: has, seconds=5)
    assert 0.4 * LEASE_SECONDS < time.monotonic() - died < 2 * LEASE_SECONDS
    assert not one.holds.is_good("a")


async def test_a_new_replica_gives_live_holders_time_to_renew_first(database: Database, here: HoldStore):
    await mine(here, "a")
    await expire(database)
    new = Replica(database, "new")
    await new.holds.open()
    assert not await new.has("a")
    await until(lambda: new.has("a"), lambda has: has, seconds=5)
    await new.holds.close()


async def test_a_hold_that_is_let_go_is_anybodys_at_once(replicas: tuple[Replica, Replica]):
    one, two = replicas
    assert await one.has("a")
    await one.holds.let_go("a")
    assert await two.has("a")


async def test_a_hold_that_is_taken_again_while_it_is_let_go_is_kept(replicas: tuple[Replica, Replica]):
    one, two = replicas
    for _ in range(5):
        assert await one.has("a")
        one.holds.let_go("a")
    assert await one.has("a")
    assert not await two.has("a")
    assert one.holds.is_good("a")


async def test_who_is_cancelled_while_taking_holds_nothing(replicas: tuple[Replica, Replica]):
    one, two = replicas
    for turns in range(6):  # at another moment each time
        taking = asyncio.create_task(one.holds.take("a"))
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        taking.cancel()
        was_cancelled = isinstance((await asyncio.gather(taking, return_exceptions=True))[0], asyncio.CancelledError)
        if was_cancelled:
            await until(lambda: two.has("a"), lambda has: has, seconds=LEASE_SECONDS / 2)
        assert one.holds.is_good("a") is not was_cancelled
        await asyncio.gather(one.holds.let_go("a"), two.holds.let_go("a"))


async def test_a_crowd_asks_in_few_statements(replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch):
    one, _ = replicas
    asked = 0
    take = one.store.take

    async def counted(names, *, take_expired: bool):
        nonlocal asked
        asked += 1
        return await take(names, take_expired=take_expired)

    monkeypatch.setattr(one.store, "take", counted)
    assert all(await asyncio.gather(*(one.has(f"slot:{number}") for number in range(100))))
    assert asked <= 2
