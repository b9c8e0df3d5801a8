"""/api/v1/staff/session and /pin: signing in with the PIN, and the cookie that every other staff route asks for.

The cookie is signed, good for twelve hours and for the PIN it was given for: with a new PIN all others are void.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from articket_gateway.errors import Problem
from articket_gateway.http.limits import address_key
from articket_gateway.http.parts import Parts, PartsOf
from articket_gateway.http.problems import RESPONSES
from articket_gateway.visit.views import View

router = APIRouter(prefix="/api/v1/staff", tags=["staff"], responses=RESPONSES)

COOKIE = "articket_staff"
COOKIE_PATH = "/api/v1"
COOKIE_SECONDS = 12 * 3600
"""A long day at the booth; tomorrow the PIN is asked again."""

LONGEST_TYPED = 64
"""More than any PIN: what is typed wrong is told as wrong, not as malformed."""

Typed = Annotated[str, Field(max_length=LONGEST_TYPED)]


class SessionView(View):
    """Whether this browser is signed in."""

    is_signed_in: bool


class SignIn(BaseModel):
    """The PIN."""

    model_config = ConfigDict(extra="forbid")

    pin: Typed


class NewPin(BaseModel):
    """The present PIN and the one that takes its place."""

    model_config = ConfigDict(extra="forbid")

    pin: Typed
    new: Typed = Field(description="6 to 12 digits, not all the same and not counting up or down.")


async def is_signed_in(parts: Parts, request: Request) -> bool:
    """Whether the request carries a staff cookie that still counts."""
    value = parts.signer.read(COOKIE, request.cookies.get(COOKIE, ""), max_age=COOKIE_SECONDS)
    return value is not None and await parts.pins.is_current(value.get("generation"))


async def _signed_in(parts: PartsOf, request: Request) -> None:
    """Raise Problem not_signed_in for everybody else."""
    if not await is_signed_in(parts, request):
        raise Problem("not_signed_in", "expected the staff's cookie, found none that is good", hint="Sign in at /staff.")


SignedIn = Depends(_signed_in)
"""`dependencies=[SignedIn]` on a router or a route: for staff only."""


@router.get("/session", summary="Is this browser signed in?")
async def session(parts: PartsOf, request: Request, response: Response) -> SessionView:
    """Say whether the staff's cookie is there and good."""
    response.headers["Cache-Control"] = "no-store"
    return SessionView(is_signed_in=await is_signed_in(parts, request))


@router.post("/session", status_code=204, summary="Sign in")
async def sign_in(parts: PartsOf, request: Request, response: Response, given: SignIn) -> None:
    """Sign in with the PIN. Wrong ones are counted by address; too many and even the right one has to wait."""
    _give_cookie(parts, request, response, await parts.pins.check(given.pin, address=address_key(request.scope)))


@router.delete("/session", status_code=204, summary="Sign out")
async def sign_out(request: Request, response: Response) -> None:
    """Sign this browser out."""
    response.delete_cookie(COOKIE, COOKIE_PATH, secure=_is_https(request), httponly=True, samesite="strict")


@router.put("/pin", status_code=204, dependencies=[SignedIn], summary="Change the PIN")
async def change_pin(parts: PartsOf, request: Request, response: Response, given: NewPin) -> None:
    """Change the PIN; everybody else is signed out. The present one is asked once more, and its tries are counted."""
    generation = await parts.pins.change(given.pin, given.new, address=address_key(request.scope))
    _give_cookie(parts, request, response, generation)


def _give_cookie(parts: Parts, request: Request, response: Response, generation: str) -> None:
    response.set_cookie(
        COOKIE,
        parts.signer.sign(COOKIE, {"generation": generation}),
        max_age=COOKIE_SECONDS,
        path=COOKIE_PATH,
        secure=_is_https(request),
        httponly=True,
        samesite="strict",
    )


def _is_https(request: Request) -> bool:
    """Whether the browser came over https, as far as trusted proxies say so."""
    return request.url.scheme == "https"
