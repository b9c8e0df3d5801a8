"""How replicas tell each other at once what has happened: small messages to all others, each of them gone when it was heard.

Nothing depends on a message: whatever it tells is stored, or will be told again. One that is lost costs time, and where some
may have been lost, every replica looks at everything again (`on_gap`). `postgres` carries them between replicas; a gateway that
is alone by design (SQLite) has nobody to tell and pays nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol, TypeAlias

Hear: TypeAlias = Callable[[str], None]
"""Called with what another replica has told. Must return at once."""

log = logging.getLogger(__name__)


class Bus(Protocol):
    """Tells all other replicas, and hears them. What a replica has told it does not hear itself.

    Some messages may be lost, none is repeated, one sender's come in order. Ids of visits may be in them; a photo, caption,
    answer, code or PIN never is.
    """

    def publish(self, topic: str, payload: str) -> None:
        """Tell all others, soon; never waits and never raises."""
        ...

    def subscribe(self, topic: str, hear: Hear) -> None:
        """Hear what others tell about the topic."""
        ...

    def on_gap(self, look_again: Callable[[], None]) -> None:
        """Be called whenever messages may have been lost: what others have changed is to be looked at anew."""
        ...

    async def open(self) -> None:
        """Begin to tell and to hear, once all have subscribed. Does not wait for a database that is away."""
        ...

    async def close(self) -> None:
        """Tell what is left, and end."""
        ...


class OwnBus:
    """The bus of a replica that can have no others."""

    def publish(self, topic: str, payload: str) -> None:
        """Tell nobody."""

    def subscribe(self, topic: str, hear: Hear) -> None:
        """Hear nothing."""

    def on_gap(self, look_again: Callable[[], None]) -> None:
        """Nothing is lost where nothing is told."""

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""


class Audience:
    """Those in this process who listen: the half of a bus that every kind of it needs."""

    def __init__(self) -> None:
        self._hearers: defaultdict[str, list[Hear]] = defaultdict(list)
        self._lookers: list[Callable[[], None]] = []

    def subscribe(self, topic: str, hear: Hear) -> None:
        """Hear what others tell about the topic."""
        self._hearers[topic].append(hear)

    def on_gap(self, look_again: Callable[[], None]) -> None:
        """Be called whenever messages may have been lost."""
        self._lookers.append(look_again)

    def tell(self, topic: str, payload: str) -> None:
        """Tell everybody here; a topic that a newer replica has thought of is nobody's."""
        for hear in self._hearers.get(topic, ()):
            try:
                hear(payload)
            except Exception:  # the edge of a task: one who stumbles over a message must not keep it from the others
                log.exception("hearing of %s from another replica broke", topic)

    def look_again(self) -> None:
        """Have everybody look at everything."""
        for look in self._lookers:
            try:
                look()
            except Exception:  # the edge of a task, as above
                log.exception("looking again broke")
