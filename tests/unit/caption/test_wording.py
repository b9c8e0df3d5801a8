"""The sentences: they fit, they agree with what was seen, and they are there in both languages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from articket_caption.seeing import Colour, Faces, Format, Light, Sight
from articket_caption.seeing.faces import Box
from articket_caption.wording import describe


def a_sight(
    faces: int = 0,
    may_be_more: bool = False,
    is_portrait: bool = False,
    has_cat: bool = False,
    colours: tuple[Colour, ...] = (),
    is_colourless: bool = False,
    light: Light | None = None,
    is_open_air: bool = False,
    format: Format = Format.WIDE,
) -> Sight:
    boxes = tuple(Box(0, 0, 10, 10) for _ in range(faces))
    return Sight(format, Faces(boxes, may_be_more, is_portrait), has_cat, colours, is_colourless, light, is_open_air)


def every_sight() -> Iterator[Sight]:
    for faces, more, light, air, format_ in itertools.product(range(8), (False, True), (None, *Light), (False, True), Format):
        for colours in ((), *itertools.permutations(Colour, 2)):
            yield a_sight(faces, more, faces > 0, faces == 0 and more, colours, False, light, air, format_)


def test_every_sentence_fits():
    for sight in every_sight():
        description = describe(sight)
        assert 0 < len(description.prompt) <= 200
        assert 0 < len(description.text_en) <= 80
        assert 0 < len(description.text_ko) <= 80


def test_what_nothing_is_known_of_still_has_a_sentence():
    description = describe(a_sight())
    assert (description.prompt, description.text_en, description.text_ko) == (
        "a horizontal photo",
        "A horizontal picture",
        "가로 사진",
    )
    assert description.subjects == ()


@pytest.mark.parametrize(
    ("sight", "en", "ko", "subjects"),
    [
        (a_sight(1), "One person", "한 사람", ("person",)),
        (a_sight(1, may_be_more=True), "A person", "사람", ("person",)),
        (a_sight(2), "Two people", "두 사람", ("people",)),
        (a_sight(3, may_be_more=True), "People", "사람들", ("people",)),
        (a_sight(4), "Four people", "네 사람", ("people",)),
        (a_sight(5), "A group of people", "여러 사람", ("people",)),
        (a_sight(has_cat=True), "A cat", "고양이", ("cat",)),
        (a_sight(is_open_air=True), "Under a blue sky", "푸른 하늘 아래", ("place",)),
        (a_sight(1, is_open_air=True), "One person", "한 사람", ("person", "place")),
    ],
)
def test_who_is_in_the_photo_comes_first(sight: Sight, en: str, ko: str, subjects: tuple[str, ...]):
    description = describe(sight)
    assert (description.text_en, description.text_ko, description.subjects) == (en, ko, subjects)


def test_the_prompt_is_one_sentence_of_all_that_was_seen():
    sight = a_sight(1, is_portrait=True, colours=(Colour.ORANGE, Colour.NAVY), light=Light.SOFT_CONTRAST, format=Format.UPRIGHT)
    assert describe(sight).prompt == "a vertical portrait of one person, orange and navy tones, soft contrast"


def test_korean_colours_are_joined_as_korean_joins_words():
    assert "주황과 남색" in describe(a_sight(colours=(Colour.ORANGE, Colour.NAVY))).text_ko
    assert "보라와 회색" in describe(a_sight(colours=(Colour.PURPLE, Colour.GREY))).text_ko


def test_black_and_white_is_no_tone():
    description = describe(a_sight(is_colourless=True))
    assert description.prompt == "a horizontal photo, black and white"
    assert description.text_ko == "가로 사진 · 흑백"
