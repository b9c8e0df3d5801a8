"""When to try again: the one place where the gateway decides it.

Only transient errors are tried again. An error that says that the work never began (the pod was busy, draining or not there)
costs no attempt: waiting costs time only, and the time has its own limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from articket_mesh.errors import ErrorReason, MeshError, TransientError

NOT_BEGUN = frozenset({ErrorReason.BUSY, ErrorReason.DRAINING, ErrorReason.UNKNOWN_ARTIST, ErrorReason.ENGINE_UNAVAILABLE})
"""Reasons which say that the work was not begun. UNREACHABLE belongs here too while nothing had been heard of the call."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long, in seconds: attempts that count, the first pause (doubling) and the whole patience.

    `fallback_after`: how long an artist whom no pod serves is waited for before the fallback engine paints.
    """

    attempts: int = 3
    first_pause: float = 0.2
    longest_pause: float = 2.0
    patience: float = 60.0
    fallback_after: float = 5.0

    def pause(self, tries: int) -> float:
        """Give the seconds to wait after the `tries`-th try that failed."""
        return min(self.first_pause * 2.0 ** (tries - 1), self.longest_pause)


class GaveUp(Exception):
    """No further try: the last error, and the attempts that counted."""

    def __init__(self, error: MeshError, attempts: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.attempts = attempts


def counts_as_attempt(error: TransientError, *, begun: bool) -> bool:
    """Say whether the failed try used up an attempt; `begun`: whether the other side had taken the work."""
    if error.reason is ErrorReason.BUSY:
        return False
    return begun or error.reason not in NOT_BEGUN | {ErrorReason.UNREACHABLE}


async def retrying(call: Callable[[], Awaitable[T]], policy: RetryPolicy) -> tuple[T, int]:
    """Call until it works; give the result and the attempts. Raises GaveUp."""
    end = time.monotonic() + policy.patience
    attempts = tries = 0
    while True:
        tries += 1
        try:
            return await call(), attempts + 1
        except TransientError as error:
            attempts += counts_as_attempt(error, begun=False)
            pause = error.retry_after or policy.pause(tries)
            if attempts >= policy.attempts or time.monotonic() + pause > end:
                raise GaveUp(error, max(attempts, 1)) from error
        except MeshError as error:
            raise GaveUp(error, attempts + 1) from error
        await asyncio.sleep(pause)
