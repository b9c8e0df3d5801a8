"""Prompts: an artist's template, filled with the caption of a visitor's photo.

The caption comes from outside (a captioning model, and so in the end from whatever a photo shows), so it is cleaned
of everything that a painting server could read as a command before it goes in: LoRA tags, weights, alternations,
comments, line breaks.
"""

import re
import unicodedata

from articket_artists.faults import fault

PLACEHOLDERS = ("caption", "trigger")
MAX_CAPTION_CHARACTERS = 200
"""About 45 tokens: a text encoder reads 75, and the style must be among them."""

_PLACEHOLDER = re.compile(r"\{(caption|trigger)\}")
_BRACED = re.compile(r"\{[^{}]*\}|[{}]")
_TAG = re.compile(r"<[^<>]*>")
_MARKUP = re.compile(r"[<>{}\[\]()|\\`#]|__+")
_KEYWORD = re.compile(r"\b(AND|BREAK|ADDCOMM|ADDBASE|ADDROW|ADDCOL)\b")
_DANGLING = re.compile(r"(?:\s*,)+")


def fill_prompt(template: str, *, caption: str, trigger: str = "") -> str:
    """The template with the cleaned caption and the trigger word in their places.

    A caption that looks like a placeholder is not filled a second time, and an empty place leaves no comma behind.
    """
    words = {"caption": clean_caption(caption), "trigger": trigger.strip()}
    filled = _PLACEHOLDER.sub(lambda place: words[place[1]], template)
    return " ".join(_DANGLING.sub(",", filled).split()).strip(" ,")


def clean_caption(caption: str, longest: int = MAX_CAPTION_CHARACTERS) -> str:
    """The caption as plain words on one line, at most `longest` characters and cut between words."""
    text = unicodedata.normalize("NFKC", caption)
    text = _MARKUP.sub(" ", _TAG.sub(" ", text))
    text = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    text = _KEYWORD.sub(lambda word: word[0].lower(), text)
    return _cut(" ".join(text.split()), longest).strip(" ,.;:")


def check_template(template: str) -> str:
    """Let only templates through that hold plain words and the two placeholders."""
    for brace in _BRACED.findall(template):
        if not _PLACEHOLDER.fullmatch(brace):
            raise fault("no braces but {caption} and {trigger}", found=brace, hint="other places cannot be filled")
    if "<" in template or ">" in template:
        raise fault("plain words without < and >", hint="LoRA weights are named in the lora block; the engine adds the tag")
    if "#" in template:
        raise fault("plain words without #", hint="painting servers take everything after # for a comment")
    return template


def _cut(text: str, max_length: int) -> str:
    if len(text) <= max_length:
        return text
    head, _, _ = text[: max_length + 1].rpartition(" ")
    return head or text[:max_length]
