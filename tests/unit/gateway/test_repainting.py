"""What the fallback painted is marked, shared with nobody, and painted again when a real pod is back and the visitor looks."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.views import PaintingView, VisitView, visit_view
from articket_mesh.errors import ErrorReason, TransientError
from tests.support.stage import Stage, pod, staged


async def view_when(stage: Stage, visit_id: str, is_so: Callable[[VisitView], bool]) -> VisitView:
    async with asyncio.timeout(5):
        while True:
            view = visit_view(await stage.visits.find(visit_id), stage.progress.of(visit_id))
            if is_so(view):
                return view
            await asyncio.sleep(0.01)


async def painted_by_fallback(stage: Stage) -> tuple[str, PaintingView]:
    visit_id = await stage.begin(artists=("vangogh",))
    await stage.visits.answer(visit_id, {"match": "vangogh"})
    (painting,) = (await stage.ended(visit_id)).paintings
    return visit_id, painting


async def test_a_stand_in_is_marked_and_makes_a_ticket(store: VisitStore, tmp_path: Path):
    real, fallback = pod(), pod()
    real.is_there = False
    async with staged(store, tmp_path, fallback=fallback, real=real) as stage:
        _, painting = await painted_by_fallback(stage)
    assert painting.is_fallback
    assert fallback.painted == 1


async def test_it_is_painted_again_when_a_real_pod_is_back_and_the_visitor_looks(store: VisitStore, tmp_path: Path):
    real, fallback = pod(), pod()
    real.is_there = False
    async with staged(store, tmp_path, fallback=fallback, real=real) as stage:
        visit_id, before = await painted_by_fallback(stage)
        real.is_there = True
        with stage.progress.watch(visit_id):
            view = await view_when(stage, visit_id, lambda view: not view.paintings[0].is_fallback)
        events = await store.events_after(visit_id, 0)
    assert view.paintings[0].url != before.url
    assert (real.painted, fallback.painted, len(stage.composer.orders)) == (1, 1, 1)
    assert (events[-1].type, events[-1].data["is_fallback"]) == ("painting", False)


async def test_it_is_left_as_it_is_when_nobody_looks(store: VisitStore, tmp_path: Path):
    real, fallback = pod(), pod()
    real.is_there = False
    async with staged(store, tmp_path, fallback=fallback, real=real) as stage:
        visit_id, _ = await painted_by_fallback(stage)
        with stage.progress.watch(visit_id):
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)  # the phone has gone: the order that waited is withdrawn
        real.is_there = True
        await asyncio.sleep(0.6)
    assert real.asked == 0


async def test_a_stand_in_is_not_given_to_the_next_visit_with_the_same_photo(store: VisitStore, tmp_path: Path):
    real, fallback = pod(), pod()
    real.is_there = False
    async with staged(store, tmp_path, fallback=fallback, real=real) as stage:
        await painted_by_fallback(stage)
        real.is_there = True
        await asyncio.sleep(0.4)
        _, second = await painted_by_fallback(stage)
    assert not second.is_fallback
    assert real.painted == 1


async def test_erasing_ends_it_and_leaves_nothing(store: VisitStore, tmp_path: Path):
    real, fallback = pod(), pod(seconds=0.05)
    real.is_there = False
    async with staged(store, tmp_path, fallback=fallback, real=real) as stage:
        visit_id, _ = await painted_by_fallback(stage)
        real.seconds, real.is_there = 60, True
        with stage.progress.watch(visit_id):
            async with asyncio.timeout(5):
                while not real.running:
                    await asyncio.sleep(0.01)
            await stage.visits.erase(visit_id, cause="visitor")
            await asyncio.sleep(0.1)
    assert (real.running, real.cancelled, real.painted) == (0, 1, 0)
    assert [path for path in (tmp_path / "pictures").rglob("*") if path.is_file()] == []


async def test_a_real_pod_that_fails_leaves_the_stand_in(store: VisitStore, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    real, fallback = pod(), pod()
    real.is_there = False
    async with staged(store, tmp_path, fallback=fallback, real=real) as stage:
        visit_id, before = await painted_by_fallback(stage)
        real.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken") for _ in range(9)]
        real.is_there = True
        with stage.progress.watch(visit_id):
            async with asyncio.timeout(5):
                while "could not be painted again" not in caplog.text:
                    await asyncio.sleep(0.02)
        view = await view_when(stage, visit_id, lambda _view: True)
    assert (view.paintings[0].is_fallback, view.paintings[0].url) == (True, before.url)
    assert visit_id not in caplog.text
