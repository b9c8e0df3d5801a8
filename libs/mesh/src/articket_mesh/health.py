"""The standard gRPC health service, with a Watch that does not hold up a drain."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Health(health.aio.HealthServicer):  # pyright: ignore[reportAttributeAccessIssue, reportUntypedBaseClass] - has no types
    """Answers Check and Watch for each service by its full name, and for "", the process as a whole.

    After `enter_graceful_shutdown()` everything is NOT_SERVING for good.
    """

    def __init__(self, service_names: Sequence[str]) -> None:
        super().__init__()
        self._names = ("", *service_names)
        self._watches_end = asyncio.Event()

    async def set_serving(self, serving: bool) -> None:
        """Say of every service that it takes calls, or that it does not for now. Ignored during a drain."""
        for name in self._names:
            await self.set(name, _SERVING if serving else _NOT_SERVING)

    def end_watches(self) -> None:
        """End every open Watch: gRPC counts each as a running call and would wait for it until the drain's time is over."""
        self._watches_end.set()

    async def Watch(self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        """Stream one service's status, now and at every change, until the client leaves or `end_watches` is called."""
        watch = cast("Coroutine[Any, Any, None]", super().Watch(request, context))
        watching = asyncio.create_task(watch)
        ending = asyncio.create_task(self._watches_end.wait())
        try:
            await asyncio.wait({watching, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            ending.cancel()
            await asyncio.gather(watching, ending, return_exceptions=True)

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the health service with a server."""
        health_pb2_grpc.add_HealthServicer_to_server(self, server)
