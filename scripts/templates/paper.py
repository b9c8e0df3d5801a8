"""A sheet to draw a ticket template on: millimetres from the finished ticket's top left corner, y down.

The four designs beside this module draw with it; `../make_templates.py` writes the files. Numbers have two decimals, a
hundredth of a millimetre, which keeps a painted sky under 170 kB. No date and no random id gets into a file, so that drawing it
again gives the same bytes.
"""

import io
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path as FilePath

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as EmbeddedFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT, BLEED = 100.0, 200.0, 3.0
MM = 72 / 25.4
FONTS = FilePath(__file__).parents[2] / "services/ticket/src/articket_ticket/fonts"

SANS, BOLD, SERIF, POSTER, HAND = (
    "Pretendard-Regular",
    "Pretendard-Bold",
    "GowunBatang-Bold",
    "BlackHanSans-Regular",
    "NanumPenScript-Regular",
)

Point = tuple[float, float]
Area = tuple[float, float, float, float]
"""Left, top, right and bottom."""

rl_config.useA85 = 0  # compressed bytes as they are, not written out as text that is a quarter longer


class Shape:
    """A path in the making."""

    def __init__(self) -> None:
        self.code: list[str] = []

    def move(self, x: float, y: float) -> "Shape":
        """Begin a new part at a point."""
        self.code.append(f"{_n(x)} {_n(y)} m")
        return self

    def line(self, x: float, y: float) -> "Shape":
        """Go straight to a point."""
        self.code.append(f"{_n(x)} {_n(y)} l")
        return self

    def curve(self, *numbers: float) -> "Shape":
        """Go in a Bézier curve: two control points and the end, six numbers."""
        self.code.append(" ".join(map(_n, numbers)) + " c")
        return self

    def close(self) -> "Shape":
        """Go back to where the part began."""
        self.code.append("h")
        return self

    def __add__(self, other: "Shape") -> "Shape":
        both = Shape()
        both.code = self.code + other.code
        return both

    def __str__(self) -> str:
        return "\n".join(self.code)


def polygon(points: Iterable[Point]) -> Shape:
    """Straight lines through the points, closed."""
    return _lines(points).close()


def polyline(points: Iterable[Point]) -> Shape:
    """Straight lines through the points."""
    return _lines(points)


def _lines(points: Iterable[Point]) -> Shape:
    shape = Shape()
    for index, (x, y) in enumerate(points):
        (shape.line if index else shape.move)(x, y)
    return shape


def smooth(points: Sequence[Point], *, closed: bool = False) -> Shape:
    """A soft curve through the points (Catmull-Rom)."""
    count = len(points)
    shape = Shape().move(*points[0])
    for i in range(count if closed else count - 1):
        p0, p1, p2, p3 = (points[(i + k) % count] if closed else points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        shape.curve(
            p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6,
            p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6,
            *p2,
        )  # fmt: skip
    return shape.close() if closed else shape


def rect(x: float, y: float, width: float, height: float) -> Shape:
    """A rectangle."""
    return polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


def rounded(x: float, y: float, width: float, height: float, radius: float) -> Shape:
    """A rectangle with round corners."""
    right, bottom, k = x + width, y + height, 0.4477 * radius
    shape = Shape().move(x + radius, y).line(right - radius, y).curve(right - k, y, right, y + k, right, y + radius)
    shape.line(right, bottom - radius).curve(right, bottom - k, right - k, bottom, right - radius, bottom)
    shape.line(x + radius, bottom).curve(x + k, bottom, x, bottom - k, x, bottom - radius)
    return shape.line(x, y + radius).curve(x, y + k, x + k, y, x + radius, y).close()


def ellipse(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Shape:
    """An ellipse about x, y, turned by `turn` radians."""
    ry = rx if ry is None else ry
    k = 0.5523
    corners = [(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0), (-1, -k), (-k, -1), (0, -1), (k, -1), (1, -k), (1, 0)]
    c, s = math.cos(turn), math.sin(turn)
    placed = [(x + rx * u * c - ry * v * s, y + rx * u * s + ry * v * c) for u, v in corners]
    shape = Shape().move(*placed[0])
    for i in range(1, 13, 3):
        shape.curve(*placed[i], *placed[i + 1], *placed[i + 2])
    return shape.close()


def burst(x: float, y: float, outer: Point, inner: Point, spikes: int, rng: random.Random, wobble: float = 0.12) -> list[Point]:
    """The corners of a comic explosion about x, y; `outer` and `inner` are half axes."""
    corners: list[Point] = []
    for i in range(2 * spikes):
        angle = math.pi * i / spikes + rng.uniform(-0.35, 0.35) * math.pi / spikes
        stretch = 1 + rng.uniform(-wobble, wobble)
        rx, ry = outer if i % 2 == 0 else inner
        corners.append((x + rx * stretch * math.cos(angle), y + ry * stretch * math.sin(angle)))
    return corners


class _Outline(BasePen):
    """Collects a glyph as a shape."""

    def __init__(self, glyphs: object, place: Callable[[Point], Point]) -> None:
        super().__init__(glyphs)
        self.shape = Shape()
        self._place = place

    def _moveTo(self, pt: Point) -> None:
        self.shape.move(*self._place(pt))

    def _lineTo(self, pt: Point) -> None:
        self.shape.line(*self._place(pt))

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:
        self.shape.curve(*self._place(pt1), *self._place(pt2), *self._place(pt3))

    def _closePath(self) -> None:
        self.shape.close()


@cache
def _font(name: str) -> TTFont:
    return TTFont(FONTS / f"{name}.ttf", lazy=True)


def lettering_width(text: str, font: str, size: float, tracking: float = 0.0) -> float:
    """How wide `lettering` is, in millimetres."""
    ttf = _font(font)
    cmap, metrics, em = ttf.getBestCmap(), ttf["hmtx"], ttf["head"].unitsPerEm
    return sum(metrics[cmap[ord(c)]][0] / em * size + tracking for c in text) - tracking


def lettering(
    text: str,
    font: str,
    size: float,
    x: float,
    y: float,
    *,
    align: float = 0.0,
    tracking: float = 0.0,
    turn: float = 0.0,
    slant: float = 0.0,
    bend: Callable[[Point], Point] | None = None,
) -> Shape:
    """Letters as outlines, for words that are part of the picture; the baseline begins at x, y, `size` is the em in mm.

    `align` 0.5 centres and 1 ends at x; `turn` is in radians, clockwise; `bend` moves each point at last.
    """
    ttf = _font(font)
    glyphs, cmap, metrics, em = ttf.getGlyphSet(), ttf.getBestCmap(), ttf["hmtx"], ttf["head"].unitsPerEm
    pen_x = -align * lettering_width(text, font, size, tracking)
    cos, sin = math.cos(turn), math.sin(turn)
    whole = Shape()
    for character in text:
        start = pen_x

        def place(point: Point, start: float = start) -> Point:
            u, v = start + (point[0] + slant * point[1]) / em * size, -point[1] / em * size
            placed = (x + u * cos - v * sin, y + u * sin + v * cos)
            return bend(placed) if bend else placed

        pen = _Outline(glyphs, place)
        glyphs[cmap[ord(character)]].draw(pen)
        whole += pen.shape
        pen_x += metrics[cmap[ord(character)]][0] / em * size + tracking
    return whole


class _Canvas(Canvas):
    """A canvas that does not choose Helvetica at the top of every page: that font would be in the file, and not embedded."""

    def _make_preamble(self) -> None:
        self._preamble = "1 0 0 1 0 0 cm"


class Paper:
    """One page of 106 × 206 mm, 3 mm of it bleed on every side."""

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        size = ((WIDTH + 2 * BLEED) * MM, (HEIGHT + 2 * BLEED) * MM)
        self._canvas = _Canvas(self._stream, pagesize=size, pageCompression=1, invariant=1)
        trim = (BLEED * MM, BLEED * MM, (BLEED + WIDTH) * MM, (BLEED + HEIGHT) * MM)
        self._canvas.setTrimBox(trim)
        self._canvas.setCropBox(trim)
        self._canvas.setBleedBox((0, 0, *size))
        self._state: tuple[object, ...] = ()
        self._canvas.saveState()
        self._literal(f"{MM:.5f} 0 0 {-MM:.5f} {BLEED * MM:.4f} {(BLEED + HEIGHT) * MM:.4f} cm 1 j 1 J")

    def fill(self, shape: Shape, colour: str, *, even_odd: bool = False) -> None:
        """Fill a shape."""
        self._literal(f"{_rgb(colour)} rg\n{shape}\n{'f*' if even_odd else 'f'}")

    def stroke(self, shape: Shape, colour: str, width: float) -> None:
        """Draw a shape's line, with round ends and corners."""
        self._literal(f"{_rgb(colour)} RG {_n(width)} w\n{shape}\nS")

    def fill_and_stroke(self, shape: Shape, fill: str, line: str, width: float) -> None:
        """Fill a shape and draw its line over it."""
        self._literal(f"{_rgb(fill)} rg {_rgb(line)} RG {_n(width)} w\n{shape}\nB")

    def background(self, colour: str) -> None:
        """Fill the page, bleed included."""
        self.fill(rect(-BLEED, -BLEED, WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED), colour)

    @contextmanager
    def clipped(self, shape: Shape, *, even_odd: bool = False) -> Iterator[None]:
        """Draw only inside a shape."""
        self._literal(f"q\n{shape}\n{'W*' if even_odd else 'W'} n")
        yield
        self._literal("Q")

    @contextmanager
    def sharp_corners(self) -> Iterator[None]:
        """Draw lines with pointed corners."""
        self._literal("q 0 j 4 M 0 J")
        yield
        self._literal("Q")

    @contextmanager
    def see_through(self, alpha: float) -> Iterator[None]:
        """Draw with this opacity."""
        self._canvas.saveState()
        self._canvas.setFillAlpha(alpha)
        self._canvas.setStrokeAlpha(alpha)
        yield
        self._canvas.restoreState()

    @contextmanager
    def dashed(self, dash: float, gap: float) -> Iterator[None]:
        """Draw lines in dashes; a dash of 0 gives dots."""
        self._literal(f"q [{_n(dash)} {_n(gap)}] 0 d")
        yield
        self._literal("Q")

    def write(
        self,
        text: str,
        font: str,
        size_pt: float,
        x: float,
        y: float,
        colour: str,
        *,
        align: float = 0.0,
        turn: float = 0.0,
        tracking: float = 0.0,
    ) -> None:
        """Set real text, which can be searched; the baseline begins at x, y, or is centred (`align` 0.5) or ends there (1)."""
        if font not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(EmbeddedFont(font, str(FONTS / f"{font}.ttf"), asciiReadable=0))
        width = pdfmetrics.stringWidth(text, font, size_pt) / MM + tracking * (len(text) - 1)
        self._canvas.saveState()
        self._literal(
            f"{math.cos(turn):.5f} {math.sin(turn):.5f} {math.sin(turn):.5f} {-math.cos(turn):.5f} {_n(x)} {_n(y)} cm"
        )
        self._literal(f"{_rgb(colour)} rg")
        line = self._canvas.beginText(-align * width, 0)
        line.setFont(font, size_pt / MM)
        line.setCharSpace(tracking)
        line.textOut(text)
        self._canvas.drawText(line)
        self._canvas.restoreState()

    def finish(self) -> bytes:
        """End the page and return the file."""
        self._canvas.restoreState()
        self._canvas.setTitle("Articket ticket template")
        self._canvas.showPage()
        self._canvas.save()
        return self._stream.getvalue()

    def _literal(self, code: str) -> None:
        self._canvas.addLiteral(code)


class Brushwork:
    """Many short strokes, cheaply: a few dozen at a time are sorted by colour and width before they are written.

    A stroke is one curve, to a tenth of a millimetre; nobody sees more of a brush.
    """

    BATCH = 140
    WIDTH_STEP = 0.15

    def __init__(self, paper: "Paper") -> None:
        self._paper = paper
        self._waiting: dict[tuple[str, int], list[str]] = {}
        self._count = 0

    def stroke(self, start: Point, heading: float, end: Point, arrival: float, colour: str, width: float) -> None:
        """A stroke that leaves `start` in one direction and reaches `end` in another, both in radians."""
        reach = math.dist(start, end) / 3
        numbers = (
            start[0] + reach * math.cos(heading), start[1] + reach * math.sin(heading),
            end[0] - reach * math.cos(arrival), end[1] - reach * math.sin(arrival),
            *end,
        )  # fmt: skip
        code = f"{_tenth(start[0])} {_tenth(start[1])} m {' '.join(map(_tenth, numbers))} c"
        self._waiting.setdefault((colour, max(1, round(width / self.WIDTH_STEP))), []).append(code)
        self._count += 1
        if self._count >= self.BATCH:
            self.flush()

    def follow(
        self, x: float, y: float, length: float, flow: Callable[[float, float], float], colour: str, width: float
    ) -> None:
        """A stroke of this length along a field of directions."""
        heading, start = flow(x, y), (x, y)
        angle = heading
        for _ in range(3):
            x, y = x + math.cos(angle) * length / 3, y + math.sin(angle) * length / 3
            angle = flow(x, y)
        self.stroke(start, heading, (x, y), angle, colour, width)

    def flush(self) -> None:
        """Write what waits."""
        for (colour, width), codes in self._waiting.items():
            shape = Shape()
            shape.code = codes
            self._paper.stroke(shape, colour, width * self.WIDTH_STEP)
        self._waiting.clear()
        self._count = 0


def scattered(rng: random.Random, area: Area, pitch: float) -> list[Point]:
    """Points all over an area, about `pitch` apart, in no order."""
    left, top, right, bottom = area
    points = [
        (left + (column + rng.random()) * pitch, top + (row + rng.random()) * pitch)
        for row in range(int((bottom - top) / pitch) + 1)
        for column in range(int((right - left) / pitch) + 1)
    ]
    rng.shuffle(points)
    return points


def mix(one: str, other: str, share: float) -> str:
    """The colour between two, `share` of the way to the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@cache
def _rgb(colour: str) -> str:
    return " ".join(f"{channel / 255:.3f}".rstrip("0").rstrip(".").replace("0.", ".") or "0" for channel in _channels(colour))


def _tenth(number: float) -> str:
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _n(number: float) -> str:
    """A number with at most two decimals."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
