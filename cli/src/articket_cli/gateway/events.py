"""Server-sent events from bytes: the part of the standard (WHATWG HTML §9.2) that a client of the gateway needs.

Written here because a line of the stream ends at CR, LF or CRLF and nowhere else; line splitters made for text, such as
`str.splitlines` and httpx's, also break at U+2028, which may stand inside the JSON of an event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Event:
    """One event. `id` is the last id that the stream has given: what Last-Event-ID is to say after a break."""

    type: str
    data: str
    id: str | None


class EventParser:
    """Takes the stream in pieces of any size. `retry_seconds` is what the server asked for, or None."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self.retry_seconds: float | None = None
        self._buffer = b""
        self._type = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[Event]:
        """Give the events that this piece completes."""
        events: list[Event] = []
        for line in self._lines(piece):
            if line:
                self._take(line)
            elif self._data:
                events.append(Event(self._type or "message", "\n".join(self._data), self.last_id))
            if not line:
                self._type, self._data = "", []
        return events

    def _lines(self, piece: bytes) -> list[str]:
        """Cut complete lines. A CR at the very end may be half of a CRLF: it waits for the next piece."""
        self._buffer += piece
        held = b"\r" if self._buffer.endswith(b"\r") else b""
        whole = self._buffer[: len(self._buffer) - len(held)]
        *lines, rest = _LINE_END.split(whole)
        self._buffer = rest + held
        return [line.decode(errors="replace") for line in lines]

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._type = value
        elif field == "id" and "\0" not in value:
            self.last_id = value
        elif field == "retry" and value.isdecimal():
            self.retry_seconds = int(value) / 1000
