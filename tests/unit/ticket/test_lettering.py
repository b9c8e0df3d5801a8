"""Words in boxes: where they break, how they shrink, what is left out, and that they stay inside."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articket_ticket.lettering import Fitted, Style, fit
from articket_ticket.typefaces import typeface

SANS = (typeface("sans", "regular"),)
FACES = {font: (typeface(font, "bold"), typeface("sans", "bold")) for font in ("sans", "serif", "poster", "hand")}


def fitted(text: str, width: float = 120, height: float = 60, faces=SANS, **style: object) -> Fitted:
    return fit(text, Style(faces, **({"size_pt": 10, "min_size_pt": 6} | style)), width, height)


def lines(result: Fitted) -> list[str]:
    return ["".join(letters for _, letters in line.runs) for line in result.lines]


def ink_boxes(result: Fitted) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each printed letter."""
    boxes = []
    for line in result.lines:
        pen = line.x
        for face, letters in line.runs:
            for letter in letters:
                ink, size = face.ink(letter), result.size_pt
                boxes.append((pen + ink.left * size, line.y - ink.up * size, pen + ink.right * size, line.y - ink.down * size))
                pen += face.advance(letter) * size
    return boxes


def test_a_short_text_keeps_its_size_and_one_line():
    result = fitted("Hello")
    assert (lines(result), result.size_pt, result.is_shortened) == (["Hello"], 10, False)


def test_latin_breaks_between_words():
    assert lines(fitted("the quick brown fox jumps over it", width=80)) == ["the quick brown", "fox jumps over it"]


def test_korean_breaks_between_eojeols():
    text = "당신은 평범한 저녁에서도 움직이는 빛을 봅니다"
    assert " ".join(lines(fitted(text, width=90))) == text
    assert len(lines(fitted(text, width=90))) > 1


def test_an_eojeol_wider_than_the_line_breaks_between_characters():
    result = fitted("가나다라마바사아자차카타파하" * 2, width=60, height=80)
    assert "".join(lines(result)) == "가나다라마바사아자차카타파하" * 2
    assert len(result.lines) > 1


def test_a_line_may_break_after_a_hyphen():
    assert lines(fitted("re-entry-form", width=55)) == ["re-entry-", "form"]


def test_a_date_is_not_broken():
    assert lines(fitted("on the day 2026-11-21", width=70)) == ["on the day", "2026-11-21"]


def test_few_lines_are_of_about_the_same_length():
    first, second = lines(fitted("one two three four five six seven", width=110))
    assert abs(len(first) - len(second)) <= 6


def test_line_breaks_and_tabs_count_as_spaces():
    assert lines(fitted("one\r\ntwo\tthree\u2028four")) == ["one two three four"]


def test_type_shrinks_before_words_are_lost():
    result = fitted("word " * 30, width=120, height=50)
    assert 6 <= result.size_pt < 10
    assert not result.is_shortened
    assert " ".join(lines(result)).split() == ["word"] * 30


def test_what_does_not_fit_at_the_smallest_size_ends_with_an_ellipsis():
    result = fitted("word " * 300, width=120, height=50)
    assert (result.size_pt, result.is_shortened, lines(result)[-1][-1]) == (6, True, "…")


def test_the_ellipsis_follows_a_whole_word():
    assert lines(fitted("one two three four five six seven", width=70, height=8))[-1].removesuffix("…").split()[-1] in {
        "two", "three", "four", "five",
    }  # fmt: skip


def test_max_lines_is_kept():
    assert len(fitted("word " * 40, max_lines=2, height=200).lines) == 2


def test_a_box_lower_than_the_smallest_type_stays_empty():
    result = fitted("Hello", height=5)
    assert (result.lines, result.is_shortened) == ((), True)


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u200b"])
def test_nothing_to_print_gives_no_lines_and_no_complaint(text: str):
    assert fitted(text) == Fitted((), 10)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("cat 🐈 and dog 🐕‍🦺!", "cat and dog !"),
        ("漢字 and 한글", "and 한글"),
        ("مرحبا hello", "hello"),
        ("a\x00b\x1bc", "abc"),
        ("zal\u0334\u0335go\u0336", "zalgo"),
        ("\U000e0041tag", "tag"),
        ("\ue000private", "private"),
    ],
)
def test_characters_that_no_font_has_are_left_out(text: str, printed: str):
    assert lines(fitted(text, width=300)) == [printed]


@pytest.mark.parametrize("text", ["cat 🐈", "漢字", "a\u0336"])
def test_it_is_told_when_a_reader_would_miss_something(text: str):
    assert fitted(text).has_gaps


@pytest.mark.parametrize("text", ["a\u200bb", "a\u00adb", "heart ♥\ufe0f", "line\nbreak", "\ufeffbom"])
def test_nothing_is_told_of_characters_that_nobody_sees(text: str):
    assert not fitted(text).has_gaps


def test_decomposed_letters_are_put_together():
    assert lines(fitted(unicodedata.normalize("NFD", "한글 café"))) == ["한글 café"]


def test_letters_in_fancy_dress_become_plain_ones():
    assert lines(fitted("𝓗𝓮𝓵𝓵𝓸 ﬁne 𝟜𝟚")) == ["Hello fine 42"]


def test_what_the_font_lacks_is_taken_from_the_next():
    (line,) = fitted("No. 7 €", faces=FACES["poster"], width=200).lines
    assert [face.name for face, _ in line.runs] == ["BlackHanSans-Regular", "Pretendard-Bold"]


@pytest.mark.parametrize(("valign", "share"), [("top", 0.1), ("middle", 0.5), ("bottom", 0.9)])
def test_words_stand_where_valign_says(valign: str, share: float):
    (line,) = fitted("HHH", height=100, valign=valign).lines
    middle_of_capitals = line.y - SANS[0].middle * 10
    assert middle_of_capitals / 100 == pytest.approx(share, abs=0.06)


@pytest.mark.parametrize(("align", "side"), [("left", 0), ("right", 120), ("centre", 60)])
def test_words_stand_where_align_says(align: str, side: float):
    left, _, right, _ = [
        f(edge) for f, edge in zip((min, min, max, max), zip(*ink_boxes(fitted("HHH", align=align)), strict=True), strict=True)
    ]
    assert {"left": left, "right": right, "centre": (left + right) / 2}[align] == pytest.approx(side, abs=1)


scripts = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F), max_size=300),
    st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3) | st.just(" "), max_size=200),
    st.lists(
        st.sampled_from(["당신의", "사진이", "예술이", "Jjqy", "ȉ", "Ǻ", "supercalifragilistic", "쩘", "—", "😀", "ﬃ"]),
        max_size=60,
    ).map(" ".join),
)


@settings(deadline=None, max_examples=150)
@given(
    text=scripts,
    width=st.floats(6, 300),
    height=st.floats(6, 200),
    size=st.floats(5, 72),
    font=st.sampled_from(sorted(FACES)),
    align=st.sampled_from(["left", "centre", "right"]),
    valign=st.sampled_from(["top", "middle", "bottom"]),
    leading=st.floats(0.8, 3),
)
def test_no_ink_ever_leaves_the_box(text, width, height, size, font, align, valign, leading):
    style = Style(FACES[font], size, min_size_pt=5, align=align, valign=valign, leading=leading)
    result = fit(text, style, width, height)
    for left, top, right, bottom in ink_boxes(result):
        assert left >= -0.01
        assert top >= -0.01
        assert right <= width + 0.01
        assert bottom <= height + 0.01


@settings(deadline=None, max_examples=100)
@given(
    text=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E) | st.just(" "), max_size=200), width=st.floats(40, 300)
)
def test_a_text_that_is_not_shortened_is_printed_whole(text, width):
    result = fitted(text, width=width, height=500)
    assert result.is_shortened or "".join("".join(lines(result)).split()) == "".join(text.split())
