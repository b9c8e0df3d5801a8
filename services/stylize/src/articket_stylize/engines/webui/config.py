"""What the engine is told about its server; `settings.py` makes one of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ENGINE", "NamedLora", "WebuiConfig"]

ENGINE = "webui"


@dataclass(frozen=True)
class NamedLora:
    """What an artist's weights are called on the server."""

    name: str
    hash: str = ""
    """The beginning of the hash that the server shows for them; empty when it is to be computed from the artist's file."""


@dataclass(frozen=True)
class WebuiConfig:
    """One server and how to use it. All times in seconds."""

    url: str
    """Its address, with a path when it has one; no user, no query."""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    """PEM file of the authorities that its certificate is signed by; None takes the usual ones."""
    checkpoint: str = ""
    """The checkpoint by any of its names; empty takes the one that the server has selected at the start."""
    loras: Mapping[str, NamedLora] = field(default_factory=dict[str, NamedLora])
    """By artist id, for weights that are called neither like the artist nor like their file."""
    long_side_px: int = 768
    """Of what the server paints, at most; the painting is scaled to the photo's size."""
    needs_gpu: bool = True
    """Whether a server without CUDA counts as broken."""
    connect_seconds: float = 3.0
    answer_seconds: float = 5.0
    """For everything but paintings."""
    painting_seconds: float = 120.0
    poll_seconds: float = 0.5
    """Between two looks at the progress."""
    preview_seconds: float = 1.0
    """Between two previews: the server decodes a picture for each."""
    look_seconds: float = 15.0
    """Between two looks at what the server has."""
