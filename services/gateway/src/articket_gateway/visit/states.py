"""What is known of a visit: its states, its steps and the record that the store keeps.

Plain values without behaviour that touches anything; `running` moves them, `storing` keeps them, `views` shows them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias

CAPTION = "caption"
MATCH = "match"
TICKET = "ticket"
PAINT_PREFIX = "paint:"

Json: TypeAlias = Mapping[str, Any]
"""A small JSON object as it is stored; its shape is known to the one that wrote it."""


class PaintMode(StrEnum):
    """What is painted of a visit's photo, and when: cost against choice."""

    ALL = "all"
    MATCHED_FIRST = "matched-first"
    MATCHED_ONLY = "matched-only"


class VisitState(StrEnum):
    """How far a visit is; in this order, except the last two."""

    CREATED = "created"
    PHOTO_RECEIVED = "photo_received"
    CAPTIONED = "captioned"
    PAINTING = "painting"
    MATCHED = "matched"
    TICKET_READY = "ticket_ready"
    PRINTED = "printed"
    FAILED = "failed"
    ERASED = "erased"


class PaintingState(StrEnum):
    """How far one artist's painting is."""

    QUEUED = "queued"
    PAINTING = "painting"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepStatus(StrEnum):
    """How a step ended. A step that has not ended has no record."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


def paint_step(artist_id: str) -> str:
    """Name the step that paints in this artist's style."""
    return PAINT_PREFIX + artist_id


def new_ref() -> str:
    """Make the id by which kiosks and staff know a visit; it opens nothing on the visitor's routes."""
    return secrets.token_urlsafe(12)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step that has ended: what came out, how often it was tried, when (Unix seconds) and how long its engine worked."""

    name: str
    status: StepStatus
    output: Json | None
    error: Json | None
    attempts: int
    started_at: float
    finished_at: float
    engine: str | None = None
    engine_seconds: float | None = None

    @property
    def is_done(self) -> bool:
        """Whether the step ended well."""
        return self.status is StepStatus.DONE

    @property
    def artist_id(self) -> str | None:
        """The artist, when this is a painting step."""
        return self.name.removeprefix(PAINT_PREFIX) if self.name.startswith(PAINT_PREFIX) else None


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A visit as the store knows it. Times are Unix seconds; `ref` is how kiosks and staff know it."""

    id: str
    lang: str
    state: VisitState
    created_at: float
    expires_at: float
    artists: tuple[str, ...] | None = None
    photo_digest: str | None = None
    photo_at: float | None = None
    answers: Json | None = None
    error: Json | None = None
    steps: Mapping[str, StepRecord] = field(default_factory=dict[str, StepRecord])
    ref: str = field(default_factory=new_ref)
    is_public: bool = False
    is_hidden: bool = False
    kiosk_id: str | None = None
    phone: str | None = None

    @property
    def may_be_shown(self) -> bool:
        """Whether its pictures may stand on a public screen: the visitor has said yes and staff have not said no."""
        return self.is_public and not self.is_hidden

    def with_step(self, step: StepRecord, state: VisitState | None) -> VisitRecord:
        """Give the record as it is once `step` has ended."""
        return replace(self, steps={**self.steps, step.name: step}, state=state or self.state)

    def step_done(self, name: str) -> StepRecord | None:
        """Give the step's record if it ended well."""
        step = self.steps.get(name)
        return step if step is not None and step.is_done else None

    def failed(self, error: Json) -> VisitRecord:
        """Give the record as it is when the visit has failed."""
        return replace(self, state=VisitState.FAILED, error=error)
