"""Every failure as one JSON shape: RFC 9457 problem details with a stable `reason`, explained in docs/errors.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from articket_gateway.errors import REASONS, Problem, StoreUnavailable
from articket_gateway.photos import PhotoRefused
from articket_mesh.request_ids import request_id

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """What an HTTP client gets when a request fails (RFC 9457)."""

    type: str = Field(description="A URI reference to the reason's explanation.")
    title: str = Field(description="The reason for people, the same each time.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was expected and what was found this time.")
    reason: str = Field(description="Machine-readable and stable: switch on this.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    hint: str | None = Field(default=None, description="The next step.")
    message: dict[str, str] | None = Field(
        default=None, description="The staff's words to the visitor, in en and ko, where the booth has paused or is full."
    )
    request_id: str | None = Field(default=None, description="The id under which the logs know this request.")


Responses: TypeAlias = dict[int | str, dict[str, Any]]
"""FastAPI's description of a route's responses."""

RESPONSES: Responses = {
    "4XX": {"model": ProblemDocument, "description": "The request cannot be met."},
    "5XX": {"model": ProblemDocument, "description": "The booth cannot answer now."},
}


def problem_response(
    reason: str,
    detail: str,
    *,
    hint: str | None = None,
    retry_after: float | None = None,
    headers: Mapping[str, str] | None = None,
    message: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Make the response for a reason of REASONS."""
    kind = REASONS[reason]
    document = ProblemDocument(
        type=f"/docs/errors#{reason}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        reason=reason,
        retryable=kind.is_retryable,
        hint=hint,
        message=dict(message) if message else None,
        request_id=request_id.get() or None,
    )
    more = dict(headers or {})
    more["Cache-Control"] = "no-store"
    if retry_after is not None or kind.status == 503:
        more["Retry-After"] = str(max(1, round(retry_after or 2)))
    return JSONResponse(document.model_dump(exclude_none=True), kind.status, more, media_type=MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    """Turn everything that a request can raise into a problem document; what nobody expects is caught in `requests`."""
    app.openapi = partial(_described, app.openapi)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(PhotoRefused, _photo_refused)
    app.add_exception_handler(StoreUnavailable, _store_unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _described(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give the OpenAPI document with the problems' own media type; FastAPI writes the route's."""
    document = describe()
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        for status in RESPONSES.keys() & operation["responses"].keys():
            response = operation["responses"][status]
            (response["content"],) = ({MEDIA_TYPE: one} for one in response["content"].values() if one)
    return document


async def _problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem_response(error.reason, error.detail, hint=error.hint, retry_after=error.retry_after, message=error.message)


async def _photo_refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PhotoRefused)
    return problem_response(error.reason, str(error), hint=error.hint)


async def _store_unavailable(_request: Request, error: Exception) -> JSONResponse:
    return problem_response("store_unavailable", str(error), hint="Try again shortly.")


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults: Sequence[Mapping[str, Any]] = error.errors()
    described = "; ".join(f"{'.'.join(map(str, fault['loc']))[:100]}: {fault['msg'][:200]}" for fault in faults[:5])
    return problem_response("request_invalid", described or "the request cannot be read")


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    reasons = {404: "route_unknown", 405: "method_not_allowed", 413: "request_too_large"}
    reason = reasons.get(error.status_code, "request_invalid")
    return problem_response(reason, str(error.detail), headers=error.headers)
