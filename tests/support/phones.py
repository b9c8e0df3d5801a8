"""Many phones at once over HTTP, before one gateway or several: as behind a load balancer that leaves out who is away."""

from __future__ import annotations

import asyncio
import io
import json
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from PIL import Image

from tests.support.booth import PHOTOS

Json = dict[str, Any]

ARTISTS = ("lichtenstein", "picasso", "renoir", "vangogh")
ANSWER_SECONDS = 20.0
TRY_AGAIN_SECONDS = 0.2
OVER = ("ticket_ready", "printed", "failed")


@dataclass
class Door:
    """The gateways' addresses and the connections to them. A phone takes the next one when one does not answer."""

    urls: Sequence[str]
    http: aiohttp.ClientSession
    chance: random.Random
    patience: float = 90.0
    refused: int = 0
    """Answers of 500 and above, and connections that broke; each was tried again."""

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, bytes]:
        """Ask until somebody answers with less than 500; give status and body. Raises TimeoutError after `patience` seconds."""
        first = self.chance.randrange(len(self.urls))
        async with asyncio.timeout(self.patience):
            for turn in range(1_000_000):
                url = self.urls[(first + turn) % len(self.urls)]
                try:
                    async with self.http.request(method, f"{url}{path}", **more) as response:
                        body = await response.read()
                        if response.status < 500 and response.status != 429:
                            return response.status, body
                except (aiohttp.ClientError, TimeoutError):
                    pass  # that replica is away: the next one
                self.refused += 1
                await asyncio.sleep(TRY_AGAIN_SECONDS)
        raise AssertionError("not reached")

    async def json(self, method: str, path: str, **more: Any) -> Json:
        status, body = await self.ask(method, path, **more)
        assert status < 300, f"{method} {path.split('/')[-1]}: {status} {body[:300]!r}"
        return json.loads(body)


@asynccontextmanager
async def opened_door(urls: Sequence[str], *, seed: int = 0, patience: float = 90.0) -> AsyncGenerator[Door]:
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as http:
        yield Door(urls, http, random.Random(seed), patience)


@dataclass
class Phone:
    """One visitor. Times are Unix seconds, as in the journal."""

    door: Door
    photo: bytes
    match: str = "vangogh"
    visit_id: str = ""
    sent_at: float = 0.0
    acknowledged_at: float = 0.0
    ended_at: float = 0.0
    numbers: set[str] = field(default_factory=set[str])
    """Every ticket number that this phone was ever shown: one, if all is well."""
    finished: dict[str, str] = field(default_factory=dict[str, str])
    """Each step that this phone was ever shown as done → when it had begun."""
    repeated: set[str] = field(default_factory=set[str])
    """Steps that this phone was shown as done twice, with another beginning."""
    last: Json = field(default_factory=dict[str, Any])

    @property
    def path(self) -> str:
        return f"/api/v1/visits/{self.visit_id}"

    async def begin(self, **body: Any) -> None:
        self.visit_id = (await self.door.json("POST", "/api/v1/visits", json=body))["id"]

    async def send(self) -> None:
        """Send the photo; from the answer on the booth must not lose it."""
        self.sent_at = time.time()
        await self.door.json("PUT", f"{self.path}/photo", data=self.photo)
        self.acknowledged_at = time.time()

    async def answer(self) -> None:
        await self.door.json("PUT", f"{self.path}/answers", json={"match": self.match})

    async def look(self) -> Json:
        self.last = await self.door.json("GET", self.path)
        if self.last["ticket"] is not None:
            self.numbers.add(self.last["ticket"]["number"])
        for step in self.last["steps"]:
            if step["state"] == "done" and self.finished.setdefault(step["name"], step["started_at"]) != step["started_at"]:
                self.repeated.add(step["name"])
        return self.last

    async def wait_until_done(self, seconds: float, *, every: float = 1.0, needs_ticket: bool = True) -> Json:
        """Look until every painting has ended and, if wanted, the ticket is there or the visit has failed."""
        async with asyncio.timeout(seconds):
            while True:
                visit = await self.look()
                states = [painting["state"] for painting in visit["paintings"]]
                is_painted = bool(states) and all(state in ("done", "failed") for state in states)
                if is_painted and (not needs_ticket or visit["state"] in OVER):
                    self.ended_at = time.time()
                    return visit
                await asyncio.sleep(every)

    async def whole_visit(self, seconds: float) -> Json:
        """Come, send the photo, answer the quiz, and wait for everything."""
        await self.begin()
        await self.send()
        await self.answer()
        return await self.wait_until_done(seconds)


def distinct_photos(count: int, *, seed: int = 0, side: int = 320) -> list[bytes]:
    """Give photos of 4 to 3 that differ from all others of this run: the same one would be painted once."""
    whole = Image.open(PHOTOS / "portrait-woman-astronaut.jpg").convert("RGB").resize((side, side * 3 // 4))
    chance = random.Random(seed)
    made: list[bytes] = []
    for _ in range(count):
        mark = Image.frombytes("RGB", (8, 8), chance.randbytes(192)).resize((64, 64), Image.Resampling.NEAREST)
        picture = whole.copy()
        picture.paste(mark, (0, 0))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=85)
        made.append(stream.getvalue())
    return made


async def server_events(http: aiohttp.ClientSession, url: str) -> AsyncIterator[tuple[str, Json]]:
    """Give (event, data) of a stream of server-sent events until it ends."""
    async with http.get(url, timeout=aiohttp.ClientTimeout(total=None)) as response:
        response.raise_for_status()
        kind, data = "", ""
        async for raw in response.content:
            line = raw.decode().rstrip("\r\n")
            if line.startswith("event:"):
                kind = line[6:].strip()
            elif line.startswith("data:"):
                data += line[5:].strip()
            elif not line and data:
                yield kind, json.loads(data)
                kind, data = "", ""
