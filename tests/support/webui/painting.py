"""What tests of the webui engine need: its configuration, photos, jobs, and the failure of one."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from articket_artists import LoadedArtist
from articket_mesh.errors import MeshError
from articket_stylize.engines import PaintJob
from articket_stylize.engines.webui import WebuiConfig, WebuiEngine
from tests.support.artists import safetensors
from tests.support.stylize import an_artist, paint
from tests.support.webui.stand_in import StandIn

LORA = safetensors(64)
SHOWN = hashlib.sha256(LORA[-64:]).hexdigest()[:12]
"""What AUTOMATIC1111 shows of it: the hash of the tensors, without the header."""


def a_config(webui: StandIn, **changes: object) -> WebuiConfig:
    """An engine's configuration for that server, with less patience than people have."""
    return replace(WebuiConfig(webui.url, poll_seconds=0.05, preview_seconds=0.05, answer_seconds=2.0), **changes)


def a_photo(width: int = 320, height: int = 240) -> bytes:
    """A picture with something on it everywhere."""
    noise = np.random.default_rng(3).integers(0, 255, (height // 16, width // 16, 3), np.uint8)
    return cv2.imencode(".jpg", cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC))[1].tobytes()


def changed(artist: LoadedArtist, **changes: object) -> LoadedArtist:
    """The artist with other values; its weights stay."""
    values = {"lora": artist.artist.lora, "prompt": artist.artist.prompt} | changes
    return replace(artist, artist=an_artist(artist.id, **values).artist)


def a_painting_of(artist: LoadedArtist, caption: str = "a cat") -> PaintJob:
    """Ask for a painting by that artist."""
    return PaintJob(a_photo(), artist, caption, 7)


async def failure_of(engine: WebuiEngine, job: PaintJob) -> MeshError:
    """The error that the painting ends with."""
    with pytest.raises(MeshError) as failure:
        await asyncio.wait_for(paint(engine, job), 10)
    return failure.value
