"""The settings of the stylize service: `ARTICKET_STYLIZE_…` in the environment, read once by `__main__`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from articket_mesh.settings import MeshSettings

__all__ = ["StylizeSettings"]

CHECKOUT = Path(__file__).parents[4]

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=3600)]

_NAMED_LORA = re.compile(r"[a-z][a-z0-9-]{1,31}=[^<>:=@]+(@[0-9a-fA-F]{8,64})?")


class StylizeSettings(MeshSettings):
    """What a stylize pod needs to know."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_STYLIZE_", frozen=True)

    port: int = Field(50052, ge=0, le=65535, description="TCP port of the gRPC server; 0 takes a free one and logs it.")
    artists: Path = Field(CHECKOUT / "plugins/artists", description="Folder of the artists; watched while the service runs.")
    serves: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Ids of the artists that this pod serves, separated by commas; empty serves all."
    )
    engine: Literal["painterly", "webui", "simulated"] = Field(
        "painterly",
        description="What paints: painterly on the CPU, webui on an AUTOMATIC1111 or Forge server, "
        "or simulated, which only takes its time, for load tests.",
    )
    slots: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Paintings made at once; unset: one for each core (painterly), or one. Of a webui always one.",
    )
    idle_seconds: float = Field(
        30.0, gt=0, le=3600, description="Seconds after which a painterly process with nothing to do is ended."
    )
    simulated_seconds: float = Field(1.0, ge=0, le=3600, description="Seconds that a simulated painting takes.")
    simulated_steps: int = Field(4, ge=1, le=100, description="Steps of a simulated painting.")
    simulated_failing: Share = Field(0.0, description="Share of the simulated paintings that end with ENGINE_FAILED.")
    simulated_out_of_memory: Share = Field(0.0, description="Share of the simulated paintings that end with OUT_OF_MEMORY.")
    simulated_hanging: Share = Field(0.0, description="Share of the simulated paintings that never end.")

    webui_url: str | None = Field(
        None, description="Address of the WebUI server, for example http://10.0.0.7:7860; needed by the webui engine."
    )
    webui_user: SecretStr | None = Field(None, description="User of the server's --api-auth; unset: none is sent.")
    webui_password: SecretStr | None = Field(None, description="That user's password.")
    webui_ca: Path | None = Field(
        None, description="PEM file of the authorities that the server's certificate is signed by; unset: the usual ones."
    )
    webui_checkpoint: str | None = Field(
        None, description="Checkpoint to paint with, as the server lists it; unset: the one selected there at the start."
    )
    webui_loras: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="LoRAs that are not called like their artist or file there, as artist=name or artist=name@hash, "
        "separated by commas.",
    )
    webui_long_side_px: int = Field(
        768, ge=256, le=1280, description="Long side at most of what the server paints; 768 suits SD 1.5, 1024 SDXL."
    )
    webui_needs_gpu: bool = Field(True, description="Whether a server without CUDA counts as broken; false for others.")
    webui_connect_seconds: Seconds = Field(3.0, description="Seconds to reach the server in.")
    webui_answer_seconds: Seconds = Field(5.0, description="Seconds for its answers to everything but paintings.")
    webui_painting_seconds: Seconds = Field(120.0, description="Seconds that it may take for a painting.")
    webui_poll_seconds: float = Field(0.5, ge=0.05, le=10, description="Seconds between two looks at a painting's progress.")
    webui_look_seconds: Seconds = Field(15.0, description="Seconds between two looks at what the server has.")

    @field_validator("serves", "webui_loras", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("webui_url")
    @classmethod
    def _is_a_server(cls, url: str | None) -> str | None:
        if url is None or "@" in url:  # a user: refused below, where the value is not shown
            return url
        try:
            parts = urlsplit(url.strip())
            is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number, brackets that are no address
            parts, is_good = urlsplit(""), False
        if not is_good or parts.query or parts.fragment or re.search(r"\s", url.strip()):
            raise ValueError("http:// or https://, a host, and a port or path where there is one")
        return url.strip()

    @field_validator("webui_loras")
    @classmethod
    def _name_artists(cls, loras: tuple[str, ...]) -> tuple[str, ...]:
        for lora in loras:
            if not _NAMED_LORA.fullmatch(lora):
                raise ValueError("artist=name or artist=name@hash, separated by commas")
        return loras

    @field_validator("webui_user")
    @classmethod
    def _fits_into_basic_auth(cls, user: SecretStr | None) -> SecretStr | None:
        if user is not None and ":" in user.get_secret_value():
            raise ValueError("a user without a colon")
        return user

    @field_validator("webui_ca")
    @classmethod
    def _is_a_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("a PEM file that is there")
        return path

    @model_validator(mode="after")
    def _webui_is_whole(self) -> Self:
        if self.engine == "webui" and self.webui_url is None:
            raise ValueError("expected webui_url for the webui engine, found none. Hint: http://host:7860")
        if self.webui_url is not None and "@" in self.webui_url:
            hint = "Hint: they have settings of their own."
            raise ValueError(f"expected webui_url without user and password, found some. {hint}")
        if self.engine == "webui" and self.slots not in (None, 1):
            raise ValueError(f"expected slots of 1 for the webui engine, found {self.slots}: such a server has one lock")
        if (self.webui_user is None) != (self.webui_password is None):
            raise ValueError("expected webui_user and webui_password together, found one of them")
        return self
