"""The base model: from a folder, a file or the Hub's cache into the device's memory. Never from a pickle, never with code.

Called once, in the engine's thread. Here torch and diffusers are imported for the first time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from articket_stylize.engines.diffusers.config import ENGINE, HUB_MODEL, DiffusersConfig
from articket_stylize.engines.diffusers.libraries import Pipeline, library
from articket_stylize.engines.diffusers.weights import read_pinned
from articket_stylize.errors import engine_unavailable

__all__ = ["Family", "Model", "load_model"]

Family = Literal["sd", "sdxl"]
# What the models were trained at. SD 1.5 keeps its composition a little further up, too.
LONG_SIDES_PX: dict[Family, int] = {"sd": 768, "sdxl": 1024}
SPEED_ADAPTER = "speed"


@dataclass(frozen=True, eq=False)
class Model:
    """The base model in the device's memory."""

    repainting: Pipeline
    """img2img."""
    drawing: Pipeline
    """txt2img, with the same weights."""
    family: Family
    device: str
    scheduler_config: dict[str, object]
    """As the model came: every sampler is made from it."""
    long_side_px: int

    @property
    def words_width(self) -> int:
        """How many numbers the UNet takes for each word."""
        return self.repainting.unet.config.cross_attention_dim

    @property
    def tokenizers(self) -> list[Pipeline]:
        """One, or SDXL's two."""
        found = (getattr(self.repainting, name, None) for name in ("tokenizer", "tokenizer_2"))
        return [tokenizer for tokenizer in found if tokenizer is not None]


def load_model(config: DiffusersConfig) -> Model:
    """Load the base model. Raises TransientError ENGINE_UNAVAILABLE with what to do, and WeightsError for the speed LoRA."""
    # Read by huggingface_hub when it is imported: what may not be downloaded is not even asked for.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if not config.downloads:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        torch, diffusers = library("torch"), library("diffusers")
        loggings = library("diffusers.utils.logging"), library("transformers.utils.logging")
    except ImportError as error:
        hint = "Hint: pip install 'articket-stylize[diffusers]'."
        raise engine_unavailable(
            ENGINE, f"expected torch and diffusers to be installed, found no {error.name}. {hint}"
        ) from error
    # Their warnings repeat prompts, and so captions.
    for logging in loggings:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
    device = _device(config)
    dtype = torch.float32 if device == "cpu" else torch.float16
    repainting = _repainting(config, dtype)
    family = _family(repainting, config)
    if config.speed_lora is not None:
        _make_fast(repainting, config)
    repainting.to(device)
    for name in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if (part := getattr(repainting, name, None)) is not None:
            part.eval().requires_grad_(False)
    drawing = diffusers.AutoPipelineForText2Image.from_pipe(repainting)
    for pipeline in (repainting, drawing):
        pipeline.set_progress_bar_config(disable=True)
    long_side_px = config.long_side_px or (512 if config.few_steps == "turbo" else LONG_SIDES_PX[family])
    return Model(repainting, drawing, family, device, dict(repainting.scheduler.config), long_side_px)


def _repainting(config: DiffusersConfig, dtype: object) -> Pipeline:
    try:
        if config.model.endswith(".safetensors"):
            return _from_file(config, dtype)
        return _from_folder(config, dtype)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        # OSError is also how a missing file, a pickle without a safetensors twin and the Hub's refusals come.
        how = f"the model {config.model} cannot be loaded ({type(error).__name__}: {_first_line(error)})"
        raise engine_unavailable(ENGINE, f"{how}. Hint: {_hint(config)}") from error


def _from_folder(config: DiffusersConfig, dtype: object) -> Pipeline:
    pinned = HUB_MODEL.fullmatch(config.model)
    where = {"revision": pinned["revision"]} if pinned else {}
    return library("diffusers").AutoPipelineForImage2Image.from_pretrained(
        pinned["repository"] if pinned else str(_folder(Path(config.model))),
        dtype=dtype,
        variant=config.variant or None,
        use_safetensors=True,
        trust_remote_code=False,
        # Not even loaded: it blackens what it takes for indecent, and it takes Renoirs for that.
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        local_files_only=not (pinned and config.downloads),
        **where,
    )


def _from_file(config: DiffusersConfig, dtype: object) -> Pipeline:
    """A single file holds the weights alone; without the folder of its configuration diffusers would ask the Hub for it."""
    diffusers = library("diffusers")
    if config.model_config is None:
        raise ValueError("expected the folder of its configuration, found none")
    file = Path(config.model)
    if not file.is_file():
        raise FileNotFoundError("no such file")
    index = (_folder(config.model_config) / "model_index.json").read_text(encoding="utf-8")
    kind = diffusers.StableDiffusionXLPipeline if "StableDiffusionXL" in index else diffusers.StableDiffusionPipeline
    loaded = kind.from_single_file(
        str(file), config=str(config.model_config), dtype=dtype, local_files_only=True, use_safetensors=True
    )
    return diffusers.AutoPipelineForImage2Image.from_pipe(loaded)


def _folder(path: Path) -> Path:
    """Only a folder that is there: any other string would be taken for the name of a repository on the Hub."""
    if not (path / "model_index.json").is_file():
        raise FileNotFoundError("no folder with a model_index.json")
    return path


def _family(pipeline: Pipeline, config: DiffusersConfig) -> Family:
    diffusers = library("diffusers")
    kinds: dict[Family, type] = {
        "sd": diffusers.StableDiffusionImg2ImgPipeline,
        "sdxl": diffusers.StableDiffusionXLImg2ImgPipeline,
    }
    for family, kind in kinds.items():
        if isinstance(pipeline, kind) and pipeline.unet.config.in_channels == 4:
            return family
    found = type(pipeline).__name__
    raise engine_unavailable(ENGINE, f"{config.model}: expected Stable Diffusion 1.x, 2.x or SDXL, found {found}")


def _make_fast(pipeline: Pipeline, config: DiffusersConfig) -> None:
    """Add the few-step LoRA into the base's own numbers: from then on it is the bare base, and artists' LoRAs come on top."""
    from articket_stylize.engines.diffusers.adapters import Adapters

    assert config.speed_lora is not None
    file = read_pinned(config.speed_lora, config.speed_lora_sha256, whose="speed_lora")
    Adapters(pipeline, kept=1).fuse(file)


def _device(config: DiffusersConfig) -> str:
    torch = library("torch")
    has = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available, "cpu": lambda: True}
    if config.device == "auto":
        return next(device for device, is_there in has.items() if is_there())
    if not has[config.device]():
        hint = "Hint: is this a GPU node, and does its driver fit torch?"
        raise engine_unavailable(ENGINE, f"expected the device {config.device}, found none. {hint}")
    return config.device


def _hint(config: DiffusersConfig) -> str:
    if HUB_MODEL.fullmatch(config.model):
        return "fetch it into the Hub's cache before, or set ARTICKET_STYLIZE_DIFFUSERS_DOWNLOADS=true."
    if config.model.endswith(".safetensors"):
        return "set ARTICKET_STYLIZE_DIFFUSERS_MODEL_CONFIG to a folder with the model_index.json of its kind."
    return "a folder in diffusers' layout, with .safetensors weights (and DIFFUSERS_VARIANT=fp16 where only those are there)."


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]
