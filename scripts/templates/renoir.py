"""Auguste Renoir: a garden on a Sunday. Dappled light, roses, no black anywhere."""

import math
import random

from paper import BOLD, SERIF, Brushwork, Paper, Shape, ellipse, lettering, mix, polyline, rect, rounded, scattered

CREAM, PLUM, ROSE, GILT = "#fdf5e8", "#43264f", "#8c2750", "#b8914d"
GREENS = ("#a8c18c", "#8db17c", "#c6d6a2", "#6f9a72", "#b7cf9b")
ROSES = ("#eeb3ae", "#f6cdc4", "#e2909a", "#f9ddd2", "#eaa2a0")
VIOLETS = ("#bba9d3", "#a391c6", "#d8cbe8", "#c7b4dd")
BLUES = ("#a9c6de", "#8fb3d4", "#c9dcea")
LIGHTS = ("#fbeec2", "#fdf3d6", "#f8e3a4", "#fff8e6")

PAINTING = (7.0, 25.0, 86.0, 88.0)
PHOTO = (5.5, 168.8, 20.6, 27.0)
QR = (68.4, 169.0, 26.6, 26.6)
PERFORATION = 164.4
RADIUS = 24.0
"""How round the painting's corners are, as in the slot's `radius_mm`; the photo's are as round as can be."""

LAYERS = ((3.4, 5.5, 3.6), (2.4, 4.2, 2.1), (1.9, 2.9, 1.35), (2.1, 1.8, 0.9))
"""Dabs from large to small: how far apart, how long and how wide, in millimetres."""


def template() -> bytes:
    """What lies under the pictures."""
    paper = Paper()
    paper.background(CREAM)
    rng = random.Random(1876)
    _garden(paper, rng)
    paper.fill(rounded(*PAINTING, RADIUS), "#e9e3da")
    _words(paper)
    _stub(paper, rng)
    return paper.finish()


def foreground() -> bytes:
    """What lies over them: dabs that let the painting fade into the garden, a gilt line, and roses."""
    paper = Paper()
    rng = random.Random(1881)
    left, top, width, height = PAINTING
    paper.stroke(rounded(left + 0.5, top + 0.5, width - 1, height - 1, RADIUS - 0.5), GILT, 0.35)
    _fringe(paper, rng)
    for x, y, size, turn in (
        (8.4, 106.5, 5.4, 0.3),
        (15.6, 112.2, 4.2, 1.6),
        (6.2, 98.6, 3.4, 2.2),
        (92.0, 29.6, 4.6, 0.9),
        (86.2, 25.2, 3.3, 2.6),
    ):
        _leaves(paper, rng, x, y, size)
        _rose(paper, rng, x, y, size, turn)
    for x, y, size in ((22.5, 114.4, 2.0), (4.2, 92.4, 1.8), (95.4, 36.0, 1.8), (80.6, 23.8, 1.6)):
        _leaves(paper, rng, x, y, size, count=3)
        _rose(paper, rng, x, y, size, rng.uniform(0, 6))
    _locket(paper, rng)
    return paper.finish()


def _rim(t: float, out: float) -> tuple[float, float, float]:
    """A point `out` mm outside the painting's edge at a share of the way round it, and the direction of the edge there."""
    left, top, width, height = PAINTING
    across, down, bend = width - 2 * RADIUS, height - 2 * RADIUS, math.pi / 2 * RADIUS
    at = t % 1.0 * 2 * (across + down + 2 * bend)
    right, bottom = left + width - RADIUS, top + height - RADIUS
    corners = ((right, top + RADIUS), (right, bottom), (left + RADIUS, bottom), (left + RADIUS, top + RADIUS))
    heading = 0.0
    for (x, y), straight in zip(corners, (across, down, across, down), strict=True):
        nx, ny = math.sin(heading), -math.cos(heading)
        if at < straight:
            x, y = x - (straight - at) * math.cos(heading), y - (straight - at) * math.sin(heading)
            return x + (RADIUS + out) * nx, y + (RADIUS + out) * ny, heading
        at -= straight
        if at < bend:
            turned = heading + at / RADIUS
            return x + (RADIUS + out) * math.sin(turned), y - (RADIUS + out) * math.cos(turned), turned
        at -= bend
        heading += math.pi / 2
    return _rim(0.0, out)


def _outside(x: float, y: float) -> float:
    """How far a point is outside the painting's edge, in millimetres; below 0 inside."""
    left, top, width, height = PAINTING
    u = abs(x - left - width / 2) - width / 2 + RADIUS
    v = abs(y - top - height / 2) - height / 2 + RADIUS
    return math.hypot(max(u, 0), max(v, 0)) + min(max(u, v), 0) - RADIUS


def _breeze(x: float, y: float) -> float:
    return 0.7 * math.sin(x / 11 + y / 7) + 0.6 * math.cos(y / 9 - x / 23) - 0.5


def _density(x: float, y: float) -> float:
    """How thickly the garden is painted: at the top, at the sides of the painting, hardly behind the words."""
    if y < 24:
        middle = math.exp(-(((x - 50) / 27) ** 4) - (((y - 12) / 11) ** 4))
        return 0.95 - 0.9 * middle
    if y < 116:
        return 0.9 if y < 114.2 or abs(x - 50) > 36 else 0.1  # the artist's name stands there
    edge = max(0.0, 1 - min(x + 3, 103 - x) / 7.0)
    beside = max(0.0, 1 - (y - 116) / 5) * 0.5 * min(1.0, max(0.0, (abs(x - 50) - 32) / 8))
    return min(0.9, edge + beside)


def _garden_colour(rng: random.Random, x: float, y: float) -> str:
    """Patches of one family each, as light falls through leaves."""
    where = math.sin(x / 7.3 + 1.1 * math.sin(y / 9)) + math.cos(y / 6.1 - x / 17) + rng.gauss(0, 0.55)
    for family, limit in ((GREENS, -0.75), (BLUES, -0.35), (LIGHTS, 0.15), (ROSES, 0.85), (VIOLETS, 1.3)):
        if where < limit:
            return rng.choice(family)
    return rng.choice(GREENS if rng.random() < 0.6 else LIGHTS)


def _garden(paper: Paper, rng: random.Random) -> None:
    brush = Brushwork(paper)
    for pitch, length, width in LAYERS:
        for x, y in scattered(rng, (-5, -5, 104, PERFORATION), pitch):
            if _outside(x, y) < -3:
                continue
            density = _density(x, y)
            if rng.random() < density:
                colour = mix(_garden_colour(rng, x, y), CREAM, 0.15 if density > 0.5 else 0.55)
                brush.follow(x, y, length * rng.uniform(0.7, 1.3), _breeze, colour, width * rng.uniform(0.8, 1.15))
            elif rng.random() < 0.22:  # a few petals and flecks of light behind the words
                colour = mix(_garden_colour(rng, x, y), CREAM, 0.72)
                brush.follow(x, y, length * 0.6, _breeze, colour, width * 0.8)
        brush.flush()


def _fringe(paper: Paper, rng: random.Random) -> None:
    brush = Brushwork(paper)
    for _ in range(850):
        x, y, along = _rim(rng.random(), rng.gauss(0.9, 1.0))
        colour = mix(_garden_colour(rng, x, y), CREAM, rng.uniform(0, 0.4)) if rng.random() < 0.85 else CREAM
        bend, reach = rng.uniform(-0.5, 0.5), rng.uniform(1.6, 3.4)
        end = (x + reach * math.cos(along + bend), y + reach * math.sin(along + bend))
        if -2.2 < _outside(*end) < 2.0 and -2.2 < _outside(x, y) < 2.0:
            brush.stroke((x, y), along, end, along + 2 * bend, colour, rng.uniform(0.7, 1.5))
    brush.flush()


def _rose(paper: Paper, rng: random.Random, x: float, y: float, size: float, turn: float) -> None:
    """Petals from outside in, each a curved dab; darker below, lighter where the sun comes from."""
    paper.fill(ellipse(x, y, size * 0.92), "#cf6f81")
    brush = Brushwork(paper)
    tones = ("#b8506c", "#cf7084", "#df8f98", "#ebafae", "#f5cdc6", "#fbe3da")
    rings = 6
    for ring in range(rings):
        radius = size * (0.9 - 0.82 * ring / (rings - 1))
        petals = max(3, 9 - ring)
        for petal in range(petals):
            for layer in range(2):
                angle = turn + 2 * math.pi * (petal + 0.5 * (ring % 2)) / petals + ring * 0.7 + rng.uniform(-0.2, 0.2)
                sweep = 2 * math.pi / petals * rng.uniform(0.8, 1.25)
                lit = 0.5 - 0.5 * math.sin(angle + sweep / 2 + 0.6)
                tone = min(5, max(0, int(rng.gauss(1.0 + 3.6 * lit - 0.25 * ring + 0.9 * layer, 0.6))))
                r = radius + rng.uniform(-0.06, 0.06) * size
                ends = [(x + r * math.cos(a), y + r * math.sin(a)) for a in (angle, angle + sweep)]
                brush.stroke(
                    ends[0], angle + math.pi / 2, ends[1], angle + sweep + math.pi / 2, tones[tone], size * (0.2 - 0.09 * layer)
                )
        brush.flush()
    paper.fill(ellipse(x, y, size * 0.1), "#9c3b58")


def _leaves(paper: Paper, rng: random.Random, x: float, y: float, size: float, count: int = 5) -> None:
    brush = Brushwork(paper)
    for leaf in range(count):
        angle = 2 * math.pi * leaf / count + rng.uniform(-0.5, 0.5)
        reach, wide = size * rng.uniform(1.5, 2.0), size * rng.uniform(0.28, 0.4)
        tip = (x + reach * math.cos(angle), y + reach * math.sin(angle))
        left = (
            x + 0.6 * reach * math.cos(angle) - wide * math.sin(angle),
            y + 0.6 * reach * math.sin(angle) + wide * math.cos(angle),
        )
        right = (
            x + 0.6 * reach * math.cos(angle) + wide * math.sin(angle),
            y + 0.6 * reach * math.sin(angle) - wide * math.cos(angle),
        )
        shape = Shape().move(x, y).curve(x, y, *left, *tip).curve(*tip, *right, x, y).close()
        paper.fill(shape, rng.choice(("#5f8f68", "#74a070", "#4f8265")))
        for _ in range(5):
            side = rng.uniform(-0.35, 0.35)
            start = (x + 0.5 * size * math.cos(angle + side), y + 0.5 * size * math.sin(angle + side))
            end = (x + reach * 0.85 * math.cos(angle + side * 0.3), y + reach * 0.85 * math.sin(angle + side * 0.3))
            brush.stroke(
                start, angle + side, end, angle - side, rng.choice(("#8db17c", "#a8c18c", "#c6d6a2", "#5c8f7b")), wide * 0.3
            )
    brush.flush()


def _words(paper: Paper) -> None:
    paper.fill(lettering("Articket", SERIF, 11.4, 50, 13.0, align=0.5, tracking=0.25), ROSE)
    paper.write("당신의 사진이 예술이 되는 곳", BOLD, 7.4, 50, 17.1, PLUM, align=0.5)
    paper.write("Where your photo becomes art", SERIF, 7.6, 50, 20.3, PLUM, align=0.5)


def _stub(paper: Paper, rng: random.Random) -> None:
    paper.fill(rect(-3, PERFORATION, 106, 42), mix("#e9eed9", CREAM, 0.3))
    brush = Brushwork(paper)
    with paper.clipped(rect(-3, PERFORATION, 106, 42)):
        for pitch, length, width in ((2.3, 4.0, 2.0), (2.0, 2.6, 1.2)):
            for x, y in scattered(rng, (-5, PERFORATION - 1, 104, 206), pitch):
                edge = max(0.0, 1 - min(x + 3, 103 - x, 203 - y) / 6.5)
                pale = 0.68 - 0.5 * edge
                if rng.random() < 0.45 + 0.5 * edge:
                    brush.follow(
                        x, y, length * rng.uniform(0.7, 1.3), _breeze, mix(_garden_colour(rng, x, y), CREAM, pale), width
                    )
            brush.flush()
    with paper.dashed(0, 2.05):
        paper.stroke(polyline([(-2, PERFORATION), (103, PERFORATION)]), ROSE, 0.7)
    left, top, width, height = QR
    paper.fill_and_stroke(rect(left - 0.6, top - 0.6, width + 1.2, height + 1.2), CREAM, GILT, 0.3)
    paper.fill(_locket_shape(0), "#e6d9e4")
    for x, y, size in ((15.8, 181.0, 5.0), (11.6, 187.6, 3.2), (20.2, 187.2, 3.0)):
        _leaves(paper, rng, x, y, size * 0.8)
        _rose(paper, rng, x, y, size, rng.uniform(0, 6))
    paper.write("Scan for all your paintings", BOLD, 6.4, 29.2, 192.6, PLUM)
    paper.write("모든 그림 보기  →", BOLD, 6.4, 29.2, 195.4, PLUM)


def _locket_shape(grow: float) -> Shape:
    left, top, width, height = PHOTO
    return rounded(left - grow, top - grow, width + 2 * grow, height + 2 * grow, width / 2 + grow)


def _locket(paper: Paper, rng: random.Random) -> None:
    """The photo's gilt ring, and a rose on it."""
    left, top, _, height = PHOTO
    paper.stroke(_locket_shape(-0.1), GILT, 0.6)
    paper.stroke(_locket_shape(0.65), mix(GILT, CREAM, 0.35), 0.22)
    _leaves(paper, rng, left + 2.6, top + height - 2.6, 2.2, count=4)
    _rose(paper, rng, left + 2.6, top + height - 2.6, 2.2, 1.0)
