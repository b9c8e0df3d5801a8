"""What the engine is told about its endpoint, and the shapes of known ones; `settings.py` makes a config of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

__all__ = ["ENGINE", "SHAPES", "Extra", "HttpConfig", "Send", "Shape"]

ENGINE = "http"

Send: TypeAlias = Literal["multipart", "raw", "json"]
"""How the photo is sent: as a file of a form, as the body itself, or as base64 in JSON."""
Extra: TypeAlias = str | bool | int | float


@dataclass(frozen=True)
class Shape:
    """What a kind of endpoint takes and gives."""

    send: Send = "multipart"
    photo_field: str = "photo"
    """The form's field or the JSON key of the photo."""
    more: Mapping[str, Extra] = field(default_factory=dict[str, Extra])
    """Further fields or keys."""
    answer: str = "/caption"
    """JSON pointer (RFC 6901) to the text in the answer."""
    has_tags_behind_comma: bool = False
    """Whether the sentence ends at the first comma, and guesses at painters and styles follow it."""


SHAPES: Mapping[str, Shape] = {
    "plain": Shape(),
    "huggingface": Shape(send="raw", answer="/0/generated_text"),
    # /sdapi/v1/interrogate: BLIP's sentence, then what CLIP holds for likely: ", by Rembrandt, trending on artstation".
    "webui": Shape(send="json", photo_field="image", more={"model": "clip"}, has_tags_behind_comma=True),
}


@dataclass(frozen=True)
class HttpConfig:
    """One endpoint and how to use it. All times in seconds."""

    url: str
    """The whole address; no user."""
    shape: Shape = SHAPES["plain"]
    token: str = field(default="", repr=False)
    """Sent as a bearer token."""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    """PEM file of the authorities that the endpoint's certificate is signed by; None takes the usual ones."""
    connect_seconds: float = 1.0
    answer_seconds: float = 5.0
    """For the whole of a call."""
