"""Diffusion models and LoRAs that are whole but tiny, for tests of the diffusers engine: made once a run, some 600 kB each.

Their weights are random, so they paint noise; but they are loaded, hooked, swapped and run by the same code as the real ones.
"""

from __future__ import annotations

import copy
import hashlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DiffusionPipeline,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

__all__ = ["LORA_RANK", "MODELS", "digest_of", "model_folder", "unet_lora", "words_lora", "write_lora"]

MODELS = ("sd15", "sdxl")
LORA_RANK = 4
_UNET_TARGETS = ["to_q", "to_k", "to_v", "to_out.0"]
# What kohya's scripts call the modules of a text encoder.
_WORDS_TARGETS = ("q_proj", "k_proj", "v_proj", "out_proj")
_FOLDER = TemporaryDirectory(prefix="articket-tiny-models-")


@cache
def model_folder(name: str) -> Path:
    """The folder of a tiny model in diffusers' layout: `sd15` or `sdxl`. Shared by all tests: do not write into it."""
    folder = Path(_FOLDER.name) / name
    _pipeline(name).save_pretrained(folder, safe_serialization=True)
    return folder


@cache
def unet_lora(model: str, seed: int = 1, *, rank: int = LORA_RANK, alpha: int | None = None) -> Path:
    """The file of a LoRA for the model's UNet, of another manner for another seed. Shared by all tests."""
    torch.manual_seed(seed)
    unet = copy.deepcopy(_pipeline(model).unet)
    config = LoraConfig(r=rank, lora_alpha=alpha or rank, init_lora_weights=False, target_modules=_UNET_TARGETS)
    unet.add_adapter(config)
    folder = Path(_FOLDER.name)
    name = f"{model}-{seed}-{rank}-{alpha}.safetensors"
    kind = StableDiffusionPipeline if model == "sd15" else StableDiffusionXLPipeline
    metadata = {"unet_lora_adapter_metadata": config.to_dict()} if alpha else {}
    kind.save_lora_weights(folder, unet_lora_layers=get_peft_model_state_dict(unet), weight_name=name, **metadata)
    return folder / name


@cache
def words_lora(seed: int = 1, *, alpha: float = 2.0) -> Path:
    """The file of a LoRA for the small SD 1.5 in the names of kohya's scripts: for text encoder and UNet, with alphas."""
    torch.manual_seed(seed)
    pipeline = _pipeline("sd15")
    tensors: dict[str, torch.Tensor] = {}
    for kind, model in (("te_text_model", pipeline.text_encoder), ("unet", pipeline.unet)):
        for name, module in model.named_modules():
            targets = _UNET_TARGETS if kind == "unet" else _WORDS_TARGETS
            if isinstance(module, torch.nn.Linear) and name.endswith(tuple(targets)):
                path = f"lora_{kind}_{name.removeprefix('text_model.').replace('.', '_')}"
                tensors[f"{path}.lora_down.weight"] = torch.randn(LORA_RANK, module.in_features) * 0.3
                tensors[f"{path}.lora_up.weight"] = torch.randn(module.out_features, LORA_RANK) * 0.3
                tensors[f"{path}.alpha"] = torch.tensor(alpha)
    file = Path(_FOLDER.name) / f"words-{seed}-{alpha}.safetensors"
    save_file(tensors, file)
    return file


def write_lora(file: Path, tensors: dict[str, torch.Tensor]) -> Path:
    """Write tensors as safetensors."""
    save_file(tensors, file)
    return file


def digest_of(file: Path) -> str:
    """The SHA-256 that artist.yaml pins."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@cache
def _pipeline(name: str) -> DiffusionPipeline:
    torch.manual_seed(0)
    return {"sd15": _sd15, "sdxl": _sdxl}[name]()


def _sd15() -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_words_config()),
        tokenizer=_tokenizer(),
        unet=_unet(cross_attention_dim=32),
        scheduler=_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _sdxl() -> StableDiffusionXLPipeline:
    unet = _unet(
        cross_attention_dim=64,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80,
        use_linear_projection=True,
        transformer_layers_per_block=(1, 2),
    )
    return StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_words_config(hidden_act="gelu", projection_dim=32)),
        text_encoder_2=CLIPTextModelWithProjection(_words_config(hidden_act="gelu", projection_dim=32)),
        tokenizer=_tokenizer(),
        tokenizer_2=_tokenizer(),
        unet=unet,
        scheduler=_scheduler(),
    )


def _unet(**more: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        block_out_channels=(4, 8),
        layers_per_block=1,
        sample_size=32,
        in_channels=4,
        out_channels=4,
        norm_num_groups=2,
        attention_head_dim=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **more,
    )


def _vae() -> AutoencoderKL:
    """As many halvings as the real ones, so that latents have an eighth of the picture's size."""
    return AutoencoderKL(
        block_out_channels=(4, 4, 4, 4),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=2,
        layers_per_block=1,
        force_upcast=False,
    )


def _scheduler() -> EulerDiscreteScheduler:
    return EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)


def _words_config(**more: Any) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=514,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=77,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
        **more,
    )


def _tokenizer() -> CLIPTokenizer:
    """One token for each letter: no merges."""
    letters = _letters()
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=77)


def _letters() -> list[str]:
    """How byte-level tokenizers write the 256 bytes: those that cannot be printed are moved behind the others."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]
