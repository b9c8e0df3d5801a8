"""The pure parts of the webui engine: samplers, checkpoints' names, hashes, seeds, whose job it is, failures."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from articket_artists import fill_prompt
from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines.webui.answers import Expected, check_generation, read_generation
from articket_stylize.engines.webui.asking import server_seed, txt2img
from articket_stylize.engines.webui.failures import of_status, of_transport
from articket_stylize.engines.webui.inventory import Inventory, MissingError, Recipe, checkpoint_names, recipe_for
from articket_stylize.engines.webui.jobs import JobWatch, StuckJobs, Whose
from articket_stylize.engines.webui.pictures import read_picture
from articket_stylize.engines.webui.prompting import plain_caption
from articket_stylize.engines.webui.sampling import Sampling, choose_sampling, steps_run
from articket_stylize.engines.webui.weights import is_same_hash, lora_hashes
from articket_stylize.engines.webui.wire import (
    Answer,
    Checkpoint,
    Generation,
    ListedSampler,
    ListedScheduler,
    ProgressAnswer,
    State,
    TaskState,
)
from tests.support.stylize import an_artist
from tests.support.webui.reading import read_prompt

SAMPLERS = [ListedSampler(name="DPM++ 2M", aliases=("k_dpmpp_2m",)), ListedSampler(name="Euler a")]
OLD_SAMPLERS = [*SAMPLERS, ListedSampler(name="DPM++ 2M Karras")]
SCHEDULERS = [
    ListedScheduler(name="automatic", label="Automatic"),
    ListedScheduler(name="karras", label="Karras"),
    ListedScheduler(name="sgm_uniform", label="SGM Uniform", aliases=("SGMUniform",)),
]


@pytest.mark.parametrize(
    ("sampler", "scheduler", "new", "old"),
    [
        ("DPM++ 2M", None, ("DPM++ 2M", "Automatic"), ("DPM++ 2M", None)),
        ("dpm++ 2m", "karras", ("DPM++ 2M", "Karras"), ("DPM++ 2M Karras", None)),
        ("DPM++ 2M Karras", None, ("DPM++ 2M", "Karras"), ("DPM++ 2M Karras", None)),
        ("DPM++ 2M Karras", "Karras", ("DPM++ 2M", "Karras"), ("DPM++ 2M Karras", None)),
        ("k_dpmpp_2m", "SGMUniform", ("DPM++ 2M", "SGM Uniform"), None),
        ("Euler a", "Automatic", ("Euler a", "Automatic"), ("Euler a", None)),
        ("Euler a", "Karras", ("Euler a", "Karras"), None),
        ("UniPC", None, None, None),
        ("UniPC Karras", None, None, None),
        ("Euler a", "Beta", None, None),
    ],
)
def test_a_sampler_is_found_in_new_and_old_lists(
    sampler: str, scheduler: str | None, new: tuple[str, str] | None, old: tuple[str, None] | None
):
    assert choose_sampling(sampler, scheduler, SAMPLERS, SCHEDULERS) == (Sampling(*new) if new else None)
    assert choose_sampling(sampler, scheduler, OLD_SAMPLERS, []) == (Sampling(*old) if old else None)


@pytest.mark.parametrize(("steps", "strength", "run"), [(24, 0.55, 14), (20, 1.0, 20), (1, 0.05, 1), (20, 0.5, 11)])
def test_img2img_runs_a_share_of_the_steps(steps: int, strength: float, run: int):
    assert steps_run(steps, strength) == run


def test_a_checkpoint_in_a_folder_has_all_its_names():
    title = "sd\\m v1.safetensors [abcdef0123]"
    names = checkpoint_names(
        Checkpoint(title=title, model_name="sd_m v1", hash="abcdef0123", filename="C:\\x\\m v1.safetensors")
    )
    assert {"m v1", "m v1.safetensors", "sd_m v1", "sd\\m v1.safetensors", title, "abcdef0123"} <= names


@given(st.text(max_size=200))
def test_whatever_the_caption_a_server_reads_words(caption: str):
    for template in ("{caption}, print", "print of {caption}", "{caption}"):
        reading = read_prompt(fill_prompt(template, caption=plain_caption(caption)))
        assert (reading.networks, reading.marks, reading.weight) == ((), (), 1.0)


def test_words_of_a_contest_are_words_too():
    recipe = Recipe(Checkpoint(title="m"), Sampling("Euler", None), None)
    for artist, prompt in ((None, "a dog 2 and 3"), (an_artist().artist, "a dog 2 and 3, dabbled")):
        asked = txt2img(artist, recipe, words="(a <lora:x:9> dog:2) AND: 3", seed=1, size=(512, 512), task_id="t")
        assert (asked.prompt, read_prompt(asked.prompt).weight) == (prompt, 1.0)


def test_all_words_of_a_contest_are_drawn():
    recipe = Recipe(Checkpoint(title="m"), Sampling("Euler", None), None)
    words = "word " * 79 + "end"
    assert txt2img(None, recipe, words=words, seed=1, size=(512, 512), task_id="t").prompt == words


@given(st.integers(0, 2**64 - 1))
def test_seeds_fit_into_32_bits_and_small_ones_stay(seed: int):
    assert 0 <= server_seed(seed) < 2**32
    assert seed > 2**31 or server_seed(seed) == seed


def test_a_lora_is_known_by_its_file_its_tensors_and_its_trainers_hash(tmp_path: Path):
    header = json.dumps({"__metadata__": {"sshs_model_hash": "C" * 64}}).encode()
    file = len(header).to_bytes(8, "little") + header + b"tensors"
    (tmp_path / "lora.safetensors").write_bytes(file)
    pinned = hashlib.sha256(file).hexdigest()
    artist = replace(an_artist(lora={"source": "lora.safetensors", "sha256": pinned}), folder=tmp_path)
    assert lora_hashes(artist) == {pinned, hashlib.sha256(b"tensors").hexdigest(), "c" * 64}
    assert lora_hashes(replace(artist, folder=tmp_path / "gone"), "ABCDEF012345") == {pinned, "abcdef012345"}
    assert lora_hashes(an_artist()) == frozenset()


@pytest.mark.parametrize(
    ("told", "is_same"), [("abcdef012345", True), ("ABCDEF01", True), ("abcdef0", False), ("", False), ("abcdef012346", False)]
)
def test_the_beginning_of_a_hash_is_enough_when_it_is_long_enough(told: str, is_same: bool):
    assert is_same_hash(told, frozenset({"abcdef012345" + "0" * 52})) is is_same


@pytest.mark.parametrize(
    ("told", "is_believed"),
    [
        ("hokusai: abcdef012345", True),
        ("hks_v3: ABCDEF012345", True),
        ("hokusai: 0123456789ab", False),
        ("hks_v3: 12", False),
        ("hokusai: abcdef012345, evil: 0123456789ab", False),
        ("evil: abcdef012345", False),
    ],
)
def test_no_other_lora_than_the_artists_may_have_been_loaded(told: str, is_believed: bool):
    recipe = Recipe(Checkpoint(title="m.safetensors"), Sampling("Euler", None), "hokusai", frozenset({"hks_v3"}))
    said = Generation(
        sd_model_name="m", infotexts=(f'a cat, Lora hashes: "x: y"\nSteps: 2, Lora hashes: "{told}", Version: f2',)
    )
    with nullcontext() if is_believed else pytest.raises(TransientError) as failure:
        check_generation(said, Expected(recipe, frozenset({"abcdef012345"}), seed=1))
    assert is_believed or failure.value.reason == ErrorReason.STYLE_NOT_APPLIED


RECIPE = Recipe(Checkpoint(title="M v1.safetensors [abcdef0123]", hash="abcdef0123"), Sampling("DPM++ 2M", "Karras"), None)


@pytest.mark.parametrize(
    ("said", "is_believed"),
    [
        ({"sd_model_name": "M v1"}, True),
        ({"sd_model_name": "m V1.SAFETENSORS"}, True),
        ({"sd_model_name": "M v1 [abcdef0123]"}, True),
        ({"sd_model_hash": "ABCDEF0123"}, True),
        ({"sd_model_hash": "abcdef0123", "sd_model_name": "another name for it"}, False),
        ({"sd_model_name": "M v2"}, False),
        ({"infotexts": ["a cat\nSteps: 2, Model hash: abcdef0123, Model: M v1, Version: v1.6.0"]}, True),
        ({"infotexts": ["a cat\nSteps: 2, Model: M v1\n\nTime taken: 2 s"]}, True),
        ({"infotexts": ["Model: M v1\nSteps: 2, Model: M v2"]}, False),
        ({}, False),
        ({"sd_model_name": "M v1", "sampler_name": "DPM++ 2M Karras"}, True),
        ({"sd_model_name": "M v1", "sampler_name": "dpm++ 2m"}, True),
        ({"sd_model_name": "M v1", "sampler_name": "Euler"}, False),
        ({"sd_model_name": "M v1", "all_seeds": [1]}, True),
        ({"sd_model_name": "M v1", "all_seeds": [2]}, False),
        ({"sd_model_name": "M v1", "seed": 2}, False),
        ({"sd_model_name": "M v1", "seed": 1, "all_seeds": None, "a field of tomorrow": [{}]}, True),
    ],
    ids=str,
)
def test_what_a_server_says_of_a_picture_is_read_in_every_layout(said: dict[str, object], is_believed: bool):
    generation = read_generation(Answer(info=json.dumps(said)))
    with nullcontext() if is_believed else pytest.raises(TransientError):
        check_generation(generation, Expected(RECIPE, frozenset(), seed=1))


def test_a_null_says_nothing():
    said = {"progress": None, "eta_relative": 1, "state": {"job": None, "job_timestamp": None, "sampling_step": None, "new": 1}}
    assert ProgressAnswer.model_validate(said | {"current_image": None}) == ProgressAnswer(eta_relative=1)


def a_flat_picture(level: int) -> str:
    return base64.b64encode(cv2.imencode(".png", np.full((64, 64, 3), level, np.uint8))[1].tobytes()).decode()


@pytest.mark.parametrize(("level", "is_one"), [(0, False), (5, False), (40, True), (200, True), (255, False)])
def test_what_broken_numbers_come_out_as_is_no_picture(level: int, is_one: bool):
    with nullcontext() if is_one else pytest.raises(TransientError) as failure:
        read_picture(a_flat_picture(level), (64, 64))
    assert is_one or failure.value.reason == ErrorReason.ENGINE_FAILED


def test_without_a_style_the_usual_sampler_is_taken_or_any():
    checkpoints = [Checkpoint(title="m")]
    for samplers, schedulers, sampling in (
        (SAMPLERS, SCHEDULERS, Sampling("DPM++ 2M", "Automatic")),
        (SAMPLERS[1:], SCHEDULERS, Sampling("Euler a", "Automatic")),
        (SAMPLERS[1:], [], Sampling("Euler a", None)),
    ):
        assert recipe_for(None, Inventory(samplers, schedulers, checkpoints, ()), "", {}).sampling == sampling
    with pytest.raises(MissingError):
        recipe_for(None, Inventory((), (), checkpoints, ()), "", {})


def test_a_drawing_and_a_painting_are_told_apart_by_their_names():
    drawing = JobWatch("mine", steps=14, steps_run=14, is_drawing=True)
    assert drawing.see(a_look(job="scripts_img2img"), None) is Whose.THEIRS
    assert drawing.see(a_look(job="scripts_txt2img"), None) is Whose.OURS


def a_look(task: str | None = None, **state: object) -> ProgressAnswer:
    values = {"job": "scripts_img2img", "job_count": 1, "job_timestamp": "2", "sampling_step": 3, "sampling_steps": 14}
    return ProgressAnswer(progress=0.2, state=State.model_validate(values | state), current_task=task)


@pytest.mark.parametrize(
    ("look", "task", "whose"),
    [
        (ProgressAnswer(), None, Whose.NOBODYS),
        (a_look(), None, Whose.OURS),
        (a_look(sampling_steps=24), None, Whose.OURS),
        (a_look(sampling_steps=20), None, Whose.UNKNOWN),
        (a_look(sampling_step=0), None, Whose.UNKNOWN),
        (a_look(job="task(abc)"), None, Whose.THEIRS),
        (a_look(job="scripts_txt2img"), None, Whose.THEIRS),
        (a_look(), TaskState(queued=True), Whose.THEIRS),
        (a_look(sampling_steps=99), TaskState(active=True), Whose.OURS),
        (a_look(), TaskState(completed=True), Whose.THEIRS),
        (a_look("mine", sampling_steps=99), None, Whose.OURS),
        (a_look("another"), TaskState(), Whose.UNKNOWN),
        (a_look(job="API-IMG"), None, Whose.UNKNOWN),
        (a_look(), TaskState(), Whose.OURS),
    ],
)
def test_whose_the_job_is(look: ProgressAnswer, task: TaskState | None, whose: Whose):
    assert JobWatch("mine", steps=24, steps_run=14).see(look, task) is whose


def test_the_job_after_ours_is_not_ours():
    watch = JobWatch("mine", steps=24, steps_run=14)
    assert watch.see(a_look(), None) is Whose.OURS
    assert watch.see(a_look(job_timestamp="3"), None) is not Whose.OURS


@pytest.mark.parametrize("flag", ["interrupted", "skipped", "stopping_generation"])
def test_a_job_that_was_stopped_is_known_from_any_look(flag: str):
    during, after, later = (JobWatch("mine", steps=24, steps_run=14) for _ in range(3))
    during.see(a_look(**{flag: True}), None)
    ended = ProgressAnswer(state=State.model_validate({"job_timestamp": "2", flag: True}))
    after.see_ended(ended, "2")
    later.see_ended(ended, "1")  # that was another job's flag
    assert (during.was_stopped, after.was_stopped, later.was_stopped) == (True, True, False)


def test_what_stands_still_for_a_minute_is_dead():
    stuck = StuckJobs()
    assert stuck.is_running(a_look(), 0.0)
    assert stuck.is_running(a_look(), 59.0)
    assert not stuck.is_running(a_look(), 61.0)
    assert stuck.is_running(a_look(sampling_step=4), 62.0)
    assert stuck.are_waiting(["a"], 0.0)
    assert not stuck.are_waiting(["a"], 31.0)
    assert stuck.are_waiting(["a", "b"], 32.0)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "OutOfMemoryError", "detail": "", "body": "", "errors": "CUDA out of memory. Tried to allocate 1.11 GiB"},
        {"error": "OutOfMemoryError", "detail": "", "body": "", "message": "CUDA out of memory. Tried to allocate 20.00 MiB"},
        {"error": "RuntimeError", "errors": "MPS backend out of memory"},
        {"detail": "HIP out of memory"},
    ],
)
def test_every_way_to_run_out_of_memory_is_known(body: dict[str, str]):
    failure = of_status(500, {}, json.dumps(body).encode(), what="img2img", long_side_px=768)
    assert (failure.reason, failure.metadata["long_side_px"]) == (ErrorReason.OUT_OF_MEMORY, "768")


@pytest.mark.parametrize(
    ("error", "before", "after"),
    [
        (httpx.ConnectError("x"), ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.ENGINE_UNAVAILABLE),
        (httpx.ConnectTimeout("x"), ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.ENGINE_UNAVAILABLE),
        (httpx.ReadTimeout("x"), ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.DEADLINE_EXCEEDED),
        (TimeoutError(), ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.DEADLINE_EXCEEDED),
        (httpx.ReadError("x"), ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.ENGINE_FAILED),
        (httpx.RemoteProtocolError("x"), ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.ENGINE_FAILED),
        (httpx.DecodingError("x"), ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.ENGINE_FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_broken_call_has_its_reason(error: httpx.HTTPError | TimeoutError, before: ErrorReason, after: ErrorReason):
    assert of_transport(error, what="x").reason == before
    assert of_transport(error, what="x", has_begun=True).reason == after
