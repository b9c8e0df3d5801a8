"""`python -m articket_stylize`: reads the settings, puts the service together, and serves until told to stop."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from articket.stylize.v1 import stylize_pb2
from articket.stylize.v1.stylize_pb2_grpc import add_StylizeServiceServicer_to_server
from articket_artists import ArtistsFolderMissing, ArtistWatcher
from articket_mesh.errors import MeshError
from articket_mesh.logs import configure_logging
from articket_mesh.server import Service, serve
from articket_mesh.settings import load_settings
from articket_stylize.engines import Engine
from articket_stylize.engines.painterly_engine import PainterlyEngine
from articket_stylize.engines.simulated import SimulatedEngine, Simulation
from articket_stylize.engines.webui import NamedLora, WebuiConfig, WebuiEngine
from articket_stylize.servicer import StylizeServicer, paintable_artists
from articket_stylize.settings import StylizeSettings
from articket_stylize.stylizing import Stylizing

logger = logging.getLogger("articket_stylize")


def main() -> None:
    """Run the service. Exits with status 1 and one log line when it cannot."""
    settings = load_settings(StylizeSettings)
    configure_logging("stylize", settings)
    try:
        asyncio.run(run(settings))
    except (ArtistsFolderMissing, MeshError) as error:
        logger.error("%s", error)
        raise SystemExit(1) from error


async def run(settings: StylizeSettings) -> None:
    """Serve until a signal comes and the drain is over."""
    engine = make_engine(settings)
    async with ArtistWatcher(settings.artists) as watcher:
        servicer = StylizeServicer(Stylizing(engine), lambda: paintable_artists(engine, watcher.catalogue, settings.serves))
        descriptor = stylize_pb2.DESCRIPTOR.services_by_name["StylizeService"]
        service = Service(descriptor, partial(add_StylizeServiceServicer_to_server, servicer))
        try:
            await serve(settings, [service], warm_up=engine.start)
        finally:
            await engine.close()


def make_engine(settings: StylizeSettings) -> Engine:
    """Make the engine that the settings choose."""
    match settings.engine:
        case "painterly":
            return PainterlyEngine(slots=settings.slots, idle_seconds=settings.idle_seconds)
        case "simulated":
            simulation = Simulation(
                seconds=settings.simulated_seconds,
                steps=settings.simulated_steps,
                failing=settings.simulated_failing,
                out_of_memory=settings.simulated_out_of_memory,
                hanging=settings.simulated_hanging,
            )
            return SimulatedEngine(simulation, slots=settings.slots or 1)
        case "webui":
            return WebuiEngine(webui_config(settings))


def webui_config(settings: StylizeSettings) -> WebuiConfig:
    """Take from the settings what concerns the WebUI server."""
    named = (lora.partition("=") for lora in settings.webui_loras)
    return WebuiConfig(
        url=settings.webui_url or "",
        user=settings.webui_user.get_secret_value() if settings.webui_user else "",
        password=settings.webui_password.get_secret_value() if settings.webui_password else "",
        ca=settings.webui_ca,
        checkpoint=settings.webui_checkpoint or "",
        loras={artist_id: NamedLora(*lora.split("@")) for artist_id, _, lora in named},
        long_side_px=settings.webui_long_side_px,
        needs_gpu=settings.webui_needs_gpu,
        connect_seconds=settings.webui_connect_seconds,
        answer_seconds=settings.webui_answer_seconds,
        painting_seconds=settings.webui_painting_seconds,
        poll_seconds=settings.webui_poll_seconds,
        look_seconds=settings.webui_look_seconds,
    )


if __name__ == "__main__":
    main()
