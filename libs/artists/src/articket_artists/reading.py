"""Reading YAML from strangers: plain data only, and every value with the line that it stands on.

The tree is built here from the parser's events instead of by a yaml loader. So tags cannot make objects, anchors
cannot make bombs, a key given twice is an error, and words stay words: `no`, `on` and `1:30` are text, as in YAML
1.2. `explaining.py` takes the lines to say where a fault is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Place: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 64 * 1024
"""A carefully commented artist.yaml has about 6 kB."""
MAX_DEPTH = 12
MAX_VALUES = 5000
MAX_DIGITS = 15
"""Whole numbers with more digits stay text: no number here is that large, but a digest may be all digits."""

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, lone surrogates, and marks that turn the direction of writing."""
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

_HINTS = (
    ("\\t", "indent with spaces, not with tabs"),
    ("mapping values are not allowed", 'put text that contains ": " into quotes'),
    ("could not find expected ':'", "a key ends with a colon and a space; text over several lines is indented"),
    ("while scanning a quoted scalar", "a quote is not closed"),
    ("while parsing a flow", "a bracket or a comma is missing, or text with , : ? { or [ in it needs quotes"),
    ("cannot start any token", "put text that begins with @, %, ` or a tab into quotes"),
    (
        "expected <block end>",
        "keys of one block are indented alike; text that begins with { or [ or a quote goes into quotes as a whole",
    ),
    ("escape", "write \\\\ for a backslash, or use single quotes"),
)


class UnreadableText(Exception):
    """The text is no plain YAML mapping. `line` counts from 1."""

    def __init__(self, expected: str, found: str, hint: str = "", line: int | None = None) -> None:
        super().__init__(expected, found, hint, line)
        self.expected = expected
        self.found = found
        self.hint = hint
        self.line = line


@dataclass(frozen=True)
class Document:
    """The data of a file, and the line of each value by its place."""

    data: dict[str, Json]
    lines: dict[Place, int] = field(default_factory=dict[Place, int])

    def line_of(self, place: Place) -> int | None:
        """The line of a value, or of the nearest block around it; None when that is the whole file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines[place] if place else None


def read_document(content: bytes) -> Document:
    """Read the content of a file. Raises `UnreadableText`."""
    if len(content) > MAX_BYTES:
        raise UnreadableText(f"at most {MAX_BYTES // 1024} KiB", f"{len(content) // 1024} KiB", "is it the right file?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableText("UTF-8 text", f"other bytes in line {line}", "save the file as UTF-8", line) from error
    return _Builder(text).document()


class _Builder:
    """Builds the tree of one document from the events of the parser."""

    def __init__(self, text: str) -> None:
        self._events = self._parsed(text)
        self._lines: dict[Place, int] = {}
        self._values = 0

    def document(self) -> Document:
        data: Json = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refusal(event, "one document", "a second one", "remove the line ---")
                data = self._value(next(self._events), ())
        if not isinstance(data, dict):
            found = "an empty file" if data is None else "a list" if isinstance(data, list) else "a single value"
            raise UnreadableText("keys with values, like `schema_version: 1`", found)
        return Document(data, self._lines)

    @staticmethod
    def _parsed(text: str) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            raise _syntax_error(error) from error
        except (yaml.YAMLError, ValueError) as error:
            raise UnreadableText("YAML", "characters that are not text", "save the file as plain UTF-8 text") from error

    def _value(self, event: yaml.Event, place: Place) -> Json:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _refusal(event, f"at most {MAX_VALUES} values", "more")
        if len(place) > MAX_DEPTH:
            raise _refusal(event, f"blocks at most {MAX_DEPTH} deep", "deeper ones", "a bracket may be missing")
        self._lines.setdefault(place, _line(event))
        _refuse_references(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(place)
        assert isinstance(event, yaml.ScalarEvent)
        return _scalar(event)

    def _mapping(self, place: Place) -> dict[str, Json]:
        mapping: dict[str, Json] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            _refuse_references(event)
            if not isinstance(event, yaml.ScalarEvent):
                hint = "text that begins with { or [ goes into quotes as a whole"
                raise _refusal(event, "a word as key", "a mapping or a list", hint)
            key = _clean(event)
            if key in mapping:
                raise _refusal(
                    event,
                    "each key once",
                    f'"{key}" a second time',
                    f"it stands in line {self._lines[*place, key]} too",
                )
            self._lines[*place, key] = _line(event)
            mapping[key] = self._value(next(self._events), (*place, key))
        return mapping

    def _sequence(self, place: Place) -> list[Json]:
        items: list[Json] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value(event, (*place, len(items))))
        return items


def _refuse_references(event: yaml.Event) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise _refusal(event, "values written out", f"the alias *{event.anchor}", "put text that begins with * into quotes")
    if isinstance(event, yaml.NodeEvent) and event.anchor:
        raise _refusal(event, "values written out", f"the anchor &{event.anchor}", "put text that begins with & into quotes")
    tag = getattr(event, "tag", None)
    if tag:
        raise _refusal(event, "plain values", f"the tag {tag}", "put text that begins with ! into quotes")


def _scalar(event: yaml.ScalarEvent) -> Json:
    text = _clean(event)
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else text
    return float(text) if _FLOAT.fullmatch(text) else text


def _clean(event: yaml.ScalarEvent) -> str:
    text = event.value
    unwanted = _UNWANTED.search(text)
    if unwanted:
        raise _refusal(event, "text", f"the control character U+{ord(unwanted[0]):04X}", "remove it; it does not print")
    return text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _refusal(event: yaml.Event, expected: str, found: str, hint: str = "") -> UnreadableText:
    line = _line(event)
    return UnreadableText(expected, f"{found} in line {line}", hint, line)


def _syntax_error(error: yaml.MarkedYAMLError) -> UnreadableText:
    mark = error.problem_mark or error.context_mark
    said = f"{error.context or ''} {error.problem or ''}"
    hint = next((hint for sign, hint in _HINTS if sign in said), "compare with the artist.yaml of an artist that ships")
    place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    found = f"a mistake{place} ({error.problem or error.context})"
    return UnreadableText("correct YAML", found, hint, mark.line + 1 if mark else None)
