"""What staff do with printers and monitors goes through the parts that own them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from articket_gateway.errors import REASONS
from tests.support.mesh import Mesh, gateway
from tests.support.staff import Staff, staff_at


@pytest.fixture
async def mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mesh]:
    monkeypatch.setenv("ARTICKET_GATEWAY_PRINT_SINKS", str(tmp_path / "tray"))
    monkeypatch.setenv("ARTICKET_GATEWAY_PRINT_IS_AUTOMATIC", "false")
    async with gateway(tmp_path / "data") as mesh:
        yield mesh


@pytest.fixture
async def staff(mesh: Mesh) -> AsyncIterator[Staff]:
    async with staff_at(mesh) as staff:
        yield staff


def refused(response: httpx.Response, reason: str) -> None:
    assert (response.json()["reason"], response.status_code) == (reason, REASONS[reason].status), response.text


async def pair(mesh: Mesh, pin: str) -> httpx.Response:
    return await mesh.http.post("/api/v1/kiosks", json={"pin": pin, "name": "By the door", "lang": "ko"})


# -- printing ----------------------------------------------------------------------------------------------------------------


async def test_a_ticket_is_printed_until_the_copies_are_used_up(mesh: Mesh, staff: Staff):
    await mesh.painted()
    shown = await staff.visit()
    assert (shown["prints"], shown["copies_left"]) == ([], 3)
    await staff.does("POST", f"/visits/{shown['ref']}/prints", json={"copies": 2})
    await staff.does("POST", f"/visits/{shown['ref']}/prints")
    refused(await staff.ask("POST", f"/visits/{shown['ref']}/prints", json={"copies": 1}), "copies_used_up")
    shown = await staff.visit()
    assert [(job["copies"], job["asked_by"]) for job in shown["prints"]] == [(2, "staff"), (1, "staff")]
    assert shown["copies_left"] == 0
    assert shown["prints"][0].keys() == {"id", "sink", "state", "copies", "reason", "asked_by", "asked_at"}


async def test_a_visit_without_a_ticket_is_not_printed(mesh: Mesh, staff: Staff):
    await mesh.begin()
    refused(await staff.ask("POST", f"/visits/{(await staff.visit())['ref']}/prints", json={"copies": 1}), "ticket_not_ready")


async def test_a_job_that_waits_can_be_cancelled_and_counts_no_more(mesh: Mesh, staff: Staff):
    await staff.does("PUT", "/printing", json={"is_automatic": False, "is_paused": True})
    booth = await staff.get("/booth")
    assert (booth["printing"]["is_automatic"], booth["printing"]["is_paused"]) == (False, True)
    await mesh.painted()
    ref = (await staff.visit())["ref"]
    await staff.does("POST", f"/visits/{ref}/prints", json={"copies": 3})
    (job,) = (await staff.visit())["prints"]
    await staff.does("DELETE", f"/prints/{job['id']}")
    assert (await staff.visit())["copies_left"] == 3
    refused(await staff.ask("DELETE", f"/prints/{job['id'] + 1}"), "print_unknown")
    refused(await staff.ask("DELETE", "/prints/x"), "request_invalid")
    refused(await staff.ask("DELETE", f"/prints/{2**63}"), "request_invalid")


@pytest.mark.parametrize("copies", [0, -1, 51, 1.5, "two", None])
async def test_an_odd_number_of_copies_is_refused(mesh: Mesh, staff: Staff, copies: object):
    await mesh.painted()
    ref = (await staff.visit())["ref"]
    refused(await staff.ask("POST", f"/visits/{ref}/prints", json={"copies": copies}), "request_invalid")


async def test_a_booth_without_a_printer_says_so(tmp_path: Path):
    async with gateway(tmp_path / "data") as mesh, staff_at(mesh) as staff:
        await mesh.painted()
        refused(await staff.ask("POST", f"/visits/{(await staff.visit())['ref']}/prints"), "no_sink")
        assert (await staff.get("/booth"))["printing"] is None


# -- kiosks ------------------------------------------------------------------------------------------------------------------


async def test_a_monitor_is_paired_by_a_code_once(mesh: Mesh, staff: Staff):
    code = (await staff.ask("POST", "/pairing-codes")).json()["code"]
    assert (len(code), code.isdigit()) == (8, True)
    assert (await pair(mesh, code)).status_code == 201
    refused(await pair(mesh, code), "pin_wrong")
    (kiosk,) = (await staff.get("/booth"))["kiosks"]
    assert (kiosk["name"], kiosk["lang"], kiosk["session"]) == ("By the door", "ko", None)


async def test_a_pairing_is_taken_back(mesh: Mesh, staff: Staff):
    code = (await staff.ask("POST", "/pairing-codes")).json()["code"]
    await pair(mesh, code)
    (kiosk,) = (await staff.get("/booth"))["kiosks"]
    assert (await mesh.http.get("/api/v1/kiosk")).status_code == 200
    await staff.does("DELETE", f"/kiosks/{kiosk['id']}")
    refused(await mesh.http.get("/api/v1/kiosk"), "kiosk_not_paired")
    refused(await staff.ask("DELETE", f"/kiosks/{kiosk['id']}"), "kiosk_unknown")
    refused(await staff.ask("POST", f"/kiosks/{kiosk['id']}/release"), "kiosk_unknown")
    assert (await staff.get("/booth"))["kiosks"] == []


async def test_a_monitor_whose_phone_has_gone_is_freed(mesh: Mesh, staff: Staff):
    code = (await staff.ask("POST", "/pairing-codes")).json()["code"]
    shown = (await pair(mesh, code)).json()["invitation"]["code"]
    given = (await mesh.http.post("/api/v1/passes", json={"code": shown})).json()["pass"]
    visit = (await mesh.http.post("/api/v1/visits", json={"lang": "en", "pass": given})).json()
    await mesh.http.put(f"/api/v1/visits/{visit['id']}/place", json={"at": 1})
    (kiosk,) = (await staff.get("/booth"))["kiosks"]
    assert (kiosk["session"]["ref"], kiosk["session"]["at"]) == ((await staff.visit())["ref"], 1)
    assert kiosk["url"].endswith(f"/k/{kiosk['code']}")
    await staff.does("POST", f"/kiosks/{kiosk['id']}/release")
    (kiosk,) = (await staff.get("/booth"))["kiosks"]
    assert kiosk["session"] is None


async def test_a_kiosks_cookie_opens_nothing_of_staffs(mesh: Mesh, staff: Staff):
    code = (await staff.ask("POST", "/pairing-codes")).json()["code"]
    cookie = (await pair(mesh, code)).cookies["articket_kiosk"]
    for name in ("articket_staff", "articket_kiosk"):
        refused(await mesh.http.get("/api/v1/staff/visits", headers={"Cookie": f"{name}={cookie}"}), "not_signed_in")
