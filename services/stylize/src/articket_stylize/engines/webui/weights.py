"""By which hashes a server may know an artist's LoRA.

The artist pins its weights by the SHA-256 of the file. Servers tell the beginning of one of three hashes: of the whole file
(Forge), of the tensors behind the header (AUTOMATIC1111, after the additional-networks extension), or the one that the training
program has written into the header.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import cast

from articket_artists import LoadedArtist

__all__ = ["is_same_hash", "lora_hashes"]

# What servers show: 12 digits, or 8 and 10 in forks. Fewer prove nothing.
LEAST_DIGITS = 8
MOST_HEADER_BYTES = 16 * 2**20


def lora_hashes(artist: LoadedArtist, shown: str = "") -> frozenset[str]:
    """Every hash by which the artist's LoRA may go, in lower-case hex; reads the whole file when it lies in the folder.

    `shown` is the one that the operator has read off the server. For weights at an address there are only that and the pinned.
    """
    if artist.artist.lora is None:
        return frozenset()
    hashes = {artist.artist.lora.sha256, shown.lower()} - {""}
    if artist.lora_path is not None:
        with contextlib.suppress(OSError):  # the folder is just being changed: the pinned one remains
            hashes |= _hashes_of(artist.lora_path)
    return frozenset(hashes)


def is_same_hash(told: str, hashes: frozenset[str]) -> bool:
    """Whether what the server tells is the beginning of one of the hashes, or the other way round."""
    told = told.strip().lower()
    return len(told) >= LEAST_DIGITS and any(
        known.startswith(told) or (len(known) >= LEAST_DIGITS and told.startswith(known)) for known in hashes
    )


def _hashes_of(path: Path) -> set[str]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_HEADER_BYTES:
            return set()
        written = _written_hash(file.read(length))
        return {hashlib.file_digest(file, "sha256").hexdigest()} | ({written} if written else set())


def _written_hash(header: bytes) -> str:
    """The hash that kohya's trainer writes into the header; empty when there is none."""
    try:
        metadata = cast("dict[str, dict[str, object]]", json.loads(header)).get("__metadata__", {})
        return str(metadata.get("sshs_model_hash") or "").lower()
    except (ValueError, AttributeError, RecursionError):
        return ""
