"""Telling once that the database or the picture store is away, and once that it is back: an outage is two lines in the log.

All that needs a store meets its outage at the same moment, some of it hundreds of times a second. Whoever keeps the store notes
what it meets here; those who use it say nothing more of it.
"""

from __future__ import annotations

import logging
import time

log = logging.getLogger(__name__)


class Outage:
    """Whether one store is away. `what` names it for people, as in "the database"."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._since: float | None = None
        self._answered_at = float("-inf")

    @property
    def is_away(self) -> bool:
        """Whether it did not answer when it was asked last."""
        return self._since is not None

    def met(self, reason: str, *, asked_at: float) -> bool:
        """Note that it has not answered what was asked at `asked_at` (monotonic); True when that is news.

        `reason` is an error's name: it tells nothing of a visitor.
        """
        is_news = self._since is None and asked_at > self._answered_at  # else what is left of an outage that is over
        if is_news:
            self._since = time.monotonic()
            log.warning("%s does not answer (%s): what waits for it is tried again", self._what, reason)
        return is_news

    def over(self) -> None:
        """Note that it has answered."""
        self._answered_at = time.monotonic()
        if self._since is not None:
            log.warning("%s answers again after %.0f s", self._what, time.monotonic() - self._since)
            self._since = None
