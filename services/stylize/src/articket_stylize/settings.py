"""The settings of the stylize service: `ARTICKET_STYLIZE_…` in the environment, read once by `__main__`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from articket_mesh.settings import MeshSettings

__all__ = ["StylizeSettings"]

CHECKOUT = Path(__file__).parents[4]

Share = Annotated[float, Field(ge=0, le=1)]


class StylizeSettings(MeshSettings):
    """What a stylize pod needs to know."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_STYLIZE_", frozen=True)

    port: int = Field(50052, ge=0, le=65535, description="TCP port of the gRPC server; 0 takes a free one and logs it.")
    artists: Path = Field(CHECKOUT / "plugins/artists", description="Folder of the artists; watched while the service runs.")
    serves: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Ids of the artists that this pod serves, separated by commas; empty serves all."
    )
    engine: Literal["painterly", "simulated"] = Field(
        "painterly", description="What paints: painterly on the CPU, or simulated, which only takes its time, for load tests."
    )
    slots: int | None = Field(
        None, ge=1, le=256, description="Paintings made at once; unset: one for each core (painterly), or one (simulated)."
    )
    idle_seconds: float = Field(
        30.0, gt=0, le=3600, description="Seconds after which a painterly process with nothing to do is ended."
    )
    simulated_seconds: float = Field(1.0, ge=0, le=3600, description="Seconds that a simulated painting takes.")
    simulated_steps: int = Field(4, ge=1, le=100, description="Steps of a simulated painting.")
    simulated_failing: Share = Field(0.0, description="Share of the simulated paintings that end with ENGINE_FAILED.")
    simulated_out_of_memory: Share = Field(0.0, description="Share of the simulated paintings that end with OUT_OF_MEMORY.")
    simulated_hanging: Share = Field(0.0, description="Share of the simulated paintings that never end.")

    @field_validator("serves", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
