"""Who will paint what when: the look ahead that both decides what begins now and says honestly how long the rest will take.

Each order in turn gets the slot on which it would be finished first (minimum completion time, Ibarra and Kim, J. ACM 1977).
With equal pods that is the next free one. With unequal ones the last order waits a moment for the fast pod rather than take
twice as long on the slow one; a long queue keeps both busy.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from articket_gateway.dispatch.orders import Order
from articket_gateway.dispatch.pace import Pace
from articket_gateway.dispatch.pods import Pod

LOADING_SHARE = 0.1
"""What loading an artist's weights is taken to cost, as a share of the painting: enough to prefer the pod that has them."""

MARGIN_SHARE = 0.1
"""A free pod is left idle only for one that finishes sooner by more than this share of the painting: a pace is a guess."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An order's probable turn: on which pod, from when to when (monotonic clock)."""

    pod: Pod
    begins_at: float
    ends_at: float


class Outlook:
    """The pods' slots as they will become free. Each `turn` that is given takes its slot."""

    def __init__(self, pods: Iterable[Pod], pace: Pace, now: float, *, attempts: int) -> None:
        """Look at the pods as they are; `attempts` is how often an order may be tried before the fallback engine gets it."""
        self.now = now
        self._pace = pace
        self._attempts = attempts
        self._pods = [pod for pod in pods if pod.is_up and not pod.is_leaving]
        self._slots = {pod: self._free_times(pod) for pod in self._pods}
        self._serving: dict[tuple[str, bool], Sequence[Pod]] = {}
        self._open = sum(time <= now for times in self._slots.values() for time in times)

    @property
    def has_room(self) -> bool:
        """Whether any slot is free right now."""
        return self._open > 0

    def is_served(self, artist_id: str) -> bool:
        """Whether any pod that is not a fallback paints this artist, busy or not."""
        return bool(self._served_by(artist_id, is_fallback=False))

    def candidates(self, order: Order) -> Sequence[Pod]:
        """Give the pods that may paint the order, busy ones too: not those that have failed it while another one is left."""
        real = self._served_by(order.artist_id, is_fallback=False) if order.attempts < self._attempts else ()
        fallback = self._served_by(order.artist_id, is_fallback=True) if order.is_last_resort else ()
        serving = real or fallback
        if not order.avoid:
            return serving
        return [pod for pod in serving if pod.name not in order.avoid] or serving

    def turn(self, order: Order) -> Turn | None:
        """Give the order's turn and take its slot; None when no pod may paint it."""
        best: Turn | None = None
        best_now: Turn | None = None  # the best of those that are free
        for pod in self.candidates(order):
            times = self._slots[pod]
            if not times:
                continue
            begins_at = max(times[0], order.not_before)
            seconds = self._pace.seconds(pod.name, order.artist_id)
            if order.artist_id not in pod.loaded:
                seconds *= 1 + LOADING_SHARE
            turn = Turn(pod, begins_at, begins_at + seconds)
            if best is None or _rank(turn) < _rank(best):
                best = turn
            if begins_at <= self.now and (best_now is None or _rank(turn) < _rank(best_now)):
                best_now = turn
        if best is None:
            return None
        if best_now is not None:
            margin = MARGIN_SHARE * (best_now.ends_at - best_now.begins_at)
            if best_now.ends_at <= best.ends_at + margin:
                best = best_now
        self._take(best)
        return best

    def somebody_elses_turn(self) -> None:
        """Let a painting of another gateway take the next slot that comes free."""
        pods = [pod for pod, times in self._slots.items() if times and not pod.is_fallback]
        if pods:
            pod = min(pods, key=lambda one: self._slots[one][0])
            begins_at = self._slots[pod][0]
            self._take(Turn(pod, begins_at, begins_at + self._pace.seconds(pod.name, "")))

    def _take(self, turn: Turn) -> None:
        freed = heapq.heapreplace(self._slots[turn.pod], turn.ends_at)
        self._open -= freed <= self.now

    def _served_by(self, artist_id: str, *, is_fallback: bool) -> Sequence[Pod]:
        key = (artist_id, is_fallback)
        if key not in self._serving:
            self._serving[key] = [pod for pod in self._pods if pod.is_fallback == is_fallback and pod.serves(artist_id)]
        return self._serving[key]

    def _free_times(self, pod: Pod) -> list[float]:
        free_at = max(self.now, pod.rests_until)
        times = [free_at] * pod.free_slots
        times += [self.now + self._pace.seconds_left(order, pod.name, self.now) + 1e-3 for order in pod.orders]
        # what others have there ends some time: half a painting from now is as good a guess as any
        times += [self.now + self._pace.seconds(pod.name, "") / 2 + 1e-3] * min(pod.held_elsewhere, pod.slots)
        heapq.heapify(times)
        return times


def _rank(turn: Turn) -> tuple[float, float]:
    """Sooner finished first, then the freer pod."""
    return (turn.ends_at, -turn.pod.free_share)
