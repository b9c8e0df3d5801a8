"""Finds the model's files: in a folder, or in the Hub's cache, filled from the Hub only where that is allowed.

From here on the model is a folder on this machine. What is not needed is never fetched: no pickled weights, no code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from articket_caption.engines.blip.config import ENGINE, BlipConfig
from articket_caption.errors import engine_unavailable, misconfigured

__all__ = ["find_weights"]

_WANTED_FILES = ("*.json", "*.txt", "*.safetensors")
_ARCHITECTURE = "BlipForConditionalGeneration"
# A config has some 5 KB.
MOST_CONFIG_BYTES = 2**20


def find_weights(config: BlipConfig) -> Path:
    """Give the model's folder. Raises TransientError ENGINE_UNAVAILABLE when it is not there or no captioning BLIP."""
    folder = _from_hub(config) if config.revision else Path(config.model)
    if not folder.is_dir():
        raise misconfigured(ENGINE, f"expected a folder with the model, found none at {folder}")
    if not any(folder.glob("*.safetensors")):
        hint = "Hint: pickled weights (.bin) are not loaded; Salesforce/blip-image-captioning-large has safetensors."
        raise misconfigured(ENGINE, f"expected weights as *.safetensors in {folder}, found none. {hint}")
    found = _architectures(folder / "config.json")
    if _ARCHITECTURE not in found:
        names = ", ".join(map(str, found))[:100] or "none"
        raise misconfigured(ENGINE, f"expected a model of the architecture {_ARCHITECTURE}, found {names}")
    return folder


def _from_hub(config: BlipConfig) -> Path:
    """Raises TransientError ENGINE_UNAVAILABLE."""
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType] - one of its parameters
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                config.model,
                revision=config.revision,
                allow_patterns=list(_WANTED_FILES),
                local_files_only=not config.may_download,
            )
        )
    except HFValidationError as error:
        raise misconfigured(ENGINE, f"expected the name of a model of the Hub, found {config.model!r}") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        hint = (
            "Hint: is the Hub reachable, and the commit one of this model?"
            if config.may_download
            else "Hint: ARTICKET_CAPTION_BLIP_DOWNLOAD=true allows to fetch it."
        )
        how = f"model {config.model} at {config.revision} is not on this machine ({type(error).__name__}). {hint}"
        raise engine_unavailable(ENGINE, how) from error


def _architectures(path: Path) -> list[object]:
    try:
        if path.stat().st_size > MOST_CONFIG_BYTES:
            return []
        said: object = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    named = cast("dict[str, object]", said).get("architectures") if isinstance(said, dict) else None
    return cast("list[object]", named) if isinstance(named, list) else []
