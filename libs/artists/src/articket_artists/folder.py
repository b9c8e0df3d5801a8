"""The files of one artist's folder: which there are, that each is an ordinary file inside it, and the digest of them
all.

`loading.py` lists a folder first; the validators of `artist.py` and `slots.py` then ask it, through the validation
context, whether the files that `artist.yaml` names are there.
"""

import difflib
import hashlib
import os
import stat
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from io import BufferedReader
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo

from articket_artists.errors import Fault, printable
from articket_artists.faults import fault
from articket_artists.reading import Place

MAX_FILES = 100
MAX_FAULTS = 20
"""More of them help nobody; the listing stops there."""
MAX_NAMES = 8
MAX_DEPTH = 4
MAX_WEIGHTS_BYTES = 4 * 2**30
MAX_FILE_BYTES = 32 * 2**20
"""For every file that is not weights: templates are well under 1 MB, example pictures under 5."""

WEIGHTS_SUFFIX = ".safetensors"
_DROPPINGS_SUFFIXES = ("~", ".swp", ".swx", ".tmp", ".bak", ".orig", ".part", ".crdownload", ".pyc")
_DROPPINGS_NAMES = frozenset({"Thumbs.db", "desktop.ini", "__pycache__", "__MACOSX"})


Fingerprint: TypeAlias = tuple[tuple[str, int, int, int], ...]
"""The path, size and times of everything in a folder."""


class UnreadableFile(Exception):
    """A file could not be read as a whole: it went away, may not be read, or is too large."""

    def __init__(self, file: str, expected: str, found: str) -> None:
        super().__init__(file, expected, found)
        self.file = file
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class PluginFolder:
    """An artist's folder as it was listed: later changes on disk are not seen, a new one has to be made."""

    path: Path
    files: Mapping[str, int]
    """The size in bytes of each file, by its path inside the folder with forward slashes; sorted."""
    faults: tuple[Fault, ...] = ()
    """What was found that has no place in an artist's folder."""
    _digests: dict[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)

    @property
    def name(self) -> str:
        """The folder's name, which is the artist's id."""
        return printable(self.path.name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every file's path and content, in lower-case hex.

        It is what this prints inside the folder: `find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`.
        """
        whole = hashlib.sha256()
        for file in self.files:
            whole.update(f"{self.sha256(file)}  {file}\n".encode())
        return whole.hexdigest()

    def sha256(self, file: str) -> str:
        """The SHA-256 of one file, in lower-case hex; each file is read once."""
        if file not in self._digests:
            with self._opened(file) as content:
                self._digests[file] = hashlib.file_digest(content, "sha256").hexdigest()
        return self._digests[file]

    def read(self, file: str, max_bytes: int) -> bytes:
        """One file's content. Raises `UnreadableFile`, also when there is more than `max_bytes` of it."""
        with self._opened(file) as stream:
            content = stream.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise UnreadableFile(file, f"at most {max_bytes // 1024} KiB", f"{self.files[file] // 1024} KiB")
        return content

    def read_header(self, file: str, max_bytes: int) -> bytes:
        """The first `max_bytes` bytes of a file, or all of it when it is shorter. Raises `UnreadableFile`."""
        with self._opened(file) as stream:
            return stream.read(max_bytes)

    @contextmanager
    def _opened(self, file: str) -> Generator[BufferedReader]:
        try:
            with (self.path / file).open("rb") as stream:
                yield stream
        except OSError as error:
            raise UnreadableFile(file, "a file that can be read", error.strerror or "an error while reading") from error

    def nearest_hint(self, file: str) -> str:
        """What to do about a file that is not there: the one that was probably meant, or what the folder holds."""
        near = difflib.get_close_matches(file, list(self.files), n=1, cutoff=0.5)
        if near:
            return f'did you mean "{near[0]}"?'
        held = [*self.files][:MAX_NAMES]
        return f"the folder holds {', '.join(held) or 'no file'}{', …' if len(self.files) > MAX_NAMES else ''}"


def list_folder(path: Path) -> PluginFolder:
    """List a folder without opening any file. Raises `OSError`, also when there is no such folder."""
    files: dict[str, int] = {}
    faults: list[Fault] = []
    home = path.resolve(strict=True)
    for entry, depth in _entries(path, depth=1):
        relative = Path(entry.path).relative_to(path).as_posix()
        problem = _problem(entry, relative, home, depth)
        if problem:
            faults.append(Fault(printable(path.name), printable(relative), "", *problem))
        elif not entry.is_dir():
            files[relative] = entry.stat().st_size
        if len(files) > MAX_FILES or len(faults) > MAX_FAULTS:
            break
    if len(files) > MAX_FILES:
        faults.append(
            Fault(printable(path.name), "", "", f"at most {MAX_FILES} files", "more", "keep sources and exports elsewhere")
        )
    return PluginFolder(path, dict(sorted(files.items(), key=lambda item: os.fsencode(item[0]))), tuple(faults))


def fingerprint(path: Path) -> Fingerprint:
    """What tells without reading that something in a folder has changed; it costs one look at each file's times and size.

    A folder that cannot be looked into has the fingerprint of that problem.
    """
    try:
        return tuple(_traces(path))
    except OSError as error:
        return ((str(error.strerror), 0, 0, 0),)


def _traces(path: Path) -> Iterator[tuple[str, int, int, int]]:
    for entry, _ in islice(_entries(path, depth=1), 2 * MAX_FILES):
        try:
            status = entry.stat()
        except OSError:  # a link that leads nowhere, or a file that has just gone
            yield entry.path, 0, 0, 0
        else:
            yield entry.path, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_dropping(name: str) -> bool:
    """Whether an editor, a file manager or an unfinished copy left it: such files are not part of the artist."""
    return (
        name.startswith(".")
        or name.endswith(_DROPPINGS_SUFFIXES)
        or (name.startswith("#") and name.endswith("#"))
        or name in _DROPPINGS_NAMES
    )


def folder_of(info: ValidationInfo) -> PluginFolder | None:
    """The folder that is being loaded; None when a block is validated by itself."""
    return info.context if isinstance(info.context, PluginFolder) else None


def check_file_path(value: str, at: Place = ()) -> str:
    """Let only paths through that name a file inside the folder, on every system; `at` is where a fault is told."""
    expected = 'a path inside the artist\'s folder, like "template.pdf"'
    if not value.strip() or value != value.strip():
        raise fault(expected, at=at)
    if "\\" in value:
        raise fault(expected, hint="write / between folders, not \\", at=at)
    path = PurePosixPath(value)
    if path.is_absolute() or ":" in value:
        raise fault(expected, hint="copy the file into the folder and give its name", at=at)
    if ".." in path.parts:
        raise fault(expected, hint='".." leads out of the folder: copy the file into it', at=at)
    return path.as_posix()


def _checked_file_path(value: str) -> str:
    return check_file_path(value)


FilePath = Annotated[
    str,
    AfterValidator(_checked_file_path),
    Field(max_length=200, json_schema_extra={"x-expected": 'a path inside the artist\'s folder, like "template.pdf"'}),
]


def _entries(path: Path, depth: int) -> Iterator[tuple[os.DirEntry[str], int]]:
    """Everything in the folder and its subfolders, parents first; at most one level deeper than allowed."""
    with os.scandir(path) as scan:
        found = sorted((entry for entry in scan if not is_dropping(entry.name)), key=lambda entry: entry.name)
    for entry in found:
        yield entry, depth
        if entry.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
            yield from _entries(Path(entry.path), depth + 1)


def _problem(entry: os.DirEntry[str], relative: str, home: Path, depth: int) -> tuple[str, str, str] | None:
    """Why an entry may not be in an artist's folder, as (expected, found, hint)."""
    if not relative.isprintable() or "\\" in relative:
        return "a plain file name", "one with characters that do not print", "rename the file"
    if entry.is_symlink():
        return _link_problem(Path(entry.path), home)
    mode = entry.stat(follow_symlinks=False)
    if stat.S_ISDIR(mode.st_mode):
        return ("at most 3 folders deep", "deeper folders", "move the files up") if depth >= MAX_DEPTH else None
    if not stat.S_ISREG(mode.st_mode):
        return "ordinary files only", "a device, pipe or socket", "remove it"
    return _size_problem(relative, mode.st_size)


def _link_problem(link: Path, home: Path) -> tuple[str, str, str] | None:
    """A link may point at an ordinary file of the same folder: that is how mounted volumes in a cluster look."""
    expected = "files that lie inside the folder"
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return expected, "a link that leads nowhere", "copy the file itself into the folder"
    if not target.is_relative_to(home):
        return expected, "a link that leads out of the folder", "copy the file itself into the folder"
    if not target.is_file():
        return expected, "a link to something that is no file", "copy the files themselves into the folder"
    return _size_problem(link.name, target.stat().st_size)


def _size_problem(name: str, size: int) -> tuple[str, str, str] | None:
    limit = MAX_WEIGHTS_BYTES if name.endswith(WEIGHTS_SUFFIX) else MAX_FILE_BYTES
    if size <= limit:
        return None
    hint = "keep large weights in a bucket and give their https, s3 or gs address in lora.source"
    return (
        f"at most {limit // 2**20} MiB",
        f"{size // 2**20} MiB",
        hint if name.endswith(WEIGHTS_SUFFIX) else "make it smaller",
    )
