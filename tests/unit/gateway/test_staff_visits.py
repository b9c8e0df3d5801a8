"""Staff see the day's visits by their refs, mend them with one tap, and never get what is the visitor's alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from articket_gateway.errors import REASONS
from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import event, step, ticket, visit
from articket_mesh.errors import ErrorReason, PermanentError
from tests.support.mesh import JPEG, FakeStylizeServicer, Mesh, gateway
from tests.support.staff import Staff, staff_at


@pytest.fixture
def stylize() -> FakeStylizeServicer:
    return FakeStylizeServicer(slots=4, seconds=0.02)


@pytest.fixture
async def mesh(tmp_path: Path, stylize: FakeStylizeServicer) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data", stylize=stylize) as mesh:
        yield mesh


@pytest.fixture
async def staff(mesh: Mesh) -> AsyncIterator[Staff]:
    async with staff_at(mesh) as staff:
        yield staff


def broken() -> PermanentError:
    return PermanentError(ErrorReason.BAD_PICTURE, "nothing to see")


def refused(response: httpx.Response, reason: str) -> None:
    assert (response.json()["reason"], response.status_code) == (reason, REASONS[reason].status), response.text


async def failed(mesh: Mesh, artists: tuple[str, ...] = ("vangogh",), *, failures: int = 1, match: str = "vangogh") -> str:
    """A visit that has ended and of which `failures` paintings have failed."""
    mesh.stylize.failures = [broken() for _ in range(failures)]
    path = await mesh.begin(artists=list(artists))
    await mesh.http.put(f"{path}/photo", content=JPEG)
    await mesh.http.put(f"{path}/answers", json={"match": match})
    await mesh.ended(path)
    return path


async def rows(mesh: Mesh, table: sa.Table) -> list[dict[str, Any]]:
    database: Database = mesh.parts.store._database
    async with database.engine.begin() as connection:
        return [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]


# -- looking -----------------------------------------------------------------------------------------------------------------


async def test_a_visit_is_told_with_number_artist_and_paintings_but_not_what_is_the_visitors(mesh: Mesh, staff: Staff):
    path = await mesh.painted(match="renoir")
    visit_id = path.rpartition("/")[2]
    shown = await staff.visit()
    assert (shown["number"], shown["state"], shown["artist_id"], shown["lang"]) == ("0001", "ticket_ready", "renoir", "en")
    assert {one["artist_id"]: one["state"] for one in shown["paintings"]} == dict.fromkeys(
        ("lichtenstein", "picasso", "renoir", "vangogh"), "done"
    )
    assert (shown["is_public"], shown["is_hidden"], shown["error"]) == (False, False, None)
    told = json.dumps(shown)
    whole = (await mesh.http.get(path)).json()
    for secret in (visit_id, "caption", "photo", "answers", whole["caption"]["en"], whole["expires_at"]):
        assert secret not in told
    assert shown["ref"] != visit_id


async def test_ticket_and_thumbs_come_by_ref_and_are_asked_about_each_time(mesh: Mesh, staff: Staff):
    path = await mesh.painted()
    shown = await staff.visit()
    for url, media_type in (
        (shown["ticket_pdf_url"], "application/pdf"),
        (shown["ticket_png_url"], "image/png"),
        (shown["paintings"][0]["thumb_url"], "image/jpeg"),
    ):
        response = await staff.http.get(url, headers={"Accept-Encoding": "gzip"})
        assert (response.status_code, response.headers["content-type"]) == (200, media_type)
        assert response.headers["cache-control"] == "private, no-cache"
        assert "content-encoding" not in response.headers
        again = await staff.http.get(url, headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304
        refused(await mesh.http.get(url), "not_signed_in")
    await mesh.http.delete(path)
    refused(await staff.http.get(shown["ticket_png_url"]), "visit_erased")


async def test_a_ref_opens_nothing_on_visitors_routes_and_an_id_nothing_on_staffs(mesh: Mesh, staff: Staff):
    path = await mesh.painted()
    visit_id, ref = path.rpartition("/")[2], (await staff.visit())["ref"]
    for what in ("", "/photo", "/ticket.pdf", "/paintings/vangogh", "/events"):
        refused(await staff.http.get(f"/api/v1/visits/{ref}{what}"), "visit_unknown")
    for what in ("/ticket.pdf", "/ticket.png", "/paintings/vangogh"):
        refused(await staff.ask("GET", f"/visits/{visit_id}{what}"), "visit_unknown")
    refused(await staff.ask("DELETE", f"/visits/{visit_id}"), "visit_unknown")
    assert (await mesh.http.get(path)).status_code == 200


async def test_there_is_no_photo_and_no_large_picture_for_staff(mesh: Mesh, staff: Staff):
    await mesh.painted()
    ref = (await staff.visit())["ref"]
    for what in ("photo", "paintings/vangogh/preview", "", "events"):
        assert (await staff.ask("GET", f"/visits/{ref}/{what}")).json()["reason"] in ("route_unknown", "method_not_allowed")
    refused(await staff.ask("GET", f"/visits/{ref}/paintings/vangogh?size=print"), "request_invalid")


@pytest.mark.parametrize("ref", ["A" * 16, "0", "%00", "..", "a" * 64, "%F0%9F%8E%A8", "' or 1=1--"])
async def test_an_invented_ref_finds_nothing(mesh: Mesh, staff: Staff, ref: str):
    asked = [
        "GET /ticket.pdf",
        "GET /paintings/vangogh",
        "POST /paintings/vangogh/retry",
        "PUT /hidden",
        "POST /prints",
        "DELETE ",
    ]
    for method, what in (one.split(" ") for one in asked):
        answer = await staff.ask(method, f"/visits/{ref}{what}", json={"is_hidden": True} if method == "PUT" else None)
        assert answer.json()["reason"] in ("visit_unknown", "request_invalid", "route_unknown", "method_not_allowed")


async def test_visits_come_newest_first_in_pages_without_gap_or_double(mesh: Mesh, staff: Staff):
    for _ in range(7):
        await mesh.begin()
    whole = [one["ref"] for one in (await staff.get("/visits"))["visits"]]
    paged: list[str] = []
    before: dict[str, str] = {}
    while True:
        page = await staff.get("/visits", params={"limit": 3, **before})
        paged += [one["ref"] for one in page["visits"]]
        if page["next"] is None:
            break
        await mesh.begin()  # a new visit moves no page
        before = {"before": page["next"]}
    assert paged == whole
    assert len(set(paged)) == 7


async def test_visits_of_the_same_moment_are_paged_too(mesh: Mesh, staff: Staff):
    for _ in range(5):
        await mesh.begin()
    async with mesh.parts.store._database.engine.begin() as connection:
        await connection.execute(
            sa.update(visit).values(created_at=sa.select(sa.func.max(visit.c.created_at)).scalar_subquery())
        )
    first = await staff.get("/visits", params={"limit": 3})
    second = await staff.get("/visits", params={"limit": 3, "before": first["next"]})
    assert len({one["ref"] for one in first["visits"] + second["visits"]}) == 5


@pytest.mark.parametrize("query", ["before=x", "before=1_", "before=nan_a", "before=1_a b", "limit=0", "limit=201", "limit=x"])
async def test_an_odd_page_is_refused(staff: Staff, query: str):
    refused(await staff.ask("GET", f"/visits?{query}"), "request_invalid")


async def test_a_visit_is_found_by_its_number_with_or_without_zeros(mesh: Mesh, staff: Staff):
    await mesh.painted()
    await mesh.painted()
    for search in ("2", "0002", "02", " 2 ", "#2", "№ 0002"):
        (found,) = (await staff.get("/visits", params={"search": search}))["visits"]
        assert found["number"] == "0002"
    assert len((await staff.get("/visits", params={"search": " "}))["visits"]) == 2


@pytest.mark.parametrize("search", ["0", "3", "99999999999999999999", "two", "2 or 1=1", "-2", "２", "2%"])
async def test_a_number_that_is_not_there_finds_nothing(mesh: Mesh, staff: Staff, search: str):
    await mesh.painted()
    assert await staff.get("/visits", params={"search": search}) == {"visits": [], "next": None}


async def test_erased_expired_and_older_visits_are_not_listed(mesh: Mesh, staff: Staff):
    for _ in range(3):
        await mesh.begin()
    erased, expired, old = [one["ref"] for one in (await staff.get("/visits"))["visits"]]
    await staff.does("DELETE", f"/visits/{erased}")
    async with mesh.parts.store._database.engine.begin() as connection:
        await connection.execute(sa.update(visit).where(visit.c.ref == expired).values(expires_at=1.0))
        day = visit.c.created_at - 24 * 3600 - 1
        await connection.execute(sa.update(visit).where(visit.c.ref == old).values(created_at=day))
    assert (await staff.get("/visits"))["visits"] == []
    refused(await staff.ask("PUT", f"/visits/{expired}/hidden", json={"is_hidden": True}), "visit_erased")


# -- hiding and erasing ------------------------------------------------------------------------------------------------------


async def test_hiding_is_staffs_no_and_leaves_the_visitors_yes(mesh: Mesh, staff: Staff):
    await mesh.begin()
    ref = (await staff.visit())["ref"]
    for is_hidden in (True, True, False):
        await staff.does("PUT", f"/visits/{ref}/hidden", json={"is_hidden": is_hidden})
        assert (await staff.visit())["is_hidden"] is is_hidden


async def test_erasing_is_the_visitors_own_erasing_also_while_it_is_painted(
    mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer
):
    stylize.seconds = 5
    path = await mesh.begin()
    await mesh.http.put(f"{path}/photo", content=JPEG)
    while not stylize.running:
        await asyncio.sleep(0.01)
    ref = (await staff.visit())["ref"]
    await staff.does("DELETE", f"/visits/{ref}")
    refused(await mesh.http.get(path), "visit_erased")
    async with asyncio.timeout(5):
        while stylize.running:
            await asyncio.sleep(0.01)
    await staff.does("DELETE", f"/visits/{ref}")  # twice is fine
    assert not list((mesh.settings.data_dir / "pictures/photos").iterdir())
    assert 'articket_visits_erased_total{cause="staff"} 1.0' in (await mesh.http.get("/metrics")).text


async def test_an_erased_visit_keeps_what_statistics_need_and_nothing_personal(
    mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer
):
    stylize.failures = [broken()]
    path = await mesh.begin(lang="ko")
    await mesh.http.put(f"{path}/photo", content=JPEG)
    await mesh.http.put(f"{path}/answers", json={"match": "vangogh"})
    await mesh.ended(path)
    before = {row["name"]: row for row in await rows(mesh, step)}
    async with mesh.parts.store._database.engine.begin() as connection:
        await connection.execute(sa.update(visit).values(phone="digest-of-a-pass"))
    await staff.does("DELETE", f"/visits/{(await staff.visit())['ref']}")
    (left,) = await rows(mesh, visit)
    assert {name: left[name] for name in ("photo_digest", "answers", "error", "phone", "lease_owner")} == dict.fromkeys(
        ("photo_digest", "answers", "error", "phone", "lease_owner")
    )
    assert await rows(mesh, event) == []
    after = {row["name"]: row for row in await rows(mesh, step)}
    assert after.keys() == before.keys()
    for name, row in after.items():
        assert (row["output"], row["error"]) == (None, None)
        for kept in ("status", "engine_seconds", "finished_at", "attempts"):
            assert row[kept] == before[name][kept]
    assert sum(row["engine_seconds"] or 0 for row in after.values()) >= 0.05
    assert len(await rows(mesh, ticket)) == 1


# -- trying again ------------------------------------------------------------------------------------------------------------


async def test_a_failed_artist_paints_again_after_the_visit_has_ended_and_only_that_one(
    mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer
):
    path = await failed(mesh, ("picasso", "renoir", "vangogh"), match="renoir")
    shown = await staff.visit()
    (artist_id,) = [one["artist_id"] for one in shown["paintings"] if one["state"] == "failed"]
    painted = stylize.painted
    await staff.does("POST", f"/visits/{shown['ref']}/paintings/{artist_id}/retry")
    visit = await mesh.ended(path)
    assert {one["state"] for one in visit["paintings"]} == {"done"}  # type: ignore[attr-defined]
    assert stylize.painted == painted + 1
    assert visit["ticket"]["number"] == "0001"  # type: ignore[index]
    assert len(await rows(mesh, ticket)) == 1
    assert len(mesh.ticket.orders) == 1


async def test_a_visit_that_failed_as_a_whole_gets_its_match_and_ticket(mesh: Mesh, staff: Staff):
    path = await failed(mesh, ("picasso", "vangogh"), failures=2)
    shown = await staff.visit()
    assert (shown["state"], shown["error"]["reason"], shown["number"]) == ("failed", "no_painting", None)
    await staff.does("POST", f"/visits/{shown['ref']}/paintings/picasso/retry")
    async with asyncio.timeout(10):
        while (visit := (await mesh.http.get(path)).json())["state"] != "ticket_ready":
            await asyncio.sleep(0.01)
    assert (visit["error"], visit["match"]["artist_id"], visit["ticket"]["number"]) == (None, "picasso", "0001")
    assert {one["artist_id"]: one["state"] for one in visit["paintings"]} == {"picasso": "done", "vangogh": "failed"}


async def test_the_failed_step_of_a_ticket_is_made_again_with_the_painting(mesh: Mesh, staff: Staff):
    mesh.ticket.failures = [broken()]
    path = await failed(mesh, ("picasso", "vangogh"))
    shown = await staff.visit()
    assert shown["state"] == "failed"
    (artist_id,) = [one["artist_id"] for one in shown["paintings"] if one["state"] == "failed"]
    await staff.does("POST", f"/visits/{shown['ref']}/paintings/{artist_id}/retry")
    async with asyncio.timeout(10):
        while (await mesh.http.get(path)).json()["state"] != "ticket_ready":
            await asyncio.sleep(0.01)


async def test_two_taps_at_once_are_one_retry(mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer):
    path = await failed(mesh)
    ref = (await staff.visit())["ref"]
    stylize.seconds = 0.2
    taps = await asyncio.gather(*(staff.ask("POST", f"/visits/{ref}/paintings/vangogh/retry") for _ in range(8)))
    assert sorted(tap.status_code for tap in taps) == [202, *[409] * 7]
    for tap in taps:
        if tap.status_code == 409:
            refused(tap, "not_failed")
    visit = await mesh.ended(path)
    while visit["state"] != "ticket_ready":
        visit = (await mesh.http.get(path)).json()
        await asyncio.sleep(0.01)
    assert stylize.painted == 1


async def test_a_visit_that_still_runs_takes_the_retry_up_and_the_others_paint_on(
    mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer
):
    stylize.slots, stylize.seconds = 1, 0.3
    stylize.failures = [broken()]
    path = await mesh.begin(artists=["picasso", "renoir", "vangogh"])
    await mesh.http.put(f"{path}/photo", content=JPEG)
    while not (lost := [one["artist_id"] for one in (await staff.visit())["paintings"] if one["state"] == "failed"]):
        await asyncio.sleep(0.01)
    ref = (await staff.visit())["ref"]
    while not stylize.running:
        await asyncio.sleep(0.01)
    await staff.does("POST", f"/visits/{ref}/paintings/{lost[0]}/retry")
    await mesh.http.put(f"{path}/answers", json={"match": lost[0]})
    visit = await mesh.ended(path)
    assert visit["match"]["artist_id"] == lost[0]  # type: ignore[index]
    assert (stylize.painted, stylize.cancelled) == (3, 0)
    assert {one["state"] for one in visit["paintings"]} == {"done"}  # type: ignore[attr-defined]


async def test_a_retry_while_the_visitor_still_thinks_counts_for_the_ticket(
    mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer
):
    stylize.failures = [broken()]
    path = await mesh.begin(artists=["vangogh"])
    await mesh.http.put(f"{path}/photo", content=JPEG)
    while (await staff.visit())["paintings"][0]["state"] != "failed":
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    await staff.does("POST", f"/visits/{(await staff.visit())['ref']}/paintings/vangogh/retry")
    await mesh.http.put(f"{path}/answers", json={"answers": {}})
    assert (await mesh.ended(path))["state"] == "ticket_ready"


async def test_the_beat_leaves_a_run_alone_that_has_taken_a_retry_up(mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer):
    runner = mesh.parts.desk._runner
    stylize.failures = [broken()]
    path = await mesh.begin(artists=["picasso", "vangogh"])
    await mesh.http.put(f"{path}/photo", content=JPEG)
    while not (lost := [one["artist_id"] for one in (await staff.visit())["paintings"] if one["state"] == "failed"]):
        await asyncio.sleep(0.01)
    (run,) = runner._runs.values()
    beats = [asyncio.create_task(runner._beat()) for _ in range(3)]
    await staff.does("POST", f"/visits/{(await staff.visit())['ref']}/paintings/{lost[0]}/retry")
    await asyncio.gather(*beats)
    await runner._beat()
    assert list(runner._runs.values()) == [run]
    assert not run.task.cancelling()  # type: ignore[union-attr]


async def test_the_visitors_page_sees_the_retry_from_waiting_to_done(mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer):
    path = await failed(mesh, ("picasso", "vangogh"), match="picasso")
    shown = await staff.visit()
    (artist_id,) = [one["artist_id"] for one in shown["paintings"] if one["state"] == "failed"]
    stylize.seconds = 0.2
    states: list[str] = []

    async def follow(has_begun: asyncio.Event) -> None:
        async with mesh.http.stream("GET", f"{path}/events") as stream:
            kind = ""
            async for line in stream.aiter_lines():
                kind = line.removeprefix("event: ") if line.startswith("event: ") else kind
                if not line.startswith("data: "):
                    continue
                data = json.loads(line.removeprefix("data: "))
                has_begun.set()
                paintings = data["paintings"] if kind == "visit" else [data]
                states.extend(one["state"] for one in paintings if one["artist_id"] == artist_id)
                if states[-1:] == ["done"]:
                    return

    has_begun = asyncio.Event()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(follow(has_begun))
        await has_begun.wait()
        await staff.does("POST", f"/visits/{shown['ref']}/paintings/{artist_id}/retry")
    assert states[:2] == ["failed", "queued"]
    assert "painting" in states
    assert states[-1] == "done"


async def test_only_what_has_failed_is_tried_again(mesh: Mesh, staff: Staff):
    await mesh.painted()
    ref = (await staff.visit())["ref"]
    refused(await staff.ask("POST", f"/visits/{ref}/paintings/vangogh/retry"), "not_failed")
    refused(await staff.ask("POST", f"/visits/{ref}/paintings/hokusai/retry"), "artist_unknown")
    await mesh.begin()
    fresh = (await staff.visit())["ref"]
    refused(await staff.ask("POST", f"/visits/{fresh}/paintings/vangogh/retry"), "artist_unknown")
    await staff.does("DELETE", f"/visits/{ref}")
    refused(await staff.ask("POST", f"/visits/{ref}/paintings/vangogh/retry"), "visit_erased")


async def test_a_visit_that_is_erased_while_it_is_tried_again_stays_erased(
    mesh: Mesh, staff: Staff, stylize: FakeStylizeServicer
):
    path = await failed(mesh)
    ref = (await staff.visit())["ref"]
    stylize.seconds = 0.5
    await staff.does("POST", f"/visits/{ref}/paintings/vangogh/retry")
    await staff.does("DELETE", f"/visits/{ref}")
    refused(await mesh.http.get(path), "visit_erased")
    await asyncio.sleep(0.6)
    assert [row["name"] for row in await rows(mesh, event)] == []


async def test_a_visit_may_be_tried_again_more_often_than_a_broken_one_is_claimed(mesh: Mesh, staff: Staff):
    path = await failed(mesh)
    async with mesh.parts.store._database.engine.begin() as connection:
        await connection.execute(sa.update(visit).values(epoch=60))
    await staff.does("POST", f"/visits/{(await staff.visit())['ref']}/paintings/vangogh/retry")
    async with asyncio.timeout(10):
        while (await mesh.http.get(path)).json()["state"] != "ticket_ready":
            await asyncio.sleep(0.01)
