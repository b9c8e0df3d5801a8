"""What the server has, and whether that is what an artist needs. Pure: `server.py` fetches it.

A WebUI server paints whatever it is asked for: without the LoRA when it has none of that name, with the checkpoint that happens
to be loaded when it does not know the one that is wanted. So it is looked up before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath

from articket_artists import Artist, Img2Img
from articket_stylize.engines.webui.config import NamedLora
from articket_stylize.engines.webui.sampling import Sampling, choose_sampling
from articket_stylize.engines.webui.wire import Checkpoint, ListedLora, ListedSampler, ListedScheduler

__all__ = ["NO_STYLE", "Inventory", "MissingError", "Recipe", "checkpoint_names", "recipe_for"]

NO_STYLE = Img2Img()
"""Sampler, steps and guidance where no artist's style is wanted."""

# A name with one of these would end the tag in the prompt, or begin another argument of it.
_NOT_IN_A_TAG = re.compile(r"[<>:=]")
_SHORT_HASH = re.compile(r" \[[0-9a-fA-F]+\]$")


@dataclass(frozen=True)
class Inventory:
    """As the server lists it."""

    samplers: Sequence[ListedSampler]
    schedulers: Sequence[ListedScheduler]
    """Empty on servers from before they were listed."""
    checkpoints: Sequence[Checkpoint]
    loras: Sequence[ListedLora]
    selected_checkpoint: str = ""
    names_loras: bool = True
    """Whether the server says with each picture which LoRAs it has loaded."""


@dataclass(frozen=True)
class Recipe:
    """What to ask the server for, in its own names."""

    checkpoint: Checkpoint
    sampling: Sampling
    lora_name: str | None
    """None for an artist without weights."""
    lora_names: frozenset[str] = frozenset()
    """What else the server may call it."""


class MissingError(Exception):
    """The server lacks something; the message says what."""


def recipe_for(artist: Artist | None, inventory: Inventory, checkpoint: str, named: Mapping[str, NamedLora]) -> Recipe:
    """Put together what the artist needs, or a picture without a style. Raises MissingError."""
    lora_name = _lora_name(artist, inventory, named.get(artist.id)) if artist else None
    same = ({lora.name, lora.alias or lora.name} for lora in inventory.loras if lora_name in (lora.name, lora.alias))
    return Recipe(
        checkpoint=_checkpoint(checkpoint, inventory),
        sampling=_sampling(artist.img2img, inventory) if artist else _any_sampling(inventory),
        lora_name=lora_name,
        lora_names=frozenset(chain.from_iterable(same)),
    )


def checkpoint_names(checkpoint: Checkpoint) -> frozenset[str]:
    """Every name that people and servers have for it, in small letters: with and without folder, suffix and short hash."""
    return frozenset(name.lower() for name in _checkpoint_names(checkpoint))


def _checkpoint_names(checkpoint: Checkpoint) -> Iterator[str]:
    bare = _SHORT_HASH.sub("", checkpoint.title)
    files = (bare, (checkpoint.filename or "").replace("\\", "/"))
    yield from filter(None, (checkpoint.title, checkpoint.model_name, checkpoint.hash, checkpoint.sha256))
    for file in filter(None, files):
        path = PurePosixPath(file.replace("\\", "/"))
        yield from (file, path.name, path.stem if path.suffix in (".safetensors", ".ckpt", ".gguf", ".pt") else path.name)


def _checkpoint(wanted: str, inventory: Inventory) -> Checkpoint:
    name = wanted or inventory.selected_checkpoint
    if not name and len(inventory.checkpoints) == 1:
        return inventory.checkpoints[0]
    bare = _SHORT_HASH.sub("", name)
    for checkpoint in inventory.checkpoints:
        if {name.lower(), bare.lower()} & checkpoint_names(checkpoint):
            return checkpoint
    raise MissingError(f"expected the checkpoint {name!r}, found {_listed(one.title for one in inventory.checkpoints)}")


def _any_sampling(inventory: Inventory) -> Sampling:
    """The usual sampler, or whichever the server names first: where no style is wanted, none is missed."""
    try:
        return _sampling(NO_STYLE, inventory)
    except MissingError:
        first = next((one.name for one in inventory.samplers), "")
        if not first:
            raise
        return Sampling(first, "Automatic" if inventory.schedulers else None)


def _sampling(wanted: Img2Img, inventory: Inventory) -> Sampling:
    sampling = choose_sampling(wanted.sampler, wanted.scheduler, inventory.samplers, inventory.schedulers)
    if sampling is None:
        schedule = f" with the scheduler {wanted.scheduler!r}" if wanted.scheduler else ""
        raise MissingError(f"expected the sampler {wanted.sampler!r}{schedule}, found neither under that name")
    return sampling


def _lora_name(artist: Artist, inventory: Inventory, named: NamedLora | None) -> str | None:
    if artist.lora is None:
        return None
    if not inventory.names_loras:
        raise MissingError("expected the server's option lora_add_hashes_to_infotext to be on, found it off")
    file = PurePosixPath(artist.lora.source).stem
    wanted = [named.name] if named else [artist.id, file]
    listed = [name for lora in inventory.loras for name in (lora.name, lora.alias) if name and not _NOT_IN_A_TAG.search(name)]
    # The server tells small letters from capitals, people do not: the tag has the server's spelling.
    spelled = {name.lower(): name for name in listed} | {name: name for name in listed}
    for name in wanted:
        if found := spelled.get(name) or spelled.get(name.lower()):
            return found
    raise MissingError(f"expected a LoRA called {' or '.join(map(repr, wanted))}, found none of that name")


def _listed(names: Iterator[str]) -> str:
    first = sorted(names)[:5]
    return ", ".join(map(repr, first)) or "none"
