"""What the model is told, and what becomes of its picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import pytest_asyncio

from articket_stylize.engines import DrawJob, Drawn, PaintJob, Progress
from articket_stylize.engines.diffusers import DiffusersEngine
from articket_stylize.engines.diffusers.sampling import SAMPLERS
from tests.support.diffusers_engine import QUICK, SIDE_PX, tiny_engine, with_lora
from tests.support.diffusion_models import MODELS, unet_lora
from tests.support.single_file import single_file
from tests.support.stylize import a_job, a_photo, an_artist, paint

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHOTO = a_photo(64, 64)
ARTIST = an_artist(img2img=QUICK)


@pytest_asyncio.fixture(params=MODELS, scope="module", loop_scope="module")
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[DiffusersEngine]:
    async with tiny_engine(request.param, long_side_px=256) as engine:
        yield engine


only_sd15 = pytest.mark.parametrize("engine", ["sd15"], indirect=True)


@pytest.fixture
def told(engine: DiffusersEngine, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the pipelines are called with."""
    calls: list[dict[str, Any]] = []
    for pipeline in (engine._painter._model.repainting, engine._painter._model.drawing):
        whole = type(pipeline).__call__

        def listening(self: object, whole: Any = whole, **call: Any) -> object:
            calls.append({**call, "scheduler": self.scheduler})
            return whole(self, **call)

        monkeypatch.setattr(type(pipeline), "__call__", listening)
    return calls


async def draw(engine: DiffusersEngine, **changes: Any) -> tuple[list[Progress], Drawn]:
    job = DrawJob(**({"prompt": "a fox", "artist": None, "seed": 5, "width": 256, "height": 256} | changes))
    *events, drawn = [event async for event in engine.draw(job)]
    assert isinstance(drawn, Drawn)
    return [event for event in events if isinstance(event, Progress)], drawn


def size_of(picture: bytes) -> tuple[int, int]:
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    return decoded.shape[1], decoded.shape[0]


async def test_the_model_is_told_what_the_artist_says(engine: DiffusersEngine, told: list[dict[str, Any]], tmp_path: Path):
    model = "sdxl" if engine._painter.text_encoders == 2 else "sd15"
    artist = with_lora(tmp_path, "wordy", unet_lora(model), trigger="dbbl")
    values = {"steps": 9, "guidance_scale": 3.5, "denoising_strength": 0.4, "sampler": "Euler a"}
    changed = artist.artist.model_copy(update={"negative_prompt": "mud", "img2img": an_artist(img2img=values).artist.img2img})
    await paint(engine, a_job(photo=PHOTO, artist=type(artist)(changed, artist.folder, "another", b"")))
    [call] = told
    assert call["prompt"] == "a portrait of one person, dabbled, dbbl"
    assert (call["negative_prompt"], call["num_inference_steps"]) == ("mud", 9)
    assert (call["guidance_scale"], call["strength"]) == (3.5, 0.4)
    assert type(call["scheduler"]).__name__ == "EulerAncestralDiscreteScheduler"


async def test_a_caption_that_is_too_long_gives_way_to_the_style(engine: DiffusersEngine, told: list[dict[str, Any]]):
    job = PaintJob(PHOTO, an_artist(prompt="{caption}, thick strokes, oil", img2img=QUICK), "a man with a hat " * 10, seed=1)
    await paint(engine, job)
    prompt = told[0]["prompt"]
    assert prompt.endswith(", thick strokes, oil")
    assert prompt.startswith("a man with a hat")
    tokenizer = engine._painter._model.tokenizers[0]
    assert 70 < len(tokenizer(prompt).input_ids) <= 77


@only_sd15
async def test_markup_in_a_caption_changes_nothing(engine: DiffusersEngine):
    captions = ("a dog", "a dog <lora:dabbler:9>", "((a dog))", "<lora:x:9> [a dog]", "a dog<|endoftext|>")
    pictures = [(await paint(engine, PaintJob(PHOTO, ARTIST, caption, seed=1)))[1].picture for caption in captions]
    assert len(set(pictures)) == 1
    assert (await paint(engine, PaintJob(PHOTO, ARTIST, "a cat", seed=1)))[1].picture != pictures[0]


@only_sd15
async def test_every_bit_of_a_seed_counts(engine: DiffusersEngine):
    seeds = (1, 1 + 2**32, 1 + 2**63, 2**64 - 1)
    pictures = [(await paint(engine, a_job(seed=seed, photo=PHOTO, artist=ARTIST)))[1].picture for seed in seeds]
    assert len(set(pictures)) == len(seeds)


@only_sd15
@pytest.mark.parametrize("sampler", SAMPLERS)
async def test_every_sampler_paints_and_counts_its_steps(engine: DiffusersEngine, sampler: str):
    artist = an_artist(img2img={"steps": 6, "sampler": sampler, "denoising_strength": 0.5})
    steps, _ = await paint(engine, a_job(photo=PHOTO, artist=artist))
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    assert {step.count for step in steps} == {len(steps)}


@pytest.mark.parametrize(("photo", "long_side_px", "worked_in"), [
    ((640, 480), 0, (256, 192)), ((200, 100), 0, (200, 96)), ((640, 480), 256, (256, 192)), ((65, 333), 0, (64, 256)),
])  # fmt: skip
async def test_it_works_in_multiples_of_8_and_gives_the_photos_size(
    engine: DiffusersEngine, told: list[dict[str, Any]], photo: tuple[int, int], long_side_px: int, worked_in: tuple[int, int]
):
    artist = an_artist(img2img={"steps": 1})
    _, painted = await paint(engine, PaintJob(a_photo(*photo), artist, "", seed=1, long_side_px=long_side_px))
    assert tuple(reversed(told[0]["image"].shape[2:])) == worked_in
    assert size_of(painted.picture) == photo == (painted.width, painted.height)


@only_sd15
async def test_a_caller_may_ask_for_less_than_the_model_could(told: list[dict[str, Any]], engine: DiffusersEngine):
    artist = an_artist(img2img={"steps": 1})
    await paint(engine, PaintJob(a_photo(640, 480), artist, "", seed=1, long_side_px=128))
    assert tuple(told[0]["image"].shape[2:]) == (96, 128)


async def test_previews_change_while_it_is_painted(engine: DiffusersEngine):
    steps, _ = await paint(engine, a_job(photo=PHOTO, artist=an_artist(img2img={"steps": 10}), preview_px=64))
    assert len({step.preview for step in steps}) > 1
    assert all(max(size_of(step.preview)) == 64 for step in steps)


async def test_words_become_a_picture_of_the_size_asked_for(engine: DiffusersEngine, told: list[dict[str, Any]]):
    steps, drawn = await draw(engine, width=512, height=264, preview_px=64, artist=ARTIST)
    assert size_of(drawn.picture) == (512, 264) == (drawn.width, drawn.height)
    assert (told[0]["width"], told[0]["height"]) == (256, 128)
    assert told[0]["prompt"] == "a fox, dabbled"
    assert steps[-1].index == steps[-1].count == 4
    assert size_of(steps[0].preview) == (64, 33)


@only_sd15
async def test_drawing_repeats_with_the_seed_and_wears_the_artists_lora(engine: DiffusersEngine, tmp_path: Path):
    artist = with_lora(tmp_path, "drawer", unet_lora("sd15"))
    plain = [(await draw(engine, artist=ARTIST))[1].picture, (await draw(engine, artist=ARTIST))[1].picture]
    styled = (await draw(engine, artist=artist))[1].picture
    assert plain[0] == plain[1] != styled
    assert (await draw(engine, artist=ARTIST, seed=6))[1].picture != plain[0]


@only_sd15
async def test_drawing_without_an_artist_takes_what_is_usual(engine: DiffusersEngine, told: list[dict[str, Any]]):
    steps, _ = await draw(engine, width=SIDE_PX * 4, height=SIDE_PX * 4, prompt="a <lora:x:9> fox")
    assert (told[0]["prompt"], told[0]["negative_prompt"], steps[0].count) == ("a fox", "", 24)


async def test_a_few_step_model_paints_in_a_few_steps(tmp_path: Path):
    lora = unet_lora("sd15", 9)
    async with tiny_engine(few_steps="lcm", speed_lora=lora) as engine, tiny_engine(few_steps="lcm") as plain:
        artist = an_artist(img2img={"steps": 50, "denoising_strength": 0.5, "sampler": "Euler a"})
        steps, fast = await paint(engine, a_job(photo=PHOTO, artist=artist))
        assert len(steps) == 4
        _, slow = await paint(plain, a_job(photo=PHOTO, artist=artist))
        assert fast.picture != slow.picture
        # The speed LoRA is part of the base: an artist's comes on top, and goes without it.
        await paint(engine, a_job(photo=PHOTO, artist=with_lora(tmp_path, "dabbling", unet_lora("sd15", 2))))
        assert (await paint(engine, a_job(photo=PHOTO, artist=artist)))[1].picture == fast.picture


async def test_a_single_file_paints_as_the_folder_does(tmp_path: Path):
    file, config = single_file(tmp_path)
    pictures = []
    for changes in ({}, {"model": str(file), "model_config": config}):
        async with tiny_engine(**changes) as engine:
            pictures.append((await paint(engine, a_job(photo=PHOTO, artist=ARTIST)))[1].picture)
    assert pictures[0] == pictures[1]
