"""Setting words in a box: which characters are printed, where lines break, how small the type gets, when an ellipsis ends it.

Nothing is drawn here. `fit` gives lines with positions in points, all of whose ink lies inside the box; `drawing.py` prints
them. Lengths inside are in ems, so that one measurement serves every size that is tried.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from articket_ticket.typefaces import Ink, Typeface

ELLIPSIS = "…"
SIZE_STEP = 0.97
"""Type shrinks by steps that an eye cannot tell apart."""
MOST_BALANCED_LINES = 4
"""Texts of so few lines are broken into lines of about the same length; longer ones fill their lines."""
WHOLE_WORDS_SHARE = 0.6
"""A shortened line ends after a whole word, when that keeps at least this share of it."""

_NEVER_PRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
"""Control, format and private characters, and marks that would be printed over their neighbour."""
_NEVER_MISSED = frozenset({"Cc", "Cf"}) | {"\ufe0e", "\ufe0f"}
"""Categories and characters that nobody sees anyway: leaving them out is no news."""
_AS_PRINTED = str.maketrans({"\u2010": "-", "\u2011": "-", "\u00ad": ""})
_PIECES = re.compile(r"(?:[^\s\-–—/]|[\-–—/](?=\d))+[\-–—/]*|[\-–—/]+")
"""Words; a line may also break after a hyphen, dash or slash, but not inside a date."""
_BEFORE_ELLIPSIS = " ,;:·-–—/([{“‘\"'"
_ROUNDING = 1e-9
_BALANCE_STEP = 0.05
"""Lines of about the same length are found to a twentieth of the type size."""


class Letter(NamedTuple):
    """A character with the typeface that has it."""

    character: str
    face: Typeface
    advance: float

    @property
    def ink(self) -> Ink:
        """Where its ink is."""
        return self.face.ink(self.character)


@dataclass(frozen=True)
class Style:
    """How a text is set. `faces` are asked for each character in turn; sizes are in points, leading in sizes."""

    faces: tuple[Typeface, ...]
    size_pt: float
    min_size_pt: float
    leading: float = 1.35
    align: Literal["left", "centre", "right"] = "left"
    valign: Literal["top", "middle", "bottom"] = "top"
    max_lines: int | None = None

    def sizes(self) -> Iterator[float]:
        """The sizes to try, from the largest."""
        size = self.size_pt
        while size > self.min_size_pt:
            yield size
            size *= SIZE_STEP
        yield self.min_size_pt


@dataclass(frozen=True)
class PlacedLine:
    """A printed line: the pen starts at `x`, the baseline is at `y`, in points from the box's top left corner, y down."""

    x: float
    y: float
    runs: tuple[tuple[Typeface, str], ...]


@dataclass(frozen=True)
class Fitted:
    """A text as it is printed."""

    lines: tuple[PlacedLine, ...]
    size_pt: float
    is_shortened: bool = False
    has_gaps: bool = False
    """Characters are left out that a reader would miss."""


def fit(text: str, style: Style, width_pt: float, height_pt: float) -> Fitted:
    """Set a text in a box of this size. Line breaks count as spaces; a text with nothing to print gives no lines."""
    words, has_gaps = _words(text, style.faces)
    if not words:
        return Fitted((), style.size_pt, has_gaps=has_gaps)
    extent = _Extent.of(words, style.faces[0])
    for size in style.sizes():
        room = _room(style, extent, height_pt / size)
        lines = _wrapped(words, extent, width_pt / size)
        if lines and len(lines) <= room:
            return Fitted(_placed(lines, style, extent, size, width_pt, height_pt), size, has_gaps=has_gaps)
    return _shortened(words, style, extent, width_pt, height_pt, has_gaps=has_gaps)


class _Line(tuple[Letter, ...]):
    """The letters of a line, or of a part of one."""

    __slots__ = ()

    @property
    def advance(self) -> float:
        return sum(letter.advance for letter in self)

    def overhang(self) -> tuple[float, float]:
        """How far ink reaches out before the pen's start and behind its end, each at least 0."""
        left = right = before = 0.0
        end = self.advance
        for letter in self:
            ink = letter.ink
            left, right = max(left, -ink.left - before), max(right, before + ink.right - end)
            before += letter.advance
        return left, right

    def runs(self) -> tuple[tuple[Typeface, str], ...]:
        runs = groupby(self, key=lambda letter: letter.face)
        return tuple((face, "".join(letter.character for letter in run)) for face, run in runs)


class _Word(NamedTuple):
    """Letters that stay on one line when they can."""

    letters: _Line
    advance: float
    space: _Line
    """What stands before it, unless it begins a line."""


@dataclass(frozen=True)
class _Extent:
    """How far the ink of any line of a text can reach, in ems."""

    overhang: float
    widest: float
    rise: float
    drop: float
    middle: float

    @classmethod
    def of(cls, words: Sequence[_Word], face: Typeface) -> "_Extent":
        letters = {letter for word in words for letter in word.letters}
        left = max(0.0, *(-letter.ink.left for letter in letters))
        right = max(0.0, *(letter.ink.right - letter.advance for letter in letters))
        return cls(
            overhang=left + right,
            widest=max(letter.advance for letter in letters),
            rise=max(face.rise, *(letter.ink.up for letter in letters)),
            drop=max(face.drop, *(-letter.ink.down for letter in letters)),
            middle=face.middle,
        )


def _words(text: str, faces: Sequence[Typeface]) -> tuple[list[_Word], bool]:
    """The text as words of printable letters, and whether something is missing from it."""
    words: list[_Word] = []
    has_gaps = False
    for chunk in unicodedata.normalize("NFC", text).translate(_AS_PRINTED).split():
        space = _letters(" ", faces)[0] if words else _Line()
        for piece in _PIECES.findall(chunk):
            letters, has_gap = _letters(piece, faces)
            has_gaps = has_gaps or has_gap
            if letters:
                words.append(_Word(letters, letters.advance, space))
                space = _Line()
    return words, has_gaps


def _letters(piece: str, faces: Sequence[Typeface]) -> tuple[_Line, bool]:
    letters: list[Letter] = []
    has_gap = False
    for character in piece:
        # Stylised letters and ligatures that no font of ours has become the plain ones that they stand for.
        printed = _printed(character, faces) or [
            letter for plain in unicodedata.normalize("NFKC", character) for letter in _printed(plain, faces)
        ]
        letters += printed
        if not printed and unicodedata.category(character) not in _NEVER_MISSED and character not in _NEVER_MISSED:
            has_gap = True
    return _Line(letters), has_gap


def _printed(character: str, faces: Sequence[Typeface]) -> list[Letter]:
    if unicodedata.category(character) in _NEVER_PRINTED:
        return []
    face = next((face for face in faces if face.has(character)), None)
    return [Letter(character, face, face.advance(character))] if face else []


def _room(style: Style, extent: _Extent, height: float) -> int:
    """How many lines fit in a height in ems."""
    spare = height - extent.rise - extent.drop + _ROUNDING
    lines = 0 if spare < 0 else int(spare / style.leading) + 1
    return min(lines, style.max_lines or lines)


def _wrapped(words: Sequence[_Word], extent: _Extent, width: float) -> list[_Line]:
    """The words in lines whose ink is at most this wide, in ems; no lines when a letter alone is wider."""
    room = width - extent.overhang
    lines = _filled(words, room) if extent.widest <= room else []
    if not 1 < len(lines) <= MOST_BALANCED_LINES:
        return lines
    low, high = max(room / 2, *(word.advance for word in words)), room
    while high - low > _BALANCE_STEP:
        middle = (low + high) / 2
        narrower = _filled(words, middle)
        if len(narrower) == len(lines):
            lines, high = narrower, middle
        else:
            low = middle
    return lines


def _filled(words: Sequence[_Word], width: float) -> list[_Line]:
    """The words in as few lines as the width allows, which is that of the widest letter at least."""
    lines: list[_Line] = []
    line: tuple[Letter, ...] = ()
    used = 0.0
    for word in words:
        space = word.space if line else _Line()
        if used + space.advance + word.advance <= width + _ROUNDING:
            line += space + word.letters
            used += space.advance + word.advance
            continue
        if line:
            lines.append(_Line(line))
        *full, rest = _broken(word, width)
        lines += full
        line, used = rest, rest.advance
    return [*lines, _Line(line)]


def _broken(word: _Word, width: float) -> list[_Line]:
    """A word in parts of at most this width: itself, if it can be."""
    if word.advance <= width + _ROUNDING:
        return [word.letters]
    parts: list[_Line] = []
    part: tuple[Letter, ...] = ()
    used = 0.0
    for letter in word.letters:
        if used + letter.advance > width + _ROUNDING:
            parts.append(_Line(part))
            part, used = (), 0.0
        part += (letter,)
        used += letter.advance
    return [*parts, _Line(part)]


def _shortened(
    words: Sequence[_Word], style: Style, extent: _Extent, width_pt: float, height_pt: float, *, has_gaps: bool
) -> Fitted:
    """What fits at the smallest size, with an ellipsis at its end; nothing when not even that has room."""
    size = style.min_size_pt
    width = width_pt / size - extent.overhang
    room = _room(style, extent, height_pt / size)
    lines = _filled(words, width)[:room] if extent.widest <= width else []
    if lines:
        lines[-1] = _with_ellipsis(lines[-1], style.faces, width)
    placed = _placed([line for line in lines if line], style, extent, size, width_pt, height_pt)
    return Fitted(placed, size, is_shortened=True, has_gaps=has_gaps)


def _with_ellipsis(line: _Line, faces: Sequence[Typeface], width: float) -> _Line:
    ellipsis = _letters(ELLIPSIS, faces)[0]
    kept = line
    while kept and (kept.advance + ellipsis.advance > width or kept[-1].character in _BEFORE_ELLIPSIS):
        kept = _Line(kept[:-1])
    if len(kept) < len(line) and line[len(kept)].character != " ":
        spaces = [index for index, letter in enumerate(kept) if letter.character == " "]
        if spaces and spaces[-1] >= WHOLE_WORDS_SHARE * len(line):
            kept = _Line(kept[: spaces[-1]])
    while kept and kept[-1].character in _BEFORE_ELLIPSIS:
        kept = _Line(kept[:-1])
    return _Line(kept + ellipsis) if kept else _Line()


def _placed(
    lines: Sequence[_Line], style: Style, extent: _Extent, size: float, width_pt: float, height_pt: float
) -> tuple[PlacedLine, ...]:
    width, height = width_pt / size, height_pt / size
    first = _first_baseline(style, extent, height, (len(lines) - 1) * style.leading)
    return tuple(
        PlacedLine(_start(line, style, width) * size, (first + number * style.leading) * size, line.runs())
        for number, line in enumerate(lines)
    )


def _first_baseline(style: Style, extent: _Extent, height: float, depth: float) -> float:
    """Where the first baseline is, from the box's top; `depth` is from the first to the last one."""
    highest, lowest = extent.rise, height - extent.drop - depth
    match style.valign:
        case "top":
            return highest
        case "bottom":
            return lowest
        case "middle":  # by the middle of the capitals, which is what looks centred
            return min(max((height - depth) / 2 + extent.middle, highest), lowest)


def _start(line: _Line, style: Style, width: float) -> float:
    left, right = line.overhang()
    last = width - right - line.advance
    match style.align:
        case "left":
            return left
        case "right":
            return last
        case "centre":
            return min(max((width - line.advance) / 2, left), last)
