"""Roy Lichtenstein: a page of a comic. Ben-Day dots in five inks, black panels, a balloon, a burst."""

import math
import random
from collections.abc import Callable

from paper import BOLD, POSTER, Paper, Point, Shape, burst, lettering, polygon, polyline, rect, smooth

RED, YELLOW, BLUE, BLACK, WHITE = "#de202c", "#ffd600", "#084ea8", "#101014", "#fffdf6"

PAINTING = (5.0, 26.0, 90.0, 88.0)
PHOTO = (5.0, 168.6, 21.0, 27.0)
PERFORATION = 165.0
LINE = 1.1
"""The panels' black line, in millimetres."""


def template() -> bytes:
    """What lies under the pictures."""
    paper = Paper()
    paper.background(WHITE)
    _masthead(paper)
    _story(paper)
    _stub(paper)
    _pop(paper)
    return paper.finish()


def foreground() -> bytes:
    """What lies over them: the panels' lines, the narrator's box, the names' strip, the balloon, the burst."""
    paper = Paper()
    with paper.sharp_corners():
        paper.stroke(rect(*PAINTING), BLACK, LINE)
        paper.stroke(rect(*PHOTO), BLACK, 0.8)
        paper.fill_and_stroke(rect(5, 23.2, 60, 9), YELLOW, BLACK, 0.7)
        paper.fill_and_stroke(rect(5, 107, 30, 7), BLUE, BLACK, 0.7)
    _balloon(paper)
    _burst(paper)
    return paper.finish()


def _masthead(paper: Paper) -> None:
    with paper.clipped(rect(-3, -3, 106, 24.4)):
        paper.background(YELLOW)
        _dots(paper, (-3, -3, 103, 21.4), RED, 1.7, lambda x, y: 1.15 - math.hypot(x - 103, (y + 3) * 1.7) / 62)
    paper.stroke(polyline([(-3, 21.4), (103, 21.4)]), BLACK, LINE)

    def letters(shift: float) -> Shape:
        return lettering("ARTICKET", POSTER, 14.5, 4.6 + shift, 14.3 + shift, slant=0.1, tracking=0.5)

    for step in range(8):  # the block's depth, swept
        paper.stroke(letters(step * 0.14), BLACK, 1.3)
    paper.stroke(letters(0), BLACK, 1.5)
    paper.fill(letters(0), RED)
    paper.fill(polygon([(5.2, 16.4), (84.6, 16.4), (83.8, 20.4), (4.4, 20.4)]), BLACK)
    paper.write("당신의 사진이 예술이 되는 곳  ·  Where your photo becomes art", BOLD, 7.6, 44.5, 19.35, WHITE, align=0.5)


def _story(paper: Paper) -> None:
    """The panel under the painting."""
    with paper.clipped(rect(-3, 21.4, 106, PERFORATION - 21.4)):
        _dots(paper, (-3, 114, 103, PERFORATION), BLUE, 2.1, lambda x, y: 0.16 + (y - 112) / 70)
    paper.fill(rect(*PAINTING), WHITE)


def _balloon(paper: Paper) -> None:
    left, top, width, height = 5.0, 124.0, 90.0, 37.4
    x, y, rx, ry = left + width / 2, top + height / 2, width / 2, height / 2
    outline: list[Point] = []
    for step in range(48):
        angle = 2 * math.pi * step / 48
        c, s = math.cos(angle), math.sin(angle)
        outline.append((x + rx * math.copysign(abs(c) ** 0.45, c), y + ry * math.copysign(abs(s) ** 0.45, s)))
    body = smooth(outline, closed=True)
    tail = smooth([(39, 128), (38.6, 119), (36.4, 101.4), (45.6, 116), (51, 128)])
    paper.stroke(body, BLACK, 2.0)
    paper.stroke(tail, BLACK, 2.0)
    paper.fill(tail, WHITE)
    paper.fill(body, WHITE)


def _burst(paper: Paper) -> None:
    middle = (71.5, 107.6)
    corners = burst(*middle, (29.5, 17.0), (23.5, 11.8), 17, random.Random(11))

    def grown(share: float, shift: float = 0.0) -> Shape:
        return polygon(
            (middle[0] + (x - middle[0]) * share + shift, middle[1] + (y - middle[1]) * share + shift) for x, y in corners
        )

    with paper.sharp_corners():
        paper.fill_and_stroke(grown(1.0, 1.3), BLACK, BLACK, 1.0)
        paper.fill_and_stroke(grown(1.0), RED, BLACK, 1.0)
        paper.fill_and_stroke(grown(0.86), YELLOW, BLACK, 0.6)
    with paper.clipped(grown(0.84)):
        _dots(paper, (38, 88, 105, 130), RED, 1.5, lambda x, y: math.hypot((x - middle[0]) / 28, (y - middle[1]) / 15) - 0.8)


def _stub(paper: Paper) -> None:
    with paper.clipped(rect(-3, PERFORATION, 106, 200 - PERFORATION + 3)):
        paper.fill(rect(-3, PERFORATION, 106, 42), BLUE)
        _dots(paper, (58, PERFORATION, 103, 203), "#4d8fe0", 2.1, lambda x, y: (x - 62) / 46)
    paper.stroke(polyline([(-3, PERFORATION), (103, PERFORATION)]), BLACK, LINE + 0.5)
    with paper.dashed(0, 1.9):
        paper.stroke(polyline([(-1.5, PERFORATION), (103, PERFORATION)]), WHITE, 0.75)
    with paper.sharp_corners():
        paper.fill_and_stroke(rect(68, 168.2, 27.4, 27.4), WHITE, BLACK, 0.9)
        hint = polygon([(28.6, 189.4), (62.6, 189.4), (66.2, 192.5), (62.6, 195.6), (28.6, 195.6)])
        paper.fill_and_stroke(hint, YELLOW, BLACK, 0.7)
    paper.write("Scan for all your paintings", BOLD, 6.6, 30, 192.1, BLACK)
    paper.write("모든 그림 보기", BOLD, 6.2, 30, 194.7, BLACK)


def _pop(paper: Paper) -> None:
    """What is in the small panel when there is no photo."""
    with paper.clipped(rect(*PHOTO)):
        paper.fill(rect(*PHOTO), YELLOW)
        _dots(paper, (4, 168, 27, 197), RED, 2.4, lambda x, y: (y - 164) / 44)
        middle = PHOTO[0] + PHOTO[2] / 2, PHOTO[1] + PHOTO[3] / 2
        star = burst(*middle, (9, 9), (4.5, 4.5), 9, random.Random(3))
        paper.fill_and_stroke(polygon(star), WHITE, BLACK, 0.6)


def _dots(
    paper: Paper, area: tuple[float, float, float, float], colour: str, pitch: float, darkness: Callable[[float, float], float]
) -> None:
    """Ben-Day dots on a grid turned by 45°; `darkness` 1 makes them nearly touch, 0 makes them vanish."""
    left, top, right, bottom = area
    step = pitch / math.sqrt(2)
    by_size: dict[float, list[str]] = {}
    for row in range(math.floor(top / step), math.ceil(bottom / step) + 1):
        for column in range(math.floor(left / step), math.ceil(right / step) + 1):
            if (row + column) % 2:
                continue
            x, y = column * step, row * step
            size = round(pitch * 0.98 * math.sqrt(min(max(darkness(x, y), 0), 1)) * 0.9, 1)
            if size >= 0.3:
                by_size.setdefault(size, []).append(f"{x:.2f} {y:.2f} m {x + 0.01:.2f} {y:.2f} l")
    for size, dots in sorted(by_size.items()):
        shape = Shape()
        shape.code = dots
        paper.stroke(shape, colour, size)
