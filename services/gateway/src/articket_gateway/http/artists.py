"""/api/v1/artists and /api/v1/quiz: who is at work, who was left out and why, and what is asked."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from articket_gateway.http.problems import RESPONSES
from articket_gateway.visit.views import View, WordsView

router = APIRouter(prefix="/api/v1", tags=["artists"], responses=RESPONSES)


class ArtistView(View):
    """An artist at work."""

    id: str
    name: WordsView
    title: WordsView
    text: WordsView
    traits: dict[str, float]
    digest: str
    credit: dict[str, Any]


class RefusalView(View):
    """A fault that keeps an artist out."""

    folder: str
    file: str
    key: str
    expected: str
    found: str
    hint: str


class ArtistsView(View):
    """The artists at work and the folders that were left out."""

    artists: list[ArtistView]
    refused: list[RefusalView]


class ChoiceView(View):
    """One choice of a question."""

    id: str
    text: WordsView


class QuestionView(View):
    """One question."""

    id: str
    text: WordsView
    choices: list[ChoiceView]


class QuizView(View):
    """The quiz, in order. What a choice says about its chooser is not told."""

    questions: list[QuestionView]
