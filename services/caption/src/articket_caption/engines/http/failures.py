"""What went wrong with an endpoint, in the mesh's words. Pure.

Nothing here is permanent: the caller's photo was good. Nothing of a server's text is passed on, and no address: either may hold
what is nobody's business.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

import httpx

from articket_caption.engines.http.config import ENGINE
from articket_caption.errors import deadline_exceeded, engine_failed, engine_unavailable, misconfigured
from articket_mesh.errors import TransientError

__all__ = ["of_status", "of_transport"]

MOST_WAIT_SECONDS = 60.0

# What servers say that are too busy, and proxies when the server behind them is away.
AWAY = frozenset({408, 425, 429, 502, 503, 504})
NOT_THERE = frozenset({404, 405, 410})


def of_status(status: int, headers: Mapping[str, str], body: bytes) -> TransientError:
    """The error for an answer that is none."""
    if status in AWAY:
        wait = _wait(headers) or _loading(body)
        return engine_unavailable(ENGINE, f"the endpoint is not to be had ({status})", retry_after=wait)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED):
        hint = "Hint: check ARTICKET_CAPTION_HTTP_TOKEN, or ARTICKET_CAPTION_HTTP_USER and ARTICKET_CAPTION_HTTP_PASSWORD."
        return misconfigured(ENGINE, f"the endpoint refused us ({status}). {hint}")
    if 300 <= status < 400:
        return misconfigured(
            ENGINE, f"expected an answer, found a redirection ({status}). Hint: is ARTICKET_CAPTION_HTTP_URL whole?"
        )
    if status in NOT_THERE:
        return misconfigured(
            ENGINE, f"nobody takes photos at this address ({status}). Hint: is ARTICKET_CAPTION_HTTP_URL whole?"
        )
    return engine_failed(ENGINE, f"the endpoint answered {status}")


def of_transport(error: httpx.HTTPError | TimeoutError) -> TransientError:
    """The error for a call that had no answer."""
    kind = type(error).__name__
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.UnsupportedProtocol():
            return engine_unavailable(ENGINE, f"the endpoint cannot be reached ({kind})")
        case httpx.TimeoutException() | TimeoutError():
            return deadline_exceeded(ENGINE, "no answer in time")
        case _:
            return engine_failed(ENGINE, f"the connection broke over the photo ({kind})")


def _wait(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After where it is a number; a date would need clocks that agree."""
    return _seconds(headers.get("retry-after", ""))


def _loading(body: bytes) -> float | None:
    """Read how long a Hugging Face endpoint says that it still loads its model."""
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return _seconds(cast("Mapping[str, object]", said).get("estimated_time")) if isinstance(said, dict) else None


def _seconds(found: object) -> float | None:
    if not isinstance(found, str | int | float):
        return None
    try:
        seconds = float(found)
    except (ValueError, OverflowError):
        return None
    return min(seconds, MOST_WAIT_SECONDS) if math.isfinite(seconds) and seconds > 0 else None
