"""A paired monitor as a test sees it, and its stream of events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.mesh import Mesh
from tests.support.plain_http import PLAIN

Json = dict[str, Any]


def assert_reason(response: httpx.Response, reason: str) -> None:
    """The response is the problem with this reason."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert response.json()["reason"] == reason


@dataclass
class Events:
    """A stream's events in the order in which they came, with the time of each (Unix seconds)."""

    lines: AsyncIterator[str]
    seen: list[tuple[str, Json, float]] = field(default_factory=list[tuple[str, Json, float]])

    async def rest(self) -> AsyncIterator[tuple[str, Json]]:
        """Give the events from here on."""
        kind, data = "", ""
        async for line in self.lines:
            key, _, value = line.partition(": ")
            if key == "event":
                kind = value
            elif key == "data":
                data = value
            elif not line and kind:
                self.seen.append((kind, json.loads(data), time.time()))
                yield kind, self.seen[-1][1]
                kind = ""

    async def until(self, kind: str, is_it: Callable[[Json], Any], seconds: float = 10) -> Json:
        """Give the next event of this kind of which that holds."""
        async with asyncio.timeout(seconds):
            async for found, data in self.rest():
                if found == kind and is_it(data):
                    return data
        raise AssertionError("the stream has ended")

    async def first(self, kind: str) -> Json:
        """Give the next event of this kind."""
        return await self.until(kind, lambda _: True)


@dataclass
class Monitor:
    """One paired monitor."""

    mesh: Mesh
    http: httpx.AsyncClient
    id: str

    async def look(self) -> Json:
        """Give the kiosk as it is."""
        return (await self.http.get("/api/v1/kiosk")).json()

    async def visitor(self, **more: Any) -> Json:
        """Let a phone scan the code and begin a visit."""
        text = await scan(self.mesh, (await self.look())["invitation"]["code"])
        response = await self.mesh.http.post("/api/v1/visits", json={"pass": text, **more})
        assert response.status_code == 201, response.text
        return response.json()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Events]:
        """Follow the monitor's events."""
        async with self.http.stream("GET", "/api/v1/kiosk/events") as response:
            assert response.status_code == 200, await response.aread()
            assert response.headers["x-accel-buffering"] == "no"
            yield Events(response.aiter_lines())


async def scan(mesh: Mesh, code: str) -> str:
    """Exchange a code for a pass."""
    response = await mesh.http.post("/api/v1/passes", json={"code": code})
    assert response.status_code == 201, response.text
    return response.json()["pass"]


@asynccontextmanager
async def pair(mesh: Mesh, name: str = "Left", lang: str = "en") -> AsyncIterator[Monitor]:
    """Pair a monitor with a browser of its own."""
    async with httpx.AsyncClient(base_url=mesh.url, timeout=10, **PLAIN) as http:
        code = (await mesh.parts.pairing_codes.make()).code
        response = await http.post("/api/v1/kiosks", json={"pin": code, "name": name, "lang": lang})
        assert response.status_code == 201, response.text
        yield Monitor(mesh, http, response.json()["id"])
