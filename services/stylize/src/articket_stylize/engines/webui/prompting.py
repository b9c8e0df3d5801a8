"""The prompt for one picture: the artist's words, the caption as mere words, and the tag that loads the LoRA. Pure.

`articket_artists.clean_caption` has taken out tags, brackets, wildcards, line breaks and the keywords that it knows. What is
left to this module are the two things that only these servers read into plain words.
"""

from __future__ import annotations

import re

from articket_artists import Artist, clean_caption

__all__ = ["plain_caption", "prompt_for", "prompt_of_words"]

# What the contract allows, and the server reads to the end.
LONGEST_WORDS = 400

# The servers and their extensions have keywords of capitals (AND, BREAK, AND_PERP, ADDROW); text encoders see no difference.
_CAPITALS = re.compile(r"\b[A-Z][A-Z_]+\b")


def plain_caption(caption: str, longest: int | None = None) -> str:
    """The caption, cleaned, without colons and without words of capitals; `longest` in characters, as a caption unless told.

    A prompt that ends with a colon and a number has that weight as a whole ("a dog: -1" paints anything but a dog).
    """
    words = (clean_caption(caption, longest) if longest else clean_caption(caption)).replace(":", " ")
    return _CAPITALS.sub(lambda word: word[0].lower(), " ".join(words.split()))


def prompt_of_words(artist: Artist | None, words: str, lora_name: str | None) -> str:
    """The prompt for what somebody has typed: in the artist's template like a caption, or as it is where no style is wanted."""
    return plain_caption(words, LONGEST_WORDS) if artist is None else prompt_for(artist, words, lora_name)


def prompt_for(artist: Artist, caption: str, lora_name: str | None) -> str:
    """The artist's prompt, with the tag of the LoRA at its end. `lora_name` is what the server calls it; None loads none."""
    words = artist.prompt_for(plain_caption(caption))
    if lora_name is None or artist.lora is None:
        return words
    return f"{words} <lora:{lora_name}:{artist.lora.weight:g}>".strip()
