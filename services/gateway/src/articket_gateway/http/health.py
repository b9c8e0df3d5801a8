"""/healthz, /readyz and /metrics, for the supervisor, the cluster and Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from articket_gateway.errors import Problem
from articket_gateway.http.parts import PartsOf
from articket_gateway.http.problems import RESPONSES

router = APIRouter(tags=["health"], responses=RESPONSES)


class Health(BaseModel):
    """The process answers."""

    service: str = "articket-gateway"
    status: str = "ok"


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?")
async def alive() -> Health:
    """Answer whenever the process can answer at all."""
    return Health()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Can visits begin?")
async def ready(parts: PartsOf) -> Health:
    """Answer 200 when the database, the caption, ticket and at least one stylize pod are there."""
    missing = await parts.is_ready()
    if missing:
        raise Problem("not_ready", f"waiting for: {', '.join(missing)}", retry_after=1.0)
    return Health()


@router.get("/metrics", response_class=Response, summary="Metrics for Prometheus")
async def metrics(parts: PartsOf) -> Response:
    """Give the metrics in the text format."""
    return Response(generate_latest(parts.registry), media_type=CONTENT_TYPE_LATEST)
