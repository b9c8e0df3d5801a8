"""What is sent to an endpoint, and what is believed of its answer. Pure.

Nothing of an answer's text is in an error: it describes a visitor.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import httpx

from articket_caption.engines.http.config import ENGINE, Shape
from articket_caption.errors import engine_failed
from articket_mesh.pictures import read_picture_header

__all__ = ["MOST_ANSWER_BYTES", "Question", "parse_answer", "point", "question_of"]

MOST_ANSWER_BYTES = 64 * 1024
"""A caption has some hundred bytes; servers tell a few figures beside it."""
MOST_TEXT_CHARACTERS = 2000
"""A text that is longer is no caption."""

_JSON_TYPE = re.compile(r"\s*application/([\w.-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Question:
    """The body of a request, in the words of httpx."""

    headers: Mapping[str, str]
    content: bytes | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    data: Mapping[str, str] | None = None


def question_of(photo: bytes, shape: Shape) -> Question:
    """Put the photo into the shape. Its header has been read before; a photo without one raises UnreadablePictureError."""
    kind = read_picture_header(photo).format.lower()
    media_type = f"image/{kind}"
    match shape.send:
        case "raw":
            return Question({"Content-Type": media_type}, content=photo)
        case "json":
            body = {shape.photo_field: base64.b64encode(photo).decode(), **shape.more}
            return Question({"Content-Type": "application/json"}, content=json.dumps(body).encode())
        case "multipart":
            form = {key: value if isinstance(value, str) else json.dumps(value) for key, value in shape.more.items()}
            return Question({}, files={shape.photo_field: (f"photo.{kind}", photo, media_type)}, data=form)


def parse_answer(response: httpx.Response, body: bytes, shape: Shape) -> str:
    """Give the text that the shape points to, not yet cleaned. Raises TransientError ENGINE_FAILED."""
    media_type = response.headers.get("content-type", "")
    if not _JSON_TYPE.fullmatch(media_type):
        raise engine_failed(ENGINE, "expected an answer of application/json, found another type. Hint: is it a proxy's page?")
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise engine_failed(ENGINE, "expected an answer as it is, found a compressed one, which was not asked for")
    if len(body) > MOST_ANSWER_BYTES:
        raise engine_failed(ENGINE, f"expected an answer of at most {MOST_ANSWER_BYTES} bytes, found more")
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):  # its text would hold what the server has sent
        raise engine_failed(ENGINE, "expected JSON, found something else") from None
    text = point(said, shape.answer)
    if not isinstance(text, str):
        found = "nothing" if text is None else f"a {type(text).__name__}"
        raise engine_failed(ENGINE, f"expected a text at {shape.answer or 'the top'} of the answer, found {found}")
    if len(text) > MOST_TEXT_CHARACTERS:
        raise engine_failed(ENGINE, f"expected a text of at most {MOST_TEXT_CHARACTERS} characters, found {len(text)}")
    return text.partition(",")[0] if shape.has_tags_behind_comma else text


def point(said: object, pointer: str) -> object:
    """Follow a JSON pointer; None where it leads nowhere."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(said, dict):
            said = cast("Mapping[str, object]", said).get(key)
        elif isinstance(said, list) and _INDEX.fullmatch(key):
            items = cast("Sequence[object]", said)
            said = items[int(key)] if int(key) < len(items) else None
        else:
            return None
    return said
