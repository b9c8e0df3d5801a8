"""Reading YAML that may be broken or hostile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articket_artists.reading import UnreadableText, read_document


def test_words_stay_words_and_numbers_become_numbers():
    text = b"a: no\nb: on\nc: 1:30\nd: 010\ne: 1e-3\nf: 2024-01-01\ng: ~\nh: true\ni: '7'\nj: .5\nk: 0x1F\n"

    data = read_document(text).data

    assert data == {
        "a": "no", "b": "on", "c": "1:30", "d": 10, "e": 0.001, "f": "2024-01-01", "g": None, "h": True, "i": "7", "j": 0.5,
        "k": "0x1F",
    }  # fmt: skip


def test_a_digest_of_digits_alone_stays_text():
    assert read_document(b"sha256: " + b"1" * 64).data == {"sha256": "1" * 64}


def test_every_value_has_its_line():
    document = read_document(b"a: 1\nb:\n  - x\n  - c: 2\n")

    assert document.line_of(("b", 1, "c")) == 4
    assert document.line_of(("b", 1, "not there")) == 4
    assert document.line_of(("not there",)) is None


def test_a_byte_order_mark_is_no_fault():
    assert read_document("\ufeffa: 1".encode()).data == {"a": 1}


REFUSED = {
    "a key twice": (b"a: 1\nb: 2\na: 3\n", "each key once", 3),
    "a key twice in a flow": (b"x: {a: 1, a: 2}", "each key once", 1),
    "an alias": (b"a: &x 1\nb: *x\n", "values written out", 1),
    "an alias of nothing": (b"a: *x\n", "values written out", 1),
    "an object": (b"a: !!python/object/apply:os.system [id]", "plain values", 1),
    "a tag": (b"a: !thing 1", "plain values", 1),
    "two documents": (b"a: 1\n---\nb: 2\n", "one document", 2),
    "a list": (b"- 1\n- 2\n", "keys with values", None),
    "nothing": (b"", "keys with values", None),
    "only comments": (b"# a\n# b\n", "keys with values", None),
    "a tab": (b"a:\n\tb: 1\n", "correct YAML", 2),
    "a colon in text": (b"a: b: c\n", "correct YAML", 1),
    "an open quote": (b'a: "b\nc: 1\n', "correct YAML", 3),
    "an open bracket": (b"a: [1, 2\nb: 3\n", "correct YAML", 2),
    "a bare placeholder": (b"prompt: {caption}, oil painting\n", "correct YAML", 1),
    "a mapping as key": (b"{{a: 1}: 2}", "a word as key", 1),
    "Latin-1": ("a: 1\nb: é".encode("latin-1"), "UTF-8 text", 2),
    "UTF-16": ("a: 1".encode("utf-16"), "UTF-8 text", 1),
    "a control character": (b'a: "\\0"', "text", 1),
    "half a surrogate pair": (b'a: "\\uD800"', "text", 1),
    "writing turned round": ("a: \u202eabc".encode(), "text", 1),
    "a raw NUL": (b"a: \x00", "YAML", None),
    "too much": (b"a: " + b"x" * 70_000, "at most 64 KiB", None),
    "too deep": (b"a: " + b"[" * 30_000, "blocks at most 12 deep", 1),
    "too deep, mappings": (b"{a: " * 15_000, "blocks at most 12 deep", 1),
    "too many values": (b"a: [" + b"1," * 30_000 + b"1]", "at most 5000 values", 1),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_line(case):
    content, expected, line = REFUSED[case]

    with pytest.raises(UnreadableText) as refused:
        read_document(content)

    assert refused.value.expected.startswith(expected)
    assert refused.value.line == line


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))

    with pytest.raises(UnreadableText, match="anchor"):
        read_document(bomb.encode())


HINTS = {
    b"a:\n\tb: 1\n": "not with tabs",
    b"a: b: c\n": "into quotes",
    b'a: "b\n': "quote is not closed",
    b"a: [1, 2\nb: 3\n": "bracket",
    b"prompt: {caption}, oil\n": "goes into quotes as a whole",
    b"a: @b\n": "into quotes",
}


@pytest.mark.parametrize("content", HINTS)
def test_common_mistakes_have_a_hint_of_their_own(content):
    with pytest.raises(UnreadableText) as refused:
        read_document(content)

    assert HINTS[content] in refused.value.hint


def read_or_refused(content):
    """Anything but these two ends is an error of its own."""
    try:
        return read_document(content)
    except UnreadableText as refusal:
        return refusal


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_comes_is_either_read_or_refused(content):
    assert read_or_refused(content)


SIGNS = ["a", ":", " ", "\n", "-", "{", "}", "[", "]", ",", "&x", "*x", "!!", "'", '"', "#", "|", ">", "?", "%", "\t"]


@given(st.lists(st.sampled_from(SIGNS)))
def test_yaml_shaped_noise_is_either_read_or_refused(parts):
    assert read_or_refused("".join(parts).encode())
