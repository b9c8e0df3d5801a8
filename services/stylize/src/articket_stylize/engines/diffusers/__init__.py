"""The `diffusers` engine: Stable Diffusion 1.5 and SDXL in this process, with one LoRA for each artist.

    engine.py                    asks for one painting at a time, streams what comes, and says what the engine can do
    config, sampling, prompting  what is asked of the model; pure
    weights.py                   LoRA files: found, read once, hashed, and looked into before anything is loaded
    loading → painter            the model, in the engine's one thread; with adapters (LoRAs put on and off), previews, failures

Only what runs in that thread imports torch, and only when this engine was chosen.
"""

from articket_stylize.engines.diffusers.config import DiffusersConfig, FewSteps
from articket_stylize.engines.diffusers.engine import DiffusersEngine

__all__ = ["DiffusersConfig", "DiffusersEngine", "FewSteps"]
