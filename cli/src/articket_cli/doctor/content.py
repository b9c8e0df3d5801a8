"""Looks at what a booth shows and prints: artists with their templates, the quiz, the ticket's fonts."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from articket_artists import QuizRefused, load_artists, load_quiz
from articket_artists.errors import as_typed
from articket_cli.doctor.finding import Finding
from articket_cli.errors import BadInputError
from articket_cli.locations import find_artists, find_quiz

FONT_ENDINGS = frozenset({".ttf", ".otf", ".ttc"})


def look_at_artists(asked: Path | None) -> Iterator[Finding]:
    """Look at the artists' folder and the quiz beside it."""
    try:
        root = find_artists(asked)
    except BadInputError as error:
        yield Finding("artists", error.message, error.hint or "name the right folder with --artists DIR")
        return
    catalogue = load_artists(root)
    for refusal in catalogue.refused:
        place = f"{refusal.folder}/{refusal.file}: {refusal.key}".rstrip(": ")
        found = f"{place}: expected {refusal.expected}, found {refusal.found}"
        yield Finding("artist left out", found, refusal.hint or f"articket artist check {as_typed(refusal.path)}")
    if not catalogue.artists:
        yield Finding("artists", f"none in {as_typed(root)}", "articket artist new ID makes one")
    else:
        names = ", ".join(catalogue.artists)
        yield Finding("artists", f"{len(catalogue.artists)} with their templates: {names}")
    yield _look_at_quiz(root)


def look_at_fonts() -> Finding:
    """Look at the fonts that the ticket service prints with. The service is found but not imported."""
    found = importlib.util.find_spec("articket_ticket")
    places = list(found.submodule_search_locations or []) if found else []
    fonts = [path for place in places for path in Path(place).rglob("*") if path.suffix.lower() in FONT_ENDINGS]
    readable = [path for path in fonts if path.stat().st_size > 0]
    if not readable:
        return Finding("fonts", "the ticket service has none", "reinstall articket-ticket, or check out its fonts folder again")
    return Finding("fonts", f"{len(readable)} in {readable[0].parent}")


def _look_at_quiz(artists: Path) -> Finding:
    path = find_quiz(artists)
    if path is None:
        return Finding("quiz", "there is none", f"make {as_typed(artists.parent / 'quiz' / 'quiz.yaml')}")
    try:
        quiz = load_quiz(path)
    except QuizRefused as refusal:
        return Finding("quiz", str(refusal).splitlines()[0], f"mend {as_typed(path)}")
    return Finding("quiz", f"{len(quiz.questions)} questions")
