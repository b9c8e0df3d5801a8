"""Pictures of words alone on a WebUI server: what is asked for, what is not believed, and whose job is stopped."""

from __future__ import annotations

import asyncio

import pytest

from articket_artists import LoadedArtist
from articket_mesh.errors import ErrorReason, MeshError, TransientError
from articket_stylize.engines import DrawJob
from articket_stylize.engines.webui import WebuiEngine
from tests.support.stylize import a_drawing, draw, until
from tests.support.webui.painting import a_config
from tests.support.webui.reading import read_prompt
from tests.support.webui.stand_in import StandIn
from tests.support.webui.troubles import Trouble


async def refusal_of(engine: WebuiEngine, job: DrawJob) -> MeshError:
    """The error that the drawing ends with."""
    with pytest.raises(MeshError) as failure:
        await asyncio.wait_for(draw(engine, job), 10)
    return failure.value


async def test_words_without_a_style_are_asked_for_as_they_are(engine: WebuiEngine, webui: StandIn):
    _, drawn = await draw(engine, a_drawing("a cat, on the moon", width=1000, height=501))
    (asked,) = webui.jobs
    wanted = {
        "prompt": "a cat, on the moon",
        "negative_prompt": "",
        "seed": 7,
        "sampler_name": "DPM++ 2M",
        "scheduler": "Automatic",
        "steps": 24,
        "cfg_scale": 6.5,
        "width": 768,
        "height": 384,
        "enable_hr": False,
        "override_settings": {"sd_model_checkpoint": "v1-5-pruned.safetensors [6ce0161689]"},
        "save_images": False,
    }
    assert {key: asked[key] for key in wanted} == wanted
    assert (drawn.width, drawn.height) == (1000, 501)


async def test_an_artists_style_has_its_template_its_values_and_its_lora(
    engine: WebuiEngine, webui: StandIn, hokusai: LoadedArtist
):
    await draw(engine, a_drawing("a cat", artist=hokusai))
    assert webui.jobs[0]["prompt"] == "a cat, print, hksai <lora:hokusai:0.85>"
    assert engine.is_loaded(hokusai)


@pytest.mark.parametrize(
    "words",
    ["a cat <lora:others:9>", "(((a cat)))", "a cat AND a dog BREAK", "__x__ a cat", "a cat: -9", "＜lora：others：9＞ a"],
)
async def test_words_load_nothing(engine: WebuiEngine, webui: StandIn, words: str):
    await draw(engine, a_drawing(words))
    reading = read_prompt(webui.jobs[0]["prompt"])
    assert (reading.networks, reading.marks, reading.weight) == ((), (), 1.0)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.LOSES_LORA, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.OTHER_LORA, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.OTHER_CHECKPOINT, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.OTHER_SEED, ErrorReason.ENGINE_FAILED),
        (Trouble.NO_PICTURE, ErrorReason.ENGINE_FAILED),
        (Trouble.WRONG_SIZE, ErrorReason.ENGINE_FAILED),
        (Trouble.BLACK, ErrorReason.ENGINE_FAILED),
        (Trouble.STOPPED_BY_OTHERS, ErrorReason.ENGINE_FAILED),
        (Trouble.DIES, ErrorReason.ENGINE_FAILED),
        (Trouble.OUT_OF_MEMORY, ErrorReason.OUT_OF_MEMORY),
    ],
)
async def test_no_bare_200_is_believed_and_the_next_drawing_goes_well(
    engine: WebuiEngine, webui: StandIn, hokusai: LoadedArtist, trouble: Trouble, reason: ErrorReason
):
    webui.checkpoints["other.safetensors"] = "b" * 64
    webui.troubles.append(trouble)
    refusal = await refusal_of(engine, a_drawing(artist=hokusai, width=1280))
    assert (refusal.reason, isinstance(refusal, TransientError)) == (reason, True)
    assert reason != ErrorReason.OUT_OF_MEMORY or refusal.metadata["long_side_px"] == "768"
    webui.let_go.set()
    await draw(engine, a_drawing(artist=hokusai))


async def test_a_lora_that_nobody_asked_for_is_noticed(webui: StandIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(webui, "_activate", lambda request, trouble: {"Lora hashes": "others: 000000000000"})
    engine = WebuiEngine(a_config(webui))
    assert (await refusal_of(engine, a_drawing())).reason == ErrorReason.STYLE_NOT_APPLIED
    await engine.close()


@pytest.mark.parametrize("has_pages", [True, False])
async def test_a_drawing_that_is_cancelled_is_interrupted_on_the_server(has_pages: bool):
    with StandIn(has_pages=has_pages, step_seconds=0.05) as webui:
        engine = WebuiEngine(a_config(webui))
        drawing = asyncio.create_task(draw(engine, a_drawing()))
        await until(lambda: webui.state.sampling_step)
        drawing.cancel()
        await asyncio.wait({drawing})
        await until(lambda: webui.interrupts and not webui.state.job_count)
        assert str(webui.interrupts[0]).startswith("articket-")
        await engine.close()


async def test_previews_of_a_drawing_show_the_server_at_work(engine: WebuiEngine, webui: StandIn):
    webui.step_seconds = 0.03
    steps, _ = await draw(engine, a_drawing(preview_px=64))
    assert steps[-1].preview
    assert len({step.preview for step in steps} - {b""}) >= 1
