"""What every painting engine promises. A new engine joins by a line in `ENGINES`; it passes this file or it is not one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace

import cv2
import numpy as np
import pytest
import pytest_asyncio

from articket_mesh.errors import ErrorReason, PermanentError
from articket_stylize.engines import Engine, Progress
from articket_stylize.engines.diffusers import DiffusersEngine
from articket_stylize.engines.painterly_engine import PainterlyEngine
from articket_stylize.engines.simulated import SimulatedEngine, Simulation
from articket_stylize.engines.webui import WebuiConfig, WebuiEngine
from tests.support.diffusers_engine import tiny_config
from tests.support.stylize import a_drawing, a_job, an_artist, draw, paint
from tests.support.webui.stand_in import StandIn


@contextmanager
def painterly() -> Iterator[Engine]:
    yield PainterlyEngine(slots=2)


@contextmanager
def simulated() -> Iterator[Engine]:
    yield SimulatedEngine(Simulation(seconds=0.4), slots=2)


@contextmanager
def webui() -> Iterator[Engine]:
    with StandIn(step_seconds=0.01) as server:
        yield WebuiEngine(WebuiConfig(server.url, poll_seconds=0.05))


@contextmanager
def diffusers() -> Iterator[Engine]:
    yield DiffusersEngine(tiny_config())


ENGINES = {"painterly": painterly, "simulated": simulated, "webui": webui, "diffusers": diffusers}
RECIPES = ("strokes", "dabs", "facets", "halftone")

# The protocol's promise, with nothing added for a slow machine.
STOPPED_WITHIN_SECONDS = 0.2


# Starting an engine may take long (a GPU's weights, a painter's process), so the tests share one.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=ENGINES, scope="module", loop_scope="module")
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    with ENGINES[request.param]() as engine:
        await engine.start()
        yield engine
        await engine.close()


def a_real_photo(width: int = 320, height: int = 240, extension: str = ".jpg") -> bytes:
    """A picture with enough in it to be painted for a while."""
    noise = np.random.default_rng(3).normal(128, 60, (height // 8, width // 8, 3))
    picture = cv2.resize(np.clip(noise, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(extension, picture)[1].tobytes()


def decoded(picture: bytes) -> np.ndarray:
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    return decoded


async def test_it_has_a_name_and_slots(engine: Engine):
    assert engine.name == engine.name.strip().lower() != ""
    assert engine.slots >= 1


@pytest.mark.parametrize(("width", "height"), [(320, 240), (64, 333), (257, 65)])
async def test_the_painting_is_a_jpeg_as_large_as_the_photo(engine: Engine, width: int, height: int):
    _, painted = await paint(engine, a_job(photo=a_real_photo(width, height)))
    assert painted.picture.startswith(b"\xff\xd8\xff")
    assert decoded(painted.picture).shape == (height, width, 3)
    assert (painted.width, painted.height) == (width, height)


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp"])
async def test_every_format_of_the_wire_is_painted(engine: Engine, extension: str):
    _, painted = await paint(engine, a_job(photo=a_real_photo(96, 96, extension)))
    assert decoded(painted.picture).shape == (96, 96, 3)


async def test_steps_count_up_to_their_number_and_come_before_the_painting(engine: Engine):
    steps, painted = await paint(engine, a_job(photo=a_real_photo()))
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    assert {step.count for step in steps} == {len(steps)}
    assert all(step.label == step.label.lower() for step in steps)
    assert painted.picture


async def test_previews_come_when_they_are_asked_for(engine: Engine):
    steps, _ = await paint(engine, a_job(photo=a_real_photo(), preview_px=64))
    assert steps
    for step in steps:
        assert max(decoded(step.preview).shape[:2]) == 64


async def test_no_preview_comes_when_none_is_asked_for(engine: Engine):
    steps, _ = await paint(engine, a_job(photo=a_real_photo()))
    assert all(step.preview == b"" for step in steps)


async def test_the_focus_lies_in_the_picture_and_the_seconds_are_real(engine: Engine):
    began = time.perf_counter()
    _, painted = await paint(engine, a_job(photo=a_real_photo()))
    assert 0 <= painted.focus.x <= 1
    assert 0 <= painted.focus.y <= 1
    assert 0 < painted.seconds <= time.perf_counter() - began
    assert painted.attempts >= 1


async def test_the_same_seed_gives_the_same_bytes(engine: Engine):
    jobs = [a_job(seed=5, photo=a_real_photo()) for _ in range(4)]
    together = await asyncio.gather(*(paint(engine, job) for job in jobs[:2]))
    alone = [await paint(engine, job) for job in jobs[2:]]
    assert len({painted.picture for _, painted in [*together, *alone]}) == 1


async def test_previews_change_nothing_in_the_painting(engine: Engine):
    _, plain = await paint(engine, a_job(photo=a_real_photo()))
    _, watched = await paint(engine, a_job(photo=a_real_photo(), preview_px=128))
    assert plain.picture == watched.picture


async def test_another_seed_gives_another_painting(engine: Engine):
    pictures = [(await paint(engine, a_job(seed=seed, photo=a_real_photo())))[1].picture for seed in (0, 1, 2**64 - 1)]
    assert len(set(pictures)) == 3


@pytest.mark.alone
async def test_closing_the_stream_half_way_frees_the_slot_in_time(engine: Engine):
    async with aclosing(engine.paint(a_job(photo=a_real_photo(1280, 1280)))) as events:
        async for event in events:
            if isinstance(event, Progress):
                break
        left = time.perf_counter()
    assert time.perf_counter() - left < STOPPED_WITHIN_SECONDS
    await paint(engine, a_job(photo=a_real_photo()))


@pytest.mark.alone
@pytest.mark.parametrize("after_seconds", [0.0, 0.05, 0.2])
async def test_cancelling_frees_the_slot_in_time(engine: Engine, after_seconds: float):
    painting = asyncio.create_task(paint(engine, a_job(photo=a_real_photo(1280, 1280))))
    await asyncio.wait([painting], timeout=after_seconds)
    if painting.done():
        pytest.skip("this engine has painted by then: the shorter times tell")
    painting.cancel()
    cancelled = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert time.perf_counter() - cancelled < STOPPED_WITHIN_SECONDS


async def test_a_cancelled_painting_leaves_the_others_alone(engine: Engine):
    staying = asyncio.create_task(paint(engine, a_job(seed=5, photo=a_real_photo())))
    leaving = asyncio.create_task(paint(engine, a_job(seed=6, photo=a_real_photo())))
    await asyncio.sleep(0.05)
    leaving.cancel()
    _, painted = await staying
    _, again = await paint(engine, a_job(seed=5, photo=a_real_photo()))
    assert painted.picture == again.picture
    await asyncio.wait({leaving})


@pytest.mark.parametrize(
    "damaged",
    [a_real_photo()[:300], a_real_photo(extension=".png")[:60] + bytes(500), b"\xff\xd8\xff" + bytes(64)],
    ids=["cut off", "zeroed", "header only"],
)
async def test_a_photo_that_cannot_be_decoded_is_a_bad_picture(engine: Engine, damaged: bytes):
    with pytest.raises(PermanentError) as failure:
        await paint(engine, a_job(photo=damaged))
    assert failure.value.reason == ErrorReason.BAD_PICTURE
    await paint(engine, a_job(photo=a_real_photo()))


@pytest.mark.parametrize("recipe", RECIPES)
async def test_every_recipe_is_painted(engine: Engine, recipe: str):
    artist = an_artist(painterly={"recipe": recipe})
    _, painted = await paint(engine, a_job(photo=a_real_photo(), artist=artist))
    assert decoded(painted.picture).shape == (240, 320, 3)


async def test_an_artist_that_was_just_painted_is_loaded(engine: Engine):
    artist = an_artist()
    assert engine.can_paint(artist)
    await paint(engine, a_job(photo=a_real_photo(), artist=artist))
    assert engine.is_loaded(artist) is True


@pytest.mark.parametrize("long_side_px", [256, 1280])
async def test_a_painting_is_as_large_as_the_photo_however_large_the_engine_may_work(engine: Engine, long_side_px: int):
    _, painted = await paint(engine, replace(a_job(photo=a_real_photo(400, 300)), long_side_px=long_side_px))
    assert decoded(painted.picture).shape == (300, 400, 3)


# --- pictures of words alone ---


@pytest.fixture
def drawing(engine: Engine) -> Engine:
    """The engine, if it draws."""
    if not engine.can_draw:
        pytest.skip(f"{engine.name} needs a photo, and says so by can_draw")
    return engine


@pytest.mark.parametrize(("width", "height"), [(256, 256), (300, 257), (256, 1280)])
async def test_the_drawing_is_a_jpeg_of_the_size_that_was_asked_for(drawing: Engine, width: int, height: int):
    _, drawn = await draw(drawing, a_drawing(width=width, height=height))
    assert drawn.picture.startswith(b"\xff\xd8\xff")
    assert decoded(drawn.picture).shape == (height, width, 3)
    assert (drawn.width, drawn.height) == (width, height)
    assert drawn.seconds > 0


async def test_a_drawing_has_steps_and_previews_like_a_painting(drawing: Engine):
    steps, _ = await draw(drawing, a_drawing(preview_px=64))
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    assert {step.count for step in steps} == {len(steps)}
    # There is nothing to be shown before the first step of words alone.
    assert {max(decoded(step.preview).shape[:2]) for step in steps if step.preview} == {64}
    steps, _ = await draw(drawing, a_drawing())
    assert all(step.preview == b"" for step in steps)


async def test_the_same_words_and_seed_give_the_same_drawing_and_others_another(drawing: Engine):
    jobs = [a_drawing(), a_drawing(), a_drawing(seed=8), a_drawing("a dog"), a_drawing(artist=an_artist("scribbler"))]
    pictures = [(await draw(drawing, job))[1].picture for job in jobs]
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) == 4


@pytest.mark.parametrize("prompt", ["<lora:x:9> a cat", "((((", "가" * 400, "__wild__ {a|b} AND : -9"])
async def test_markup_in_words_does_nothing(drawing: Engine, prompt: str):
    _, drawn = await draw(drawing, a_drawing(prompt))
    assert decoded(drawn.picture).shape == (256, 320, 3)


@pytest.mark.parametrize("after_seconds", [0.0, 0.05])
async def test_cancelling_a_drawing_frees_the_slot_in_time(drawing: Engine, after_seconds: float):
    work = asyncio.create_task(draw(drawing, a_drawing(width=1280, height=1280)))
    await asyncio.sleep(after_seconds)
    work.cancel()
    cancelled = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert time.perf_counter() - cancelled < STOPPED_WITHIN_SECONDS
    await draw(drawing, a_drawing())


async def test_closing_twice_is_fine():
    for opened in ENGINES.values():
        with opened() as engine:
            await engine.start()
            await engine.close()
            await engine.close()
