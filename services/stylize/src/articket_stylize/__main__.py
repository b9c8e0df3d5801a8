"""`python -m articket_stylize`: reads the settings, puts the service together, and serves until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from functools import partial

from articket.stylize.v1 import stylize_pb2
from articket.stylize.v1.stylize_pb2_grpc import add_StylizeServiceServicer_to_server
from articket_artists import ArtistsFolderMissing, ArtistWatcher
from articket_mesh.errors import ErrorReason, MeshError, TransientError
from articket_mesh.logs import configure_logging
from articket_mesh.server import Service, serve
from articket_mesh.settings import load_settings
from articket_stylize.engines import Engine
from articket_stylize.engines.diffusers import DiffusersConfig, DiffusersEngine
from articket_stylize.engines.painterly_engine import PainterlyEngine
from articket_stylize.engines.simulated import SimulatedEngine, Simulation
from articket_stylize.engines.webui import NamedLora, WebuiConfig, WebuiEngine
from articket_stylize.servicer import StylizeServicer, paintable_artists
from articket_stylize.settings import StylizeSettings
from articket_stylize.stylizing import Stylizing

logger = logging.getLogger("articket_stylize")

# Between two attempts to reach an engine that is elsewhere.
ENGINE_AWAITED_SECONDS = 2.0


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
            await serve(settings, [service], warm_up=partial(started, engine, is_elsewhere=settings.engine == "webui"))
        finally:
            await engine.close()
    if isinstance(engine, DiffusersEngine) and engine.is_broken:
        raise SystemExit(1)  # it has said why; a new process may fare better


async def started(engine: Engine, *, is_elsewhere: bool) -> None:
    """Start the engine. One that is elsewhere may come later than the pod and is waited for; each trouble is told once."""
    told = ""
    while True:
        try:
            return await engine.start()
        except TransientError as error:
            if not is_elsewhere or error.reason is not ErrorReason.ENGINE_UNAVAILABLE:
                raise
            if error.message != told:
                logger.warning("no artist is served by this pod yet: %s", error.message)
            told = error.message
            await asyncio.sleep(ENGINE_AWAITED_SECONDS)


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
                seed=settings.simulated_seed,
                loras=settings.simulated_loras,
                load_seconds=settings.simulated_load_seconds,
                memory_px=settings.simulated_memory_px,
            )
            return SimulatedEngine(simulation, slots=settings.slots or 1)
        case "webui":
            return WebuiEngine(webui_config(settings))
        case "diffusers":
            # As if somebody had asked for it: what can be answered still is, then whoever starts pods starts a new one.
            return DiffusersEngine(diffusers_config(settings), give_up=partial(os.kill, os.getpid(), signal.SIGTERM))


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


def diffusers_config(settings: StylizeSettings) -> DiffusersConfig:
    """Take from the settings what concerns the model in this process."""
    return DiffusersConfig(
        model=settings.diffusers_model or "",
        model_config=settings.diffusers_model_config,
        variant=settings.diffusers_variant or "",
        downloads=settings.diffusers_downloads,
        device=settings.diffusers_device,
        few_steps=settings.diffusers_few_steps,
        steps=settings.diffusers_steps,
        guidance_scale=settings.diffusers_guidance_scale,
        speed_lora=settings.diffusers_speed_lora,
        speed_lora_sha256=settings.diffusers_speed_lora_sha256,
        long_side_px=settings.diffusers_long_side_px,
        lora_folder=settings.diffusers_lora_folder,
        loras_kept=settings.diffusers_loras_kept,
        painting_seconds=settings.diffusers_painting_seconds,
    )


if __name__ == "__main__":
    main()
