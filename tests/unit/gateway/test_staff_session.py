"""Nobody gets behind the staff's counter without the PIN, and nothing of it is told to anybody."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from articket_gateway.errors import REASONS
from articket_gateway.http.staff_session import COOKIE
from tests.support.mesh import Mesh, gateway
from tests.support.plain_http import PLAIN
from tests.support.staff import Staff, pin_of, staff_at

SESSION = "/api/v1/staff/session"


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data") as mesh:
        yield mesh


@pytest.fixture
async def staff(mesh: Mesh) -> AsyncIterator[Staff]:
    async with staff_at(mesh) as staff:
        yield staff


def wrong(pin: str) -> str:
    return "482913" if pin != "482913" else "482914"


def refused(response: httpx.Response, reason: str) -> dict[str, Any]:
    problem = response.json()
    assert (problem["reason"], response.status_code) == (reason, REASONS[reason].status), response.text
    return problem


async def staff_routes(mesh: Mesh) -> list[tuple[str, str]]:
    """Every route below /api/v1/staff that is for staff only, its path filled in."""
    document = (await mesh.http.get("/api/openapi.json")).json()
    open_to_all = {("get", SESSION), ("post", SESSION), ("delete", SESSION)}
    return [
        (
            method,
            path.replace("{ref}", "A" * 16).replace("{artist_id}", "vangogh").replace("{kiosk_id}", "k").replace("{id}", "1"),
        )
        for path, item in document["paths"].items()
        for method in item
        if path.startswith("/api/v1/staff/") and (method, path) not in open_to_all
    ]


async def test_no_staff_route_answers_without_the_cookie(mesh: Mesh):
    routes = await staff_routes(mesh)
    assert len(routes) >= 12
    for method, path in routes:
        for body in ({"json": {}}, {}) if method in ("put", "post") else ({},):
            refused(await mesh.http.request(method, path, **body), "not_signed_in")


async def test_a_cookie_is_told_apart_from_what_somebody_made_up(mesh: Mesh, staff: Staff):
    good = staff.http.cookies[COOKIE]
    middle = len(good) - 14  # of the signature; its last character has two bits that mean nothing
    signer = mesh.parts.signer
    generation = (signer.read(COOKIE, good, max_age=60) or {})["generation"]
    forged = [
        "",
        "x",
        good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :],
        good + "x",
        good.rpartition(".")[0],
        signer.sign("articket_kiosk", {"generation": generation}),  # another purpose's
        signer.sign("pass", {"generation": generation}),
        signer.sign(COOKIE, {}),
        signer.sign(COOKIE, {"generation": None}),
        signer.sign(COOKIE, {"generation": "0" * 16}),
    ]
    for cookie in forged:
        response = await mesh.http.get("/api/v1/staff/visits", headers={"Cookie": f"{COOKIE}={cookie}"})
        refused(response, "not_signed_in")
    assert (await mesh.http.get("/api/v1/staff/visits", headers={"Cookie": f"{COOKIE}={good}"})).status_code == 200


async def test_a_cookie_is_void_after_twelve_hours(mesh: Mesh, staff: Staff, monkeypatch: pytest.MonkeyPatch):
    import time

    later = time.time() + 12 * 3600 + 2
    monkeypatch.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda _self: int(later))
    refused(await staff.ask("GET", "/visits"), "not_signed_in")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(mesh: Mesh):
    response = await mesh.http.post(SESSION, json={"pin": pin_of(mesh)})
    cookie = response.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Path=/api/v1", "Max-Age=43200"):
        assert word in cookie
    assert "Secure" not in cookie
    assert response.content == b""
    assert pin_of(mesh) not in cookie


async def test_the_cookie_is_secure_behind_a_proxy_that_ends_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARTICKET_GATEWAY_TRUSTED_PROXIES", "127.0.0.1")
    async with gateway(tmp_path / "data") as mesh:
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
        for method, body in (("POST", {"pin": pin_of(mesh)}), ("DELETE", None)):
            response = await mesh.http.request(method, SESSION, json=body, headers=headers)
            assert "Secure" in response.headers["set-cookie"]


async def test_signing_in_and_out_is_told_by_the_session(mesh: Mesh, staff: Staff):
    assert await staff.get("/session") == {"is_signed_in": True}
    await staff.does("DELETE", "/session")
    assert await staff.get("/session") == {"is_signed_in": False}
    refused(await staff.ask("GET", "/booth"), "not_signed_in")


async def test_brute_force_from_one_address_ends_after_five(mesh: Mesh):
    pin = pin_of(mesh)
    async with httpx.AsyncClient(base_url=mesh.url, timeout=20, **PLAIN) as http:
        answers = await asyncio.gather(*(http.post(SESSION, json={"pin": wrong(pin)}) for _ in range(40)))
        assert sorted({one.status_code for one in answers}) == [401, 429]
        assert [one.status_code for one in answers].count(401) == 5
        answer = await http.post(SESSION, json={"pin": pin})
    problem = refused(answer, "pin_tries")
    assert 20 <= int(answer.headers["retry-after"]) <= 30
    assert problem["retryable"] is True
    assert "set-cookie" not in answer.headers


async def test_a_forged_forwarded_address_gives_no_new_tries(mesh: Mesh):
    pin = pin_of(mesh)
    for number in range(5):
        headers = {"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}"}
        refused(await mesh.http.post(SESSION, json={"pin": wrong(pin)}, headers=headers), "pin_wrong")
    refused(await mesh.http.post(SESSION, json={"pin": pin}, headers={"X-Forwarded-For": "10.0.0.99"}), "pin_tries")


async def test_the_tries_outlast_a_restart(tmp_path: Path):
    async with gateway(tmp_path / "data") as mesh:
        pin = pin_of(mesh)
        for _ in range(5):
            refused(await mesh.http.post(SESSION, json={"pin": wrong(pin)}), "pin_wrong")
    async with gateway(tmp_path / "data") as mesh:
        refused(await mesh.http.post(SESSION, json={"pin": pin}), "pin_tries")


async def test_a_cookie_outlasts_a_restart(tmp_path: Path):
    async with gateway(tmp_path / "data") as mesh, staff_at(mesh) as staff:
        cookie = staff.http.cookies[COOKIE]
    async with gateway(tmp_path / "data") as mesh:
        response = await mesh.http.get("/api/v1/staff/visits", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert response.status_code == 200


async def test_changing_the_pin_signs_everybody_else_out(mesh: Mesh, staff: Staff):
    old = pin_of(mesh)
    async with staff_at(mesh) as other:
        await staff.does("PUT", "/pin", json={"pin": old, "new": "593024"})
        await staff.get("/visits")
        refused(await other.ask("GET", "/visits"), "not_signed_in")
        refused(await other.sign_in(old), "pin_wrong")
        assert (await other.sign_in("593024")).status_code == 204


async def test_an_unfit_new_pin_is_refused_and_not_told_back(mesh: Mesh, staff: Staff):
    answer = await staff.ask("PUT", "/pin", json={"pin": pin_of(mesh), "new": "222222"})
    refused(answer, "pin_unfit")
    assert "222222" not in answer.text


async def test_a_pin_is_not_changed_by_one_who_does_not_know_it(mesh: Mesh, staff: Staff):
    for _ in range(5):
        refused(await staff.ask("PUT", "/pin", json={"pin": wrong(pin_of(mesh)), "new": "593024"}), "pin_wrong")
    refused(await staff.ask("PUT", "/pin", json={"pin": pin_of(mesh), "new": "593024"}), "pin_tries")


@pytest.mark.parametrize(
    "body", [{}, {"pin": 482913}, {"pin": None}, {"pin": "4" * 65}, {"pin": ["4"]}, {"pin": "1", "x": 1}, []]
)
async def test_an_odd_body_is_refused_without_a_try(mesh: Mesh, body: object):
    for _ in range(6):
        refused(await mesh.http.post(SESSION, json=body), "request_invalid")
    assert (await mesh.http.post(SESSION, json={"pin": pin_of(mesh)})).status_code == 204


async def test_no_pin_and_no_code_is_ever_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        async with gateway(tmp_path / "data") as mesh, staff_at(mesh) as staff:
            pin = pin_of(mesh)
            secrets = [pin, wrong(pin), "593024", staff.http.cookies[COOKIE].split(".")[-1]]
            await staff.sign_in(wrong(pin))
            await staff.ask("PUT", "/pin", json={"pin": pin, "new": "593024"})
            secrets.append((await staff.ask("POST", "/pairing-codes")).json()["code"])
            await mesh.http.post(SESSION, content=f'{{"pin": "{pin}", "x": }}'.encode())
            await mesh.http.post(SESSION, json={"pin": {"pin": pin}})
    others = ("httpx", "httpcore")  # the test's own client
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith(others)]
    assert logged
    assert [line for line in logged for secret in secrets if secret in line] == []


async def test_another_sites_page_signs_nobody_in_and_changes_nothing(mesh: Mesh, staff: Staff):
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    refused(await staff.ask("PUT", "/intake", json={"is_paused": True}, headers=elsewhere), "cross_site")
    refused(await mesh.http.post(SESSION, json={"pin": pin_of(mesh)}, headers=elsewhere), "cross_site")
    assert not mesh.parts.intake.view().is_paused


async def test_staff_answers_are_kept_by_no_cache(mesh: Mesh, staff: Staff):
    for path in ("/session", "/booth", "/visits"):
        assert (await staff.ask("GET", path)).headers["cache-control"] == "no-store"
