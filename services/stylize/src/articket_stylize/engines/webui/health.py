"""Whether a server's GPU is there, by what it says of its memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from prometheus_client import Gauge

from articket_stylize.engines.webui.wire import Memory

__all__ = ["FREE_BYTES", "free_bytes", "gpu_trouble"]

FREE_BYTES = Gauge("articket_stylize_webui_free_bytes", "Memory that the WebUI server's GPU had free at the last look.")


def free_bytes(memory: Memory) -> float | None:
    """How much is free on the GPU; None when that is not told."""
    system = memory.cuda.get("system")
    free = cast("Mapping[str, object]", system).get("free") if isinstance(system, Mapping) else None
    return float(free) if isinstance(free, int | float) else None


def gpu_trouble(memory: Memory) -> str:
    """What is wrong with the GPU; empty when nothing is."""
    if "error" in memory.cuda:
        return "expected a GPU, found that the server has lost it or never had one"
    if free_bytes(memory) is None:
        return "expected to hear of the GPU's memory, found nothing about it"
    return ""
