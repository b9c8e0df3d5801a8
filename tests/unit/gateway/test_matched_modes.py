"""Where the match decides who paints: what is counted, what monitors show, and what the pages are told beforehand."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from articket_gateway.kiosk import shows as shows_module
from articket_gateway.kiosk.shows import Moment, leaves_at, show_view
from articket_gateway.storing.admission import AdmissionStore
from articket_gateway.storing.database import Database
from articket_gateway.storing.figures import Figures
from articket_gateway.storing.staff import StaffStore
from articket_gateway.storing.visits import Lease, NewEvent, VisitStore
from articket_gateway.visit.progress import PaintingProgress
from articket_gateway.visit.states import MATCH, PaintMode, StepRecord, StepStatus, VisitRecord, VisitState, paint_step
from tests.support.kiosks import pair
from tests.support.mesh import FOUR, JPEG, FakeStylizeServicer, Mesh, gateway
from tests.support.staff import staff_at
from tests.unit.gateway.conftest import new_visit

NEWS = NewEvent("visit", {})
MATCHED = (PaintMode.MATCHED_FIRST, PaintMode.MATCHED_ONLY)
RANKING = ("renoir", "vangogh", "picasso", "lichtenstein")
BECAUSE = {one: {"en": "Because.", "ko": "왜냐하면."} for one in RANKING}


def ended(name: str, status: StepStatus = StepStatus.DONE, output: dict[str, Any] | None = None) -> StepRecord:
    now = time.time()
    error = {"reason": "ENGINE_FAILED", "detail": ""} if status is StepStatus.FAILED else None
    return StepRecord(name, status, output, error, 1, now, now, engine_seconds=2.0 if status is StepStatus.DONE else None)


def matched() -> StepRecord:
    return ended(MATCH, output={"ranking": [{"artist_id": one, "score": 1} for one in RANKING], "because": BECAUSE})


async def begun(store: VisitStore, visit_id: str = "visit-1", artists: Sequence[str] = RANKING) -> Lease:
    await store.create(new_visit(visit_id))
    lease = await store.receive_photo(visit_id, digest=visit_id, artists=artists, news=NEWS)
    assert lease is not None
    await store.save_step(lease, ended("caption", output={}))
    return lease


# -- what is counted ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MATCHED)
async def test_who_walks_away_from_the_quiz_takes_no_place_in_the_booth(database: Database, store: VisitStore, mode: PaintMode):
    counts = AdmissionStore(database, mode=mode)
    for number in range(3):
        await begun(store, f"visit-{number}")
    assert await counts.open_visits() == 0
    assert await AdmissionStore(database).open_visits() == 3, "where all paint at once they are painted meanwhile"
    await store.answer("visit-1", {"match": "renoir"})
    assert await counts.open_visits() == 1


async def test_a_visit_is_no_longer_open_when_the_others_are_skipped(database: Database, store: VisitStore):
    lease = await begun(store)
    await store.answer("visit-1", {"match": "renoir"})
    counts = AdmissionStore(database, mode=PaintMode.MATCHED_ONLY)
    await store.save_step(lease, ended(paint_step("renoir"), output={"key": "k"}))
    assert await counts.open_visits() == 1
    for one in RANKING[1:]:
        await store.save_step(lease, ended(paint_step(one), StepStatus.SKIPPED))
    assert await counts.open_visits() == 0
    assert await counts.visits_painted_a_second() > 0


@pytest.mark.parametrize(
    ("mode", "at_first", "then", "after_a_failure"),
    [
        (PaintMode.ALL, RANKING, RANKING, RANKING[1:]),
        (PaintMode.MATCHED_FIRST, (), RANKING, RANKING[1:]),
        (PaintMode.MATCHED_ONLY, (), RANKING[:1], RANKING[1:2]),
    ],
)
async def test_staff_see_what_is_really_to_come(
    database: Database,
    store: VisitStore,
    mode: PaintMode,
    at_first: Sequence[str],
    then: Sequence[str],
    after_a_failure: Sequence[str],
):
    staff = StaffStore(database, owner="here", lease_seconds=10, mode=mode)

    async def to_come() -> Sequence[str]:
        return tuple((await staff.unpainted())["visit-1"])

    lease = await begun(store)
    assert await to_come() == at_first
    await store.answer("visit-1", {"match": "renoir"})
    await store.save_step(lease, matched())
    assert await to_come() == then
    await store.save_step(lease, ended(paint_step("renoir"), StepStatus.FAILED))
    assert await to_come() == after_a_failure
    await store.save_step(lease, ended(paint_step("vangogh"), output={"key": "k"}))
    assert await to_come() == (() if mode is PaintMode.MATCHED_ONLY else RANKING[2:])


async def test_an_artist_whom_the_match_does_not_know_comes_last(database: Database, store: VisitStore):
    lease = await begun(store, artists=("monet", *RANKING))
    await store.save_step(lease, matched())
    staff = StaffStore(database, owner="here", lease_seconds=10, mode=PaintMode.MATCHED_FIRST)
    assert (await staff.unpainted())["visit-1"] == [*RANKING, "monet"]


async def test_what_is_skipped_is_neither_made_nor_failed_and_cannot_be_tried_again(database: Database, store: VisitStore):
    lease = await begun(store)
    await store.save_step(lease, ended(paint_step("renoir"), output={"key": "k"}))
    await store.save_step(lease, ended(paint_step("vangogh"), StepStatus.FAILED))
    await store.save_step(lease, ended(paint_step("picasso"), StepStatus.SKIPPED))
    now = time.time()
    artists = (await Figures(database).at(now, today=now - 60, hours=[now - 60, now])).artists
    assert {one: (of.done, of.failed, of.engine_seconds) for one, of in artists.items()} == {
        "renoir": (1, 0, 2.0),
        "vangogh": (0, 1, 0.0),
        "picasso": (0, 0, 0.0),
    }
    staff = StaffStore(database, owner="here", lease_seconds=10)
    assert await staff.reopen("visit-1", "picasso", lambda _: [NEWS]) is None
    assert await staff.reopen("visit-1", "vangogh", lambda _: [NEWS]) is not None


# -- what a monitor shows ----------------------------------------------------------------------------------------------------


def record(*steps: StepRecord, **more: Any) -> VisitRecord:
    now = time.time()
    base: dict[str, Any] = {"artists": RANKING, "photo_digest": "d", "photo_at": now, "is_public": True}
    return VisitRecord("id", "en", VisitState.CAPTIONED, now, now + 60, steps={one.name: one for one in steps}, **(base | more))


def hops(visit: VisitRecord, mode: PaintMode, **live: PaintingProgress) -> dict[str, tuple[str, str | None]]:
    show = show_view(visit, Moment(live, {}, mode=mode))
    return {hop.name.removeprefix("paint:"): (hop.state, hop.waits_for) for hop in show.hops if hop.name.startswith("paint:")}


def test_paintings_wait_for_the_match_then_for_the_better_one():
    caption = ended("caption", output={})
    for mode, awaited in zip(MATCHED, ("painter", "reserve"), strict=True):
        assert set(hops(record(caption), mode).values()) == {("waiting", "match")}
        told = hops(record(caption, matched(), answers={}), mode)
        assert told == {"renoir": ("waiting", None), **dict.fromkeys(RANKING[1:], ("waiting", awaited))}
    failed = record(caption, matched(), ended(paint_step("renoir"), StepStatus.FAILED), answers={})
    rest = [hops(failed, mode)[one] for mode in MATCHED for one in RANKING[1:]]
    assert rest == [("waiting", None)] * 4 + [("waiting", "reserve")] * 2
    assert set(hops(record(caption), PaintMode.ALL).values()) == {("waiting", None)}


def test_a_skipped_painting_is_told_as_one_and_the_show_ends():
    done = ended(paint_step("renoir"), output={"key": "k"})
    skipped = [ended(paint_step(one), StepStatus.SKIPPED) for one in RANKING[1:]]
    ticket = ended("ticket", output={"number": "0001", "artist_id": "renoir"})
    visit = record(ended("caption", output={}), matched(), done, *skipped, ticket, answers={})
    assert hops(visit, PaintMode.MATCHED_ONLY) == {"renoir": ("done", None), **dict.fromkeys(RANKING[1:], ("skipped", None))}
    assert leaves_at(visit, PaintMode.MATCHED_ONLY) == pytest.approx(ticket.finished_at + shows_module.REVEAL_SECONDS)


@pytest.mark.parametrize("mode", MATCHED)
def test_a_show_that_waits_for_the_quiz_has_an_end_and_one_that_is_answered_has_none(mode: PaintMode):
    caption = ended("caption", output={})
    assert leaves_at(record(), mode) is None
    unanswered = leaves_at(record(caption), mode)
    assert unanswered == pytest.approx(caption.finished_at + shows_module.UNANSWERED_SECONDS)
    assert leaves_at(record(caption, answers={}), mode) is None
    assert leaves_at(record(caption), PaintMode.ALL) is None


def test_a_stand_in_is_told_while_it_paints():
    live = {"renoir": PaintingProgress(pod="stylize-9", is_fallback=True, attempts=1)}
    show = show_view(record(ended("caption", output={})), Moment(live, {}))
    (hop,) = [hop for hop in show.hops if hop.is_fallback]
    assert hop.name == "paint:renoir"


async def test_an_unanswered_visit_leaves_the_monitor_but_not_while_its_quiz_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shows_module, "UNANSWERED_SECONDS", 0.5)
    async with gateway(tmp_path / "data", paint=PaintMode.MATCHED_ONLY) as mesh, pair(mesh) as monitor:
        visit = await monitor.visitor()
        path = f"/api/v1/visits/{visit['id']}"
        await mesh.http.put(f"{path}/place", json={"at": 1})
        await mesh.http.put(f"{path}/photo", content=JPEG)
        async with monitor.following() as events:
            await events.until("show", lambda one: any(hop["waits_for"] == "match" for hop in one["hops"]))
            await asyncio.sleep(2.5)  # longer than the monitor may wait, and than from one look to the next
        async with monitor.following() as events:
            show = await events.first("show")
            await mesh.http.put(f"{path}/place", json={"at": 99})  # the quiz is over, the answers have not come
            assert (await events.first("gone"))["ref"] == show["ref"]
            await mesh.http.put(f"{path}/answers", json={"match": "renoir"})
            last = await events.until("show", lambda one: one["until"] is not None)
    told = {hop["name"].removeprefix("paint:"): hop["state"] for hop in last["hops"] if hop["name"].startswith("paint:")}
    assert told == {**dict.fromkeys(FOUR, "skipped"), "renoir": "done"}


# -- what the pages are told -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", list(PaintMode))
async def test_the_booth_says_beforehand_who_paints(tmp_path: Path, mode: PaintMode):
    async with gateway(tmp_path / "data", paint=mode) as mesh, staff_at(mesh) as staff:
        assert (await mesh.http.get("/api/v1/booth")).json()["paint"] == mode
        assert (await staff.get("/booth"))["paint"] == mode


async def test_staff_see_no_waiting_before_the_answers_and_no_failure_after(tmp_path: Path):
    stylize = FakeStylizeServicer(seconds=0.04)
    async with gateway(tmp_path / "data", stylize=stylize, paint=PaintMode.MATCHED_ONLY) as mesh, staff_at(mesh) as staff:
        path = await mesh.begin()
        await mesh.http.put(f"{path}/photo", content=JPEG)
        booth = await looked(mesh, staff)
        assert [one["waiting"] for one in booth["artists"]] == [0] * len(FOUR)
        assert booth["visits"] == {"today": 1, "open": 0}
        await mesh.http.put(f"{path}/answers", json={"match": "renoir"})
        await mesh.ended(path)
        booth = await looked(mesh, staff)
        assert {one["artist_id"]: (one["waiting"], one["done"], one["failed"]) for one in booth["artists"]} == {
            **dict.fromkeys(FOUR, (0, 0, 0)),
            "renoir": (0, 1, 0),
        }
        (visit,) = (await staff.get("/visits"))["visits"]
        assert sorted(one["state"] for one in visit["paintings"]) == ["done", "skipped", "skipped", "skipped"]
        assert [one["reason"] for one in visit["paintings"]] == [None] * len(FOUR)
        refused = await staff.ask("POST", f"/visits/{visit['ref']}/paintings/picasso/retry")
        assert (refused.status_code, refused.json()["reason"]) == (409, "not_failed")


async def looked(mesh: Mesh, staff: Any) -> dict[str, Any]:
    mesh.parts.overview._looked_at = float("-inf")
    return await staff.get("/booth")
