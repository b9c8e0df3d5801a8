"""What the services say: all of it into `<service>.log` files of limited size, what needs a person onto the console.

`supervising` feeds it the raw output of each child; `up` decides where the console is.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

FILE_BYTES = 5_000_000  # a day of a busy booth; with one older file kept, four services take at most 40 MB
KEPT_LINES = 12  # shown when a service does not come up: enough for the end of a traceback
LONGEST_LINE = 16_384
CONSOLE_WIDTH = 400  # a longer line is cut on the console; the file has all of it
SAID_SECONDS = 10.0  # the same warning is not shown again for so long, whichever service it comes from
LEVEL_WITHIN = 120  # characters from the start of a line in which its level is looked for

NEEDS_A_PERSON = frozenset({"WARNING", "ERROR", "CRITICAL"})
_LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b|\"level\": ?\"(\w+)\"")
# `2026-11-22T10:00:00.123Z INFO    stylize [request id] logger: message`: time and service are on the console already
_FORMATTED = re.compile(r"\S+Z (?P<level>[A-Z]+) +\S+ \[\S*\] (?P<message>.*)", re.DOTALL)
# Output before the first log line is unusual: a mistake in the settings, an import that fails.
_LEVEL_AT_START = "WARNING"
_TRACEBACK = "Traceback (most recent call last):"

Show = Callable[[str], None]


class ServiceLog:
    """One service's log file, which starts anew at `file_bytes` and keeps the one before as `<name>.log.1`."""

    def __init__(self, path: Path, file_bytes: int = FILE_BYTES) -> None:
        self.path = path
        self._file_bytes = file_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        """Append one line."""
        if self._file.tell() + len(line) > self._file_bytes:
            self._rotate()
        self._file.write(line + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._file = self.path.open("ab", buffering=0)


class Journal:
    """Takes what services print and what happens to them. `show` puts one line before a person."""

    def __init__(self, folder: Path, show: Show, *, file_bytes: int = FILE_BYTES) -> None:
        self.folder = folder
        self._show = show
        self._file_bytes = file_bytes
        self._voices: dict[str, _Voice] = {}
        self._said: dict[str, float] = {}

    def feed(self, service: str, output: bytes) -> None:
        """Take a piece of a service's output; it need not end at a line's end."""
        for line in self._voice(service).lines_of(output):
            self._take(service, line)

    def finish(self, service: str) -> None:
        """Note that the process has ended: take what it printed last without ending the line."""
        voice = self._voice(service)
        rest = voice.rest()
        if rest:
            self._take(service, rest)
        voice.level = _LEVEL_AT_START
        voice.is_repeating = False

    def event(self, service: str, what: str) -> None:
        """Note what happened to a service: on the console and in its file."""
        self._voice(service).log.write(f"{_clock()} {what}".encode())
        self._print(service, what)

    def last_lines(self, service: str) -> tuple[str, ...]:
        """Give the last lines that the service printed."""
        return tuple(self._voice(service).recent)

    def close(self) -> None:
        """Close the files."""
        for voice in self._voices.values():
            voice.log.close()

    def _voice(self, service: str) -> _Voice:
        if service not in self._voices:
            self._voices[service] = _Voice(ServiceLog(self.folder / f"{service}.log", self._file_bytes))
        return self._voices[service]

    def _take(self, service: str, line: bytes) -> None:
        voice = self._voices[service]
        voice.log.write(line)
        text = line.decode(errors="replace")
        voice.recent.append(text[:CONSOLE_WIDTH])
        begins_message = _LEVEL.search(text[:LEVEL_WITHIN]) is not None
        voice.level = level_of(text, before=voice.level)
        if voice.level not in NEEDS_A_PERSON:
            return
        wording = _for_console(text)
        if begins_message:
            voice.is_repeating = self._was_just_said(wording)
        if not voice.is_repeating and not _is_inside_traceback(text):
            self._print(service, wording)

    def _was_just_said(self, wording: str) -> bool:
        """Whether a service has said the same a moment ago: three of them read the artists' folder and tell the same faults."""
        now = time.monotonic()
        self._said = {words: at for words, at in self._said.items() if now - at < SAID_SECONDS}
        was_said = wording in self._said
        self._said.setdefault(wording, now)
        return was_said

    def _print(self, service: str, text: str) -> None:
        self._show(f"{_clock()} {service:<8} {text[:CONSOLE_WIDTH]}")


class _Voice:
    """One service's unfinished line, its last lines and its level of alarm."""

    def __init__(self, log: ServiceLog) -> None:
        self.log = log
        self.recent: deque[str] = deque(maxlen=KEPT_LINES)
        self.level = _LEVEL_AT_START
        self.is_repeating = False
        self._unfinished = b""

    def lines_of(self, output: bytes) -> list[bytes]:
        *lines, self._unfinished = (self._unfinished + output).split(b"\n")
        if len(self._unfinished) > LONGEST_LINE:
            lines.append(self.rest())
        return [line for line in lines if line.strip()]

    def rest(self) -> bytes:
        rest, self._unfinished = self._unfinished, b""
        return rest


def level_of(line: str, *, before: str) -> str:
    """Give the level of a log line. A line without one, as inside a traceback, continues the line before it."""
    if line.startswith(_TRACEBACK):
        return "ERROR"
    found = _LEVEL.search(line[:LEVEL_WITHIN])
    if found is None:
        return before
    return (found[1] or found[2]).upper()


def _is_inside_traceback(line: str) -> bool:
    """Whether this is what only the file needs; the traceback's last line, the exception, is for the console as well."""
    return line.startswith((_TRACEBACK, " "))


def _for_console(line: str) -> str:
    formatted = _FORMATTED.match(line)
    return f"{formatted['level']} {formatted['message']}" if formatted else line


def _clock() -> str:
    return time.strftime("%H:%M:%S")
