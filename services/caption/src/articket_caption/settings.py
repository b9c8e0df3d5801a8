"""The settings of the caption service: `ARTICKET_CAPTION_…` in the environment, read once by `__main__`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from articket_mesh.settings import MeshSettings

__all__ = ["CaptionSettings"]


class CaptionSettings(MeshSettings):
    """What a caption pod needs to know."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_CAPTION_", frozen=True)

    port: int = Field(50051, ge=0, le=65535, description="TCP port of the gRPC server; 0 takes a free one and logs it.")
    engine: Literal["embedded"] = Field(
        "embedded", description="What describes photos: embedded, on the CPU, which says only what it is certain of."
    )
