"""`python -m articket_gateway`: serve HTTP until a stop signal, then drain."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from socket import socket
from types import FrameType

import uvicorn

from articket_artists import ArtistsFolderMissing, QuizRefused
from articket_gateway.app import make_app
from articket_gateway.errors import StoreUnavailable
from articket_gateway.http.parts import Parts
from articket_gateway.opening import opened
from articket_gateway.settings import GatewaySettings
from articket_mesh import tracing
from articket_mesh.errors import ListenError, StartError
from articket_mesh.logs import configure_logging
from articket_mesh.metrics import MetricsServer, registry
from articket_mesh.settings import load_settings

log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """uvicorn, which tells the event streams to end before it waits for its connections, and which ends with status 0."""

    def __init__(self, config: uvicorn.Config, parts: Parts, *, drain_pause_seconds: float) -> None:
        super().__init__(config)
        self._parts = parts
        self._drain_pause_seconds = drain_pause_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal, end at the second; unlike uvicorn's own, no signal is raised again after the drain."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Drain: /readyz says no and everything is still answered for a pause, then the streams end and the port closes."""
        self._parts.begin_draining()
        end = time.monotonic() + self._drain_pause_seconds
        while time.monotonic() < end and not self.force_exit:  # noqa: ASYNC110 -- the flag is set by a signal's handler
            await asyncio.sleep(min(0.1, self._drain_pause_seconds))
        self._parts.begin_closing()
        await super().shutdown(sockets)


def server(settings: GatewaySettings, parts: Parts) -> Server:
    """Make the HTTP server; it binds when it is served."""
    config = uvicorn.Config(
        make_app(parts),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # uvicorn would believe whoever connects from this machine; `http.forwarding` asks the settings
        timeout_graceful_shutdown=round(settings.drain_seconds),
        timeout_keep_alive=75,  # longer than the 60 s after which common proxies close, so that they never meet a closed one
        ws="none",  # uvicorn would log the path of a refused WebSocket, and a visit's path is its key
        lifespan="off",
    )
    return Server(config, parts, drain_pause_seconds=settings.drain_pause_seconds)


def main() -> None:
    """Run the gateway; exit 2 for wrong settings, 1 with one line when something that it needs cannot be had."""
    os.umask(0o077)  # faces, captions, ids that are keys: whatever this process writes is for its user alone
    settings = load_settings(GatewaySettings)
    configure_logging("gateway", settings)
    try:
        tracing.configure_tracing("gateway", settings.otlp_endpoint)
        asyncio.run(_serve(settings))
    except (StartError, StoreUnavailable, ArtistsFolderMissing, QuizRefused) as error:
        sys.exit(f"articket gateway: {error}")
    finally:
        tracing.tracer().shutdown()


async def _serve(settings: GatewaySettings) -> None:
    with _metrics_served(settings):
        async with opened(settings, registry) as parts:
            await server(settings, parts).serve()


@contextmanager
def _metrics_served(settings: GatewaySettings) -> Generator[None]:
    """Serve /metrics on its own port inside the block, when there is to be one. Raises ListenError."""
    if settings.metrics_port is None:
        yield
        return
    try:
        metrics = MetricsServer(settings.host, settings.metrics_port)
    except OSError as error:
        address = f"{settings.host}:{settings.metrics_port}"
        raise ListenError(f"metrics: expected to listen on {address}, found: {error.strerror}") from error
    log.info("metrics on port %d", metrics.port)
    try:
        yield
    finally:
        metrics.close()


if __name__ == "__main__":
    main()
