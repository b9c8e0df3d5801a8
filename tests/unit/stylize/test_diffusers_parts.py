"""Parts of the diffusers engine by themselves, without a model."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from articket_mesh.errors import ErrorReason, MeshError
from articket_stylize.engines.diffusers.failures import as_mesh_error, is_fatal
from articket_stylize.engines.diffusers.previews import Colours
from articket_stylize.errors import bad_picture
from articket_stylize.settings import StylizeSettings


class MixingEncoder:
    """Mixes red, green and blue of each 8 × 8 pixels into four numbers, as an encoder of latents does, roughly."""

    device, dtype = torch.device("cpu"), torch.float32
    config = SimpleNamespace(scaling_factor=0.5)
    mixture = torch.tensor([[0.9, 0.2, -0.3], [0.1, -0.8, 0.4], [0.5, 0.5, 0.6], [-0.2, 0.3, 0.7]])

    def encode(self, picture: torch.Tensor) -> SimpleNamespace:
        pooled = torch.nn.functional.avg_pool2d(picture, 8)
        latents = torch.einsum("lc,bchw->blhw", self.mixture, pooled) + 0.25
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: latents))


def test_a_preview_has_the_colours_that_the_encoder_saw():
    colours = Colours.learned(MixingEncoder())
    rgb = np.random.default_rng(5).uniform(0.2, 0.8, (3, 1, 1)).astype(np.float32) * np.ones((3, 32, 64), np.float32)
    latents = MixingEncoder().encode(torch.from_numpy(rgb)[None] * 2 - 1).latent_dist.mode() * 0.5
    seen = colours.picture(latents)
    assert seen.shape == (4, 8, 3)
    assert np.allclose(seen[..., ::-1] / 255, rgb[:, :4, :8].transpose(1, 2, 0), atol=0.02)


def test_noise_and_broken_numbers_make_a_preview_too():
    colours = Colours.learned(MixingEncoder())
    noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1)) * 14
    noise[0, 0, 0, 0] = torch.nan
    assert 20 < colours.picture(noise).mean() < 235


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.25 GiB. GPU 0 has a total capacity of 8 GiB"),
        RuntimeError("CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA`"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried to allocate 2"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9663676416 bytes."),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
        MemoryError(),
    ],
)
def test_running_out_of_memory_is_recognised(error: BaseException):
    told = as_mesh_error(error, 768)
    assert told.reason == ErrorReason.OUT_OF_MEMORY
    assert told.metadata["long_side_px"] == "768"
    assert not is_fatal(error)


def test_how_much_memory_was_wanted_is_told():
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.25 GiB. GPU 0 …")
    assert "wanted 2.25 GiB more" in str(as_mesh_error(error, 768))


@pytest.mark.parametrize(
    "text",
    [
        "CUDA error: device-side assert triggered",
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: unspecified launch failure",
        "CUDA error: uncorrectable ECC error encountered",
    ],
)
def test_a_broken_device_is_recognised(text: str):
    assert is_fatal(RuntimeError(text))
    assert as_mesh_error(RuntimeError(text), 768).reason == ErrorReason.ENGINE_UNAVAILABLE


def test_any_other_failure_is_told_by_its_kind_alone():
    told = as_mesh_error(ValueError("prompt: a man in a red coat"), 768)
    assert told.reason == ErrorReason.ENGINE_FAILED
    assert "red coat" not in str(told)
    assert not is_fatal(ValueError("device-side assert"))


def test_what_is_the_meshs_already_stays_as_it_is():
    error: MeshError = bad_picture("photo")
    assert as_mesh_error(error, 768) is error


def test_other_engines_run_without_torch():
    code = "import sys, articket_stylize.__main__; print({'torch', 'diffusers', 'transformers', 'peft'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "expected diffusers_model"),
        ({"diffusers_model": "models/sd", "slots": 2}, "expected slots of 1"),
        ({"diffusers_model": "hf://owner/name"}, "40 hexadecimal digits"),
        ({"diffusers_model": "hf://owner/name@main"}, "40 hexadecimal digits"),
        ({"diffusers_model": "https://example.org/model"}, "40 hexadecimal digits"),
        ({"diffusers_model": "models/sd", "diffusers_few_steps": "magic"}, "lcm"),
        ({"diffusers_model": "models/sd", "diffusers_speed_lora_sha256": "abc"}, "64 lower-case"),
    ],
)
def test_settings_that_make_no_engine_are_refused(settings: dict[str, object], told: str):
    with pytest.raises(ValueError, match=told):
        StylizeSettings(engine="diffusers", **settings)


def test_a_pinned_model_of_the_hub_may_be_named():
    model = "hf://owner/name@" + "0123456789" * 4
    assert StylizeSettings(engine="diffusers", diffusers_model=model).diffusers_model == model
