"""Each painting wears its own artist's LoRA, at its weight, and nobody else's; whatever was painted before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import torch
from diffusers import AutoPipelineForImage2Image

from articket_artists import LoadedArtist
from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines.diffusers import DiffusersEngine
from articket_stylize.engines.diffusers.adapters import Adapters
from articket_stylize.engines.diffusers.weights import LoraFile, WeightsError, read_pinned
from tests.support.diffusers_engine import QUICK, tiny_engine, with_lora
from tests.support.diffusion_models import MODELS, digest_of, model_folder, unet_lora, words_lora, write_lora
from tests.support.stylize import a_job, a_photo, an_artist, paint, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHOTO = a_photo(64, 64)
BARE = an_artist("bare", img2img=QUICK)


@pytest_asyncio.fixture(params=MODELS, scope="module", loop_scope="module")
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[DiffusersEngine]:
    async with tiny_engine(request.param, loras_kept=2) as engine:
        yield engine


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    return request.node.callspec.params["engine"]


async def painting(engine: DiffusersEngine, artist: LoadedArtist) -> bytes:
    _, painted = await paint(engine, a_job(photo=PHOTO, artist=artist))
    return painted.picture


async def test_each_artist_keeps_its_manner_whoever_paints_in_between(engine: DiffusersEngine, model: str, tmp_path: Path):
    artists = [with_lora(tmp_path, f"artist{seed}", unet_lora(model, seed)) for seed in (1, 2)]
    artists += [with_lora(tmp_path, "broad", unet_lora(model, 3, rank=8)), BARE]
    first = [await painting(engine, artist) for artist in artists]
    again = [await painting(engine, artist) for artist in reversed(artists)]
    assert first == again[::-1]
    assert len(set(first)) == len(artists)


async def test_a_lora_at_weight_nothing_is_the_bare_base_and_more_weight_is_more_of_it(
    engine: DiffusersEngine, model: str, tmp_path: Path
):
    bare = await painting(engine, BARE)
    none, half, full = [
        await painting(engine, with_lora(tmp_path, f"weight{number}", unet_lora(model), weight=weight))
        for number, weight in enumerate((0.0, 0.5, 1.0))
    ]
    assert none == bare
    assert len({bare, half, full}) == 3


async def test_weights_change_without_their_loading_anew(engine: DiffusersEngine, model: str, tmp_path: Path):
    strong = with_lora(tmp_path, "strong", unet_lora(model), weight=1.0)
    faint = with_lora(tmp_path, "faint", unet_lora(model), weight=0.2)
    await painting(engine, strong)
    (faint.folder / "lora.safetensors").unlink()
    assert engine.is_loaded(faint)


async def test_what_was_used_last_stays_in_memory(engine: DiffusersEngine, model: str, tmp_path: Path):
    first, second, third = [with_lora(tmp_path, f"artist{seed}", unet_lora(model, seed)) for seed in (11, 12, 13)]
    for artist in (first, second, first, third):
        await painting(engine, artist)
    assert [engine.is_loaded(artist) for artist in (first, second, third, BARE)] == [True, False, True, True]


@pytest.mark.parametrize("engine", ["sd15"], indirect=True)
async def test_a_lora_of_the_text_encoder_is_taken_off_too(engine: DiffusersEngine, tmp_path: Path):
    bare, plain = await painting(engine, BARE), with_lora(tmp_path, "plain", unet_lora("sd15"))
    without = await painting(engine, plain)
    wordy = await painting(engine, with_lora(tmp_path, "wordy", words_lora()))
    assert (await painting(engine, plain), await painting(engine, BARE)) == (without, bare)
    assert len({bare, without, wordy}) == 3


async def test_a_lora_for_another_base_is_refused_and_the_others_paint_on(engine: DiffusersEngine, model: str, tmp_path: Path):
    other = {"sd15": "sdxl", "sdxl": "sd15"}[model]
    wrong = with_lora(tmp_path, "wrong", unet_lora(other))
    bare = await painting(engine, BARE)
    with pytest.raises(TransientError, match=r"artist wrong: .*expected weights for .*, found weights for .*Hint: ") as refusal:
        await painting(engine, wrong)
    assert refusal.value.reason == ErrorReason.STYLE_NOT_APPLIED
    assert not engine.can_paint(wrong)
    assert engine.can_paint(BARE)
    assert await painting(engine, BARE) == bare


async def test_an_artist_with_wrong_weights_is_not_served_from_the_first_look_on(
    engine: DiffusersEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture, model: str
):
    wrong = with_lora(tmp_path, "wrong", unet_lora(model), sha256="1" * 64)
    engine.can_paint(wrong)
    await until(lambda: not engine.can_paint(wrong))
    assert caplog.text.count("artist wrong is not served by this pod: artist wrong: ") == 1


@pytest.mark.parametrize("engine", ["sd15"], indirect=True)
async def test_an_artist_with_an_unknown_sampler_is_not_served(engine: DiffusersEngine):
    artist = an_artist("wild", img2img={"sampler": "Magic"})
    with pytest.raises(TransientError, match="found 'Magic'") as refusal:
        await painting(engine, artist)
    assert refusal.value.reason == ErrorReason.STYLE_NOT_APPLIED
    assert not engine.can_paint(artist)


@pytest.mark.parametrize("engine", ["sd15"], indirect=True)
async def test_weights_that_were_exchanged_since_they_were_looked_at_are_not_loaded(engine: DiffusersEngine, tmp_path: Path):
    artist = with_lora(tmp_path, "swapped", unet_lora("sd15", 21))
    engine.can_paint(artist)
    await engine._troubles.look(artist)
    (artist.folder / "lora.safetensors").write_bytes(unet_lora("sd15", 22).read_bytes())
    with pytest.raises(TransientError, match="expected the SHA-256") as refusal:
        await painting(engine, artist)
    assert refusal.value.reason == ErrorReason.STYLE_NOT_APPLIED
    assert not engine.is_loaded(artist)


class TestAgainstDiffusersItself:
    """The engine loads from bytes and looks at every layer; what comes out is what diffusers paints with the same file."""

    @pytest.mark.parametrize(
        ("model", "file"),
        [
            ("sd15", unet_lora("sd15", 5)),
            ("sd15", unet_lora("sd15", 6, alpha=16)),
            ("sdxl", unet_lora("sdxl", 6, alpha=16)),
            ("sd15", words_lora(7, alpha=1.0)),
        ],
        ids=["plain", "with an alpha", "sdxl with an alpha", "kohya's"],
    )
    async def test_the_same_file_makes_the_same_picture(self, model: str, file: Path):
        theirs = pipeline(model)
        theirs.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name="theirs")
        theirs.set_adapters(["theirs"], [0.7])
        ours = pipeline(model)
        Adapters(ours, kept=1).wear(lora_file(file), 0.7, whose="ours")
        assert np.array_equal(picture(ours), picture(theirs))
        assert not np.array_equal(picture(ours), picture(pipeline(model)))


class TestSwapping:
    """A LoRA of the same form is copied into the place of the one used longest ago; the picture is as if newly loaded."""

    @pytest.mark.parametrize("model", MODELS)
    async def test_a_hot_swapped_lora_paints_as_a_newly_loaded_one(self, model: str):
        swapping, fresh = pipeline(model), pipeline(model)
        adapters = Adapters(swapping, kept=1)
        adapters.wear(lora_file(unet_lora(model, 1)), 1.0, whose="first")
        adapters.wear(lora_file(unet_lora(model, 2)), 0.5, whose="second")
        Adapters(fresh, kept=1).wear(lora_file(unet_lora(model, 2)), 0.5, whose="second")
        assert adapters.swaps == 1
        assert adapters.loaded == {digest_of(unet_lora(model, 2))}
        assert np.array_equal(picture(swapping), picture(fresh))

    @pytest.mark.parametrize(
        "second", [unet_lora("sd15", 2, rank=8), unet_lora("sd15", 2, alpha=16), words_lora()], ids=["rank", "alpha", "words"]
    )
    async def test_one_of_another_form_gets_a_place_of_its_own(self, second: Path):
        swapping, fresh = pipeline("sd15"), pipeline("sd15")
        adapters = Adapters(swapping, kept=1)
        adapters.wear(lora_file(unet_lora("sd15", 1)), 1.0, whose="first")
        adapters.wear(lora_file(second), 0.5, whose="second")
        Adapters(fresh, kept=1).wear(lora_file(second), 0.5, whose="second")
        assert adapters.swaps == 0
        assert np.array_equal(picture(swapping), picture(fresh))

    async def test_one_that_breaks_half_way_leaves_nothing_behind(self, monkeypatch: pytest.MonkeyPatch):
        model = pipeline("sd15")
        bare = picture(model)
        adapters = Adapters(model, kept=2)
        good = lora_file(unet_lora("sd15", 1))
        adapters.wear(good, 1.0, whose="good")
        before = picture(model)

        def too_much(*_: object, **__: object) -> None:
            raise torch.OutOfMemoryError("no memory")

        monkeypatch.setattr(model, "load_lora_into_text_encoder", too_much)
        with pytest.raises(torch.OutOfMemoryError):
            adapters.wear(lora_file(words_lora()), 1.0, whose="large")
        assert adapters.loaded == {good.sha256}
        assert len(model.unet.peft_config) == 1
        adapters.wear(good, 1.0, whose="good")
        assert np.array_equal(picture(model), before)
        adapters.wear_none()
        assert np.array_equal(picture(model), bare)


class TestWhatDoesNotFit:
    """Diffusers would put on what fits and leave out the rest without a word."""

    PATH = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q"

    @pytest.mark.parametrize(
        ("tensors", "found"),
        [
            ({"unet.no_such.layer.lora_A.weight": torch.ones(4, 8)}, "a layer that it does not have, unet.no_such.layer"),
            (
                {f"{PATH}.lora_A.weight": torch.ones(4, 99), f"{PATH}.lora_B.weight": torch.ones(8, 4)},
                "4×99 for unet.mid_block",
            ),
            (
                {"text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight": torch.ones(4, 8)},
                "weights for a text_encoder_2",
            ),
            ({f"{PATH}.lokr_w1": torch.ones(4, 8)}, "a layer that it does not have|layers of another kind"),
            ({"transformer.blocks.0.lora_A.weight": torch.ones(4, 8)}, "'transformer.blocks.0.lora_A.weight'"),
            ({"lora_unet_nonsense": torch.ones(4, 8)}, "layers of another kind"),
            ({"weight": torch.ones(4, 8)}, "'weight'"),
        ],
    )
    async def test_it_is_refused_by_name_and_nothing_is_put_on(
        self, tensors: dict[str, torch.Tensor], found: str, tmp_path: Path
    ):
        model = pipeline("sd15")
        bare = picture(model)
        lora = lora_file(write_lora(tmp_path / "lora.safetensors", tensors))
        with pytest.raises(WeightsError, match=rf"artist dabbler: .*lora\.safetensors: expected .*, found .*({found}).*Hint: "):
            Adapters(model, kept=1).wear(lora, 1.0, whose="dabbler")
        assert np.array_equal(picture(model), bare)


def pipeline(model: str) -> AutoPipelineForImage2Image:
    loaded = AutoPipelineForImage2Image.from_pretrained(model_folder(model), dtype=torch.float32, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def lora_file(file: Path) -> LoraFile:
    return read_pinned(file, "", whose="a test")


def picture(model: AutoPipelineForImage2Image) -> np.ndarray:
    photo = torch.linspace(0, 1, 3 * 64 * 64).reshape(1, 3, 64, 64)
    seed = torch.Generator().manual_seed(1)
    return model("a dog", image=photo, strength=0.6, num_inference_steps=4, generator=seed, output_type="np").images[0]
