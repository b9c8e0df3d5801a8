"""Setting aside what keeps failing: one artist on one pod, or the pod as a whole, for a while that grows.

A LoRA that breaks must cost nobody else the only GPU, and a GPU that breaks must not cost every artist three attempts: failures
of one artist alone set that artist aside on this pod, failures of several without a success between them set the pod aside.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

FAILURES_TO_SET_ASIDE = 3
FIRST_SECONDS = 10.0
LONGEST_SECONDS = 120.0


@dataclass
class _Rest:
    """Until when something rests, on the monotonic clock, and how long it will rest the next time."""

    until: float = 0.0
    seconds: float = FIRST_SECONDS

    def begin(self) -> float:
        """Rest from now on; give for how long."""
        rested = self.seconds
        self.until = time.monotonic() + rested
        self.seconds = min(2 * rested, LONGEST_SECONDS)
        return rested


class Quarantine:
    """What is set aside on one pod. Times are on the monotonic clock."""

    def __init__(self) -> None:
        self._pod = _Rest()
        self._artists: dict[str, _Rest] = {}
        self._in_a_row: Counter[str] = Counter()  # by artist, since that artist last painted here
        self._since_success: Counter[str] = Counter()  # by artist, since anybody last painted here

    @property
    def pod_until(self) -> float:
        """Until when the pod as a whole is set aside; in the past when it is not."""
        return self._pod.until

    def until(self, artist_id: str) -> float:
        """Until when this artist must not be asked of this pod; in the past when it may be."""
        rest = self._artists.get(artist_id)
        return max(self._pod.until, rest.until if rest else 0.0)

    def returns(self) -> list[float]:
        """Give the times at which something comes back."""
        now = time.monotonic()
        return [rest.until for rest in (self._pod, *self._artists.values()) if rest.until > now]

    def painted(self, artist_id: str) -> None:
        """Note a success: it clears the pod and this artist."""
        self._since_success.clear()
        self._pod = _Rest()
        self._in_a_row.pop(artist_id, None)
        self._artists.pop(artist_id, None)

    def set_pod_aside(self) -> tuple[str, float]:
        """Set the pod aside at once; give what is set aside and for how long."""
        self._since_success.clear()
        self._in_a_row.clear()
        return "the pod", self._pod.begin()

    def failed(self, artist_id: str) -> tuple[str, float] | None:
        """Note a failure; give what is set aside by it ("the pod" or the artist) and for how long."""
        self._in_a_row[artist_id] += 1
        self._since_success[artist_id] += 1
        if len(self._since_success) > 1 and self._since_success.total() >= FAILURES_TO_SET_ASIDE:
            return self.set_pod_aside()
        if self._in_a_row[artist_id] >= FAILURES_TO_SET_ASIDE:
            del self._in_a_row[artist_id]
            return artist_id, self._artists.setdefault(artist_id, _Rest()).begin()
        return None
