"""/healthz, /readyz and /metrics, for the supervisor, the cluster and Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from articket_gateway.errors import Problem
from articket_gateway.http.parts import PartsOf
from articket_gateway.http.problems import RESPONSES

DISPENSABLE = frozenset({"caption"})
"""Paintings and tickets are made without it: no reason to take a gateway out of service."""

router = APIRouter(tags=["health"], responses=RESPONSES)


class Health(BaseModel):
    """The process answers."""

    service: str = "articket-gateway"
    status: str = "ok"
    version: str
    missing: list[str] = Field(default=[], description="Services that are away and that visits can do without.")


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?")
async def alive(request: Request) -> Health:
    """Answer whenever the process can answer at all."""
    return Health(version=request.app.version)


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Can visits begin?")
async def ready(parts: PartsOf, request: Request) -> Health:
    """Answer 200 when the database, the ticket service and at least one stylize pod are there; what else is missing is told."""
    if parts.draining.is_set():
        raise Problem("not_ready", "this process is shutting down", hint="Ask another one.", retry_after=5.0)
    missing = await parts.is_ready()
    if needed := [name for name in missing if name not in DISPENSABLE]:
        raise Problem("not_ready", f"waiting for: {', '.join(needed)}", retry_after=1.0)
    return Health(version=request.app.version, missing=missing)


@router.get("/metrics", response_class=Response, summary="Metrics for Prometheus")
async def metrics(parts: PartsOf) -> Response:
    """Give the metrics in the text format; with a metrics port of their own they are there alone."""
    if parts.has_metrics_port:
        raise Problem("route_unknown", "the metrics are on a port of their own")
    return Response(generate_latest(parts.registry), media_type=CONTENT_TYPE_LATEST)
