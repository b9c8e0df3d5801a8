"""The prompt for one painting, no longer than the model reads. Pure but for the counting, which the tokenizers do.

Diffusers reads prompts as mere words: no weights, no tags. What is taken out of captions and of what visitors type is the rest
of what a tokenizer reads (`<|endoftext|>`), and what would look odd; `articket_artists.clean_caption` does it.
"""

from __future__ import annotations

from collections.abc import Callable

from articket_artists import Artist, clean_caption

__all__ = ["drawing_prompt", "painting_prompt"]

Fits = Callable[[str], bool]
"""Whether the model's text encoders read all of a prompt."""

MOST_TYPED_CHARACTERS = 400


def painting_prompt(artist: Artist, caption: str, fits: Fits) -> str:
    """The artist's prompt with as much of the caption as fits: text encoders read 75 words and pieces of words, no more.

    When the artist's own words are too many already, they are cut at the end, and the trigger is put first so that it stays.
    """
    words = clean_caption(caption).split()
    for count in range(len(words), -1, -1):
        prompt = artist.prompt_for(" ".join(words[:count]))
        if fits(prompt):
            return prompt
    trigger = artist.lora.trigger.strip() if artist.lora else ""
    return _cut(f"{trigger}, {artist.prompt_for('')}" if trigger else artist.prompt_for(""), fits)


def drawing_prompt(artist: Artist | None, words: str, fits: Fits) -> str:
    """What somebody has typed, in the artist's manner where there is one."""
    if artist is not None:
        return painting_prompt(artist, words, fits)
    return _cut(clean_caption(words, MOST_TYPED_CHARACTERS), fits)


def _cut(prompt: str, fits: Fits) -> str:
    words = prompt.split()
    while words and not fits(" ".join(words)):
        words.pop()
    return " ".join(words)
