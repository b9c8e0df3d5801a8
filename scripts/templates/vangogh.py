"""Vincent van Gogh: a night sky that moves, a village asleep, a cypress, and wheat to tear off."""

import math
import random

from paper import BOLD, HAND, Area, Brushwork, Paper, Point, ellipse, lettering, mix, polygon, polyline, rect, scattered, smooth

NIGHT, CREAM, YELLOW, INK = "#12204f", "#fdf3d0", "#ffd23c", "#1a1c3d"
SKY = ("#16306f", "#1b3f8c", "#24529f", "#3068b4", "#4583c4", "#6ba4d4", "#9cc6dc")
DEEP = ("#0f1c47", "#13234f", "#172a5e", "#1a316b", "#1d3876")
"""The blues behind words: cream has a contrast of 9 to the lightest of them."""
WHEAT = ("#e2a52b", "#eab63b", "#f0c24c", "#f4cf63", "#e9ae33", "#f6d878", "#f9e294")
"""The yellows behind words: ink has a contrast of 7 to the darkest of them."""
GOLD = ("#a3691a", "#c0821f", "#d99d2a", "#eab83e", "#f5cf5c", "#fbe08a")
CYPRESS = ("#0b1d1e", "#10292a", "#173a31", "#1f4a36", "#0d2530", "#2c5a3a")
HILLS = (("#2a4f92", "#35629f", "#23437f"), ("#1f4a6e", "#2b6079", "#193a63"))

PAINTING = (6.0, 26.0, 88.0, 88.0)
PHOTO = (5.5, 169.4, 20.5, 26.0)
QR = (68.4, 169.0, 26.6, 26.6)
HORIZON = 160.5
PERFORATION = 164.6

MOON = (88.5, 9.5)
STARS = ((72.5, 5.6, 1.9), (76.5, 19.0, 1.2), (56.0, 19.6, 1.1), (97.6, 24.4, 1.3), (2.2, 24.6, 1.2), (3.0, 2.6, 1.0))
"""x, y and the size of the light in the middle."""
EDDIES = (
    (63.0, 11.5, 7.5, 1.0),
    (55.5, 8.5, 5.0, -1.0),
    (97.0, 40.0, 7.0, -1.0),
    (3.0, 52.0, 6.0, 1.0),
    (28.0, 140.0, 14.0, 1.0),
    (80.0, 134.0, 12.0, -1.0),
)
"""x, y, reach, and the sense of turning."""
SIGN = (4.0, 2.0, 53.0, 22.6)
"""Where the wordmark stands: the sky is dark and calm there."""


def template() -> bytes:
    """What lies under the pictures."""
    paper = Paper()
    paper.background(NIGHT)
    rng = random.Random(1889)
    _sky(paper, rng)
    _calm(paper, rng, (-6, 112, 106, HORIZON + 3), pitch=2.1)
    for x, y, size in STARS:
        _star(paper, rng, x, y, size)
    _moon(paper, rng)
    _hills(paper, rng)
    _village(paper, rng)
    _wheat(paper, rng)
    _sign(paper)
    _patch(paper, rng)
    paper.fill(rect(*PAINTING), SKY[1])
    _sunflower(paper, rng)
    return paper.finish()


def foreground() -> bytes:
    """What lies over them: the frames' brushwork, and the cypress."""
    paper = Paper()
    rng = random.Random(1890)
    _frame(paper, rng, PAINTING, width=3.0)
    _frame(paper, rng, PHOTO, width=1.2)
    _cypress(paper, rng)
    return paper.finish()


def _flow(x: float, y: float) -> float:
    """The sky's direction at a point, in radians: it drifts to the right and turns round eddies, moon and stars."""
    u = 1.0
    v = 0.4 * math.sin(x / 13 + y / 31) + 0.2 * math.sin(x / 5.2 - y / 9)
    turning = [*EDDIES, (*MOON, 9.5, 1.0), *((sx, sy, 2.6 * size, 1.0) for sx, sy, size in STARS)]
    for cx, cy, reach, sense in turning:
        dx, dy = x - cx, y - cy
        distance = math.hypot(dx, dy) + 1e-6
        pull = 3.4 * math.exp(-((distance / reach) ** 2))
        u += -sense * dy / distance * pull
        v += sense * dx / distance * pull
    return math.atan2(v, u)


def _is_hidden(x: float, y: float) -> bool:
    left, top, width, height = PAINTING
    return left + 2 < x < left + width - 6 and top + 3 < y < top + height - 3


def _in_sign(x: float, y: float) -> float:
    """1 in the middle of the sign, 0 outside it, soft at its edge."""
    left, top, right, bottom = SIGN
    dx = abs(x - (left + right) / 2) / ((right - left) / 2)
    dy = abs(y - (top + bottom) / 2) / ((bottom - top) / 2)
    return min(1.0, max(0.0, 3.5 - 3 * (dx**4 + dy**4) ** 0.25))


def _sky(paper: Paper, rng: random.Random) -> None:
    brush = Brushwork(paper)
    for x, y in scattered(rng, (-6, -5, 104, 118), 1.5):
        if _is_hidden(x, y):
            continue
        brush_length, width = rng.uniform(4.0, 8.0), rng.uniform(0.6, 1.25)
        if rng.random() < _in_sign(x + 2, y):
            brush.follow(x, y, brush_length, _flow, DEEP[min(4, int(rng.expovariate(0.7)))], 1.35)
            continue
        colour = _sky_colour(rng, x, y)
        brush.follow(x, y, brush_length, _flow, colour, width)
        if rng.random() < 0.4:  # one hair of lighter paint that the brush dragged along
            brush.follow(
                x + 0.15,
                y - 0.25,
                brush_length * 0.8,
                _flow,
                SKY[min(6, SKY.index(colour) + 2)] if colour in SKY else CREAM,
                0.2,
            )
    brush.flush()


def _sky_colour(rng: random.Random, x: float, y: float) -> str:
    """Bands of light along the flow, brightest round the eddies, yellow round moon and stars."""
    glow = max(math.exp(-((math.hypot(x - sx, y - sy) / (3.8 * size)) ** 2)) for sx, sy, size in (*STARS, (*MOON, 2.7)))
    if rng.random() < glow * 0.75:
        return rng.choice(("#b9cf9f", "#d9dc9a", "#8fbfae"))
    crest = max(
        math.exp(-(((math.hypot(x - cx, y - cy) - 0.6 * reach) / (0.35 * reach)) ** 2)) for cx, cy, reach, _ in EDDIES[:4]
    )
    band = 0.5 + 0.5 * math.sin(y / 2.3 + 2.0 * math.sin(x / 15) + x / 19)
    if rng.random() < 0.05:
        return rng.choice(("#7fb7a6", "#5aa3a0"))
    return SKY[min(6, max(0, int(rng.gauss(0.9 + 2.3 * band + 2.4 * crest, 0.9))))]


def _calm(paper: Paper, rng: random.Random, area: Area, pitch: float) -> None:
    """The deep sky behind words: the same movement, in blues that are close to each other."""
    brush = Brushwork(paper)
    for x, y in scattered(rng, area, pitch):
        if rng.random() < (y - area[1]) / 4:
            band = 0.5 + 0.5 * math.sin(y / 3.1 + 1.8 * math.sin(x / 15))
            tone = min(4, max(0, int(rng.gauss(0.6 + 2.8 * band, 0.8))))
            brush.follow(x, y, rng.uniform(5, 9), _flow, DEEP[tone], rng.choice((0.9, 1.2, 1.5)))
    brush.flush()


def _star(paper: Paper, rng: random.Random, x: float, y: float, size: float) -> None:
    """A light, and rings of dashes round it."""
    paper.fill(ellipse(x, y, size * 1.2), "#e9e2a0")
    brush = Brushwork(paper)
    for ring, colour in enumerate(("#fff6c9", "#ffe583", "#f7cf4d", "#c3d6a4", "#86b6c4")):
        radius = size * (0.75 + 0.58 * ring)
        count = max(6, int(radius * 4.6))
        for i in range(count):
            angle = 2 * math.pi * (i + rng.uniform(-0.25, 0.25)) / count
            _arc(
                brush,
                (x, y),
                radius,
                angle,
                2 * math.pi / count * rng.uniform(0.45, 0.8),
                colour,
                size * rng.uniform(0.2, 0.34),
            )
    brush.flush()
    paper.fill(ellipse(x, y, size * 0.5), "#fffbe2")


def _arc(brush: Brushwork, middle: Point, radius: float, angle: float, sweep: float, colour: str, width: float) -> None:
    ends = [(middle[0] + radius * math.cos(a), middle[1] + radius * math.sin(a)) for a in (angle, angle + sweep)]
    brush.stroke(ends[0], angle + math.pi / 2, ends[1], angle + sweep + math.pi / 2, colour, width)


def _moon(paper: Paper, rng: random.Random) -> None:
    brush = Brushwork(paper)
    halo = ("#ffe169", "#fbdc6a", "#e3d884", "#b9cf9f", "#86b6b8", "#5b97c2")
    for ring, colour in enumerate(halo):
        radius = 4.6 + 1.3 * ring
        count = int(radius * 3.6)
        for i in range(count):
            angle = 2 * math.pi * (i + rng.uniform(-0.3, 0.3)) / count
            _arc(brush, MOON, radius, angle, rng.uniform(0.9, 1.7) / radius * 1.6, colour, rng.uniform(0.45, 0.8))
    brush.flush()
    paper.fill(ellipse(*MOON, 4.6), "#ffd84a")
    for _ in range(70):
        radius = 4.3 * math.sqrt(rng.random())
        _arc(
            brush,
            MOON,
            radius,
            rng.uniform(0, 6.28),
            1.5 / (radius + 0.6),
            rng.choice(("#ffc933", "#ffe27a", "#f9b52b", "#fff0a8")),
            0.42,
        )
    brush.flush()
    with paper.clipped(ellipse(*MOON, 4.5)):
        bright = (MOON[0] - 1.6, MOON[1] - 0.9)
        paper.fill(ellipse(*bright, 3.2), "#f2a62a")
        for _ in range(40):
            radius = 3.1 * math.sqrt(rng.random())
            _arc(
                brush,
                bright,
                radius,
                rng.uniform(0, 6.28),
                1.4 / (radius + 0.6),
                rng.choice(("#f6b840", "#e8952a", "#ffd05c")),
                0.4,
            )
        brush.flush()


def _ridge(x: float, height: float, phase: float) -> float:
    return HORIZON - height * (0.5 + 0.32 * math.sin(x / 15 + phase) + 0.18 * math.sin(x / 6.1 + 2 * phase))


def _hills(paper: Paper, rng: random.Random) -> None:
    for (height, phase), colours in zip(((6.4, 0.2), (0.6, 2.4)), HILLS, strict=True):

        def slope(x: float, _: float, height: float = height, phase: float = phase) -> float:
            return math.atan2(_ridge(x + 1, height, phase) - _ridge(x - 1, height, phase), 2)

        edge = [(float(x), _ridge(x, height, phase)) for x in range(-4, 106, 2)]
        hill = smooth(edge).line(106, PERFORATION + 2).line(-4, PERFORATION + 2).close()
        paper.fill(hill, colours[2])
        with paper.clipped(hill):
            brush = Brushwork(paper)
            for x, y in scattered(rng, (-5, HORIZON - height, 104, PERFORATION), 1.7):
                brush.follow(
                    x,
                    y,
                    rng.uniform(3, 5.5),
                    slope,
                    rng.choice((*colours, mix(colours[0], NIGHT, 0.4))),
                    rng.uniform(0.5, 0.95),
                )
            brush.flush()
        paper.stroke(smooth(edge), NIGHT, 0.5)


def _village(paper: Paper, rng: random.Random) -> None:
    base = PERFORATION
    houses = (
        (47, 4.2, 2.3),
        (51.6, 3.4, 2.0),
        (55.4, 4.6, 2.7),
        (64, 3.8, 2.2),
        (68.2, 5.0, 2.6),
        (73.6, 3.6, 2.1),
        (78, 4.4, 2.6),
        (83, 3.6, 2.0),
    )
    for x, width, height in houses:
        wall = polygon([(x, base), (x, base - height), (x + width, base - height), (x + width, base)])
        roof = polygon([(x - 0.4, base - height), (x + width * 0.35, base - height - 1.6), (x + width + 0.4, base - height)])
        paper.fill_and_stroke(wall, rng.choice(("#3c6690", "#2f557f", "#456f8d")), NIGHT, 0.3)
        paper.fill_and_stroke(roof, rng.choice(("#8a4a3a", "#36476e", "#6d4150")), NIGHT, 0.3)
        for share in (0.32, 0.68):
            paper.fill(rect(x + width * share - 0.28, base - height * 0.72, 0.56, 0.7), "#ffdb54")
    spire = polygon([(60.7, base), (60.7, base - 4.6), (61.7, base - 9.8), (62.7, base - 4.6), (62.7, base)])
    paper.fill_and_stroke(spire, "#44678f", NIGHT, 0.35)
    paper.fill(rect(61.4, base - 3.4, 0.6, 0.9), "#ffdb54")


def _wheat(paper: Paper, rng: random.Random) -> None:
    def lean(x: float, y: float) -> float:
        return -1.2 + 0.45 * math.sin(x / 17 + y / 23) + 0.12 * math.sin(x / 3)

    edge = [(float(x), PERFORATION + 0.3 * math.sin(x / 4)) for x in range(-4, 106, 2)]
    field = smooth(edge).line(106, 206).line(-4, 206).close()
    paper.fill(field, WHEAT[1])
    with paper.clipped(field):
        brush = Brushwork(paper)
        rows = sorted(scattered(rng, (-4, PERFORATION, 104, 209), 1.75), key=lambda point: point[1] + rng.uniform(-3, 3))
        for x, y in rows:
            brush.follow(x, y + 2, rng.uniform(3.4, 6), lean, rng.choice(WHEAT), rng.uniform(0.4, 0.95))
            if rng.random() < 0.1:
                brush.follow(x, y + 2, 3, lean, "#c98f24", 0.2)
        brush.flush()
    with paper.dashed(0, 2.05):
        paper.stroke(polyline([(-2, PERFORATION), (103, PERFORATION)]), CREAM, 0.9)
    paper.write("Scan for all your paintings", BOLD, 6.4, 28.6, 192.6, INK)
    paper.write("모든 그림 보기  →", BOLD, 6.4, 28.6, 195.4, INK)


def _sign(paper: Paper) -> None:
    """The wordmark, brushed on in one go, and what it promises."""
    letters = lettering("Articket", HAND, 17.0, 5.2, 14.6)
    paper.stroke(letters, NIGHT, 1.7)
    paper.fill_and_stroke(letters, YELLOW, YELLOW, 0.4)
    paper.fill(lettering("Articket", HAND, 17.0, 5.05, 14.45), "#ffe88f")
    paper.write("당신의 사진이 예술이 되는 곳", BOLD, 7.4, 6.0, 18.6, CREAM)
    paper.write("Where your photo becomes art", BOLD, 6.6, 6.0, 21.8, CREAM)


def _patch(paper: Paper, rng: random.Random) -> None:
    """Bare canvas for the code, with a brushed edge."""
    left, top, width, height = QR
    brush = Brushwork(paper)
    for _ in range(120):
        at, side = rng.uniform(-1, width), rng.randrange(4)
        off = rng.uniform(-0.9, 0.3)
        length = rng.uniform(3, 7)
        if side < 2:
            y = top + off if side == 0 else top + height - off
            brush.stroke(
                (left + at, y),
                0,
                (min(left + at + length, left + width + 1), y + rng.uniform(-0.3, 0.3)),
                0,
                rng.choice(("#fffaf0", "#f6ead2", "#fff6e2")),
                1.2,
            )
        else:
            x = left + off if side == 2 else left + width - off
            brush.stroke(
                (x, top + at),
                math.pi / 2,
                (x + rng.uniform(-0.3, 0.3), min(top + at + length, top + height + 1)),
                math.pi / 2,
                rng.choice(("#fffaf0", "#f6ead2", "#fff6e2")),
                1.2,
            )
    brush.flush()
    paper.fill(rect(*QR), "#fffaf0")


def _sunflower(paper: Paper, rng: random.Random) -> None:
    """What hangs in the small frame when there is no photo."""
    left, top, width, height = PHOTO
    x, y = left + width / 2, top + height * 0.44
    paper.fill(rect(*PHOTO), "#4f93b8")
    with paper.clipped(rect(*PHOTO)):
        paper.stroke(smooth([(x, y), (x - 0.8, y + 9), (x + 0.4, y + 16)]), "#3d6b35", 1.1)
        brush = Brushwork(paper)
        for i in range(46):
            angle = i * 2.39996
            for reach, colour, wide in ((7.4, "#f2a91f", 1.5), (6.4, "#ffcf33", 1.1)):
                tip = (x + reach * math.cos(angle), y + reach * math.sin(angle))
                bend = angle + rng.uniform(-0.4, 0.4)
                brush.stroke((x + 2.6 * math.cos(angle), y + 2.6 * math.sin(angle)), bend, tip, angle, colour, wide)
        brush.flush()
        paper.fill(ellipse(x, y, 3.3), "#6a3d16")
        for i in range(60):
            radius, angle = 0.4 * math.sqrt(i), i * 2.39996
            paper.fill(
                ellipse(x + radius * math.cos(angle), y + radius * math.sin(angle), 0.2),
                rng.choice(("#a8641f", "#8a4f1a", "#c98a2a")),
            )


def _frame(paper: Paper, rng: random.Random, place: tuple[float, float, float, float], width: float) -> None:
    """Gilt brushwork round a picture that runs a little over its edge; light falls on it from the upper left."""
    left, top, w, h = place
    paper.stroke(rect(left, top, w, h), "#5b3a14", width * 0.85)
    brush = Brushwork(paper)
    sides = (
        (left, top, w, 0.0, 1),
        (left, top + h, w, 0.0, -1),
        (left, top, h, math.pi / 2, 1),
        (left + w, top, h, math.pi / 2, -1),
    )
    strokes = [side for side in sides for _ in range(int(side[2] * 4.4 / width))]
    rng.shuffle(strokes)
    for x, y, length, heading, lit in strokes:
        reach = rng.uniform(1.2, 2.6) * width
        at, off = rng.uniform(-width / 2, length + width / 2 - reach), rng.gauss(0, width * 0.22)
        start = (x + at * math.cos(heading) - off * math.sin(heading), y + at * math.sin(heading) + off * math.cos(heading))
        end = (start[0] + reach * math.cos(heading), start[1] + reach * math.sin(heading))
        outside = off * (1 if heading == 0 else -1) * lit  # above 0 is towards the picture
        tone = min(5, max(0, int(rng.gauss(2.9 - 2.6 * outside / width * lit, 0.9))))
        bow = rng.uniform(-0.25, 0.25)
        brush.stroke(start, heading + bow, end, heading - bow, GOLD[tone], rng.uniform(0.2, 0.34) * width)
    brush.flush()


def _cypress(paper: Paper, rng: random.Random) -> None:
    """A dark flame at the right edge, from the wheat to the painting."""
    foot, tip, axis = 167.5, 99.0, 98.4

    def climb(x: float, y: float) -> float:
        return -math.pi / 2 + 0.55 * math.sin(y / 3.4 + x) - 0.05 * (x - axis)

    brush = Brushwork(paper)
    for _ in range(520):
        t = 0.03 + 0.97 * rng.random() ** 0.8
        half = 5.6 * t**0.75 * (1.0 if t < 0.85 else 1 - 2.6 * (t - 0.85))
        x = axis + rng.uniform(-1, 1) * half + 0.8 * math.sin(t * 14)
        brush.follow(x, tip + (foot - tip) * t, rng.uniform(3.5, 7), climb, rng.choice(CYPRESS), rng.uniform(0.45, 0.95))
    for _ in range(50):
        t = rng.uniform(0.15, 0.95)
        brush.follow(axis + rng.uniform(-1, 1) * 4 * t, tip + (foot - tip) * t, rng.uniform(2, 4), climb, "#5b8548", 0.3)
    brush.flush()
