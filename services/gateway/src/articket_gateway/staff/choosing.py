"""Which PINs are good enough, and making one. `pins` keeps and checks them; the command line knows the same rule."""

from __future__ import annotations

import itertools
import secrets

SHORTEST = 6
LONGEST = 12
RULE = f"{SHORTEST} to {LONGEST} digits, not all the same and not counting up or down"


def is_fit(pin: str) -> bool:
    """Whether this may be a PIN: `RULE`. After 9 counting goes on with 0, as on a phone's keys."""
    if not (SHORTEST <= len(pin) <= LONGEST and pin.isascii() and pin.isdigit()):
        return False
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    return steps not in ({0}, {1}, {9})


def new_pin() -> str:
    """Make a random PIN of the shortest length."""
    while not is_fit(pin := f"{secrets.randbelow(10**SHORTEST):0{SHORTEST}d}"):
        continue
    return pin
