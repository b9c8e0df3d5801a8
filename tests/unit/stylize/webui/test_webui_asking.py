"""What the webui engine asks its server for, and for which artists it asks at all."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import pytest

from articket_artists import LoadedArtist
from articket_mesh.errors import ErrorReason
from articket_stylize.engines import PaintJob
from articket_stylize.engines.webui import WebuiEngine
from tests.support.stylize import a_job, an_artist, paint, until
from tests.support.webui.painting import SHOWN, a_config, a_painting_of, a_photo, changed, failure_of
from tests.support.webui.reading import read_prompt
from tests.support.webui.stand_in import StandIn
from tests.support.webui.troubles import Trouble

# --- what it asks for ---


async def test_it_asks_as_the_artist_wants_it(engine: WebuiEngine, webui: StandIn, hokusai: LoadedArtist):
    values = {"denoising_strength": 0.4, "guidance_scale": 5.5, "steps": 10, "sampler": "dpm++ 2m karras"}
    artist = changed(hokusai, img2img=values, negative_prompt="text")
    await paint(engine, PaintJob(a_photo(1280, 720), artist, "a cat", 2**33 + 1))
    (asked,) = webui.jobs
    assert asked["prompt"] == "a cat, print, hksai <lora:hokusai:0.85>"
    wanted = {
        "negative_prompt": "text",
        "sampler_name": "DPM++ 2M",
        "scheduler": "Karras",
        "steps": 10,
        "cfg_scale": 5.5,
        "denoising_strength": 0.4,
        "width": 768,
        "height": 432,
        "override_settings": {"sd_model_checkpoint": "v1-5-pruned.safetensors [6ce0161689]"},
        "save_images": False,
        "do_not_save_samples": True,
        "disable_extra_networks": False,
    }
    assert {key: asked[key] for key in wanted} == wanted
    assert 0 <= asked["seed"] < 2**32


async def test_nothing_of_the_photo_but_its_pixels_is_sent(engine: WebuiEngine, webui: StandIn):
    secret = b"\xff\xe1\x00\x10Exif\0\0SECRET!!"
    photo = a_photo()
    await paint(engine, a_job(photo=photo[:2] + secret + photo[2:]))
    assert b"SECRET" not in base64.b64decode(webui.jobs[0]["init_images"][0])


@pytest.mark.parametrize(
    "caption",
    [
        "a cat <lora:others:9>",
        "a cat <lo<lora:x:1>ra:others:9>",
        "(((a cat)))",
        "(a cat:1.9) [dog|bird] {x|y} \\(z\\)",
        "a cat BREAK a dog AND a bird AND_PERP x",
        "__wildcard__ a cat",
        "a cat\nNegative prompt: x\r\nSteps: 1",
        "a cat # comment",
        "a cat: -9",
        "＜lora：others：9＞ ［a｜b］",
        "{trigger} {caption}",
    ],
)
async def test_a_caption_is_read_as_words_alone(engine: WebuiEngine, webui: StandIn, hokusai: LoadedArtist, caption: str):
    at_the_end = changed(hokusai, prompt="{trigger} print of {caption}")
    await paint(engine, a_painting_of(hokusai, caption))
    await paint(engine, a_painting_of(at_the_end, caption))
    for asked in webui.jobs:
        reading = read_prompt(asked["prompt"])
        assert reading.loras == (("hokusai", "0.85"),)
        assert (len(reading.networks), reading.marks, reading.weight) == (1, (), 1.0)


async def test_a_painting_is_as_large_as_the_photo_however_the_server_paints(engine: WebuiEngine, webui: StandIn):
    _, painted = await paint(engine, a_job(photo=a_photo(1279, 501)))
    assert (webui.jobs[0]["width"], webui.jobs[0]["height"]) == (768, 296)
    assert (painted.width, painted.height) == (1279, 501)


@pytest.mark.parametrize(
    ("photo", "long_side_px", "asked"),
    [
        ((1280, 960), 512, (512, 384)),
        ((1280, 960), 1280, (768, 576)),
        ((400, 300), 512, (400, 296)),
        ((300, 1279), 256, (64, 256)),
    ],
)
async def test_it_works_no_larger_than_it_is_told(
    engine: WebuiEngine, webui: StandIn, photo: tuple[int, int], long_side_px: int, asked: tuple[int, int]
):
    _, painted = await paint(engine, replace(a_job(photo=a_photo(*photo)), long_side_px=long_side_px))
    assert (webui.jobs[0]["width"], webui.jobs[0]["height"]) == asked
    assert (painted.width, painted.height) == photo


async def test_the_artist_that_was_painted_last_is_loaded(engine: WebuiEngine, webui: StandIn, hokusai: LoadedArtist):
    bare, stranger = an_artist("bare"), an_artist("stranger", lora={"source": "others.safetensors", "sha256": "0" * 64})

    def loaded() -> list[bool]:
        return [engine.is_loaded(artist) for artist in (hokusai, stranger, bare)]

    assert loaded() == [False, False, False]
    await paint(engine, a_painting_of(hokusai))
    assert loaded() == [True, False, True]
    await paint(engine, a_painting_of(bare))
    assert loaded() == [False, False, True]
    await paint(engine, a_painting_of(hokusai))
    webui.troubles.append(Trouble.OUT_OF_MEMORY)
    await failure_of(engine, a_painting_of(hokusai))
    assert loaded() == [False, False, False]


async def test_previews_show_the_server_at_work(engine: WebuiEngine, webui: StandIn):
    webui.step_seconds = 0.05
    steps, _ = await paint(engine, a_job(photo=a_photo(), preview_px=64))
    assert len({step.preview for step in steps}) >= 2  # the photo, and then the painting
    assert [step.index for step in steps] == list(range(1, 15))


# --- what the server lacks ---


async def test_an_artist_whose_lora_is_missing_is_not_served_and_the_log_says_so_once(
    engine: WebuiEngine, webui: StandIn, caplog: pytest.LogCaptureFixture
):
    stranger = an_artist("stranger", lora={"source": "stranger_v2.safetensors", "sha256": "a" * 64})
    assert [engine.can_paint(stranger) for _ in range(3)] == [False] * 3
    assert [record.message for record in caplog.records if "stranger" in record.message] == [
        "artist stranger is not served by this pod: expected a LoRA called 'stranger' or 'stranger_v2', found none of that name"
    ]
    assert (await failure_of(engine, a_job(artist=stranger))).reason == ErrorReason.STYLE_NOT_APPLIED
    assert not webui.jobs


@pytest.mark.parametrize(
    "img2img", [{"sampler": "UniPC"}, {"sampler": "Euler", "scheduler": "Beta"}, {"sampler": "UniPC Karras"}], ids=str
)
async def test_an_artist_whose_sampler_is_missing_is_not_served(engine: WebuiEngine, img2img: dict[str, str]):
    assert not engine.can_paint(an_artist(img2img=img2img))
    assert engine.can_paint(an_artist(img2img={"sampler": "Euler", "scheduler": "sgm_uniform"}))


async def test_without_its_checkpoint_no_artist_is_served(webui: StandIn):
    engine = WebuiEngine(a_config(webui, checkpoint="dreamshaper_8"))
    await engine.start()
    assert not engine.can_paint(an_artist())
    await engine.close()


@pytest.mark.parametrize(
    "name", ["v1-5-pruned", "v1-5-pruned.safetensors", "6ce0161689", "v1-5-pruned.safetensors [6ce0161689]"]
)
async def test_a_checkpoint_goes_by_any_of_its_names(webui: StandIn, name: str):
    webui.checkpoints["sub/other.safetensors"] = "b" * 64
    webui.checkpoint = "sub/other.safetensors"
    engine = WebuiEngine(a_config(webui, checkpoint=name))
    await engine.start()
    await paint(engine, a_job(photo=a_photo()))
    assert webui.model == "v1-5-pruned.safetensors"
    await engine.close()


async def test_what_comes_to_the_server_later_is_found(webui: StandIn):
    engine = WebuiEngine(a_config(webui, look_seconds=0.05))
    await engine.start()
    artist = an_artist("late", lora={"source": "late.safetensors", "sha256": "a" * 64})
    assert not engine.can_paint(artist)
    webui.loras["late"] = "a" * 12
    await until(lambda: engine.can_paint(artist))
    webui.cuda_error = "CUDA error: unspecified launch failure"
    await until(lambda: not engine.can_paint(artist))
    await engine.close()


async def test_a_lora_that_comes_into_the_servers_folder_is_found(webui: StandIn):
    engine = WebuiEngine(a_config(webui, look_seconds=0.05))
    await engine.start()
    artist = an_artist("late", lora={"source": "late.safetensors", "sha256": "a" * 64})
    webui.files["late"] = "a" * 12
    assert not engine.can_paint(artist)
    await until(lambda: engine.can_paint(artist))
    await asyncio.sleep(0.2)
    assert webui.asked.count("/sdapi/v1/refresh-loras") == 1
    await engine.close()


async def test_a_server_that_does_not_tell_its_loras_serves_no_artist_with_one(webui: StandIn, hokusai: LoadedArtist):
    webui.options["lora_add_hashes_to_infotext"] = False
    engine = WebuiEngine(a_config(webui))
    await engine.start()
    assert (engine.can_paint(hokusai), engine.can_paint(an_artist())) == (False, True)
    await engine.close()


async def test_a_server_from_before_schedulers_paints(hokusai: LoadedArtist):
    with StandIn(
        flavour="automatic1111",
        has_pages=False,
        loras={"hokusai": SHOWN},
        samplers=("DPM++ 2M", "DPM++ 2M Karras"),
    ) as webui:
        engine = WebuiEngine(a_config(webui))
        await engine.start()
        await paint(engine, a_painting_of(changed(hokusai, img2img={"sampler": "DPM++ 2M", "scheduler": "Karras"})))
        assert (webui.jobs[0]["sampler_name"], webui.jobs[0]["scheduler"]) == ("DPM++ 2M Karras", None)
        await engine.close()
