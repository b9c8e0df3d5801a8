"""The request id: one short text that follows a request through every hop and log line.

It travels as gRPC metadata `x-request-id`. What arrives is not trusted: an id that is not plain, short text is replaced, so
that nobody writes into our logs through it.
"""

import re
import secrets
from contextvars import ContextVar

REQUEST_ID_KEY = "x-request-id"

# Visible ASCII without quotes or brackets: safe in logs, URLs and metadata. 128 leaves room for "<visit>/<step>".
_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")

request_id: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id() -> str:
    """Make an id of 16 hex digits."""
    return secrets.token_hex(8)


def accepted_request_id(found: object) -> str:
    """Return what was found when it may serve as an id, else a new one."""
    if isinstance(found, str) and _ACCEPTED.fullmatch(found):
        return found
    return new_request_id()
