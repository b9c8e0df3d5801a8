"""The command line itself: help, version, complaints."""

import subprocess
import sys
import time

import pytest

from articket_cli.main import load_command, main, make_parser

HELP_WITHIN_SECONDS = 0.3


@pytest.mark.alone
def test_help_is_quick():
    seconds: list[float] = []
    for _ in range(3):  # the quickest of three: another program may have had the processor
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "articket_cli", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)

    assert min(seconds) <= HELP_WITHIN_SECONDS


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out

    assert ended.value.code == 0
    assert all(command in told for command in ("up", "paint", "artist", "doctor"))


def test_version_is_told(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("articket 0.")


def test_no_command_shows_help(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    assert "paint" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["pain"], ["paint"], ["up", "--port", "x"], ["paint", "a.jpg", "--out", "o", "--match", "a", "--answers", "b"]],
)
def test_complaint_is_one_line_and_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


COMMAND_LINES = [
    ["up"],
    ["paint", "a.jpg", "--out", "o"],
    ["artist"],
    ["artist", "list"],
    ["artist", "check", "d"],
    ["artist", "new", "i"],
    ["artist", "preview", "d", "--out", "o"],
    ["doctor"],
]


@pytest.mark.parametrize("arguments", COMMAND_LINES, ids=" ".join)
def test_every_command_can_be_loaded(arguments: list[str]):
    assert callable(load_command(make_parser().parse_args(arguments).command))


def test_command_imports_no_service():
    code = (
        "import sys; from articket_cli.main import load_command, make_parser\n"
        f"for line in {COMMAND_LINES!r}: load_command(make_parser().parse_args(line).command)\n"
        "names = ('caption', 'stylize', 'ticket', 'gateway', 'mesh')\n"
        "print([name for name in names if f'articket_{name}' in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert told == "[]\n"
