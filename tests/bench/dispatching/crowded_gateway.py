"""One gateway with a thousand paintings waiting: what does it take of the machine, and how long does it think?"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.dispatching.throughput import send_all
from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.phones import ARTISTS, Phone, distinct_photos, opened_door, server_events

DECISIONS = "articket_dispatch_seconds"


@dataclass(frozen=True)
class Burden:
    """What was seen within the window."""

    waiting_at_least: int
    cores: float
    """Processor seconds a second, of the gateway's process."""
    megabytes: float
    decisions: int
    decision_seconds: float
    """On average; infinite when the gateway has not said."""
    decision_p99_seconds: float
    """The upper edge of the histogram's bucket in which 99 of 100 have fallen."""


def measure(*, waiting: int = 1000, pods: int = 8, seconds: float = 1.0, window_seconds: float = 30.0, seed: int = 8) -> Burden:
    """Watch the gateway for a window in which at least `waiting` paintings wait, every visitor's phone looking on."""
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), [PodPlan(seconds)] * pods) as fleet:
        return asyncio.run(_watch(fleet, waiting, pods / seconds * window_seconds, window_seconds, seed))


async def _watch(fleet: Fleet, waiting: int, painted_meanwhile: float, window_seconds: float, seed: int) -> Burden:
    gateway = fleet.gateways[0]
    async with opened_door(fleet.urls, seed=seed) as door:
        visits = math.ceil((waiting + 1.2 * painted_meanwhile) / len(ARTISTS))
        phones = [Phone(door, photo) for photo in distinct_photos(visits, seed=seed)]
        before_upload = len(phones) // 8  # what is painted while the photos come in
        phones += [Phone(door, photo) for photo in distinct_photos(before_upload, seed=seed + 100)]
        await send_all(phones)
        looking = [asyncio.create_task(_look_on(phone)) for phone in phones]
        await asyncio.sleep(3)  # the streams' first events are not what is measured
        cpu, began, histogram = fleet.cpu_seconds(gateway), time.monotonic(), await _histogram(fleet)
        most = 0.0
        while time.monotonic() - began < window_seconds:
            most = max(most, fleet.megabytes(gateway))
            await asyncio.sleep(0.5)
        cores = (fleet.cpu_seconds(gateway) - cpu) / (time.monotonic() - began)
        after = await _histogram(fleet)
        left = await asyncio.to_thread(fleet.metric, gateway, "articket_paintings_waiting")
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
    count = after.get("count", 0) - histogram.get("count", 0)
    return Burden(
        waiting_at_least=round(sum(left.values())),
        cores=cores,
        megabytes=most,
        decisions=round(count),
        decision_seconds=(after["sum"] - histogram["sum"]) / count if count else math.inf,
        decision_p99_seconds=_quantile(histogram, after, 0.99) if count else math.inf,
    )


async def _look_on(phone: Phone) -> None:
    """Keep the visit's stream open, as the phone's page does."""
    with suppress(Exception):  # the edge of a task: the fleet ends while they look
        async for _ in server_events(phone.door.http, f"{phone.door.urls[0]}{phone.path}/events"):
            pass


async def _histogram(fleet: Fleet) -> dict[str, float]:
    """Give "count", "sum" and the buckets by their upper edge; nothing where the gateway has no such metric."""
    gateway = fleet.gateways[0]
    found: dict[str, float] = {}
    for part in ("count", "sum"):
        values = await asyncio.to_thread(fleet.metric, gateway, f"{DECISIONS}_{part}")
        if values:
            found[part] = sum(values.values())
    for labels, value in (await asyncio.to_thread(fleet.metric, gateway, f"{DECISIONS}_bucket")).items():
        edge = labels.split('le="')[1].split('"')[0]
        found[edge] = found.get(edge, 0.0) + value
    return found


def _quantile(before: dict[str, float], after: dict[str, float], share: float) -> float:
    count = after["+Inf"] - before["+Inf"]  # not the sum's own count: that was asked a moment earlier
    edges = sorted((float(edge), edge) for edge in after if edge not in ("count", "sum"))
    return next(number for number, edge in edges if after[edge] - before.get(edge, 0.0) >= share * count)
