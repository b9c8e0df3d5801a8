"""Server-sent events are read as the standard says, however they are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articket_cli.gateway.events import Event, EventParser

STREAM = (
    b": a comment\n"
    b"retry: 1500\n"
    b"\n"
    b'event: visit\r\nid: 7\r\ndata: {"a":\r\ndata: 1}\r\n\r\n'
    b"event: painting\rdata:no id\r\r"
    b"data: \xe2\x80\xa8 stays\n\n"
    b"event: nothing to tell\n\n"
    b"id: 8\nunknown: field\ndata\n\n"
    b"data: not finished"
)
EVENTS = [
    Event("visit", '{"a":\n1}', "7"),
    Event("painting", "no id", "7"),
    Event("message", "\u2028 stays", "7"),
    Event("message", "", "8"),
]


def test_events_are_read():
    parser = EventParser()

    assert parser.feed(STREAM) == EVENTS
    assert parser.last_id == "8"
    assert parser.retry_seconds == 1.5


@given(st.lists(st.integers(0, len(STREAM)), max_size=12).map(sorted))
def test_cuts_do_not_matter(cuts: list[int]):
    parser = EventParser()
    edges = [0, *cuts, len(STREAM)]
    pieces = [STREAM[start:end] for start, end in itertools.pairwise(edges)]

    assert [event for piece in pieces for event in parser.feed(piece)] == EVENTS


@pytest.mark.parametrize("line", [b"id: a\0b\n", b"retry: soon\n"])
def test_what_the_standard_ignores_is_ignored(line: bytes):
    parser = EventParser(last_id="3")
    parser.feed(line)

    assert (parser.last_id, parser.retry_seconds) == ("3", None)
