"""Why this artist: one sentence for the screen and the ticket, made of the quiz's words for the traits that decided."""

from collections.abc import Sequence

from articket_artists.artist import Artist
from articket_artists.korean import with_particle
from articket_artists.matching import DecidingTrait, RankedArtist
from articket_artists.quiz import Quiz
from articket_artists.words import Text

OWN_CHOICE = Text(en="Because you chose this artist yourself.", ko="당신이 직접 고른 화가거든요.")
"""For a visitor who named the artist instead of answering."""

NOTHING_DECIDED = Text(en="Because you would look good in any style here.", ko="어떤 화가와도 잘 어울리는 사람이거든요.")
"""For a visitor whose answers speak for nobody more than for the others."""


def because(ranked: RankedArtist, quiz: Quiz, artist: Artist) -> Text:
    """The reason for one place of a ranking, as one sentence; `artist` is the ranked one."""
    ends = [_end(trait, quiz) for trait in ranked.decided_by if trait.trait in quiz.traits]
    if not ends:
        return NOTHING_DECIDED
    return Text(en=_in_english([end.en for end in ends]), ko=_in_korean([end.ko for end in ends], artist.name.ko))


def _end(decided: DecidingTrait, quiz: Quiz) -> Text:
    words = quiz.traits[decided.trait]
    return words.high if decided.is_high else words.low


def _in_english(clauses: Sequence[str]) -> str:
    return f"Because {' and '.join(clauses)}."


def _in_korean(nouns: Sequence[str], artist_name: str) -> str:
    """For example: 차분한 마음과 질서를 아끼는 눈이 빈센트 반 고흐와 닮았거든요."""
    *first, last = nouns
    subject = " ".join([*(with_particle(noun, "과/와") for noun in first), with_particle(last, "이/가")])
    return f"{subject} {with_particle(artist_name, '과/와')} 닮았거든요."
