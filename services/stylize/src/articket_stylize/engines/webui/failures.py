"""What went wrong with a server, in the mesh's words. Pure.

Nothing here is permanent: the caller's request was good, and another pod may fare better. Nothing of a server's text is passed
on but the name of an error and how much memory was wanted: validation errors repeat the request, prompt and photo included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import cast

import httpx

from articket_mesh.errors import TransientError
from articket_stylize.engines.webui.config import ENGINE
from articket_stylize.errors import deadline_exceeded, engine_failed, engine_unavailable, out_of_memory

__all__ = ["of_status", "of_transport"]

_OUT_OF_MEMORY = re.compile(
    r"OutOfMemory|out of memory|not enough memory|can't allocate memory|CUBLAS_STATUS_ALLOC_FAILED|allocate on device",
    re.IGNORECASE,
)
_WANTED = re.compile(r"[Tt]ried to allocate [\d.]+ [KMG]i?B")
_ERROR_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,60}")
MOST_WAIT_SECONDS = 30.0

# What proxies say when the server behind them is away or too busy to answer.
AWAY = frozenset({429, 502, 503, 504})


def of_status(
    status: int, headers: Mapping[str, str], body: bytes, *, what: str, long_side_px: int | None = None
) -> TransientError:
    """The error for an answer that is none. `what` names the request; `long_side_px` is the painting's, for the ladder."""
    text = body.decode("utf-8", "replace")
    said = _json(text)
    if status >= 400 and _OUT_OF_MEMORY.search(_told(said, text)):
        wanted = _WANTED.search(text)
        return out_of_memory(
            ENGINE, f"the server ran out of memory{_brackets(wanted[0] if wanted else '')}", long_side_px=long_side_px
        )
    if status in (401, 403):
        hint = "Hint: check ARTICKET_STYLIZE_WEBUI_USER and ARTICKET_STYLIZE_WEBUI_PASSWORD."
        return engine_unavailable(ENGINE, f"{what}: the server refused user and password ({status}). {hint}")
    if 300 <= status < 400:
        return engine_unavailable(
            ENGINE, f"{what}: expected an answer, found a redirection ({status}). Hint: is the URL whole?"
        )
    if status in AWAY:
        return engine_unavailable(ENGINE, f"{what}: the server is not to be had ({status})", retry_after=_wait(headers))
    if status in (404, 405) and (said is None or said.get("detail") in ("Not Found", "Method Not Allowed")):
        hint = "Hint: was the WebUI started with --api?"
        return engine_unavailable(ENGINE, f"{what}: the server has no such address ({status}). {hint}")
    name = _error_name(said)
    return engine_failed(ENGINE, f"{what}: the server answered {status}{_brackets(name)}")


def of_transport(error: httpx.HTTPError | TimeoutError, *, what: str, has_begun: bool = False) -> TransientError:
    """The error for a call that had no answer. `has_begun`: whether it asked for a painting."""
    kind = type(error).__name__
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.UnsupportedProtocol():
            hint = "Hint: is it running, and is ARTICKET_STYLIZE_WEBUI_URL right?"
            return engine_unavailable(ENGINE, f"{what}: the server cannot be reached ({kind}). {hint}")
        case httpx.TimeoutException() | TimeoutError() if has_begun:
            return deadline_exceeded(ENGINE, f"{what}: no answer in time")
        case httpx.TimeoutException() | TimeoutError():
            return engine_unavailable(ENGINE, f"{what}: no answer in time")
        case _ if has_begun:
            return engine_failed(ENGINE, f"{what}: the connection broke over the painting ({kind})")
        case _:
            return engine_unavailable(ENGINE, f"{what}: the connection broke ({kind})")


def _json(text: str) -> dict[str, object] | None:
    try:
        said: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", said) if isinstance(said, dict) else None


def _told(said: dict[str, object] | None, text: str) -> str:
    """Where an error is told: AUTOMATIC1111 says it in `errors`, Forge in `message`, a proxy or a fork anywhere."""
    if said is None:
        return text[:2000]
    return " ".join(str(said.get(key, ""))[:2000] for key in ("error", "errors", "message", "detail"))


def _error_name(said: dict[str, object] | None) -> str:
    name = said.get("error") if said else None
    return name if isinstance(name, str) and _ERROR_NAME.fullmatch(name) else ""


def _wait(headers: Mapping[str, str]) -> float | None:
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, MOST_WAIT_SECONDS) if seconds > 0 else None


def _brackets(text: str) -> str:
    return f" ({text})" if text else ""
