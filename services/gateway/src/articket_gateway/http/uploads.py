"""Room for the photos that are being uploaded: they are read into memory, and memory ends.

An upload takes its room when its first byte is asked for and keeps it until it is answered, decoding included. Photos as our
phones send them have room of their own, so large files of others never keep them waiting. Who sends too slowly for the room
taken is cut off.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from articket_gateway.errors import Problem
from articket_gateway.photos import MAX_BYTES

MIB = 1024 * 1024

SMALL_BYTES = 2 * MIB
"""What counts as small: our phones send 900 kB at most."""
ROOM_FOR_SMALL = 40 * MIB
ROOM_FOR_LARGE = 80 * MIB
"""Together with the first: what uploads may hold in memory."""

WAIT_SECONDS = 8.0
"""How long an upload waits for room. A phone begins anew when nothing moves for 25 s, so it must hear of it before."""
AGAIN_SECONDS = 5.0

GRACE_SECONDS = 10.0
"""Before this nobody is too slow: connections begin slowly, and networks have holes."""
WHOLE_SECONDS = 90.0
"""An upload has to go on at a pace that would end it within this; a phone's 900 kB then need 10 kB/s."""


class UploadRoom:
    """Bytes that may be held at once, given in order of arrival."""

    def __init__(self, total: int) -> None:
        self._total = total
        self.free = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def taken(self, count: int) -> AsyncGenerator[None]:
        """Hold `count` bytes for the block, waiting a little for them. Raises Problem booth_full."""
        count = min(count, self._total)
        await self._take(count)
        try:
            yield
        finally:
            self.free += count
            self._give()

    async def _take(self, count: int) -> None:
        if not self._waiting and count <= self.free:
            self.free -= count
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((count, turn))
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except BaseException as error:
            self._leave(count, turn)
            if isinstance(error, TimeoutError):
                detail = "uploads: expected room within a few seconds, found too many at once"
                raise Problem("booth_full", detail, hint="Send it again shortly.", retry_after=AGAIN_SECONDS) from None
            raise

    def _leave(self, count: int, turn: asyncio.Future[None]) -> None:
        """Give up a place in the queue; the room, too, when it was given in the very same moment."""
        if turn.done() and not turn.cancelled():
            self.free += count
        else:
            self._waiting = deque(one for one in self._waiting if one[1] is not turn)
        self._give()

    def _give(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.free:
            count, turn = self._waiting.popleft()
            if not turn.done():
                self.free -= count
                turn.set_result(None)


@dataclass
class _Upload:
    """One upload under way: how much has come, and how long it took the sender (not us)."""

    expected: int
    has_room: bool = False
    is_whole: bool = False
    received: int = 0
    seconds: float = 0.0

    @property
    def patience(self) -> float:
        """The seconds that the next bytes may take before the upload is too slow."""
        return GRACE_SECONDS + WHOLE_SECONDS * min(1.0, self.received / self.expected) - self.seconds


class UploadMiddleware:
    """Gives photo uploads their room and their pace; the application asks for the body once it knows the visit."""

    def __init__(self, app: ASGIApp, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock
        self._small = UploadRoom(ROOM_FOR_SMALL)
        self._large = UploadRoom(ROOM_FOR_LARGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].endswith("/photo"):
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        size = min(int(declared), MAX_BYTES) if declared.isdecimal() and len(declared) < 18 else MAX_BYTES
        room = self._small if size <= SMALL_BYTES else self._large
        upload = _Upload(max(1, size))
        async with AsyncExitStack() as held:

            async def receive_in_turn() -> Message:
                if not upload.has_room:
                    await held.enter_async_context(room.taken(size))
                    upload.has_room = True
                return await receive() if upload.is_whole else await self._paced(upload, receive)

            await self._app(scope, receive_in_turn, send)

    async def _paced(self, upload: _Upload, receive: Receive) -> Message:
        """Wait for the next part of the body. Raises Problem upload_interrupted when it is too slow in coming."""
        began = self._clock()
        try:
            async with asyncio.timeout(upload.patience):
                message = await receive()
        except TimeoutError:
            detail = f"upload: expected {upload.expected} bytes at a steady pace, found {upload.received} so far"
            raise Problem("upload_interrupted", detail, hint="Send it again, on a better network.") from None
        upload.seconds += self._clock() - began
        upload.received += len(message.get("body", b""))
        upload.is_whole = not message.get("more_body", False)
        return message
