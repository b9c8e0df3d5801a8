"""What the gateway says is put together without going back."""

import pytest

from articket_cli.gateway.views import Painting, Visit


def visit(state: str, **paintings: str) -> Visit:
    return Visit(id="v", state=state, paintings=tuple(Painting(artist_id=one, state=how) for one, how in paintings.items()))


@pytest.mark.parametrize(
    ("state", "painting", "is_settled"),
    [
        ("created", "queued", False),
        ("matched", "done", False),
        ("ticket_ready", "painting", False),
        ("ticket_ready", "done", True),
        ("ticket_ready", "failed", True),
        ("ticket_ready", "skipped", True),
        ("printed", "done", True),
        ("failed", "failed", True),
        ("erased", "painting", True),
    ],
)
def test_visit_is_settled_when_nothing_more_will_happen(state: str, painting: str, is_settled: bool):
    assert visit(state, renoir=painting).is_settled is is_settled


def test_a_skipped_painting_is_not_missing():
    paintings = visit("ticket_ready", renoir="done", vangogh="skipped", picasso="failed").paintings
    assert [one.artist_id for one in paintings if one.is_missing] == ["picasso"]


def test_progress_is_kept_where_the_whole_visit_does_not_tell_it():
    before = visit("painting", renoir="painting", vangogh="done", picasso="queued")
    now = visit("captioned", renoir="queued", vangogh="queued", picasso="failed").knowing(before)

    assert [one.state for one in now.paintings] == ["painting", "done", "failed"]
    assert now.state == "captioned"
