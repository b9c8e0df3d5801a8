"""What services print: all of it in files of limited size, what needs a person on the console."""

from pathlib import Path

import pytest

from articket_cli.journal import Journal, level_of

LINE = "2026-11-22T10:00:00.123Z {level:<7} stylize [-] looks: {words}\n"


def line(level: str, words: str) -> bytes:
    return LINE.format(level=level, words=words).encode()


@pytest.fixture
def talking(journal: Journal) -> Journal:
    """A journal whose service has already logged, so that its start is over."""
    journal.feed("stylize", line("INFO", "ready"))
    return journal


def test_everything_is_in_the_file(talking: Journal):
    talking.feed("stylize", line("DEBUG", "a") + line("ERROR", "b"))
    text = (talking.folder / "stylize.log").read_text()

    assert [words.split(": ")[1] for words in text.splitlines()] == ["ready", "a", "b"]


@pytest.mark.parametrize(("level", "is_shown"), [("DEBUG", False), ("INFO", False), ("WARNING", True), ("ERROR", True)])
def test_console_shows_what_needs_a_person(talking: Journal, shown: list[str], level: str, is_shown: bool):
    talking.feed("stylize", line(level, "paint"))

    assert [text.split(maxsplit=1)[1] for text in shown] == ([f"stylize  {level} looks: paint"] if is_shown else [])


def test_console_shows_the_end_of_a_traceback_and_the_file_all_of_it(talking: Journal, shown: list[str]):
    talking.feed("stylize", line("ERROR", "broke") + b"Traceback (most recent call last):\n  File x\nOSError: no\n")
    talking.feed("stylize", line("INFO", "goes on"))

    assert [text.split(maxsplit=2)[2] for text in shown] == ["ERROR looks: broke", "OSError: no"]
    assert "  File x" in (talking.folder / "stylize.log").read_text()


def test_output_before_the_first_log_line_is_shown(journal: Journal, shown: list[str]):
    journal.feed("caption", b"ARTICKET_CAPTION_PROT: no such setting, ignored.\n")

    assert "no such setting" in shown[0]


def test_lines_may_come_in_pieces(talking: Journal, shown: list[str]):
    whole = line("ERROR", "도장") + line("ERROR", "b")
    for byte in whole:
        talking.feed("stylize", bytes([byte]))

    assert [text.rpartition(": ")[2] for text in shown] == ["도장", "b"]


def test_last_words_without_a_line_end_are_kept(talking: Journal):
    talking.feed("stylize", b"Segmentation fau")
    talking.finish("stylize")

    assert talking.last_lines("stylize")[-1] == "Segmentation fau"


def test_endless_line_is_cut(talking: Journal):
    for _ in range(20):
        talking.feed("stylize", b"x" * 2000)

    assert max(map(len, talking.last_lines("stylize"))) <= 400
    assert (talking.folder / "stylize.log").stat().st_size > 16_000


def test_file_starts_anew_at_its_size_and_keeps_the_one_before(tmp_path: Path):
    journal = Journal(tmp_path, print, file_bytes=1000)
    for number in range(30):
        journal.feed("a", b"2026 INFO %090d\n" % number)
    journal.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "a.log.1"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert (tmp_path / "a.log").read_text().splitlines()[-1].endswith("29")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2026-11-22T10:00:00.123Z WARNING x [-] y: INFO inside", "WARNING"),
        ('{"time": "t", "level": "ERROR", "service": "x"}', "ERROR"),
        ("ERRORS are no level", "before"),
        ("Traceback (most recent call last):", "ERROR"),
    ],
)
def test_level_is_found(text: str, level: str):
    assert level_of(text, before="before") == level


def test_same_warning_of_another_service_is_not_shown_again(talking: Journal, shown: list[str]):
    fault = line("WARNING", "artist monet is left out") + b"Traceback (most recent call last):\n  it goes on\n"
    talking.feed("gateway", line("INFO", "ready") + fault)
    once = len(shown)
    talking.feed("stylize", fault)
    talking.feed("stylize", line("WARNING", "something new"))

    assert len(shown) == once + 1


def test_warning_is_shown_again_after_a_while(talking: Journal, shown: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("articket_cli.journal.SAID_SECONDS", 0.0)
    talking.feed("stylize", line("WARNING", "again") * 2)

    assert len(shown) == 2
