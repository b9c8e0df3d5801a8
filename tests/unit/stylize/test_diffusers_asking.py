"""What is asked of a diffusion model: the scheduler, the steps, and a prompt that it reads to its end."""

from __future__ import annotations

import pytest

from articket_artists import Img2Img
from articket_stylize.engines.diffusers import DiffusersConfig
from articket_stylize.engines.diffusers.prompting import drawing_prompt, painting_prompt
from articket_stylize.engines.diffusers.sampling import Scheduler, UnknownSamplerError, plan_for, scheduler_for
from tests.support.stylize import an_artist

PLAIN = DiffusersConfig("a model")
SHA256 = "0" * 64


def fits_in(words: int):
    """A tokenizer that makes one token of each word."""
    return lambda prompt: len(prompt.split()) <= words


@pytest.mark.parametrize(
    ("sampler", "scheduler", "class_name", "options"),
    [
        ("Euler a", None, "EulerAncestralDiscreteScheduler", {}),
        ("euler A", "Automatic", "EulerAncestralDiscreteScheduler", {}),
        ("Euler", "Karras", "EulerDiscreteScheduler", {"use_karras_sigmas": True}),
        ("DPM++ 2M", "Normal", "DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
        ("LCM", None, "LCMScheduler", {}),
        ("Euler", "SGM Uniform", "EulerDiscreteScheduler", {"timestep_spacing": "trailing"}),
    ],
)
def test_a_sampler_is_found_by_the_name_that_webui_servers_list(
    sampler: str, scheduler: str | None, class_name: str, options: dict[str, object]
):
    assert scheduler_for(sampler, scheduler) == Scheduler(class_name, options)


def test_a_sampler_without_a_schedule_gets_the_one_that_webui_servers_give_it():
    assert scheduler_for("DPM++ 2M") == scheduler_for("DPM++ 2M", "Karras") == scheduler_for("DPM++ 2M Karras")
    assert scheduler_for("DPM++ 2M").options["use_karras_sigmas"] is True
    assert scheduler_for("DPM++ 2M SDE").options["use_exponential_sigmas"] is True


@pytest.mark.parametrize(
    ("sampler", "scheduler"), [("Magic", None), ("Euler", "Magic"), ("LCM", "Karras"), ("Euler Karras", "Exponential")]
)
def test_an_unknown_sampler_is_refused_with_the_known_ones(sampler: str, scheduler: str | None):
    with pytest.raises(UnknownSamplerError, match=r"expected a sampler of euler, .*, found '"):
        scheduler_for(sampler, scheduler)


def test_an_artist_paints_with_its_own_values():
    values = Img2Img(sampler="Euler", steps=30, guidance_scale=7.5, denoising_strength=0.6)
    plan = plan_for(values, PLAIN)
    assert (plan.scheduler.class_name, plan.steps, plan.guidance_scale) == ("EulerDiscreteScheduler", 30, 7.5)
    assert plan.strength == 0.6


@pytest.mark.parametrize(
    ("kind", "class_name", "steps", "guidance_scale"),
    [
        ("lcm", "LCMScheduler", 8, 1.5),
        ("lightning", "EulerDiscreteScheduler", 8, 1.0),
        ("turbo", "EulerAncestralDiscreteScheduler", 4, 1.0),
    ],
)
def test_a_few_step_model_has_the_sampler_steps_and_guidance_that_it_was_made_for(
    kind: str, class_name: str, steps: int, guidance_scale: float
):
    values = Img2Img(sampler="DPM++ 2M", steps=30, guidance_scale=7.5, denoising_strength=0.6)
    plan = plan_for(values, DiffusersConfig("a model", few_steps=kind))
    assert (plan.scheduler.class_name, plan.steps, plan.guidance_scale) == (class_name, steps, guidance_scale)
    assert plan.strength == 0.6


def test_the_settings_say_last_how_many_steps_and_how_much_guidance():
    config = DiffusersConfig("a model", few_steps="lcm", steps=12, guidance_scale=0.0)
    plan = plan_for(Img2Img(), config)
    assert (plan.steps, plan.guidance_scale) == (12, 0.0)


@pytest.mark.parametrize(("steps", "strength"), [(1, 0.05), (4, 0.1), (1, 0.55), (3, 1 / 3)])
def test_however_close_to_the_photo_one_step_at_least_is_run(steps: int, strength: float):
    plan = plan_for(Img2Img(steps=steps, denoising_strength=strength), PLAIN)
    assert int(plan.steps * strength) >= 1


def test_drawing_runs_all_the_steps():
    plan = plan_for(Img2Img(steps=1, denoising_strength=0.1), PLAIN, is_drawing=True)
    assert (plan.steps, plan.strength) == (1, 1.0)


def test_a_prompt_that_is_too_long_loses_words_of_the_caption_and_none_of_the_style():
    artist = an_artist(prompt="{caption}, oil on canvas, thick strokes").artist
    caption = "one two three four five six seven"
    assert painting_prompt(artist, caption, fits_in(8)) == "one two three, oil on canvas, thick strokes"
    assert painting_prompt(artist, caption, fits_in(100)) == f"{caption}, oil on canvas, thick strokes"


def test_a_style_that_is_too_long_by_itself_keeps_its_beginning_and_the_trigger():
    lora = {"source": "lora.safetensors", "sha256": SHA256, "trigger": "dbbl style"}
    artist = an_artist(prompt="{caption}, one two three four five, {trigger}", lora=lora).artist
    assert painting_prompt(artist, "a dog", fits_in(4)) == "dbbl style, one two"


@pytest.mark.parametrize(
    "caption", ["a dog <lora:other:9>", "((a dog))", "[a {dog}]", "a dog<|endoftext|>", "a\ndog", "a | dog", "<x>a dog</x>"]
)
def test_markup_in_a_caption_is_gone(caption: str):
    artist = an_artist(prompt="{caption}, dabbled").artist
    assert painting_prompt(artist, caption, fits_in(99)) == "a dog, dabbled"
    assert drawing_prompt(None, caption, fits_in(99)) == "a dog"


def test_a_caption_that_looks_like_a_placeholder_is_not_filled():
    lora = {"source": "lora.safetensors", "sha256": SHA256, "trigger": "dbbl"}
    artist = an_artist(prompt="{caption}, {trigger}", lora=lora).artist
    assert painting_prompt(artist, "a {trigger}", fits_in(99)) == "a trigger, dbbl"


def test_what_is_typed_is_drawn_in_the_artists_manner():
    artist = an_artist(prompt="{caption}, dabbled").artist
    assert drawing_prompt(artist, "a fox", fits_in(9)) == "a fox, dabbled"


def test_what_is_typed_is_cut_where_the_model_stops_reading():
    words = " ".join(f"word{number}" for number in range(50))
    assert drawing_prompt(None, words, fits_in(40)) == " ".join(words.split()[:40])
