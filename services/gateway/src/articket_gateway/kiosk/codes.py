"""The codes in the kiosks' QR codes: each is good once and for minutes, so that one seen yesterday lets nobody in.

What a code is exchanged for is in `passes`.
"""

from __future__ import annotations

import secrets

from articket_gateway.storing.kiosks import Code, KioskStore

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""31 characters, none of which looks like another one."""

CODE_CHARS = 10
"""31^10 codes: where a hundred are good, a thousand guesses a second hit one in some 250 years."""

SHOWN_SECONDS = 60.0
GRACE_SECONDS = 120.0
"""A code stays good for so long after it has left the screen: somebody is just pointing the phone at it."""


def new_code() -> str:
    """Make a code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS))


def normal_code(text: str) -> str | None:
    """Give a code as it is stored, or None when this cannot be one."""
    code = text.strip().lower()
    return code if len(code) == CODE_CHARS and set(code) <= set(ALPHABET) else None


async def current_code(store: KioskStore, kiosk_id: str) -> Code:
    """Give the code on the kiosk's screen, a new one when its time is over."""
    return await store.current_code(kiosk_id, fresh=new_code(), shown_seconds=SHOWN_SECONDS, grace_seconds=GRACE_SECONDS)
