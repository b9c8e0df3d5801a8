"""Which pod paints what next.

An order waits in the fair queue until a pod that serves its artist has a free slot; the freest such pod gets it. The pods
never queue: what waits, waits here, where it can be reordered, cancelled and shown. Every change (an order came, a painting
ended, a pod came back) runs the same short loop, `_dispatch`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StepEnded
from articket_gateway.dispatch.fairness import FairQueue, Ticketed
from articket_gateway.dispatch.pods import Pod, watch
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy, counts_as_attempt
from articket_mesh.errors import ErrorReason, MeshError, TransientError

PAINT_TIMEOUT_SECONDS = 180.0
"""How long one try may take; far above any engine's time, so that only a hang reaches it."""

POSITIONS_SECONDS = 0.5
"""Positions are for people: telling each of a thousand waiting orders of each change would be the most work of all."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The order waits; `position` orders go before it."""

    position: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The order has gone to a pod: its short name, never its address, and the engine it says it has. Tries count from 1."""

    pod: str
    engine: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TryFailed:
    """A try has ended without a painting and the order waits for another one; `attempts` have counted so far."""

    reason: str
    attempts: int


News: TypeAlias = Ahead | Sent | Accepted | StepEnded | TryFailed
"""What is told of an order while it is under way."""


@dataclass(eq=False)
class Order:
    """One painting wanted: for whom, what, and whom to tell how it goes."""

    visit_id: str
    request: PaintRequest
    tell: Callable[[News], None]
    attempts: int = 0
    avoid: set[str] = field(default_factory=set[str])
    not_before: float = 0.0
    unserved_since: float | None = None
    refusals: int = 0  # in a row, by pods that could not begin though they had a slot
    refused_since: float | None = None
    position: int | None = None
    result: asyncio.Future[Painted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    task: asyncio.Task[None] | None = None

    @property
    def artist_id(self) -> str:
        """The artist whose style is wanted."""
        return self.request.artist_id


@dataclass(frozen=True, slots=True)
class _Offer:
    """The pods that serve one artist right now, and those of them with a free slot."""

    serving: Sequence[Pod]
    free: Sequence[Pod]

    def choose(self, avoid: set[str]) -> Pod | None:
        """Give the freest pod, leaving out those that have failed the order while another one serves the artist."""
        is_choosy = any(pod.name not in avoid for pod in self.serving)
        candidates = [pod for pod in self.free if not is_choosy or pod.name not in avoid]
        return max(candidates, key=lambda pod: (pod.free_slots / pod.slots, pod.free_slots), default=None)


class Dispatcher:
    """Owns the waiting orders and the pods' watchers; `open` and `close` it in one place."""

    def __init__(
        self, pods: Sequence[Pod], policy: RetryPolicy | None = None, *, positions_seconds: float = POSITIONS_SECONDS
    ) -> None:
        self.pods = pods
        self._short_names: dict[str, str] = {}
        self._policy = policy or RetryPolicy()
        self._positions_seconds = positions_seconds
        self._queue: FairQueue[Order] = FairQueue()
        self._running: set[Order] = set()
        self._watchers: list[asyncio.Task[None]] = []
        self._wake: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Start watching the pods."""
        self._watchers = [asyncio.create_task(watch(pod, self._dispatch), name=f"watch {pod.name}") for pod in self.pods]

    async def close(self) -> None:
        """Stop watching and painting; whoever waits for a painting is cancelled by its own owner, before."""
        tasks = [*self._watchers, *(order.task for order in self._running if order.task is not None)]
        for task in tasks:
            if not task.cancelling():  # a second time would cut short what it does to stop its pod
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for timer in (self._wake, self._telling):
            if timer is not None:
                timer.cancel()

    async def paint(self, visit_id: str, request: PaintRequest, tell: Callable[[News], None]) -> tuple[Painted, int]:
        """Wait for a turn and paint; give the painting and the attempts. Raises GaveUp. Cancelling stops the pod's work."""
        order = Order(visit_id, request, tell)
        place = self._queue.add(visit_id, order)
        self._dispatch()
        try:
            self._tell_position(place)
            return await order.result, order.attempts
        finally:
            self._queue.remove(place)
            if order.task is not None and not order.task.done():
                order.task.cancel()

    def prefer(self, visit_id: str, artist_id: str) -> None:
        """Let this painting go before the visit's others."""
        for place in self._queue:
            if place.visit_id == visit_id and place.item.artist_id == artist_id:
                self._queue.prefer(place)
                self._tell_positions_soon()
                return

    def waiting(self) -> Counter[str]:
        """Count the waiting orders by artist."""
        return Counter(place.item.artist_id for place in self._queue)

    def running(self) -> Counter[str]:
        """Count the paintings being made by artist."""
        return Counter(order.artist_id for order in self._running)

    def _dispatch(self) -> None:
        now = time.monotonic()
        pauses: list[float] = []
        offers: dict[str, _Offer] = {}  # by artist: looked up once, not once for each of a thousand orders
        for place in self._queue:
            order = place.item
            if order.not_before > now:
                pauses.append(order.not_before)
                continue
            offer = offers.get(order.artist_id) or offers.setdefault(order.artist_id, self._offer(order.artist_id))
            order.unserved_since = None if offer.serving else order.unserved_since or now
            if offer.free and (pod := offer.choose(order.avoid)):
                self._begin(place, pod)
                offers.clear()
            elif self._is_out_of_patience(order, now):
                self._give_up(place)
        self._tell_positions_soon()
        rests = [when for pod in self.pods if pod.is_up for when in pod.returns if when > now] if len(self._queue) else []
        self._wake_at(min([*pauses, *rests], default=None))

    def _offer(self, artist_id: str) -> _Offer:
        serving = [pod for pod in self.pods if pod.serves(artist_id)]
        return _Offer(serving, [pod for pod in serving if pod.free_slots > 0])

    def _begin(self, place: Ticketed[Order], pod: Pod) -> None:
        order = place.item
        self._queue.take(place)
        pod.running += 1
        self._running.add(order)
        order.position = None
        order.task = asyncio.create_task(self._paint_on(place, pod), name=f"paint on {pod.name}")
        # a callback, not a `finally`: a task that is cancelled before its first step never enters its `try`
        order.task.add_done_callback(partial(self._ended, place, pod))
        order.tell(Sent(self._short_name(pod), pod.engine, order.attempts + 1))

    def _short_name(self, pod: Pod) -> str:
        """Give the name that people see: a pod's own is its address, which is nobody's business on a public screen."""
        for number, one in enumerate(self.pods, 1):
            self._short_names.setdefault(one.name, f"stylize-{number}")
        return self._short_names[pod.name]

    def _ended(self, place: Ticketed[Order], pod: Pod, task: asyncio.Task[None]) -> None:
        pod.running -= 1
        self._running.discard(place.item)
        broken = None if task.cancelled() else task.exception()
        if broken is not None:  # the edge of a task: whoever waits for the painting must hear of it
            log.error("painting on %s broke", pod.name, exc_info=broken)
            self._try_again(place, pod, TransientError(ErrorReason.INTERNAL, "the call to the pod broke"), begun=True)
        self._dispatch()

    async def _paint_on(self, place: Ticketed[Order], pod: Pod) -> None:
        order = place.item
        begun = False
        painted: Painted | None = None
        try:
            async with aclosing(pod.client.paint(order.request, timeout=PAINT_TIMEOUT_SECONDS)) as events:
                async for event in events:  # to its end, also after the painting: only then is the pod's slot free
                    if isinstance(event, Painted):
                        painted = event
                    else:
                        begun = True
                        order.refusals, order.refused_since = 0, None
                        order.tell(event)
            if painted is None:
                raise TransientError(ErrorReason.ENGINE_FAILED, f"{pod.name} ended without a painting")
            order.attempts += 1
            pod.painted(order.artist_id)
            _settle(order, painted)
        except TransientError as error:
            self._try_again(place, pod, error, begun=begun)
        except MeshError as error:
            _fail(order, GaveUp(error, order.attempts + 1))

    def _try_again(self, place: Ticketed[Order], pod: Pod, error: TransientError, *, begun: bool) -> None:
        order = place.item
        if error.reason is ErrorReason.BUSY:
            pod.was_busy()
        elif error.reason in (ErrorReason.UNREACHABLE, ErrorReason.DRAINING):
            pod.went_down(error)
        elif error.reason is ErrorReason.UNKNOWN_ARTIST:
            pod.artists = {key: digest for key, digest in pod.artists.items() if key != order.artist_id}
        else:
            pod.failed(order.artist_id)
        if counts_as_attempt(error, begun=begun):
            order.attempts += 1
            order.avoid.add(pod.name)
            order.not_before = time.monotonic() + (error.retry_after or self._policy.pause(order.attempts))
        elif error.reason is not ErrorReason.BUSY:  # who is busy rests as a whole; who cannot begin might refuse for ever
            order.refusals += 1
            order.refused_since = order.refused_since or time.monotonic()
            order.not_before = time.monotonic() + (error.retry_after or self._policy.pause(order.refusals))
        if order.attempts >= self._policy.attempts or self._is_refused_too_long(order):
            _fail(order, GaveUp(error, max(order.attempts, 1)))
        elif not order.result.done():
            order.tell(TryFailed(str(error.reason), order.attempts))
            self._queue.put_back(place)

    def _is_refused_too_long(self, order: Order) -> bool:
        return order.refused_since is not None and time.monotonic() - order.refused_since > self._policy.patience

    def _is_out_of_patience(self, order: Order, now: float) -> bool:
        return order.unserved_since is not None and now - order.unserved_since > self._policy.patience

    def _give_up(self, place: Ticketed[Order]) -> None:
        self._queue.remove(place)
        error = TransientError(
            ErrorReason.ENGINE_UNAVAILABLE,
            f"{place.item.artist_id}: no pod served this artist for {self._policy.patience:.0f} s",
        )
        _fail(place.item, GaveUp(error, max(place.item.attempts, 1)))

    def _tell_position(self, place: Ticketed[Order]) -> None:
        """Tell a new order at once where it stands."""
        position = self._queue.position(place)
        if position is not None:
            place.item.position = position
            place.item.tell(Ahead(position))

    def _tell_positions_soon(self) -> None:
        if self._telling is None and len(self._queue):
            self._telling = asyncio.get_running_loop().call_later(self._positions_seconds, self._tell_positions)

    def _tell_positions(self) -> None:
        self._telling = None
        for position, place in enumerate(self._queue):
            if place.item.position != position:
                place.item.position = position
                place.item.tell(Ahead(position))

    def _wake_at(self, when: float | None) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = None
        if when is not None:
            self._wake = asyncio.get_running_loop().call_later(max(0.0, when - time.monotonic()), self._dispatch)


def _settle(order: Order, painted: Painted) -> None:
    if not order.result.done():
        order.result.set_result(painted)


def _fail(order: Order, error: GaveUp) -> None:
    if not order.result.done():
        order.result.set_exception(error)
