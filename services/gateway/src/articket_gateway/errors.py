"""What can go wrong at the gateway, and how a person is told.

    GatewayError
    ├── Problem              the caller's request cannot be met; becomes an RFC 9457 problem document
    ├── StoreUnavailable     the database or the picture store is away; the caller may try again (503)
    ├── LeaseLost            another replica runs this visit now; the work here is void
    └── AnswersChanged       the visitor has answered anew meanwhile; what was made of the old answers is void

    StartError (articket_mesh)
    └── StoreUnusable        the database or the picture store cannot be used as it is set up; the process ends
        └── StoreLocked      another process owns the SQLite file

`REASONS` is the whole list of reasons that an HTTP client can meet: `docs/errors.md` is tested against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from articket_mesh.errors import StartError


class GatewayError(Exception):
    """The root of what the gateway raises itself."""


class StoreUnavailable(GatewayError):
    """What keeps the visits does not answer; nothing was changed, or it will be found changed on the next try."""


class StoreUnusable(StartError):
    """The database cannot be opened or brought up to date, or the picture store does not let us in."""


class StoreLocked(StoreUnusable):
    """Another process uses the same SQLite file."""


class LeaseLost(GatewayError):
    """This replica no longer runs the visit; what it was about to store was not stored."""


class AnswersChanged(GatewayError):
    """The visitor has changed the answers since they were read; what came of the old ones was not stored."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One way in which a request fails: its HTTP status, a title for people and whether the same request may succeed later."""

    status: int
    title: str
    is_retryable: bool = False


REASONS: Mapping[str, Reason] = {
    "visit_unknown": Reason(404, "There is no such visit"),
    "visit_erased": Reason(410, "This visit has been erased"),
    "photo_missing": Reason(409, "This visit has no photo yet"),
    "photo_already_there": Reason(409, "This visit already has another photo"),
    "photo_empty": Reason(422, "The upload is empty"),
    "photo_too_large": Reason(413, "The photo is too large"),
    "photo_format": Reason(415, "The picture format is not supported"),
    "photo_broken": Reason(422, "The picture cannot be read"),
    "photo_too_many_pixels": Reason(422, "The picture has too many pixels"),
    "photo_side_too_small": Reason(422, "The picture is too small"),
    "photo_side_too_large": Reason(422, "The picture is too wide or too high"),
    "upload_interrupted": Reason(400, "The upload ended early", is_retryable=True),
    "answers_invalid": Reason(422, "The answers do not fit the quiz"),
    "already_matched": Reason(409, "This visit has been matched already"),
    "artist_unknown": Reason(404, "There is no such artist"),
    "painting_not_ready": Reason(404, "This painting is not ready", is_retryable=True),
    "painting_failed": Reason(404, "This painting could not be made"),
    "ticket_not_ready": Reason(404, "The ticket is not ready", is_retryable=True),
    "code_expired": Reason(410, "This code is no longer valid"),
    "pass_invalid": Reason(403, "This pass is not valid"),
    "intake_paused": Reason(503, "The booth takes no new photos right now", is_retryable=True),
    "booth_full": Reason(503, "The booth is full right now", is_retryable=True),
    "too_many_visits": Reason(429, "Too many visits from here", is_retryable=True),
    "too_many_requests": Reason(429, "Too many requests", is_retryable=True),
    "cross_site": Reason(403, "Another site's page cannot do this"),
    "pin_wrong": Reason(401, "The PIN is wrong"),
    "pin_tries": Reason(429, "Too many wrong PINs", is_retryable=True),
    "pin_unfit": Reason(422, "This cannot be a PIN"),
    "not_signed_in": Reason(401, "Only for staff"),
    "kiosk_not_paired": Reason(401, "This monitor is not paired"),
    "kiosk_unknown": Reason(404, "There is no such kiosk"),
    "not_failed": Reason(409, "This painting has not failed"),
    "no_sink": Reason(409, "No printer is set up"),
    "copies_used_up": Reason(409, "No more copies of this ticket"),
    "print_unknown": Reason(404, "There is no such print job"),
    "print_under_way": Reason(409, "This print job has begun already"),
    "range_not_satisfiable": Reason(416, "The range lies outside the picture"),
    "request_invalid": Reason(422, "The request does not have the expected form"),
    "request_too_large": Reason(413, "The request is too large"),
    "route_unknown": Reason(404, "There is nothing at this address"),
    "method_not_allowed": Reason(405, "This address does not take that method"),
    "no_artist": Reason(503, "No artist is at work", is_retryable=True),
    "store_unavailable": Reason(503, "The booth cannot store anything right now", is_retryable=True),
    "not_ready": Reason(503, "The booth is not ready", is_retryable=True),
    "internal": Reason(500, "Something went wrong in the booth", is_retryable=True),
}


class Problem(GatewayError):
    """A request that cannot be met; `reason` is a key of REASONS, `detail` says what was expected and what was found.

    `message` is what the booth's staff say to the visitor, by language; `retry_after` is in seconds.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        hint: str | None = None,
        retry_after: float | None = None,
        message: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.retry_after = retry_after
        self.message = message

    @property
    def kind(self) -> Reason:
        """The reason's status and title."""
        return REASONS[self.reason]
