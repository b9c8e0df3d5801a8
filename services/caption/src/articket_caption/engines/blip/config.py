"""What the engine is told about its model; `settings.py` makes one of the environment."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENGINE", "BlipConfig"]

ENGINE = "blip"


@dataclass(frozen=True)
class BlipConfig:
    """One model and how to use it."""

    model: str
    """A folder; with a revision, a model of the Hugging Face Hub."""
    revision: str = ""
    """The commit of the Hub's repository, all 40 digits; empty for a folder."""
    may_download: bool = False
    """Whether files may be fetched from the Hub that are not in its cache on this machine."""
    device: str = "auto"
    """auto, cpu, cuda, or cuda:1 and so on; auto takes the first CUDA device, where there is one."""
    beams: int = 3
    most_tokens: int = 30
