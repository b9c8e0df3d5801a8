"""One small HTTP GET without an HTTP library: the supervisor lives as long as the booth and should stay small.

`booth` asks the gateway with it whether the mesh is ready.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

LARGEST_ANSWER = 1_000_000  # bytes


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: its status and its body."""

    status: int
    body: bytes

    def as_object(self) -> Mapping[str, object]:
        """Give the body as a JSON object; empty when it is none."""
        with suppress(ValueError):
            value = json.loads(self.body)
            if isinstance(value, dict):
                return cast("Mapping[str, object]", value)
        return {}


async def get(host: str, port: int, path: str, *, within: float) -> Answer | None:
    """Ask once; None when no answer comes within so many seconds."""
    try:
        async with asyncio.timeout(within):
            return await _get(host, port, path)
    except (OSError, TimeoutError, ValueError, IndexError):
        return None


async def accepts_connections(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _get(host: str, port: int, path: str) -> Answer:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        # HTTP/1.0: the answer comes in one piece and the connection is closed after it
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\r\n".encode())
        answer = await reader.read(LARGEST_ANSWER)
        while piece := await reader.read(LARGEST_ANSWER - len(answer)):
            answer += piece
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return Answer(status=int(head.split(b" ", 2)[1]), body=body)
