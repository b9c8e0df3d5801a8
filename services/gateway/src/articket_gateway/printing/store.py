"""An object store as a sink (S3, Google Cloud Storage), so that a cloud folder fills by itself.

Objects are only ever created, never overwritten: a put whose answer was lost finds its own bytes there when it is tried again.
Copies mean nothing to a store: one ticket is one object, however often it is asked for. Credentials come from the usual
environment (AWS_…, GOOGLE_…).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import from_url

from articket_gateway.printing.sinks import (
    MAX_TICKET_BYTES,
    OFFLINE,
    REFUSED,
    UNWRITABLE,
    PlaceTaken,
    PrintOrder,
    Sight,
    SinkKind,
    SinkStatus,
    SinkWaits,
    Stage,
    digest,
    file_names,
    filed,
    read_filed,
)

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CALL_SECONDS = 30.0
CONNECT_SECONDS = 3.0
LOOK_SECONDS = 60.0
"""A store answers for money."""

PROBE = "articket-is-there"
"""An object that is not there: asking for it tells whether the store answers and lets us in."""


class StoreSink:
    """Objects under one bucket and prefix."""

    kind = SinkKind.STORE
    look_seconds = LOOK_SECONDS

    def __init__(self, name: str, url: str) -> None:
        """Take the store at `url`. Raises obstore's BaseError or ValueError for a URL that makes no sense."""
        self.name = name
        self._store: ObjectStore = from_url(
            url,
            client_options={
                "timeout": timedelta(seconds=CALL_SECONDS),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                # options that are given at all replace what the environment says of them
                "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true"),
            },
            retry_config={"max_retries": 1, "retry_timeout": timedelta(seconds=5)},  # the queue itself is what tries again
        )

    async def look(self) -> SinkStatus:
        """Tell whether the store answers and lets us in."""
        try:
            async with _translated():
                await self._fingerprint(PROBE)
        except SinkWaits as waits:
            return SinkStatus(is_stopped=True, reasons=(waits.reason,))
        return SinkStatus()

    async def prepare(self, order: PrintOrder, ticket: bytes, *, is_retry: bool) -> str:
        """Choose a name that is free, or the one under which the ticket lies already."""
        fingerprint = digest(ticket)
        async with _translated():
            for name in file_names(order):
                if await self._fingerprint(name) in (None, fingerprint):
                    return filed(name, fingerprint)
        raise SinkWaits(UNWRITABLE)

    async def deliver(self, order: PrintOrder, remote: str, ticket: bytes) -> Sight:
        """Create the object, unless it is there."""
        name, fingerprint = read_filed(remote)
        async with _translated():
            try:
                await obstore.put_async(
                    self._store,
                    name,
                    ticket,
                    mode="create",
                    use_multipart=False,
                    attributes={"Content-Type": "application/pdf"},
                )
            except AlreadyExistsError:
                if await self._fingerprint(name) != fingerprint:
                    raise PlaceTaken from None
        return Sight(Stage.OUT)

    async def follow(self, order: PrintOrder, remote: str) -> Sight:
        """Tell whether the object is there."""
        name, fingerprint = read_filed(remote)
        async with _translated():
            found = await self._fingerprint(name)
        # what somebody else has put there since is not ours: the ticket is delivered, and finds the place taken
        return Sight(Stage.OUT if found == fingerprint else Stage.EMPTY)

    async def withdraw(self, mark: str, remote: str | None) -> None:
        """Remove the object, if it still is the one that was put there."""
        if remote is None:
            return
        name, fingerprint = read_filed(remote)
        async with _translated():
            if await self._fingerprint(name) == fingerprint:
                await obstore.delete_async(self._store, name)

    async def close(self) -> None:
        """Nothing to let go of."""

    async def _fingerprint(self, name: str) -> str | None:
        """Give the fingerprint of what lies under the name; None when nothing does."""
        try:
            found = await obstore.get_async(self._store, name)
        except FileNotFoundError:
            return None
        if found.meta["size"] > MAX_TICKET_BYTES:
            return ""
        return digest(bytes(await found.bytes_async()))


@asynccontextmanager
async def _translated() -> AsyncGenerator[None]:
    """Raise SinkWaits for whatever the store raises; its own words hold addresses and keys."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            yield
    except (PermissionDeniedError, UnauthenticatedError):
        raise SinkWaits(REFUSED) from None
    except (BaseError, OSError):  # TimeoutError is an OSError
        raise SinkWaits(OFFLINE, is_certain=False) from None
