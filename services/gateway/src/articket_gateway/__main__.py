"""`python -m articket_gateway`: serve HTTP until a stop signal, then drain."""

from __future__ import annotations

import asyncio
import logging
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from articket_gateway.app import make_app
from articket_gateway.errors import StoreLocked
from articket_gateway.http.parts import Parts
from articket_gateway.settings import GatewaySettings
from articket_mesh.logs import configure_logging
from articket_mesh.metrics import registry
from articket_mesh.settings import load_settings

log = logging.getLogger("articket_gateway")


class _Server(uvicorn.Server):
    """uvicorn, which tells the event streams to end before it waits for its connections."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the drain."""
        parts: Parts | None = getattr(self._app.state, "parts", None)
        if parts is not None:
            parts.closing.set()
            parts.progress.wake_all()
        super().handle_exit(sig, frame)


def main() -> None:
    """Run the gateway; exit 2 when the settings or the database file cannot be used."""
    settings = load_settings(GatewaySettings)
    configure_logging("gateway", settings)
    app = make_app(settings, registry)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.drain_seconds),
        timeout_keep_alive=75,  # longer than the 60 s after which common proxies close, so that they never meet a closed one
        lifespan="on",
    )
    try:
        asyncio.run(_Server(config, app).serve())
    except StoreLocked as error:
        sys.exit(f"articket gateway: {error}. Hint: stop it, or choose another data folder.")


if __name__ == "__main__":
    main()
