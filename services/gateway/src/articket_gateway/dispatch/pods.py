"""The stylize pods as the dispatcher sees them: what each serves, how busy it is, whether it can be trusted.

A pod is asked to describe itself every few seconds. One that does not answer is down until it answers again; what keeps failing
on it is set aside for a while (`quarantine`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Protocol

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, PodDescription, StepEnded
from articket_gateway.dispatch.quarantine import Quarantine
from articket_mesh.errors import MeshError

WATCH_SECONDS = 2.0
DOWN_WATCH_SECONDS = 0.25
DESCRIBE_TIMEOUT_SECONDS = 2.0
BUSY_PAUSE_SECONDS = 0.1

log = logging.getLogger(__name__)


class PodClient(Protocol):
    """What the dispatcher needs of a pod's client."""

    async def describe(self, *, timeout: float) -> PodDescription:
        """Say what the pod serves."""
        ...

    def paint(self, request: PaintRequest, *, timeout: float) -> AsyncGenerator[Accepted | StepEnded | Painted]:
        """Paint, streaming progress."""
        ...


class Pod:
    """One pod and what is known of it."""

    def __init__(self, name: str, client: PodClient) -> None:
        self.name = name
        self.client = client
        self.slots = 0
        self.running = 0
        self.artists: Mapping[str, str] = {}
        self.engine = ""
        self.is_up = False
        self.look_now = asyncio.Event()  # set when something suggests that what is known has changed
        self._rests_until = 0.0  # on the monotonic clock
        self._quarantine = Quarantine()

    @property
    def free_slots(self) -> int:
        """How many more paintings it can take right now."""
        return max(0, self.slots - self.running) if self.is_available else 0

    @property
    def available_at(self) -> float:
        """When it may be asked again, on the monotonic clock; in the past for one that may be asked now."""
        return max(self._rests_until, self._quarantine.pod_until)

    @property
    def returns(self) -> list[float]:
        """The times, on the monotonic clock, at which it or one of its artists may be asked again."""
        return [self._rests_until, *self._quarantine.returns()]

    @property
    def is_available(self) -> bool:
        """Whether it answers and is neither set aside nor just busy."""
        return self.is_up and time.monotonic() >= self.available_at

    def serves(self, artist_id: str) -> bool:
        """Whether it answers, is not set aside and has this artist; it may be busy."""
        return self.is_up and artist_id in self.artists and time.monotonic() >= self._quarantine.until(artist_id)

    def described(self, description: PodDescription) -> None:
        """Take in what the pod says of itself."""
        if not self.is_up:
            log.info(
                "pod %s is up: %s, %d slots, %d artists",
                self.name,
                description.engine,
                description.slots,
                len(description.artists),
            )
        self.is_up = True
        self.slots, self.artists, self.engine = description.slots, description.artists, description.engine

    def went_down(self, error: MeshError) -> None:
        """Note that it does not answer."""
        if self.is_up:
            log.warning("pod %s is down: %s", self.name, error.reason)
            self.look_now.set()
        self.is_up = False

    def was_busy(self) -> None:
        """Note that it turned a painting away: somebody else uses it too."""
        self._rests_until = time.monotonic() + BUSY_PAUSE_SECONDS

    def painted(self, artist_id: str) -> None:
        """Note a success."""
        self._quarantine.painted(artist_id)

    def failed(self, artist_id: str) -> None:
        """Note a failed painting; too many in a row set the artist, or the pod, aside."""
        set_aside = self._quarantine.failed(artist_id)
        if set_aside is not None:
            log.warning("pod %s keeps failing: %s is set aside for %.0f s", self.name, *set_aside)


async def watch(pod: Pod, changed: Callable[[], None]) -> None:
    """Keep what is known of the pod current, for ever; `changed` is called after each look."""
    while True:
        try:
            pod.described(await pod.client.describe(timeout=DESCRIBE_TIMEOUT_SECONDS))
        except MeshError as error:
            pod.went_down(error)
        except Exception:  # the edge of a task: one broken look must not end the watch
            log.exception("looking at pod %s broke; what is known of it stays", pod.name)
        changed()
        pod.look_now.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(WATCH_SECONDS if pod.is_up else DOWN_WATCH_SECONDS):
                await pod.look_now.wait()
