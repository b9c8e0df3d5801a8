"""What a monitor shows of the visits: the true story, station by station, and pictures only where they are allowed."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from articket_gateway.kiosk import screens as screens_module
from articket_gateway.kiosk import shows as shows_module
from articket_mesh.errors import ErrorReason, TransientError
from tests.support.kiosks import Events, Monitor, assert_reason, pair
from tests.support.mesh import FOUR, JPEG, FakeStylizeServicer, Mesh, gateway

Json = dict[str, Any]


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data", stylize=FakeStylizeServicer(seconds=0.4)) as mesh:
        yield mesh


@pytest.fixture
async def monitor(mesh: Mesh) -> AsyncIterator[Monitor]:
    async with pair(mesh) as monitor:
        yield monitor


async def painted(mesh: Mesh, visit: Json, *, match: str = "vangogh") -> str:
    """Bring a visit to its end and give its path."""
    path = f"/api/v1/visits/{visit['id']}"
    assert (await mesh.http.put(f"{path}/photo", content=JPEG)).status_code == 202
    assert (await mesh.http.put(f"{path}/answers", json={"match": match})).status_code == 202
    await mesh.ended(path)
    return path


def hop(show: Json, name: str) -> Json:
    (found,) = (one for one in show["hops"] if one["name"] == name)
    return found


def pictures(show: Json) -> list[str]:
    urls = [show["photo_url"], *(one[key] for one in show["hops"] for key in ("preview_url", "picture_url"))]
    return [url for url in urls if url]


def is_over(show: Json) -> bool:
    return show["until"] is not None


@asynccontextmanager
async def shown(mesh: Mesh, monitor: Monitor, **more: Any) -> AsyncIterator[tuple[str, Json, Events]]:
    """A visit that has ended and stands on the monitor: its path, its show, the stream."""
    async with monitor.following() as events:
        path = await painted(mesh, await monitor.visitor(**more))
        yield path, await events.until("show", is_over), events


async def test_a_show_lights_each_station_once_and_in_order(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor, is_public=True) as (_, last, events):
        told = [data for kind, data, _ in events.seen if kind == "show"]
    order = ["gateway", "caption", *(f"paint:{one}" for one in FOUR), "ticket", "print"]
    assert [one["name"] for one in last["hops"]] == order
    states = ["waiting", "running", "done"]
    for name in order[:-1]:
        seen = [hop(show, name)["state"] for show in told]
        assert seen == sorted(seen, key=states.index), (name, seen)
        assert seen[-1] == "done"
    assert hop(last, "print")["state"] == "skipped"  # no printer is set up
    assert hop(last, "paint:vangogh")["pod"] == "stylize-1"
    assert "127.0.0.1" not in str(told)
    assert any(0 < hop(show, "paint:vangogh")["step"] < 4 for show in told)
    assert last["number"] == "0001"
    assert last["match"]["artist_id"] == "vangogh"


async def test_times_are_those_of_what_happened(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor) as (path, last, _):
        visit = (await mesh.http.get(path)).json()
    assert last["began_at"] == hop(last, "gateway")["started_at"]
    for artist_id in FOUR:
        assert 0.4 <= hop(last, f"paint:{artist_id}")["seconds"] < 3
    waited = max(step["seconds"] for step in visit["steps"] if step["name"].startswith("paint:"))
    assert waited > 0.75  # two had to wait for a slot; their station's time is the pod's alone
    assert max(hop(last, f"paint:{one}")["seconds"] for one in FOUR) < waited
    begun = [hop(last, name)["started_at"] for name in ("gateway", "caption", "ticket")]
    assert begun == sorted(begun)
    assert 0 < hop(last, "gateway")["seconds"] < 5


async def test_retries_are_told_with_their_reason_and_the_next_try(mesh: Mesh, monitor: Monitor):
    mesh.stylize.failures = [TransientError(ErrorReason.OUT_OF_MEMORY, "no room")]
    async with shown(mesh, monitor, artists=["vangogh"]) as (path, last, events):
        told = [hop(data, "paint:vangogh") for kind, data, _ in events.seen if kind == "show"]
        visit = (await mesh.http.get(path)).json()
    assert ("waiting", 1, "OUT_OF_MEMORY", None) in [(one["state"], one["attempts"], one["reason"], one["pod"]) for one in told]
    assert ("running", 2, "OUT_OF_MEMORY") in [(one["state"], one["attempts"], one["reason"]) for one in told]
    assert (hop(last, "paint:vangogh")["attempts"], hop(last, "paint:vangogh")["reason"]) == (2, None)
    (painting,) = visit["paintings"]
    assert (painting["attempts"], painting["pod"], painting["is_fallback"]) == (2, "stylize-1", False)
    assert {step["name"]: step["pod"] for step in visit["steps"]} == {
        "caption": None,
        "match": None,
        "paint:vangogh": "stylize-1",
        "ticket": None,
    }


async def test_a_phone_sees_pod_and_attempt_while_it_paints(mesh: Mesh):
    mesh.stylize.seconds = 5
    path = await mesh.begin(artists=["vangogh"])
    await mesh.http.put(f"{path}/photo", content=JPEG)
    async with asyncio.timeout(5):
        while (painting := (await mesh.http.get(path)).json()["paintings"][0])["state"] != "painting":
            await asyncio.sleep(0.02)
    assert (painting["pod"], painting["attempts"]) == ("stylize-1", 1)


async def test_an_engine_that_is_not_the_pods_own_is_a_fallback(mesh: Mesh, monitor: Monitor):
    mesh.parts.dispatcher.pods[0].engine = "webui"  # what the pod says of itself; the fake paints with "fake"
    async with shown(mesh, monitor, artists=["vangogh"]) as (path, last, _):
        assert hop(last, "paint:vangogh")["is_fallback"] is True
        assert (await mesh.http.get(path)).json()["paintings"][0]["is_fallback"] is True


async def test_a_painting_that_was_there_already_is_told_so(mesh: Mesh, monitor: Monitor):
    await painted(mesh, await monitor.visitor())
    async with monitor.following() as events:
        await painted(mesh, await monitor.visitor())
        reused = hop(await events.until("show", lambda one: one["number"] == "0002"), "paint:vangogh")
    assert (reused["is_reused"], reused["pod"], reused["state"]) == (True, None, "done")


async def test_a_failed_visit_is_shown_as_it_is_and_leaves(mesh: Mesh, monitor: Monitor):
    mesh.stylize.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broke") for _ in range(3)]
    async with shown(mesh, monitor, artists=["vangogh"]) as (_, last, _):
        failed = hop(last, "paint:vangogh")
    assert (last["state"], failed["state"], failed["attempts"], failed["reason"]) == ("failed", "failed", 3, "ENGINE_FAILED")
    assert hop(last, "ticket")["state"] == "skipped"


# -- pictures --------------------------------------------------------------------------------------------------------------


async def test_without_the_visitors_yes_no_picture_is_shown_or_given(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor) as (_, last, events):
        assert [pictures(data) for kind, data, _ in events.seen if kind == "show"] == [[]] * sum(
            1 for kind, _, _ in events.seen if kind == "show"
        )
        for what in ("photo", "paintings/vangogh", "paintings/vangogh/preview"):
            assert_reason(await monitor.http.get(f"/api/v1/kiosk/shows/{last['ref']}/{what}"), "visit_unknown")
    assert (await monitor.look())["recent"] == []


async def test_with_it_every_address_gives_a_picture_that_no_browser_keeps(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor, is_public=True) as (_, last, events):
        assert len(pictures(last)) == 5
        for url in pictures(last):
            response = await monitor.http.get(url, params={"size": "thumb"})
            assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
            assert response.headers["cache-control"] == "no-store"
        assert any(one["preview_url"] for kind, data, _ in events.seen if kind == "show" for one in data["hops"])
        for size in ("print", "huge"):
            response = await monitor.http.get(last["photo_url"], params={"size": size})
            assert_reason(response, "request_invalid")


@pytest.mark.parametrize("how", ["withdrawn", "hidden", "erased"])
async def test_a_no_is_effective_at_once(mesh: Mesh, monitor: Monitor, how: str):
    async with shown(mesh, monitor, is_public=True) as (path, last, events):
        assert [one["ref"] for one in (await monitor.look())["recent"]] == [last["ref"]]
        urls = pictures(last)
        if how == "withdrawn":
            view = (await mesh.http.put(f"{path}/public", json={"is_public": False})).json()
            assert view["is_public"] is False
        elif how == "hidden":
            await mesh.parts.desk.hide(last["ref"], is_hidden=True)
        else:
            assert (await mesh.http.delete(path)).status_code == 204
        for url in urls:
            assert_reason(await monitor.http.get(url), "visit_unknown")
        async with asyncio.timeout(1):
            left: set[str] = set()
            async for kind, data in events.rest():
                if kind == "kiosk" and data["recent"] == []:
                    left.add("recent")
                if kind == "gone" or (kind == "show" and pictures(data) == []):
                    left.add(kind)
                if left >= {"recent", "gone" if how == "erased" else "show"}:
                    break


async def test_a_yes_comes_at_any_time_and_every_tab_is_told(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor) as (path, _, events):
        async with mesh.http.stream("GET", f"{path}/events") as response:
            phone = Events(response.aiter_lines())
            assert (await phone.first("visit"))["is_public"] is False
            assert (await mesh.http.put(f"{path}/public", json={"is_public": True})).json()["is_public"] is True
            assert (await phone.first("visit"))["is_public"] is True
        assert pictures(await events.until("show", lambda one: one["is_public"]))
    for wrong in ({}, {"is_public": "true"}, {"is_public": 1}, {"is_public": None}, {"is_public": True, "x": 1}):
        assert_reason(await mesh.http.put(f"{path}/public", json=wrong), "request_invalid")


async def test_news_of_a_running_visit_never_tell_an_old_yes(mesh: Mesh):
    mesh.stylize.seconds = 1.0
    path = await mesh.begin(is_public=True)
    await mesh.http.put(f"{path}/photo", content=JPEG)
    await mesh.http.put(f"{path}/public", json={"is_public": False})
    async with mesh.http.stream("GET", f"{path}/events") as response:
        phone = Events(response.aiter_lines())
        await phone.first("visit")
        await mesh.http.put(f"{path}/answers", json={"match": "renoir"})
        await phone.until("visit", lambda one: one["ticket"])
    assert [data["is_public"] for kind, data, _ in phone.seen if kind == "visit"].count(True) == 0
    async with mesh.http.stream("GET", f"{path}/events", headers={"Last-Event-ID": "0"}) as response:
        again = Events(response.aiter_lines())
        await again.until("visit", lambda one: one["ticket"])
    assert {data["is_public"] for kind, data, _ in again.seen if kind == "visit"} == {False}


async def test_a_kiosk_shows_its_own_visitors_and_those_of_no_kiosk(mesh: Mesh, monitor: Monitor):
    async with pair(mesh, "Right") as other, monitor.following() as here, other.following() as there:
        own = await monitor.visitor(is_public=True)
        path = await painted(mesh, own)
        last = await here.until("show", is_over)
        nobodys = await mesh.begin()
        await mesh.http.put(f"{nobodys}/photo", content=JPEG)
        ref = (await there.first("show"))["ref"]
        assert ref != last["ref"]
        await here.until("show", lambda one: one["ref"] == ref)
        refs = {data["ref"] for kind, data, _ in there.seen if kind == "show"}
        assert refs == {ref}
        # the other kiosk may show what the gallery of all shows, and nothing else of this visit
        base = f"/api/v1/kiosk/shows/{last['ref']}"
        assert_reason(await other.http.get(f"{base}/photo"), "visit_unknown")
        assert_reason(await other.http.get(f"{base}/paintings/renoir"), "visit_unknown")
        assert (await other.http.get(f"{base}/paintings/vangogh")).status_code == 200
        assert_reason(await other.http.get(f"{base}/paintings/vangogh/preview"), "visit_unknown")
    assert path


async def test_odd_refs_and_artists_open_nothing(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor, is_public=True) as (path, last, _):
        visit_id = path.rpartition("/")[2]
        assert_reason(await monitor.http.get(f"/api/v1/kiosk/shows/{visit_id}/photo"), "visit_unknown")
        for ref in ("x" * 65, "a%20b", "%00"):
            assert_reason(await monitor.http.get(f"/api/v1/kiosk/shows/{ref}/photo"), "request_invalid")
        base = f"/api/v1/kiosk/shows/{last['ref']}/paintings"
        assert_reason(await monitor.http.get(f"{base}/hokusai"), "painting_not_ready")
        assert_reason(await monitor.http.get(f"{base}/..%2Fphoto"), "route_unknown")


async def test_the_gallery_has_the_newest_twelve_and_only_the_matched_ones(mesh: Mesh, monitor: Monitor):
    mesh.stylize.seconds = 0
    for number in range(14):
        await painted(mesh, {"id": (await mesh.begin(is_public=number != 13)).rpartition("/")[2]}, match=FOUR[number % 4])
    recent = (await monitor.look())["recent"]
    assert [one["artist_id"] for one in recent] == [FOUR[number % 4] for number in range(12, 0, -1)]
    assert [one["at"] for one in recent] == sorted((one["at"] for one in recent), reverse=True)
    assert (await monitor.http.get(recent[-1]["picture_url"])).status_code == 200


# -- keeping current -------------------------------------------------------------------------------------------------------


async def test_a_show_leaves_when_its_time_is_over(mesh: Mesh, monitor: Monitor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shows_module, "REVEAL_SECONDS", 1.0)
    async with shown(mesh, monitor) as (_, last, events):
        assert (await events.first("gone"))["ref"] == last["ref"]
    async with monitor.following() as events:
        await events.first("kiosk")
        with pytest.raises(TimeoutError):
            await events.until("show", lambda _: True, seconds=0.5)


async def test_an_abandoned_visit_gives_its_place_away_and_comes_back_with_the_answers(
    mesh: Mesh, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shows_module, "UNANSWERED_SECONDS", 1.0)
    async with monitor.following() as events:
        path = await mesh.begin()
        await mesh.http.put(f"{path}/photo", content=JPEG)
        ref = (await events.first("show"))["ref"]
        assert (await events.first("gone"))["ref"] == ref
        await mesh.http.put(f"{path}/answers", json={"match": "vangogh"})
        assert (await events.until("show", is_over))["ref"] == ref


async def test_progress_is_told_at_most_five_times_a_second_and_made_once_for_all(
    mesh: Mesh, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
):
    mesh.stylize.seconds, mesh.stylize.steps = 2.0, 100
    made = 0
    real = screens_module.show_view

    def counted(*arguments: Any) -> Any:
        nonlocal made
        made += 1
        return real(*arguments)

    monkeypatch.setattr(screens_module, "show_view", counted)
    async with monitor.following() as one, monitor.following() as two:
        painting = painted(mesh, await monitor.visitor(artists=["vangogh"]))
        await asyncio.gather(painting, one.until("show", is_over), two.until("show", is_over))
    times = [at for kind, _, at in one.seen if kind == "show"]
    assert len(times) > 6
    assert sum(later - earlier < 0.12 for earlier, later in itertools.pairwise(times)) <= 2  # the test's own clock jitters
    assert made <= len(times) + 4


async def test_a_monitor_that_reconnects_gets_everything_anew(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor) as (_, last, _):
        pass
    async with monitor.following() as events:
        assert (await events.first("kiosk"))["id"] == monitor.id
        again = await events.first("show")
    assert again == last


async def test_nothing_is_kept_when_nobody_looks(mesh: Mesh, monitor: Monitor):
    async with shown(mesh, monitor):
        assert mesh.parts.screens._shows
    async with asyncio.timeout(5):
        while mesh.parts.screens._monitors:
            await asyncio.sleep(0.02)
    assert not mesh.parts.screens._shows


async def test_a_kiosks_stream_ends_at_once_when_the_gateway_drains(mesh: Mesh, monitor: Monitor):
    async with monitor.following() as events:
        await events.first("kiosk")
        mesh.server.should_exit = True
        async with asyncio.timeout(2):
            assert [one async for one in events.rest()] == []


async def test_an_answer_that_comes_while_the_match_is_kept_counts_or_is_refused(mesh: Mesh, monkeypatch: pytest.MonkeyPatch):
    real = mesh.parts.store.save_step
    late: list[int] = []

    async def slow(lease: Any, record: Any, **more: Any) -> None:
        if record.name == "match" and not late:
            response = await mesh.http.put(f"{path}/answers", json={"match": "picasso"})
            late.append(response.status_code)
        await real(lease, record, **more)

    monkeypatch.setattr(mesh.parts.store, "save_step", slow)
    path = await mesh.begin()
    await mesh.http.put(f"{path}/photo", content=JPEG)
    await mesh.http.put(f"{path}/answers", json={"match": "renoir"})
    visit: Any = await mesh.ended(path)
    assert (late, visit["match"]["artist_id"]) == ([202], "picasso")


async def test_artists_are_credited_and_the_version_is_told(mesh: Mesh):
    artists = (await mesh.http.get("/api/v1/artists")).json()["artists"]
    assert all(one["credit"]["licence"] and one["credit"]["source"] for one in artists)
    assert (await mesh.http.get("/healthz")).json() == {
        "service": "articket-gateway",
        "status": "ok",
        "version": "0.1.0",
        "missing": [],
    }
