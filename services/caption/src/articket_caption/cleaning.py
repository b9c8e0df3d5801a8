"""Makes one plain sentence of what a model has said. Nothing that a model says goes around it.

A caption ends in a prompt, and painting servers read commands in prompts: `<lora:x:9>` loads weights, `(word:1.9)` and `[a|b]`
weigh and alternate, `{a|b}` and `__name__` are wildcards, BREAK and AND cut. Looking for each of them would miss the next one,
so it is the other way round: the sentence is put together anew of lower-case words, digits and commas, and of nothing else.
What the painting side does to captions (`articket_artists.clean_caption`) stays as it is. Pure.
"""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import groupby

__all__ = ["MOST_CHARACTERS", "plain_sentence"]

MOST_CHARACTERS = 200
"""What `Description.prompt` has room for."""

# More than this is not looked at: normalised text can be 18 times as long as it came.
MOST_CHARACTERS_READ = 2000
# Longer words are not of this language; the longest that captions are made of have about 20 letters.
MOST_WORD_CHARACTERS = 30

_TAG = re.compile(r"<[^<>]*>|<\S*")
_ADDRESS = re.compile(r"://|www\.|@|\w\.[a-z]{2,}(?:$|[/:?#,;!.)])", re.IGNORECASE)
_WEIGHT = re.compile(r":\s*[-+]?(?:\d+\.?\d*|\.\d+)")
# Three letters before it: "Mr.", "St." and "1." end no sentence.
_SENTENCE_END = re.compile(r"(?<=\w\w\w)[.!?]+(?=\s)")
_PIECE = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*|,")
_WORD = re.compile(r"[a-z]{2,}")
_SPELT_OTHERWISE = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "&": " and "})

# What programs write where they have nothing to say.
_NOTHING = frozenset({"none", "null", "nan", "undefined", "error", "true", "false", "n a"})


def plain_sentence(said: str) -> str:
    """Give the first sentence as plain lower-case English words, at most `MOST_CHARACTERS`; empty when there is none.

    Tags, addresses and weights go with what they hold; of other markup the words stay. Letters of other scripts go.
    """
    text = unicodedata.normalize("NFKC", html.unescape(said[:MOST_CHARACTERS_READ]))[:MOST_CHARACTERS_READ]
    for line in _without_tags(text).splitlines():
        for sentence in _SENTENCE_END.split(line):
            if plain := _plain(sentence):
                return plain
    return ""


def _without_tags(text: str) -> str:
    """Take tags out, also those that come to light when others are out."""
    while (shorter := _TAG.sub(" ", text)) != text:
        text = shorter
    return text


def _plain(sentence: str) -> str:
    text = " ".join(word for word in _without_marks(sentence).split() if not _ADDRESS.search(word))
    text = _WEIGHT.sub(" ", text).translate(_SPELT_OTHERWISE).lower()
    pieces = [piece for piece in _PIECE.findall(text) if len(piece) <= MOST_WORD_CHARACTERS]
    pieces = [piece for piece, _ in groupby(pieces)]  # a model that has lost its thread says one word again and again
    whole = " ".join(pieces).replace(" ,", ",").strip(" ,")
    cut = whole if len(whole) <= MOST_CHARACTERS else whole[: MOST_CHARACTERS + 1].rpartition(" ")[0].rstrip(" ,")
    return "" if cut in _NOTHING or not _WORD.search(cut) else cut


def _without_marks(text: str) -> str:
    """Take accents off letters, and out what has no width: a word that hides behind one must not be two."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(character for character in apart if unicodedata.category(character) not in ("Mn", "Me", "Cf"))
