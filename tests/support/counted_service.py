"""A service as it ships, except that it notes each call in a file: what came, what was begun, how it ended, and when.

Metrics are gone with a process that is killed; these lines are not. Run as

    python -m tests.support.counted_service stylize|ticket|caption|instant-caption <journal> <name>

with the service's own settings in the environment. `instant-caption` is the caption service on a machine of its own, with a
GPU: it costs these cores nothing and answers at once. `journal` reads the lines.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib import import_module
from typing import Any

from articket.caption.v1 import caption_pb2
from articket_mesh.errors import ErrorReason, MeshError


class Notes:
    """Appends lines to the journal; each is whole on the disk, or not there, whenever the process is killed."""

    def __init__(self, path: str, name: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._name = name

    def add(self, what: str, key: str, reason: str = "", long_side_px: int = 0) -> None:
        line = {"at": time.time(), "by": self._name, "what": what, "key": key, "reason": reason, "px": long_side_px}
        os.write(self._file, json.dumps(line).encode() + b"\n")


def counted_stylize(servicer: type, notes: Notes) -> type:
    class CountedStylize(servicer):
        async def Stylize(self, request: Any, context: Any) -> AsyncGenerator[Any]:
            key, side = request.idempotency_key, getattr(request, "long_side_px", 0)
            ended, reason = "cancelled", ""
            has_begun = False
            try:
                async with aclosing(super().Stylize(request, context)) as messages:
                    async for message in messages:
                        if not has_begun:
                            has_begun = True
                            notes.add("begun", key, long_side_px=side)
                        if message.WhichOneof("event") == "painting":
                            ended = "done"
                            notes.add("done", key, long_side_px=side)
                        yield message
            except MeshError as error:
                ended = "refused" if error.reason is ErrorReason.BUSY else "failed"
                reason = str(error.reason)
                raise
            finally:
                if ended != "done":
                    notes.add(ended, key, reason, side)

    return CountedStylize


def counted_unary(servicer: type, method: str, notes: Notes) -> type:
    async def call(self: Any, request: Any, context: Any) -> Any:
        key = request.idempotency_key
        notes.add("begun", key)
        ended, reason = "cancelled", ""
        try:
            answer = await getattr(super(counted, self), method)(request, context)
            ended = "done"
        except MeshError as error:
            ended, reason = "failed", str(error.reason)
            raise
        finally:
            notes.add(ended, key, reason)
        return answer

    counted = type(f"Counted{servicer.__name__}", (servicer,), {method: call})
    return counted


def instant_caption(servicer: type) -> type:
    class InstantCaption(servicer):
        async def Caption(self, request: Any, context: Any) -> Any:
            await asyncio.sleep(0)
            return caption_pb2.CaptionResponse(
                prompt="a portrait of one person", text_en="One person", text_ko="한 사람", engine="instant"
            )

    return InstantCaption


def main() -> None:
    kind, journal, name = sys.argv[1:]
    notes = Notes(journal, name)
    # the servicers are swapped where each service is put together: everything around them stays as it ships
    match kind:
        case "stylize":
            service = import_module("articket_stylize.__main__")
            service.StylizeServicer = counted_stylize(service.StylizeServicer, notes)
        case "ticket":
            service = import_module("articket_ticket.__main__")
            service.TicketServicer = counted_unary(service.TicketServicer, "Compose", notes)
        case "caption" | "instant-caption":
            service = import_module("articket_caption.__main__")
            servicer = service.CaptionServicer if kind == "caption" else instant_caption(service.CaptionServicer)
            service.CaptionServicer = counted_unary(servicer, "Caption", notes)
        case _:
            sys.exit(f"service: expected stylize, ticket, caption or instant-caption, found {kind}")
    service.main()


if __name__ == "__main__":
    main()
