"""A booth for the tests of the staff page: the real page, and an API whose state a test moves from its own thread.

It speaks the staff's part of the API with canned pictures, so that every state of the page can be looked at for as long as it
takes. What the gateway itself does is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import io
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import APIRouter, Cookie, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from PIL import Image, ImageDraw, ImageFont

from articket_gateway.http import web
from tests.support.ports import free_port

ROOT = Path(__file__).parents[3]
SPRITE = ROOT / "web/shared/pictures/portrait-large.webp"
TILES = ("photo", "vangogh", "picasso", "renoir", "lichtenstein")
NAMES = {
    "lichtenstein": {"en": "Roy Lichtenstein", "ko": "로이 리히텐슈타인"},
    "picasso": {"en": "Pablo Picasso", "ko": "파블로 피카소"},
    "renoir": {"en": "Pierre-Auguste Renoir", "ko": "오귀스트 르누아르"},
    "vangogh": {"en": "Vincent van Gogh", "ko": "빈센트 반 고흐"},
}
PIN = "246810"
TRIES = 3
LOCK_SECONDS = 42

Json = dict[str, Any]


class Refusal(Exception):
    """A problem document instead of an answer."""

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.retry_after = status, reason, retry_after


class Booth:
    """The booth's state, and what staff have asked of it. `calls` lists each change as (method, path, body)."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """Begin anew: open, one printer, one kiosk, no visits."""
        self.pin, self.tries, self.sessions = PIN, 0, set[str]()
        self.calls: list[tuple[str, str, Any]] = []
        self.looks = 0
        self.delay = 0.0
        self.refusal: Refusal | None = None
        self.visits: list[Json] = []
        self.missing: list[str] = []
        self.paint = "all"
        self.intake: Json = {"is_paused": False, "message": None}
        self.refused: list[Json] = []
        self.printing: Json | None = {"is_automatic": True, "is_paused": False, "sinks": [sink("Counter printer")]}
        self.kiosks: list[Json] = [kiosk("k1", "Entrance")]
        self.artists = [
            {"artist_id": one, "name": name, "waiting": 0, "running": 0, "done": 31 + at, "failed": 0, "median_seconds": 4.2}
            for at, (one, name) in enumerate(NAMES.items())
        ]
        self.is_down = False

    def add(self, number: str | None = None, **more: Any) -> Json:
        """Add the newest visit: with a ticket when it has a number, else one that is being painted."""
        ref = secrets.token_urlsafe(12)
        at = datetime.now(UTC) - timedelta(hours=3) + timedelta(seconds=20 * len(self.visits))
        base = f"/api/v1/staff/visits/{ref}"
        state = "done" if number else "painting"
        visit = {
            "ref": ref,
            "number": number,
            "state": "ticket_ready" if number else "painting",
            "lang": "ko",
            "created_at": iso(at),
            "artist_id": "vangogh" if number else None,
            "paintings": [painting(base, one, state) for one in NAMES],
            "is_public": True,
            "is_hidden": False,
            "prints": [],
            "copies_left": 3,
            "ticket_png_url": f"{base}/ticket.png" if number else None,
            "ticket_pdf_url": f"{base}/ticket.pdf" if number else None,
            "error": None,
        }
        self.visits.insert(0, visit | more)
        return self.visits[0]

    def fail(self, visit: Json, artist_id: str, reason: str = "ENGINE_FAILED") -> None:
        """One artist has failed."""
        at = next(at for at, one in enumerate(visit["paintings"]) if one["artist_id"] == artist_id)
        visit["paintings"][at] |= {"state": "failed", "reason": reason, "attempts": 3, "thumb_url": None}

    def skip(self, visit: Json, *, but: str) -> None:
        """Only the artist who matches has painted."""
        for one in visit["paintings"]:
            if one["artist_id"] != but:
                one |= {"state": "skipped", "attempts": 0, "engine": None, "thumb_url": None}

    def find(self, ref: str) -> Json:
        """Give the visit. Raises Refusal."""
        for visit in self.visits:
            if visit["ref"] == ref:
                return visit
        raise Refusal(404, "visit_unknown")

    def view(self) -> Json:
        """Give the booth as staff see it."""
        now = datetime.now(UTC)
        hours = [now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=back) for back in range(11, -1, -1)]
        counts = [0, 0, 3, 8, 14, 11, 19, 22, 9, 17, 25, 12]
        waiting = sum(one["state"] in ("waiting", "held") for visit in self.visits for one in visit["prints"])
        return {
            "now": iso(now),
            "booth_name": "Seoul Art Fair",
            "missing": self.missing,
            "intake": self.intake,
            "paint": self.paint,
            "artists": self.artists,
            "refused_artists": self.refused,
            "tickets": {
                "today": 140,
                "last_hour": 21,
                "per_hour": [{"hour": iso(hour), "count": count} for hour, count in zip(hours, counts, strict=True)],
            },
            "visits": {"today": 152, "open": 3},
            "cost": {"today_usd": 1.284, "per_ticket_usd": 0.00917},
            "printing": self.printing and self.printing | {"waiting": waiting},
            "kiosks": self.kiosks,
        }


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sink(name: str, state: str = "idle", *reasons: str, kind: str = "ipp") -> Json:
    return {"name": name, "kind": kind, "state": state, "reasons": list(reasons), "waiting": 0, "printed": 118}


def kiosk(kiosk_id: str, name: str, **more: Any) -> Json:
    seen = iso(datetime.now(UTC) - timedelta(minutes=12))
    blank = {"lang": "ko", "is_connected": True, "seen_at": seen, "code": "K7QWM3XPRA", "url": "https://booth.example/k/x"}
    return blank | {"id": kiosk_id, "name": name, "session": None} | more


def painting(base: str, artist_id: str, state: str) -> Json:
    thumb = f"{base}/paintings/{artist_id}?size=thumb" if state == "done" else None
    blank = {"reason": None, "attempts": 1, "engine": "painterly", "is_fallback": False}
    return blank | {"artist_id": artist_id, "state": state, "thumb_url": thumb}


def print_of(state: str, **more: Any) -> Json:
    blank = {"sink": "Counter printer", "copies": 1, "reason": None, "asked_by": "automatic"}
    return blank | {"id": secrets.token_hex(4), "state": state, "asked_at": iso(datetime.now(UTC))} | more


def make_app(booth: Booth) -> FastAPI:
    """Make the application: the gateway's page, our own state."""
    app = FastAPI()
    app.state.parts = SimpleNamespace(
        web=ROOT / "web", public_url="https://booth.example", booth_name="Seoul Art Fair", retention_hours=24.0
    )

    @app.exception_handler(Refusal)
    async def refuse(_request: Request, refusal: Refusal) -> JSONResponse:
        headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
        body = {"reason": refusal.reason, "title": refusal.reason, "detail": refusal.reason, "status": refusal.status}
        return JSONResponse(body, refusal.status, headers, "application/problem+json")

    async def is_up() -> None:
        if booth.is_down:
            raise Refusal(503, "store_unavailable", 1)

    async def signed_in(articket_staff: str = Cookie("")) -> None:
        if articket_staff not in booth.sessions:
            raise Refusal(401, "not_signed_in")

    async def change(request: Request) -> None:
        if request.method == "GET":
            return
        body = await request.json() if await request.body() else None
        booth.calls.append((request.method, request.url.path.removeprefix("/api/v1/staff"), body))
        await asyncio.sleep(booth.delay)
        if booth.refusal is not None:
            refusal, booth.refusal = booth.refusal, None
            raise refusal

    app.include_router(_session(booth), prefix="/api/v1/staff", dependencies=[Depends(is_up)])
    signed = [Depends(is_up), Depends(signed_in), Depends(change)]
    for router in (_booth(booth), _visits(booth)):
        app.include_router(router, prefix="/api/v1/staff", dependencies=signed)
    app.include_router(_pictures(), prefix="/api/v1/staff", dependencies=[Depends(signed_in)])
    app.include_router(web.router)
    app.mount("/web", web.WebFiles(directory=ROOT / "web"))
    return app


def _session(booth: Booth) -> APIRouter:
    router = APIRouter()

    @router.get("/session")
    async def look(articket_staff: str = Cookie("")) -> Json:
        return {"is_signed_in": articket_staff in booth.sessions}

    @router.post("/session", status_code=204)
    async def sign_in(body: Json, response: Response) -> None:
        await asyncio.sleep(booth.delay)
        if booth.tries >= TRIES:
            raise Refusal(429, "pin_tries", LOCK_SECONDS)
        if body["pin"] != booth.pin:
            booth.tries += 1
            raise Refusal(401, "pin_wrong")
        token = secrets.token_hex(8)
        booth.sessions.add(token)
        response.set_cookie("articket_staff", token, httponly=True, samesite="strict")

    @router.delete("/session", status_code=204)
    async def sign_out(articket_staff: str = Cookie("")) -> None:
        booth.sessions.discard(articket_staff)

    @router.put("/pin", status_code=204)
    async def pin(body: Json) -> None:
        if body["pin"] != booth.pin:
            raise Refusal(401, "pin_wrong")
        booth.pin = body["new"]

    return router


def _booth(booth: Booth) -> APIRouter:
    router = APIRouter()

    @router.get("/booth")
    async def look() -> Json:
        booth.looks += 1
        return booth.view()

    @router.put("/intake", status_code=204)
    async def intake(body: Json) -> None:
        booth.intake = body

    @router.put("/printing", status_code=204)
    async def printing(body: Json) -> None:
        assert booth.printing is not None
        booth.printing |= body

    @router.post("/pairing-codes", status_code=201)
    async def pair() -> Json:
        return {"code": "48219037", "expires_at": iso(datetime.now(UTC) + timedelta(minutes=10))}

    @router.post("/kiosks/{kiosk_id}/release", status_code=204)
    async def release(kiosk_id: str) -> None:
        next(one for one in booth.kiosks if one["id"] == kiosk_id)["session"] = None

    @router.delete("/kiosks/{kiosk_id}", status_code=204)
    async def unpair(kiosk_id: str) -> None:
        booth.kiosks = [one for one in booth.kiosks if one["id"] != kiosk_id]

    return router


def _visits(booth: Booth) -> APIRouter:
    router = APIRouter()

    @router.get("/visits")
    async def look(search: str = "", limit: int = 50, before: str = "") -> Json:
        visits = [one for one in booth.visits if not search or int(one["number"] or "0") == int(search)]
        start = next((at + 1 for at, one in enumerate(visits) if one["ref"] == before), 0)
        page = visits[start : start + limit]
        return {"visits": page, "next": page[-1]["ref"] if len(visits) > start + limit else None}

    @router.post("/visits/{ref}/prints", status_code=202)
    async def print_it(ref: str) -> Json:
        visit = booth.find(ref)
        if visit["copies_left"] < 1:
            raise Refusal(409, "copies_used_up")
        visit["copies_left"] -= 1
        visit["prints"].append(print_of("waiting", asked_by="staff"))
        return visit

    @router.delete("/prints/{print_id}", status_code=204)
    async def cancel(print_id: str) -> None:
        for visit in booth.visits:
            visit["prints"] = [one for one in visit["prints"] if one["id"] != print_id]

    @router.post("/visits/{ref}/paintings/{artist_id}/retry", status_code=202)
    async def retry(ref: str, artist_id: str) -> Json:
        visit = booth.find(ref)
        next(one for one in visit["paintings"] if one["artist_id"] == artist_id)["state"] = "queued"
        return visit

    @router.put("/visits/{ref}/hidden", status_code=204)
    async def hide(ref: str, body: Json) -> None:
        booth.find(ref)["is_hidden"] = body["is_hidden"]

    @router.delete("/visits/{ref}", status_code=204)
    async def erase(ref: str) -> None:
        booth.visits.remove(booth.find(ref))

    return router


def _pictures() -> APIRouter:
    router = APIRouter()
    pictures = {name: _tile(row) for row, name in enumerate(TILES)}
    ticket = _ticket()

    @router.get("/visits/{ref}/paintings/{artist_id}")
    async def thumb(ref: str, artist_id: str) -> Response:
        return Response(pictures[artist_id], media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})

    @router.get("/visits/{ref}/ticket.png")
    async def png(ref: str) -> Response:
        return Response(ticket, media_type="image/jpeg")

    @router.get("/visits/{ref}/ticket.pdf")
    async def pdf(ref: str) -> Response:
        return Response(b"%PDF-1.4", media_type="application/pdf")

    return router


def _tile(row: int) -> bytes:
    with Image.open(SPRITE) as sprite:
        high = sprite.height // len(TILES)
        return _jpeg(sprite.convert("RGB").crop((0, row * high, sprite.width, (row + 1) * high)).resize((168, 160)))


def _ticket() -> bytes:
    picture = Image.new("RGB", (500, 1000), "#ffd600")
    with Image.open(SPRITE) as sprite:
        high = sprite.height // len(TILES)
        face = sprite.convert("RGB").crop((0, high, sprite.width, 2 * high)).resize((440, 419))
    picture.paste(face, (30, 110))
    ImageDraw.Draw(picture).text((30, 24), "Articket", "#17121f", ImageFont.load_default(56))
    return _jpeg(picture)


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return stream.getvalue()


@contextmanager
def running() -> Iterator[Booth]:
    """Run a booth on a free port, in a thread of its own."""
    booth = Booth()
    port = free_port()
    config = uvicorn.Config(make_app(booth), "127.0.0.1", port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    booth.url = f"http://127.0.0.1:{port}"
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield booth
    server.should_exit = True
    server.force_exit = True
    thread.join(5)
