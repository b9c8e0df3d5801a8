"""A visit is run by one replica at a time; whoever has lost it stores nothing."""

import asyncio
from pathlib import Path

import pytest

from articket_gateway.errors import LeaseLost, StoreLocked
from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import visit
from articket_gateway.storing.visits import Held, Lease, NewEvent, VisitStore
from articket_gateway.visit.states import StepRecord, StepStatus, VisitState
from tests.unit.gateway.conftest import new_visit, on_sqlite

NEWS = NewEvent("visit", {"state": "photo_received"})


def ended(name: str = "caption") -> StepRecord:
    return StepRecord(name, StepStatus.DONE, {"value": 1}, None, 1, 0.0, 1.0)


async def begun(store: VisitStore, visit_id: str = "visit-1") -> Lease:
    await store.create(new_visit(visit_id))
    lease = await store.receive_photo(visit_id, digest="abc", artists=["vangogh"], news=NEWS)
    assert lease is not None
    return lease


async def expire(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(visit.update().values(lease_until=1.0))


async def test_ten_uploads_at_once_start_one_run(store: VisitStore):
    await store.create(new_visit())
    leases = await asyncio.gather(
        *(store.receive_photo("visit-1", digest="abc", artists=["vangogh"], news=NEWS) for _ in range(10))
    )
    assert sum(lease is not None for lease in leases) == 1


async def test_a_step_is_kept_with_state_and_event(store: VisitStore):
    lease = await begun(store)
    await store.save_step(lease, ended(), state=VisitState.CAPTIONED, news=[NewEvent("visit", {"state": "captioned"})])
    record = await store.find("visit-1")
    assert record is not None
    assert record.state is VisitState.CAPTIONED
    assert record.steps["caption"] == ended()
    assert [event.data["state"] for event in await store.events_after("visit-1", 0)] == ["photo_received", "captioned"]


async def test_a_replica_that_lost_the_lease_stores_nothing(store: VisitStore, database: Database):
    lease = await begun(store)
    await expire(database)
    other = VisitStore(database, owner="there", lease_seconds=10)
    ((taken, _),) = await other.claim([], take_expired=True)
    with pytest.raises(LeaseLost):
        await store.save_step(lease, ended(), state=VisitState.CAPTIONED, news=[NEWS])
    record = await store.find("visit-1")
    assert record is not None
    assert record.steps == {}
    assert record.state is VisitState.PHOTO_RECEIVED
    assert len(await store.events_after("visit-1", 0)) == 1
    assert taken.epoch == lease.epoch + 1


async def test_a_live_lease_is_not_taken(store: VisitStore, database: Database):
    await begun(store)
    other = VisitStore(database, owner="there", lease_seconds=10)
    assert await other.claim([], take_expired=True) == []


async def test_an_expired_lease_is_left_alone_until_its_owner_had_time_to_renew(store: VisitStore, database: Database):
    await begun(store)
    await expire(database)
    other = VisitStore(database, owner="there", lease_seconds=10)
    assert await other.claim([], take_expired=False) == []
    assert await store.renew() == {"visit-1": Held(1, is_answered=False)}
    assert await other.claim([], take_expired=True) == []


async def test_renewing_tells_who_has_answered(store: VisitStore):
    await begun(store)
    await store.answer("visit-1", {"answers": {}})
    assert await store.renew() == {"visit-1": Held(1, is_answered=True)}


async def test_a_new_visit_whose_commit_was_not_heard_of_is_kept_once(store: VisitStore):
    record = new_visit()
    await store.create(record)
    await store.create(record)
    assert await store.find("visit-1") == record


@on_sqlite
async def test_what_is_erased_is_not_left_in_the_file(store: VisitStore, database: Database):
    lease = await begun(store)
    secret = StepRecord("caption", StepStatus.DONE, {"text": "a-lady-in-a-red-coat" * 40}, None, 1, 0.0, 1.0)
    await store.save_step(lease, secret, news=[NewEvent("visit", {"caption": "a-lady-in-a-red-coat" * 40})])
    await store.erase("visit-1")
    await database.close()
    assert database.url.database is not None
    assert b"a-lady-in-a-red-coat" not in Path(database.url.database).read_bytes()


async def test_a_handed_over_visit_can_be_taken_at_once(store: VisitStore, database: Database):
    await begun(store)
    await store.hand_over()
    other = VisitStore(database, owner="there", lease_seconds=10)
    assert len(await other.claim([], take_expired=False)) == 1


async def test_the_same_ticket_number_is_given_however_often_it_is_asked(store: VisitStore):
    numbers = [await store.reserve_ticket_number(visit_id) for visit_id in ("a", "b", "a", "a", "b")]
    assert numbers == [1, 2, 1, 1, 2]


async def test_answers_can_be_changed_until_the_match(store: VisitStore):
    lease = await begun(store)
    assert await store.answer("visit-1", {"answers": {"q": "a"}})
    assert await store.answer("visit-1", {"answers": {"q": "b"}})
    await store.save_step(lease, ended("match"))
    assert not await store.answer("visit-1", {"answers": {"q": "c"}})
    assert await store.answers("visit-1") == {"answers": {"q": "b"}}


async def test_erasing_leaves_nothing_that_the_visitor_told(store: VisitStore, database: Database):
    lease = await begun(store)
    await store.answer("visit-1", {"answers": {"q": "a"}})
    await store.save_step(lease, ended(), painted=("key", "abc", {"key": "key"}))
    assert await store.erase("visit-1") == "abc"
    record = await store.find("visit-1")
    assert record is not None
    assert (record.state, record.photo_digest, record.answers) == (VisitState.ERASED, None, None)
    assert record.steps["caption"].output is None
    assert await store.events_after("visit-1", 0) == []
    assert await store.find_painting("key") is None
    with pytest.raises(LeaseLost):
        await store.save_step(lease, ended())


async def test_a_photo_that_another_visit_shares_is_kept(store: VisitStore):
    await begun(store, "one")
    await begun(store, "two")
    assert await store.erase("one") is None
    assert await store.erase("two") == "abc"


@on_sqlite
async def test_a_second_process_on_the_same_file_is_refused(database: Database):
    with pytest.raises(StoreLocked):
        await Database(str(database.url)).open()
