"""Monitors over real HTTP: pairing, codes, passes, whose quiz stands where, and what a stranger gets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from articket_gateway.kiosk.codes import ALPHABET, new_code
from articket_gateway.kiosk.pairing import COOKIE
from articket_gateway.storing.database import Database
from articket_gateway.storing.kiosks import KioskStore
from articket_gateway.storing.tables import kiosk, kiosk_code
from articket_gateway.storing.visits import VisitStore
from tests.support.kiosks import Monitor, assert_reason, pair, scan
from tests.support.mesh import JPEG, Mesh, gateway
from tests.unit.gateway.conftest import new_visit


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data") as mesh:
        yield mesh


@pytest.fixture
async def monitor(mesh: Mesh) -> AsyncIterator[Monitor]:
    async with pair(mesh) as monitor:
        yield monitor


@asynccontextmanager
async def changed(mesh: Mesh) -> AsyncIterator[sa.Connection]:
    """Change the database behind the gateway's back, as another replica would."""
    engine = sa.create_engine(f"sqlite:///{mesh.settings.data_dir / 'articket.db'}", connect_args={"timeout": 10})
    with engine.begin() as connection:
        yield connection
    engine.dispose()


async def at(mesh: Mesh, visit: dict[str, Any], place: int) -> dict[str, Any] | None:
    response = await mesh.http.put(f"/api/v1/visits/{visit['id']}/place", json={"at": place})
    assert response.status_code == 200, response.text
    return response.json()["kiosk"]


# -- pairing ---------------------------------------------------------------------------------------------------------------


async def test_a_monitor_is_paired_once_and_keeps_its_cookie_from_scripts_and_other_sites(mesh: Mesh):
    code = (await mesh.parts.pairing_codes.make()).code
    response = await mesh.http.post("/api/v1/kiosks", json={"pin": code, "name": "  Left\t door ", "lang": "ko"})
    assert response.status_code == 201
    cookie = response.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Max-Age=34560000", "Path=/api/v1"))
    assert "Secure" not in cookie  # over plain http a browser would drop it
    assert (response.json()["name"], response.json()["lang"], response.json()["session"]) == ("Left door", "ko", None)
    again = await mesh.http.post("/api/v1/kiosks", json={"pin": code, "name": "Left", "lang": "ko"})
    assert_reason(again, "pin_wrong")


async def test_pairing_again_keeps_the_kiosk(mesh: Mesh, monitor: Monitor):
    code = (await mesh.parts.pairing_codes.make()).code
    response = await monitor.http.post("/api/v1/kiosks", json={"pin": code, "name": "Right", "lang": "en"})
    assert (response.json()["id"], response.json()["name"]) == (monitor.id, "Right")


WRONG_KIOSKS: list[Any] = [
    {"name": "A", "lang": "en"},
    {"pin": "12345678", "name": "", "lang": "en"},
    {"pin": "12345678", "name": " \n ", "lang": "en"},
    {"pin": "12345678", "name": "A\u0000B", "lang": "en"},
    {"pin": "12345678", "name": "A\u202eB", "lang": "en"},
    {"pin": "12345678", "name": "x" * 41, "lang": "en"},
    {"pin": "12345678", "name": "A", "lang": "fr"},
    {"pin": 12345678, "name": "A", "lang": "en"},
    {"pin": "1" * 65, "name": "A", "lang": "en"},
    {"pin": "12345678", "name": "A", "lang": "en", "id": "mine"},
    [],
]


async def test_a_kiosk_with_a_wrong_form_is_refused_before_its_pin_is_looked_at(mesh: Mesh):
    for body in WRONG_KIOSKS:
        assert_reason(await mesh.http.post("/api/v1/kiosks", json=body), "request_invalid")


SHOW_ROUTES = ["/shows/abc/photo", "/shows/abc/paintings/vangogh", "/shows/abc/paintings/vangogh/preview"]


async def test_without_a_good_cookie_nothing_of_a_kiosk_is_told(mesh: Mesh):
    for cookie in (None, "", "forged", "eyJpZCI6ImEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"):
        headers = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}
        for route in ("", "/events", "/qr.svg", *SHOW_ROUTES):
            assert_reason(await mesh.http.get(f"/api/v1/kiosk{route}", headers=headers), "kiosk_not_paired")
        assert_reason(await mesh.http.put("/api/v1/kiosk", json={"name": "X"}, headers=headers), "kiosk_not_paired")
        assert_reason(await mesh.http.delete("/api/v1/kiosk", headers=headers), "kiosk_not_paired")


async def test_what_was_signed_for_something_else_is_no_cookie(mesh: Mesh, monitor: Monitor):
    text = mesh.parts.signer.sign("pass", {"id": monitor.id, "kiosk": monitor.id, "phone": "x"})
    response = await mesh.http.get("/api/v1/kiosk", headers={"Cookie": f"{COOKIE}={text}"})
    assert_reason(response, "kiosk_not_paired")


async def test_a_removed_kiosk_is_out_at_once_and_its_stream_ends(mesh: Mesh, monitor: Monitor):
    async with monitor.following() as events:
        await events.first("kiosk")
        assert await mesh.parts.kiosks.remove(monitor.id)
        async with asyncio.timeout(1):
            assert [one async for one in events.rest()] == []
    assert_reason(await monitor.http.get("/api/v1/kiosk"), "kiosk_not_paired")
    assert not await mesh.parts.kiosks.remove(monitor.id)


async def test_a_kiosk_that_another_replica_has_removed_is_out_within_a_look(mesh: Mesh, monitor: Monitor):
    async with monitor.following() as events:
        await events.first("kiosk")
        async with changed(mesh) as database:
            database.execute(sa.delete(kiosk_code))
            database.execute(sa.delete(kiosk))
        async with asyncio.timeout(5):
            assert [one async for one in events.rest()] == []


async def test_renaming_is_told_to_the_stream(monitor: Monitor):
    async with monitor.following() as events:
        await events.first("kiosk")
        assert (await monitor.http.put("/api/v1/kiosk", json={"name": "문 옆", "lang": "ko"})).json()["name"] == "문 옆"
        told = await events.until("kiosk", lambda one: one["name"] == "문 옆")
    assert told["lang"] == "ko"


async def test_staff_see_who_is_connected(mesh: Mesh, monitor: Monitor):
    async with pair(mesh, "Away") as away:
        async with changed(mesh) as database:
            database.execute(sa.update(kiosk).where(kiosk.c.id == away.id).values(seen_at=time.time() - 60))
        async with monitor.following() as events:
            told = await events.first("kiosk")
            seen = {one.record.name: one for one in await mesh.parts.kiosks.all()}
    assert (seen["Left"].is_connected, seen["Away"].is_connected) == (True, False)
    assert seen["Left"].code == told["invitation"]["code"]


# -- codes and passes ------------------------------------------------------------------------------------------------------


async def test_a_code_leads_to_the_phones_page_and_is_good_once(mesh: Mesh, monitor: Monitor):
    invitation = (await monitor.look())["invitation"]
    assert invitation["url"] == f"{mesh.settings.public_url}/k/{invitation['code']}"
    assert set(invitation["code"]) <= set(ALPHABET)
    assert len(invitation["code"]) == 10
    page = await mesh.http.get(f"/k/{invitation['code']}")
    assert "<phone-app>" in page.text
    given = await mesh.http.post("/api/v1/passes", json={"code": invitation["code"].upper()})
    assert given.status_code == 201
    assert given.json()["kiosk"] == {"name": "Left", "lang": "en"}
    assert_reason(await mesh.http.post("/api/v1/passes", json={"code": invitation["code"]}), "code_expired")


@pytest.mark.alone
async def test_exchanging_a_code_greets_and_shows_another_one_at_once(mesh: Mesh, monitor: Monitor):
    async with monitor.following() as events:
        before = (await events.first("kiosk"))["invitation"]["code"]
        began = time.perf_counter()
        await scan(mesh, before)
        told = await events.until("kiosk", lambda one: one["greeting"])
        assert time.perf_counter() - began < 1
    assert told["invitation"]["code"] != before


async def test_of_twenty_phones_with_one_code_one_gets_in(mesh: Mesh, monitor: Monitor):
    code = (await monitor.look())["invitation"]["code"]
    answers = await asyncio.gather(*(mesh.http.post("/api/v1/passes", json={"code": code}) for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [201] + [410] * 19


async def test_yesterdays_code_lets_nobody_in_and_is_removed(mesh: Mesh, monitor: Monitor):
    code = (await monitor.look())["invitation"]["code"]
    async with changed(mesh) as database:
        database.execute(sa.update(kiosk_code).values(shown_at=time.time() - 86_400, expires_at=time.time() - 86_220))
    assert_reason(await mesh.http.post("/api/v1/passes", json={"code": code}), "code_expired")
    assert (await monitor.look())["invitation"]["code"] != code
    async with changed(mesh) as database:
        assert code not in database.execute(sa.select(kiosk_code.c.code)).scalars().all()


async def test_a_code_changes_after_a_minute_and_stays_good_for_two_more(mesh: Mesh, monitor: Monitor):
    async with monitor.following() as events:
        old = (await events.first("kiosk"))["invitation"]["code"]
        async with changed(mesh) as database:
            database.execute(sa.update(kiosk_code).values(shown_at=time.time() - 61, expires_at=time.time() + 119))
        new = await events.until("kiosk", lambda one: one["invitation"]["code"] != old)
        async with changed(mesh) as database:
            left = database.execute(sa.select(kiosk_code.c.expires_at).where(kiosk_code.c.code == old)).scalar_one()
        assert 110 < left - time.time() <= 120
        assert (await mesh.http.post("/api/v1/passes", json={"code": old})).status_code == 201
        newest = await events.until("kiosk", lambda one: one["greeting"])
    assert len({old, new["invitation"]["code"], newest["invitation"]["code"]}) == 3


async def test_whatever_is_no_code_is_told_alike(mesh: Mesh, monitor: Monitor):
    for code in ("", "x", new_code(), "iiiiiiiiii", "' OR 1=1 --", "\u0000" * 10, "가" * 10, "../../etc/pw"):
        assert_reason(await mesh.http.post("/api/v1/passes", json={"code": code}), "code_expired")
    for body in ({}, {"code": 7}, {"code": None}, {"code": "x" * 65}, {"code": "x", "kiosk": "y"}, "x"):
        assert_reason(await mesh.http.post("/api/v1/passes", json=body), "request_invalid")


async def test_the_qr_code_is_a_picture_of_the_address(monitor: Monitor):
    invitation = (await monitor.look())["invitation"]
    response = await monitor.http.get(invitation["qr_url"])
    assert (response.status_code, response.headers["content-type"]) == (200, "image/svg+xml")
    assert response.headers["cache-control"] == "no-store"
    for code in ("<script>", "a" * 300, ""):
        assert_reason(await monitor.http.get("/api/v1/kiosk/qr.svg", params={"code": code}), "request_invalid")


async def test_a_forged_pass_begins_no_visit(mesh: Mesh):
    for text in ("", "forged", "a.b.c", "x" * 400):
        assert_reason(await mesh.http.post("/api/v1/visits", json={"pass": text}), "pass_invalid")


async def test_a_cookie_is_no_pass_and_a_pass_ends_after_half_an_hour(
    mesh: Mesh, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
):
    cookie = monitor.http.cookies[COOKIE]
    assert_reason(await mesh.http.post("/api/v1/visits", json={"pass": cookie}), "pass_invalid")
    text = await scan(mesh, (await monitor.look())["invitation"]["code"])
    now = time.time()
    with monkeypatch.context() as later:
        later.setattr("itsdangerous.timed.time.time", lambda: now + 1802)
        assert_reason(await mesh.http.post("/api/v1/visits", json={"pass": text}), "pass_invalid")
    assert (await mesh.http.post("/api/v1/visits", json={"pass": text})).status_code == 201


async def test_a_visit_of_a_wrong_form_is_refused(mesh: Mesh):
    for more in ({"pass": 1}, {"pass": "x" * 513}, {"is_public": "yes"}, {"is_public": 1}, {"pass_": "x"}):
        assert_reason(await mesh.http.post("/api/v1/visits", json={"lang": "en", **more}), "request_invalid")


async def test_no_visit_knows_the_phones_word_and_no_log_the_code(
    mesh: Mesh, monitor: Monitor, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level("DEBUG"):
        code = (await monitor.look())["invitation"]["code"]
        text = await scan(mesh, code)
        visit = (await mesh.http.post("/api/v1/visits", json={"pass": text})).json()
    own = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore", "uvicorn.access"))]
    assert own
    assert [line for line in own if code in line or text[:20] in line or visit["id"] in line] == []
    record = await mesh.parts.store.find(visit["id"])
    assert record is not None
    assert record.phone is not None
    assert record.phone not in text
    assert record.kiosk_id == monitor.id


# -- sessions --------------------------------------------------------------------------------------------------------------


async def test_the_first_phone_gets_the_monitor_and_moves_it(mesh: Mesh, monitor: Monitor):
    async with monitor.following() as events:
        await events.first("kiosk")
        visit = await monitor.visitor(lang="ko")
        assert visit["kiosk"]["name"] == "Left"
        assert visit["kiosk"]["has_monitor"] is True
        began = await events.until("kiosk", lambda one: one["session"])
        session = began["session"]
        assert (session["lang"], session["at"], session["is_photo_there"]) == ("ko", 0, False)
        assert session["count"] == len((await mesh.http.get("/api/v1/quiz")).json()["questions"])
        assert began["greeting"] is None
        assert session["ref"] != visit["id"]
        assert visit["id"] not in str(began)
        await at(mesh, visit, 2)
        await events.until("kiosk", lambda one: one["session"]["at"] == 2)
        await mesh.http.put(f"/api/v1/visits/{visit['id']}/photo", content=JPEG)
        await events.until("kiosk", lambda one: one["session"]["is_photo_there"])
        assert (await at(mesh, visit, session["count"])) == {"name": "Left", "has_monitor": False, "held_until": None}
        await events.until("kiosk", lambda one: one["session"] is None)


async def test_another_phone_plays_by_itself_and_gets_the_monitor_when_it_is_free(mesh: Mesh, monitor: Monitor):
    first, second = await monitor.visitor(), await monitor.visitor()
    assert (first["kiosk"]["has_monitor"], second["kiosk"]["has_monitor"]) == (True, False)
    assert not (await at(mesh, second, 1))["has_monitor"]  # type: ignore[index]
    await at(mesh, first, 99)
    assert (await at(mesh, second, 1))["has_monitor"]  # type: ignore[index]
    assert not (await at(mesh, first, 1))["has_monitor"]  # type: ignore[index]


async def test_of_many_phones_that_begin_at_once_exactly_one_gets_the_monitor(mesh: Mesh, monitor: Monitor):
    passes = [await scan(mesh, (await monitor.look())["invitation"]["code"]) for _ in range(8)]
    answers = await asyncio.gather(*(mesh.http.post("/api/v1/visits", json={"pass": one}) for one in passes))
    visits = [one.json() for one in answers]
    assert sum(one["kiosk"]["has_monitor"] for one in visits) == 1
    places = await asyncio.gather(*(at(mesh, one, 1) for one in visits))
    assert sum(one["has_monitor"] for one in places if one) == 1


@pytest.mark.alone
async def test_a_monitor_whose_phone_has_gone_is_free_after_the_time_that_it_shows(mesh: Mesh, monitor: Monitor):
    async with monitor.following() as events:
        await events.first("kiosk")
        gone = await monitor.visitor()
        session = (await events.until("kiosk", lambda one: one["session"]))["session"]
        held = time.time()
        async with changed(mesh) as database:
            left = database.execute(sa.select(kiosk.c.session_until)).scalar_one() - held
            assert 40 < left <= 45.5
            database.execute(sa.update(kiosk).values(session_until=held + 2.5))
        assert session["held_until"]
        await events.until("kiosk", lambda one: one["session"] is None)
        assert 2.2 < time.time() - held < 4.5
    assert (await monitor.visitor())["kiosk"]["has_monitor"]
    assert not (await at(mesh, gone, 3))["has_monitor"]  # type: ignore[index]


@pytest.mark.parametrize("how", ["answers", "erase", "staff"])
async def test_a_monitor_is_freed_at_once(mesh: Mesh, monitor: Monitor, how: str):
    async with monitor.following() as events:
        await events.first("kiosk")
        visit = await monitor.visitor()
        await events.until("kiosk", lambda one: one["session"])
        path = f"/api/v1/visits/{visit['id']}"
        if how == "answers":
            assert (await mesh.http.put(f"{path}/answers", json={"match": "vangogh"})).json()["kiosk"]["has_monitor"] is False
        elif how == "erase":
            assert (await mesh.http.delete(path)).status_code == 204
        else:
            assert await mesh.parts.sessions.free(monitor.id)
        async with asyncio.timeout(1):
            await events.until("kiosk", lambda one: one["session"] is None)
    assert not await mesh.parts.sessions.free("nobody")


async def test_a_late_word_of_a_matched_visit_does_not_take_the_monitor_again(mesh: Mesh, monitor: Monitor):
    visit = await monitor.visitor()
    path = f"/api/v1/visits/{visit['id']}"
    await mesh.http.put(f"{path}/photo", content=JPEG)
    await mesh.http.put(f"{path}/answers", json={"match": "vangogh"})
    await mesh.ended(path)
    assert not (await at(mesh, visit, 1))["has_monitor"]  # type: ignore[index]
    assert (await monitor.look())["session"] is None


async def test_each_kiosk_has_its_own_session(mesh: Mesh, monitor: Monitor):
    async with pair(mesh, "Right") as other:
        here, there = await monitor.visitor(), await other.visitor()
        assert here["kiosk"]["has_monitor"]
        assert there["kiosk"] | {"held_until": None} == {"name": "Right", "has_monitor": True, "held_until": None}
        assert (await monitor.look())["session"]["ref"] != (await other.look())["session"]["ref"]


async def test_a_visit_without_a_pass_has_no_place(mesh: Mesh):
    visit = (await mesh.http.post("/api/v1/visits", json={})).json()
    assert (visit["kiosk"], visit["is_public"]) == (None, False)
    assert await at(mesh, visit, 3) is None


async def test_a_pass_of_a_removed_kiosk_still_begins_a_visit(mesh: Mesh, monitor: Monitor):
    text = await scan(mesh, (await monitor.look())["invitation"]["code"])
    await mesh.parts.kiosks.remove(monitor.id)
    visit = await mesh.http.post("/api/v1/visits", json={"pass": text})
    assert (visit.status_code, visit.json()["kiosk"]) == (201, None)


@pytest.mark.parametrize(
    "body", [{}, {"at": -1}, {"at": "1"}, {"at": 1.5}, {"at": True}, {"at": 2**70}, {"at": None}, {"at": 1, "x": 1}]
)
async def test_a_place_of_a_wrong_form_is_refused(mesh: Mesh, body: dict[str, Any]):
    path = await mesh.begin()
    assert_reason(await mesh.http.put(f"{path}/place", json=body), "request_invalid")


async def test_the_ref_opens_nothing_of_the_visitors(mesh: Mesh, monitor: Monitor):
    visit = await monitor.visitor()
    ref = (await monitor.look())["session"]["ref"]
    assert_reason(await mesh.http.get(f"/api/v1/visits/{ref}"), "visit_unknown")
    assert_reason(await mesh.http.put(f"/api/v1/visits/{ref}/place", json={"at": 1}), "visit_unknown")
    assert (await mesh.http.get(f"/api/v1/visits/{visit['id']}")).json()["kiosk"]["has_monitor"]


# -- the statements --------------------------------------------------------------------------------------------------------


async def test_a_hundred_claims_at_once_have_one_winner(database: Database, store: VisitStore):
    kiosks = KioskStore(database)
    await kiosks.add("k", name="Left", lang="en")
    visits = [new_visit(f"visit-{number}") for number in range(20)]
    for one in visits:
        await store.create(one)
    claims = [kiosks.place("k", one.id, at=0, seconds=45) for one in visits for _ in range(5)]
    answers = await asyncio.gather(*claims)
    assert len({one.session.visit_id for one in answers if one and one.session}) == 1


async def test_a_code_survives_a_restart_of_the_booth(database: Database):
    kiosks = KioskStore(database)
    await kiosks.add("k", name="Left", lang="en")
    first = await kiosks.current_code("k", fresh="a" * 10, shown_seconds=60, grace_seconds=120)
    again = await KioskStore(database).current_code("k", fresh="b" * 10, shown_seconds=60, grace_seconds=120)
    assert first == again


async def test_a_kiosk_that_is_not_paired_has_no_place(database: Database):
    kiosks = KioskStore(database)
    assert await kiosks.place("nobody", "visit", at=0, seconds=45) is None
    assert await kiosks.release("nobody") is None
    assert await kiosks.change("nobody", name="X", lang=None) is None
