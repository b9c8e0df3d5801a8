"""Pairing codes: what staff read out to whoever stands at a new monitor, so that the PIN is not typed before an audience.

Eight digits, good once and for ten minutes, known to every replica. Guessing one counts as guessing the PIN.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from articket_gateway.staff.pins import Pins
from articket_gateway.staff.tries import Tries
from articket_gateway.storing.booth import BoothStore
from articket_gateway.visit.states import Json

CODES_NAME = "pairing_codes"
CODE_DIGITS = 8
CODE_SECONDS = 600.0
CODES_AT_ONCE = 10
"""More than anybody pairs in ten minutes; each further one takes the oldest one's place."""


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A code and until when it is good, in Unix seconds."""

    code: str
    expires_at: float


class PairingCodes:
    """The codes that are good now."""

    def __init__(self, booth: BoothStore, pins: Pins, tries: Tries, *, clock: Callable[[], float] = time.time) -> None:
        self._booth = booth
        self._pins = pins
        self._tries = tries
        self._clock = clock

    async def make(self) -> PairingCode:
        """Make a code."""
        new = PairingCode(f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}", self._clock() + CODE_SECONDS)

        def add(value: Json) -> tuple[Json, None]:
            newest = sorted(self._good(value).items(), key=lambda one: one[1])[1 - CODES_AT_ONCE :]
            return {"codes": {**dict(newest), _digest(new.code): new.expires_at}}, None

        await self._booth.change(CODES_NAME, add)
        return new

    async def admit(self, typed: str, *, address: str) -> None:
        """Let in whoever types the PIN or a code; the code is used up. One try, whichever it is meant to be.

        Raises Problem pin_wrong, or pin_tries while the address has to wait.
        """
        await self._tries.one(address, lambda: self._look(typed))

    async def _look(self, typed: str) -> str | None:
        if len(typed) == CODE_DIGITS and await self._use_up(typed):
            return "code"
        return await self._pins.look(typed)

    async def _use_up(self, code: str) -> bool:
        def take(value: Json) -> tuple[Json, bool]:
            good = dict(self._good(value))
            is_good = good.pop(_digest(code), None) is not None
            return {"codes": good}, is_good

        return await self._booth.change(CODES_NAME, take)

    def _good(self, value: Json) -> Mapping[str, float]:
        now = self._clock()
        return {digest: until for digest, until in value.get("codes", {}).items() if until > now}


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
