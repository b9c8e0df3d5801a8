"""The simulated engine fails as it is told to; what it shares with real engines is in tests/contract."""

from __future__ import annotations

import asyncio
import time

import pytest

from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines.simulated import SimulatedEngine, Simulation
from tests.support.stylize import a_job, paint


async def test_a_painting_takes_its_seconds():
    began = time.perf_counter()
    steps, painted = await paint(SimulatedEngine(Simulation(seconds=0.2, steps=5)), a_job())
    assert len(steps) == 5
    assert 0.2 <= painted.seconds <= time.perf_counter() - began


@pytest.mark.parametrize(
    ("simulation", "reason"),
    [
        (Simulation(seconds=0, failing=1), ErrorReason.ENGINE_FAILED),
        (Simulation(seconds=0, out_of_memory=1), ErrorReason.OUT_OF_MEMORY),
    ],
    ids=["failing", "out of memory"],
)
async def test_every_painting_fails_at_a_share_of_one(simulation: Simulation, reason: ErrorReason):
    with pytest.raises(TransientError) as failure:
        await paint(SimulatedEngine(simulation), a_job())
    assert failure.value.reason == reason


async def test_a_share_of_the_paintings_fails():
    engine = SimulatedEngine(Simulation(seconds=0, failing=0.3))
    results = await asyncio.gather(*(paint(engine, a_job()) for _ in range(100)), return_exceptions=True)
    assert 15 <= sum(isinstance(result, TransientError) for result in results) <= 45


async def test_a_hanging_painting_never_ends():
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(paint(SimulatedEngine(Simulation(seconds=0, hanging=1)), a_job()), 0.3)
