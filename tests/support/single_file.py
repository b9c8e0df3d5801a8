"""The tiny Stable Diffusion 1.x as one file, in the names that the models were first published with.

The engine has diffusers bring such names into its own; this goes the other way, so that a test has a file to load.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tests.support.diffusion_models import model_folder

__all__ = ["single_file"]

LAYERS = 1
LEVELS = 4
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def single_file(folder: Path) -> tuple[Path, Path]:
    """Write the model's weights into one file; give it and a folder with everything but weights."""
    model = model_folder("sd15")
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in load_file(model / "unet/diffusion_pytorch_model.safetensors").items():
        tensors[f"model.diffusion_model.{_unet(name)}"] = tensor.contiguous()
    for name, tensor in load_file(model / "vae/diffusion_pytorch_model.safetensors").items():
        is_convolution = "mid_block.attentions" in name and tensor.ndim == 2
        tensors[f"first_stage_model.{_vae(name)}"] = (tensor[:, :, None, None] if is_convolution else tensor).contiguous()
    for name, tensor in load_file(model / "text_encoder/model.safetensors").items():
        tensors[f"cond_stage_model.transformer.text_model.{name.removeprefix('text_model.')}"] = tensor.contiguous()
    save_file(tensors, folder / "model.safetensors")
    config = shutil.copytree(model, folder / "config", ignore=shutil.ignore_patterns("*.safetensors"))
    return folder / "model.safetensors", config


def _unet(name: str) -> str:
    for ours, theirs in _ENDS.items():
        if name.startswith(f"{ours}."):
            return name.replace(ours, theirs)
    *blocks, kind, place, rest = re.match(r"(?:(down|up)_blocks\.(\d+)|mid_block)\.(\w+)\.(\d+)\.(.*)", name).groups()
    is_resnet = kind == "resnets"
    if is_resnet:
        first, _, last = rest.partition(".")
        rest = f"{_RESNET[first]}.{last}"
    if blocks[0] is None:
        return f"middle_block.{2 * int(place) if is_resnet else 1}.{rest}"
    before = (LAYERS + 1) * int(blocks[1])
    match blocks[0], kind:
        case "down", "downsamplers":
            return f"input_blocks.{before + LAYERS + 1}.0.op.{rest.removeprefix('conv.')}"
        case "down", _:
            return f"input_blocks.{before + int(place) + 1}.{0 if is_resnet else 1}.{rest}"
        case _, "upsamplers":
            return f"output_blocks.{before + LAYERS}.{2 if before == 0 else 1}.{rest}"
        case _:
            return f"output_blocks.{before + int(place)}.{0 if is_resnet else 1}.{rest}"


def _vae(name: str) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda level: f"up.{LEVELS - 1 - int(level[1])}.block", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda level: f"up.{LEVELS - 1 - int(level[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda place: f"mid.block_{int(place[1]) + 1}", name)
    if "mid_block.attentions.0" in name:
        name = name.replace("mid_block.attentions.0", "mid.attn_1")
        for ours, theirs in _ATTENTION.items():
            name = name.replace(f".{ours}.", f".{theirs}.")
    return name
