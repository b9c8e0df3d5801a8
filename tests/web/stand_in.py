"""A booth for browser tests: the real pages, artists and quiz, but visits that stand still until a test moves them.

It speaks the same API as the gateway (docs/visit.md) with canned pictures, so that every state of a page can be looked at for
as long as it takes. What the gateway itself does is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import copy
import io
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from PIL import Image

from articket_artists import load_artists, load_quiz
from articket_gateway.errors import Problem
from articket_gateway.http import artists, booth, web
from articket_gateway.http.problems import add_problem_handlers
from articket_gateway.staff.intake import IntakeView
from articket_gateway.visit.states import PaintMode
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
SPRITE = ROOT / "web/shared/pictures/portrait-large.webp"
TILES = ("photo", "vangogh", "picasso", "renoir", "lichtenstein")
ARTISTS = ("lichtenstein", "picasso", "renoir", "vangogh")
BECAUSE = {"en": "Because you keep calm and you look at people kindly.", "ko": "고요한 마음과 다정한 눈길을 지녔거든요."}

Json = dict[str, Any]


class StandIn:
    """The visits, and what a test can do to them from its own thread."""

    def __init__(self) -> None:
        self.visits: dict[str, Json] = {}
        self.answers: dict[str, Json] = {}
        self.uploads: list[bytes] = []
        self.codes: dict[str, str] = {}  # what a monitor shows → its name
        self.passes: dict[str, str] = {}  # what a phone was given → the monitor's name
        self.places: list[tuple[str, int]] = []
        self.looks = 0
        self.parts = SimpleNamespace()  # what the gateway's own routes use of its Parts
        self.reset()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._listeners: dict[str, list[asyncio.Queue[tuple[str, Json]]]] = {}
        self.url = ""

    def reset(self) -> None:
        """Be a booth where nothing goes wrong."""
        self.refusal: Problem | None = None  # of a photo
        self.shut: Problem | None = None  # of new visits
        self.intake = IntakeView()
        self.is_monitor_free = True
        self.parts.paint = PaintMode.ALL
        self.stream: Literal["open", "silent", "cut", "deaf"] = "open"

    def show_code(self, name: str = "Main hall") -> str:
        """Put a code on the monitor."""
        code = secrets.token_hex(5)
        self.codes[code] = name
        return code

    def begin(self, lang: str, *, kiosk: str | None = None, is_public: bool = False) -> Json:
        """Begin a visit; `kiosk` is the monitor's name it plays with."""
        visit: Json = {
            "id": secrets.token_urlsafe(16),
            "state": "created",
            "lang": lang,
            "created_at": "2026-05-02T11:00:00.000Z",
            "expires_at": "2026-05-03T11:00:00.000Z",
            "is_public": is_public,
            "kiosk": None if kiosk is None else {"name": kiosk, "has_monitor": self.is_monitor_free, "held_until": None},
            "photo_url": None,
            "caption": None,
            "paintings": [],
            "match": None,
            "ticket": None,
            "steps": [],
            "error": None,
        }
        self.visits[visit["id"]] = visit
        return visit

    def with_photo(self, lang: str = "en") -> str:
        """Begin a visit that has its photo; give its id."""
        visit = self.begin(lang)
        self.receive_photo(visit["id"])
        return visit["id"]

    def receive_photo(self, visit_id: str) -> None:
        """The photo is there; every painting is queued."""
        visit = self.visits[visit_id]
        visit["state"] = "photo_received"
        visit["photo_url"] = f"/api/v1/visits/{visit_id}/photo"
        visit["paintings"] = [self._painting(artist, state="queued") for artist in ARTISTS]
        self.tell(visit_id)

    def paint(self, visit_id: str, artist_id: str, state: str, **more: Any) -> None:
        """Change one painting and tell it."""
        base = f"/api/v1/visits/{visit_id}/paintings/{artist_id}"
        if state == "done":
            more["url"] = f"{base}?v={'stand-in' if more.get('is_fallback') else 1}"
        if state == "painting" and more.get("step"):
            more["preview_url"] = f"{base}/preview?v={more['step']}"
        paintings = self.visits[visit_id]["paintings"]
        index = next(i for i, one in enumerate(paintings) if one["artist_id"] == artist_id)
        paintings[index] = self._painting(artist_id, state=state, **more)
        self._send(visit_id, "painting", paintings[index])

    def skip_all(self, visit_id: str, *, but: str) -> None:
        """The booth paints only the artist who matches."""
        for artist_id in ARTISTS:
            if artist_id != but:
                self.paint(visit_id, artist_id, "skipped")

    def paint_all(self, visit_id: str, *, but: tuple[str, ...] = ()) -> None:
        """Finish every painting, except some."""
        for artist_id in ARTISTS:
            if artist_id not in but:
                self.paint(visit_id, artist_id, "done", steps=5, step=5)

    def match(self, visit_id: str, artist_id: str = "vangogh", *, ticket: bool = True) -> None:
        """Find the painter, and make the ticket."""
        ranking = [{"artist_id": one, "score": 0.5} for one in sorted(ARTISTS, key=lambda one: one != artist_id)]
        base = f"/api/v1/visits/{visit_id}"
        visit = self.visits[visit_id]
        visit |= {"state": "matched", "match": {"artist_id": artist_id, "because": BECAUSE, "ranking": ranking}}
        if ticket:
            visit["state"] = "ticket_ready"
            visit["ticket"] = {"number": "0042", "pdf_url": f"{base}/ticket.pdf", "png_url": f"{base}/ticket.png"}
            visit["ticket"]["print"] = None
        self.tell(visit_id)

    def print(self, visit_id: str, state: str, ahead: int = 0, reason: str | None = None) -> None:
        """Move the ticket through the printer."""
        self.visits[visit_id]["ticket"]["print"] = {"state": state, "ahead": ahead, "reason": reason}
        self.tell(visit_id)

    def stand(self, visit_id: str, at: int) -> Json | None:
        """Note where a phone stands; give the monitor it has, or not."""
        kiosk = self.find(visit_id)["kiosk"]
        self.places.append((visit_id, at))
        if kiosk is not None:
            kiosk["has_monitor"] = self.is_monitor_free
        return kiosk

    def fail(self, visit_id: str, reason: str) -> None:
        """The visit fails."""
        self.visits[visit_id] |= {"state": "failed", "error": {"reason": reason, "detail": reason}}
        self.tell(visit_id)

    def finished(self, lang: str = "en", *, stand_ins: tuple[str, ...] = ()) -> str:
        """Give the id of a visit that has everything, some of it painted by the fallback engine."""
        visit_id = self.with_photo(lang)
        self.paint_all(visit_id, but=stand_ins)
        for artist_id in stand_ins:
            self.paint(visit_id, artist_id, "done", steps=5, step=5, is_fallback=True)
        self.match(visit_id)
        return visit_id

    def erase(self, visit_id: str) -> None:
        """Erase the visit."""
        self.visits[visit_id]["state"] = "erased"
        self._send(visit_id, "erased", {"id": visit_id})

    def find(self, visit_id: str) -> Json:
        """Give the visit. Raises Problem like the gateway."""
        visit = self.visits.get(visit_id)
        if visit is None:
            raise Problem("visit_unknown", "no such visit")
        if visit["state"] == "erased":
            raise Problem("visit_erased", "erased")
        return visit

    def tell(self, visit_id: str) -> None:
        """Send the whole visit."""
        self._send(visit_id, "visit", self.visits[visit_id])

    async def listen(self, visit_id: str) -> AsyncIterator[str]:
        """Give the visit's events."""
        queue: asyncio.Queue[tuple[str, Json]] = asyncio.Queue()
        self._listeners.setdefault(visit_id, []).append(queue)
        if self.stream == "silent":  # a proxy that holds everything back
            await asyncio.sleep(3600)
        yield _event("visit", self.visits[visit_id])
        while self.stream != "cut":
            kind, data = await queue.get()
            if self.stream == "deaf":  # a connection that died without a word
                continue
            yield _event(kind, data)
            if kind == "erased":
                return

    def _send(self, visit_id: str, kind: str, data: Json) -> None:
        assert self.loop is not None
        for queue in self._listeners.get(visit_id, []):
            self.loop.call_soon_threadsafe(queue.put_nowait, (kind, copy.deepcopy(data)))

    @staticmethod
    def _painting(artist_id: str, **more: Any) -> Json:
        blank: Json = {"position": None, "step": 0, "steps": 0, "label": "", "preview_url": None, "url": None}
        blank |= {"attempts": 0, "engine": None, "engine_seconds": None, "reason": None, "pod": None, "is_fallback": False}
        blank |= {"seconds_left": None}
        return blank | {"artist_id": artist_id} | more


def _event(kind: str, data: Json) -> str:
    return f"event: {kind}\nid: 1\nretry: 200\ndata: {json.dumps(data)}\n\n"


def make_app(stand_in: StandIn) -> FastAPI:
    """Make the application: the gateway's pages, artists and quiz; our own visits."""
    app = FastAPI()
    add_problem_handlers(app)
    catalogue = load_artists(ROOT / "plugins/artists")
    quiz = load_quiz(ROOT / "plugins/quiz/quiz.yaml")
    app.state.parts = stand_in.parts
    vars(stand_in.parts).update(
        catalogue=lambda: catalogue,
        quiz=lambda: quiz,
        web=ROOT / "web",
        public_url="https://booth.example",
        booth_name="Test booth",
        retention_hours=24.0,
        intake=SimpleNamespace(view=lambda: stand_in.intake),
    )
    for module in (artists, booth, web):
        app.include_router(module.router)
    _add_passes(app, stand_in)
    _add_visits(app, stand_in)
    _add_choices(app, stand_in)
    _add_pictures(app)
    app.mount("/web", web.WebFiles(directory=ROOT / "web"))
    return app


def _add_passes(app: FastAPI, stand_in: StandIn) -> None:
    @app.post("/api/v1/passes", status_code=201)
    async def exchange(wanted: Json) -> Json:
        name = stand_in.codes.pop(wanted["code"], None)
        if name is None:
            raise Problem("code_expired", "used up")
        given = secrets.token_urlsafe(16)
        stand_in.passes[given] = name
        expires_at = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
        return {"pass": given, "kiosk": {"name": name, "lang": "ko"}, "expires_at": expires_at}

    @app.post("/api/v1/visits", status_code=201)
    async def begin(new: Json) -> Json:
        if stand_in.shut is not None:
            raise stand_in.shut
        if new.get("pass") and new["pass"] not in stand_in.passes:
            raise Problem("pass_invalid", "unknown")
        return stand_in.begin(new["lang"], kiosk=stand_in.passes.get(new.get("pass", "")), is_public=new["is_public"])


def _add_choices(app: FastAPI, stand_in: StandIn) -> None:
    @app.put("/api/v1/visits/{visit_id}/public")
    async def publish(visit_id: str, wish: Json) -> Json:
        visit = stand_in.find(visit_id)
        visit["is_public"] = wish["is_public"]
        return visit

    @app.put("/api/v1/visits/{visit_id}/place")
    async def place(visit_id: str, where: Json) -> Json:
        return {"kiosk": stand_in.stand(visit_id, where["at"])}


def _add_visits(app: FastAPI, stand_in: StandIn) -> None:

    @app.put("/api/v1/visits/{visit_id}/photo", status_code=202)
    async def photo(visit_id: str, request: Request) -> Json:
        stand_in.find(visit_id)
        body = await request.body()
        if stand_in.refusal is not None:
            raise stand_in.refusal
        stand_in.uploads.append(body)
        if not stand_in.find(visit_id)["photo_url"]:
            stand_in.receive_photo(visit_id)
        return stand_in.find(visit_id)

    @app.put("/api/v1/visits/{visit_id}/answers", status_code=202)
    async def answer(visit_id: str, answers: Json) -> Json:
        visit = stand_in.find(visit_id)
        if visit["match"]:
            raise Problem("already_matched", "matched")
        stand_in.answers[visit_id] = answers["answers"]
        return visit

    @app.get("/api/v1/visits/{visit_id}")
    async def look(visit_id: str) -> Json:
        stand_in.looks += 1
        return stand_in.find(visit_id)

    @app.delete("/api/v1/visits/{visit_id}", status_code=204)
    async def erase(visit_id: str) -> None:
        stand_in.erase(visit_id)

    @app.get("/api/v1/visits/{visit_id}/events")
    async def events(visit_id: str) -> StreamingResponse:
        stand_in.find(visit_id)
        return StreamingResponse(stand_in.listen(visit_id), media_type="text/event-stream")


def _add_pictures(app: FastAPI) -> None:
    pictures = {name: _tile(row) for row, name in enumerate(TILES)}
    ticket = _jpeg(Image.new("RGB", (500, 1000), "#ffd600"))

    @app.get("/api/v1/visits/{visit_id}/photo")
    async def photo(visit_id: str) -> Response:
        return Response(pictures["photo"], media_type="image/jpeg")

    @app.get("/api/v1/visits/{visit_id}/paintings/{artist_id}")
    @app.get("/api/v1/visits/{visit_id}/paintings/{artist_id}/preview")
    async def painting(visit_id: str, artist_id: str) -> Response:
        return Response(pictures[artist_id], media_type="image/jpeg")

    @app.get("/api/v1/visits/{visit_id}/ticket.png")
    async def ticket_png(visit_id: str) -> Response:
        return Response(ticket, media_type="image/jpeg")


def _tile(row: int) -> bytes:
    with Image.open(SPRITE) as sprite:
        height = sprite.height // len(TILES)
        return _jpeg(sprite.convert("RGB").crop((0, row * height, sprite.width, (row + 1) * height)))


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return stream.getvalue()


@contextmanager
def running() -> Iterator[StandIn]:
    """Run a stand-in on a free port, in a thread of its own."""
    stand_in = StandIn()
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(make_app(stand_in), "127.0.0.1", port, log_level="error", timeout_graceful_shutdown=1)
    )
    stand_in.url = f"http://127.0.0.1:{port}"
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server, stand_in)), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield stand_in
    server.should_exit = True
    server.force_exit = True
    thread.join(5)


async def _serve(server: uvicorn.Server, stand_in: StandIn) -> None:
    stand_in.loop = asyncio.get_running_loop()
    await server.serve()
