"""What is painted, and when: everything at once, the matched artist first, or the matched one only."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StepEnded
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.states import PaintMode
from articket_mesh.errors import ErrorReason, TransientError
from tests.support.pods import FakePod
from tests.support.stage import FOUR, Stage, staged


class NotingPod(FakePod):
    """A pod that notes whom it paints, and fails for some."""

    def __init__(self, *, fails: tuple[str, ...] = ()):
        super().__init__(artists=dict.fromkeys(FOUR, "digest"), seconds=0.03)
        self.asked_for: list[str] = []
        self.fails = fails

    async def paint(self, request: PaintRequest, *, timeout: float) -> AsyncGenerator[Accepted | StepEnded | Painted]:
        self.asked_for.append(request.artist_id)
        if request.artist_id in self.fails:
            raise TransientError(ErrorReason.ENGINE_FAILED, "broken")
        async for event in super().paint(request, timeout=timeout):
            yield event


async def states(stage: Stage, visit_id: str) -> dict[str, str]:
    view = await stage.ended(visit_id)
    async with asyncio.timeout(5):
        while len(view.steps) < len(FOUR) + 3:  # the caption, the match and the ticket
            await asyncio.sleep(0.01)
            view = await stage.ended(visit_id)
    return {one.artist_id: one.state.value for one in view.paintings}


@pytest.mark.parametrize("mode", [PaintMode.MATCHED_FIRST, PaintMode.MATCHED_ONLY])
async def test_nothing_is_painted_before_the_match_is_known(store: VisitStore, tmp_path: Path, mode: PaintMode):
    pod = NotingPod()
    async with staged(store, tmp_path, mode=mode, a=pod) as stage:
        visit_id = await stage.begin()
        await asyncio.sleep(0.2)
        assert pod.asked_for == []
        await stage.visits.answer(visit_id, {"match": "renoir"})
        await stage.ended(visit_id)
        assert pod.asked_for[0] == "renoir"


async def test_matched_first_paints_the_others_when_the_matched_one_is_done(store: VisitStore, tmp_path: Path):
    pod = NotingPod()
    pod.slots = 4
    async with staged(store, tmp_path, mode=PaintMode.MATCHED_FIRST, a=pod) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "renoir"})
        assert set((await states(stage, visit_id)).values()) == {"done"}
    assert pod.asked_for[0] == "renoir"
    assert sorted(pod.asked_for) == sorted(FOUR)
    assert pod.most_running == 3


async def test_matched_only_skips_the_others(store: VisitStore, tmp_path: Path):
    pod = NotingPod()
    async with staged(store, tmp_path, mode=PaintMode.MATCHED_ONLY, a=pod) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "renoir"})
        ended = await states(stage, visit_id)
        (order,) = stage.composer.orders
    assert pod.asked_for == ["renoir"]
    assert ended == {**dict.fromkeys(FOUR, "skipped"), "renoir": "done"}
    assert [picture.artist_id for picture in order.paintings] == ["renoir"]


@pytest.mark.parametrize("mode", [PaintMode.MATCHED_FIRST, PaintMode.MATCHED_ONLY])
async def test_the_next_best_is_painted_when_the_matched_one_fails(store: VisitStore, tmp_path: Path, mode: PaintMode):
    pod = NotingPod(fails=("renoir",))
    async with staged(store, tmp_path, mode=mode, a=pod) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "renoir"})
        ended = await states(stage, visit_id)
        (order,) = stage.composer.orders
    assert ended["renoir"] == "failed"
    assert order.artist_id != "renoir"
    assert ended[order.artist_id] == "done"
    assert len([one for one in ended.values() if one == "skipped"]) == (2 if mode is PaintMode.MATCHED_ONLY else 0)
