"""Make web/shared/pictures/: the portrait that every artist has painted, the share card, the icons.

The portrait is a photo of the NASA astronaut Eileen Collins (public domain, tests/data/photos/ORIGIN.md), painted by the booth
itself (`articket paint`). Run it again when the look of an artist has changed. Needs what the tests need.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[1]
PHOTO = ROOT / "tests/data/photos/portrait-woman-astronaut.jpg"
FONT = ROOT / "services/ticket/src/articket_ticket/fonts/BlackHanSans-Regular.ttf"
PICTURES = ROOT / "web/shared/pictures"

HEAD = (70, 0, 382, 374)
"""Head and shoulders in the 512 px photo."""

PAINTED_SIZE = (1000, 1200)
FRAME = (80, 0, 920, 800)
"""What the pages show of the painting: the face in the middle, 21:20."""

ARTISTS = ("vangogh", "picasso", "renoir", "lichtenstein")
STRIPS = 5
INK, PAPER, SUNFLOWER, VERMILION, COBALT, ROSE = "#17121f", "#ffffff", "#ffc928", "#e8452c", "#2b50e0", "#ff9db0"


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    tiles = painted()
    write_sprite(tiles, "portrait.webp", (420, 400), quality=48)
    write_sprite(tiles, "portrait-large.webp", (840, 800), quality=62)
    write_card(tiles)
    write_icons()


def painted() -> list[Image.Image]:
    """Give the photo and each artist's painting of it, in their frame."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "portrait.jpg"
        with Image.open(PHOTO) as whole:
            whole.crop(HEAD).resize(PAINTED_SIZE, Image.Resampling.LANCZOS).save(photo, quality=95)
        chosen = [option for artist in ARTISTS for option in ("--artist", artist)]
        command = [sys.executable, "-m", "articket_cli", "paint", str(photo), "--out", folder, "--match", ARTISTS[0], *chosen]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return [framed(path) for path in (photo, *(Path(folder) / f"{artist}.jpg" for artist in ARTISTS))]


def framed(path: Path) -> Image.Image:
    """Give the part of a picture that the pages show."""
    with Image.open(path) as picture:
        return picture.convert("RGB").resize(PAINTED_SIZE, Image.Resampling.LANCZOS).crop(FRAME)


def write_sprite(tiles: list[Image.Image], name: str, size: tuple[int, int], quality: int) -> None:
    """Write the tiles below each other: the photo first. painted-portrait.css shows strips of it."""
    sprite = Image.new("RGB", (size[0], size[1] * len(tiles)))
    for row, tile in enumerate(tiles):
        sprite.paste(tile.resize(size, Image.Resampling.LANCZOS), (0, row * size[1]))
    sprite.save(PICTURES / name, quality=quality, method=6)


def write_card(tiles: list[Image.Image]) -> None:
    """Write the card that messengers show for a link: 1200 × 630 px."""
    card = Image.new("RGB", (1200, 630), SUNFLOWER)
    width, height = 661, 630
    for strip, tile in enumerate(tiles):
        scaled = tile.resize((width, height), Image.Resampling.LANCZOS)
        left, right = strip * width // STRIPS, (strip + 1) * width // STRIPS
        card.paste(scaled.crop((left, 0, right, height)), (1200 - width + left, 0))
    draw = ImageDraw.Draw(card)
    draw.text((56, 60), "Articket", INK, ImageFont.truetype(str(FONT), 64))
    draw.multiline_text((56, 214), "당신의\n사진이\n예술이\n되는 곳", INK, ImageFont.truetype(str(FONT), 92), spacing=10)
    card.save(PICTURES / "card.jpg", quality=84, optimize=True, progressive=True)


def write_icons() -> None:
    """Write the icon as SVG and in the sizes that home screens ask for: a ticket in four strips, with an A cut out of it."""
    (PICTURES / "icon.svg").write_text(icon_svg() + "\n")
    for size in (180, 192, 512):
        icon(size, share=1.0, is_rounded=size != 180).save(PICTURES / f"icon-{size}.png", optimize=True)
    icon(512, share=0.78, is_rounded=False).save(PICTURES / "icon-maskable-512.png", optimize=True)


TICKET = (10, 14, 54, 50)
"""The ticket in a square of 64."""

NOTCH = 4.5
LETTER = ((32, 19), (43, 45), (36.6, 45), (35, 40.6), (29, 40.6), (27.4, 45), (21, 45))
COUNTER = ((32, 29.5), (33.8, 36), (30.2, 36))
COLOURS = (COBALT, VERMILION, INK, ROSE)


def icon_svg() -> str:
    """Draw the icon as SVG."""
    left, top, right, bottom = TICKET
    middle, width = (top + bottom) / 2, (right - left) / len(COLOURS)
    outline = (
        f"M{left} {top}H{right}V{middle - NOTCH}A{NOTCH} {NOTCH} 0 0 0 {right} {middle + NOTCH}V{bottom}H{left}"
        f"V{middle + NOTCH}A{NOTCH} {NOTCH} 0 0 0 {left} {middle - NOTCH}Z"
    )
    strips = "".join(
        f'<rect x="{left + index * width:g}" y="{top}" width="{width:g}" height="{bottom - top}" fill="{colour}"/>'
        for index, colour in enumerate(COLOURS)
    )
    letter = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z" for points in (LETTER, COUNTER))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="{SUNFLOWER}"/>'
        f'<clipPath id="t"><path d="{outline}"/></clipPath><g transform="rotate(-7 32 32)"><g clip-path="url(#t)">{strips}</g>'
        f'<path d="{letter}" fill="{PAPER}" fill-rule="evenodd"/></g></svg>'
    )


def icon(size: int, *, share: float, is_rounded: bool) -> Image.Image:
    """Draw the icon in pixels, four times too large and then scaled; `share` leaves room for a mask."""
    unit = size * 4 / 64
    picture = Image.new("RGBA", (size * 4, size * 4), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rounded_rectangle((0, 0, size * 4 - 1, size * 4 - 1), 14 * unit if is_rounded else 0, SUNFLOWER)

    def at(value: float) -> float:
        return (32 + (value - 32) * share) * unit

    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    left, top, right, bottom = TICKET
    width, middle = (right - left) / len(COLOURS), (top + bottom) / 2
    for index, colour in enumerate(COLOURS):
        draw.rectangle((at(left + index * width), at(top), at(left + (index + 1) * width), at(bottom)), colour)
    for x in (left, right):
        draw.ellipse((at(x - NOTCH), at(middle - NOTCH), at(x + NOTCH), at(middle + NOTCH)), (0, 0, 0, 0))
    draw.polygon([(at(x), at(y)) for x, y in LETTER], PAPER)
    draw.polygon([(at(x), at(y)) for x, y in COUNTER], INK)
    picture.alpha_composite(layer.rotate(7, Image.Resampling.BICUBIC))
    return picture.resize((size, size), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
