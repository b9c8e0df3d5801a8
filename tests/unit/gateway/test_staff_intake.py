"""Staff close the door with a word for those who come; what is under way goes on, on every replica."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from articket_gateway.staff import intake as intake_module
from articket_gateway.staff.intake import INTAKE_NAME, Intake
from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.database import Database
from articket_gateway.visit.views import WordsView
from tests.support.mesh import JPEG, Mesh, gateway
from tests.support.staff import Staff, staff_at

WORDS = {"en": "Back at two.", "ko": "두 시에 다시 열어요."}


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data") as mesh:
        yield mesh


@pytest.fixture
async def staff(mesh: Mesh) -> AsyncIterator[Staff]:
    async with staff_at(mesh) as staff:
        yield staff


async def test_a_paused_booth_lets_nobody_in_and_gives_staffs_words(mesh: Mesh, staff: Staff):
    await staff.does("PUT", "/intake", json={"is_paused": True, "message": WORDS})
    answer = await mesh.http.post("/api/v1/visits", json={})
    problem = answer.json()
    assert (answer.status_code, problem["reason"], problem["message"]) == (503, "intake_paused", WORDS)
    assert int(answer.headers["retry-after"]) >= 5
    assert (await mesh.http.get("/api/v1/booth")).json()["intake"] == {"is_paused": True, "message": WORDS}
    assert (await staff.get("/booth"))["intake"] == {"is_paused": True, "message": WORDS}


async def test_visits_under_way_go_on_in_a_paused_booth(mesh: Mesh, staff: Staff):
    path = await mesh.begin()
    await staff.does("PUT", "/intake", json={"is_paused": True})
    assert (await mesh.http.put(f"{path}/photo", content=JPEG)).status_code == 202
    await mesh.http.put(f"{path}/answers", json={"match": "vangogh"})
    assert (await mesh.ended(path))["state"] == "ticket_ready"


async def test_an_open_booth_has_no_message(mesh: Mesh, staff: Staff):
    await staff.does("PUT", "/intake", json={"is_paused": True, "message": WORDS})
    await staff.does("PUT", "/intake", json={"is_paused": False, "message": WORDS})
    assert (await mesh.http.get("/api/v1/booth")).json()["intake"] == {"is_paused": False, "message": None}
    assert (await mesh.http.post("/api/v1/visits", json={})).status_code == 201


async def test_without_words_the_problem_has_none(mesh: Mesh, staff: Staff):
    await staff.does("PUT", "/intake", json={"is_paused": True, "message": {"en": " ", "ko": "\n"}})
    assert "message" not in (await mesh.http.post("/api/v1/visits", json={})).json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"is_paused": None},
        {"is_paused": True, "message": "later"},
        {"is_paused": True, "message": {"en": "later"}},
        {"is_paused": True, "message": {"en": "x" * 281, "ko": ""}},
        {"is_paused": True, "message": {"en": "a", "ko": "b", "fr": "c"}},
    ],
)
async def test_an_odd_wish_changes_nothing(mesh: Mesh, staff: Staff, body: object):
    answer = await staff.ask("PUT", "/intake", json=body)
    assert answer.json()["reason"] == "request_invalid"
    assert not mesh.parts.intake.view().is_paused


async def test_a_pause_outlasts_a_restart(tmp_path: Path):
    async with gateway(tmp_path / "data") as mesh, staff_at(mesh) as staff:
        await staff.does("PUT", "/intake", json={"is_paused": True, "message": WORDS})
    async with gateway(tmp_path / "data") as mesh:
        assert (await mesh.http.post("/api/v1/visits", json={})).status_code == 503


async def test_another_replicas_pause_is_heard_of(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(intake_module, "LOOK_SECONDS", 0.02)
    here, there = Intake(BoothStore(database)), Intake(BoothStore(database))
    looking = asyncio.create_task(here.keep_current())
    try:
        await there.set(is_paused=True, message=WordsView(**WORDS))
        async with asyncio.timeout(5):
            while not here.view().is_paused:
                await asyncio.sleep(0.01)
        assert here.view() == there.view()
        await BoothStore(database).put(INTAKE_NAME, {"is_paused": False, "message": {"broken": 1}})  # a fault ends no look
        await asyncio.sleep(0.1)
        await there.set(is_paused=False, message=None)
        async with asyncio.timeout(5):
            while here.view().is_paused:
                await asyncio.sleep(0.01)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
