"""The diffusers engine with tiny models, and artists with weights for it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from articket_artists import LoadedArtist
from articket_stylize.engines.diffusers import DiffusersConfig, DiffusersEngine
from tests.support.diffusion_models import digest_of, model_folder
from tests.support.stylize import an_artist

# Small pictures, so that a painting takes a tenth of a second.
SIDE_PX = 64
QUICK = {"steps": 4}
"""An artist's img2img that runs two steps."""

# Several threads would wait for one another on a machine that runs other tests, too.
torch.set_num_threads(1)


def tiny_config(name: str = "sd15", /, **changes: Any) -> DiffusersConfig:
    """A configuration that is right but for the changes."""
    return DiffusersConfig(**({"model": str(model_folder(name)), "device": "cpu", "long_side_px": SIDE_PX} | changes))


@asynccontextmanager
async def tiny_engine(name: str = "sd15", /, **changes: Any) -> AsyncGenerator[DiffusersEngine]:
    """An engine that is ready."""
    engine = DiffusersEngine(tiny_config(name, **changes))
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


def with_lora(folder: Path, artist_id: str, file: Path, *, sha256: str = "", **lora: Any) -> LoadedArtist:
    """An artist in a folder of its own, with a copy of these weights."""
    home = folder / artist_id
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, home / "lora.safetensors")
    pinned = {"source": "lora.safetensors", "sha256": sha256 or digest_of(file)} | lora
    prompt = "{caption}, dabbled, {trigger}" if "trigger" in lora else "{caption}, dabbled"
    artist = an_artist(artist_id, lora=pinned, prompt=prompt, img2img=QUICK)
    return replace(artist, folder=home, digest=f"{artist_id} {pinned}")
