"""/api/v1/artists and /api/v1/quiz: who is at work, who was left out and why, and what is asked."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from articket_artists import LoadedArtist, Text
from articket_gateway.http.compressing import CompressedRoute
from articket_gateway.http.parts import PartsOf
from articket_gateway.http.problems import RESPONSES
from articket_gateway.visit.views import View, WordsView

router = APIRouter(prefix="/api/v1", tags=["artists"], responses=RESPONSES, route_class=CompressedRoute)


class CreditView(View):
    """Whose work the artist's folder is, and what may be done with it."""

    licence: str
    source: str
    note: WordsView | None = Field(description="A line for visitors, where one is due.")


class ArtistView(View):
    """An artist at work."""

    id: str
    name: WordsView
    title: WordsView
    text: WordsView
    traits: dict[str, float]
    digest: str
    licence: str
    source: str
    credit: CreditView


class RefusalView(View):
    """A fault that keeps an artist out."""

    folder: str
    file: str
    key: str
    expected: str
    found: str
    hint: str
    still_served: bool = Field(description="Whether an earlier, good version of the artist is at work meanwhile.")


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


@router.get("/artists", summary="The artists at work")
async def artists(parts: PartsOf) -> ArtistsView:
    """List the artists at work, and the folders that were left out with everything that is wrong with them."""
    catalogue = parts.catalogue()
    return ArtistsView(
        artists=[_artist(loaded) for loaded in catalogue.artists.values()],
        refused=[
            RefusalView(
                folder=fault.folder,
                file=fault.file,
                key=fault.key,
                expected=fault.expected,
                found=fault.found,
                hint=fault.hint,
                still_served=refusal.is_still_served,
            )
            for refusal in catalogue.refused
            for fault in refusal.faults
        ],
    )


@router.get("/quiz", summary="The quiz")
async def quiz(parts: PartsOf) -> QuizView:
    """Give the questions with their choices."""
    return QuizView(
        questions=[
            QuestionView(
                id=question.id,
                text=_words(question.text),
                choices=[ChoiceView(id=choice.id, text=_words(choice.text)) for choice in question.choices],
            )
            for question in parts.quiz().questions
        ]
    )


def _artist(loaded: LoadedArtist) -> ArtistView:
    artist = loaded.artist
    return ArtistView(
        id=artist.id,
        name=_words(artist.name),
        title=_words(artist.personality.title),
        text=_words(artist.personality.text),
        traits=dict(artist.traits),
        digest=loaded.digest,
        licence=artist.credit.licence,
        source=artist.credit.source,
        credit=CreditView(
            licence=artist.credit.licence,
            source=artist.credit.source,
            note=_words(artist.credit.note) if artist.credit.note else None,
        ),
    )


def _words(text: Text) -> WordsView:
    return WordsView(en=text.en, ko=text.ko)
