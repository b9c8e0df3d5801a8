"""From folders to artists: read, check, and leave out what is refused.

The same code runs in `articket artist check`, at every service's start, and in `watching.py` while a booth is open.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from articket_artists.artist import ARTIST_FILE, SCHEMA_VERSION, Artist
from articket_artists.errors import ArtistRefused, ArtistsFolderMissing, Fault, printable, shown
from articket_artists.explaining import explain
from articket_artists.folder import PluginFolder, UnreadableFile, is_dropping, list_folder
from articket_artists.reading import MAX_BYTES, Document, UnreadableText, read_document
from articket_artists.slots import MAX_TEMPLATE_BYTES

_READING_HINT = "may the booth read it? was it changed just now?"


@dataclass(frozen=True)
class LoadedArtist:
    """An artist with the folder that it was read from."""

    artist: Artist
    folder: Path
    digest: str
    """SHA-256 over every file of the folder, in lower-case hex: it changes when any of them does."""
    template_pdf: bytes
    """The template as it was when the artist was loaded, so that words and page belong together."""
    foreground_pdf: bytes | None = None
    """The page that lies over the pictures; None when the artist has none."""

    @property
    def id(self) -> str:
        """The artist's id."""
        return self.artist.id

    @property
    def lora_path(self) -> Path | None:
        """The weights in the folder; None when there are none or they lie at an address."""
        lora = self.artist.lora
        return self.folder / lora.source if lora and lora.is_in_folder else None


@dataclass(frozen=True)
class Catalogue:
    """The artists that a booth carries, by id and sorted by it, and the folders that were refused."""

    artists: Mapping[str, LoadedArtist]
    refused: tuple[ArtistRefused, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that is wrong with the refused folders, one row each."""
        return tuple(fault for refusal in self.refused for fault in refusal.faults)

    @property
    def digests(self) -> Mapping[str, str]:
        """Each artist's digest by id: two catalogues with the same digests serve the same artists."""
        return {artist_id: loaded.digest for artist_id, loaded in self.artists.items()}


def load_artists(root: Path) -> Catalogue:
    """Load every artist's folder in `root`. Raises `ArtistsFolderMissing`; a bad artist is reported in `refused`."""
    artists: list[LoadedArtist] = []
    refused: list[ArtistRefused] = []
    for path in artist_folders(root):
        try:
            artists.append(load_folder(path))
        except ArtistRefused as refusal:
            refused.append(refusal)
    return catalogue(artists, refused)


def catalogue(artists: Iterable[LoadedArtist], refused: Iterable[ArtistRefused]) -> Catalogue:
    """A catalogue in the order of the ids."""
    ordered = sorted(artists, key=lambda loaded: loaded.id)
    return Catalogue({loaded.id: loaded for loaded in ordered}, tuple(sorted(refused, key=lambda refusal: refusal.path.name)))


def artist_folders(root: Path) -> list[Path]:
    """The folders in `root` that should hold an artist: all but hidden ones. Raises `ArtistsFolderMissing`."""
    try:
        return sorted(path for path in root.iterdir() if not is_dropping(path.name) and path.is_dir())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArtistsFolderMissing(root) from error


def load_folder(path: Path) -> LoadedArtist:
    """Load one artist's folder. Raises `ArtistRefused` with everything that is wrong, not only the first fault."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 — resolve() would follow a linked folder and so change its name
    try:
        folder = list_folder(path)
        document = _read(folder)
        artist = _checked(folder, document)
        template_pdf = folder.read(artist.ticket.template, MAX_TEMPLATE_BYTES)
        foreground = artist.ticket.foreground
        foreground_pdf = folder.read(foreground, MAX_TEMPLATE_BYTES) if foreground else None
        return LoadedArtist(artist, path, folder.digest, template_pdf, foreground_pdf)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _refused(path, "", "a folder with an artist.yaml", "nothing", "is the path spelled as on disk?") from error
    except UnreadableFile as error:
        raise _refused(path, error.file, error.expected, error.found, _READING_HINT) from error
    except OSError as error:
        raise _refused(path, "", "a folder that can be read", error.strerror or str(error), _READING_HINT) from error


def _read(folder: PluginFolder) -> Document:
    if ARTIST_FILE not in folder.files:
        # What was found first may be why it is missing: a pipe of that name, a listing that stopped.
        hint = folder.nearest_hint(ARTIST_FILE)
        raise _refused(folder.path, ARTIST_FILE, "the artist's file", "no such file", hint, before=folder.faults)
    try:
        document = read_document(folder.read(ARTIST_FILE, MAX_BYTES))
    except UnreadableText as error:
        fault = Fault(folder.name, ARTIST_FILE, "", error.expected, error.found, error.hint, error.line)
        raise ArtistRefused(folder.path, (fault, *folder.faults)) from error
    _check_version(folder, document)
    return document


def _check_version(folder: PluginFolder, document: Document) -> None:
    """Refuse other versions first and alone: what else is in such a file cannot be judged."""
    version = document.data.get("schema_version")
    if version == SCHEMA_VERSION and type(version) is int:
        return
    if version is None:
        hint = f"begin the file with `schema_version: {SCHEMA_VERSION}`"
    elif type(version) is int and version > SCHEMA_VERSION:
        hint = "the folder was made for a newer Articket: update this one"
    else:
        hint = f"write `schema_version: {SCHEMA_VERSION}`"
    line = document.line_of(("schema_version",))
    fault = Fault(folder.name, ARTIST_FILE, "schema_version", str(SCHEMA_VERSION), shown(version), hint, line)
    raise ArtistRefused(folder.path, (fault,))


def _checked(folder: PluginFolder, document: Document) -> Artist:
    """Check through JSON, so that strict types hold and lists may still become tuples."""
    faults = list(folder.faults)
    try:
        artist = Artist.model_validate_json(json.dumps(document.data), strict=True, context=folder)
    except ValidationError as error:
        faults = explain(error, Artist, document, folder.name, ARTIST_FILE) + faults
        raise ArtistRefused(folder.path, faults) from error
    if faults:
        raise ArtistRefused(folder.path, faults)
    return artist


def _refused(path: Path, file: str, expected: str, found: str, hint: str, *, before: tuple[Fault, ...] = ()) -> ArtistRefused:
    return ArtistRefused(path, (*before, Fault(printable(path.name), file, "", expected, found, hint)))
