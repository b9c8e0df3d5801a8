"""The settings of the caption service: `ARTICKET_CAPTION_…` in the environment, read once by `__main__`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from articket_mesh.settings import MeshSettings

__all__ = ["CaptionSettings"]

Seconds = Annotated[float, Field(gt=0, le=600)]


class CaptionSettings(MeshSettings):
    """What a caption pod needs to know."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_CAPTION_", frozen=True)

    port: int = Field(50051, ge=0, le=65535, description="TCP port of the gRPC server; 0 takes a free one and logs it.")
    engine: Literal["embedded", "blip", "http"] = Field(
        "embedded",
        description="What describes photos: embedded, on the CPU, which says only what it is certain of; blip, a model in this "
        "process; or http, an endpoint that somebody else runs.",
    )

    blip_model: str | None = Field(
        None,
        description="Folder of the BLIP model, or with blip_revision its name on the Hugging Face Hub, for example "
        "Salesforce/blip-image-captioning-large; needed by the blip engine.",
    )
    blip_revision: str | None = Field(
        None, description="Commit of the model on the Hub, all 40 digits; unset: blip_model is a folder."
    )
    blip_download: bool = Field(
        False,
        description="Whether the model may be fetched from the Hub; otherwise it must be in the Hub's cache on this machine.",
    )
    blip_device: str = Field(
        "auto", description="auto, cpu, cuda, or cuda:1 and so on; auto takes the first CUDA device where there is one."
    )
    blip_beams: int = Field(3, ge=1, le=16, description="Sentences that the model weighs against each other; 1 is fastest.")
    blip_most_tokens: int = Field(30, ge=5, le=100, description="Length of a sentence at most, in tokens of the model.")

    http_url: str | None = Field(
        None, description="Whole address that photos are posted to, for example http://10.0.0.7:8000/caption; needed by http."
    )
    http_shape: Literal["plain", "huggingface", "webui"] = Field(
        "plain",
        description="What the endpoint takes and gives: plain (a form with the file photo; {'caption': …}), huggingface (the "
        "photo as the body; [{'generated_text': …}]), or webui (/sdapi/v1/interrogate). The next four settings change parts.",
    )
    http_send: Literal["multipart", "raw", "json"] | None = Field(
        None,
        description="How the photo is sent: as a file of a form, as the body, or as base64 in JSON; unset: as the shape says.",
    )
    http_photo_field: str | None = Field(
        None, min_length=1, max_length=64, description="Name of the photo in the form or JSON; unset: as the shape says."
    )
    http_more: dict[str, str | bool | int | float] | None = Field(
        None, description='Further fields of the form or JSON, as JSON: {"model": "clip"}; unset: as the shape says.'
    )
    http_answer: str | None = Field(
        None, description="JSON pointer to the text in the answer, for example /0/generated_text; unset: as the shape says."
    )
    http_token: SecretStr | None = Field(None, description="Bearer token; unset: none is sent.")
    http_user: SecretStr | None = Field(None, description="User for Basic auth; unset: none is sent.")
    http_password: SecretStr | None = Field(None, description="That user's password.")
    http_ca: Path | None = Field(
        None, description="PEM file of the authorities that the endpoint's certificate is signed by; unset: the usual ones."
    )
    http_connect_seconds: Seconds = Field(1.0, description="Seconds to reach the endpoint in.")
    http_answer_seconds: Seconds = Field(5.0, description="Seconds that a caption may take in all; the gateway waits 1.5.")

    @field_validator("blip_device")
    @classmethod
    def _is_a_device(cls, device: str) -> str:
        if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2})?", device):
            raise ValueError("auto, cpu, cuda, or cuda and a number, such as cuda:1")
        return device

    @field_validator("blip_revision")
    @classmethod
    def _is_a_commit(cls, revision: str | None) -> str | None:
        if revision is not None and not re.fullmatch(r"[0-9a-f]{40}", revision):
            raise ValueError("a commit, 40 hexadecimal digits: names of branches and tags can come to mean other files")
        return revision

    @field_validator("http_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is None or "@" in url:  # a user: refused below, where the value is not shown
            return url
        try:
            parts = urlsplit(url.strip())
            is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number, brackets that are no address
            parts, is_good = urlsplit(""), False
        if not is_good or parts.fragment or re.search(r"[\s\x00-\x1f\x7f]", url.strip()):
            raise ValueError("http:// or https://, a host, and a port and path where there are any")
        return url.strip()

    @field_validator("http_photo_field")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[\w.-]+", name, re.ASCII):
            raise ValueError("letters, digits and . _ -")
        return name

    @field_validator("http_more", mode="before")
    @classmethod
    def _is_json(cls, more: object) -> object:
        if isinstance(more, str):
            raise ValueError('JSON with a value for each name, such as {"model": "clip"}')
        return more

    @field_validator("http_answer")
    @classmethod
    def _is_a_pointer(cls, pointer: str | None) -> str | None:
        if pointer is not None and not re.fullmatch(r"(/([^~/]|~[01])*)+", pointer):
            raise ValueError("a JSON pointer (RFC 6901), such as /caption or /0/generated_text")
        return pointer

    @field_validator("http_user")
    @classmethod
    def _fits_into_basic_auth(cls, user: SecretStr | None) -> SecretStr | None:
        if user is not None and ":" in user.get_secret_value():
            raise ValueError("a user without a colon")
        return user

    @field_validator("http_token")
    @classmethod
    def _fits_into_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not re.fullmatch(r"[!-~]+", token.get_secret_value()):
            raise ValueError("a token of plain characters without blanks")
        return token

    @field_validator("http_ca")
    @classmethod
    def _is_a_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("a PEM file that is there")
        return path

    @model_validator(mode="after")
    def _blip_is_whole(self) -> Self:
        if self.engine == "blip" and self.blip_model is None:
            raise ValueError("expected blip_model for the blip engine, found none. Hint: the folder of the model")
        if self.engine == "blip" and self.blip_model is not None and self.blip_revision is None:
            if not Path(self.blip_model).is_dir():
                hint = "Hint: for a model of the Hub set blip_revision to its commit."
                raise ValueError(f"expected blip_model to be a folder that is there, found {self.blip_model!r}. {hint}")
            if self.blip_download:
                raise ValueError(
                    "expected blip_revision with blip_download, found none. Hint: the commit of the model on the Hub"
                )
        return self

    @model_validator(mode="after")
    def _http_is_whole(self) -> Self:
        if self.engine == "http" and self.http_url is None:
            raise ValueError("expected http_url for the http engine, found none. Hint: http://host:port/path")
        if self.http_url is not None and "@" in self.http_url:
            raise ValueError("expected http_url without user and password, found some. Hint: they have settings of their own.")
        if (self.http_user is None) != (self.http_password is None):
            raise ValueError("expected http_user and http_password together, found one of them")
        if self.http_user is not None and self.http_token is not None:
            raise ValueError("expected http_token or http_user, found both: there is one Authorization header")
        send = self.http_send or ("raw" if self.http_shape == "huggingface" else None)
        if send == "raw" and (self.http_more is not None or self.http_photo_field is not None):
            raise ValueError("expected neither http_more nor http_photo_field with a raw body, which has no fields")
        return self
