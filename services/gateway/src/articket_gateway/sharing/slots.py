"""Who may use which GPU slot: one painting at a time in each, over all gateway replicas.

The dispatcher chooses a pod; here it gets the right to use one of the pod's slots. `OwnSlots` serves a gateway that is alone;
`shared_slots` serves several.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol


class Slots(Protocol):
    """The GPU slots of all pods. A slot's name is `<pod>#<number>`, numbers from 0."""

    def held_elsewhere(self, pod: str) -> int:
        """Count the pod's slots that this replica cannot have now, as far as it knows; at once, nobody is asked."""
        ...

    def waiting_elsewhere(self) -> int:
        """Count the paintings that wait at other replicas, as they have told it."""
        ...

    def wants(self, waiting: int, pods: Collection[str] | None = None) -> None:
        """Note how many paintings wait here for a slot, and on which pods they could be painted (None: on any).

        Told after each look for free pods, so that what could begin is not counted. Fair shares follow from it.
        """
        ...

    async def take(self, pod: str, count: int) -> str | None:
        """Take one of the pod's `count` slots; give its name, or None when others have them all.

        Never raises StoreUnavailable: nothing is given then. After None, `held_elsewhere` counts what made it so.
        """
        ...

    def give_back(self, slot: str) -> None:
        """Give a taken slot back; at once, what this costs happens behind."""
        ...

    def when_changed(self, callback: Callable[[], None]) -> None:
        """Call back whenever a slot may have come free that was not given back here."""
        ...

    async def open(self) -> None:
        """Begin to know what others hold."""
        ...

    async def close(self) -> None:
        """Give back everything at once."""
        ...


class OwnSlots:
    """The slots of a gateway that is alone: nobody else can hold one, and nothing costs anything."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def held_elsewhere(self, pod: str) -> int:
        """Nobody else is there."""
        return 0

    def waiting_elsewhere(self) -> int:
        """Nobody else is there."""
        return 0

    def wants(self, waiting: int, pods: Collection[str] | None = None) -> None:
        """Nothing to share."""

    async def take(self, pod: str, count: int) -> str | None:
        """Take the first free slot, without waiting."""
        slot = next((name for name in slots_of(pod, count) if name not in self._taken), None)
        if slot is not None:
            self._taken.add(slot)
        return slot

    def give_back(self, slot: str) -> None:
        """Free the slot."""
        self._taken.discard(slot)

    def when_changed(self, callback: Callable[[], None]) -> None:
        """Nothing changes but what is given back here."""

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to give back."""


def slots_of(pod: str, count: int) -> list[str]:
    """Give the names of a pod's slots."""
    return [f"{pod}#{number}" for number in range(count)]
