"""Prompts filled with captions that may carry commands for the painting server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articket_artists import clean_caption, fill_prompt, load_folder
from articket_artists.prompt import MAX_CAPTION_CHARACTERS
from tests.support.artists import write_artist

TEMPLATE = "{caption}, woodblock print by Hokusai, {trigger}"


def test_caption_and_trigger_take_their_places():
    assert fill_prompt(TEMPLATE, caption="a cat", trigger="hksai") == "a cat, woodblock print by Hokusai, hksai"


@pytest.mark.parametrize(
    ("caption", "trigger", "filled"),
    [
        ("", "", "woodblock print by Hokusai"),
        ("a cat", "", "a cat, woodblock print by Hokusai"),
        ("", "hksai", "woodblock print by Hokusai, hksai"),
    ],
)
def test_an_empty_place_leaves_no_comma(caption, trigger, filled):
    assert fill_prompt(TEMPLATE, caption=caption, trigger=trigger) == filled


def test_a_caption_is_never_filled_a_second_time():
    assert fill_prompt("{caption} {trigger}", caption="{trigger} {caption}", trigger="T") == "trigger caption T"


@pytest.mark.parametrize(
    ("caption", "cleaned"),
    [
        ("a man <lora:evil:2> smiling", "a man smiling"),
        ("a man <lo<lora:x:1>ra:evil:2>", "a man lo ra:evil:2"),
        ("＜lora：evil：1＞ a man", "a man"),
        ("(a cat:1.9) [dog|bird] {x}", "a cat:1.9 dog bird x"),
        ("a cat\nNegative prompt: art", "a cat Negative prompt: art"),
        ("a cat # the rest is a comment", "a cat the rest is a comment"),
        ("a cat AND a dog BREAK", "a cat and a dog break"),
        ("__wildcard__ a\\(b\\)", "wildcard a b"),
        ("zero\u200bwidth \u202eturned\u0000", "zero width turned"),
        ("  a   cat.  ", "a cat"),
        ("한 사람과 고양이", "한 사람과 고양이"),
    ],
)
def test_captions_are_cleaned_of_markup(caption, cleaned):
    assert clean_caption(caption) == cleaned


def test_a_long_caption_is_cut_between_words():
    cleaned = clean_caption("word " * 100)

    assert len(cleaned) <= MAX_CAPTION_CHARACTERS
    assert cleaned.endswith("word")


def test_a_long_caption_without_spaces_is_cut_all_the_same():
    assert len(clean_caption("x" * 1000)) == MAX_CAPTION_CHARACTERS


@given(st.text(max_size=300))
def test_whatever_the_caption_the_prompt_is_one_line_of_plain_words(caption):
    prompt = fill_prompt(TEMPLATE, caption=caption, trigger="hksai")

    assert prompt.endswith("woodblock print by Hokusai, hksai")
    assert not set("<>{}[]()|\\#\n\r") & set(prompt)


def test_an_artist_fills_its_own_prompt(tmp_path):
    lora = {"source": "https://example.org/x.safetensors", "sha256": "0" * 64, "trigger": "hksai"}
    artist = load_folder(write_artist(tmp_path / "hokusai", lora=lora)).artist

    assert artist.prompt_for("a cat") == "a cat, woodblock print in the manner of Hokusai, hksai"
