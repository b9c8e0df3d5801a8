"""The staff's PIN on the command line: refusing one that the gateway would refuse, and reading the one that it has made.

The gateway keeps only a hash. A PIN that it makes at the booth's first start lies in the data folder until `up` has shown it.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from articket_cli.errors import BadInputError

OPTION = "--staff-pin"
VARIABLE = "ARTICKET_GATEWAY_STAFF_PIN"
LETTER_NAME = "staff-pin"
LONGEST_LETTER = 64

# the gateway's own rule, which a test compares: the command line imports no service
SHORTEST, LONGEST = 6, 12
RULE = f"{SHORTEST} to {LONGEST} digits, not all the same and not counting up or down"


def check_staff_pin(given: str | None) -> None:
    """Raise BadInputError, without the PIN, when the one given (or set in the environment) is none."""
    for name, pin in ((OPTION, given), (VARIABLE, os.environ.get(VARIABLE) or None)):
        if pin is not None and not is_fit(pin):
            raise BadInputError(f"{name}: expected {RULE}, found something else")


def is_fit(pin: str) -> bool:
    """Whether this may be a PIN."""
    if not (SHORTEST <= len(pin) <= LONGEST and pin.isascii() and pin.isdigit()):
        return False
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    return steps not in ({0}, {1}, {9})


def take_new_pin(data_dir: Path) -> str | None:
    """Give the PIN that the gateway has made and nobody has read yet, and remove it; None when there is none."""
    letter = data_dir / LETTER_NAME
    try:
        descriptor = os.open(letter, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor) as file:
            pin = file.read(LONGEST_LETTER).strip()
        letter.unlink()
    except (OSError, ValueError):
        return None
    return pin if is_fit(pin) else None
