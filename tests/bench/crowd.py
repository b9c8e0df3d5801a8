"""A crowd: 200 phones and 4 kiosks at one gateway. How late do events come, is one lost, what memory does it take?

The painters are simulated, so that what is measured is the gateway. The phones come by the kiosks' codes, upload a photo,
answer the quiz tap by tap and follow their visit, all over HTTP; the kiosks follow the booth. All share the machine's cores.
"""

from __future__ import annotations

import asyncio
import io
import random
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from tests.bench.reporting import table, verdict, write_section
from tests.support.booth import PHOTOS, Booth, running_booth
from tests.support.phones import server_events

PHONES = 200
KIOSKS = 4
SPREADS_SECONDS = {"busy": 160.0, "rush": 60.0}
"""Within how many seconds all phones come. A visit each 0.8 s is what is promised for; the rush shows what gives way first."""
THINKING_SECONDS = (1.0, 3.0)
PIN = "271828"
SIMULATED = {
    "ARTICKET_STYLIZE_ENGINE": "simulated",
    "ARTICKET_STYLIZE_SLOTS": "16",
    "ARTICKET_STYLIZE_SIMULATED_SECONDS": "1",
    "ARTICKET_GATEWAY_STAFF_PIN": PIN,
    "ARTICKET_GATEWAY_OPEN_VISITS_MAX": "1000",
    "ARTICKET_GATEWAY_VISITS_PER_ADDRESS": "10000",
}

Json = dict[str, Any]


@dataclass
class Seen:
    """What the clients have seen. Delays in seconds."""

    events: list[float] = field(default_factory=list[float])
    taps: list[float] = field(default_factory=list[float])
    starts: list[float] = field(default_factory=list[float])
    missing: list[str] = field(default_factory=list[str])
    most_megabytes: float = 0.0


def run(_rounds: int) -> None:
    """Measure and write the section."""
    parts: list[str] = []
    for name, seconds in SPREADS_SECONDS.items():
        with tempfile.TemporaryDirectory() as folder, running_booth(Path(folder) / "data", environment=SIMULATED) as booth:
            seen = asyncio.run(_crowd(booth, seconds))
        parts.append(
            f"**{name}**: {PHONES} phones come within {seconds:.0f} s, each with a photo and a quiz, and stay connected, with"
            f" {KIOSKS} kiosks, to one gateway; {len(seen.events)} timed events, {len(seen.taps)} taps.\n\n{_table(seen)}"
        )
    parts.append(
        "Paintings are simulated (1 s each, 16 at once); caption, ticket and the clients work on the same two cores, and in"
        " the rush they have none to spare."
    )
    text = "\n\n".join(parts)
    write_section("crowd", text, "make bench ARGS=crowd")
    print(text)


def _table(seen: Seen) -> str:
    events, taps, starts = sorted(seen.events), sorted(seen.taps), sorted(seen.starts)
    memory = seen.most_megabytes
    rows = [
        ["events that a phone should have had and had not", len(seen.missing), "0", verdict(reached=not seen.missing)],
        ["from an event to the phone, median / p95", *_delay(events, 250)],
        ["from a tap on the phone to the kiosk's stream, median / p95", *_delay(taps, 100)],
        ["from the upload's first byte to a painting begun, median / p95", *_delay(starts, 1000)],
        ["gateway, most resident memory", f"{memory:.0f} MB", "≤ 350 MB", verdict(reached=memory <= 350)],
    ]
    return table(["what", "measured", "promised (p95)", "kept"], rows)


def _delay(seconds: list[float], promised_ms: int) -> tuple[str, str, str]:
    if not seconds:
        return "none", f"≤ {promised_ms} ms", verdict(reached=False)
    middle, p95 = seconds[len(seconds) // 2] * 1000, seconds[int(0.95 * len(seconds))] * 1000
    return f"{middle:.0f} / {p95:.0f} ms", f"≤ {promised_ms} ms", verdict(reached=p95 <= promised_ms)


class Monitor:
    """One paired kiosk: its present code, and when it saw which question."""

    def __init__(self) -> None:
        self.codes: asyncio.Queue[str] = asyncio.Queue()
        self.turned: dict[int, float] = {}
        self.session: Json | None = None

    async def follow(self, http: aiohttp.ClientSession, number: int) -> None:
        """Pair and follow until cancelled."""
        async with http.post("/api/v1/kiosks", json={"pin": PIN, "name": f"Kiosk {number}", "lang": "ko"}) as response:
            response.raise_for_status()
        last = ""
        async for kind, data in server_events(http, "/api/v1/kiosk/events"):
            if kind != "kiosk":
                continue
            now = time.monotonic()
            self.session = data["session"]
            if self.session is not None:
                self.turned.setdefault(self.session["at"], now)
            else:
                self.turned.clear()
            if data["invitation"]["code"] != last:
                last = data["invitation"]["code"]
                self.codes.put_nowait(last)


class Phone:
    """One visitor."""

    def __init__(self, http: aiohttp.ClientSession, monitor: Monitor, seen: Seen, quiz: Json, photo: bytes) -> None:
        self.http, self.monitor, self.seen, self.quiz, self.photo = http, monitor, seen, quiz, photo
        self.path = ""
        self.painted: set[str] = set()
        self.expected = 0
        self.has_ticket = False
        self.sent = 0.0
        self.ended = asyncio.Event()
        self.following: asyncio.Task[None] | None = None

    async def visit(self, code: str) -> None:
        """Come in by the code, send the photo, play, and wait for everything."""
        given = await self._ask("POST", "/api/v1/passes", {"code": code})
        visit = await self._ask("POST", "/api/v1/visits", {"lang": "en", "pass": given["pass"], "is_public": True})
        self.path = f"/api/v1/visits/{visit['id']}"
        self.following = asyncio.create_task(self._follow())  # until the end: the page stays open on the phone
        self.sent = time.monotonic()
        async with self.http.put(f"{self.path}/photo", data=self.photo) as response:
            response.raise_for_status()
        await self._play()
        try:
            async with asyncio.timeout(120):
                await self.ended.wait()
        except TimeoutError:
            self.seen.missing.append(f"the end of a visit; painted: {len(self.painted)}")

    async def leave(self) -> None:
        """Close the page."""
        if self.following is not None:
            self.following.cancel()
            await asyncio.gather(self.following, return_exceptions=True)

    async def _play(self) -> None:
        answers: dict[str, str] = {}
        for at, question in enumerate(self.quiz["questions"]):
            await asyncio.sleep(random.uniform(*THINKING_SECONDS))
            answers[question["id"]] = question["choices"][0]["id"]
            await self._tap(at + 1)
        await self._ask("PUT", f"{self.path}/answers", {"answers": answers})

    async def _tap(self, at: int) -> None:
        tapped = time.monotonic()
        self.monitor.turned.pop(at, None)
        place = await self._ask("PUT", f"{self.path}/place", {"at": at})
        if at < len(self.quiz["questions"]) and place["kiosk"] and place["kiosk"]["has_monitor"]:
            for _ in range(100):
                turned = self.monitor.turned.get(at)
                if turned is not None and turned >= tapped:
                    self.seen.taps.append(turned - tapped)
                    return
                await asyncio.sleep(0.005)
            self.seen.missing.append("a tap on the monitor")

    async def _follow(self) -> None:
        steps: set[str] = set()
        has_begun = False
        async for kind, data in server_events(self.http, f"{self.path}/events"):
            now = time.time()
            if kind == "painting":
                if not has_begun and data["state"] == "painting":
                    has_begun = True
                    self.seen.starts.append(time.monotonic() - self.sent)
                if data["state"] in ("done", "failed"):
                    self.painted.add(data["artist_id"])
            elif kind == "visit":
                for step in data["steps"]:
                    if step["name"] not in steps and not step["name"].startswith("paint:"):
                        self.seen.events.append(max(0.0, now - _finished(step)))
                    steps.add(step["name"])
                self.has_ticket = data["ticket"] is not None
                self.expected = len(data["paintings"])
            if self.has_ticket and len(self.painted) == self.expected:
                self.ended.set()

    async def _ask(self, method: str, path: str, body: Json) -> Json:
        async with self.http.request(method, path, json=body) as response:
            response.raise_for_status()
            return await response.json()


async def _crowd(booth: Booth, spread_seconds: float) -> Seen:
    seen = Seen()
    photos = await asyncio.to_thread(_photos)
    gateway = booth.pids()["gateway"]
    async with aiohttp.ClientSession(booth.url, connector=aiohttp.TCPConnector(limit=0)) as http:
        async with http.get("/api/v1/quiz") as response:
            quiz = await response.json()
        monitors = [Monitor() for _ in range(KIOSKS)]
        sessions = [_browser(booth) for _ in monitors]  # each has its own cookie
        tasks = [
            asyncio.create_task(monitor.follow(session, number))
            for number, (monitor, session) in enumerate(zip(monitors, sessions, strict=True))
        ]
        watching = asyncio.create_task(_watch_memory(gateway, seen))
        phones: list[Phone] = []
        try:
            async with asyncio.TaskGroup() as visits:
                for number in range(PHONES):
                    monitor = monitors[number % KIOSKS]
                    async with asyncio.timeout(30):
                        code = await monitor.codes.get()
                    phone = Phone(http, monitor, seen, quiz, photos[number])
                    phones.append(phone)
                    visits.create_task(phone.visit(code))
                    await asyncio.sleep(spread_seconds / PHONES)
        finally:
            for phone in phones:
                await phone.leave()
            for task in [*tasks, watching]:
                task.cancel()
            await asyncio.gather(*tasks, watching, return_exceptions=True)
            for session in sessions:
                await session.close()
    return seen


def _browser(booth: Booth) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(booth.url, cookie_jar=aiohttp.CookieJar(unsafe=True))  # "unsafe": cookies of an IP address


async def _watch_memory(pid: int, seen: Seen) -> None:
    while True:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        seen.most_megabytes = max(seen.most_megabytes, pages * 4096 / 1e6)
        await asyncio.sleep(0.5)


def _finished(step: Json) -> float:
    return datetime.fromisoformat(step["started_at"]).timestamp() + step["seconds"]


def _photos() -> list[bytes]:
    """Make one photo for each phone, as a phone sends it: the same one twice would be painted once."""
    whole = Image.open(PHOTOS / "portrait-woman-astronaut.jpg").convert("RGB").resize((1200, 1200))
    made: list[bytes] = []
    for number in range(PHONES):
        stream = io.BytesIO()
        whole.crop((number, number, 1000 + number, 1000 + number)).save(stream, "JPEG", quality=85)
        made.append(stream.getvalue())
    return made
