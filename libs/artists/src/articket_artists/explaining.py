"""Pydantic's findings in plain words: which key, what was expected, what was found, and what to do.

What was expected is read from the model's own JSON Schema, so every key of every block, the recipes' included, is
explained without a list here: `minimum: 0, maximum: 2` becomes "a number from 0 to 2". A field says more by
`x-expected` and `x-hint` in its `json_schema_extra`. `loading.py` and `quiz.py` call `explain`.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from articket_artists.errors import Fault, printable, shortened, shown
from articket_artists.faults import FAULT
from articket_artists.reading import Document, Json, Place

Schema: TypeAlias = Mapping[str, Any]
"""A node of a JSON Schema: data from outside, looked at key by key."""

MAX_NAMES = 16
"""So many alternatives are listed in a message; beyond that nobody reads them."""

MAX_FAULTS = 40
"""So many faults of one file are told at once; a file with more is no artist that somebody nearly got right."""

_KEY_OF_A_MAPPING = "[key]"


def explain(error: ValidationError, model: type[BaseModel], document: Document, folder: str, file: str) -> list[Fault]:
    """Every fault that pydantic found, once for each key, in the order of the lines."""
    faults: dict[str, Fault] = {}
    errors = error.errors(include_url=False)
    for details in errors:
        if _is_echo(details, errors):
            continue
        finding = _Finding(details, _schema(model), document.data)
        line = document.line_of(finding.place)
        faults.setdefault(
            finding.key, Fault(folder, file, finding.key, finding.expected(), finding.found(), finding.hint(), line)
        )
    return sorted(faults.values(), key=lambda fault: fault.line or 0)[:MAX_FAULTS]


def _is_echo(details: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Whether a list only seems too short because faults were found in its items, which pydantic then does not count."""
    loc = details["loc"]
    return details["type"] == "too_short" and any(
        other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc) for other in errors
    )


@cache
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


class _Finding:
    """One of pydantic's errors, beside the part of the schema that it is about."""

    def __init__(self, details: ErrorDetails, root: Schema, data: Json) -> None:
        self._details = details
        self._context = details.get("ctx", {})
        self._root = root
        self._data = data
        self._parent, self._node, self.place = _follow(root, details["loc"])
        for part in self._context.get("at", ()) if details["type"] == FAULT else ():
            self._parent, self._node, self.place = self._node, _child(root, self._node, part), (*self.place, part)
        if details["type"].startswith("union_tag"):
            self.place = (*self.place, str(self._context["discriminator"]).strip("'"))

    @property
    def key(self) -> str:
        return _key(self.place)

    def expected(self) -> str:
        match self._details["type"]:
            case "articket_fault":
                return str(self._context["expected"])
            case "extra_forbidden":
                return f"one of the keys {_listing(self._keys_beside())}"
            case "union_tag_invalid" | "union_tag_not_found":
                return _one_of(_tags(self._node))
            case "value_error" | "assertion_error":
                return str(self._context.get("error", self._details["msg"]))
            case _:
                return describe(self._root, self._node)

    def found(self) -> str:
        kind = self._details["type"]
        if kind == FAULT and self._context["found"]:
            return str(self._context["found"])
        if kind == "extra_forbidden":
            return shown(self.place[-1])
        if self._details["loc"] and self._details["loc"][-1] == _KEY_OF_A_MAPPING:
            return shown(self.place[-1])
        value = _value(self._data, self.place)
        return f"text of {len(value)} characters" if kind == "string_too_long" and isinstance(value, str) else shown(value)

    def hint(self) -> str:
        kind = self._details["type"]
        if kind == FAULT and self._context["hint"]:
            return str(self._context["hint"])
        if kind == "extra_forbidden":
            return self._hint_for_unknown_key(str(self.place[-1]))
        value = _value(self._data, self.place)
        return (
            ("make it shorter" if kind == "string_too_long" else "")
            or self._hint_for_choice(value)
            or str(_resolved(self._root, self._node).get("x-hint", ""))
            or _number_hint(value, kind)
            or _nothing_hint(value, self.place, self._data)
            or f'docs/adding-an-artist.md explains "{self._documented_key()}"'
        )

    def _hint_for_choice(self, value: Json) -> str:
        tags = _tags(self._node)
        if value in tags:
            return f"write {{{self._node['discriminator']['propertyName']}: {value}}}"
        return _did_you_mean(value, tags or _resolved(self._root, self._node).get("enum", ()))

    def _documented_key(self) -> str:
        """The key as the table of the keys has it: without positions in lists and without free names."""
        place = self.place[:-1] if _values_of(_resolved(self._root, self._parent)) else self.place
        return _key(tuple(part for part in place if isinstance(part, str)))

    def _keys_beside(self) -> list[str]:
        return list(_resolved(self._root, self._parent).get("properties", {}))

    def _hint_for_unknown_key(self, key: str) -> str:
        near = nearest(key, self._keys_beside())
        if near:
            return f'did you mean "{near}"?'
        homes = sorted({home for home in _blocks_with(self._root, key) if home})
        if homes:
            return f'"{key}" belongs into {" or ".join(homes)}: check the indentation'
        return "remove it, or correct its spelling"


def describe(root: Schema, node: Schema) -> str:
    """What a value must be, as a noun phrase."""
    node = _resolved(root, node)
    if "x-expected" in node:
        return str(node["x-expected"])
    if "const" in node:
        return shown(node["const"])
    if "enum" in node:
        return _one_of(node["enum"])
    if "discriminator" in node:
        return f"a mapping with {node['discriminator']['propertyName']}, {_one_of(_tags(node))}"
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(describe(root, branch) for branch in node["anyOf"]))
    match node.get("type"):
        case "string":
            return _text(node)
        case "number" | "integer":
            return _number(node)
        case "boolean":
            return "true or false"
        case "array":
            return _array(node)
        case "object":
            return _mapping(root, node)
        case other:
            return str(other or "another value")


def _text(node: Schema) -> str:
    longest = node.get("maxLength")
    words = f"text of at most {longest} characters" if longest else "text"
    return f"{words}, not empty" if node.get("minLength") == 1 else words


def _number(node: Schema) -> str:
    noun = "a whole number" if node["type"] == "integer" else "a number"
    low, above = node.get("minimum"), node.get("exclusiveMinimum")
    high, below = node.get("maximum"), node.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{noun} from {low:g} to {high:g}"
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("of at least", low), ("above", above), ("of at most", high), ("below", below))
        if bound is not None
    ]
    return " ".join([noun, " and ".join(bounds)]).strip()


def _array(node: Schema) -> str:
    if "prefixItems" in node:
        return f"a list of {len(node['prefixItems'])} values"
    least, most = node.get("minItems"), node.get("maxItems")
    if least == most and least is not None:
        count = f" of {least} items"
    elif most is not None:
        count = f" of {least or 0} to {most} items"
    else:
        count = f" of at least {least} items" if least else ""
    return f"a list{count}"


def _mapping(root: Schema, node: Schema) -> str:
    if "properties" in node:
        return f"a mapping with {_listing(node.get('required') or list(node['properties']))}"
    values = _values_of(node)
    inner = f", each {describe(root, values)}" if values else ""
    return f"a mapping of names to values{inner}"


def _follow(root: Schema, loc: Sequence[str | int]) -> tuple[Schema, Schema, Place]:
    """Walk pydantic's location down the schema: the block around the place, the place's node, the place in the file.

    Pydantic's location also names the member of a union that it took; that is no key of the file and is left out.
    """
    parent: Schema = root
    node = _resolved(root, root)
    place: Place = ()
    for part in loc:
        mapping = node.get("discriminator", {}).get("mapping", {})
        if part in mapping:
            node = _resolved(root, {"$ref": mapping[part]})
        elif part == _KEY_OF_A_MAPPING:
            node = {"x-expected": parent.get("x-names", "another name")}
        elif isinstance(part, str) and "anyOf" in node and part not in node.get("properties", {}):
            continue
        else:
            parent, node, place = node, _resolved(root, _child(root, node, part)), (*place, part)
    return parent, node, place


def _child(root: Schema, node: Schema, part: str | int) -> Schema:
    node = _resolved(root, node)
    if isinstance(part, int):
        items: Sequence[Schema] = node.get("prefixItems", ())
        return items[part] if part < len(items) else cast(Schema, node.get("items") or {})
    return node.get("properties", {}).get(part) or _values_of(node)


def _values_of(node: Schema) -> Schema:
    """What a mapping of free names holds under each of them; empty for every other node."""
    for values in (*node.get("patternProperties", {}).values(), node.get("additionalProperties")):
        if isinstance(values, Mapping):
            return cast(Schema, values)
    return {}


def _resolved(root: Schema, node: Schema) -> Schema:
    """The node behind references; `X or null` counts as X."""
    while True:
        branches = [branch for branch in node.get("anyOf", ()) if branch.get("type") != "null"]
        if "$ref" in node:
            target = root["$defs"][str(node["$ref"]).rpartition("/")[2]]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        elif len(branches) == 1:
            node = {**branches[0], **{key: value for key, value in node.items() if key not in ("anyOf", "default")}}
        else:
            return node


def _tags(node: Schema) -> list[str]:
    return list(node.get("discriminator", {}).get("mapping", {}))


def _blocks_with(root: Schema, key: str) -> Iterator[str]:
    """The top-level blocks that know a key directly."""
    for name, node in root.get("properties", {}).items():
        if key in _resolved(root, node).get("properties", {}):
            yield name


def _value(data: Json, place: Place) -> Json:
    for part in place:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _key(place: Place) -> str:
    words = [f"[{part}]" if isinstance(part, int) else f".{shortened(printable(part))}" for part in place]
    return "".join(words).lstrip(".")


def _listing(names: Sequence[str]) -> str:
    return ", ".join(names[:MAX_NAMES]) + (", …" if len(names) > MAX_NAMES else "")


def _one_of(names: Sequence[Json]) -> str:
    words = [shown(name) for name in names]
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that was probably meant; empty when none is near."""
    return next(iter(difflib.get_close_matches(word, list(names), n=1, cutoff=0.55)), "")


def _did_you_mean(value: Json, names: Sequence[str]) -> str:
    near = nearest(value, map(str, names)) if isinstance(value, str) else ""
    return f'did you mean "{near}"?' if near else ""


def _number_hint(value: Json, kind: str) -> str:
    if not isinstance(value, str) or not kind.startswith(("float", "int")):
        return ""
    number = value.strip().replace(",", ".")
    try:
        return f"write it without quotes and with a point: {float(number):g}"
    except ValueError:
        return "write a number, without quotes"


def _nothing_hint(value: Json, place: Place, data: Json) -> str:
    """A key that is there but empty: most often a value that YAML took for a comment."""
    block = _value(data, place[:-1])
    if value is None and place and isinstance(block, dict) and place[-1] in block:
        return "the value is missing; text with # goes into quotes, else YAML takes it for a comment"
    return f"add {place[-1]}" if value is None and place and isinstance(place[-1], str) else ""
