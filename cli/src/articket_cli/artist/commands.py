"""`articket artist list|check|new|preview`: what each prints and how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from articket_artists import ArtistRefused, Catalogue, LoadedArtist, load_artists
from articket_artists.errors import as_typed
from articket_cli.artist.folders import check_folders
from articket_cli.errors import BAD_INPUT, SOMETHING_FAILED, SUCCESS
from articket_cli.locations import find_artists

DIGEST_SHOWN = 12  # characters, as much as anybody compares by eye


def explain(asked: argparse.Namespace) -> int:
    """Say what can be done with artists, when nothing was asked for."""
    print(asked.explain())
    return BAD_INPUT


def list_artists(asked: argparse.Namespace) -> int:
    """Show the artists that a booth would carry, and the folders that it would leave out."""
    root = find_artists(asked.artists)
    catalogue = load_artists(root)
    print(table(catalogue) if catalogue.artists else f"No artists in {as_typed(root)}.")
    if catalogue.refused:
        print("\nLeft out:")
        print_refusals(catalogue.refused)
    return SUCCESS


def check(asked: argparse.Namespace) -> int:
    """Load each folder as the services do. Ends with 1 if any is refused."""
    loaded, refused = check_folders(asked.folders)
    for artist in loaded:
        print(f"{as_typed(artist.folder)}: good ({artist.artist.name.en}, {artist.artist.painterly.recipe})")
    print_refusals(refused)
    return SOMETHING_FAILED if refused else SUCCESS


def new(asked: argparse.Namespace) -> int:
    """Make a folder with everything an artist needs."""
    from articket_cli.artist.scaffolding import scaffold

    folder = as_typed(scaffold(find_artists(asked.artists), asked.id))
    print(f"Made {folder}/ with artist.yaml, template.pdf and README.md.")
    print(f"Next: edit {folder}/artist.yaml, then")
    print(f"  articket artist check {folder}")
    print(f"  articket artist preview {folder} --out preview/")
    return SUCCESS


def preview(asked: argparse.Namespace) -> int:
    """Paint a contact sheet and a sample ticket."""
    from articket_cli.artist.previewing import preview_folder

    loaded, refused = check_folders([asked.folder])
    if refused or len(loaded) != 1:
        print_refusals(refused)
        if not refused:
            print(f"{as_typed(asked.folder)}: expected one artist's folder, found {len(loaded)}", file=sys.stderr)
        return SOMETHING_FAILED if refused else BAD_INPUT
    return preview_folder(loaded[0], asked.out)


def print_refusals(refused: Iterable[ArtistRefused]) -> None:
    """Print every fault on a line of its own."""
    for refusal in refused:
        print(refusal)


def table(catalogue: Catalogue) -> str:
    """Give the artists in columns."""
    rows = [("ID", "NAME", "CPU RECIPE", "WEIGHTS", "DIGEST"), *(_row(one) for one in catalogue.artists.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _row(loaded: LoadedArtist) -> tuple[str, str, str, str, str]:
    artist = loaded.artist
    weights = artist.lora.source if artist.lora else "none"
    return (artist.id, artist.name.en, artist.painterly.recipe, weights, loaded.digest[:DIGEST_SHOWN])
