"""The waiting orders in a fair order: every visitor's first painting before anyone's second.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) with unit costs: an order's tag is one more than the larger of
the queue's virtual time and the visitor's last tag, and the smallest tag goes first. A visitor who asks for a hundred
paintings waits behind everybody who asks for one; within a visit the first come goes first, unless one painting is preferred.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(order=True)
class Ticketed(Generic[T]):
    """An item with its place in the order: those that are last, then its tag, then who came first."""

    is_last: bool
    tag: int
    arrival: int
    visit_id: str = field(compare=False)
    item: T = field(compare=False)


class FairQueue(Generic[T]):
    """Items waiting, ordered by tag. Iterating gives them in the order in which they are due."""

    def __init__(self) -> None:
        self._waiting: list[Ticketed[T]] = []
        self._last_tag: dict[str, int] = {}
        self._virtual_time = 0
        self._arrivals = count()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Ticketed[T]]:
        return iter(tuple(self._waiting))

    def add(self, visit_id: str, item: T, *, is_last: bool = False) -> Ticketed[T]:
        """Let an item wait for its visitor's next turn; `is_last` puts it behind everybody else's."""
        tag = max(self._virtual_time, self._last_tag.get(visit_id, 0)) + 1
        self._last_tag[visit_id] = tag
        place = Ticketed(is_last, tag, next(self._arrivals), visit_id, item)
        insort(self._waiting, place)
        return place

    def position(self, place: Ticketed[T]) -> int | None:
        """Count the items before this one; None when it does not wait."""
        index = bisect_left(self._waiting, place)
        return index if index < len(self._waiting) and self._waiting[index] is place else None

    def put_back(self, place: Ticketed[T]) -> None:
        """Let an item that was taken wait again in the place it had: a retry does not go to the end."""
        insort(self._waiting, place)

    def take(self, place: Ticketed[T]) -> None:
        """Take an item that is now being worked on; time moves to its tag."""
        self.remove(place)
        if not place.is_last:
            self._virtual_time = max(self._virtual_time, place.tag)
        self._forget_past()

    def remove(self, place: Ticketed[T]) -> None:
        """Take out an item that is no longer wanted; does nothing when it does not wait."""
        index = self.position(place)
        if index is not None:
            del self._waiting[index]

    def prefer(self, place: Ticketed[T]) -> None:
        """Move an item before the others of its visit; no other visitor's turn changes."""
        own = [other for other in self._waiting if other.visit_id == place.visit_id]
        if place not in own or own[0] is place:
            return
        turns = [(other.is_last, other.tag, other.arrival) for other in own]
        reordered = [place, *(other for other in own if other is not place)]
        for other, turn in zip(reordered, turns, strict=True):
            other.is_last, other.tag, other.arrival = turn
        self._waiting.sort()

    def _forget_past(self) -> None:
        # a visitor whose last tag lies in the past starts like a new one: nothing needs to be remembered
        if len(self._last_tag) > 2 * len(self._waiting) + 64:
            self._last_tag = {key: tag for key, tag in self._last_tag.items() if tag > self._virtual_time}
