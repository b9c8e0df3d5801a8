"""Whatever a model says, a prompt gets one plain sentence of it, or nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articket_artists import clean_caption
from articket_caption.cleaning import MOST_CHARACTERS, plain_sentence

PLAIN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*(?:,? [a-z0-9]+(?:['-][a-z0-9]+)*)*")

MARKUP = st.sampled_from(
    [
        *"<>(){}[]|:\\_#*^~+-=@/.,;'\"`$%&!?\n\r\t\0\u2028\u200b\u202e＜＞：（",
        "<lora:x:9>", "<lora:", ":1.9)", "(word:1.9)", "[a|b]", "{a|b}", "__wild__", "BREAK", "AND", "AND_PERP",
        "embedding:evil", "https://evil.example/x", "www.evil.example", "&lt;", "&gt;", "&#60;", "&#x3c;", "<br>",
        "\ud800", "ﷺ", "ﬁ", "한", "é",
    ]
)  # fmt: skip
SAYINGS = st.lists(st.one_of(MARKUP, st.text(max_size=6), st.sampled_from(["a woman", " ", "cup"])), max_size=60).map("".join)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("a woman holding a cup", "a woman holding a cup"),
        ("  A Woman, holding  a Cup.  ", "a woman, holding a cup"),
        ("a dog's bone and a well-known café", "a dog's bone and a well-known cafe"),
        ("two men & a boat", "two men and a boat"),
        ("Mr. Smith rests. He is tired.", "mr smith rests"),
        ("a man\nNegative prompt: art", "a man"),
        ("a man\u2028BREAK", "a man"),
        ("\n\n!!\na man", "a man"),
        ("dog dog dog on a a sofa", "dog on a sofa"),
        ("a ﬁsh", "a fish"),
    ],
)
def test_a_sentence_stays_what_it_is(said: str, sentence: str):
    assert plain_sentence(said) == sentence


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("a man <lora:x:9>", "a man"),
        ("a man<lora:x:9>smiling", "a man smiling"),
        ("a man <lo<lora:x:1>ra:evil:2> smiling", "a man smiling"),
        ("a man <lora:x:9", "a man"),
        ("＜lora：evil：1＞ a man", "a man"),
        ("&lt;lora:x:9&gt; a man", "a man"),
        ("<hypernet:x:1> <lyco:x:1> a man", "a man"),
        ("(word:1.9) here", "word here"),
        ("((word)) [[here]]", "word here"),
        ("a dog : -1", "a dog"),
        ("word++ and word--", "word and word"),
        ("[cats|dogs] {birds|fish}", "cats dogs birds fish"),
        ("[from:to:0.5] here", "from to here"),
        ("a cat BREAK a dog AND a bird", "a cat break a dog and a bird"),
        ("a cat AND_PERP a dog", "a cat and perp a dog"),
        ("__colours__ and embedding:evil", "colours and embedding evil"),
        ("a cat # comment", "a cat comment"),
        ("see https://evil.example/x?y=1 a cat", "see a cat"),
        ("a cat at www.evil.example, from evil.com/x", "a cat at from"),
        ("<b>a man</b> <script>x</script>", "a man x"),
        ("zero\u200bwidth \u202eturned\u0000 here", "zerowidth turned here"),
    ],
)
def test_commands_are_taken_out(said: str, sentence: str):
    assert plain_sentence(said) == sentence


@pytest.mark.parametrize(
    "said",
    ["", "  ", "...", "<error>", "<lora:x:9>", "42", "a", "None", "null", "NaN", "error", "한 사람", "\ud800", "x" * 500],
)
def test_nonsense_is_nothing(said: str):
    assert plain_sentence(said) == ""


def test_what_is_long_is_cut_between_words():
    sentence = plain_sentence("many small words, " * 50)
    assert MOST_CHARACTERS - 10 < len(sentence) <= MOST_CHARACTERS
    assert set(sentence.replace(",", "").split()) == {"many", "small", "words"}


def test_even_a_huge_text_is_read_in_no_time():
    for said in ("ﷺ" * 1_000_000, "<" * 1_000_000, "a." * 500_000, ":1" * 500_000, "& < " * 300_000):
        assert len(plain_sentence(said)) <= MOST_CHARACTERS


@given(SAYINGS)
def test_whatever_is_said_the_sentence_is_plain(said: str):
    sentence = plain_sentence(said)
    assert len(sentence) <= MOST_CHARACTERS
    assert sentence == "" or PLAIN.fullmatch(sentence)


@given(SAYINGS)
def test_cleaning_twice_changes_nothing(said: str):
    once = plain_sentence(said)
    assert plain_sentence(once) == once


@given(SAYINGS)
def test_the_painting_side_finds_nothing_left_to_take_out(said: str):
    sentence = plain_sentence(said)
    assert clean_caption(sentence) == sentence
