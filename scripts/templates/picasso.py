"""Pablo Picasso: a table of cut paper. Facets, a guitar, letters from a newspaper, thick ink."""

import math
import random
from collections.abc import Sequence

from paper import BOLD, POSTER, Paper, Point, ellipse, lettering, mix, polygon, polyline, rect, smooth

INK, PAPER_WHITE, NEWSPRINT = "#17151c", "#f8f0dc", "#e9dcbd"
OCHRE, SIENNA, ROSE, BLUE, SKY, GREY, OLIVE, VIOLET, RED, YELLOW = (
    "#d9a440", "#a9502d", "#e6aa9d", "#2a5688", "#9fc2cf", "#96968e", "#6f7a4b", "#6d5a91", "#c2352f", "#efc54a",
)  # fmt: skip
WARM = (OCHRE, SIENNA, ROSE, NEWSPRINT, YELLOW, GREY)
COOL = (BLUE, SKY, GREY, VIOLET, OLIVE, "#1f3d63", NEWSPRINT)

PAINTING = (5.0, 25.0, 90.0, 90.0)
PHOTO = (5.6, 169.0, 20.4, 26.4)
QR = (68.4, 169.0, 26.6, 26.6)
PERFORATION = 164.6
"""Where the stub begins."""


def template() -> bytes:
    """What lies under the pictures."""
    paper = Paper()
    paper.background(NEWSPRINT)
    rng = random.Random(1912)
    _facets(paper, rng, [(-4, -4), (104, -4), (104, 27), (-4, 27)], WARM, smallest=120)
    _facets(paper, rng, [(-4, 23), (104, 23), (104, PERFORATION), (-4, PERFORATION)], COOL + WARM, smallest=230)
    _guitar(paper)
    _masthead(paper)
    _page(paper, rng)
    _stub(paper, rng)
    paper.fill(rect(*PAINTING), GREY)
    return paper.finish()


def foreground() -> bytes:
    """What lies over them: shards over the painting's corners, and ink."""
    paper = Paper()
    rng = random.Random(1937)
    left, top, width, height = PAINTING
    right, bottom = left + width, top + height
    shards = (
        ([(left - 3, top - 2), (left + 17, top - 2), (left - 3, top + 12)], OCHRE),
        ([(left + 9, top - 2), (left + 24, top - 2), (left + 12.4, top + 2.6)], SKY),
        ([(right + 3, top - 2), (right + 3, top + 21), (right - 5, top + 6)], BLUE),
        ([(right - 13, top - 2), (right + 3, top - 2), (right + 3, top + 4), (right - 5, top + 6)], ROSE),
        ([(left - 3, bottom - 25), (left + 6, bottom - 6), (left - 3, bottom + 2)], VIOLET),
        ([(left - 3, bottom + 2), (left + 6, bottom - 6), (left + 22, bottom + 2)], YELLOW),
        ([(right + 3, bottom - 15), (right + 3, bottom + 2), (right - 17, bottom + 2)], SIENNA),
    )
    for corners, colour in shards:
        _facet(paper, rng, corners, colour, line=0.75)
    _ink_frame(paper, rng, PAINTING, 1.25)
    _ink_frame(paper, rng, PHOTO, 0.9)
    _plate(paper, rng)
    return paper.finish()


def _facets(paper: Paper, rng: random.Random, area: list[Point], colours: Sequence[str], smallest: float) -> None:
    """Cut an area by straight lines until the pieces are small, and paint each as a plane of its own."""
    waiting, done = [area], []
    while waiting:
        piece = waiting.pop()
        size = _area(piece)
        if size < smallest or (size < 2.2 * smallest and rng.random() < 0.35):
            done.append(piece)
            continue
        waiting += _cut(rng, piece)
    last = ""
    for piece in done:
        colour = rng.choice([colour for colour in colours if colour != last])
        _facet(paper, rng, piece, mix(colour, PAPER_WHITE, rng.uniform(0, 0.22)), line=rng.uniform(0.45, 0.8))
        last = colour


def _area(piece: Sequence[Point]) -> float:
    pairs = zip(piece, [*piece[1:], piece[0]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _cut(rng: random.Random, piece: list[Point]) -> list[list[Point]]:
    """Two pieces, by a line from the longest side to a side that is not its neighbour."""
    count = len(piece)
    lengths = [math.dist(piece[i], piece[(i + 1) % count]) for i in range(count)]
    first = max(range(count), key=lambda i: lengths[i])
    second = (first + (2 if count > 3 and rng.random() < 0.8 else 1)) % count
    a = _between(piece, first, rng.uniform(0.32, 0.68))
    b = _between(piece, second, rng.uniform(0.25, 0.75))
    one, i = [a], (first + 1) % count
    while i != (second + 1) % count:
        one.append(piece[i])
        i = (i + 1) % count
    other, i = [b], (second + 1) % count
    while i != (first + 1) % count:
        other.append(piece[i])
        i = (i + 1) % count
    return [[*one, b], [*other, a]]


def _between(piece: Sequence[Point], side: int, share: float) -> Point:
    (x0, y0), (x1, y1) = piece[side], piece[(side + 1) % len(piece)]
    return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share


def _facet(paper: Paper, rng: random.Random, corners: Sequence[Point], colour: str, line: float) -> None:
    """A plane: its colour, a shade along one side in dry strokes, and its inked edge."""
    shape = polygon(corners)
    paper.fill(shape, colour)
    side = rng.randrange(len(corners))
    (x0, y0), (x1, y1) = corners[side], corners[(side + 1) % len(corners)]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    across = (-(y1 - y0) / length, (x1 - x0) / length)
    middle = (sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners))
    if (middle[0] - x0) * across[0] + (middle[1] - y0) * across[1] < 0:
        across = (-across[0], -across[1])
    shade = rng.choice((INK, INK, PAPER_WHITE))
    with paper.clipped(shape):
        for step in range(9):
            off = 0.5 + step * 0.85
            tone = mix(shade, colour, 0.55 + 0.45 * step / 9)
            run = [
                (
                    x0 + (x1 - x0) * t + across[0] * off + rng.uniform(-0.2, 0.2),
                    y0 + (y1 - y0) * t + across[1] * off + rng.uniform(-0.2, 0.2),
                )
                for t in (-0.05, 0.3, 0.7, 1.05)
            ]
            paper.stroke(polyline(run), tone, 0.62)
    paper.stroke(shape, INK, line)


def _ink_line(paper: Paper, rng: random.Random, start: Point, end: Point, width: float) -> None:
    """A line drawn with a full brush: it swells and thins."""
    length = math.dist(start, end)
    nx, ny = -(end[1] - start[1]) / length, (end[0] - start[0]) / length
    steps = max(4, int(length / 9))
    there, back = [], []
    for step in range(steps + 1):
        t = step / steps
        half, off = width * rng.uniform(0.38, 0.62), rng.uniform(-0.12, 0.12)
        x, y = start[0] + (end[0] - start[0]) * t + nx * off, start[1] + (end[1] - start[1]) * t + ny * off
        there.append((x + nx * half, y + ny * half))
        back.append((x - nx * half, y - ny * half))
    paper.fill(smooth([*there, *reversed(back)], closed=True), INK)


def _ink_frame(paper: Paper, rng: random.Random, place: tuple[float, float, float, float], width: float) -> None:
    left, top, w, h = place
    o = 0.6 * width
    corners = [(left - o, top), (left + w + o, top + 0.1), (left + w, top + h + o), (left, top + h + o)]
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        _ink_line(paper, rng, start, end, width)


def _guitar(paper: Paper) -> None:
    """Half a guitar at the right of the masthead: body, sound hole, strings."""
    with paper.clipped(rect(-4, -4, 108, 28.6)):
        body = smooth(
            [(104, -6), (91, -4), (83.6, 2.2), (86.4, 8.6), (84.8, 13.2), (78.6, 18.4), (80.6, 27), (92, 34), (106, 36)]
        )
        body.line(108, 36).line(108, -6).close()
        paper.fill_and_stroke(body, SIENNA, INK, 0.9)
        with paper.clipped(body):
            for i in range(16):  # wood grain, combed through wet paint
                x = 77 + i * 2.0
                grain = [(x + 0.9 * math.sin(y / 3.1 + i), float(y)) for y in range(-4, 34, 3)]
                paper.stroke(smooth(grain), mix(SIENNA, OCHRE if i % 2 else INK, 0.4), 0.45)
            paper.fill(polygon([(104, -6), (95, -6), (99, 12), (94, 30), (104, 30)]), mix(SIENNA, INK, 0.45))
        paper.stroke(body, INK, 0.9)
        paper.fill_and_stroke(ellipse(92.6, 12.6, 5.0), PAPER_WHITE, INK, 0.7)
        paper.fill(ellipse(92.6, 12.6, 3.5), INK)
        for i in range(4):
            paper.stroke(polyline([(90.4 + i * 1.45, -5), (88.2 + i * 1.75, 32)]), PAPER_WHITE, 0.34)


def _masthead(paper: Paper) -> None:
    """The wordmark, each letter cut from another sheet; below it a strip of newspaper with what it promises."""
    sheets = (INK, PAPER_WHITE, BLUE, YELLOW, PAPER_WHITE, RED, INK, OCHRE)
    x = 5.0
    for index, (letter, sheet) in enumerate(zip("ARTICKET", sheets, strict=True)):
        width = 8.9 if letter != "I" else 5.6
        turn = (-0.07, 0.05, -0.03, 0.06, -0.05, 0.04, -0.06, 0.05)[index]
        y = 9.3 + (0.3, -0.5, 0.4, -0.2, 0.5, -0.4, 0.2, -0.3)[index]
        corners = [
            _turned((x + u * width, y + v), (x + width / 2, y), turn)
            for u, v in ((0, -5.2), (1.02, -5.6), (0.98, 5.2), (0.03, 5.5))
        ]
        with paper.sharp_corners():
            paper.fill(polygon((a + 0.5, b + 0.6) for a, b in corners), INK)
            paper.fill_and_stroke(polygon(corners), sheet, INK, 0.4)
        ink = PAPER_WHITE if sheet in {INK, BLUE, RED} else INK
        paper.fill(lettering(letter, POSTER, 11.6, x + width / 2, y + 4.3, align=0.5, turn=turn), ink)
        x += width + 0.7
    strip = [(4.4, 16.6), (74.2, 16.1), (74.8, 21.4), (4.8, 21.9)]
    with paper.sharp_corners():
        paper.fill(polygon((a + 0.5, b + 0.6) for a, b in strip), INK)
        paper.fill_and_stroke(polygon(strip), PAPER_WHITE, INK, 0.4)
    paper.write(
        "당신의 사진이 예술이 되는 곳  ·  Where your photo becomes art", BOLD, 7.0, 39.6, 20.0, INK, align=0.5, turn=-0.007
    )


def _turned(point: Point, about: Point, turn: float) -> Point:
    x, y = point[0] - about[0], point[1] - about[1]
    return about[0] + x * math.cos(turn) - y * math.sin(turn), about[1] + x * math.sin(turn) + y * math.cos(turn)


def _page(paper: Paper, rng: random.Random) -> None:
    """The sheet that holds the words, on a darker one."""
    with paper.sharp_corners():
        paper.fill(polygon([(3.4, 121.5), (97.6, 119.2), (97.2, 163.4), (2.4, 162.0)]), INK)
        paper.fill_and_stroke(polygon([(4.0, 119.6), (96.4, 118.4), (95.8, 161.8), (3.2, 160.6)]), PAPER_WHITE, INK, 0.5)
    with paper.clipped(polygon([(4.0, 119.6), (96.4, 118.4), (95.8, 161.8), (3.2, 160.6)])):
        paper.fill(polygon([(96.4, 118.4), (84, 118.5), (96.2, 131)]), mix(SKY, PAPER_WHITE, 0.35))


def _plate(paper: Paper, rng: random.Random) -> None:
    """The title's paper, over the painting's lower edge, and the name's."""
    title = [(8.2, 112.6), (79.6, 111.0), (81.0, 122.8), (9.6, 124.2)]
    name = [(60.6, 105.6), (95.4, 104.4), (95.8, 111.4), (61.2, 112.2)]
    with paper.sharp_corners():
        paper.fill_and_stroke(polygon(name), INK, INK, 0.4)
        paper.fill(polygon((x + 0.8, y + 0.9) for x, y in title), INK)
        paper.fill_and_stroke(polygon(title), YELLOW, INK, 0.6)


def _stub(paper: Paper, rng: random.Random) -> None:
    with paper.clipped(rect(-4, PERFORATION, 108, 44)):
        _facets(
            paper,
            rng,
            [(-4, PERFORATION), (104, PERFORATION), (104, 204), (-4, 204)],
            (BLUE, SIENNA, OCHRE, OLIVE, ROSE, GREY, SKY),
            smallest=150,
        )
    _ink_line(paper, rng, (-4, PERFORATION), (104, PERFORATION), 1.5)
    with paper.dashed(0, 2.05):
        paper.stroke(polyline([(-2, PERFORATION), (103, PERFORATION)]), PAPER_WHITE, 0.75)
    with paper.sharp_corners():
        for corners in (
            [(26.4, 167.4), (66.4, 166.8), (66.8, 197.4), (27.0, 196.6)],
            [(67.4, 168.2), (96.0, 167.6), (96.2, 196.6), (67.8, 196.8)],
        ):
            paper.fill(polygon((x + 0.6, y + 0.7) for x, y in corners), INK)
            paper.fill_and_stroke(polygon(corners), PAPER_WHITE, INK, 0.5)
    _face(paper)
    hint = [(28.2, 189.6), (64.0, 189.2), (64.2, 195.6), (28.4, 195.8)]
    paper.fill(polygon(hint), INK)
    paper.write("Scan for all your paintings", BOLD, 6.4, 29.8, 192.1, PAPER_WHITE)
    paper.write("모든 그림 보기  →", BOLD, 6.2, 29.8, 194.8, YELLOW)


def _face(paper: Paper) -> None:
    """What is in the small frame when there is no photo: one face, seen from two sides in one line."""
    left, top, width, height = PHOTO
    paper.fill(rect(*PHOTO), PAPER_WHITE)
    with paper.clipped(rect(*PHOTO)):
        x, y = left + width / 2, top + height / 2
        paper.fill(smooth([(x, y - 9), (x + 8, y - 4), (x + 7, y + 6), (x, y + 10.5)]).close(), OCHRE)
        paper.fill(smooth([(x, y - 9), (x - 8, y - 4), (x - 7, y + 6), (x, y + 10.5)]).close(), SKY)
        oval = smooth([(x, y - 9.4), (x + 8, y - 4), (x + 7, y + 6), (x, y + 11), (x - 7, y + 6), (x - 8, y - 4)], closed=True)
        paper.stroke(oval, INK, 0.7)
        profile = [
            (x + 0.4, y - 9),
            (x + 0.6, y - 4),
            (x - 2.8, y + 1.6),
            (x - 0.2, y + 2.6),
            (x - 1.6, y + 4.4),
            (x, y + 5.2),
            (x - 1.4, y + 6.6),
            (x + 0.4, y + 10.6),
        ]
        paper.stroke(smooth(profile), INK, 0.7)
        for ex, ey, rx, ry in ((x + 3.9, y - 2.6, 2.5, 1.5), (x - 4.0, y - 1.2, 2.0, 1.1)):
            paper.fill_and_stroke(ellipse(ex, ey, rx, ry), PAPER_WHITE, INK, 0.5)
            paper.fill(ellipse(ex + 0.2, ey, ry * 0.62), INK)
        paper.stroke(smooth([(x + 1.2, y - 5.4), (x + 4, y - 6.2), (x + 6.8, y - 4.4)]), INK, 0.7)
