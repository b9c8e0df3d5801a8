"""`python -m articket_gateway`: serve HTTP until a stop signal, then drain."""

from __future__ import annotations

import asyncio
import logging
import sys

import uvicorn

from articket_gateway.app import make_app
from articket_gateway.errors import StoreLocked
from articket_gateway.settings import GatewaySettings
from articket_mesh.logs import configure_logging
from articket_mesh.metrics import registry
from articket_mesh.settings import load_settings

log = logging.getLogger("articket_gateway")


class _Server(uvicorn.Server):
    """uvicorn, which tells the event streams to end before it waits for its connections."""

    def handle_exit(self, sig: int, frame: object) -> None:
        parts = getattr(self.config.app.state, "parts", None)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType]
        if parts is not None:
            parts.closing.set()
            parts.progress.wake_all()
        super().handle_exit(sig, frame)  # pyright: ignore[reportArgumentType]


def main() -> None:
    """Run the gateway; exit 2 when the settings or the database file cannot be used."""
    settings = load_settings(GatewaySettings)
    configure_logging("gateway", settings)
    config = uvicorn.Config(
        make_app(settings, registry),
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
        asyncio.run(_Server(config).serve())
    except StoreLocked as error:
        sys.exit(f"articket gateway: {error}. Hint: stop it, or choose another data folder.")


if __name__ == "__main__":
    main()
