"""Makes sentences of what was seen, in English for an image model and in English and Korean for the ticket.

Every word says something that `seeing` is certain of; what it is not certain of has no word here. Each line stays well under
the 80 characters that the ticket has room for, which a test counts over every combination.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from articket_caption.engines import Description, Subject
from articket_caption.seeing import Colour, Format, Light, Sight

__all__ = ["describe"]

# From here on nobody counts.
GROUP = 5

_NUMBERS_EN = ("no", "one", "two", "three", "four")
_NUMBERS_KO = ("", "한", "두", "세", "네")

_FORMAT_EN: Mapping[Format, str] = {Format.UPRIGHT: "vertical", Format.WIDE: "horizontal", Format.SQUARE: "square"}
_FORMAT_KO: Mapping[Format, str] = {Format.UPRIGHT: "세로", Format.WIDE: "가로", Format.SQUARE: "정사각"}

_COLOUR_KO: Mapping[Colour, str] = {
    Colour.BLACK: "검정",
    Colour.GREY: "회색",
    Colour.WHITE: "하양",
    Colour.RED: "빨강",
    Colour.PINK: "분홍",
    Colour.ORANGE: "주황",
    Colour.BROWN: "갈색",
    Colour.BEIGE: "베이지",
    Colour.YELLOW: "노랑",
    Colour.OLIVE: "올리브색",
    Colour.GREEN: "초록",
    Colour.TURQUOISE: "청록",
    Colour.SKY_BLUE: "하늘색",
    Colour.BLUE: "파랑",
    Colour.NAVY: "남색",
    Colour.PURPLE: "보라",
}
_COLOURLESS_EN, _COLOURLESS_KO = "black and white", "흑백"

_LIGHT_EN: Mapping[Light, str] = {
    Light.DIM: "dim light",
    Light.SHADOWS: "deep shadows",
    Light.BRIGHT: "bright light",
    Light.STRONG_CONTRAST: "strong contrast",
    Light.SOFT_CONTRAST: "soft contrast",
}
_LIGHT_KO: Mapping[Light, str] = {
    Light.DIM: "어둑한 빛",
    Light.SHADOWS: "짙은 어둠",
    Light.BRIGHT: "환한 빛",
    Light.STRONG_CONTRAST: "또렷한 명암",
    Light.SOFT_CONTRAST: "부드러운 명암",
}


def describe(sight: Sight) -> Description:
    """Put what was seen into words."""
    return Description(
        prompt=_prompt(sight),
        text_en=_line_en(sight),
        text_ko=_line_ko(sight),
        subjects=_subjects(sight),
        face_count=len(sight.faces.boxes),
    )


def _prompt(sight: Sight) -> str:
    kind = "portrait" if sight.faces.is_portrait else "photo"
    whom = _whom_en(sight)
    parts = [f"a {_FORMAT_EN[sight.format]} {kind}" + (f" of {whom}" if whom else "")]
    if sight.is_open_air:
        parts.append("outdoors under a blue sky")
    if colours := _colours_en(sight):
        parts.append(colours if sight.is_colourless else f"{colours} tones")
    if sight.light:
        parts.append(_LIGHT_EN[sight.light])
    return ", ".join(parts)


def _line_en(sight: Sight) -> str:
    whom = _whom_en(sight) or ("under a blue sky" if sight.is_open_air else f"a {_FORMAT_EN[sight.format]} picture")
    colours = _colours_en(sight)
    light = _LIGHT_EN[sight.light] if sight.light else ""
    line = " · ".join(part for part in (whom, colours, light) if part)
    return line[0].upper() + line[1:]


def _line_ko(sight: Sight) -> str:
    whom = _whom_ko(sight) or ("푸른 하늘 아래" if sight.is_open_air else f"{_FORMAT_KO[sight.format]} 사진")
    light = _LIGHT_KO[sight.light] if sight.light else ""
    return " · ".join(part for part in (whom, _colours_ko(sight), light) if part)


def _whom_en(sight: Sight) -> str:
    faces = len(sight.faces.boxes)
    if faces == 0:
        return "a cat" if sight.has_cat else ""
    if faces >= GROUP:
        return "a group of people"
    if sight.faces.may_be_more:  # true for any number
        return "a person" if faces == 1 else "people"
    return f"{_NUMBERS_EN[faces]} {'person' if faces == 1 else 'people'}"


def _whom_ko(sight: Sight) -> str:
    faces = len(sight.faces.boxes)
    if faces == 0:
        return "고양이" if sight.has_cat else ""
    if faces >= GROUP:
        return "여러 사람"
    if sight.faces.may_be_more:
        return "사람" if faces == 1 else "사람들"
    return f"{_NUMBERS_KO[faces]} 사람"


def _colours_en(sight: Sight) -> str:
    return _COLOURLESS_EN if sight.is_colourless else _and(sight.colours)


def _colours_ko(sight: Sight) -> str:
    if sight.is_colourless:
        return _COLOURLESS_KO
    return " ".join(_with_particle(sight.colours))


def _and(colours: Sequence[Colour]) -> str:
    return " and ".join(colours)


def _with_particle(colours: Sequence[Colour]) -> list[str]:
    """Join with 과 after a final consonant and with 와 after a vowel, as Korean does."""
    names = [_COLOUR_KO[colour] for colour in colours]
    return [name + ("과" if _ends_in_consonant(name) else "와") for name in names[:-1]] + names[-1:]


def _ends_in_consonant(word: str) -> bool:
    return (ord(word[-1]) - ord("가")) % 28 != 0


def _subjects(sight: Sight) -> tuple[Subject, ...]:
    subjects: list[Subject] = []
    if sight.faces.any:
        subjects.append(Subject.PERSON if len(sight.faces.boxes) == 1 else Subject.PEOPLE)
    if sight.has_cat:
        subjects.append(Subject.CAT)
    if sight.is_open_air:
        subjects.append(Subject.PLACE)
    return tuple(subjects)
