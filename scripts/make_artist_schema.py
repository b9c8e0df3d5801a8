"""Write what is derived from the artist models: the schema for editors and the tables of keys in the docs.

Run it after a change to libs/artists, the looks included; a test fails while something is not current.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from articket_artists.artist import Artist
from articket_artists.explaining import describe
from articket_artists.schema import artist_schema

ROOT = Path(__file__).parents[1]
SCHEMA_FILE = ROOT / "plugins/artists/artist.schema.json"
GUIDE = ROOT / "docs/adding-an-artist.md"
RECIPES = ROOT / "docs/painterly-recipes.md"

KEYS = re.compile(r"(?<=<!-- keys: begin -->\n).*(?=<!-- keys: end -->)", re.DOTALL)
HEAD = "| Key | Value | Without it | Meaning |\n| --- | --- | --- | --- |\n"
LANGUAGES = {"en", "ko"}
MAX_DEFAULT_CHARACTERS = 60

RECIPES_HEAD = """# The painterly recipes

Every parameter of the CPU engine, as the block `painterly` of an artist takes it: `painterly: {recipe: strokes, …}`. All of
them may be left out. [Adding an artist](adding-an-artist.md) says how to try them. This page is made by
`scripts/make_artist_schema.py` from [the models](../libs/artists/src/articket_artists/looks).
"""

Node: TypeAlias = Mapping[str, Any]
Row: TypeAlias = tuple[str, str, str, str]


def main() -> None:
    """Write every derived file."""
    for path, text in derived().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


def derived() -> dict[Path, str]:
    """The derived files and what must be in them."""
    schema = Artist.model_json_schema()
    guide = KEYS.sub(lambda _: keys_section(schema), GUIDE.read_text(encoding="utf-8"))
    return {SCHEMA_FILE: artist_schema(), GUIDE: guide, RECIPES: recipes_page(schema)}


def keys_section(schema: Node) -> str:
    """The tables of all keys but those of the recipes."""
    slots = schema["$defs"]["TicketDesign"]["properties"]["slots"]["items"]
    tables = [HEAD + lines(rows(schema, schema, ""))]
    for kind, target in slots["discriminator"]["mapping"].items():
        block = at(schema, {"$ref": target})
        table = lines(row for row in rows(schema, block, "") if row[0] != "kind")
        tables.append(f"#### Slots of the kind `{kind}`\n\n{block['description']}\n\n{HEAD}{table}")
    return "\n" + "\n".join(tables) + "\n"


def recipes_page(schema: Node) -> str:
    """A table for each recipe."""
    page = RECIPES_HEAD
    for recipe, target in schema["properties"]["painterly"]["discriminator"]["mapping"].items():
        block = at(schema, {"$ref": target})
        table = lines(row for row in rows(schema, block, "") if row[0] != "recipe") or "| – | – | – | No parameters yet. |\n"
        page += f"\n## `{recipe}`\n\n{HEAD}{table}"
    return page


def rows(root: Node, block: Node, prefix: str) -> Iterator[Row]:
    """One row for each key of a block, its own blocks' keys after it."""
    for name, raw in block.get("properties", {}).items():
        node = at(root, raw)
        key, must = prefix + name, name in block.get("required", ())
        inner = node.get("properties", {})
        items = at(root, node.get("items") or {}) if isinstance(node.get("items"), Mapping) else {}
        is_text = set(inner) == LANGUAGES
        value = "words in `en` and `ko`" if is_text else "a block" if inner else describe(root, raw)
        yield key, value, "required" if must else default(node), node.get("description", "")
        if inner and not is_text:
            yield from rows(root, node, f"{key}.")
        if items.get("properties"):
            yield from rows(root, items, f"{key}[].")


def default(node: Node) -> str:
    """What is taken when the key is left out."""
    if "default" not in node:
        return "its own defaults"
    if isinstance(node["default"], Mapping) or (
        isinstance(node["default"], list) and node["default"] and isinstance(node["default"][0], Mapping)
    ):
        return "its own defaults"
    text = json.dumps(node["default"], ensure_ascii=False)
    return (
        "nothing"
        if text in ("null", '""', "[]")
        else f"`{text}`"
        if len(text) <= MAX_DEFAULT_CHARACTERS
        else "its own defaults"
    )


def at(root: Node, node: Node) -> Node:
    """The node behind references and `or null`; what is said beside a reference wins."""
    branches = [branch for branch in node.get("anyOf", ()) if branch.get("type") != "null"]
    if len(branches) == 1:
        node = {**at(root, branches[0]), **{key: value for key, value in node.items() if key != "anyOf"}}
    if "$ref" in node:
        target = root["$defs"][node["$ref"].rpartition("/")[2]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def lines(table: Iterator[Row]) -> str:
    """The rows as Markdown."""
    return "".join(
        f"| `{key}` | {cell(value)} | {cell(without)} | {cell(meaning)} |\n" for key, value, without, meaning in table
    )


def cell(text: str) -> str:
    """A text that breaks no table."""
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    main()
