"""How often one may ask: per visit, and for guesses at a kiosk's code also per address and in all.

Generous to people, since a whole venue may stand behind one address: wherever there is a visit, it is what is limited. Who may
begin a visit at all is decided in `visit.admission`, how many uploads are read at once in `uploads`. Addresses stay in memory.
"""

from __future__ import annotations

import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from articket_gateway.http.forwarding import parsed_address
from articket_gateway.http.problems import problem_response

MOST_KEYS = 20_000
"""Whoever comes with more visits or addresses pushes the oldest out, which then start anew: memory stays at some 4 MB."""

VISIT_PATH = re.compile(r"/api/v1/visits/([^/]{1,64})(/photo|/events)?")
PASSES_PATH = "/api/v1/passes"
CODE_EXPIRED = 410


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second in the long run."""

    at_once: float
    a_second: float


READS_OF_VISIT = Rate(600, 60)
"""A page that shows four growing canvases asks about 25 times a second; two tabs and a friend's phone are welcome, too."""
STREAMS_OF_VISIT = 20
STREAM_AGAIN_SECONDS = 15.0
"""A stream whose phone has gone is noticed by its next heartbeat."""
CHANGES_OF_VISIT = Rate(120, 5)
PHOTOS_OF_VISIT = Rate(30, 2)
"""A phone that resends each second is let; what it sends again is not decoded again."""
WRONG_CODES_OF_ADDRESS = Rate(120, 1)
"""A crowd may scan an old screenshot of the monitor at once."""
WRONG_CODES = Rate(1000, 20)
"""There are 31^10 codes and a few dozen are good: at this pace a guess hits once in thousands of years."""


class Limiter:
    """Token buckets by key, in bounded memory. Each holds one number: when the bucket would be full again."""

    def __init__(self, rate: Rate, *, most_keys: int = MOST_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._most_keys = most_keys
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def has_taken(self, key: str) -> bool:
        """Whether the key's bucket is not full."""
        return self._full_at.get(key, 0.0) > self._clock()

    def wait(self, key: str) -> float:
        """Give the seconds until the next one is let, 0 for now; takes nothing."""
        lead = self._full_at.get(key, 0.0) - self._clock()
        return max(0.0, lead - (self._rate.at_once - 1) / self._rate.a_second)

    def take(self, key: str) -> float:
        """Take one and give 0, or give the seconds to wait and take nothing."""
        wait = self.wait(key)
        if wait > 0:
            return wait
        now = self._clock()
        self._full_at[key] = max(self._full_at.get(key, 0.0), now) + 1 / self._rate.a_second
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._most_keys:
            self._full_at.popitem(last=False)
        return 0.0


class LimitMiddleware:
    """Refuses what no person does, before the application sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._reads = Limiter(READS_OF_VISIT)
        self._changes = Limiter(CHANGES_OF_VISIT)
        self._photos = Limiter(PHOTOS_OF_VISIT)
        self._streams: Counter[str] = Counter()
        self._wrong_codes_of_address = Limiter(WRONG_CODES_OF_ADDRESS)
        self._wrong_codes = Limiter(WRONG_CODES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif (visit := VISIT_PATH.match(scope["path"])) is not None:
            wait = self._of_visit(scope["method"], is_photo=visit[2] == "/photo").take(visit[1])
            if visit[2] == "/events":
                await self._stream(visit[1], wait, scope, receive, send)
            else:
                await self._answer(wait, "this visit", scope, receive, send)
        elif scope["path"] == PASSES_PATH and scope["method"] == "POST":
            await self._guess(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _of_visit(self, method: str, *, is_photo: bool) -> Limiter:
        if method in ("GET", "HEAD"):
            return self._reads
        return self._photos if is_photo else self._changes

    async def _stream(self, visit_id: str, wait: float, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a stream be opened, as long as the visit has not too many open."""
        if self._streams[visit_id] >= STREAMS_OF_VISIT:
            wait = max(wait, STREAM_AGAIN_SECONDS)
        self._streams[visit_id] += 1
        try:
            await self._answer(wait, "this visit's streams", scope, receive, send)
        finally:
            self._streams[visit_id] -= 1
            if not self._streams[visit_id]:
                del self._streams[visit_id]

    async def _guess(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a code be tried; only wrong ones count, so a crowd with good codes never waits.

        The limit on all is for those who have guessed wrong themselves: nobody can keep the others out by guessing.
        """
        key = address_key(scope)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == CODE_EXPIRED:
                self._wrong_codes_of_address.take(key)
                self._wrong_codes.take("")
            await send(message)

        wait = self._wrong_codes_of_address.wait(key)
        if self._wrong_codes_of_address.has_taken(key):
            wait = max(wait, self._wrong_codes.wait(""))
        await self._answer(wait, "wrong codes from here", scope, receive, send_counted)

    async def _answer(self, wait: float, whose: str, scope: Scope, receive: Receive, send: Send) -> None:
        if wait <= 0:
            await self._app(scope, receive, send)
            return
        detail = f"{whose}: expected fewer in a short time, found more than a person makes"
        response = problem_response("too_many_requests", detail, hint="Wait a little.", retry_after=wait)
        await response(scope, receive, send)


def address_key(scope: Scope) -> str:
    """Name who asks by address: an IPv6 network of 64 bits is one household and counts as one. Never stored, never logged."""
    client = scope.get("client")
    address = parsed_address(client[0]) if client else None
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address) if address is not None else ""
