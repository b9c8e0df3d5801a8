"""The fonts that tickets are set in: which characters each one has, how wide they are, and where their ink is.

`lettering.py` measures with a `Typeface`, `drawing.py` prints with it by its reportlab name. The files lie in `fonts/`; each is
read on first use and kept, because an idle process should not hold 10 MB of fonts that no artist asks for.
"""

import struct
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).parent / "fonts"

Font = Literal["sans", "serif", "poster", "hand"]
Weight = Literal["regular", "bold"]

_FILES: dict[tuple[Font, Weight], str] = {
    ("sans", "regular"): "Pretendard-Regular",
    ("sans", "bold"): "Pretendard-Bold",
    ("serif", "regular"): "GowunBatang-Bold",
    ("serif", "bold"): "GowunBatang-Bold",
    ("poster", "regular"): "BlackHanSans-Regular",
    ("poster", "bold"): "BlackHanSans-Regular",
    ("hand", "regular"): "NanumPenScript-Regular",
    ("hand", "bold"): "NanumPenScript-Regular",
}

_TALL_CHARACTERS = "Hdlkbf각흘ㅂ"
_DEEP_CHARACTERS = "gjpqyÇ"
_GLYPH_BOX = struct.Struct(">4h")
_BOX_OFFSET = 2  # a glyph begins with its number of contours


class Ink(NamedTuple):
    """Where a character's ink ends, in ems: left and right of the pen, down and up from the baseline; up is positive."""

    left: float
    down: float
    right: float
    up: float


@dataclass(frozen=True)
class Typeface:
    """One font file, registered with reportlab under `name`."""

    name: str
    file: Path

    @cached_property
    def _font(self) -> TTFont:
        # asciiReadable would put all of ASCII into every ticket; text is extracted through ToUnicode all the same.
        font = TTFont(self.name, str(self.file), asciiReadable=0)
        pdfmetrics.registerFont(font)
        return font

    @cached_property
    def _glyphs(self) -> dict[int, int]:
        return self._font.face.charToGlyph

    @cached_property
    def _widths(self) -> dict[int, float]:
        return self._font.face.charWidths

    @cached_property
    def _inks(self) -> dict[str, Ink]:
        return {}

    @cached_property
    def _units_per_em(self) -> int:
        return self._font.face.unitsPerEm

    def has(self, character: str) -> bool:
        """Whether the font can print the character."""
        return ord(character) in self._glyphs

    def advance(self, character: str) -> float:
        """How far the character moves the pen, in ems."""
        return self._widths[ord(character)] / 1000

    def ink(self, character: str) -> Ink:
        """Where the character's ink is."""
        if character not in self._inks:
            self._inks[character] = self._read_ink(self._glyphs[ord(character)])
        return self._inks[character]

    @cached_property
    def rise(self) -> float:
        """How high an ordinary line reaches above its baseline, in ems."""
        return max(self.ink(character).up for character in _TALL_CHARACTERS if self.has(character))

    @cached_property
    def drop(self) -> float:
        """How deep an ordinary line reaches below its baseline, in ems."""
        return -min(self.ink(character).down for character in _DEEP_CHARACTERS if self.has(character))

    @cached_property
    def middle(self) -> float:
        """The height of the middle of a capital above the baseline, in ems: what looks centred."""
        capital = self.ink("H")
        return (capital.up + capital.down) / 2

    def _read_ink(self, glyph: int) -> Ink:
        face = self._font.face
        start, end = face.glyphPos[glyph], face.glyphPos[glyph + 1]
        if start == end:  # a space has no outline
            return Ink(0, 0, 0, 0)
        box = _GLYPH_BOX.unpack(face.get_chunk(face.get_table_pos("glyf")[0] + start + _BOX_OFFSET, _GLYPH_BOX.size))
        return Ink(*(units / self._units_per_em for units in box))


@cache
def typeface(font: Font, weight: Weight) -> Typeface:
    """The typeface for a slot; nothing is read from disk yet."""
    return _by_file(_FILES[font, weight])


@cache
def _by_file(name: str) -> Typeface:
    return Typeface(name, FONTS / f"{name}.ttf")
