"""What the gateway measures of visits. Names, labels and meaning are listed in `docs/operating.md`; a test compares the two."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram

from articket_gateway.visit.states import StepRecord, StepStatus

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class VisitMetrics:
    """The visit's metrics in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._visits = Counter("articket_visits", "Visits begun.", registry=registry)
        self._step_seconds = Histogram(
            "articket_visit_step_seconds",
            "How long a step of a visit took, waiting included.",
            ["step", "artist", "outcome"],
            buckets=SECONDS,
            registry=registry,
        )
        self._failures = Counter(
            "articket_visit_step_failures",
            "Steps that ended without a result.",
            ["step", "artist", "reason"],
            registry=registry,
        )
        self._attempts = Counter(
            "articket_visit_step_attempts",
            "Attempts made for steps that have ended.",
            ["step", "artist"],
            registry=registry,
        )
        self._engine_seconds = Counter(
            "articket_engine_seconds", "Engine time spent on paintings.", ["artist", "engine"], registry=registry
        )
        self._cost = Counter(
            "articket_engine_cost_usd",
            "Engine time times the artist's gpu_hour_price_usd.",
            ["artist"],
            registry=registry,
        )
        self._tickets = Counter("articket_tickets", "Tickets made.", ["artist"], registry=registry)
        self._upload_to_ticket = Histogram(
            "articket_upload_to_ticket_seconds",
            "From the photo's receipt to the ticket.",
            buckets=SECONDS,
            registry=registry,
        )
        self._erased = Counter("articket_visits_erased", "Visits erased.", ["cause"], registry=registry)

    def visit_begun(self) -> None:
        """Count a visit."""
        self._visits.inc()

    def visit_erased(self, cause: str) -> None:
        """Count an erasure; `cause` is "visitor", "staff" or "retention"."""
        self._erased.labels(cause).inc()

    def step_ended(self, step: StepRecord, artist_id: str) -> None:
        """Note how long a step took, how it ended and what it took."""
        kind = "paint" if step.artist_id is not None else step.name
        self._step_seconds.labels(kind, artist_id, step.status.value).observe(step.finished_at - step.started_at)
        self._attempts.labels(kind, artist_id).inc(step.attempts)
        if step.status is StepStatus.FAILED:
            self._failures.labels(kind, artist_id, (step.error or {}).get("reason", "INTERNAL")).inc()

    def painted(self, artist_id: str, engine: str, engine_seconds: float, hour_price_usd: float) -> None:
        """Note the engine's time and its price."""
        self._engine_seconds.labels(artist_id, engine).inc(engine_seconds)
        self._cost.labels(artist_id).inc(engine_seconds / 3600 * hour_price_usd)

    def ticket(self, artist_id: str, photo_at: float | None) -> None:
        """Note a ticket and how long its visitor had to wait since the upload, in seconds."""
        self._tickets.labels(artist_id).inc()
        if photo_at is not None:
            self._upload_to_ticket.observe(max(0.0, time.time() - photo_at))
