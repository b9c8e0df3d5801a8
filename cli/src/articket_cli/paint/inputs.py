"""What `paint` was given, checked before anything is started: photos, the folder for the files, answers.

What only a booth can know (is it a picture, is there such an artist) is checked by `asking_for` against that booth.
"""

from __future__ import annotations

import argparse
import difflib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from articket_cli.errors import BadInputError
from articket_cli.gateway.views import Artists, QuizView

LARGEST_ANSWERS_BYTES = 100_000


@dataclass(frozen=True)
class Wish:
    """What is to be painted and for whom. `artists` None means every artist; at most one of `match` and `answers` is given."""

    lang: str
    artists: tuple[str, ...] | None = None
    match: str | None = None
    answers: Mapping[str, str] | None = None
    answers_file: Path | None = None

    @property
    def choice(self) -> dict[str, object]:
        """The wish as the gateway is told it after the photo."""
        if self.match is not None:
            return {"match": self.match}
        return {"answers": dict(self.answers)} if self.answers is not None else {}


@dataclass(frozen=True)
class Order:
    """One photo and the folder where its files go."""

    photo: Path
    folder: Path


def read_orders(photos: Iterable[Path], out: Path) -> list[Order]:
    """Check the photos and the folder. One photo goes to `out` itself, of several each to a folder with its name.

    Raises BadInputError.
    """
    photos = list(photos)
    for photo in photos:
        _check_photo(photo)
    check_writable(out)
    if len(photos) == 1:
        return [Order(photos[0], out)]
    return [Order(photo, out / name) for photo, name in zip(photos, _folder_names(photos), strict=True)]


def read_wish(asked: argparse.Namespace) -> Wish:
    """Read the options that say what to paint. Raises BadInputError."""
    artists = tuple(dict.fromkeys(asked.artists)) if asked.artists else None
    if asked.match is not None and artists is not None and asked.match not in artists:
        raise BadInputError(
            f"--match {asked.match}: expected one of the artists to paint ({', '.join(artists)})",
            hint=f"add --artist {asked.match}",
        )
    answers = read_answers(asked.answers) if asked.answers is not None else None
    return Wish(asked.lang, artists, asked.match, answers, asked.answers)


def read_answers(path: Path) -> dict[str, str]:
    """Read a YAML or JSON file of {question: choice}. Raises BadInputError."""
    try:
        if path.stat().st_size > LARGEST_ANSWERS_BYTES:
            raise BadInputError(f"{path}: expected a few answers, found {path.stat().st_size} bytes")
        content: object = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInputError(f"{path}: expected a file of answers, found: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        where = _line_of(error)
        raise BadInputError(f"{path}: expected YAML or JSON, found neither{where}") from error
    return _checked_answers(path, content)


def check_wish(wish: Wish, artists: Artists, quiz: QuizView | None) -> None:
    """Compare the wish with the artists and the quiz of the booth. Raises BadInputError. `quiz` is needed for answers only."""
    for option, artist_id in [("--artist", one) for one in wish.artists or ()] + [("--match", wish.match)]:
        if artist_id is not None:
            _check_artist(option, artist_id, artists)
    if wish.answers is not None and quiz is not None:
        _check_answers(wish, quiz)


def _check_photo(photo: Path) -> None:
    expected = f"{photo}: expected a photo"
    try:
        if not photo.is_file():
            found = "a folder" if photo.is_dir() else "something that is no file" if photo.exists() else "no such file"
            raise BadInputError(f"{expected}, found {found}")
        with photo.open("rb") as opened:
            if not opened.read(1):
                raise BadInputError(f"{expected}, found an empty file")
    except OSError as error:
        raise BadInputError(f"{expected}, found: {error.strerror}") from error


def check_writable(out: Path) -> None:
    """Make the folder if need be, and write into it. Raises BadInputError when that does not work."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        found = "a file" if out.is_file() else error.strerror
        raise BadInputError(f"--out {out}: expected a folder that can be written, found: {found}") from error


def _folder_names(photos: Iterable[Path]) -> list[str]:
    """Name a folder for each photo: its name without the ending, and a number where that name is taken."""
    names: list[str] = []
    taken: set[str] = set()
    for photo in photos:
        name, number = photo.stem, 1
        while name.casefold() in taken:  # many file systems do not tell upper and lower case apart
            number += 1
            name = f"{photo.stem}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _checked_answers(path: Path, content: object) -> dict[str, str]:
    if not isinstance(content, dict):
        raise BadInputError(f"{path}: expected {{question: choice}}, found {_kind_of(content)}")
    answers = cast("dict[object, object]", content)
    for question, choice in answers.items():
        if not isinstance(question, str) or not isinstance(choice, str):
            raise BadInputError(
                f"{path}: {question}: expected the id of a choice, found {choice!r}",
                hint="put it in quotes: YAML reads yes, no, on, off and numbers as something else than words",
            )
    return cast("dict[str, str]", content)


def _check_artist(option: str, artist_id: str, artists: Artists) -> None:
    known = [artist.id for artist in artists.artists]
    if artist_id in known:
        return
    for refusal in artists.refused:
        if refusal.folder == artist_id:
            raise BadInputError(f"{option} {artist_id}: this artist is left out: {refusal.why}", hint=refusal.hint or None)
    raise BadInputError(
        f"{option} {artist_id}: expected one of {', '.join(known) or 'no artists at all'}",
        hint=_did_you_mean(artist_id, known) or "articket artist list shows who is there",
    )


def _check_answers(wish: Wish, quiz: QuizView) -> None:
    choices = {question.id: [choice.id for choice in question.choices] for question in quiz.questions}
    for question, choice in (wish.answers or {}).items():
        if question not in choices:
            raise BadInputError(
                f"{wish.answers_file}: {question}: expected a question of the quiz ({', '.join(choices)})",
                hint=_did_you_mean(question, choices),
            )
        if choice not in choices[question]:
            raise BadInputError(
                f"{wish.answers_file}: {question}: expected one of {', '.join(choices[question])}, found {choice}",
                hint=_did_you_mean(choice, choices[question]),
            )


def _did_you_mean(word: str, known: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else None


def _kind_of(content: object) -> str:
    if content is None:
        return "an empty file"
    return "a list" if isinstance(content, list) else f"{content!r}"[:40]


def _line_of(error: Exception) -> str:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return f" in line {mark.line + 1}" if mark is not None else ""
