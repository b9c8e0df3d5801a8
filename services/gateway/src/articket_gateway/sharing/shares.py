"""Fair shares of the slots between replicas: who should get the one that has just come free.

Slots are shared by demand (paintings waiting and under way), because equal shares of it are equal waits for visitors. Nobody
who needs a slot is left without one. No slot is passed on only to come back: with it, the heir's share must still be
smaller than the giver's was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from articket_gateway.sharing.slot_news import Demand

FORGET_SECONDS = 5.0
"""A replica that has told nothing for so long is taken to need nothing."""

REFUSED_POD_SECONDS = 10.0
REFUSED_SECONDS = 1.0
"""Who left a slot unused that was reserved for it gets none of that pod for the first while, and none at all for the second:
what waits there waits for other pods."""

CLEAR_SHARE = 0.85
"""An heir's share must be clearly smaller: what is known of its demand is up to a second old, and passing on costs 10 ms."""


@dataclass
class _Peer:
    demand: Demand
    waiting: int
    heard_at: float
    hungry_since: float


class Shares:
    """What the other replicas need, as they have told it. Times are on the monotonic clock."""

    def __init__(self) -> None:
        self._peers: dict[str, _Peer] = {}
        self._not_before: dict[tuple[str, str | None], float] = {}

    def knows(self, replica: str) -> bool:
        """Say whether the replica has told its demand."""
        return replica in self._peers

    def heard(self, replica: str, demand: Demand, now: float) -> None:
        """Note a demand."""
        self._peers[replica] = _Peer(demand, demand.waiting, now, now - demand.hungry_seconds)

    def waiting(self, now: float) -> int:
        """Count the paintings that wait at those that have told it lately."""
        return sum(peer.waiting for peer in self._peers.values() if now - peer.heard_at <= FORGET_SECONDS)

    def gone(self, replica: str) -> None:
        """Forget a replica."""
        self._peers.pop(replica, None)

    def served(self, replica: str, now: float) -> None:
        """Note that the replica has got a slot."""
        peer = self._peers.get(replica)
        if peer is not None:
            peer.waiting = max(0, peer.waiting - 1)
            peer.hungry_since = now

    def refused(self, replica: str, pod: str, now: float) -> None:
        """Note that the replica has left a slot of this pod unused that was reserved for it."""
        self._not_before = {key: until for key, until in self._not_before.items() if until > now}
        self._not_before[replica, pod] = now + REFUSED_POD_SECONDS
        self._not_before[replica, None] = now + REFUSED_SECONDS

    def heir(self, pod: str, *, waiting: int, running: int, held: Mapping[str, int], mine: int, now: float) -> str | None:
        """Give the replica that should have a slot of this pod rather than its holder, or None.

        Of the holder: `waiting` paintings that could use it, `running` others, `mine` slots with this one. `held` counts the
        slots of the others.
        """
        best: tuple[tuple[int, float], str] | None = None
        for replica, peer in self._peers.items():
            if not self._is_hungry(replica, peer, pod, now):
                continue
            has = held.get(replica, 0)
            share = (has + 1) / (peer.waiting + has)
            if waiting and has and share >= CLEAR_SHARE * mine / (waiting + running):
                continue
            rank = (1, share) if has else (0, peer.hungry_since)
            if best is None or (rank, replica) < best:
                best = rank, replica
        return best and best[1]

    def _is_hungry(self, replica: str, peer: _Peer, pod: str, now: float) -> bool:
        return (
            peer.waiting > 0
            and now - peer.heard_at <= FORGET_SECONDS
            and (peer.demand.pods is None or pod in peer.demand.pods)
            and all(self._not_before.get((replica, key), 0.0) <= now for key in (pod, None))
        )
