"""The settings of the stylize service: `ARTICKET_STYLIZE_…` in the environment, read once by `__main__`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from articket_mesh.settings import MeshSettings
from articket_stylize.engines.diffusers.config import HUB_MODEL

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
    engine: Literal["painterly", "webui", "diffusers", "simulated"] = Field(
        "painterly",
        description="What paints: painterly on the CPU, webui on an AUTOMATIC1111 or Forge server, "
        "diffusers with a model in this process, or simulated, which only takes its time, for load tests.",
    )
    slots: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Paintings made at once; unset: one for each core (painterly), or one. Of webui and diffusers always one.",
    )
    idle_seconds: float = Field(
        30.0, gt=0, le=3600, description="Seconds after which a painterly process with nothing to do is ended."
    )
    simulated_seconds: float = Field(1.0, ge=0, le=3600, description="Seconds that a simulated painting takes.")
    simulated_steps: int = Field(4, ge=1, le=100, description="Steps of a simulated painting.")
    simulated_failing: Share = Field(0.0, description="Share of the simulated paintings that end with ENGINE_FAILED.")
    simulated_out_of_memory: Share = Field(0.0, description="Share of the simulated paintings that end with OUT_OF_MEMORY.")
    simulated_hanging: Share = Field(0.0, description="Share of the simulated paintings that never end.")
    simulated_seed: int = Field(
        0,
        description="Decides which simulated paintings fail or hang: the same ones with the same seed, counted as they begin.",
    )
    simulated_loras: int | None = Field(
        None, ge=0, le=10_000, description="Artists that a simulated pod keeps loaded, the last used ones; unset: all."
    )
    simulated_load_seconds: float = Field(
        0.0, ge=0, le=3600, description="Seconds more that a simulated painting takes when its artist is not loaded."
    )
    simulated_memory_px: int | None = Field(
        None, ge=1, le=10_000, description="Long side up to which a simulated painting fits into the memory; unset: always."
    )

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

    diffusers_model: str | None = Field(
        None,
        description="The base model: a folder in diffusers' layout, a .safetensors file, or hf://owner/name@revision with a "
        "revision of 40 digits; needed by the diffusers engine.",
    )
    diffusers_model_config: Path | None = Field(
        None, description="For a single file: folder with the model_index.json, configurations and tokenizers of its kind."
    )
    diffusers_variant: str | None = Field(
        None, description="Set of weights to take from the folder, for example fp16; unset: the plain ones."
    )
    diffusers_downloads: bool = Field(
        False, description="Whether the model may be downloaded; otherwise the Hub's is taken from its cache on this machine."
    )
    diffusers_device: Literal["auto", "cuda", "mps", "cpu"] = Field(
        "auto", description="What the model runs on; auto takes the first one there is."
    )
    diffusers_few_steps: Literal["lcm", "lightning", "turbo"] | None = Field(
        None, description="Kind of few-step model; its sampler, steps and guidance replace those of every artist."
    )
    diffusers_steps: int | None = Field(None, ge=1, le=150, description="Steps, instead of every artist's.")
    diffusers_guidance_scale: float | None = Field(
        None, ge=0, le=30, description="Guidance scale, instead of every artist's; 1 and less paints in half the time."
    )
    diffusers_speed_lora: Path | None = Field(
        None, description="LoRA that makes the base a few-step model (LCM-LoRA, Lightning's LoRA), as .safetensors."
    )
    diffusers_speed_lora_sha256: str = Field("", description="Its SHA-256; empty: it is not checked.")
    diffusers_long_side_px: int | None = Field(
        None,
        ge=256,
        le=1280,
        description="Long side at most of what the model paints; unset: 768 for SD 1.5, 1024 for SDXL, 512 for turbo.",
    )
    diffusers_lora_folder: Path | None = Field(
        None, description="Folder with weights whose artist gives an address, called like artist or address; not downloaded."
    )
    diffusers_loras_kept: int = Field(4, ge=1, le=64, description="Artists' LoRAs that stay in the device's memory.")
    diffusers_painting_seconds: Seconds = Field(120.0, description="Seconds that a painting may take.")

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

    @field_validator("diffusers_model")
    @classmethod
    def _is_pinned(cls, model: str | None) -> str | None:
        if model is not None and "://" in model and not HUB_MODEL.fullmatch(model):
            raise ValueError("a folder, a .safetensors file, or hf://owner/name@ and the 40 hexadecimal digits of a commit")
        return model

    @field_validator("diffusers_speed_lora_sha256")
    @classmethod
    def _is_a_digest(cls, sha256: str) -> str:
        if sha256 and not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError("64 lower-case hexadecimal digits, as sha256sum prints them")
        return sha256

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

    @model_validator(mode="after")
    def _diffusers_is_whole(self) -> Self:
        if self.engine == "diffusers" and not self.diffusers_model:
            hint = "Hint: the folder of a Stable Diffusion model."
            raise ValueError(f"expected diffusers_model for the diffusers engine, found none. {hint}")
        if self.engine == "diffusers" and self.slots not in (None, 1):
            hint = "Hint: a second pod has a model of its own."
            raise ValueError(f"expected slots of 1 for the diffusers engine, found {self.slots}. {hint}")
        return self
