"""The staff's PIN: set at first start or by setting, kept as a hash, checked with a limit on tries.

Each PIN has a generation, a random word that goes into every staff cookie: with another PIN they are all void. `choosing` says
what may be a PIN, `tries` how often one may guess.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
from hmac import compare_digest
from pathlib import Path

from articket_gateway.errors import Problem
from articket_gateway.staff.choosing import RULE, is_fit, new_pin
from articket_gateway.staff.tries import Tries
from articket_gateway.storing.booth import BoothStore
from articket_gateway.visit.states import Json

PIN_NAME = "staff_pin"
LETTER_NAME = "staff-pin"
"""The file in the data folder that holds a PIN which the booth has made, until somebody has read it."""

COST = {"n": 2**14, "r": 8, "p": 1}
"""Some 50 ms and 16 MiB for each look. Kept beside each hash, so that it can be raised later."""

HASHES_AT_ONCE = 2

log = logging.getLogger(__name__)


class Pins:
    """The one PIN of this booth; `open` it before it is asked. `letter` is the file in which a PIN made here is left."""

    def __init__(self, booth: BoothStore, tries: Tries, *, letter: Path) -> None:
        self._booth = booth
        self._tries = tries
        self._letter = letter
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)

    async def open(self, given: str | None) -> None:
        """Take the PIN that is given; without one, keep the present one or make one at the booth's first start.

        One that was given at an earlier start, too, does not come back once staff have replaced it: a gateway that is started
        again after a crash changes nothing.
        """
        kept = await self._kept()
        if given is not None:
            if kept is None or not await self._is(given, kept.get("given") or kept):
                hashed = await self._hashed(given)
                await self._booth.put(PIN_NAME, {**hashed, "given": hashed})
                await asyncio.to_thread(self._letter.unlink, missing_ok=True)
            return
        if kept is None:
            await self._make_first()
        if await asyncio.to_thread(self._letter.is_file):
            log.info("the staff PIN that this booth has made is in %s: note it down and delete the file", self._letter)

    async def check(self, pin: str, *, address: str) -> str:
        """Give the PIN's generation if this is it. Raises Problem pin_wrong, or pin_tries while the address has to wait."""
        return await self._tries.one(address, lambda: self.look(pin))

    async def look(self, pin: str) -> str | None:
        """Give the PIN's generation if this is it, otherwise None; the tries are counted by the caller."""
        kept = await self._kept()
        return kept["generation"] if kept is not None and await self._is(pin, kept) else None

    async def change(self, old: str, new: str, *, address: str) -> str:
        """Set a new PIN and give its generation; every cookie of the old one is void.

        Raises Problem pin_unfit, pin_wrong or pin_tries.
        """
        if not is_fit(new):
            raise Problem("pin_unfit", f"new: expected {RULE}, found something else", hint="Choose another.")
        generation = await self.check(old, address=address)
        hashed = await self._hashed(new)

        def replace(kept: Json) -> tuple[Json, bool]:
            is_still_there = kept.get("generation") == generation
            return ({**hashed, "given": kept.get("given")} if is_still_there else kept), is_still_there

        if not await self._booth.change(PIN_NAME, replace):
            raise Problem("pin_wrong", "pin: expected the present PIN, found one that somebody has just replaced")
        await asyncio.to_thread(self._letter.unlink, missing_ok=True)
        return hashed["generation"]

    async def is_current(self, generation: object) -> bool:
        """Whether a cookie of this generation still counts."""
        kept = await self._kept()
        return kept is not None and isinstance(generation, str) and compare_digest(kept["generation"], generation)

    async def _make_first(self) -> None:
        """Make a PIN, leave it in the letter and keep its hash; the letter first, so that no PIN is lost unread."""
        pin = new_pin()
        hashed = await self._hashed(pin)
        try:
            await asyncio.to_thread(_write_private, self._letter, pin)
        except OSError as error:
            log.warning("no staff PIN was made: %s cannot be written (%s). Hint: set one", self._letter, error.strerror)
            return

        def keep_first(kept: Json) -> tuple[Json, bool]:
            return (kept, False) if kept else (hashed, True)

        if not await self._booth.change(PIN_NAME, keep_first):  # another replica was first
            await asyncio.to_thread(self._letter.unlink, missing_ok=True)

    async def _kept(self) -> Json | None:
        return await self._booth.get(PIN_NAME) or None

    async def _is(self, pin: str, kept: Json) -> bool:
        found = await self._hash(pin, bytes.fromhex(kept["salt"]), kept["cost"])
        return compare_digest(found, bytes.fromhex(kept["hash"]))

    async def _hashed(self, pin: str) -> Json:
        salt = secrets.token_bytes(16)
        hashed = await self._hash(pin, salt, COST)
        return {"hash": hashed.hex(), "salt": salt.hex(), "cost": dict(COST), "generation": secrets.token_hex(8)}

    async def _hash(self, pin: str, salt: bytes, cost: Json) -> bytes:
        async with self._hashing:
            return await asyncio.to_thread(
                hashlib.scrypt, pin.encode("utf-8", "surrogatepass"), salt=salt, n=cost["n"], r=cost["r"], p=cost["p"], dklen=32
            )


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # whatever lies there, also a link, is not written through
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{text}\n")
