"""The caption service over gRPC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket.caption.v1 import caption_pb2, caption_pb2_grpc

if TYPE_CHECKING:
    import grpc.aio


@dataclass(frozen=True, slots=True)
class Captioned:
    """What the engine saw: a sentence for the prompt and a line for people in both languages."""

    prompt: str
    text_en: str
    text_ko: str
    engine: str
    engine_seconds: float


class CaptionClient:
    """Calls the caption service. Raises PermanentError or TransientError of the mesh."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Use a channel that somebody else opens and closes."""
        self._stub: caption_pb2_grpc.CaptionServiceAsyncStub = caption_pb2_grpc.CaptionServiceStub(channel)  # pyright: ignore[reportAssignmentType] -- the async stub exists for types only

    async def caption(self, photo: bytes, *, idempotency_key: str, timeout: float) -> Captioned:
        """Describe the photo; `timeout` in seconds."""
        answer = await self._stub.Caption(
            caption_pb2.CaptionRequest(idempotency_key=idempotency_key, photo=photo), timeout=timeout
        )
        return Captioned(answer.prompt, answer.text_en, answer.text_ko, answer.engine, answer.engine_seconds)
