"""A stylize pod in memory, for tests of what the gateway does with pods."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, PodDescription, StepEnded
from articket_mesh.errors import ErrorReason, TransientError

ARTISTS = {"vangogh": "d1", "picasso": "d2"}


class FakePod:
    """A pod in memory: paints for `seconds`, unless told to fail; notes how many it was asked to make at once."""

    def __init__(self, *, slots: int = 1, seconds: float = 0.02, artists: Mapping[str, str] = ARTISTS):
        self.slots = slots
        self.seconds = seconds
        self.artists = artists
        self.failures: list[Exception] = []
        self.loaded = frozenset(artists)
        self.is_there = True
        self.fails_before_accepting = False
        self.running = self.most_running = self.painted = self.cancelled = self.asked = 0
        self.artists_asked: list[str] = []

    async def describe(self, *, timeout: float) -> PodDescription:
        if not self.is_there:
            raise TransientError(ErrorReason.UNREACHABLE, "nobody there")
        return PodDescription("fake", self.slots, self.artists, self.loaded)

    async def paint(self, request: PaintRequest, *, timeout: float) -> AsyncGenerator[Accepted | StepEnded | Painted]:
        self.asked += 1
        self.artists_asked.append(request.artist_id)
        if not self.is_there:
            raise TransientError(ErrorReason.UNREACHABLE, "nobody there")
        if self.failures and self.fails_before_accepting:
            raise self.failures.pop(0)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            yield Accepted(0)
            await asyncio.sleep(self.seconds)
            if self.failures:
                raise self.failures.pop(0)
            yield StepEnded(1, 1, "all", b"")
            self.painted += 1
            yield Painted(b"jpeg", 10, 10, 0.5, 0.5, "fake", request.seed, self.seconds, 1, "d1")
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
