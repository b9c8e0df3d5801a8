"""Artists' LoRAs on the base model: put on, taken off, kept for the next time, and dropped when there are too many.

Each LoRA has a slot, which is an adapter of peft. Before every painting `wear` says which one works, at which weight, or that
none does; the base is then what it was, bit for bit. What was not used for the longest time gives up its slot: where the new
weights have the same names and shapes their numbers are copied into it (a hot-swap), else they get a slot of their own.

Diffusers puts on what fits and is silent about the rest, so everything is compared before, and looked at again after.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from articket_stylize.engines.diffusers.libraries import Pipeline, Tensors, library
from articket_stylize.engines.diffusers.weights import LoraFile, WeightsError

__all__ = ["Adapters"]

logger = logging.getLogger(__name__)

# diffusers' names for the parts of a pipeline that a LoRA may change, which are also the beginnings of a LoRA's names.
PARTS = ("unet", "text_encoder", "text_encoder_2")

# What is taken of the settings that diffusers writes into a file's header; others could name modules to import.
_NUMBERS = ("r", "lora_alpha")
_PATTERNS = ("rank_pattern", "alpha_pattern")
_MODULE = re.compile(r"\^?[\w.]+")

Alphas = dict[str, float]


@dataclass(frozen=True, eq=False)
class _Readied:
    """A LoRA in diffusers' names, found to fit the model."""

    tensors: Tensors
    alphas: Alphas | None
    metadata: dict[str, Any] | None
    parts: Mapping[str, Tensors]
    """By part, in peft's names (`down_blocks.0.….lora_A.weight`)."""

    @property
    def form(self) -> object:
        """LoRAs of the same form can take each other's place."""
        shapes = {(part, name): tuple(tensor.shape) for part, tensors in self.parts.items() for name, tensor in tensors.items()}
        return shapes, self.alphas, self.metadata


@dataclass
class _Slot:
    name: str
    form: object
    is_swappable: bool
    """Text encoders cannot be hot-swapped."""


class Adapters:
    """The LoRAs of one pipeline. For the engine's thread only, but for `loaded`."""

    def __init__(self, pipeline: Pipeline, *, kept: int) -> None:
        self._pipeline = pipeline
        self._kept = kept
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._count = 0
        self.loaded: frozenset[str] = frozenset()
        """The SHA-256 of every LoRA that is in memory; may be read from any thread."""
        self.swaps = 0
        """How many LoRAs were copied into another one's slot."""

    def wear(self, lora: LoraFile, weight: float, *, whose: str) -> None:
        """Make the pipeline paint with this LoRA and no other. Raises WeightsError when it does not fit the model."""
        if lora.sha256 not in self._slots:
            self._take_in(lora, whose)
        self.wear_loaded(lora.sha256, weight)

    def wear_loaded(self, sha256: str, weight: float) -> bool:
        """Wear a LoRA that is in memory, and say whether it is: its file need not be read then."""
        slot = self._slots.get(sha256)
        if slot is None:
            return False
        self._slots.move_to_end(sha256)
        # Each layer knows of its own whether it is on, and a layer that came later may differ.
        self._pipeline.enable_lora()
        self._pipeline.set_adapters([slot.name], [weight])
        return True

    def wear_none(self) -> None:
        """Make the pipeline paint as the bare base model."""
        self._pipeline.disable_lora()

    def drop_unused(self) -> None:
        """Give back the memory of all but the one that was used last."""
        for sha256 in list(self._slots)[:-1]:
            self._drop(sha256)

    def fuse(self, lora: LoraFile) -> None:
        """Make the LoRA part of the base model, for good."""
        self._take_in(lora, "speed_lora")
        name = self._slots[lora.sha256].name
        self.wear_loaded(lora.sha256, 1.0)
        parts = [part for part in PARTS if getattr(self._pipeline, part, None) is not None]
        self._pipeline.fuse_lora(components=parts, adapter_names=[name])
        self._pipeline.unload_lora_weights()
        self._slots.clear()
        self.loaded = frozenset()

    def _take_in(self, lora: LoraFile, whose: str) -> None:
        readied = self._ready(lora, whose)
        while len(self._slots) > self._kept:
            self._drop(next(iter(self._slots)))
        oldest = next(iter(self._slots), None)
        if len(self._slots) == self._kept and oldest is not None:
            slot = self._slots[oldest]
            if slot.is_swappable and slot.form == readied.form:
                self._swap(lora, readied, oldest, whose)
                return
            self._drop(oldest)
        self._count += 1
        slot = _Slot(f"lora{self._count}", readied.form, is_swappable=set(readied.parts) == {"unet"})
        self._put_on(lora, readied, slot, whose)
        self._slots[lora.sha256] = slot
        self.loaded = frozenset(self._slots)

    def _swap(self, lora: LoraFile, readied: _Readied, oldest: str, whose: str) -> None:
        slot = self._slots.pop(oldest)
        self.loaded = frozenset(self._slots)
        self._put_on(lora, readied, slot, whose, is_swap=True)
        self._slots[lora.sha256] = slot
        self.loaded = frozenset(self._slots)
        self.swaps += 1

    def _put_on(self, lora: LoraFile, readied: _Readied, slot: _Slot, whose: str, *, is_swap: bool = False) -> None:
        """Load, and look whether it is all there; whatever goes wrong, nothing of it remains."""
        try:
            self._load(readied, slot.name, is_swap=is_swap)
            self._check_applied(readied, slot.name)
        except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError) as error:
            self._remove(slot.name)
            raise _refused(lora, whose, "LoRA layers that can be put on", type(error).__name__) from error
        except BaseException:  # out of memory, above all; also a process that ends
            self._remove(slot.name)
            raise

    def _load(self, readied: _Readied, name: str, *, is_swap: bool) -> None:
        pipeline = self._pipeline
        more = {"network_alphas": readied.alphas, "metadata": readied.metadata, "adapter_name": name, "_pipeline": pipeline}
        if "unet" in readied.parts:
            pipeline.load_lora_into_unet(readied.tensors, unet=pipeline.unet, hotswap=is_swap, **more)
        for part in PARTS[1:]:
            if part in readied.parts:
                encoder = getattr(pipeline, part)
                pipeline.load_lora_into_text_encoder(readied.tensors, text_encoder=encoder, prefix=part, **more)

    def _check_applied(self, readied: _Readied, name: str) -> None:
        """Raises ValueError when the numbers in the model are not those of the file."""
        torch = library("torch")
        for part, tensors in readied.parts.items():
            model = getattr(self._pipeline, part)
            for key, wanted in tensors.items():
                found = model.get_parameter(key.replace(".weight", f".{name}.weight"))
                if not torch.equal(found.data, wanted.to(found.device, found.dtype)):
                    raise ValueError("other numbers are in the model than in the file")

    def _remove(self, name: str) -> None:
        tuner = library("peft.tuners.tuners_utils").BaseTunerLayer
        for part in PARTS:
            model = getattr(self._pipeline, part, None)
            if model is None or name not in getattr(model, "peft_config", {}):
                continue
            for layer in model.modules():
                if isinstance(layer, tuner):
                    layer.set_adapter([])  # peft would put on another one in its place
            with contextlib.suppress(KeyError, ValueError, AttributeError):  # an adapter that came only in part
                if part == "unet":
                    model.delete_adapters([name])
                else:
                    model.delete_adapter(name)

    def _drop(self, sha256: str) -> None:
        slot = self._slots.pop(sha256)
        self.loaded = frozenset(self._slots)
        self._remove(slot.name)

    def _ready(self, lora: LoraFile, whose: str) -> _Readied:
        """Bring the file into diffusers' names and compare it with the model, layer by layer. Raises WeightsError."""
        try:
            tensors: Tensors = library("safetensors.torch").load(lora.content)
            converted, alphas, _ = self._pipeline.lora_state_dict(
                dict(tensors), unet_config=self._pipeline.unet.config, return_lora_metadata=True
            )
            parts = dict(_by_part(converted))
        except (ValueError, KeyError, IndexError, TypeError, RuntimeError, library("safetensors").SafetensorError) as error:
            raise _refused(lora, whose, "LoRA layers", f"layers of another kind ({type(error).__name__})") from error
        known = sum(len(part) for part in parts.values())
        if not parts or known != len(converted):
            other = next((name for name in converted if name.partition(".")[0] not in parts), "layers of another kind")
            raise _refused(lora, whose, "LoRA layers for the UNet and the text encoders only", f"{other[:80]!r}")
        for part, layers in parts.items():
            self._check_fits(part, layers, lora, whose)
        metadata = None if alphas else _settings(lora.metadata, parts)
        return _Readied(converted, alphas or None, metadata, parts)

    def _check_fits(self, part: str, layers: Tensors, lora: LoraFile, whose: str) -> None:
        model = getattr(self._pipeline, part, None)
        if model is None:
            raise _refused(lora, whose, "weights for this base model", f"weights for a {part}, which it does not have")
        modules = dict(model.named_modules())
        for name, tensor in layers.items():
            path, _, kind = name.removesuffix(".weight").rpartition(".")
            module = modules.get(path)
            base = getattr(module, "base_layer", module)
            weight = getattr(base, "weight", None)
            if weight is None or kind not in ("lora_A", "lora_B"):
                raise _refused(
                    lora, whose, "weights for this base model", f"a layer that it does not have, {part}.{path}"[:200]
                )
            side = 1 if kind == "lora_A" else 0
            if tensor.ndim != weight.ndim or tensor.shape[side] != weight.shape[side]:
                found = f"{'×'.join(map(str, tensor.shape))} for {part}.{path}, which is {'×'.join(map(str, weight.shape))}"
                raise _refused(lora, whose, "weights for this base model", found[:250])


def _by_part(converted: Tensors) -> Iterator[tuple[str, Tensors]]:
    """The layers of each part, in the names that they get in the model."""
    names = library("diffusers.utils.state_dict_utils")
    for part in PARTS:
        layers = {name.removeprefix(f"{part}."): tensor for name, tensor in converted.items() if name.startswith(f"{part}.")}
        if not layers:
            continue
        if part == "unet":
            yield part, layers if "lora_A" in next(iter(layers)) else names.convert_unet_state_dict_to_peft(layers)
        else:
            layers = names.convert_state_dict_to_peft(names.convert_state_dict_to_diffusers(layers))
            # Transformers has taken a level out of these models; files still have it.
            yield part, {name.removeprefix("text_model."): tensor for name, tensor in layers.items()}


def _settings(metadata: Mapping[str, str], parts: Mapping[str, Tensors]) -> dict[str, Any] | None:
    """The ranks and alphas that diffusers has written into the header, checked; None when there are none."""
    try:
        said: object = json.loads(metadata.get("lora_adapter_metadata", ""))
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    settings: dict[str, Any] = {}
    for key, value in cast("dict[str, object]", said).items():
        part, _, name = key.partition(".")
        if part not in parts:
            continue
        if name in _NUMBERS and isinstance(value, int | float) and 0 < value <= 4096:
            settings[key] = value
        elif name in _PATTERNS and isinstance(value, dict):
            pattern = cast("dict[str, object]", value)
            settings[key] = {at: to for at, to in pattern.items() if _MODULE.fullmatch(at) and isinstance(to, int | float)}
        elif name == "use_rslora" and isinstance(value, bool):
            settings[key] = value
        elif name == "target_modules" and isinstance(value, list):
            settings[key] = [at for at in cast("list[object]", value) if isinstance(at, str) and _MODULE.fullmatch(at)]
    # One number without the other, or for one part only, would leave peft's own guesses in its place.
    is_whole = all(f"{part}.{name}" in settings for part in parts for name in _NUMBERS)
    return settings if is_whole else None


def _refused(lora: LoraFile, whose: str, expected: str, found: str) -> WeightsError:
    hint = "take weights that were trained on this base model, in the format of diffusers or of kohya's scripts"
    return WeightsError(f"artist {whose}: {lora.path}: expected {expected}, found {found}. Hint: {hint}.")
