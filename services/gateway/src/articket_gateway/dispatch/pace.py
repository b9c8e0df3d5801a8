"""How long each pod takes for each artist, learnt from the paintings it has made."""

from __future__ import annotations

from articket_gateway.dispatch.orders import Order

WEIGHT = 0.3
"""Of the newest painting in the moving average: a pod that has become slower is known to be so after three."""

UNKNOWN_SECONDS = 2.0
"""Taken for a painting as long as none has been made: it only has to be the same for all pods."""


SILENCE_PAINTINGS, LEAST_SILENCE_SECONDS = 4.0, 8.0
"""A pod of which nothing is heard for as long as this many of its paintings take hangs."""

NEW_SILENCE_PAINTINGS, NEW_LEAST_SILENCE_SECONDS = 8.0, 12.0
"""For a pod that has not painted yet, by what the others take: it may have to load something first."""

UNKNOWN_SILENCE_SECONDS = 60.0
"""As long as nobody has painted anything."""


class Pace:
    """Exponentially weighted moving averages of seconds, from sending an order to having its painting."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], float] = {}

    @property
    def is_known(self) -> bool:
        """Whether any painting has been made yet."""
        return bool(self._seconds)

    def painted(self, pod: str, artist_id: str, seconds: float) -> None:
        """Take in one painting: for this pod and artist, for the pod, and for all."""
        for key in ((pod, artist_id), (pod, ""), ("", "")):
            before = self._seconds.get(key, seconds)
            self._seconds[key] = before + WEIGHT * (seconds - before)

    def seconds(self, pod: str, artist_id: str) -> float:
        """Give the seconds that this pod will probably take for this artist; its own pace tells more than others'."""
        for key in ((pod, artist_id), (pod, ""), ("", "")):
            if (known := self._seconds.get(key)) is not None:
                return known
        return UNKNOWN_SECONDS

    def seconds_left(self, order: Order, pod: str, now: float) -> float:
        """Give the seconds that a painting under way will probably still take.

        One that is overdue is expected to take as long again as it is late: nobody waits for a pod that hangs.
        """
        elapsed = now - order.sent_at
        left = self.seconds(pod, order.artist_id) - elapsed
        if left >= 0:
            return left
        by_steps = elapsed / order.done_share - elapsed if order.done_share > 0 else -left
        return min(by_steps, -left)

    def silence(self, pod: str, artist_id: str) -> float:
        """Give the seconds for which nothing may be heard of a painting before the pod is taken to hang."""
        if not self.is_known:
            return UNKNOWN_SILENCE_SECONDS
        seconds = self.seconds(pod, artist_id)
        if (pod, "") not in self._seconds:
            return max(NEW_SILENCE_PAINTINGS * seconds, NEW_LEAST_SILENCE_SECONDS)
        return max(SILENCE_PAINTINGS * seconds, LEAST_SILENCE_SECONDS)

    def forget(self, pod: str) -> None:
        """Forget a pod that has left."""
        self._seconds = {key: seconds for key, seconds in self._seconds.items() if key[0] != pod}
