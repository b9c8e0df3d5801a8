"""The QR code that leads to the visit, as outlines to fill."""

from dataclasses import dataclass

import segno

QUIET_MODULES = 4
"""The light margin that the standard asks for, on each side."""

Corner = tuple[int, int]


@dataclass(frozen=True)
class QrCode:
    """A code of `side` × `side` modules, quiet zone included."""

    side: int
    outlines: tuple[tuple[Corner, ...], ...]
    """The edges of its dark parts, in modules from the top left corner, y down; holes run the other way round.

    Outlines, because between modules drawn one by one hairlines show, and modules drawn with overlap grow.
    """


def make_qr_code(content: str) -> QrCode:
    """Make the code with error correction level M: 15 % of it may be dirty or torn."""
    code = segno.make_qr(content, error="m", boost_error=False)
    dark = {
        (x + QUIET_MODULES, y + QUIET_MODULES)
        for y, row in enumerate(code.matrix)
        for x, module in enumerate(row)
        if module & 1
    }
    return QrCode(len(code.matrix) + 2 * QUIET_MODULES, tuple(_outlines(dark)))


def _outlines(dark: set[Corner]) -> list[tuple[Corner, ...]]:
    """Follow the edges between dark and light, with the dark on the right, until each is closed."""
    ways: dict[Corner, list[Corner]] = {}
    for x, y in sorted(dark):
        for start, end, neighbour in (
            ((x, y), (x + 1, y), (x, y - 1)),
            ((x + 1, y), (x + 1, y + 1), (x + 1, y)),
            ((x + 1, y + 1), (x, y + 1), (x, y + 1)),
            ((x, y + 1), (x, y), (x - 1, y)),
        ):
            if neighbour not in dark:
                ways.setdefault(start, []).append(end)
    outlines: list[tuple[Corner, ...]] = []
    while ways:
        at = next(iter(ways))
        outline: list[Corner] = []
        while at in ways:
            ends = ways[at]
            following = ends.pop()
            if not ends:
                del ways[at]
            outline.append(at)
            at = following
        outlines.append(tuple(corner for i, corner in enumerate(outline) if _is_corner(outline, i)))
    return outlines


def _is_corner(outline: list[Corner], index: int) -> bool:
    before, here, after = outline[index - 1], outline[index], outline[(index + 1) % len(outline)]
    return (here[0] - before[0], here[1] - before[1]) != (after[0] - here[0], after[1] - here[1])
