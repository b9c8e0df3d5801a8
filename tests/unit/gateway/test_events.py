"""Following a visit: nothing kept is missed, nothing old comes after something new, and nobody is left waiting."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from articket_gateway.http import events as events_module
from tests.support.mesh import FOUR, JPEG, FakeStylizeServicer, Mesh, gateway


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data", stylize=FakeStylizeServicer(seconds=0.1)) as mesh:
        yield mesh


@asynccontextmanager
async def following(mesh: Mesh, path: str, last_event_id: str | None = None) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    async with mesh.http.stream("GET", f"{path}/events", headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["x-accel-buffering"] == "no"
        yield _events(response)


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    fields: dict[str, Any] = {}
    async for line in response.aiter_lines():
        key, _, value = line.partition(": ")
        if key:
            fields[key] = json.loads(value) if key == "data" else value
        elif fields:
            yield fields
            fields = {}


async def until(events: AsyncIterator[dict[str, Any]], is_last: Any) -> list[dict[str, Any]]:
    seen = []
    async with asyncio.timeout(10):
        async for event in events:
            seen.append(event)
            if is_last(event, seen):
                return seen
    return seen


def has_all(event: dict[str, Any], seen: list[dict[str, Any]]) -> bool:
    done = {one["data"]["artist_id"] for one in seen if one["event"] == "painting" and one["data"]["state"] == "done"}
    return done == set(FOUR) and any(one["event"] == "visit" and one["data"]["ticket"] for one in seen)


async def test_a_painting_never_goes_back_once_it_is_done(mesh: Mesh):
    path = await mesh.begin()
    async with following(mesh, path) as events:
        await mesh.http.put(f"{path}/answers", json={"match": "renoir"})
        await mesh.http.put(f"{path}/photo", content=JPEG)
        seen = await until(events, has_all)
    for artist_id in FOUR:
        states = [one["data"]["state"] for one in seen if one["event"] == "painting" and one["data"]["artist_id"] == artist_id]
        assert states == sorted(states, key=["queued", "painting", "done"].index), states
        assert "painting" in states


async def test_progress_is_told_again_after_a_stored_visit(mesh: Mesh):
    mesh.stylize.seconds = 30
    path = await mesh.begin()
    async with following(mesh, path) as events:
        await mesh.http.put(f"{path}/photo", content=JPEG)
        await until(events, lambda event, _: event["event"] == "painting" and event["data"]["state"] == "painting")
        await mesh.http.put(f"{path}/answers", json={"match": "renoir"})
        await until(events, lambda event, _: event["event"] == "visit" and event["data"]["match"])
        again = await until(events, lambda _, seen: len(seen) == 4)
    assert {one["data"]["artist_id"]: one["event"] for one in again} == dict.fromkeys(FOUR, "painting")
    assert sorted(one["data"]["state"] for one in again) == ["painting", "painting", "queued", "queued"]


async def test_a_client_that_comes_back_gets_exactly_what_it_missed(mesh: Mesh):
    path = await mesh.painted()
    async with following(mesh, path, "0") as events:
        everything = await until(events, has_all)
    ids = [int(one["id"]) for one in everything]
    assert ids == sorted(set(ids))
    for index in (0, len(ids) // 2, len(ids) - 2):
        async with following(mesh, path, str(ids[index])) as events:
            rest = await until(events, lambda event, _: event["id"] == str(ids[-1]))
        assert [int(one["id"]) for one in rest] == ids[index + 1 :]


@pytest.mark.parametrize("last", ["9" * 30, "²", "-1", "abc", ""])
async def test_an_odd_last_event_id_starts_from_the_present(mesh: Mesh, last: str):
    path = await mesh.begin()
    headers = {"Last-Event-ID": last.encode("latin-1")}
    async with mesh.http.stream("GET", f"{path}/events", headers=headers) as response:
        (first,) = await until(_events(response), lambda *_: True)
    assert (first["event"], first["data"]["state"]) == ("visit", "created")


async def test_an_erased_visit_is_told_and_the_stream_ends(mesh: Mesh):
    path = await mesh.begin()
    async with following(mesh, path) as events:
        await until(events, lambda *_: True)
        await mesh.http.delete(path)
        seen = await until(events, lambda *_: False)
    assert [one["event"] for one in seen] == ["erased"]


async def test_a_client_that_leaves_is_forgotten(mesh: Mesh):
    path = await mesh.begin()
    async with following(mesh, path) as events:
        await until(events, lambda *_: True)
        assert mesh.parts.progress._watchers
    async with asyncio.timeout(5):
        while mesh.parts.progress._watchers:
            await asyncio.sleep(0.02)


async def test_streams_end_at_once_when_the_gateway_drains(mesh: Mesh):
    path = await mesh.begin()
    async with following(mesh, path) as events:
        await until(events, lambda *_: True)
        mesh.server.should_exit = True
        async with asyncio.timeout(2):
            assert await until(events, lambda *_: False) == []


async def test_a_quiet_stream_is_kept_alive(mesh: Mesh, monkeypatch: pytest.MonkeyPatch):
    # the interval is FastAPI's own and has no setting; proxies give up after 30 to 60 s
    from fastapi import routing

    assert routing._PING_INTERVAL <= 20
    monkeypatch.setattr(routing, "_PING_INTERVAL", 0.2)
    path = await mesh.begin()
    async with mesh.http.stream("GET", f"{path}/events") as response, asyncio.timeout(5):
        async for line in response.aiter_lines():
            if line.startswith(":"):
                return
    raise AssertionError("the stream ended")


async def test_a_step_of_progress_asks_nothing_of_the_database(mesh: Mesh, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events_module, "LOOK_SECONDS", 60)
    path = await mesh.begin()
    visit_id = path.rpartition("/")[2]
    async with following(mesh, path) as events:
        await until(events, lambda *_: True)
        await asyncio.sleep(0.1)
        asked = 0
        real = mesh.parts.store.events_after

        async def counted(*arguments: Any) -> Any:
            nonlocal asked
            asked += 1
            return await real(*arguments)

        monkeypatch.setattr(mesh.parts.store, "events_after", counted)
        for step in range(5):
            mesh.parts.progress.stepped(visit_id, "vangogh", step, 5, "", b"")
            (event,) = await until(events, lambda *_: True)
            assert event["data"]["step"] == step
    assert asked == 0
