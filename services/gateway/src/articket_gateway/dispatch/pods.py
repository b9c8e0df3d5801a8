"""The stylize pods as the dispatcher sees them: what each serves, how busy it is, whether it can be trusted.

A pod is asked to describe itself every few seconds. One that does not answer is down until it answers again; what keeps failing
on it is set aside for a while (`quarantine`); one that ran out of memory is asked for smaller pictures.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Protocol

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, PodDescription, StepEnded
from articket_gateway.dispatch.memory import Memory
from articket_gateway.dispatch.orders import Order
from articket_gateway.dispatch.quarantine import Quarantine
from articket_mesh.errors import MeshError

WATCH_SECONDS = 2.0
DOWN_WATCH_SECONDS = 0.25
DESCRIBE_TIMEOUT_SECONDS = 2.0
BUSY_PAUSE_SECONDS, LONGEST_BUSY_PAUSE_SECONDS = 0.1, 2.0

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
    """One pod and what is known of it. Times are on the monotonic clock."""

    def __init__(self, name: str, client: PodClient, *, is_fallback: bool = False) -> None:
        """Know a pod by its address; a fallback paints only what no other pod could."""
        self.name = name
        self.client = client
        self.is_fallback = is_fallback
        self.slots = 0
        self.orders: set[Order] = set()
        """What it paints for this replica."""
        self.held_elsewhere = 0
        """Its slots that other replicas hold, as far as is known."""
        self.artists: Mapping[str, str] = {}
        self.loaded: frozenset[str] = frozenset()
        self.engine = ""
        self.is_up = False
        self.is_leaving = False
        """Whether it gets nothing more to paint and will be forgotten when it has ended what it has."""
        self.look_now = asyncio.Event()  # set when something suggests that what is known has changed
        self.rests_until = 0.0
        self.memory = Memory()
        self._refusals = 0
        self._quarantine = Quarantine()

    @property
    def running(self) -> int:
        """How many paintings it makes for this replica."""
        return len(self.orders)

    @property
    def free_slots(self) -> int:
        """How many more paintings it could take."""
        return max(0, self.slots - self.running - self.held_elsewhere)

    @property
    def free_share(self) -> float:
        """How much of it is free, 0 to 1."""
        return self.free_slots / self.slots if self.slots else 0.0

    @property
    def returns(self) -> list[float]:
        """The times at which it or one of its artists may be asked again."""
        return [self.rests_until, *self._quarantine.returns()]

    @property
    def is_available(self) -> bool:
        """Whether it answers and is neither set aside nor just busy with others."""
        return self.is_up and time.monotonic() >= max(self.rests_until, self._quarantine.pod_until)

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
        self.loaded = description.loaded

    def went_down(self, error: MeshError) -> None:
        """Note that it does not answer; what comes back may have another GPU."""
        if self.is_up:
            log.warning("pod %s is down: %s", self.name, error.reason)
            self.look_now.set()
        self.is_up = False
        self.memory = Memory()

    def lost_artist(self, artist_id: str) -> None:
        """Note that it does not know the artist any more."""
        self.artists = {key: digest for key, digest in self.artists.items() if key != artist_id}

    def was_busy(self, retry_after: float | None) -> None:
        """Note that it turned a painting away: somebody else uses it too. It rests longer each time."""
        pause = min(BUSY_PAUSE_SECONDS * 2.0**self._refusals, LONGEST_BUSY_PAUSE_SECONDS)
        self._refusals += 1
        self.rests_until = time.monotonic() + (retry_after or pause)

    def took(self) -> None:
        """Note that it has taken a painting."""
        self._refusals = 0

    def painted(self, artist_id: str) -> None:
        """Note a success."""
        self._quarantine.painted(artist_id)

    def ran_out_of_memory(self, artist_id: str, long_side_px: int) -> bool:
        """Note that a painting of this long side did not fit; give whether the next one will be smaller."""
        is_worth_trying = self.memory.ran_out(long_side_px)
        if not is_worth_trying:
            self.failed(artist_id)
        return is_worth_trying

    def failed(self, artist_id: str) -> None:
        """Note a failed painting; too many in a row set the artist, or the pod, aside."""
        self._log_set_aside(self._quarantine.failed(artist_id))

    def hung(self) -> None:
        """Note that nothing was heard of a painting any more: that cost somebody long enough to set the pod aside at once."""
        self._log_set_aside(self._quarantine.set_pod_aside())

    def _log_set_aside(self, set_aside: tuple[str, float] | None) -> None:
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
