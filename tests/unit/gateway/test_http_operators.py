"""What is there for operators and programs: readiness, metrics, HEAD, the explanation behind each problem, the drain."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from articket_gateway.errors import REASONS
from articket_gateway.http import errors_page
from articket_gateway.settings import GatewaySettings
from tests.support.mesh import Mesh, gateway
from tests.support.plain_http import PLAIN
from tests.support.ports import free_port
from tests.unit.gateway.test_serving import process, url_of


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data") as mesh:
        yield mesh


async def test_a_database_that_is_away_is_named_at_readyz_and_its_return_is_noticed(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    await ready(mesh)
    away = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/nowhere/articket.db")
    with monkeypatch.context() as patch:
        patch.setattr(mesh.parts.store._database, "engine", away)
        response = await mesh.http.get("/readyz")
    assert (response.status_code, response.json()["reason"]) == (503, "not_ready")
    assert "database" in response.json()["detail"]
    assert "nowhere" not in response.text
    await away.dispose()
    await ready(mesh)


async def ready(mesh: Mesh) -> None:
    async with asyncio.timeout(10):
        while (await mesh.http.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "address", ["/", "/kiosk", "/staff", "/v/AAAA", "/k/ABCDEFGHJK", "/qr.svg", "/robots.txt", "/favicon.ico", "/docs/errors"]
)
async def test_head_tells_of_a_page_what_get_would(mesh: Mesh, address: str):
    await head_is_get(mesh, address)


@pytest.mark.parametrize("address", ["/web/shared/base.css", "/web/shared/pictures/icon-192.png"])
async def test_head_tells_of_a_file_what_get_would(mesh: Mesh, address: str):
    await head_is_get(mesh, address)
    tag = (await mesh.http.get(address)).headers["etag"]
    assert (await mesh.http.head(address, headers={"If-None-Match": tag})).status_code == 304


async def head_is_get(mesh: Mesh, address: str) -> None:
    whole, head = await mesh.http.get(address), await mesh.http.head(address)
    assert (head.status_code, head.content) == (200, b"")
    ignored = {"x-request-id", "date"}
    assert {name: value for name, value in head.headers.items() if name not in ignored} == {
        name: value for name, value in whole.headers.items() if name not in ignored
    }


async def test_any_code_opens_the_phones_page(mesh: Mesh):
    page = (await mesh.http.get("/")).text
    for code in ("ABCDEFGHJK", "yesterday", "%F0%9F%8E%A8"):
        response = await mesh.http.get(f"/k/{code}")
        assert (response.status_code, response.text) == (200, page)
    assert (await mesh.http.get("/k/" + "x" * 65)).status_code == 422


async def test_the_type_of_every_problem_leads_to_its_explanation(mesh: Mesh):
    problem = (await mesh.http.get("/nowhere")).json()
    address, _, anchor = problem["type"].partition("#")
    page = (await mesh.http.get(address)).text
    assert anchor == "route_unknown"
    assert set(REASONS) <= set(re.findall(r'id="(\w+)"', page))
    assert "<p>There is nothing at this address.</p>" in page
    assert "<script" not in page


def test_without_the_documentation_beside_it_each_reason_still_has_its_title(tmp_path: Path):
    page = errors_page._page(tmp_path / "missing.md")
    assert all(f'id="{name}"' in page and kind.title.replace("'", "&#x27;") in page for name, kind in REASONS.items())


async def test_the_metrics_name_nobody(mesh: Mesh):
    path = await mesh.painted()
    text = (await mesh.http.get("/metrics")).text
    assert 'route="/api/v1/visits/{visit_id}"' in text
    assert path.rpartition("/")[2] not in text
    assert "127.0.0.1" not in re.sub(r'pod="[^"]*"', "", text)


def test_the_gateway_has_no_setting_that_does_nothing():
    assert "health_port" not in GatewaySettings.model_fields


@pytest.mark.slow
def test_metrics_on_a_port_of_their_own_are_there_alone(tmp_path: Path):
    port = free_port()
    with process(tmp_path, metrics_port=str(port)) as running:
        url = url_of(running)
        assert "articket_visits_total" in httpx.get(f"http://127.0.0.1:{port}/metrics", **PLAIN).text
        assert httpx.get(f"{url}/metrics", **PLAIN).status_code == 404
        with process(tmp_path / "other", metrics_port=str(port)) as second:
            _, text = second.communicate(timeout=30)
        assert second.returncode == 1
        assert str(port) in text
        assert "Traceback" not in text


@pytest.mark.slow
def test_a_draining_gateway_says_so_and_still_answers_for_a_pause(tmp_path: Path):
    with process(tmp_path, drain_pause_seconds="1.5") as running:
        url = url_of(running)
        running.send_signal(signal.SIGTERM)
        began = time.monotonic()
        time.sleep(0.5)
        ready = httpx.get(f"{url}/readyz", **PLAIN)
        assert (ready.status_code, ready.json()["reason"]) == (503, "not_ready")
        assert "shutting down" in ready.json()["detail"]
        assert httpx.post(f"{url}/api/v1/visits", **PLAIN).status_code == 201
        running.communicate(timeout=10)
        assert running.returncode == 0
        assert time.monotonic() - began >= 1.5


@pytest.mark.slow
def test_a_second_signal_ends_the_pause(tmp_path: Path):
    with process(tmp_path, drain_pause_seconds="60") as running:
        url_of(running)
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=10)
        assert time.monotonic() - began < 5
