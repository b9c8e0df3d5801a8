"""Looking again and again until something is so, and not for ever."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(
    look: Callable[[], T | Awaitable[T]], is_so: Callable[[T], object] = bool, *, seconds: float = 10, every: float = 0.02
) -> T:
    """Give the first look that is so; the last one is told when none was."""
    last: object = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = look()
                last = await found if inspect.isawaitable(found) else found
                if is_so(last):  # type: ignore[arg-type]
                    return last  # type: ignore[return-value]
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"not so within {seconds} s; found last: {last!r}"[:2000]) from None


def wait_for(look: Callable[[], T], is_so: Callable[[T], object] = bool, *, seconds: float = 10, every: float = 0.02) -> T:
    """Do the same where nothing is asynchronous."""
    end = time.monotonic() + seconds
    while not is_so(found := look()):
        assert time.monotonic() < end, f"not so within {seconds} s; found last: {found!r}"[:2000]
        time.sleep(every)
    return found


def settled(look: Callable[[], T], *, seconds: float = 10, quiet: float = 0.4) -> T:
    """Give what is seen once it has not changed for `quiet` seconds."""
    end = time.monotonic() + seconds
    last, since = look(), time.monotonic()
    while time.monotonic() - since < quiet:
        assert time.monotonic() < end, f"it does not settle; found last: {last!r}"[:2000]
        time.sleep(0.02)
        if (found := look()) != last:
            last, since = found, time.monotonic()
    return last
