"""One visit, alone in the booth: from its upload to its last painting, against the best that these GPUs allow."""

from __future__ import annotations

import asyncio
import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.phones import ARTISTS, Phone, distinct_photos, opened_door, server_events

PHONE_PHOTO_PX = 1280
"""Long side of what the phone's page sends: it scales photos down to this."""


def measure(pods: Sequence[float], *, visits: int = 3, caption: str = "caption", seed: int = 2) -> float:
    """Give the median seconds from the upload's first byte to the last painting on the phone's stream.

    `pods` are the seconds that each pod takes for a painting. The visits come one after the other; a first one that is not
    counted lets every process finish what it does only once.
    """
    plans = [PodPlan(seconds) for seconds in pods]
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), plans, caption=caption) as fleet:
        return statistics.median(asyncio.run(_visits(fleet, visits, seed))[1:])


def at_best(pods: int, seconds: float) -> float:
    """Give ⌈artists ÷ pods⌉ · seconds."""
    return math.ceil(len(ARTISTS) / pods) * seconds


async def _visits(fleet: Fleet, count: int, seed: int) -> list[float]:
    photos = distinct_photos(count + 1, seed=seed, side=PHONE_PHOTO_PX)
    async with opened_door(fleet.urls, seed=seed) as door:
        return [await upload_to_last_painting(Phone(door, photo)) for photo in photos]


async def upload_to_last_painting(phone: Phone) -> float:
    """Make one visit that watches its stream; give the seconds."""
    await phone.begin()
    painted: set[str] = set()
    ended: list[float] = []

    async def follow() -> None:
        async for kind, data in server_events(phone.door.http, f"{phone.door.urls[0]}{phone.path}/events"):
            if kind == "painting" and data["state"] in ("done", "failed"):
                assert data["state"] == "done", data
                painted.add(data["artist_id"])
                if len(painted) == len(ARTISTS):
                    ended.append(time.perf_counter())
                    return

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.3)  # the phone's page has its stream open before anybody chooses a photo
    start = time.perf_counter()
    await phone.send()
    async with asyncio.timeout(120):
        await following
    return ended[0] - start
