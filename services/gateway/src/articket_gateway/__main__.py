"""`python -m articket_gateway`: serve HTTP until a stop signal, then drain."""

from __future__ import annotations

import asyncio
import os
import sys
from socket import socket
from types import FrameType

import uvicorn

from articket_artists import ArtistsFolderMissing, QuizRefused
from articket_gateway.app import make_app, opened
from articket_gateway.errors import StoreUnavailable
from articket_gateway.http.parts import Parts
from articket_gateway.settings import GatewaySettings
from articket_mesh import tracing
from articket_mesh.errors import StartError
from articket_mesh.logs import configure_logging
from articket_mesh.metrics import registry
from articket_mesh.settings import load_settings


class Server(uvicorn.Server):
    """uvicorn, which tells the event streams to end before it waits for its connections, and which ends with status 0."""

    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal, end at the second; unlike uvicorn's own, no signal is raised again after the drain."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Drain."""
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
        timeout_graceful_shutdown=round(settings.drain_seconds),
        timeout_keep_alive=75,  # longer than the 60 s after which common proxies close, so that they never meet a closed one
        ws="none",  # uvicorn would log the path of a refused WebSocket, and a visit's path is its key
        lifespan="off",
    )
    return Server(config, parts)


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
    async with opened(settings, registry) as parts:
        await server(settings, parts).serve()


if __name__ == "__main__":
    main()
