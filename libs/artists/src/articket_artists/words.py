"""Words that visitors read: every one of them in English and in Korean.

Used by `artist.py` and `quiz.py`. The lengths are what fits: a name on the ticket's head line, a title under it, a
paragraph.
"""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from articket_artists.block import Block

LANGUAGES = ("en", "ko")

BOTH_LANGUAGES = "visitors read English or Korean: give both, en and ko"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _words(max_length: int) -> object:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=max_length)


_OneLine = AfterValidator(_on_one_line)
_Both = Field(json_schema_extra={"x-hint": BOTH_LANGUAGES})


class Text(Block):
    """The same words in each language. Line breaks count as spaces, so that YAML's `|` and `>` mean the same."""

    model_config = ConfigDict(json_schema_extra={"x-hint": BOTH_LANGUAGES})

    en: Annotated[str, _words(600), _OneLine, _Both]
    ko: Annotated[str, _words(600), _OneLine, _Both]

    def in_language(self, lang: str) -> str:
        """The words in `lang` ("ko", "ko-KR", "en" …); English for every other language."""
        return self.ko if lang.lower().split("-")[0] == "ko" else self.en


class Name(Text):
    """A name: at most 40 characters."""

    en: Annotated[str, _words(40), _OneLine, _Both]
    ko: Annotated[str, _words(40), _OneLine, _Both]


class Title(Text):
    """A short line: at most 60 characters."""

    en: Annotated[str, _words(60), _OneLine, _Both]
    ko: Annotated[str, _words(60), _OneLine, _Both]


class Sentence(Text):
    """A sentence: at most 120 characters."""

    en: Annotated[str, _words(120), _OneLine, _Both]
    ko: Annotated[str, _words(120), _OneLine, _Both]
