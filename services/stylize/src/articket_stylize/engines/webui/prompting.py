"""The prompt for one painting: the artist's words, the caption as mere words, and the tag that loads the LoRA. Pure.

`articket_artists.clean_caption` has taken out tags, brackets, wildcards, line breaks and the keywords that it knows. What is
left to this module are the two things that only these servers read into plain words.
"""

from __future__ import annotations

import re

from articket_artists import Artist, clean_caption

__all__ = ["plain_caption", "prompt_for"]

# The servers and their extensions have keywords of capitals (AND, BREAK, AND_PERP, ADDROW); text encoders see no difference.
_CAPITALS = re.compile(r"\b[A-Z][A-Z_]+\b")


def plain_caption(caption: str) -> str:
    """The caption, cleaned, without colons and without words of capitals.

    A prompt that ends with a colon and a number has that weight as a whole ("a dog: -1" paints anything but a dog).
    """
    words = clean_caption(caption).replace(":", " ")
    return _CAPITALS.sub(lambda word: word[0].lower(), " ".join(words.split()))


def prompt_for(artist: Artist, caption: str, lora_name: str | None) -> str:
    """The artist's prompt, with the tag of the LoRA at its end. `lora_name` is what the server calls it; None loads none."""
    words = artist.prompt_for(plain_caption(caption))
    if lora_name is None or artist.lora is None:
        return words
    return f"{words} <lora:{lora_name}:{artist.lora.weight:g}>".strip()
