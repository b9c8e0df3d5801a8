"""What a replica knows of the slots that it does not hold: from what others tell, and from looks at the table."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass

from articket_gateway.storing.holds import Held

NOBODY = ""
"""Stands for the holder of a slot that cannot be had for the moment: it is being let go, or the database did not answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who has a slot, and until when (monotonic clock) unless something newer is heard."""

    replica: str
    until: float
    is_reserved: bool = False
    """It waits for that replica to take it."""


class Elsewhere:
    """Who has the slots that are not `me`'s. A slot that is reserved for me is known, too, and counts as free."""

    def __init__(self, me: str) -> None:
        self._me = me
        self._known: defaultdict[str, dict[str, Known]] = defaultdict(dict)  # by pod
        self._heard_at: dict[str, float] = {}  # an older look says nothing new of a slot

    def note(self, slot: str, replica: str, seconds: float, *, is_reserved: bool = False) -> None:
        """Note that the replica has the slot, for so long."""
        now = self._heard_at[slot] = time.monotonic()
        self._known[pod_of(slot)][slot] = Known(replica, now + seconds, is_reserved)

    def forget(self, slot: str, *, of: str | None = None) -> Known | None:
        """Note that nobody has the slot, unless it is known to be somebody else's than `of`'s; give what was known."""
        known = self._known[pod_of(slot)]
        if slot not in known or (of is not None and known[slot].replica != of):
            return None
        self._heard_at[slot] = time.monotonic()
        return known.pop(slot)

    def forget_all(self, of: str) -> bool:
        """Note that a replica has gone; say whether it had anything."""
        slots = [slot for known in self._known.values() for slot, one in known.items() if one.replica == of]
        for slot in slots:
            self.forget(slot)
        return bool(slots)

    def has(self, slot: str) -> bool:
        """Say whether somebody else has the slot."""
        known = self._known[pod_of(slot)].get(slot)
        return known is not None and self._counts(known, time.monotonic())

    def count(self, pod: str) -> int:
        """Count the pod's slots that others have."""
        known = self._known.get(pod)
        if not known:
            return 0
        now = time.monotonic()
        return sum(self._counts(one, now) for one in known.values())

    def by_replica(self) -> Counter[str]:
        """Count the slots that each other replica has."""
        now = time.monotonic()
        return Counter(one.replica for known in self._known.values() for one in known.values() if self._counts(one, now))

    def believe(self, began: float, held: Mapping[str, Held], *, mine: Container[str]) -> bool:
        """Believe a look that began then, where nothing newer has been heard; say whether a slot has come free."""
        is_freer = False
        for slot, one in held.items():
            if self._is_news(slot, began) and slot not in mine and one.seconds_left > 0:
                self._known[pod_of(slot)][slot] = Known(one.replica, began + one.seconds_left)
        for known in self._known.values():
            for slot in [slot for slot in known if slot not in held and self._is_news(slot, began)]:
                del known[slot]
                is_freer = True
        self._heard_at = {slot: when for slot, when in self._heard_at.items() if when >= began}
        return is_freer

    def run_out(self) -> list[tuple[str, Known]]:
        """Forget what has run out, and give it."""
        now = time.monotonic()
        over = [(slot, one) for known in self._known.values() for slot, one in known.items() if one.until <= now]
        for slot, _ in over:
            del self._known[pod_of(slot)][slot]
        return over

    def next_end(self) -> float | None:
        """Give the time when something runs out next."""
        return min((one.until for known in self._known.values() for one in known.values()), default=None)

    def _counts(self, known: Known, now: float) -> bool:
        return known.replica != self._me and known.until > now

    def _is_news(self, slot: str, began: float) -> bool:
        return self._heard_at.get(slot, 0.0) < began


def pod_of(slot: str) -> str:
    """Give the pod that the slot belongs to."""
    return slot.rpartition("#")[0]
