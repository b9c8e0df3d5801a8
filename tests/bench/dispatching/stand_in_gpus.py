"""What the peers paint on: image servers over HTTP that simulate the same GPUs as our pods do, and note the same in a journal.

Like the WebUI servers that such booths use, a server takes any number of requests and works on one at a time, behind its lock.
All of them live in one process, which costs the peers less of this machine than our pods cost us. Run as

    python -m tests.bench.dispatching.stand_in_gpus <folder of the journal> <port>:<seconds>:<fault> …

where fault is well, fails, hangs or small. POST /paint {"id": …, "side": px} answers {"id": …} or a status of 500.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from tests.bench.dispatching.broken_pods import MEMORY_PX
from tests.support.counted_service import Notes


class Gpu:
    """One server."""

    def __init__(self, seconds: float, fault: str, notes: Notes) -> None:
        self._seconds = seconds
        self._fault = fault
        self._notes = notes
        self._lock = asyncio.Lock()

    async def paint(self, request: web.Request) -> web.Response:
        asked = await request.json()
        async with self._lock:
            self._notes.add("begun", asked["id"])
            is_too_large = self._fault == "small" and asked["side"] > MEMORY_PX
            if self._fault == "well" or (self._fault == "small" and not is_too_large):
                await asyncio.sleep(self._seconds)
                self._notes.add("done", asked["id"])
                return web.json_response({"id": asked["id"]})
            await asyncio.sleep(self._seconds / 2)  # our simulated engine fails and hangs half-way, too
            if self._fault == "hangs":
                await asyncio.Event().wait()
            self._notes.add("failed", asked["id"])
            return web.json_response({"error": "OutOfMemoryError" if is_too_large else "RuntimeError"}, status=500)


async def main() -> None:
    folder = Path(sys.argv[1])
    for number, described in enumerate(sys.argv[2:], 1):
        port, seconds, fault = described.split(":")
        app = web.Application()
        name = f"pod-{number}"
        app.router.add_post("/paint", Gpu(float(seconds), fault, Notes(str(folder / f"{name}.jsonl"), name)).paint)
        # a request whose client has gone gives the lock back, as these servers do when they notice
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(port)).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
