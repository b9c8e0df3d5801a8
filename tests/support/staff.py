"""Staff at a gateway of `tests.support.mesh`: signed in with the PIN that it has made."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.mesh import Mesh
from tests.support.plain_http import PLAIN


def pin_of(mesh: Mesh) -> str:
    """The PIN that the gateway has left at its first start."""
    return (mesh.settings.data_dir / "staff-pin").read_text().strip()


class Staff:
    """A browser at /staff."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def sign_in(self, pin: str) -> httpx.Response:
        return await self.http.post("/api/v1/staff/session", json={"pin": pin})

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.http.request(method, f"/api/v1/staff{path}", **more)

    async def get(self, path: str, **more: Any) -> Any:
        response = await self.ask("GET", path, **more)
        assert response.status_code == 200, response.text
        return response.json()

    async def does(self, method: str, path: str, **more: Any) -> None:
        response = await self.ask(method, path, **more)
        assert response.status_code in (201, 202, 204), response.text

    async def visit(self, **search: Any) -> dict[str, Any]:
        """The newest visit."""
        return (await self.get("/visits", params=search))["visits"][0]


@asynccontextmanager
async def staff_at(mesh: Mesh, *, pin: str | None = None) -> AsyncGenerator[Staff]:
    """Sign staff in for the block."""
    async with httpx.AsyncClient(base_url=mesh.url, timeout=10, **PLAIN) as http:
        staff = Staff(http)
        assert (await staff.sign_in(pin or pin_of(mesh))).status_code == 204
        yield staff
