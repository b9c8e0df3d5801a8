"""The booth that paints: the one that was named, else the one on this machine, else one of our own for as long as it takes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from articket_cli import addresses, probing
from articket_cli.booth import GATEWAY_NAME, plan_booth, running_booth
from articket_cli.errors import BadInputError, BoothError
from articket_cli.gateway.client import GatewayClient
from articket_cli.journal import Show
from articket_cli.locations import find_artists, find_quiz
from articket_cli.main import DEFAULT_PORT

LOOK_SECONDS = 1.0
REACH_SECONDS = 3.0  # a booth that was named and does not answer within this time is not there


@dataclass(frozen=True)
class Booth:
    """A booth that is ready. One that is ours is erased when it is left."""

    client: GatewayClient
    is_ours: bool


@asynccontextmanager
async def booth_at(url: str | None, show: Show) -> AsyncGenerator[Booth]:
    """Use the booth at `url`; without one, that of this machine or our own. `show` gets what a person should see of it.

    Raises BadInputError when there is no booth at `url`, BoothError when our own does not come up.
    """
    url = url or await _booth_here()
    if url is None:
        artists = find_artists(None)
        show("No booth is running here: starting one for these photos.")
        async with own_booth(artists, find_quiz(artists), show) as booth:
            yield booth
        return
    await _check(url)
    show(f"Using the booth at {url}.")
    async with GatewayClient(url) as client:
        yield Booth(client, is_ours=False)


@asynccontextmanager
async def own_booth(artists: Path, quiz: Path | None, show: Show) -> AsyncGenerator[Booth]:
    """Run a booth with these artists in a temporary folder. Raises BoothError when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="articket-") as data_dir:
        plan = plan_booth(
            host=addresses.LOOPBACK,
            port=0,
            public_url=None,
            data_dir=Path(data_dir),
            artists=artists,
            quiz=quiz,
        )
        async with running_booth(plan, show) as supervisor, GatewayClient(plan.local_url) as client:
            try:
                yield Booth(client, is_ours=True)
            finally:
                supervisor.kill()  # nothing to drain: its visits are over, and its folder is about to go


async def _booth_here() -> str | None:
    """Give the URL of the booth that `articket up` runs on this machine, if it is ready."""
    health = await probing.get(addresses.LOOPBACK, DEFAULT_PORT, "/healthz", within=LOOK_SECONDS)
    if health is None or health.as_object().get("service") != GATEWAY_NAME:
        return None
    ready = await probing.get(addresses.LOOPBACK, DEFAULT_PORT, "/readyz", within=LOOK_SECONDS)
    return addresses.url_of(addresses.LOOPBACK, DEFAULT_PORT) if ready is not None and ready.status == 200 else None


async def _check(url: str) -> None:
    expected = f"--url {url}: expected an Articket booth"
    if not _is_web_address(url):
        raise BadInputError(f"--url {url}: expected http://… or https://…", hint="for example --url http://127.0.0.1:8080")
    try:
        async with GatewayClient(url, patience=REACH_SECONDS) as client:
            health = await client.health()
    except BoothError as error:
        raise BadInputError(f"{expected}; {error.message}", hint="articket up runs one here") from error
    if health.service != GATEWAY_NAME:
        raise BadInputError(f"{expected}, found {health.service}")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
