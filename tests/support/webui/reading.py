"""What a WebUI server reads in a prompt besides words: tags, weights, alternations, wildcards, keywords."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r"<(\w+):([^>]+)>")
_BRACKET = re.compile(r"[()\[\]{}|\\]")
_WILDCARD = re.compile(r"__[\w/-]+__")
_KEYWORD = re.compile(r"\b(AND(?:_[A-Z]+)?|BREAK|ADD[A-Z]+)\b")
_COMMENT = re.compile(r"#")
_WHOLE_WEIGHT = re.compile(r":\s*([-+]?(?:\d+\.?|\d*\.\d+))\s*$")


@dataclass(frozen=True)
class Reading:
    """What was understood."""

    networks: tuple[tuple[str, tuple[str, ...]], ...]
    """Kind and arguments of each tag."""
    marks: tuple[str, ...]
    """Every character or word that is not just a word."""
    weight: float
    """Of the prompt as a whole."""

    @property
    def loras(self) -> tuple[tuple[str, ...], ...]:
        """The arguments of the tags that load a LoRA."""
        return tuple(arguments for kind, arguments in self.networks if kind in ("lora", "lyco"))


def read_prompt(prompt: str) -> Reading:
    """Read it as the servers and the extensions that many of them have do."""
    networks = tuple((kind, tuple(arguments.split(":"))) for kind, arguments in _TAG.findall(prompt))
    words = _TAG.sub("", prompt)
    marks = [mark for pattern in (_BRACKET, _WILDCARD, _KEYWORD, _COMMENT) for mark in pattern.findall(words)]
    marks += ["newline"] if "\n" in words or "\r" in words else []
    weight = _WHOLE_WEIGHT.search(words)
    return Reading(networks, tuple(marks), float(weight[1]) if weight else 1.0)
