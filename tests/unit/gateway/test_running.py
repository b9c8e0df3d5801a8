"""A visit goes on where it stopped, whoever stopped it."""

import asyncio
from typing import Any

import pytest

from articket_gateway.errors import LeaseLost
from articket_gateway.storing.database import Database
from articket_gateway.storing.visits import Held, Lease, NewEvent, VisitStore
from articket_gateway.visit import running as running_module
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import Run, Runner, StepFailed, StepResult
from articket_gateway.visit.states import StepRecord, VisitRecord, VisitState
from articket_gateway.visit.views import news_of
from tests.unit.gateway.conftest import new_visit

NEWS = NewEvent("visit", {})


def no_news(_record: VisitRecord, _step: str | None) -> list[NewEvent]:
    return []


class Flow:
    """Two steps around a wait for answers; notes what was done."""

    def __init__(self, store: VisitStore):
        self.store = store
        self.done: list[str] = []
        self.before_second = asyncio.Event()
        self.before_second.set()

    async def __call__(self, run: Run) -> None:
        await run.step("first", lambda: self._work("first"), state=VisitState.CAPTIONED)
        await run.wait_for_answers()
        await self.before_second.wait()
        await run.step("second", lambda: self._work("second"))
        await self.store.finish(run.lease, failed=False, state=None, error=None)

    async def _work(self, name: str) -> StepResult:
        self.done.append(name)
        return StepResult({"by": name})


def runner(store: VisitStore, flow: Flow) -> Runner:
    return Runner(store, Progress(), flow=flow, describe=no_news, beat_seconds=0.05, patient=False)


async def start(store: VisitStore, running: Runner) -> None:
    record = new_visit()
    await store.create(record)
    lease = await store.receive_photo("visit-1", digest="abc", artists=[], news=NEWS)
    assert lease is not None
    running.start(lease, record)


async def ended(running: Runner) -> None:
    async with asyncio.timeout(5):
        while running.visit_ids:
            await asyncio.sleep(0.01)


async def test_a_finished_step_is_not_repeated_after_a_restart(store: VisitStore):
    flow = Flow(store)
    first_life = runner(store, flow)
    await start(store, first_life)
    await asyncio.sleep(0.1)
    await first_life.close()
    assert flow.done == ["first"]

    second_life = runner(store, flow)
    await second_life.open()
    await store.answer("visit-1", {"answers": {}})
    await ended(second_life)
    await second_life.close()
    assert flow.done == ["first", "second"]


async def test_a_run_that_was_killed_is_taken_up_by_the_next_life(store: VisitStore):
    flow = Flow(store)
    killed = runner(store, flow)
    await start(store, killed)
    await asyncio.sleep(0.05)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:  # as good as kill -9: nothing is handed over
        if "visit" in task.get_name():
            task.cancel()
    await store.answer("visit-1", {"answers": {}})
    second_life = runner(store, flow)
    await second_life.open()
    await ended(second_life)
    await second_life.close()
    assert flow.done == ["first", "second"]


async def test_a_visit_taken_by_another_replica_is_cancelled_here(store: VisitStore, database: Database):
    flow = Flow(store)
    here = runner(store, flow)
    await start(store, here)
    await here.open()
    there = VisitStore(database, owner="there", lease_seconds=10)
    claimed = []
    async with asyncio.timeout(5):
        while not claimed:  # a beat may come between the two and renew the lease
            await store.hand_over()
            claimed = await there.claim([], take_expired=False)
    await ended(here)
    await here.close()
    record = await store.find("visit-1")
    assert record is not None
    assert "second" not in record.steps


async def test_answers_wake_the_run_at_once(store: VisitStore):
    flow = Flow(store)
    here = Runner(store, Progress(), flow=flow, describe=no_news, beat_seconds=60, patient=False)
    await start(store, here)
    await asyncio.sleep(0.05)
    await store.answer("visit-1", {"answers": {}})
    here.answered("visit-1")
    await ended(here)
    assert flow.done == ["first", "second"]


async def test_a_failed_step_stays_failed_and_its_error_is_kept(store: VisitStore):
    tries = 0

    async def work() -> StepResult:
        nonlocal tries
        tries += 1
        raise StepFailed({"reason": "ENGINE_FAILED", "detail": "broken"}, attempts=3)

    async def flow(run: Run) -> None:
        for _ in range(2):
            with pytest.raises(StepFailed):
                await run.step("only", work)
        await store.finish(run.lease, failed=True, state=VisitState.FAILED, error={"reason": "x", "detail": "y"})

    here = Runner(store, Progress(), flow=flow, describe=no_news, beat_seconds=60)
    await start(store, here)
    await ended(here)
    record = await store.find("visit-1")
    assert record is not None
    assert tries == 1
    assert record.state is VisitState.FAILED
    assert record.steps["only"].attempts == 3


async def test_a_step_of_a_lost_visit_is_not_kept(store: VisitStore):
    lost = asyncio.Event()

    async def flow(run: Run) -> None:
        async def work() -> StepResult:
            await store.erase("visit-1")
            return StepResult({})

        with pytest.raises(LeaseLost):
            await run.step("only", work)
        lost.set()

    here = Runner(store, Progress(), flow=flow, describe=no_news, beat_seconds=60)
    await start(store, here)
    async with asyncio.timeout(2):
        await lost.wait()
    await ended(here)


async def test_a_visit_that_kills_its_process_again_and_again_is_given_up(store: VisitStore, database: Database):
    await store.create(new_visit())
    await store.receive_photo("visit-1", digest="abc", artists=[], news=NEWS)
    for _ in range(25):
        await store.claim([], take_expired=True)
    flow = Flow(store)
    here = runner(store, flow)
    await here.open()
    await ended(here)
    await here.close()
    record = await store.find("visit-1")
    assert record is not None
    assert record.state is VisitState.FAILED
    assert flow.done == []


@pytest.mark.parametrize("claim_is_first", [True, False])
async def test_a_visit_that_an_upload_and_a_beat_both_start_runs_once_with_the_newer_lease(
    store: VisitStore, *, claim_is_first: bool
):
    flow = Flow(store)
    here = runner(store, flow)
    record = new_visit()
    await store.create(record)
    uploaded = await store.receive_photo("visit-1", digest="abc", artists=[], news=NEWS)
    assert uploaded is not None
    ((claimed, taken),) = await store.claim([], take_expired=False)
    starts = [(claimed, taken), (uploaded, record)]
    for lease, started in starts if claim_is_first else reversed(starts):
        here.start(lease, started)
        await asyncio.sleep(0)
    await store.answer("visit-1", {"answers": {}})
    here.answered("visit-1")
    await ended(here)
    found = await store.find("visit-1")
    assert found is not None
    assert set(found.steps) == {"first", "second"}
    assert flow.done.count("second") == 1


async def test_a_run_that_breaks_goes_on_after_a_pause_with_the_same_lease(store: VisitStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(running_module, "BROKEN_PAUSES", (0.01,) * 40)  # a minute each otherwise
    flow, breaks = Flow(store), 30

    async def breaking(run: Run) -> None:
        nonlocal breaks
        breaks -= 1
        if breaks > 0:
            raise OSError("disk full")
        await flow(run)

    here = Runner(store, Progress(), flow=breaking, describe=no_news, beat_seconds=0.05, patient=False)
    await here.open()
    await start(store, here)
    await store.answer("visit-1", {"answers": {}})
    await asyncio.sleep(0.02)
    await ended(here)
    await here.close()
    record = await store.find("visit-1")
    assert record is not None
    assert record.state is not VisitState.FAILED
    assert flow.done == ["first", "second"]


async def test_a_run_that_never_ends_is_given_up_and_those_who_watch_are_told(
    store: VisitStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(running_module, "BROKEN_PAUSES", (0.0, 0.0))

    async def breaking(run: Run) -> None:
        raise RuntimeError("a fault of ours")

    here = Runner(store, Progress(), flow=breaking, describe=news_of, beat_seconds=60)
    await start(store, here)
    await ended(here)
    newest = (await store.events_after("visit-1", 0))[-1]
    assert (newest.data["state"], newest.data["error"]["reason"]) == ("failed", "internal")


async def test_a_beat_that_breaks_does_not_stop_the_heart(store: VisitStore, monkeypatch: pytest.MonkeyPatch):
    flow = Flow(store)
    here = runner(store, flow)
    await here.open()
    real, beats = store.renew, 0

    async def breaks_once() -> dict[str, Held]:
        nonlocal beats
        beats += 1
        if beats == 1:
            raise RuntimeError("a fault of ours")
        return await real()

    monkeypatch.setattr(store, "renew", breaks_once)
    async with asyncio.timeout(2):
        while beats < 3:
            await asyncio.sleep(0.01)
    await here.close()


async def test_answers_that_came_in_elsewhere_are_seen_at_the_next_beat(store: VisitStore):
    flow = Flow(store)
    here = runner(store, flow)
    await here.open()
    await start(store, here)
    await asyncio.sleep(0.05)
    await store.answer("visit-1", {"answers": {}})
    await ended(here)
    await here.close()
    assert flow.done == ["first", "second"]


async def test_a_step_that_ends_later_never_takes_the_state_back(store: VisitStore, monkeypatch: pytest.MonkeyPatch):
    real = store.save_step

    async def slow_for_one(lease: Lease, record: StepRecord, **more: Any) -> None:
        if record.name == "slow":
            await asyncio.sleep(0.05)  # as after a first try that the database did not answer
        await real(lease, record, **more)

    monkeypatch.setattr(store, "save_step", slow_for_one)

    async def work() -> StepResult:
        return StepResult({})

    async def flow(run: Run) -> None:
        await asyncio.gather(
            run.step("slow", work, state=VisitState.PAINTING), run.step("quick", work, state=VisitState.MATCHED)
        )
        await store.finish(run.lease, failed=False, state=None, error=None)

    here = Runner(store, Progress(), flow=flow, describe=no_news, beat_seconds=60)
    await start(store, here)
    await ended(here)
    record = await store.find("visit-1")
    assert record is not None
    assert record.state is VisitState.MATCHED
