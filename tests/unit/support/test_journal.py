"""What is told of the services' notes: the arithmetic behind `make bench ARGS=dispatch` and `make chaos`."""

from pathlib import Path

import pytest

from tests.support.journal import Journal, Note, begun_more_than_once, paintings_per_second, share_refused


def notes_of(pod: str, what: str, *at: float, key: str = "visit/paint:picasso") -> list[Note]:
    return [Note(one, pod, what, f"{key}{number}") for number, one in enumerate(at)]


def test_a_pod_that_paints_without_a_pause_is_counted_whole_whatever_the_window_cuts():
    notes = notes_of("pod-1", "done", 0.7, 1.7, 2.7, 3.7)
    assert paintings_per_second(notes, start=0, end=4, pods=1, seconds=1) == pytest.approx(1.0)


def test_a_pod_that_stood_idle_at_the_end_is_not_let_off():
    notes = notes_of("pod-1", "done", 0.7, 1.7, 2.7)
    assert paintings_per_second(notes, start=0, end=20, pods=1, seconds=1) == pytest.approx(2 / 18)


def test_pauses_between_paintings_cost_what_they_take():
    notes = notes_of("pod-1", "done", 1.0, 2.5, 4.0, 5.5) + notes_of("pod-2", "done", 1.0, 2.0, 3.0, 4.0, 5.0)
    assert paintings_per_second(notes, start=0, end=6, pods=2, seconds=1) == pytest.approx(2 / 3 + 1)


def test_a_key_begun_by_two_pods_is_found():
    notes = [Note(1, "pod-1", "begun", "a/paint:x"), Note(2, "pod-2", "begun", "a/paint:x"), Note(3, "pod-2", "begun", "b")]
    assert begun_more_than_once(notes) == {"a/paint:x": 2}


def test_what_was_turned_away_is_a_share_of_all_that_was_asked():
    notes = notes_of("pod-1", "begun", 1, 2, 3) + notes_of("pod-1", "refused", 4) + notes_of("ticket", "begun", 5)
    assert share_refused(notes) == 0.25


def test_a_journal_gives_the_notes_of_all_services_in_the_order_of_time(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.path("pod-1").write_text('{"at": 2, "by": "pod-1", "what": "begun", "key": "b", "reason": "", "px": 0}\n')
    journal.path("pod-2").write_text('{"at": 1, "by": "pod-2", "what": "begun", "key": "a", "reason": "", "px": 0}\n')
    assert [note.key for note in journal.notes()] == ["a", "b"]
    assert [note.key for note in journal.notes(since=1.5)] == ["b"]
