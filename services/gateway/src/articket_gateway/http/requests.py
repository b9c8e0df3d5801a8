"""What every HTTP request gets: a request id that follows it through the mesh, one log line, a metric, an answer.

A pure ASGI middleware: Starlette's convenient base class would buffer nothing but would hide disconnects from streams.
"""

from __future__ import annotations

import logging
import time

from prometheus_client import CollectorRegistry, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from articket_gateway.http.headers import with_security
from articket_gateway.http.problems import problem_response
from articket_mesh.request_ids import REQUEST_ID_KEY, accepted_request_id, request_id

MAX_JSON_BYTES = 64 * 1024
"""The longest answers take 9 kB. A photo has a limit of its own (`bodies`)."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

log = logging.getLogger(__name__)


class RequestMiddleware:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._seconds = Histogram(
            "articket_http_seconds",
            "How long HTTP requests took, by route. Event streams count until they end.",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(REQUEST_ID_KEY.encode(), b"")
        own_id = accepted_request_id(given.decode("ascii", "replace"))
        token = request_id.set(own_id)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own_headers = [*message.get("headers", ()), (REQUEST_ID_KEY.encode(), own_id.encode())]
                message["headers"] = with_security(own_headers, path=scope["path"], scheme=scope["scheme"])
            await send(message)

        try:
            is_photo = scope["path"].endswith("/photo")
            await self._app(scope, receive if is_photo else _limited(receive), send_with_id)
        except ClientDisconnect:
            log.info("the client has left")
        except Exception:  # the edge of a request: logged once, here
            log.exception("a request broke")
            if not status:
                detail = "an unexpected fault; it has been logged under the request id"
                await problem_response("internal", detail)(scope, receive, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - started)
            request_id.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # the route's pattern, never the path: a visit's id is its key and belongs into no log
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS") else "other"
        self._seconds.labels(method, route, status).observe(seconds)
        log.info("%s %s %d %.3f s", method, route, status, seconds)


def _limited(receive: Receive) -> Receive:
    """Give at most MAX_JSON_BYTES of a body: a route that takes JSON would read any amount of it into memory."""
    size = 0

    async def receive_limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_JSON_BYTES:
            raise HTTPException(413, f"body: expected at most {MAX_JSON_BYTES} bytes, found more")
        return message

    return receive_limited
