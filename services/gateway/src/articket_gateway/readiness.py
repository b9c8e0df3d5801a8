"""Whether visits can begin: is everything there that a visit needs?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from articket_gateway.clients.health import is_serving
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.storing.database import Database

if TYPE_CHECKING:
    import grpc.aio


class Readiness:
    """Called, it gives the names of the parts that are missing; none means ready."""

    def __init__(self, database: Database, caption: grpc.aio.Channel, ticket: grpc.aio.Channel, dispatcher: Dispatcher) -> None:
        self._database = database
        self._caption = caption
        self._ticket = ticket
        self._dispatcher = dispatcher

    async def __call__(self) -> list[str]:
        """Look at all of them at once."""
        database, caption, ticket = await asyncio.gather(
            self._database.is_there(), is_serving(self._caption), is_serving(self._ticket)
        )
        stylize = any(pod.is_up and pod.artists for pod in self._dispatcher.pods)
        present = {"database": database, "caption": caption, "stylize": stylize, "ticket": ticket}
        return [name for name, is_there in present.items() if not is_there]
