"""What the engine is told about its model; `settings.py` makes one of the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["ENGINE", "HUB_MODEL", "Device", "DiffusersConfig", "FewSteps"]

ENGINE = "diffusers"

Device = Literal["auto", "cuda", "mps", "cpu"]
FewSteps = Literal["lcm", "lightning", "turbo"]

HUB_MODEL = re.compile(r"hf://(?P<repository>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})")
"""A model on the Hugging Face Hub, pinned: a branch's name would give other weights tomorrow."""


@dataclass(frozen=True)
class DiffusersConfig:
    """One base model and how to use it."""

    model: str
    """A folder in diffusers' layout, a .safetensors file, or hf://owner/name@revision."""
    model_config: Path | None = None
    """For a single file: a folder with the configuration and tokenizers of that kind of model."""
    variant: str = ""
    """Which of several sets of weights in the folder, for example fp16; empty takes the plain ones."""
    downloads: bool = False
    """Whether the Hub may be asked for what is not on this machine."""
    device: Device = "auto"
    """`auto` takes CUDA where there is one, then Apple's, then the CPU."""
    few_steps: FewSteps | None = None
    """The kind of distilled model; its sampler, steps and guidance then hold for every artist (sampling.py)."""
    steps: int | None = None
    """Instead of those of the few-step kind."""
    guidance_scale: float | None = None
    """Likewise."""
    speed_lora: Path | None = None
    """The LoRA that makes a plain base model a few-step one; it becomes part of the base."""
    speed_lora_sha256: str = ""
    long_side_px: int | None = None
    """Of what the model paints, at most; None takes what suits it."""
    lora_folder: Path | None = None
    """Where weights lie whose artist gives an address for them."""
    loras_kept: int = 4
    """How many artists' weights stay in memory."""
    painting_seconds: float = 120.0
    """How long a painting may take."""
