"""The messages between the painterly engine and its worker processes, and how they lie on a socket.

A frame is one typed message as JSON plus any number of blobs (photo, subject, picture). It is JSON and not a pickle because a
worker decodes strangers' pictures: whatever comes out of it is read as data, never run. `worker_pool.py` is one end,
`painterly_worker.py` the other.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

__all__ = [
    "LAST_MESSAGES",
    "Analysed",
    "Failed",
    "Frame",
    "Message",
    "Paint",
    "Ready",
    "Stepped",
    "Stop",
    "Stopped",
    "WorkerPainted",
    "encode",
    "read_frame",
    "receive_frame",
]

# More than any frame has: a bound, so that a broken worker cannot fill the service's memory.
LARGEST_FRAME_BYTES = 32 * 1024 * 1024
MOST_BLOBS = 4

_HEAD = struct.Struct("!II")
"""Bytes of JSON, number of blobs."""
_LENGTH = struct.Struct("!Q")


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paint(_Message):
    """To the worker: paint. Blobs: the photo, then the pickled subject when `subject` is "sent"."""

    kind: Literal["paint"] = "paint"
    number: int
    look: str
    """The artist's look as JSON."""
    seed: int
    preview_px: int
    photo_id: str
    subject: Literal["make", "sent", "kept"]
    """Whether the worker makes the analysis, gets it with this frame, or still has it from an earlier painting."""


class Stop(_Message):
    """To the worker: stop painting `number`; without meaning when that has ended already."""

    kind: Literal["stop"] = "stop"
    number: int


class Ready(_Message):
    """From the worker, once: everything is imported."""

    kind: Literal["ready"] = "ready"


class Analysed(_Message):
    """From the worker: the subject that it has just made. Blob: the subject, pickled, for other workers only."""

    kind: Literal["analysed"] = "analysed"
    number: int


class Stepped(_Message):
    """From the worker: a step has ended. Blob: the preview, or empty."""

    kind: Literal["stepped"] = "stepped"
    number: int
    index: int
    count: int
    label: str


class WorkerPainted(_Message):
    """From the worker, last: the painting is done. Blob: the picture."""

    kind: Literal["painted"] = "painted"
    number: int
    width: int
    height: int
    focus_x: float
    focus_y: float
    seconds: float


class Failed(_Message):
    """From the worker, last: there will be no painting."""

    kind: Literal["failed"] = "failed"
    number: int
    reason: Literal["BAD_PICTURE", "OUT_OF_MEMORY", "ENGINE_FAILED"]
    message: str


class Stopped(_Message):
    """From the worker, last: it has stopped because it was told to."""

    kind: Literal["stopped"] = "stopped"
    number: int


LAST_MESSAGES = (WorkerPainted, Failed, Stopped)
"""Exactly one of these ends what a Paint began."""

Message = Paint | Stop | Ready | Analysed | Stepped | WorkerPainted | Failed | Stopped
_MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


@dataclass(frozen=True)
class Frame:
    """One message with its blobs."""

    message: Message
    blobs: tuple[bytes, ...] = ()


def encode(frame: Frame) -> bytes:
    """Give the bytes of a frame."""
    text = frame.message.model_dump_json().encode()
    parts = [_HEAD.pack(len(text), len(frame.blobs)), text]
    for blob in frame.blobs:
        parts += [_LENGTH.pack(len(blob)), blob]
    return b"".join(parts)


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """Read one frame; raises IncompleteReadError at the end of the stream, ValueError for what is no frame."""
    text_length, blob_count = _checked_head(await reader.readexactly(_HEAD.size))
    text = await reader.readexactly(text_length)
    blobs: list[bytes] = []
    for _ in range(blob_count):
        length = _checked_length(await reader.readexactly(_LENGTH.size))
        blobs.append(await reader.readexactly(length))
    return Frame(_MESSAGES.validate_json(text), tuple(blobs))


def receive_frame(receive: Callable[[int], bytes]) -> Frame | None:
    """Read one frame with a blocking `receive(n)`, which gives fewer than n bytes at the end only; None at the end."""
    head = receive(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    text_length, blob_count = _checked_head(head)
    text = receive(text_length)
    blobs: list[bytes] = []
    for _ in range(blob_count):
        length_bytes = receive(_LENGTH.size)
        if len(length_bytes) < _LENGTH.size:
            return None
        blob = receive(length := _checked_length(length_bytes))
        if len(blob) < length:
            return None
        blobs.append(blob)
    return Frame(_MESSAGES.validate_json(text), tuple(blobs)) if len(text) == text_length else None


def _checked_head(head: bytes) -> tuple[int, int]:
    text_length, blob_count = _HEAD.unpack(head)
    if text_length > LARGEST_FRAME_BYTES or blob_count > MOST_BLOBS:
        raise ValueError(f"frame: {text_length} bytes of JSON and {blob_count} blobs are more than a frame has")
    return text_length, blob_count


def _checked_length(length_bytes: bytes) -> int:
    (length,) = _LENGTH.unpack(length_bytes)
    if length > LARGEST_FRAME_BYTES:
        raise ValueError(f"frame: a blob of {length} bytes is larger than any frame")
    return length
