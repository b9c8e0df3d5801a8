"""A stylize pod over gRPC."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from articket.stylize.v1 import stylize_pb2, stylize_pb2_grpc

if TYPE_CHECKING:
    import grpc.aio


@dataclass(frozen=True, slots=True)
class PodDescription:
    """What a pod says of itself: its engine, how many paintings it makes at once, and artist id → digest of its folder."""

    engine: str
    slots: int
    artists: Mapping[str, str]
    loaded: frozenset[str] = frozenset()
    """Ids of the artists whose weights are loaded: they could begin at once."""
    can_draw: bool = False
    """Whether it makes pictures from words alone."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The pod has taken the order; `position` counts those before it in the engine's own queue."""

    position: int


@dataclass(frozen=True, slots=True)
class StepEnded:
    """Step `index` of `count` has ended; `preview` is a JPEG of the canvas, or empty."""

    index: int
    count: int
    label: str
    preview: bytes


@dataclass(frozen=True, slots=True)
class Painted:
    """The painting (JPEG) and what made it; the focal point is a share of width and height."""

    picture: bytes
    width: int
    height: int
    focus_x: float
    focus_y: float
    engine: str
    seed: int
    engine_seconds: float
    attempts: int
    artist_digest: str


@dataclass(frozen=True, slots=True)
class PaintRequest:
    """One painting to make. `caption` may be empty; `seed` repeats a painting; `preview_px` of 0 asks for no previews.

    `long_side_px` is how large the pod may work at most, 256 to 1280, for what did not fit into a GPU; 0 leaves it to the pod.
    """

    idempotency_key: str
    artist_id: str
    photo: bytes
    caption: str
    seed: int
    preview_px: int
    long_side_px: int = 0


class StylizeClient:
    """Calls one pod. Both methods raise PermanentError or TransientError of the mesh."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Use a channel that somebody else opens and closes."""
        self._stub: stylize_pb2_grpc.StylizeServiceAsyncStub = stylize_pb2_grpc.StylizeServiceStub(channel)  # pyright: ignore[reportAssignmentType] -- the async stub exists for types only

    async def describe(self, *, timeout: float) -> PodDescription:
        """Ask what the pod serves; `timeout` in seconds."""
        answer = await self._stub.Describe(stylize_pb2.DescribeRequest(), timeout=timeout)
        return PodDescription(
            answer.engine,
            answer.slots,
            {one.artist_id: one.digest for one in answer.artists},
            frozenset(one.artist_id for one in answer.artists if one.is_loaded),
            answer.can_draw,
        )

    async def paint(self, request: PaintRequest, *, timeout: float) -> AsyncGenerator[Accepted | StepEnded | Painted]:
        """Paint; closing the iterator cancels the work on the pod."""
        call = self._stub.Stylize(
            stylize_pb2.StylizeRequest(
                idempotency_key=request.idempotency_key,
                artist_id=request.artist_id,
                photo=request.photo,
                caption=request.caption,
                seed=request.seed,
                preview_px=request.preview_px,
                long_side_px=request.long_side_px,
            ),
            timeout=timeout,
        )
        try:
            async for message in call:
                match message.WhichOneof("event"):
                    case "queued":
                        yield Accepted(message.queued.position)
                    case "step":
                        step = message.step
                        yield StepEnded(step.index, step.count, step.label, step.preview)
                    case "painting":
                        yield _painted(message.painting)
                    case _:
                        continue  # an event of a newer contract: it tells nothing that this version needs
        finally:
            call.cancel()


def _painted(painting: stylize_pb2.Painting) -> Painted:
    return Painted(
        picture=painting.picture,
        width=painting.width,
        height=painting.height,
        focus_x=painting.focus.x,
        focus_y=painting.focus.y,
        engine=painting.engine,
        seed=painting.seed,
        engine_seconds=painting.engine_seconds,
        attempts=painting.attempts,
        artist_digest=painting.artist_digest,
    )
