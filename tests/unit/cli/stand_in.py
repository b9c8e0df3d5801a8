"""A gateway for the command's tests: a real HTTP server on loopback that speaks the gateway's API and paints nothing.

`Script` says what is to go wrong. What was asked of it is in `requests` and `visits`.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

JPEG = b"\xff\xd8 a painting"
PDF = b"%PDF-1.7 a ticket"
PNG = b"\x89PNG a ticket"
BECAUSE = {"en": "You are bold and warm.", "ko": "대담하고 따뜻해서"}
STEPS = 2


@dataclass
class Script:
    """What this gateway does."""

    artists: tuple[str, ...] = ("renoir", "vangogh")
    failing: frozenset[str] = frozenset()
    refused_photo: dict[str, Any] | None = None  # the problem document for a photo
    events_per_stream: int | None = None  # the stream breaks off after so many
    unavailable_first: int = 0  # so many requests to /api are answered with 503 first
    visit_fails: bool = False
    waits_for_ever: bool = False  # nothing happens after the photo
    is_other_service: bool = False


@dataclass
class StandInVisit:
    """One visit and everything that has happened in it."""

    id: str
    lang: str
    artists: list[str]
    photo: bytes = b""
    asked: dict[str, Any] | None = None
    is_erased: bool = False
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    view: dict[str, Any] = field(default_factory=dict)


class StandInGateway:
    """Serves inside its `with` block, at `url`."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.visits: dict[str, StandInVisit] = {}
        self.requests: list[str] = []
        self.last_event_ids: list[str | None] = []
        self.url = ""
        self._unavailable = script.unavailable_first

    def __enter__(self) -> "StandInGateway":
        app = Starlette(
            routes=[
                Route("/healthz", self.health),
                Route("/readyz", self.health),
                Route("/api/v1/artists", self.list_artists),
                Route("/api/v1/quiz", self.quiz),
                Route("/api/v1/visits", self.begin, methods=["POST"]),
                Route("/api/v1/visits/{id}", self.visit, methods=["GET", "DELETE"]),
                Route("/api/v1/visits/{id}/photo", self.photo, methods=["PUT"]),
                Route("/api/v1/visits/{id}/answers", self.answers, methods=["PUT"]),
                Route("/api/v1/visits/{id}/events", self.events),
                Route("/api/v1/visits/{id}/{rest:path}", self.picture),
            ]
        )
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        """Serve without uvicorn's own loop, which takes 0.2 s to stop."""
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup()
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        self._started.set()
        await self._stopping.wait()
        for listener in self._server.servers:
            listener.close()
        for connection in list(self._server.server_state.connections):
            connection.transport.close()
        for task in self._server.server_state.tasks:
            task.cancel()

    # -- what is asked of it -----------------------------------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        service = "something-else" if self.script.is_other_service else "articket-gateway"
        return JSONResponse({"service": service, "status": "ok"})

    async def list_artists(self, request: Request) -> Response:
        self.requests.append("artists")
        if self._unavailable:
            self._unavailable -= 1
            return problem(503, "not_ready", "waiting for: stylize", retryable=True)
        artists = [{"id": one, "name": words(one.title()), "digest": f"digest-of-{one}"} for one in self.script.artists]
        refusal = {"folder": "monet", "file": "artist.yaml", "key": "traits", "expected": "traits", "found": "nothing"}
        return JSONResponse({"artists": artists, "refused": [{**refusal, "hint": "add them"}]})

    async def quiz(self, request: Request) -> Response:
        choices = [{"id": "sea", "text": words("Sea")}, {"id": "city", "text": words("City")}]
        return JSONResponse({"questions": [{"id": "place", "text": words("Where?"), "choices": choices}]})

    async def begin(self, request: Request) -> Response:
        body = await request.json()
        visit = StandInVisit(f"visit-{len(self.visits)}", body["lang"], body.get("artists") or list(self.script.artists))
        visit.view = {
            "id": visit.id,
            "state": "created",
            "lang": visit.lang,
            "created_at": "2026-11-22T10:00:00.000Z",
            "expires_at": "2026-11-23T10:00:00.000Z",
            "caption": None,
            "paintings": [],
            "match": None,
            "ticket": None,
            "steps": [],
            "error": None,
            "something_newer": True,
        }
        self.visits[visit.id] = visit
        return JSONResponse(visit.view, 201)

    async def photo(self, request: Request) -> Response:
        visit = self._visit(request)
        visit.photo = await request.body()
        if self.script.refused_photo:
            return JSONResponse(self.script.refused_photo, self.script.refused_photo["status"])
        visit.view |= {"state": "painting", "paintings": [painting(one, "queued") for one in visit.artists]}
        self._happens(visit, "visit", visit.view)
        return JSONResponse(visit.view, 202)

    async def answers(self, request: Request) -> Response:
        visit = self._visit(request)
        visit.asked = await request.json()
        if not self.script.waits_for_ever:
            self._finish(visit)
        return JSONResponse(visit.view, 202)

    async def visit(self, request: Request) -> Response:
        visit = self._visit(request)
        if request.method == "DELETE":
            visit.is_erased = True
            return Response(status_code=204)
        return JSONResponse(visit.view)

    async def events(self, request: Request) -> Response:
        visit = self._visit(request)
        last_id = request.headers.get("last-event-id")
        self.last_event_ids.append(last_id)
        return StreamingResponse(self._stream(visit, int(last_id or 0)), media_type="text/event-stream")

    async def picture(self, request: Request) -> Response:
        visit = self._visit(request)
        rest = request.path_params["rest"]
        self.requests.append(f"{rest}?{request.url.query}")
        if rest.startswith("ticket."):
            return Response(PDF if rest.endswith("pdf") else PNG)
        artist_id = rest.removeprefix("paintings/")
        if artist_id in self.script.failing:
            return problem(404, "painting_failed", "could not paint")
        return Response(JPEG + artist_id.encode() + visit.photo)

    # -- what happens in a visit -------------------------------------------------------------------------------------------

    def _visit(self, request: Request) -> StandInVisit:
        return self.visits[request.path_params["id"]]

    def _happens(self, visit: StandInVisit, kind: str, data: dict[str, Any]) -> None:
        visit.events.append((kind, json.loads(json.dumps(data))))

    def _finish(self, visit: StandInVisit) -> None:
        if self.script.visit_fails:
            error = {"reason": "ENGINE_FAILED", "detail": "no painting could be made"}
            visit.view |= {"state": "failed", "error": error, "paintings": [painting(a, "failed") for a in visit.artists]}
            self._happens(visit, "visit", visit.view)
            return
        ended = [painting(one, "failed" if one in self.script.failing else "done") for one in visit.artists]
        for one in ended:
            self._happens(visit, "painting", {**one, "state": "painting", "step": 1, "label": "strokes\u2028"})
            self._happens(visit, "painting", one)
        matched = next(one["artist_id"] for one in ended if one["state"] == "done")
        step = {"name": "caption", "state": "done", "started_at": "2026-11-22T10:00:00.100Z", "seconds": 0.05}
        visit.view |= {
            "state": "ticket_ready",
            "paintings": ended,
            "match": {
                "artist_id": matched,
                "because": BECAUSE,
                "ranking": [{"artist_id": matched, "score": 0.9}],
            },
            "ticket": {"number": "0042", "pdf_url": "…", "png_url": "…"},
            "steps": [{**step, "attempts": 1, "engine": "embedded", "engine_seconds": 0.04}],
        }
        self._happens(visit, "visit", visit.view)

    async def _stream(self, visit: StandInVisit, sent: int) -> AsyncIterator[bytes]:
        yield b"retry: 20\r\n\r\n"
        budget = self.script.events_per_stream
        while True:
            while sent < len(visit.events):
                if budget == 0:
                    return
                budget = None if budget is None else budget - 1
                kind, data = visit.events[sent]
                sent += 1
                text = json.dumps(data, ensure_ascii=False)
                yield f"event: {kind}\r\nid: {sent}\r\ndata: {text}\r\n\r\n".encode()
            yield b": still here\r\n\r\n"
            await asyncio.sleep(0.02)


def painting(artist_id: str, state: str) -> dict[str, Any]:
    return {
        "artist_id": artist_id,
        "state": state,
        "position": 3 if state == "queued" else None,
        "step": STEPS if state == "done" else 0,
        "steps": STEPS,
        "label": "",
        "attempts": 3 if state == "failed" else 1,
        "engine": "painterly" if state == "done" else None,
        "engine_seconds": 0.3 if state == "done" else None,
        "reason": "OUT_OF_MEMORY" if state == "failed" else None,
    }


def problem(status: int, reason: str, detail: str, *, retryable: bool = False) -> JSONResponse:
    document = {"status": status, "reason": reason, "detail": detail, "title": "…", "retryable": retryable}
    return JSONResponse(document, status, media_type="application/problem+json")


def words(text: str) -> dict[str, str]:
    return {"en": text, "ko": f"{text}-ko"}
