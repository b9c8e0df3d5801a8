"""Waiting for a gateway that does not answer right now: a little, then longer, but not for ever.

The one place where the command tries again; `client` uses it for requests and for the stream of events.
"""

from __future__ import annotations

import asyncio

from articket_cli.errors import BoothError

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 2.0


class Patience:
    """Waits between the tries of one thing, `seconds` in all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next_wait = FIRST_WAIT_SECONDS
        self._gives_up_at: float | None = None

    def renew(self) -> None:
        """Start over: it has just worked."""
        self._next_wait = FIRST_WAIT_SECONDS
        self._gives_up_at = None

    async def wait(self, error: BoothError) -> None:
        """Sleep until the next try. Raises `error` when it has been tried long enough."""
        now = asyncio.get_running_loop().time()
        if self._gives_up_at is None:
            self._gives_up_at = now + self._seconds
        if now + self._next_wait > self._gives_up_at:
            raise error
        await asyncio.sleep(self._next_wait)
        self._next_wait = min(self._next_wait * 2, LONGEST_WAIT_SECONDS)
