"""Asking a service whether it is serving (grpc.health.v1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc_health.v1 import health_pb2

from articket_mesh.errors import MeshError

if TYPE_CHECKING:
    import grpc.aio

TIMEOUT_SECONDS = 1.0


async def is_serving(channel: grpc.aio.Channel) -> bool:
    """Say whether the service behind the channel answers and is serving; never raises for one that does not."""
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    try:
        answer = await check(health_pb2.HealthCheckRequest(service=""), timeout=TIMEOUT_SECONDS)
    except MeshError:
        return False
    return answer.status == health_pb2.HealthCheckResponse.SERVING
