"""Korean particles: which form follows a word depends on whether its last syllable ends in a consonant."""

import re
from typing import Literal

Particle = Literal["은/는", "이/가", "을/를", "과/와", "으로/로"]
"""A pair of forms: after a consonant, and after a vowel."""

_FIRST_SYLLABLE, _LAST_SYLLABLE = ord("가"), ord("힣")
_FINALS = 28
"""Hangul syllables are counted in blocks of 28 finals; the first of each block has none, the ninth is ㄹ."""
_RIEUL = 8
_DIGITS_WITH_CONSONANT = "013678"
_DIGITS_WITH_RIEUL = "178"
_SILENT = re.compile(r"[^0-9A-Za-z가-힣]+$")


def with_particle(word: str, particle: Particle) -> str:
    """The word with the form of the particle that follows it, for example 피카소와, 릭턴스타인과.

    After a word that does not end in Hangul or a digit nobody can tell, so both forms are given: Bob과(와).
    """
    after_consonant, after_vowel = particle.split("/")
    last = _SILENT.sub("", word)[-1:]
    if last.isdigit():
        ends_in_consonant, ends_in_rieul = last in _DIGITS_WITH_CONSONANT, last in _DIGITS_WITH_RIEUL
    elif last and _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        final = (ord(last) - _FIRST_SYLLABLE) % _FINALS
        ends_in_consonant, ends_in_rieul = final != 0, final == _RIEUL
    else:
        return f"{word}{after_consonant}({after_vowel})"
    if particle == "으로/로" and ends_in_rieul:
        return word + after_vowel
    return word + (after_consonant if ends_in_consonant else after_vowel)
