"""`articket artist new`: a folder that passes the check from the first moment and says in comments how to go on."""

from __future__ import annotations

import re
import tempfile
from importlib.resources import files
from pathlib import Path

import yaml

from articket_artists import QuizRefused, load_folder, load_quiz
from articket_artists.artist import ARTIST_FILE, ID_PATTERN
from articket_artists.errors import as_typed
from articket_cli.artist.blank_ticket import blank_ticket
from articket_cli.errors import BadInputError
from articket_cli.locations import find_quiz

# The traits of the quiz that ships; a booth with a quiz of its own gets that one's.
USUAL_TRAITS = ("calm", "warmth", "order", "boldness", "playfulness", "nostalgia")
FIRST_TRAIT = 0.5  # an artist needs one trait other than 0


def scaffold(root: Path, artist_id: str) -> Path:
    """Make the artist's folder in `root` and give its path. Raises BadInputError.

    It is made under a hidden name and moved at the end: a booth that watches `root` never sees half of it.
    """
    if re.fullmatch(ID_PATTERN, artist_id) is None:
        raise BadInputError(
            f"{artist_id}: expected an id of 2 to 32 lower-case letters, digits and hyphens, beginning with a letter",
            hint=f"for example {_nearest_id(artist_id)}",
        )
    folder = root / artist_id
    if folder.exists():
        raise BadInputError(f"{as_typed(folder)}: expected no such folder yet, found one", hint="choose another id")
    try:
        with tempfile.TemporaryDirectory(dir=root, prefix=".new-") as workplace:
            made = Path(workplace) / artist_id
            _fill(made, artist_id, folder, root)
            load_folder(made)
            made.rename(folder)
    except OSError as error:
        raise BadInputError(f"{as_typed(root)}: expected a folder that can be written, found: {error.strerror}") from error
    return folder


def _fill(made: Path, artist_id: str, folder: Path, root: Path) -> None:
    made.mkdir()
    name = artist_id.replace("-", " ").title()
    words = {
        "id": _as_yaml(artist_id),
        "name": _as_yaml(name),
        "plain_name": name,
        "folder": as_typed(folder),
        "traits": ", ".join(f"{trait}: {FIRST_TRAIT if place == 0 else 0.0}" for place, trait in enumerate(_traits(root))),
    }
    for file in (ARTIST_FILE, "README.md"):
        text = (files("articket_cli.artist") / "scaffold" / file).read_text(encoding="utf-8")
        (made / file).write_text(text.format(**words), encoding="utf-8")
    (made / "template.pdf").write_bytes(blank_ticket())


def _as_yaml(word: str) -> str:
    """Put quotes around what YAML would not read as a word, such as `on`."""
    return word if yaml.safe_load(word) == word else f'"{word}"'


def _traits(root: Path) -> tuple[str, ...]:
    path = find_quiz(root)
    try:
        return tuple(load_quiz(path).traits) if path is not None else USUAL_TRAITS
    except QuizRefused:
        return USUAL_TRAITS


def _nearest_id(wished: str) -> str:
    cleaned = re.sub(r"[^a-z0-9]+", "-", wished.lower()).strip("-0123456789")
    return cleaned[:32] if len(cleaned) > 1 else "hokusai"
