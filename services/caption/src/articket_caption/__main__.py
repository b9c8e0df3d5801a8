"""`python -m articket_caption`: reads the settings, puts the service together, and serves until told to stop."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from articket.caption.v1 import caption_pb2
from articket.caption.v1.caption_pb2_grpc import add_CaptionServiceServicer_to_server
from articket_caption.captioning import Captioning
from articket_caption.engines import Engine
from articket_caption.engines.embedded import EmbeddedEngine
from articket_caption.servicer import CaptionServicer
from articket_caption.settings import CaptionSettings
from articket_mesh.errors import MeshError
from articket_mesh.logs import configure_logging
from articket_mesh.server import Service, serve
from articket_mesh.settings import load_settings

logger = logging.getLogger("articket_caption")


def main() -> None:
    """Run the service. Exits with status 1 and one log line when it cannot."""
    settings = load_settings(CaptionSettings)
    configure_logging("caption", settings)
    try:
        asyncio.run(run(settings))
    except MeshError as error:
        logger.error("%s", error)
        raise SystemExit(1) from error


async def run(settings: CaptionSettings) -> None:
    """Serve until a signal comes and the drain is over."""
    engine = make_engine(settings)
    servicer = CaptionServicer(Captioning(engine))
    descriptor = caption_pb2.DESCRIPTOR.services_by_name["CaptionService"]
    service = Service(descriptor, partial(add_CaptionServiceServicer_to_server, servicer))
    try:
        await serve(settings, [service], warm_up=engine.start)
    finally:
        await engine.close()


def make_engine(settings: CaptionSettings) -> Engine:
    """Make the engine that the settings choose."""
    match settings.engine:
        case "embedded":
            return EmbeddedEngine()


if __name__ == "__main__":
    main()
