"""Loads the folders that a person names, each with the same code as the services."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from articket_artists import ArtistRefused, LoadedArtist, load_artists, load_folder
from articket_artists.artist import ARTIST_FILE


def check_folders(folders: Iterable[Path]) -> tuple[list[LoadedArtist], list[ArtistRefused]]:
    """Load artists' folders, and every artist in folders that hold such folders. Gives the good and the refused ones."""
    loaded: list[LoadedArtist] = []
    refused: list[ArtistRefused] = []
    for folder in folders:
        if _holds_artists(folder):
            catalogue = load_artists(folder)
            loaded += catalogue.artists.values()
            refused += catalogue.refused
            continue
        try:
            loaded.append(load_folder(folder))
        except ArtistRefused as refusal:
            refused.append(refusal)
    return loaded, refused


def _holds_artists(folder: Path) -> bool:
    """Whether this is a folder of artists' folders rather than an artist's own."""
    return not (folder / ARTIST_FILE).exists() and any(folder.glob(f"*/{ARTIST_FILE}"))
