"""The quiz: what visitors are asked, and which traits an answer speaks for.

Artists name traits in their own files, so neither side lists the other. `matching.py` turns answers into traits and
traits into an artist; `reasons.py` says why, in the words that the quiz has for each trait.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from articket_artists.artist import TRAIT_NAMES, Artist, Trait, TraitName
from articket_artists.block import Block
from articket_artists.errors import Fault, QuizRefused
from articket_artists.explaining import explain, nearest
from articket_artists.faults import fault
from articket_artists.reading import MAX_BYTES, UnreadableText, read_document
from articket_artists.words import Name, Sentence, Title

SCHEMA_VERSION = 1

Id = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_-]{0,31}$",
        json_schema_extra={"x-expected": "a word of lower-case letters, digits, - and _, beginning with a letter"},
    ),
]


class TraitWords(Block):
    """How a trait is called, and how each of its ends is told in "because …".

    In English an end is a clause that follows "because", like `you like order`. In Korean it is a noun with what describes it,
    like `질서를 아끼는 눈`: the sentence adds the particles.
    """

    name: Name
    high: Title
    low: Title


class Choice(Block):
    """One answer. Traits that it does not name count as 0."""

    id: Id
    text: Title
    traits: dict[TraitName, Trait] = Field(min_length=1, max_length=12, json_schema_extra={"x-names": TRAIT_NAMES})


class Question(Block):
    """One question with its answers."""

    id: Id
    text: Sentence
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=4)

    def choice(self, choice_id: str) -> Choice | None:
        """The choice of that id."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)

    @model_validator(mode="after")
    def _names_each_choice_once(self) -> "Question":
        _refuse_second([choice.id for choice in self.choices], "choices")
        return self


class Quiz(Block):
    """The whole quiz, in the order of asking."""

    schema_version: Literal[1]
    traits: dict[TraitName, TraitWords] = Field(min_length=2, max_length=12, json_schema_extra={"x-names": TRAIT_NAMES})
    questions: tuple[Question, ...] = Field(min_length=1, max_length=20)

    def question(self, question_id: str) -> Question | None:
        """The question of that id."""
        return next((question for question in self.questions if question.id == question_id), None)

    def unasked_traits(self, artist: Artist) -> dict[str, str]:
        """The artist's traits that no question speaks of, each with the quiz's nearest name, or "".

        They do not count when visitors are matched; most often one is misspelt.
        """
        return {trait: nearest(trait, self.traits) for trait in artist.traits if trait not in self.traits}

    @model_validator(mode="after")
    def _names_each_question_once(self) -> "Quiz":
        _refuse_second([question.id for question in self.questions], "questions")
        return self

    @model_validator(mode="after")
    def _has_words_for_every_trait(self) -> "Quiz":
        asked = {
            trait: ("questions", index, "choices", number, "traits", trait)
            for index, question in enumerate(self.questions)
            for number, choice in enumerate(question.choices)
            for trait in choice.traits
        }
        for trait, place in asked.items():
            if trait not in self.traits:
                near = nearest(trait, self.traits)
                hint = f'did you mean "{near}"?' if near else "describe the trait under traits"
                raise fault(f"one of {', '.join(self.traits)}", found=f'"{trait}"', hint=hint, at=place)
        for trait in self.traits.keys() - asked.keys():
            hint = "remove the trait, or let a choice speak for it"
            raise fault("a trait that some choice names", found=f'"{trait}"', hint=hint, at=("traits", trait))
        return self


def load_quiz(path: Path) -> Quiz:
    """Load a quiz file. Raises `QuizRefused` with everything that is wrong."""
    try:
        with path.open("rb") as stream:
            document = read_document(stream.read(MAX_BYTES + 1))
    except OSError as error:
        raise _refused(path, "a quiz file that can be read", error.strerror or "an error", "is the path right?") from error
    except UnreadableText as error:
        raise _refused(path, error.expected, error.found, error.hint, error.line) from error
    try:
        return Quiz.model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as error:
        raise QuizRefused(path.parent, explain(error, Quiz, document, path.parent.name, path.name)) from error


def _refuse_second(ids: list[str], block: str) -> None:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            raise fault(
                "an id of its own", found=f'"{name}" a second time', hint="answers are told by id", at=(block, index, "id")
            )


def _refused(path: Path, expected: str, found: str, hint: str, line: int | None = None) -> QuizRefused:
    return QuizRefused(path.parent, (Fault(path.parent.name, path.name, "", expected, found, hint, line),))
