"""`articket artist preview`: one artist's folder, painted: sample photos, a sheet of them all, and a ticket.

Runs a booth of its own with this artist alone, so what comes out is what a visitor would get.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from articket_artists import LoadedArtist
from articket_cli.errors import SUCCESS
from articket_cli.locations import find_quiz
from articket_cli.main import tell
from articket_cli.paint.booths import own_booth
from articket_cli.paint.command import Stopped, run_until_signal
from articket_cli.paint.inputs import Order, Wish, check_writable
from articket_cli.paint.progress import Progressing, progress_on
from articket_cli.paint.saving import save
from articket_cli.paint.visiting import Outcome, fulfil

SHEET_NAME = "contact-sheet.jpg"
TILE_PX = 480
GAP_PX = 16
SHEET_COLOUR = "#f4f1ea"
SHEET_QUALITY = 90


def preview_folder(artist: LoadedArtist, out: Path) -> int:
    """Paint the samples into `out`. Gives the exit status: 1 if some sample could not be painted."""
    check_writable(out)
    progress = progress_on(sys.stderr, is_silent=False)
    try:
        with as_file(files("articket_cli") / "samples") as samples, tempfile.TemporaryDirectory() as workplace:
            photos = sorted(samples.glob("*.jpg"), reverse=True)  # portraits first: the first one is on the ticket
            outcomes = run_until_signal(_paint(artist, photos, Path(workplace), progress))
            written = _keep(artist.id, outcomes, out)
    except Stopped as stopped:
        return stopped.exit_status
    errors = [outcome.error for outcome in outcomes if outcome.error]
    for error in errors:
        tell(error)
    print(f"{out}/: {', '.join(path.name for path in written)}")
    return max([SUCCESS, *(outcome.exit_status for outcome in outcomes)])


async def _paint(artist: LoadedArtist, photos: Sequence[Path], workplace: Path, progress: Progressing) -> list[Outcome]:
    artists = workplace / "artists"
    shutil.copytree(artist.folder, artists / artist.id, symlinks=True, copy_function=_link_or_copy)
    wish = Wish("en", (artist.id,), match=artist.id)
    progress.say(f"Painting {len(photos)} sample photos.")
    async with own_booth(artists, find_quiz(artist.folder.parent), progress.say) as booth:
        with progress:
            orders = [Order(photo, workplace / "out" / photo.stem) for photo in photos]
            return list(await asyncio.gather(*(fulfil(booth.client, order, wish, progress) for order in orders)))


def _keep(artist_id: str, outcomes: Sequence[Outcome], out: Path) -> list[Path]:
    """Put the sheet, the paintings and the first ticket into `out`."""
    painted = [outcome for outcome in outcomes if (outcome.order.folder / f"{artist_id}.jpg").is_file()]
    tickets = [outcome.order.folder for outcome in outcomes if (outcome.order.folder / "ticket.png").is_file()]
    written: list[Path] = []
    if painted:
        pairs = [(outcome.order.photo, outcome.order.folder / f"{artist_id}.jpg") for outcome in painted]
        written += save(out / SHEET_NAME, contact_sheet(pairs, tickets[0] / "ticket.png" if tickets else None))
        for photo, painting in pairs:
            written += save(out / photo.name, painting.read_bytes())
    for name in ("ticket.pdf", "ticket.png"):
        written += save(out / name, (tickets[0] / name).read_bytes() if tickets else None)
    return written


def contact_sheet(pairs: Sequence[tuple[Path, Path]], ticket: Path | None) -> bytes:
    """Put each photo above its painting, and the ticket beside them all; as JPEG."""
    height = 2 * TILE_PX + 3 * GAP_PX
    width = len(pairs) * (TILE_PX + GAP_PX) + GAP_PX
    beside = _opened(ticket, (height, height - 2 * GAP_PX)) if ticket else None
    sheet = Image.new("RGB", (width + (beside.width + GAP_PX if beside else 0), height), SHEET_COLOUR)
    for column, pair in enumerate(pairs):
        for row, path in enumerate(pair):
            towards_each_other = (0.5, 1 - row)
            tile = ImageOps.pad(
                _opened(path, (TILE_PX, TILE_PX)), (TILE_PX, TILE_PX), color=SHEET_COLOUR, centering=towards_each_other
            )
            sheet.paste(tile, (GAP_PX + column * (TILE_PX + GAP_PX), GAP_PX + row * (TILE_PX + GAP_PX)))
    if beside:
        sheet.paste(beside, (width, GAP_PX))
    content = BytesIO()
    sheet.save(content, "JPEG", quality=SHEET_QUALITY)
    return content.getvalue()


def _opened(path: Path, largest: tuple[int, int]) -> Image.Image:
    with Image.open(path) as picture:
        return ImageOps.contain(picture.convert("RGB"), largest, Image.Resampling.LANCZOS)


def _link_or_copy(source: str, target: str) -> str:
    """Weights can be gigabytes: link them where the file system can, copy them where it cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
