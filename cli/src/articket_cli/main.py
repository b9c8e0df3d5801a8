"""The `articket` command line: what can be asked for. Each command's module is imported when it runs, so help is quick.

After this module comes the command's own: `up`, `paint.command`, `artist.commands`, `doctor.command`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, cast

from articket_cli.errors import BAD_INPUT, INTERRUPTED, SOMETHING_FAILED, ArticketError, BoothError

Command = Callable[[argparse.Namespace], int]
AddParser = Callable[..., argparse.ArgumentParser]

DESCRIPTION = "Articket: where your photo becomes art. 당신의 사진이 예술이 되는 곳"
DEFAULT_PORT = 8080
HIGHEST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: the process's own) name and give its exit status."""
    parser = make_parser()
    asked = parser.parse_args(arguments)
    if asked.command is None:
        parser.print_help()
        return BAD_INPUT
    try:
        return load_command(asked.command)(asked)
    except ArticketError as error:
        tell(error)
        return error.exit_status
    except KeyboardInterrupt:
        print("articket: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOMETHING_FAILED


def tell(error: ArticketError) -> None:
    """Show a person what went wrong: one line, and under it what the culprit logged last, if anything."""
    print(f"articket: {error.one_line}", file=sys.stderr)
    if isinstance(error, BoothError):
        for line in error.last_lines:
            print(f"  | {line}", file=sys.stderr)


def load_command(path: str) -> Command:
    """Import `module:function`, the form in which the parsers name the command to run."""
    module, _, function = path.partition(":")
    return cast("Command", getattr(importlib.import_module(module), function))


class OneLineParser(argparse.ArgumentParser):
    """A parser whose complaint is one line, as every other complaint of this command is."""

    def error(self, message: str) -> NoReturn:
        """End with status 2 and one line."""
        print(f"{self.prog}: {message}. Hint: {self.prog} --help", file=sys.stderr)
        sys.exit(BAD_INPUT)


class VersionAction(argparse.Action):
    """Prints the version when asked for it; looking it up costs more than all of `--help`, so not before."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version and end."""
        from importlib.metadata import version

        print(f"articket {version('articket-cli')}")
        parser.exit()


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the whole command line."""
    parser = OneLineParser(prog="articket", description=DESCRIPTION)
    parser.add_argument("--version", action=VersionAction, nargs=0, help="print the version and exit")
    parser.set_defaults(command=None)
    add = parser.add_subparsers(title="commands", metavar="COMMAND").add_parser
    _add_up(add)
    _add_paint(add)
    _add_artist(add)
    _add_doctor(add)
    return parser


def _add_command(add: AddParser, name: str, command: str, summary: str, description: str) -> argparse.ArgumentParser:
    parser = add(name, help=summary, description=description)
    parser.set_defaults(command=command)
    return parser


def _add_up(add: AddParser) -> None:
    up = _add_command(
        add,
        "up",
        "articket_cli.up:up",
        "run a booth on this machine",
        "Run a whole booth, each service as a process of its own; one that dies is started again. Ctrl-C stops it all.",
    )
    up.add_argument(
        "--host",
        default="127.0.0.1",
        help="address that phones connect to; 0.0.0.0 for every network (default: 127.0.0.1)",
    )
    up.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"TCP port, 0 for any free one (default: {DEFAULT_PORT})")
    up.add_argument("--data-dir", type=Path, metavar="DIR", help="visits, pictures and logs (default: ./var in the checkout)")
    up.add_argument("--public-url", metavar="URL", help="where phones reach this booth, when it is behind an ingress or tunnel")
    up.add_argument(
        "--staff-pin",
        metavar="PIN",
        help="a new PIN for the staff page, 6 to 12 digits; better in ARTICKET_GATEWAY_STAFF_PIN, where no list of "
        "processes shows it (default: the present one, or one made at the first start)",
    )
    _add_artists_option(up)


def _add_paint(add: AddParser) -> None:
    paint = _add_command(
        add,
        "paint",
        "articket_cli.paint.command:paint",
        "paint photos and make their tickets",
        "Paint each photo in every artist's style and make its ticket, through a booth: the one at --url, else the one "
        "on this machine, else one of its own. Exit status: 0; 1 if some artist failed (the rest is there); 2 if what "
        "was given cannot be used.",
    )
    paint.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="a photo: JPEG, PNG, WebP, HEIC, AVIF or GIF")
    paint.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the files go; with several photos, a folder each"
    )
    paint.add_argument(
        "--artist",
        nargs="+",
        action="extend",
        metavar="ID",
        dest="artists",
        help="paint these only (default: every artist)",
    )
    chosen = paint.add_mutually_exclusive_group()
    chosen.add_argument("--match", metavar="ID", help="the artist of the ticket, instead of asking the quiz")
    chosen.add_argument("--answers", type=Path, metavar="FILE", help="YAML or JSON of quiz answers: {question: choice}")
    paint.add_argument("--lang", choices=("ko", "en"), default="en", help="language of the ticket (default: en)")
    paint.add_argument("--url", metavar="URL", help="the booth to use, for example http://127.0.0.1:8080")
    paint.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def _add_artist(add: AddParser) -> None:
    artist = add("artist", help="list, check, make and preview artists", description="Help for those who add an artist.")
    artist.set_defaults(command="articket_cli.artist.commands:explain", explain=artist.format_help)
    verbs = artist.add_subparsers(title="commands", metavar="COMMAND").add_parser
    module = "articket_cli.artist.commands"

    listing = _add_command(
        verbs, "list", f"{module}:list_artists", "show what is loaded and what is refused", "List the artists."
    )
    _add_artists_option(listing)

    check = _add_command(verbs, "check", f"{module}:check", "check artist folders", "Load artist folders as the booth would.")
    check.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="an artist's folder, or a folder of such folders")

    new = _add_command(verbs, "new", f"{module}:new", "start a new artist", "Make a folder with everything an artist needs.")
    new.add_argument("id", metavar="ID", help="lower-case letters, digits and hyphens; becomes the folder's name")
    new.add_argument("--dir", type=Path, dest="artists", metavar="DIR", help="where to make it (default: the artists' folder)")

    preview = _add_command(
        verbs,
        "preview",
        f"{module}:preview",
        "paint sample photos and a ticket",
        "Paint a contact sheet and a sample ticket.",
    )
    preview.add_argument("folder", type=Path, metavar="DIR", help="the artist's folder")
    preview.add_argument("--out", type=Path, required=True, metavar="OUT", help="where the files go")


def _add_doctor(add: AddParser) -> None:
    doctor = _add_command(
        add,
        "doctor",
        "articket_cli.doctor.command:doctor",
        "say what is missing and how to mend it",
        "Check this machine.",
    )
    doctor.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"the port `up` would use (default: {DEFAULT_PORT})")
    doctor.add_argument("--data-dir", type=Path, metavar="DIR", help="the data folder `up` would use")
    _add_artists_option(doctor)


def _add_artists_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--artists", type=Path, metavar="DIR", help="folder of artist folders (default: plugins/artists)")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to {HIGHEST_PORT}, found {text!r}")
    return int(text)
