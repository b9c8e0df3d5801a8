"""Passes: what a phone gets for the code that it has scanned, good for half an hour.

A pass is signed, not stored. It says which kiosk gave it and names the phone by a random word,
of which a visit keeps the digest.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from articket_gateway.errors import Problem
from articket_gateway.kiosk.codes import GRACE_SECONDS, SHOWN_SECONDS, new_code, normal_code
from articket_gateway.kiosk.screens import Screens
from articket_gateway.signing import Signer
from articket_gateway.storing.kiosks import KioskRecord, KioskStore

PASS_SECONDS = 1800.0
PASS_PURPOSE = "pass"
GREETING_SECONDS = 30.0
"""The kiosk greets until the visit begins, at most so long: time to read the consent and to take a photo."""


@dataclass(frozen=True, slots=True)
class Given:
    """A pass as it is handed out: its text, the kiosk it is for, and until when it is good (Unix seconds)."""

    text: str
    kiosk: KioskRecord
    expires_at: float


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass says: the kiosk that gave it, None when it is not paired any more, and the phone as a digest."""

    kiosk_id: str | None
    phone: str


class Passes:
    """Gives and reads passes."""

    def __init__(self, store: KioskStore, signer: Signer, screens: Screens) -> None:
        self._store = store
        self._signer = signer
        self._screens = screens

    async def give(self, code: str) -> Given:
        """Exchange a code for a pass; the code is used up and its kiosk greets. Raises Problem code_expired."""
        normal = normal_code(code)
        used = None
        if normal is not None:
            used = await self._store.use_code(
                normal,
                fresh=new_code(),
                shown_seconds=SHOWN_SECONDS,
                grace_seconds=GRACE_SECONDS,
                greeting_seconds=GREETING_SECONDS,
            )
        if used is None:
            raise Problem(
                "code_expired",
                "code: expected the one that the monitor shows now, found an old, used or unknown one",
                hint="Scan the monitor again, or begin without it.",
            )
        kiosk, shown = used
        self._screens.moved(kiosk, shown)
        text = self._signer.sign(PASS_PURPOSE, {"kiosk": kiosk.id, "phone": secrets.token_urlsafe(12)})
        return Given(text, kiosk, time.time() + PASS_SECONDS)

    async def read(self, text: str) -> Pass:
        """Give what a pass says. Raises Problem pass_invalid."""
        said = self._signer.read(PASS_PURPOSE, text, max_age=PASS_SECONDS)
        if said is None:
            raise Problem(
                "pass_invalid",
                "pass: expected one that this booth gave in the last half hour, found another text",
                hint="Scan the monitor's code again, or begin without a pass.",
            )
        kiosk = await self._store.find(said["kiosk"])
        return Pass(kiosk.id if kiosk else None, hashlib.sha256(said["phone"].encode()).hexdigest()[:32])
