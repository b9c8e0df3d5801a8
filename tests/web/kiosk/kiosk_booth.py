"""A booth for the tests of the monitor: the real page, artists and quiz, but shows that stand still until a test moves them.

It speaks the kiosk's part of the API with canned pictures, and it can fail like a booth fails: cut its streams, refuse
them, fall silent, forget a monitor. What the gateway itself does is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import copy
import io
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import segno
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from PIL import Image

from articket_artists import load_artists, load_quiz
from articket_gateway.errors import Problem
from articket_gateway.http import artists, web
from articket_gateway.http.problems import add_problem_handlers
from tests.support.ports import free_port

ROOT = Path(__file__).parents[3]
SPRITE = ROOT / "web/shared/pictures/portrait-large.webp"
TILES = ("photo", "vangogh", "picasso", "renoir", "lichtenstein")
ARTISTS = ("lichtenstein", "picasso", "renoir", "vangogh")
BECAUSE = {"en": "Because you keep calm and you look at people kindly.", "ko": "고요한 마음과 다정한 눈길을 지녔거든요."}
PIN = "482913"
CODE_SECONDS = 60.0
QUESTIONS = 7

Json = dict[str, Any]


def moment(seconds: float = 0.0) -> str:
    """Give the time so many seconds from now, as the API writes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


class KioskBooth:
    """One monitor, its shows, and what a test can do to them from its own thread."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.url = ""
        self.streams: list[asyncio.Queue[tuple[str, Json] | None]] = []
        self.opened = 0
        self.renew()

    def renew(self) -> None:
        """Begin anew: a monitor that is paired, nobody there."""
        self.kiosk: Json = _kiosk("ko")
        self.shows: dict[str, Json] = {}
        self.is_paired = True
        self.is_silent = False
        self.refusal: int | None = None
        self.pairing_problem: Problem | None = None
        self.paired: list[Json] = []
        self.changes = 0
        self.later = 0.0

    def clear(self) -> None:
        """Begin anew before a page that stays open."""
        for ref in list(self.shows):
            self.end(ref)
        self.renew()

    # what a test does

    def wait(self, seconds: float) -> None:
        """Let time pass for the booth; the page's clock is the test's to move, by as much."""
        self.later += seconds

    def change(self, **values: Any) -> None:
        """Change the kiosk and tell it."""
        self.kiosk |= values
        self.tell()

    def tell(self) -> None:
        """Send the whole kiosk."""
        self._send("kiosk", self.kiosk | {"now": moment(self.later)})

    def new_code(self, code: str = "MN3QR7TVWX", seconds: float = CODE_SECONDS) -> None:
        """Put another code on the monitor."""
        self.change(invitation=_invitation(code, self.later + seconds))

    def ask(self, ref: str, at: int, *, lang: str = "ko", held: float = 45.0, photo: bool = True) -> None:
        """The visit's phone stands at a question (from 0)."""
        session = {"ref": ref, "lang": lang, "at": at, "count": QUESTIONS, "is_photo_there": photo, "held_until": moment(held)}
        self.change(session=session, greeting=None)

    def release(self) -> None:
        """The monitor is free."""
        self.change(session=None)

    def greet(self, seconds: float = 12.0) -> None:
        """A phone has just exchanged the code."""
        self.change(greeting={"until": moment(seconds)})

    def begin(self, ref: str, *, is_public: bool = True, ago: float = 0.0, prints: bool = True, lang: str = "ko") -> Json:
        """A visit's photo has come in."""
        names = ["gateway", "caption", *(f"paint:{one}" for one in ARTISTS), "ticket", *(["print"] if prints else [])]
        show: Json = {"ref": ref, "number": None, "lang": lang, "is_public": is_public, "state": "photo_received"}
        show |= {"began_at": moment(-ago), "photo_url": None, "hops": [_hop(one) for one in names], "match": None}
        show |= {"ticket_print": None, "until": None}
        if is_public:
            show["photo_url"] = f"/api/v1/kiosk/shows/{ref}/photo"
        self.shows[ref] = show
        self.hop(ref, "gateway", "running", started_at=moment(-ago))
        return show

    def hop(self, ref: str, name: str, state: str, *, tell: bool = True, **more: Any) -> None:
        """Change one hop of a show."""
        show = self.shows[ref]
        index = next(i for i, one in enumerate(show["hops"]) if one["name"] == name)
        hop = show["hops"][index] | {"state": state} | more
        base = f"/api/v1/kiosk/shows/{ref}/paintings/{name.removeprefix('paint:')}"
        if name.startswith("paint:") and show["is_public"]:
            hop["preview_url"] = f"{base}/preview?v={hop['step']}" if state == "running" and hop["step"] else None
            hop["picture_url"] = f"{base}?v=1" if state == "done" else None
        if state == "running" and hop["started_at"] is None:
            hop["started_at"] = moment()
        show["hops"][index] = hop
        if tell:
            self.tell_show(ref)

    def paint_all(self, ref: str, seconds: float = 14.2) -> None:
        """Finish everything before the ticket."""
        self.hop(ref, "gateway", "done", seconds=0.18, tell=False)
        self.hop(ref, "caption", "done", seconds=0.42, engine="blip", tell=False)
        for index, one in enumerate(ARTISTS):
            more: Json = {"step": 5, "steps": 5, "attempts": 1, "pod": f"stylize-{index % 2 + 1}", "engine": "painterly"}
            self.hop(ref, f"paint:{one}", "done", seconds=seconds + index, tell=False, **more)
        self.shows[ref]["state"] = "painting"
        self.tell_show(ref)

    def match(self, ref: str, artist_id: str = "vangogh", *, number: str | None = "0042") -> None:
        """The painter is known, and the ticket made."""
        self.shows[ref] |= {"state": "matched", "match": {"artist_id": artist_id, "because": BECAUSE}}
        if number:
            self.shows[ref] |= {"state": "ticket_ready", "number": number, "until": moment(25)}
            self.hop(ref, "ticket", "done", seconds=0.31, tell=False)
        self.tell_show(ref)

    def hide(self, ref: str) -> None:
        """The visitor takes the yes back: the show goes on without pictures."""
        show = self.shows[ref]
        show |= {"is_public": False, "photo_url": None}
        for hop in show["hops"]:
            hop |= {"preview_url": None, "picture_url": None}
        self.tell_show(ref)

    def end(self, ref: str) -> None:
        """The show leaves the screen."""
        del self.shows[ref]
        self._send("gone", {"ref": ref})

    def tell_show(self, ref: str) -> None:
        """Send one whole show."""
        self.changes += 1
        self._send("show", self.shows[ref])

    def cut(self) -> None:
        """End every stream, as a proxy does that has waited long enough."""
        assert self.loop is not None
        for queue in self.streams:
            self.loop.call_soon_threadsafe(queue.put_nowait, None)

    # what the page asks

    def seen(self) -> Json:
        """Give the kiosk to the page that shows it."""
        if not self.is_paired:
            raise Problem("kiosk_not_paired", "not paired")
        if self.refusal is not None:
            raise Problem("internal", "refused")
        return self.kiosk | {"now": moment(self.later)}

    async def listen(self) -> AsyncIterator[str]:
        """Give the kiosk's events."""
        queue: asyncio.Queue[tuple[str, Json] | None] = asyncio.Queue()
        self.streams.append(queue)
        self.opened += 1
        try:
            yield _event("kiosk", self.kiosk | {"now": moment(self.later)})
            for show in list(self.shows.values()):
                yield _event("show", show)
            while (event := await queue.get()) is not None:
                if not self.is_silent:
                    yield _event(*event)
        finally:
            self.streams.remove(queue)

    def _send(self, kind: str, data: Json) -> None:
        assert self.loop is not None
        event = (kind, copy.deepcopy(data))
        for queue in list(self.streams):
            self.loop.call_soon_threadsafe(queue.put_nowait, event)


def _hop(name: str) -> Json:
    blank: Json = {
        "name": name,
        "state": "waiting",
        "started_at": None,
        "seconds": None,
        "attempts": 0,
        "pod": None,
        "engine": None,
    }
    blank |= {"is_fallback": False, "is_reused": False, "position": None, "waits_for": None, "step": 0, "steps": 0, "label": ""}
    return blank | {"preview_url": None, "picture_url": None, "reason": None}


def _kiosk(lang: str) -> Json:
    kiosk: Json = {"id": "k1", "name": "Kiosk 1", "lang": lang, "booth_name": "Test booth", "now": moment()}
    kiosk |= {"invitation": _invitation("HJ4KPQ7RST", CODE_SECONDS), "greeting": None, "session": None, "printing": None}
    return kiosk | {"intake": {"is_paused": False, "message": None}, "recent": []}


def _invitation(code: str, seconds: float) -> Json:
    url = f"https://booth.example/k/{code}"
    return {"url": url, "code": code, "qr_url": f"/api/v1/kiosk/qr.svg?code={code}", "changes_at": moment(seconds)}


def _event(kind: str, data: Json) -> str:
    return f"event: {kind}\nretry: 200\ndata: {json.dumps(data)}\n\n"


def make_app(booth: KioskBooth) -> FastAPI:
    """Make the application: the gateway's pages, artists and quiz; our own kiosk."""
    app = FastAPI()
    add_problem_handlers(app)
    catalogue = load_artists(ROOT / "plugins/artists")
    quiz = load_quiz(ROOT / "plugins/quiz/quiz.yaml")
    app.state.parts = SimpleNamespace(
        catalogue=lambda: catalogue,
        quiz=lambda: quiz,
        web=ROOT / "web",
        public_url="https://booth.example",
        booth_name="Test booth",
        retention_hours=24.0,
    )
    for module in (artists, web):
        app.include_router(module.router)
    _add_kiosk(app, booth)
    _add_pictures(app)
    app.mount("/web", web.WebFiles(directory=ROOT / "web"))
    return app


def _add_kiosk(app: FastAPI, booth: KioskBooth) -> None:
    @app.post("/api/v1/kiosks", status_code=201)
    async def pair(new: Json) -> Json:
        if booth.pairing_problem is not None:
            raise booth.pairing_problem
        if new["pin"] != PIN:
            raise Problem("pin_wrong", "wrong")
        booth.paired.append(new)
        booth.is_paired = True
        booth.kiosk |= {"name": new["name"], "lang": new["lang"]}
        return booth.seen()

    @app.get("/api/v1/kiosk")
    async def look() -> Json:
        return booth.seen()

    @app.get("/api/v1/kiosk/events")
    async def events() -> Response:
        booth.seen()
        return StreamingResponse(booth.listen(), media_type="text/event-stream")

    @app.get("/api/v1/kiosk/qr.svg")
    async def qr(code: str) -> Response:
        stream = io.BytesIO()
        segno.make(f"https://booth.example/k/{code}", error="m").save(stream, kind="svg", border=2, scale=8, xmldecl=False)
        return Response(stream.getvalue(), media_type="image/svg+xml")


def _add_pictures(app: FastAPI) -> None:
    @app.get("/api/v1/kiosk/shows/{ref}/photo")
    async def photo(ref: str) -> Response:
        return Response(_tile("photo"), media_type="image/jpeg")

    @app.get("/api/v1/kiosk/shows/{ref}/paintings/{artist_id}")
    @app.get("/api/v1/kiosk/shows/{ref}/paintings/{artist_id}/preview")
    async def painting(ref: str, artist_id: str, request: Request) -> Response:
        return Response(_tile(artist_id), media_type="image/jpeg")


@lru_cache(maxsize=len(TILES))
def _tile(name: str) -> bytes:
    row = TILES.index(name)
    with Image.open(SPRITE) as sprite:
        height = sprite.height // len(TILES)
        tile = sprite.convert("RGB").crop((0, row * height, sprite.width, (row + 1) * height))
    stream = io.BytesIO()
    tile.save(stream, "JPEG", quality=85)
    return stream.getvalue()


@contextmanager
def running() -> Iterator[KioskBooth]:
    """Run the booth on a free port, in a thread of its own."""
    booth = KioskBooth()
    port = free_port()
    config = uvicorn.Config(
        make_app(booth), "127.0.0.1", port, log_level="critical", timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(config)
    booth.url = f"http://127.0.0.1:{port}"
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server, booth)), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield booth
    server.should_exit = True
    server.force_exit = True
    thread.join(5)


async def _serve(server: uvicorn.Server, booth: KioskBooth) -> None:
    booth.loop = asyncio.get_running_loop()
    await server.serve()
