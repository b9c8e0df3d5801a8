"""LoRA files: where they are, whether they are what the artist pins, and whether they were made for this kind of model.

A file is read once: what is hashed are the very bytes that are then loaded. Nothing here runs what a file says. A safetensors
file is a header (JSON: names, types, shapes) with numbers behind it; the header alone tells the base model.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast
from urllib.parse import urlsplit

from articket_artists import LoadedArtist

__all__ = [
    "LoraFile",
    "WeightsError",
    "WeightsNotReadError",
    "check_base",
    "find_lora",
    "read_lora",
    "read_pinned",
    "shapes_of",
]

Shapes = Mapping[str, tuple[int, ...]]

MAX_HEADER_BYTES = 16 * 2**20
# torch.save writes a zip file, and wrote a bare pickle before.
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"

# How wide the words are that a model is told: each cross-attention takes them in, so each LoRA shows it.
_WIDTHS = {768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x", 2048: "SDXL"}
_WORDS_IN = re.compile(
    r"attn2[._](?:processor[._])?to_[kv](?:_lora)?\.(?:lora_down|lora\.down|lora_A(?:\.default)?|down)\.weight$"
)
_SECOND_ENCODER = ("lora_te2_", "text_encoder_2.")
SHOWN_DIGITS = 12


@dataclass(frozen=True, eq=False)
class LoraFile:
    """Weights as they were read; the digest is that of these bytes."""

    path: Path
    sha256: str
    content: bytes
    metadata: Mapping[str, str]
    """What the header says about the file as a whole."""


class WeightsError(Exception):
    """These weights cannot be used; the message says whose, which file, what was expected and found, and what to do."""


class WeightsNotReadError(Exception):
    """The file could not be read this time."""


def find_lora(artist: LoadedArtist, folder: Path | None) -> Path | None:
    """Where the artist's weights lie; None for an artist without. Raises WeightsError when they are not on this machine.

    Weights with an address are looked for in `folder`, under the artist's id or the address's last part: nothing is downloaded.
    """
    lora = artist.artist.lora
    if lora is None:
        return None
    if artist.lora_path is not None:
        return artist.lora_path
    name = PurePosixPath(urlsplit(lora.source).path).name
    names = (f"{artist.id}.safetensors", name)
    for candidate in (folder / one for one in names if folder is not None):
        if candidate.is_file():
            return candidate
    where = f"in {folder}" if folder is not None else "and no ARTICKET_STYLIZE_DIFFUSERS_LORA_FOLDER"
    expected, hint = f"{names[0]} or {name}", "this engine downloads no weights: fetch them into that folder yourself"
    raise WeightsError(_told(artist.id, lora.source, expected, f"no such file {where}", hint))


def read_lora(artist: LoadedArtist, path: Path) -> LoraFile:
    """Read and check the artist's weights. Raises WeightsError, or WeightsNotReadError when the file is not to be had."""
    lora = artist.artist.lora
    assert lora is not None, "only artists with weights have a path"
    return read_pinned(path, lora.sha256, whose=artist.id)


def read_pinned(path: Path, sha256: str, *, whose: str) -> LoraFile:
    """Read a LoRA file and check that it is safetensors and has that digest; an empty digest pins nothing."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsNotReadError(f"artist {whose}: {path}: {error.strerror or error}") from error
    header = _header(content, whose, path)
    digest = hashlib.sha256(content).hexdigest()
    if sha256 and digest != sha256:
        hint = "fetch the right file again, or pin this one if it is the one that is meant"
        expected, found = f"the SHA-256 {sha256[:SHOWN_DIGITS]}…", f"{digest[:SHOWN_DIGITS]}…"
        raise WeightsError(_told(whose, path, expected, found, hint))
    metadata = header.get("__metadata__")
    said = cast("dict[str, object]", metadata) if isinstance(metadata, dict) else {}
    return LoraFile(path, digest, content, {key: value for key, value in said.items() if isinstance(value, str)})


def shapes_of(lora: LoraFile) -> Shapes:
    """The shapes of all tensors, by their names."""
    header = _header(lora.content, "", lora.path)
    shapes: dict[str, tuple[int, ...]] = {}
    for name, tensor in header.items():
        shape = cast("dict[str, object]", tensor).get("shape") if isinstance(tensor, dict) else None
        if name != "__metadata__" and isinstance(shape, list):
            shapes[name] = tuple(side for side in cast("list[object]", shape) if isinstance(side, int))
    return shapes


def check_base(lora: LoraFile, *, whose: str, words_width: int, text_encoders: int) -> None:
    """See that the weights were made for a model with such words. Raises WeightsError."""
    shapes = shapes_of(lora)
    widths = {shape[1] for name, shape in shapes.items() if _WORDS_IN.search(name) and len(shape) > 1}
    others = widths - {words_width}
    if not others and text_encoders < 2 and any(name.startswith(_SECOND_ENCODER) for name in shapes):
        others = {2048}
    if others:
        hint = "take weights that were trained on this base model, or give the artist a pod with theirs"
        expected = f"weights for {_model(words_width)}"
        raise WeightsError(_told(whose, lora.path, expected, f"weights for {_model(min(others))}", hint))


def _header(content: bytes, whose: str, path: Path) -> dict[str, object]:
    """The header as JSON. Raises WeightsError for whatever is no whole safetensors file."""
    if content.startswith((_ZIP, _PICKLE)) and not _parsed(content):
        hint = "a pickle can run code when it is loaded: convert the weights to safetensors"
        raise WeightsError(_told(whose, path, "a safetensors file", "a pickle", hint))
    header = _parsed(content)
    if header is None:
        hint = "it may be a copy that broke off, or something else under this name: fetch it again"
        raise WeightsError(_told(whose, path, "a whole safetensors file", "something else", hint))
    return header


def _parsed(content: bytes) -> dict[str, object] | None:
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(MAX_HEADER_BYTES, len(content) - 8):
        return None
    try:
        header: object = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", header) if isinstance(header, dict) else None


def _model(width: int) -> str:
    name = _WIDTHS.get(width)
    return name or f"a model with words of {width} numbers"


def _told(whose: str, file: Path | str, expected: str, found: str, hint: str) -> str:
    return f"artist {whose}: {file}: expected {expected}, found {found}. Hint: {hint}."
