"""What tests of the stylize service need: a photo, an artist, and a worker that dabbles."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from articket_artists import Artist, LoadedArtist
from articket_stylize.engines import DrawingEvent, DrawJob, Drawn, Engine, EngineEvent, Painted, PaintJob, Progress

DABBLING_WORKER = (sys.executable, str(Path(__file__).with_name("dabbling_worker.py")))


def a_photo(width: int = 96, height: int = 64, extension: str = ".jpg", shade: int = 0) -> bytes:
    """Encode a small picture; another shade is another photo."""
    ramp = np.linspace(shade, 200, width, dtype=np.uint8)
    picture = np.dstack([np.tile(ramp, (height, 1)), np.full((height, width), 90, np.uint8), np.tile(ramp[::-1], (height, 1))])
    return cv2.imencode(extension, picture)[1].tobytes()


def an_artist(artist_id: str = "dabbler", **changes: object) -> LoadedArtist:
    """Make an artist without a folder."""
    both = {"en": "Dabbler", "ko": "환쟁이"}
    artist = Artist.model_validate(
        {
            "schema_version": 1,
            "id": artist_id,
            "name": both,
            "personality": {"title": both, "text": both},
            "traits": {"calm": 0.5},
            "prompt": "{caption}, dabbled",
            "ticket": {
                "template": "template.pdf",
                "slots": [
                    {"kind": "painting", "box_mm": [5, 5, 90, 90]},
                    {"kind": "qr", "box_mm": [70, 170, 20, 20]},
                ],
            },
            "credit": {"licence": "CC0-1.0", "source": "a test"},
            **changes,
        }
    )
    return LoadedArtist(artist, Path(artist_id), f"digest of {artist_id}", b"%PDF-1.7")


def a_job(seed: int = 7, photo: bytes | None = None, preview_px: int = 0, artist: LoadedArtist | None = None) -> PaintJob:
    """Ask for a painting."""
    return PaintJob(photo or a_photo(), artist or an_artist(), "a portrait of one person", seed, preview_px)


def a_drawing(prompt: str = "a cat on the moon", seed: int = 7, **changes: Any) -> DrawJob:
    """Ask for a picture of words."""
    return DrawJob(**({"prompt": prompt, "artist": None, "seed": seed, "width": 320, "height": 256} | changes))


async def until(claim: Callable[[], object], seconds: float = 2.0) -> None:
    """Wait for something to become true; raise TimeoutError when it does not."""
    async with asyncio.timeout(seconds):
        while not claim():
            await asyncio.sleep(0.005)


async def paint(engine: Engine, job: PaintJob) -> tuple[list[Progress], Painted]:
    """Paint to the end."""
    events: list[EngineEvent] = [event async for event in engine.paint(job)]
    painted = events.pop()
    assert isinstance(painted, Painted)
    return [event for event in events if isinstance(event, Progress)], painted


async def draw(engine: Engine, job: DrawJob) -> tuple[list[Progress], Drawn]:
    """Draw to the end."""
    events: list[DrawingEvent] = [event async for event in engine.draw(job)]
    drawn = events.pop()
    assert isinstance(drawn, Drawn)
    return [event for event in events if isinstance(event, Progress)], drawn
