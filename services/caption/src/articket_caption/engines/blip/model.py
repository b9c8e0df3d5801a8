"""One BLIP model on one device: the only module that knows torch and transformers. Not thread-safe; `engine.py` has one thread.

Weights come from safetensors only, and no code with them.
"""

from __future__ import annotations

import logging
import re
import threading
from enum import Enum, auto
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import BertTokenizer, BlipForConditionalGeneration, BlipImageProcessorPil, StoppingCriteriaList
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from articket_caption.engines.blip.config import ENGINE, BlipConfig
from articket_caption.engines.blip.weights import find_weights
from articket_caption.errors import engine_failed, engine_unavailable, misconfigured, out_of_memory
from articket_caption.seeing import Picture

__all__ = ["BlipModel", "Trouble", "trouble_of"]

logger = logging.getLogger(__name__)

_OUT_OF_MEMORY = re.compile(r"out of memory|can't allocate memory|not enough memory|CUBLAS_STATUS_ALLOC_FAILED", re.IGNORECASE)
# After one of these every further call of this process fails, whatever it asks.
_LOST = re.compile(
    r"CUDA error|device-side assert|CUBLAS_STATUS_(EXECUTION_FAILED|NOT_INITIALIZED|INTERNAL_ERROR)|"
    r"CUDNN_STATUS_EXECUTION_FAILED"
)
# A vocabulary much smaller than the model's is not the model's.
LEAST_SHARE_OF_WORDS = 0.9


class Trouble(Enum):
    """What kind of error torch has raised."""

    OUT_OF_MEMORY = auto()
    DEVICE_LOST = auto()
    OTHER = auto()


def trouble_of(error: Exception) -> Trouble:
    """Tell the kind."""
    text = str(error)
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or _OUT_OF_MEMORY.search(text):
        return Trouble.OUT_OF_MEMORY
    if isinstance(error, torch.AcceleratorError) or _LOST.search(text):
        return Trouble.DEVICE_LOST
    return Trouble.OTHER


class BlipModel:
    """Says one sentence of one picture."""

    def __init__(self, config: BlipConfig) -> None:
        """Load, and describe one picture. Raises TransientError ENGINE_UNAVAILABLE."""
        set_verbosity_error()  # its hints are for programmers
        disable_progress_bar()
        self._config = config
        self.device = _device(config.device)
        folder = find_weights(config)
        try:
            self._model: Any = _loaded(folder, self.device)
            self._pixels: Any = BlipImageProcessorPil.from_pretrained(folder, local_files_only=True)
            self._words: Any = BertTokenizer.from_pretrained(folder, local_files_only=True)
            self._check_words(folder)
            self._generate(np.full((64, 64, 3), 128, np.uint8), threading.Event())
        except (SafetensorError, OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError) as error:
            raise engine_unavailable(ENGINE, f"the model in {folder} cannot be loaded: {_shortly(error)}") from error

    def say(self, picture: Picture, given_up: threading.Event) -> str | None:
        """Give what the model says, shorter when it was given up meanwhile; None when the device is lost.

        Raises TransientError OUT_OF_MEMORY or ENGINE_FAILED.
        """
        try:
            return self._generate(picture, given_up)
        except (RuntimeError, ValueError, MemoryError) as error:
            trouble, how = trouble_of(error), type(error).__name__
        # The error, and with it what its frames held on the device, is gone by here.
        match trouble:
            case Trouble.DEVICE_LOST:
                logger.error("torch: %s", how)
                return None
            case Trouble.OUT_OF_MEMORY:
                self._give_memory_back()
                raise out_of_memory(ENGINE, f"no memory left on {self.device}")
            case Trouble.OTHER:
                raise engine_failed(ENGINE, f"the model failed with {how}")

    def _generate(self, picture: Picture, given_up: threading.Event) -> str:
        red_green_blue = np.ascontiguousarray(picture[..., ::-1])
        pixels = self._pixels(images=red_green_blue, input_data_format="channels_last", return_tensors="pt")["pixel_values"]

        def stop(tokens: torch.Tensor, _scores: object, **_: object) -> torch.Tensor:
            return torch.full((len(tokens),), given_up.is_set(), dtype=torch.bool, device=tokens.device)

        with torch.inference_mode():
            tokens = self._model.generate(
                pixels.to(self.device, self._model.dtype),
                num_beams=self._config.beams,
                do_sample=False,  # the same photo gets the same words
                max_new_tokens=self._config.most_tokens,
                stopping_criteria=StoppingCriteriaList([stop]),
            )
        return self._words.decode(tokens[0], skip_special_tokens=True)

    def _check_words(self, folder: Path) -> None:
        known, wanted = len(self._words), self._model.config.text_config.vocab_size
        if known < wanted * LEAST_SHARE_OF_WORDS:
            raise misconfigured(ENGINE, f"expected a vocabulary of {wanted} words in {folder}, found {known}")

    def _give_memory_back(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def _device(wanted: str) -> torch.device:
    """Raises MisconfiguredError when there is no such device: who asks for one does not want the CPU in its place."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise misconfigured(ENGINE, f"expected the device {wanted}, found {torch.cuda.device_count()} CUDA devices")
    return device


def _loaded(folder: Path, device: torch.device) -> BlipForConditionalGeneration:
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    loaded: Any = BlipForConditionalGeneration.from_pretrained(
        folder, dtype=dtype, use_safetensors=True, local_files_only=True, trust_remote_code=False, output_loading_info=True
    )
    model, info = loaded
    # What is missing would be made up at random, with no more than a warning.
    missing = set(info["missing_keys"]) & {name for name, _ in model.named_parameters()}
    if missing:
        raise misconfigured(ENGINE, f"expected all of the model's weights in {folder}, found {len(missing)} missing")
    return model.to(device).eval()


def _shortly(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
