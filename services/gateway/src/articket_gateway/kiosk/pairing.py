"""Pairing: what makes a browser a monitor of this booth, and what staff see of all of them.

The cookie is signed and says nothing but the kiosk's id; it counts while the kiosk is there, so taking a pairing back voids it.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from articket_gateway.errors import Problem
from articket_gateway.kiosk.screens import CONNECTED_SECONDS, Screens
from articket_gateway.signing import Signer
from articket_gateway.staff.pairing import PairingCodes
from articket_gateway.storing.kiosks import KioskRecord, KioskStore

COOKIE = "articket_kiosk"
COOKIE_SECONDS = 400 * 24 * 3600.0
"""As long as browsers keep a cookie at all: a monitor is paired once."""

COOKIE_PURPOSE = "kiosk"


@dataclass(frozen=True, slots=True)
class KioskState:
    """A kiosk as staff see it: whether it is connected to any replica, and the code that it shows."""

    record: KioskRecord
    is_connected: bool
    code: str | None


class Kiosks:
    """The paired monitors."""

    def __init__(self, store: KioskStore, signer: Signer, codes: PairingCodes, screens: Screens) -> None:
        self._store = store
        self._signer = signer
        self._codes = codes
        self._screens = screens

    async def pair(self, pin: str, *, name: str, lang: str, address: str, cookie: str | None) -> tuple[KioskRecord, str]:
        """Pair a monitor; give it and its cookie. One that is paired already stays the same kiosk.

        Raises Problem pin_wrong, pin_tries.
        """
        await self._codes.admit(pin, address=address)
        known = await self.known(cookie)
        if known is not None:
            record = await self._store.change(known.id, name=name, lang=lang)
        else:
            kiosk_id = secrets.token_urlsafe(12)
            await self._store.add(kiosk_id, name=name, lang=lang)
            record = await self._store.find(kiosk_id)
        if record is None:
            raise _not_paired()
        self._screens.moved(record)
        return record, self._signer.sign(COOKIE_PURPOSE, {"id": record.id})

    async def known(self, cookie: str | None) -> KioskRecord | None:
        """Give the kiosk whose cookie this is, or None."""
        said = self._signer.read(COOKIE_PURPOSE, cookie, max_age=COOKIE_SECONDS) if cookie else None
        return None if said is None else await self._store.find(said["id"])

    async def of(self, cookie: str | None) -> KioskRecord:
        """Give the kiosk whose cookie this is. Raises Problem kiosk_not_paired."""
        known = await self.known(cookie)
        if known is None:
            raise _not_paired()
        return known

    async def change(self, kiosk_id: str, *, name: str | None, lang: str | None) -> KioskRecord:
        """Rename a kiosk or change its language. Raises Problem kiosk_not_paired."""
        record = await self._store.change(kiosk_id, name=name, lang=lang)
        if record is None:
            raise _not_paired()
        self._screens.moved(record)
        return record

    async def remove(self, kiosk_id: str) -> bool:
        """Take a pairing back: the cookie is void and the kiosk's streams end. False when there was none."""
        was_there = await self._store.remove(kiosk_id)
        self._screens.removed(kiosk_id)
        return was_there

    async def all(self) -> list[KioskState]:
        """Give all kiosks by name."""
        codes = await self._store.codes()
        oldest = time.time() - CONNECTED_SECONDS
        return [KioskState(one, one.seen_at > oldest, codes.get(one.id)) for one in await self._store.all()]


def _not_paired() -> Problem:
    hint = "Pair it at /kiosk with the staff's PIN."
    return Problem("kiosk_not_paired", "cookie: expected that of a paired kiosk, found none or a void one", hint=hint)
