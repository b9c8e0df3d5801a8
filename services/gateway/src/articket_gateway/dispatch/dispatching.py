"""Feeding the pods: what waits, what begins, what happens when a try ends.

An order waits in the fair queue until it is its turn on a pod with a free slot; `planning` says whose turn it is. The pods
never queue: what waits, waits here, where it can be reordered, cancelled and shown. Every change (an order came, a painting
ended, a pod came back) runs the same short pass, `_dispatch`. What follows a failed try is decided in `_after_failure`: another
try, a smaller picture, another pod, and at last the fallback engine.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from articket_gateway.clients.stylize import Painted, PaintRequest
from articket_gateway.dispatch.fairness import FairQueue, Ticketed
from articket_gateway.dispatch.metrics import DispatchMetrics
from articket_gateway.dispatch.orders import Ahead, News, Order, Sent, TryFailed
from articket_gateway.dispatch.pace import Pace
from articket_gateway.dispatch.planning import Outlook
from articket_gateway.dispatch.pods import Pod, watch
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy, counts_as_attempt
from articket_gateway.dispatch.trying import try_order
from articket_gateway.sharing.slots import OwnSlots, Slots
from articket_mesh.errors import ErrorReason, MeshError, TransientError

POSITIONS_SECONDS = 0.5
"""Positions are for people: telling each of a thousand waiting orders of each change would be the most work of all."""

LARGEST_LONG_SIDE_PX = 1280
"""Of any photo that reaches a pod."""

LATER_SECONDS, LATER_SHARE = 1.0, 0.1
"""An estimate is told anew when it has moved by more than this, in seconds and as a share of what is left."""

log = logging.getLogger(__name__)


class Dispatcher:
    """Owns the waiting orders, the pods and their watchers; `open` and `close` it in one place."""

    def __init__(
        self,
        pods: Sequence[Pod] = (),
        policy: RetryPolicy | None = None,
        *,
        slots: Slots | None = None,
        metrics: DispatchMetrics | None = None,
        positions_seconds: float = POSITIONS_SECONDS,
    ) -> None:
        """Begin with these pods; `slots` says which of their slots other gateways use (nobody, by default)."""
        self.pods: list[Pod] = []
        self._first_pods = pods
        self._policy = policy or RetryPolicy()
        self._slots = slots or OwnSlots()
        self._metrics = metrics or DispatchMetrics()
        self._positions_seconds = positions_seconds
        self._queue: FairQueue[Order] = FairQueue()
        self._pace = Pace()
        self._watchers: dict[Pod, asyncio.Task[None]] = {}
        self._short_names: dict[str, str] = {}
        self._wake: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Start watching the pods."""
        self._slots.when_changed(self._dispatch)
        for pod in self._first_pods:
            self.add(pod)

    async def close(self) -> None:
        """Stop watching and painting; whoever waits for a painting is cancelled by its own owner, before."""
        running = [order.task for pod in self.pods for order in pod.orders if order.task is not None]
        tasks = [*self._watchers.values(), *running]
        for task in tasks:
            if not task.cancelling():  # a second time would cut short what it does to stop its pod
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for timer in (self._wake, self._telling):
            if timer is not None:
                timer.cancel()

    # -- the pods ----------------------------------------------------------------------------------------------------------

    def add(self, pod: Pod) -> None:
        """Use a pod from now on."""
        self.pods.append(pod)
        self._short_names.setdefault(pod.name, f"stylize-{len(self._short_names) + 1}")
        self._watchers[pod] = asyncio.create_task(watch(pod, self._dispatch), name=f"watch {pod.name}")

    def remove(self, pod: Pod) -> None:
        """Forget a pod; what it still paints is tried again elsewhere if it does not end well."""
        self.pods.remove(pod)
        self._pace.forget(pod.name)
        self._watchers.pop(pod).cancel()

    def engine_of(self, artist_id: str) -> str:
        """Name the engine that paints this artist here as a rule: what it has painted, another one would paint differently."""
        engines = {pod.engine for pod in self.pods if not pod.is_fallback and artist_id in pod.artists}
        return "+".join(sorted(engines))

    def short_name(self, pod: Pod) -> str:
        """Give the name that people see: a pod's own is its address, which is nobody's business on a public screen."""
        return self._short_names[pod.name]

    # -- the orders --------------------------------------------------------------------------------------------------------

    async def paint(
        self, visit_id: str, request: PaintRequest, tell: Callable[[News], None], *, is_patient: bool = False
    ) -> tuple[Painted, int]:
        """Wait for a turn and paint; give the painting and the attempts. Raises GaveUp. Cancelling stops the pod's work.

        A patient order waits behind all others, however long, for a pod that is not a fallback.
        """
        order = Order(visit_id, request, tell, is_patient)
        place = self._queue.add(visit_id, order, is_last=is_patient)
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
        return Counter(order.artist_id for pod in self.pods for order in pod.orders)

    # -- one pass ----------------------------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        """Begin whatever can begin now, and see to it that there is another pass when something else can."""
        started = time.perf_counter()
        now = time.monotonic()
        look_again = [when for pod in self.pods if pod.is_up for when in pod.returns if when > now]
        outlook = self._outlook(now)
        wanted: set[str] = set()
        for place in self._queue:
            order = place.item
            wanted.add(order.artist_id)
            if order.not_before > now:
                look_again.append(order.not_before)
                continue
            if not outlook.is_served(order.artist_id):
                look_again.append(self._mind_patience(place, now))
            elif order.unserved_since is not None:
                order.unserved_since = None
            turn = outlook.turn(order) if outlook.has_room else None
            if turn is None:
                continue
            if turn.begins_at <= now:
                self._begin(place, turn.pod)
            else:  # a busy pod will have it done sooner than the free ones: unless it is late
                look_again.append(turn.begins_at)
        self._slots.wants(len(self._queue), {pod.name for pod in self.pods if not wanted.isdisjoint(pod.artists)})
        self._tell_positions_soon()
        self._wake_at(min(look_again, default=None) if len(self._queue) else None)
        self._metrics.passed(time.perf_counter() - started)

    def _outlook(self, now: float) -> Outlook:
        for pod in self.pods:
            pod.held_elsewhere = self._slots.held_elsewhere(pod.name)
        return Outlook(self.pods, self._pace, now, attempts=self._policy.attempts)

    def _mind_patience(self, place: Ticketed[Order], now: float) -> float:
        """Wait for a pod that serves the artist, for a while; then for the fallback, and at last no longer. Give until when."""
        order, policy = place.item, self._policy
        if order.is_patient:
            return now + policy.patience
        order.unserved_since = order.unserved_since or now
        last_resort_at, end = order.unserved_since + policy.fallback_after, order.unserved_since + policy.patience
        if now >= last_resort_at:
            self._may_be_last_resort(order)
        if now >= end:
            self._queue.remove(place)
            waited = f"{order.artist_id}: no pod served this artist for {policy.patience:.0f} s"
            order.fail(GaveUp(TransientError(ErrorReason.ENGINE_UNAVAILABLE, waited), max(order.attempts, 1)))
        return last_resort_at if now < last_resort_at < end else end

    def _begin(self, place: Ticketed[Order], pod: Pod) -> None:
        order = place.item
        self._queue.take(place)
        pod.orders.add(order)
        order.told, order.sent_at, order.done_share, order.has_begun = None, time.monotonic(), 0.0, False
        order.task = asyncio.create_task(self._paint_on(place, pod), name="paint")
        # a callback, not a `finally`: a task that is cancelled before its first step never enters its `try`
        order.task.add_done_callback(partial(self._ended, place, pod))

    def _ended(self, place: Ticketed[Order], pod: Pod, task: asyncio.Task[None]) -> None:
        pod.orders.discard(place.item)
        broken = None if task.cancelled() else task.exception()
        if broken is not None:  # the edge of a task: whoever waits for the painting must hear of it
            log.error("painting on %s broke", pod.name, exc_info=broken)
            error = TransientError(ErrorReason.INTERNAL, "the call to the pod broke")
            self._after_failure(place, pod, error, begun=True)
        self._dispatch()

    # -- one try -----------------------------------------------------------------------------------------------------------

    async def _paint_on(self, place: Ticketed[Order], pod: Pod) -> None:
        """Hold one of the pod's slots for as long as it paints the order."""
        slot = await self._slots.take(pod.name, pod.slots)
        if slot is None:  # another gateway was faster; by now its hold is known here
            if not place.item.result.done():
                self._queue.put_back(place)
            return
        try:
            await self._try(place, pod)
        finally:
            self._slots.give_back(slot)

    async def _try(self, place: Ticketed[Order], pod: Pod) -> None:
        order = place.item
        order.sent_at = time.monotonic()
        ends_at = order.sent_at + self._pace.seconds(pod.name, order.artist_id) if self._pace.is_known else None
        order.tell(Sent(self.short_name(pod), pod.engine, order.attempts + 1, pod.is_fallback, ends_at))
        outcome = "done"
        try:
            painted = await try_order(order, pod, silence=partial(self._pace.silence, pod.name, order.artist_id))
        except TransientError as error:
            outcome = str(error.reason)
            self._after_failure(place, pod, error, begun=order.has_begun)
        except MeshError as error:
            outcome = str(error.reason)
            order.fail(GaveUp(error, order.attempts + 1))
        else:
            order.attempts += 1
            pod.painted(order.artist_id)
            self._pace.painted(pod.name, order.artist_id, time.monotonic() - order.sent_at)
            order.settle(painted)
        finally:
            self._metrics.tried(pod.name, outcome)

    def _after_failure(self, place: Ticketed[Order], pod: Pod, error: TransientError, *, begun: bool) -> None:
        """Go down the ladder: again, smaller, elsewhere, by the fallback engine; or give up."""
        order, policy = place.item, self._policy
        is_pods_fault = self._note_failure(order, pod, error)
        if counts_as_attempt(error, begun=begun):
            order.attempts += 1
            if is_pods_fault:
                order.avoid.add(pod.name)
            order.not_before = time.monotonic() + (error.retry_after or policy.pause(order.attempts))
        elif error.reason is not ErrorReason.BUSY:  # who is busy rests as a whole; who cannot begin might refuse for ever
            order.refusals += 1
            order.refused_since = order.refused_since or time.monotonic()
            order.not_before = time.monotonic() + (error.retry_after or policy.pause(order.refusals))
            if time.monotonic() - order.refused_since > policy.fallback_after and self._may_be_last_resort(order):
                order.attempts = max(order.attempts, policy.attempts)  # no more of those who refuse
        if self._is_at_an_end(order):
            order.fail(GaveUp(error, max(order.attempts, 1)))
        elif not order.result.done():
            order.tell(TryFailed(str(error.reason), order.attempts))
            self._queue.put_back(place)

    def _note_failure(self, order: Order, pod: Pod, error: TransientError) -> bool:
        """Take in what the failure says of the pod; give whether the order had better go to another one."""
        match error.reason:
            case ErrorReason.BUSY:
                pod.was_busy(error.retry_after)
            case ErrorReason.UNREACHABLE | ErrorReason.DRAINING:
                pod.went_down(error)
            case ErrorReason.UNKNOWN_ARTIST:
                pod.lost_artist(order.artist_id)
            case ErrorReason.OUT_OF_MEMORY:
                # a smaller picture may fit: then the pod is as good as any
                return not pod.ran_out_of_memory(order.artist_id, _long_side_px(error, pod))
            case ErrorReason.DEADLINE_EXCEEDED:
                pod.hung()
            case _:
                pod.failed(order.artist_id)
        return True

    def _is_at_an_end(self, order: Order) -> bool:
        policy = self._policy
        if order.refused_since is not None and time.monotonic() - order.refused_since > policy.patience:
            return True
        if order.attempts < policy.attempts:
            return False
        return not self._may_be_last_resort(order) or order.attempts >= 2 * policy.attempts

    def _may_be_last_resort(self, order: Order) -> bool:
        """Let the fallback engine paint the order, where there is one; give whether it may."""
        order.is_last_resort = not order.is_patient and any(pod.is_fallback for pod in self.pods)
        return order.is_last_resort

    # -- telling -----------------------------------------------------------------------------------------------------------

    def _tell_position(self, place: Ticketed[Order]) -> None:
        """Tell a new order at once where it stands; its time follows with everybody's."""
        position = self._queue.position(place)
        if position is not None:
            place.item.told = Ahead(position)
            place.item.tell(place.item.told)

    def _tell_positions_soon(self) -> None:
        if self._telling is None and len(self._queue):
            self._telling = asyncio.get_running_loop().call_later(self._positions_seconds, self._tell_positions)

    def _tell_positions(self) -> None:
        """Tell every waiting order where it stands and when it will probably be done, where that has changed."""
        self._telling = None
        now = time.monotonic()
        outlook = self._outlook(now)
        # replicas share the slots by what waits at each, so their paintings come between ours in that proportion
        others_share = self._slots.waiting_elsewhere() / max(len(self._queue), 1)
        others = 0
        for index, place in enumerate(self._queue):
            while others < int(index * others_share):
                outlook.somebody_elses_turn()
                others += 1
            order, position = place.item, index + others
            turn = outlook.turn(order)
            news = Ahead(position, turn.ends_at if turn is not None and self._pace.is_known else None)
            if order.told is None or _differs(order.told, news, now):
                order.told = news
                order.tell(news)

    def _wake_at(self, when: float | None) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = None
        if when is not None:
            # a millisecond late, so that what was due is due
            self._wake = asyncio.get_running_loop().call_later(max(0.0, when - time.monotonic()) + 1e-3, self._dispatch)


def _differs(told: Ahead, news: Ahead, now: float) -> bool:
    if told.position != news.position or (told.ends_at is None) != (news.ends_at is None):
        return True
    if told.ends_at is None or news.ends_at is None:
        return False
    return abs(told.ends_at - news.ends_at) > max(LATER_SECONDS, LATER_SHARE * (news.ends_at - now))


def _long_side_px(error: TransientError, pod: Pod) -> int:
    """Give the long side that was too much: as the engine says, or what was asked for."""
    said = error.metadata.get("long_side_px", "")
    return int(said) if said.isdecimal() and len(said) < 6 else pod.memory.long_side_px or LARGEST_LONG_SIDE_PX
