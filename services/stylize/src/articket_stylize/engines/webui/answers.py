"""Whether a picture that came with 200 is what was asked for, by what the server says of it. Pure.

A WebUI server answers 200 without the LoRA, with another checkpoint, with another sampler, and with whatever it had when
somebody interrupted it. The pixels themselves are judged in `pictures.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from articket_stylize.engines.webui.config import ENGINE
from articket_stylize.engines.webui.inventory import Recipe, checkpoint_names
from articket_stylize.engines.webui.weights import is_same_hash
from articket_stylize.engines.webui.wire import Answer, Checkpoint, Generation
from articket_stylize.errors import engine_failed, style_not_applied

__all__ = ["Expected", "check_generation", "only_picture", "read_generation"]

# The servers take these out of a LoRA's name before they tell its hash.
_TAKEN_OUT = str.maketrans("", "", ":,")
_LORA_TROUBLE = re.compile(r"Networks (?:not found|with errors): ")
_PARAMETERS = "Steps: "
_LORA_HASHES = re.compile(r'(?:^|, )Lora hashes: (?:"([^"]*)"|([^,]*))')
_BRACKETS = re.compile(r" \[[0-9a-fA-F]+\]$")
_MODEL = re.compile(r"(?:^|, )Model: ([^,]+)")
_MODEL_HASH = re.compile(r"(?:^|, )Model hash: ([0-9a-fA-F]+)")


@dataclass(frozen=True)
class Expected:
    """What the answer must name."""

    recipe: Recipe
    lora_hashes: frozenset[str]
    seed: int


def only_picture(answer: Answer, generation: Generation) -> str:
    """Give the one picture, in base64. Raises TransientError ENGINE_FAILED when there is none, or nobody knows which it is.

    There may be more: a server puts a grid first if it likes, extensions put their own pictures last.
    """
    images = answer.images or ()
    first = 0 if len(images) == 1 else generation.index_of_first_image
    if first is None or not 0 <= first < len(images):
        raise engine_failed(ENGINE, f"expected one picture, found {len(images)}")
    return images[first]


def read_generation(answer: Answer) -> Generation:
    """Read what the server says it has done. Raises TransientError ENGINE_FAILED."""
    try:
        return Generation.model_validate_json(answer.info)
    except ValidationError:  # its text would hold the prompt
        raise engine_failed(ENGINE, "expected JSON about the picture in `info`, found something else") from None


def check_generation(generation: Generation, expected: Expected) -> None:
    """Compare what was done with what was asked for. Raises TransientError STYLE_NOT_APPLIED or ENGINE_FAILED."""
    seeds = (generation.seed,) if generation.seed is not None else (generation.all_seeds or ())[:1]
    if any(seed != expected.seed for seed in seeds):
        raise engine_failed(ENGINE, "expected the picture of this request, found that of another: the seeds differ")
    sampler, wanted = generation.sampler_name, expected.recipe.sampling
    if sampler and sampler.lower() not in (wanted.sampler.lower(), f"{wanted.sampler} {wanted.scheduler}".lower()):
        raise style_not_applied(ENGINE, f"expected the sampler {expected.recipe.sampling.sampler!r}, found {_shown(sampler)}")
    _check_checkpoint(generation, expected.recipe.checkpoint)
    _check_loras(generation, expected)


def _check_checkpoint(generation: Generation, checkpoint: Checkpoint) -> None:
    told = _parameters(generation)
    name = generation.sd_model_name or _found(_MODEL, told)
    hash_ = generation.sd_model_hash or _found(_MODEL_HASH, told)
    known = frozenset(one.lower() for one in (checkpoint.hash, checkpoint.sha256) if one)
    is_named = bool(name) and _BRACKETS.sub("", name).lower() in checkpoint_names(checkpoint)
    is_hashed = bool(hash_ and known) and is_same_hash(hash_, known)
    if (name and not is_named) or (hash_ and known and not is_hashed) or not (is_named or is_hashed):
        raise style_not_applied(ENGINE, f"expected the checkpoint {checkpoint.title!r}, found {_shown(name or hash_)}")


def _check_loras(generation: Generation, expected: Expected) -> None:
    loaded = _loaded_loras(generation)
    wanted = expected.recipe.lora_name
    if wanted is not None:
        names = (name.translate(_TAKEN_OUT) for name in (wanted, *expected.recipe.lora_names))
        told = loaded.pop(next((name for name in names if name in loaded), ""), None)
        if told is None:
            raise style_not_applied(ENGINE, f"expected the LoRA {wanted!r} to be loaded, found that it was not")
        if not is_same_hash(told, expected.lora_hashes):
            how = f"expected the LoRA {wanted!r} with the hash that the artist pins, found {_shown(told)}"
            raise style_not_applied(ENGINE, f"{how}. Hint: docs/engines.md tells which hashes there are.")
        if any(_LORA_TROUBLE.search(text) for text in _infotexts(generation)):
            raise style_not_applied(ENGINE, f"expected the LoRA {wanted!r} to fit the checkpoint, found that it did not")
    if loaded:
        raise style_not_applied(ENGINE, f"expected no other LoRA, found {_shown(', '.join(loaded))}")


def _loaded_loras(generation: Generation) -> dict[str, str]:
    """What was loaded: name → beginning of the hash."""
    told = (generation.extra_generation_params or {}).get("Lora hashes")
    if isinstance(told, Mapping):  # some forks give a mapping
        return {str(name): str(hash_) for name, hash_ in told.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- JSON
    if not isinstance(told, str):
        told = _found(_LORA_HASHES, _parameters(generation))
    pairs = (pair.partition(":") for pair in told.split(",") if ":" in pair)
    return {name.strip(): hash_.strip() for name, _, hash_ in pairs}


def _parameters(generation: Generation) -> str:
    """The line of the infotext that comes after the prompts; some servers add remarks below it."""
    lines = next(_infotexts(generation), "").strip().splitlines()
    return next((line for line in reversed(lines) if line.startswith(_PARAMETERS)), lines[-1] if lines else "")


def _infotexts(generation: Generation) -> Iterator[str]:
    return filter(None, generation.infotexts or ())


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next(filter(None, found.groups()), "").strip() if found else ""


def _shown(text: str) -> str:
    """What a server says, short enough for a message."""
    return repr(text[:80]) if text else "none named"
