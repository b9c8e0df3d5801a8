"""`python -m articket_ticket`: reads the settings, puts the service together, and serves until told to stop."""

import asyncio
import logging
from functools import partial

from articket.ticket.v1 import ticket_pb2
from articket.ticket.v1.ticket_pb2_grpc import add_TicketServiceServicer_to_server
from articket_artists import ArtistsFolderMissing, ArtistWatcher
from articket_mesh.logs import configure_logging
from articket_mesh.server import Service, serve
from articket_mesh.settings import load_settings
from articket_ticket.printing import Press
from articket_ticket.servicer import TicketServicer
from articket_ticket.settings import TicketSettings

logger = logging.getLogger("articket_ticket")


def main() -> None:
    """Run the service. Exits with status 1 and one log line when it cannot."""
    settings = load_settings(TicketSettings)
    configure_logging("ticket", settings)
    try:
        asyncio.run(run(settings))
    except ArtistsFolderMissing as error:
        logger.error("%s", error)
        raise SystemExit(1) from error


async def run(settings: TicketSettings) -> None:
    """Serve until a signal comes and the drain is over."""
    press = Press()
    try:
        async with ArtistWatcher(settings.artists) as watcher:
            servicer = TicketServicer(press, lambda: watcher.catalogue.artists)
            descriptor = ticket_pb2.DESCRIPTOR.services_by_name["TicketService"]
            await serve(settings, [Service(descriptor, partial(add_TicketServiceServicer_to_server, servicer))])
    finally:
        press.close()


if __name__ == "__main__":
    main()
