"""How often somebody may guess: a PIN has a million values, so guessing must be slow, whoever guesses from wherever.

Each address has some tries, then waits longer and longer; over all addresses there is a generous limit, so that a whole net
cannot guess either. A try is counted before it is looked at: a thousand at once are a thousand tries. The count lies in the
database, so every replica knows it and a restart forgets nothing. Used by `pins` and `pairing`.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from articket_gateway.errors import Problem
from articket_gateway.storing.booth import BoothStore
from articket_gateway.visit.states import Json

TRIES_NAME = "pin_tries"

FREE_TRIES = 5
"""Wrong tries of one address before it has to wait: fingers slip."""

FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 900.0

TRIES_OF_ALL = 50
ALL_SECONDS = 600.0
"""Over all addresses: 7200 tries a day, so a random PIN of six digits stands for a month on average even then."""

FORGOTTEN_SECONDS = 3600.0
"""An address that has been quiet for so long starts anew; this also bounds what is kept to some 300 addresses."""

T = TypeVar("T")


class Tries:
    """The wrong tries of all addresses."""

    def __init__(self, booth: BoothStore, *, clock: Callable[[], float] = time.time) -> None:
        self._booth = booth
        self._clock = clock

    async def one(self, address: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Count a try of this address, then give what `look` gives; None from it means that the try was wrong.

        `http.limits.address_key` names the address. Raises Problem pin_wrong, or pin_tries without looking while the address
        has to wait, also with the right PIN.
        """
        taken_at, left = await self._booth.change(TRIES_NAME, lambda value: self._take(value, address))
        found = await look()
        if found is None:
            hint = f"{left} more before a wait." if left else "Now wait before the next one."
            raise Problem("pin_wrong", "pin: expected the staff's PIN, found something else", hint=hint)
        await self._booth.change(TRIES_NAME, lambda value: (_forgiven(value, address, taken_at), None))
        return found

    def _take(self, value: Json, address: str) -> tuple[Json, tuple[float, int]]:
        now = self._clock()
        wrong = [at for at in value.get("wrong", []) if now - at < ALL_SECONDS]
        of: dict[str, Any] = {key: one for key, one in value.get("of", {}).items() if now - one["last"] < FORGOTTEN_SECONDS}
        salt = value.get("salt") or secrets.token_hex(16)
        key = _key(salt, address)
        mine = of.get(key, {"count": 0, "last": 0.0})
        until = mine["last"] + wait_after(mine["count"])
        if len(wrong) >= TRIES_OF_ALL:
            until = max(until, wrong[-TRIES_OF_ALL] + ALL_SECONDS)
        if until > now:
            raise Problem(
                "pin_tries",
                "pin: expected fewer wrong tries, found too many in a short time",
                hint="Wait; until then the right PIN is refused, too.",
                retry_after=until - now,
            )
        of[key] = {"count": mine["count"] + 1, "last": now}
        return {"salt": salt, "wrong": [*wrong, now], "of": of}, (now, max(0, FREE_TRIES - mine["count"] - 1))


def wait_after(count: int) -> float:
    """Give the seconds that an address waits after its `count`-th wrong try in a row."""
    if count < FREE_TRIES:
        return 0.0
    return min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(count - FREE_TRIES, 16))


def _forgiven(value: Json, address: str, taken_at: float) -> Json:
    """Take back the try that turned out right, and with it what this address had got wrong before."""
    wrong: list[float] = list(value.get("wrong", []))
    if taken_at in wrong:
        wrong.remove(taken_at)
    own = _key(value.get("salt", ""), address)
    return {**value, "wrong": wrong, "of": {key: one for key, one in value.get("of", {}).items() if key != own}}


def _key(salt: str, address: str) -> str:
    """Name the guesser by a digest, so that no address is kept."""
    return hashlib.blake2b(address.encode(), key=salt.encode(), digest_size=10).hexdigest()
