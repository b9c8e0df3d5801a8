"""Which pod paints what next.

An order waits in the fair queue until a pod that serves its artist has a free slot; the freest such pod gets it. The pods
never queue: what waits, waits here, where it can be reordered, cancelled and shown. Every change (an order came, a painting
ended, a pod came back) runs the same short loop, `_dispatch`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StepEnded
from articket_gateway.dispatch.fairness import FairQueue, Ticketed
from articket_gateway.dispatch.pods import Pod, watch
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy, counts_as_attempt
from articket_mesh.errors import ErrorReason, MeshError, TransientError

PAINT_TIMEOUT_SECONDS = 180.0
"""How long one try may take; far above any engine's time, so that only a hang reaches it."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The order waits; `position` orders go before it."""

    position: int


@dataclass(eq=False)
class Order:
    """One painting wanted: for whom, what, and whom to tell how it goes."""

    visit_id: str
    request: PaintRequest
    tell: Callable[[Ahead | Accepted | StepEnded], None]
    attempts: int = 0
    avoid: set[str] = field(default_factory=set[str])
    not_before: float = 0.0
    unserved_since: float | None = None
    position: int | None = None
    result: asyncio.Future[Painted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    task: asyncio.Task[None] | None = None

    @property
    def artist_id(self) -> str:
        """The artist whose style is wanted."""
        return self.request.artist_id


class Dispatcher:
    """Owns the waiting orders and the pods' watchers; `open` and `close` it in one place."""

    def __init__(self, pods: Sequence[Pod], policy: RetryPolicy | None = None) -> None:
        self.pods = pods
        self._policy = policy or RetryPolicy()
        self._queue: FairQueue[Order] = FairQueue()
        self._running: set[Order] = set()
        self._watchers: list[asyncio.Task[None]] = []
        self._wake: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Start watching the pods."""
        self._watchers = [asyncio.create_task(watch(pod, self._dispatch), name=f"watch {pod.name}") for pod in self.pods]

    async def close(self) -> None:
        """Stop watching; whoever waits for a painting is cancelled by its own owner."""
        if self._wake is not None:
            self._wake.cancel()
        for task in self._watchers:
            task.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)

    async def paint(
        self, visit_id: str, request: PaintRequest, tell: Callable[[Ahead | Accepted | StepEnded], None]
    ) -> tuple[Painted, int]:
        """Wait for a turn and paint; give the painting and the attempts. Raises GaveUp. Cancelling stops the pod's work."""
        order = Order(visit_id, request, tell)
        place = self._queue.add(visit_id, order)
        self._dispatch()
        try:
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
                self._tell_positions()
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
        for place in self._queue:
            order = place.item
            if order.not_before > now:
                pauses.append(order.not_before)
                continue
            pod = self._choose(order)
            if pod is not None:
                self._begin(place, pod)
            elif self._is_out_of_patience(order, now):
                self._give_up(place)
        self._tell_positions()
        rests = [pod.rests_until for pod in self.pods if pod.is_up and pod.rests_until > now] if len(self._queue) else []
        self._wake_at(min([*pauses, *rests], default=None))

    def _choose(self, order: Order) -> Pod | None:
        """Give the freest pod that serves the artist, avoiding those that failed this order while another one is up."""
        serving = [pod for pod in self.pods if pod.serves(order.artist_id)]
        order.unserved_since = None if serving else order.unserved_since or time.monotonic()
        candidates = [pod for pod in serving if pod.name not in order.avoid] or serving
        free = [pod for pod in candidates if pod.free_slots > 0]
        return max(free, key=lambda pod: (pod.free_slots / pod.slots, pod.free_slots), default=None)

    def _begin(self, place: Ticketed[Order], pod: Pod) -> None:
        self._queue.take(place)
        pod.running += 1
        self._running.add(place.item)
        place.item.position = None
        place.item.task = asyncio.create_task(self._paint_on(place, pod), name=f"paint on {pod.name}")

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
                        order.tell(event)
            if painted is None:
                raise TransientError(ErrorReason.ENGINE_FAILED, f"{pod.name} ended without a painting")
            order.attempts += 1
            pod.painted()
            _settle(order, painted)
        except TransientError as error:
            self._try_again(place, pod, error, begun=begun)
        except MeshError as error:
            _fail(order, GaveUp(error, order.attempts + 1))
        finally:
            pod.running -= 1
            self._running.discard(order)
            self._dispatch()

    def _try_again(self, place: Ticketed[Order], pod: Pod, error: TransientError, *, begun: bool) -> None:
        order = place.item
        if error.reason is ErrorReason.BUSY:
            pod.was_busy()
        elif error.reason in (ErrorReason.UNREACHABLE, ErrorReason.DRAINING):
            pod.went_down(error)
        elif error.reason is ErrorReason.UNKNOWN_ARTIST:
            pod.artists = {key: digest for key, digest in pod.artists.items() if key != order.artist_id}
        else:
            pod.failed()
        if counts_as_attempt(error, begun=begun):
            order.attempts += 1
            order.avoid.add(pod.name)
            order.not_before = time.monotonic() + (error.retry_after or self._policy.pause(order.attempts))
        if order.attempts >= self._policy.attempts:
            _fail(order, GaveUp(error, order.attempts))
        elif not order.result.done():
            self._queue.put_back(place)

    def _is_out_of_patience(self, order: Order, now: float) -> bool:
        return order.unserved_since is not None and now - order.unserved_since > self._policy.patience

    def _give_up(self, place: Ticketed[Order]) -> None:
        self._queue.remove(place)
        error = TransientError(
            ErrorReason.ENGINE_UNAVAILABLE,
            f"{place.item.artist_id}: no pod served this artist for {self._policy.patience:.0f} s",
        )
        _fail(place.item, GaveUp(error, max(place.item.attempts, 1)))

    def _tell_positions(self) -> None:
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
