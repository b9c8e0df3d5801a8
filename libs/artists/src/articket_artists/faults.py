"""How a validator of this library says no: with what it expected and what to do, not with a sentence of its own.

`explaining.py` turns it, and pydantic's own findings, into `Fault`s.
"""

from pydantic_core import PydanticCustomError

from articket_artists.reading import Place

FAULT = "articket_fault"
"""The pydantic error type that marks an error made here."""


def fault(expected: str, *, found: str = "", hint: str = "", at: Place = ()) -> PydanticCustomError:
    """An error to raise in a validator.

    `found` stands for the value in the message. `at` leads on from the validated block to the value that is meant.
    """
    notes = {"expected": expected, "found": found, "hint": hint, "at": at}
    return PydanticCustomError(FAULT, "expected {expected}", notes)
