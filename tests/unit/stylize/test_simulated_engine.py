"""The simulated engine fails as it is told to; what it shares with real engines is in tests/contract."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines.simulated import SimulatedEngine, Simulation
from tests.support.stylize import a_drawing, a_job, a_photo, an_artist, draw, paint


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


async def fates(engine: SimulatedEngine, count: int = 40) -> list[bool]:
    """Which of that many paintings, begun one after the other, go well."""
    results = await asyncio.gather(*(paint(engine, a_job()) for _ in range(count)), return_exceptions=True)
    return [not isinstance(result, BaseException) for result in results]


async def test_a_seed_decides_which_paintings_fail():
    first, again, other = [await fates(SimulatedEngine(Simulation(seconds=0, failing=0.5, seed=seed))) for seed in (1, 1, 2)]
    assert first == again
    assert first != other


async def test_an_artist_that_is_not_loaded_takes_longer_and_puts_the_oldest_out():
    engine = SimulatedEngine(Simulation(seconds=0, loras=2, load_seconds=0.2))
    artists = [an_artist(id_) for id_ in ("anna", "berta", "clara")]

    def loaded() -> list[bool]:
        return [engine.is_loaded(artist) for artist in artists]

    assert loaded() == [False, False, False]
    seconds = [(await paint(engine, a_job(artist=artists[place])))[1].seconds for place in (0, 1, 0, 2, 0, 1)]
    assert [second >= 0.2 for second in seconds] == [True, True, False, True, False, True]
    assert loaded() == [True, True, False]


async def test_all_artists_are_loaded_unless_told_otherwise():
    engine = SimulatedEngine(Simulation(seconds=0, load_seconds=5))
    assert engine.is_loaded(an_artist())
    assert (await paint(engine, a_job()))[1].seconds < 1


@pytest.mark.parametrize(
    ("photo", "long_side_px", "too_much"),
    [((640, 480), 0, "640"), ((640, 480), 1280, "640"), ((640, 480), 520, "520"), ((640, 480), 512, ""), ((512, 256), 0, "")],
)
async def test_work_above_the_memory_ends_out_of_memory_and_tells_its_size(
    photo: tuple[int, int], long_side_px: int, too_much: str
):
    engine = SimulatedEngine(Simulation(seconds=0, memory_px=512))
    job = replace(a_job(photo=a_photo(*photo)), long_side_px=long_side_px)
    if not too_much:
        assert (await paint(engine, job))[1].width == photo[0]
        return
    with pytest.raises(TransientError) as failure:
        await paint(engine, job)
    assert (failure.value.reason, failure.value.metadata["long_side_px"]) == (ErrorReason.OUT_OF_MEMORY, too_much)


async def test_a_drawing_above_the_memory_ends_out_of_memory():
    engine = SimulatedEngine(Simulation(seconds=0, memory_px=512))
    with pytest.raises(TransientError) as failure:
        await draw(engine, a_drawing(width=600))
    assert (failure.value.reason, failure.value.metadata["long_side_px"]) == (ErrorReason.OUT_OF_MEMORY, "600")


async def test_a_painting_costs_next_to_no_time_of_the_processor():
    engine = SimulatedEngine(Simulation(seconds=0))
    await engine.start()
    photos = [a_photo(1280, 960, shade=shade) for shade in range(5)]
    await paint(engine, a_job(photo=a_photo(1280, 960)))  # the one of this size that is encoded
    began = time.process_time()
    for photo in photos:
        for seed in range(4):  # as a visit asks for it
            await paint(engine, a_job(seed, photo))
    assert (time.process_time() - began) / 20 < 0.005


async def test_a_hanging_painting_never_ends():
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(paint(SimulatedEngine(Simulation(seconds=0, hanging=1)), a_job()), 0.3)
