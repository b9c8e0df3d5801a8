"""From answers to an artist. The same answers, artists and tie seed always give the same match.

1. An answer speaks for its choice's traits, compared with what an average answer to the same question would say: each choice's
   weight minus the mean of the question's choices. So a trait that most choices speak for is no reason to have it, and a
   question left out says nothing. The sum over the questions is divided by the largest sum that answers can reach, which puts
   every trait from -1 to 1, however often it is asked for.
2. A visitor and an artist match by the cosine between their traits: the direction counts, not how loudly the artist's file
   puts it. 1 is the same character, 0 nothing in common, -1 the opposite. Only traits that the quiz asks for are compared, so
   a trait of which nobody is asked cannot spoil an artist's chances.
3. Artists with the same score (to nine digits) are ordered by SHA-256 of "<tie_seed>:<artist_id>", smallest first. With the
   visit's id as seed, ties are spread evenly over the artists, and the same visit always comes out the same. No answers at all
   is a tie between all.
4. What decided are the two traits that lift the artist's score most above the average of the others, among those in which
   visitor and artist really point the same way.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from articket_artists.artist import Artist
from articket_artists.errors import AnswersRefused
from articket_artists.explaining import nearest
from articket_artists.quiz import Choice, Question, Quiz

SCORE_DIGITS = 9
"""Scores are sums of floats: beyond these digits they differ by rounding only."""
DECIDING_TRAITS = 2


@dataclass(frozen=True)
class DecidingTrait:
    """A trait that speaks for an artist, and at which end: high means that visitor and artist both have it."""

    trait: str
    is_high: bool


@dataclass(frozen=True)
class RankedArtist:
    """One artist's place, with what speaks for it: at most two traits, none when nothing does."""

    artist_id: str
    score: float
    decided_by: tuple[DecidingTrait, ...] = ()


@dataclass(frozen=True)
class Match:
    """All artists, best first. When the best has no painting, the next one takes its place with its own reasons."""

    ranking: tuple[RankedArtist, ...]

    @property
    def best(self) -> RankedArtist:
        """The matched artist."""
        return self.ranking[0]

    @property
    def because(self) -> tuple[DecidingTrait, ...]:
        """The traits that decided for the matched artist."""
        return self.best.decided_by

    def of(self, artist_id: str) -> RankedArtist | None:
        """The place of one artist; None for an artist who was not there."""
        return next((ranked for ranked in self.ranking if ranked.artist_id == artist_id), None)


def check_answers(quiz: Quiz, answers: Mapping[str, str]) -> None:
    """Raise `AnswersRefused` for a question or a choice that the quiz does not have. Not every question must be answered."""
    for question_id, choice_id in answers.items():
        question = quiz.question(question_id)
        if question is None:
            raise _unknown("answers", question_id, [question.id for question in quiz.questions])
        if question.choice(choice_id) is None:
            raise _unknown(f"answers.{question_id}", choice_id, [choice.id for choice in question.choices])


def score_answers(quiz: Quiz, answers: Mapping[str, str]) -> dict[str, float]:
    """The visitor's traits from -1 to 1, one for each trait of the quiz. Raises `AnswersRefused`."""
    check_answers(quiz, answers)
    return {trait: _trait_value(quiz, answers, trait) for trait in quiz.traits}


def match(traits: Mapping[str, float], artists: Iterable[Artist], tie_seed: str) -> Match:
    """Rank the artists by how well they match the visitor's traits. Raises `ValueError` when there is no artist."""
    shares = {artist.id: _shares(traits, artist.traits) for artist in artists}
    if not shares:
        raise ValueError("a match needs at least one artist")
    scores = {artist_id: round(sum(of_trait.values()), SCORE_DIGITS) for artist_id, of_trait in shares.items()}
    order = sorted(shares, key=lambda artist_id: (-scores[artist_id], tie_break(tie_seed, artist_id)))
    return Match(tuple(RankedArtist(each, scores[each], _deciding(each, shares, traits)) for each in order))


def tie_break(tie_seed: str, artist_id: str) -> str:
    """What orders artists of the same score: the smallest goes first."""
    return hashlib.sha256(f"{tie_seed}:{artist_id}".encode()).hexdigest()


def _trait_value(quiz: Quiz, answers: Mapping[str, str], trait: str) -> float:
    total = reach = 0.0
    for question in quiz.questions:
        average = sum(_weight(choice, trait) for choice in question.choices) / len(question.choices)
        reach += max(abs(_weight(choice, trait) - average) for choice in question.choices)
        chosen = _chosen(question, answers)
        total += _weight(chosen, trait) - average if chosen else 0.0
    return total / reach if reach else 0.0


def _chosen(question: Question, answers: Mapping[str, str]) -> Choice | None:
    return question.choice(answers[question.id]) if question.id in answers else None


def _weight(choice: Choice, trait: str) -> float:
    return choice.traits.get(trait, 0.0)


def _shares(visitor: Mapping[str, float], artist: Mapping[str, float]) -> dict[str, float]:
    """What each trait adds to the cosine between visitor and artist."""
    common = {trait: artist.get(trait, 0.0) for trait in visitor}
    length = math.hypot(*visitor.values()) * math.hypot(*common.values())
    return {trait: visitor[trait] * common[trait] / length if length else 0.0 for trait in visitor}


def _deciding(
    artist_id: str, shares: Mapping[str, Mapping[str, float]], visitor: Mapping[str, float]
) -> tuple[DecidingTrait, ...]:
    """The traits that lift this artist most above the average of the others, strongest first."""
    own = shares[artist_id]
    others = [of_trait for other, of_trait in shares.items() if other != artist_id]
    leads = {
        trait: share - (sum(of_trait[trait] for of_trait in others) / len(others) if others else 0.0)
        for trait, share in own.items()
        if share > 0
    }
    strongest = sorted((trait for trait in leads if leads[trait] > 0), key=lambda trait: (-leads[trait], trait))
    return tuple(DecidingTrait(trait, is_high=visitor[trait] > 0) for trait in strongest[:DECIDING_TRAITS])


def _unknown(key: str, found: str, known: list[str]) -> AnswersRefused:
    near = nearest(found, known)
    hint = f'did you mean "{near}"?' if near else "GET /api/v1/quiz lists the questions and their choices"
    return AnswersRefused(key, f"one of {', '.join(known)}", f'"{found}"', hint)
