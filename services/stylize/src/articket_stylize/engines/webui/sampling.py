"""Which sampler and noise schedule to ask for, and how many steps that makes. Pure.

Until 1.9 the servers listed a sampler for each schedule ("DPM++ 2M Karras"); since then both are listed and asked for apart.
Artists may write either. A server that is asked for a sampler it does not know may take another one without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from articket_stylize.engines.webui.wire import ListedSampler, ListedScheduler

__all__ = ["Sampling", "choose_sampling", "steps_run"]

# The servers' own limit in img2img: at full strength they still leave one step in a thousand.
STRONGEST = 0.999


@dataclass(frozen=True)
class Sampling:
    """As the server calls them."""

    sampler: str
    scheduler: str | None
    """None when the server knows no schedulers."""


def choose_sampling(
    sampler: str, scheduler: str | None, samplers: Sequence[ListedSampler], schedulers: Sequence[ListedScheduler]
) -> Sampling | None:
    """Find what the artist has written among what the server lists; None when it is not there."""
    if not schedulers:
        return _combined(sampler, scheduler, samplers)
    wanted = "automatic" if scheduler is None else scheduler
    found = _sampler(sampler, samplers)
    if found is None:
        found, wanted = _split(sampler, wanted, samplers, schedulers)
    schedule = next((one for one in schedulers if _same(wanted, (one.label, one.name, *(one.aliases or ())))), None)
    if found is None or (schedule is None and scheduler is not None):
        return None
    return Sampling(found, schedule.label if schedule else "Automatic")


def steps_run(steps: int, denoising_strength: float) -> int:
    """How many of the steps img2img runs (with the server's usual settings)."""
    return int(min(denoising_strength, STRONGEST) * steps) + 1


def _combined(sampler: str, scheduler: str | None, samplers: Sequence[ListedSampler]) -> Sampling | None:
    is_any = scheduler is None or _same(scheduler, ("automatic",))
    is_whole = is_any or sampler.lower().endswith(f" {scheduler}".lower())
    found = _sampler(sampler if is_whole else f"{sampler} {scheduler}", samplers)
    return Sampling(found, None) if found else None


def _split(
    sampler: str, scheduler: str, samplers: Sequence[ListedSampler], schedulers: Sequence[ListedScheduler]
) -> tuple[str | None, str]:
    """Take "DPM++ 2M Karras" apart."""
    for one in schedulers:
        for name in (one.label, one.name, *(one.aliases or ())):
            if sampler.lower().endswith(f" {name.lower()}"):
                return _sampler(sampler[: -len(name) - 1], samplers), name
    return None, scheduler


def _sampler(name: str, samplers: Sequence[ListedSampler]) -> str | None:
    return next((one.name for one in samplers if _same(name, (one.name, *(one.aliases or ())))), None)


def _same(name: str, names: Iterable[str]) -> bool:
    return name.strip().lower() in (one.lower() for one in names)
