"""What lies between the stand-in and its client: proxies with pages of their own, and connections that are slow, or cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from tests.support.webui.troubles import Trouble

if TYPE_CHECKING:
    from tests.support.webui.stand_in import StandIn

Send = Callable[[dict[str, Any]], Awaitable[None]]

DRIP_SECONDS = 0.1
DRIPS = 8


class Manner(Enum):
    """How an answer goes over the wire."""

    DRIPS = auto()
    """In eight pieces, 0.1 s apart, without a length."""
    IS_CUT = auto()
    """The connection is reset in the middle of the body."""
    CLOSES = auto()
    """Whole; and then the connection is closed, without a word of it in the headers."""


class Wire:
    """Wraps the application."""

    def __init__(self, app: Any, server: StandIn) -> None:
        self._app, self._server = app, server

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        path = scope.get("path", "")
        self._server.asked.append(path)
        if path in self._server.pages:
            status, headers, body = self._server.pages[path]
            raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": raw})
            await send({"type": "http.response.body", "body": body})
            return
        scope = scope | {"path": path.removeprefix(self._server.subpath)} if path.startswith(self._server.subpath) else scope
        if path.endswith("2img") and self._server.troubles and self._server.troubles[0] is Trouble.DIES:
            await _cut_before_the_answer(self._app, scope, receive)
            return
        manner = self._server.manners.get(path)
        with suppress(Exception):  # what it has answered with 500, Starlette raises once more, for a log
            await (
                self._app(scope, receive, send) if manner is None else _ill_mannered(manner, self._app, scope, receive, send)
            )


async def _ill_mannered(manner: Manner, app: Any, scope: dict[str, Any], receive: Any, send: Send) -> None:
    start: dict[str, Any] = {}
    body = b""

    async def keep(message: dict[str, Any]) -> None:
        nonlocal start, body
        start = message if message["type"] == "http.response.start" else start
        body += message.get("body", b"")

    await app(scope, receive, keep)
    if manner is Manner.DRIPS:
        start["headers"] = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    await send(start)
    length = len(body) // {Manner.DRIPS: DRIPS, Manner.IS_CUT: 2, Manner.CLOSES: 1}[manner]
    for begin in range(0, len(body), length):
        await send({"type": "http.response.body", "body": body[begin : begin + length], "more_body": True})
        if manner is Manner.IS_CUT:
            receive.__self__.transport.abort()  # uvicorn's own: HTTP has no word for it
            return
        await asyncio.sleep(DRIP_SECONDS if manner is Manner.DRIPS else 0)
    await send({"type": "http.response.body", "body": b""})
    if manner is Manner.CLOSES:
        receive.__self__.transport.close()


async def _cut_before_the_answer(app: Any, scope: dict[str, Any], receive: Any) -> None:
    """Take the request in, cut the connection, and let the work go on."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break

    async def whole() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def unheard(message: dict[str, Any]) -> None:
        """Nobody listens any more."""

    working = asyncio.ensure_future(app(scope, whole, unheard))
    await asyncio.sleep(0.1)
    receive.__self__.transport.abort()  # uvicorn's own: HTTP has no word for it
    with suppress(Exception):
        await working
