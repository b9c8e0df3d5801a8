"""`python -m articket_caption`: reads the settings, puts the service together, and serves until told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from articket.caption.v1 import caption_pb2
from articket.caption.v1.caption_pb2_grpc import add_CaptionServiceServicer_to_server
from articket_caption.captioning import Captioning
from articket_caption.engines import Engine
from articket_caption.engines.blip import BlipConfig, BlipEngine
from articket_caption.engines.embedded import EmbeddedEngine
from articket_caption.engines.http import SHAPES, HttpConfig, HttpEngine, Shape
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
    """Serve until a signal comes and the drain is over. Raises a MeshError when the engine cannot go on."""
    # An engine that has lost its device has the process drain and end as if it had been told to; it is started again then.
    engine = make_engine(settings, on_broken=partial(signal.raise_signal, signal.SIGTERM))
    servicer = CaptionServicer(Captioning(engine))
    descriptor = caption_pb2.DESCRIPTOR.services_by_name["CaptionService"]
    service = Service(descriptor, partial(add_CaptionServiceServicer_to_server, servicer))
    try:
        await serve(settings, [service], warm_up=engine.start)
    finally:
        await engine.close()
    if isinstance(engine, BlipEngine) and engine.is_broken:
        raise SystemExit(1)


def make_engine(settings: CaptionSettings, *, on_broken: Callable[[], None] = lambda: None) -> Engine:
    """Make the engine that the settings choose. `on_broken` is called by one that can only go on in a new process."""
    match settings.engine:
        case "embedded":
            return EmbeddedEngine()
        case "blip":
            return BlipEngine(blip_config(settings), on_broken=on_broken)
        case "http":
            return HttpEngine(http_config(settings))


def blip_config(settings: CaptionSettings) -> BlipConfig:
    """Take from the settings what concerns the BLIP model."""
    return BlipConfig(
        model=settings.blip_model or "",
        revision=settings.blip_revision or "",
        may_download=settings.blip_download,
        device=settings.blip_device,
        beams=settings.blip_beams,
        most_tokens=settings.blip_most_tokens,
    )


def http_config(settings: CaptionSettings) -> HttpConfig:
    """Take from the settings what concerns the endpoint."""
    return HttpConfig(
        url=settings.http_url or "",
        shape=http_shape(settings),
        token=settings.http_token.get_secret_value() if settings.http_token else "",
        user=settings.http_user.get_secret_value() if settings.http_user else "",
        password=settings.http_password.get_secret_value() if settings.http_password else "",
        ca=settings.http_ca,
        connect_seconds=settings.http_connect_seconds,
        answer_seconds=settings.http_answer_seconds,
    )


def http_shape(settings: CaptionSettings) -> Shape:
    """Take the named shape with what the settings change of it."""
    shape = SHAPES[settings.http_shape]
    more = shape.more if settings.http_more is None else settings.http_more
    return replace(
        shape,
        send=settings.http_send or shape.send,
        photo_field=settings.http_photo_field or shape.photo_field,
        more=more,
        answer=shape.answer if settings.http_answer is None else settings.http_answer,
        has_tags_behind_comma=shape.has_tags_behind_comma and more.get("model") == "clip",
    )


if __name__ == "__main__":
    main()
