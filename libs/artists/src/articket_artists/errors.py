"""What can be wrong with a plugin folder, the quiz, or a visitor's answers.

    ArtistsError
    ├── Refused                  a plugin file is not as it must be; `faults` lists everything that was found
    │   ├── ArtistRefused        one artist's folder: it is left out, the others are served
    │   └── QuizRefused          the quiz: nothing can be asked
    ├── AnswersRefused           a question or a choice that the quiz does not have
    └── ArtistsFolderMissing     the folder that holds the artists is not there at all

None of these is worth retrying: somebody has to change a file, a setting or a request first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_FOUND_CHARACTERS = 80
"""Longer findings are cut: a message is read in a terminal or a table cell."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, in words that the folder's author can act on."""

    folder: str
    """The folder's name, for example `hokusai`."""
    file: str
    """The file inside the folder, for example `artist.yaml`; empty when it is about the folder itself."""
    key: str
    """Where in the file, for example `lora.weight` or `ticket.slots[2].box_mm`; empty for the whole file."""
    expected: str
    found: str
    hint: str = ""
    line: int | None = None
    """The line of the key in the file, counted from 1; None when the fault has no place in a text file."""

    def told(self, folder_path: Path) -> str:
        """The fault as one line, beginning with the file's path as somebody in the current folder would type it."""
        place = f"{as_typed(folder_path / self.file if self.file else folder_path)}: "
        if self.key:
            place += f"{self.key}: "
        hint = f" Hint: {self.hint}" if self.hint else ""
        return f"{place}expected {self.expected}, found {self.found}.{hint}"


class ArtistsError(Exception):
    """The base of every error of this library."""


class Refused(ArtistsError):
    """A plugin file is not as it must be. `str()` gives one line for each fault.

    The properties `file`, `key`, `expected`, `found` and `hint` are those of the first fault.
    """

    def __init__(self, path: Path, faults: Sequence[Fault]) -> None:
        if not faults:
            raise ValueError("a refusal needs at least one fault")
        super().__init__(path, faults)
        self.path = path
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(fault.told(self.path) for fault in self.faults)

    @property
    def folder(self) -> str:
        """The refused folder's name."""
        return self.faults[0].folder

    @property
    def file(self) -> str:
        """The first fault's file."""
        return self.faults[0].file

    @property
    def key(self) -> str:
        """The first fault's key."""
        return self.faults[0].key

    @property
    def expected(self) -> str:
        """What the first fault's key should have held."""
        return self.faults[0].expected

    @property
    def found(self) -> str:
        """What the first fault's key held."""
        return self.faults[0].found

    @property
    def hint(self) -> str:
        """The first fault's next step."""
        return self.faults[0].hint


class ArtistRefused(Refused):
    """An artist's folder is not as it must be.

    `is_still_served` tells that an earlier, good version of the artist is served until the folder is mended.
    """

    def __init__(self, path: Path, faults: Sequence[Fault], *, is_still_served: bool = False) -> None:
        super().__init__(path, faults)
        self.is_still_served = is_still_served

    def still_served(self) -> "ArtistRefused":
        """The same refusal, told of an artist whose last good version goes on being served."""
        return ArtistRefused(self.path, self.faults, is_still_served=True)


class QuizRefused(Refused):
    """The quiz file is not as it must be. `path` is the folder that holds it."""


class AnswersRefused(ArtistsError):
    """An answer names a question or a choice that the quiz does not have."""

    def __init__(self, key: str, expected: str, found: str, hint: str = "") -> None:
        super().__init__(key, expected, found, hint)
        self.key = key
        self.expected = expected
        self.found = found
        self.hint = hint

    def __str__(self) -> str:
        hint = f" Hint: {self.hint}" if self.hint else ""
        return f"{self.key}: expected {self.expected}, found {self.found}.{hint}"


class ArtistsFolderMissing(ArtistsError):
    """The folder that should hold the artists does not exist, or is a file."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.root = root

    def __str__(self) -> str:
        found = "a file" if self.root.exists() else "nothing"
        return f"{as_typed(self.root)}: expected a folder of artists, found {found}. Hint: is the path spelled as on disk?"


def as_typed(path: Path) -> str:
    """The path as somebody in the current folder would type it: relative where it lies inside, absolute elsewhere."""
    try:
        return printable(path.absolute().relative_to(Path.cwd()).as_posix())
    except ValueError:
        return printable(path.as_posix())


def printable(name: str) -> str:
    """A name from outside, safe for a terminal, a log line and JSON: what does not print is told by its number."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in name)


def shown(value: object) -> str:
    """A value as a message shows it: as it would be written in YAML's inline form, on one line, and never long."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return shortened(f"a mapping with {', '.join(map(str, value))}") if value else "an empty mapping"  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] — only the keys are shown, whatever they are
    return shortened(json.dumps(value, ensure_ascii=False, default=str))


def shortened(text: str) -> str:
    """The text, cut to what a message has room for."""
    return text if len(text) <= MAX_FOUND_CHARACTERS else text[: MAX_FOUND_CHARACTERS - 1] + "…"
