"""Makes the README's pictures with the product itself: `articket paint`, then one sheet of what came out."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
PHOTOS = ROOT / "tests/data/photos"
PICTURES = ROOT / "docs/pictures"
ARTICKET = Path(sys.executable).with_name("articket")
ARTISTS = ("vangogh", "renoir", "picasso", "lichtenstein")
PAPER = (251, 245, 230)
GAP = 18


def main() -> None:
    """Make both sheets."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        portrait = PHOTOS / "portrait-woman-astronaut.jpg"
        painted = [_painted(out / artist, portrait, artist) for artist in ARTISTS]
        _hero(portrait, painted[0]).save(PICTURES / "hero.jpg", quality=88, optimize=True)
        tickets = [Image.open(one / "ticket.png").convert("RGB") for one in painted]
        _row(tickets, 640).save(PICTURES / "tickets.jpg", quality=88, optimize=True)


def _painted(out: Path, photo: Path, artist: str) -> Path:
    command = [str(ARTICKET), "paint", str(photo), "--out", str(out), "--match", artist, "--lang", "en"]
    subprocess.run(command, check=True)
    return out


def _hero(photo: Path, out: Path) -> Image.Image:
    paintings = [Image.open(out / f"{artist}.jpg").convert("RGB") for artist in ARTISTS]
    ticket = Image.open(out / "ticket.png").convert("RGB")
    side = 420
    grid = Image.new("RGB", (2 * side + GAP, 2 * side + GAP), PAPER)
    for number, painting in enumerate(paintings):
        place = ((number % 2) * (side + GAP), (number // 2) * (side + GAP))
        grid.paste(_square(painting, side), place)
    return _row([_square(Image.open(photo).convert("RGB"), grid.height), grid, ticket], grid.height)


def _row(pictures: list[Image.Image], height: int) -> Image.Image:
    scaled = [picture.resize((round(picture.width * height / picture.height), height)) for picture in pictures]
    sheet = Image.new("RGB", (sum(one.width for one in scaled) + GAP * (len(scaled) + 1), height + 2 * GAP), PAPER)
    left = GAP
    for picture in scaled:
        sheet.paste(picture, (left, GAP))
        left += picture.width + GAP
    return sheet


def _square(picture: Image.Image, side: int) -> Image.Image:
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    return picture.crop((left, top, left + edge, top + edge)).resize((side, side), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
