"""How far paintings are: bars on a terminal, lines elsewhere, nothing for a program."""

from io import StringIO

import pytest

from articket_cli.gateway.views import Painting, Visit
from articket_cli.paint.progress import Bars, Lines, Silence, progress_on, wording


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def visit(*paintings: Painting) -> Visit:
    return Visit(id="v", state="painting", paintings=paintings)


@pytest.mark.parametrize(
    ("stream", "is_silent", "kind"), [(Terminal(), False, Bars), (StringIO(), False, Lines), (Terminal(), True, Silence)]
)
def test_way_to_show_follows_the_stream(stream: StringIO, is_silent: bool, kind: type):
    assert isinstance(progress_on(stream, is_silent=is_silent), kind)


def test_bar_is_full_only_when_the_painting_is_done(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    bars = Bars(Terminal())
    painting = Painting(artist_id="renoir", state="painting", step=4, steps=4, label="light")
    with bars:
        bars.show("me.jpg", visit(painting))
        (task,) = bars._bars.tasks
        assert not task.finished
        bars.show("me.jpg", visit(painting.model_copy(update={"state": "done"})))
        assert task.finished


def test_bar_of_a_waiting_painting_has_not_begun():
    bars = Bars(Terminal())
    bars.show("me.jpg", visit(Painting(artist_id="renoir", state="queued", position=2)))

    assert not bars._bars.tasks[0].started


def test_text_on_a_bar_is_taken_as_it_is():
    stream = Terminal()
    with Bars(stream) as bars:
        bars.say("a [bold]name[/bold]")

    assert "[bold]name[/bold]" in stream.getvalue()


@pytest.mark.parametrize(
    ("painting", "words"),
    [
        (Painting(artist_id="a", state="queued"), "waiting"),
        (Painting(artist_id="a", state="queued", position=2), "waiting, 2 before it"),
        (Painting(artist_id="a", state="painting", label="edges"), "edges"),
        (Painting(artist_id="a", state="failed", reason="BUSY"), "failed: BUSY"),
        (Painting(artist_id="a", state="skipped"), "not asked: the booth paints only the artist who matches"),
        (Painting(artist_id="a", state="done", engine_seconds=0.31), "done in 0.3 s"),
        (Painting(artist_id="a", state="done", engine_seconds=0.0), "done"),
    ],
)
def test_state_is_worded(painting: Painting, words: str):
    assert wording(painting) == words
