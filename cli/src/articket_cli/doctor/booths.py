"""Looks at the booth that runs on this machine, if one does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from articket_cli import addresses, probing
from articket_cli.booth import GATEWAY_NAME
from articket_cli.claiming import holder_of
from articket_cli.doctor.finding import Finding

ANSWER_SECONDS = 3.0


def find_booth(data_dir: Path, port: int) -> str | None:
    """Give the URL of the booth that holds the data folder, or that answers on the port."""
    holder = holder_of(data_dir)
    if holder is not None:
        return holder.url
    health = _ask(addresses.url_of(addresses.LOOPBACK, port), "/healthz")
    is_booth = health is not None and health.as_object().get("service") == GATEWAY_NAME
    return addresses.url_of(addresses.LOOPBACK, port) if is_booth else None


def look_at_booth(url: str | None) -> Finding:
    """Look whether visits can begin."""
    if url is None:
        return Finding("booth", "none is running here")
    answer = _ask(url, "/readyz")
    if answer is None:
        return Finding("booth", f"{url} does not answer", "look into its logs; Ctrl-C and articket up start it anew")
    if answer.status != 200:
        detail = answer.as_object().get("detail", f"status {answer.status}")
        return Finding("booth", f"{url} is not ready: {detail}", "look into the logs of the service that it waits for")
    return Finding("booth", f"{url} is ready")


def _ask(url: str, path: str) -> probing.Answer | None:
    parts = urlsplit(url)
    return asyncio.run(probing.get(parts.hostname or "", parts.port or 80, path, within=ANSWER_SECONDS))
