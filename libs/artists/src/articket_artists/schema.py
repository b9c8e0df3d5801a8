"""The JSON Schema of `artist.yaml`, for editors: they complete keys and mark faults while one types.

`scripts/make_artist_schema.py` writes it to plugins/artists/artist.schema.json; a test fails when that file is not
current.
"""

import json

from articket_artists.artist import Artist
from articket_artists.reading import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def artist_schema() -> str:
    """The schema as JSON text, ending with a line break; the same text for the same models."""
    model = _for_editors(Artist.model_json_schema())
    assert isinstance(model, dict)
    schema = {"$schema": DIALECT, **model, "title": "artist.yaml of an Articket artist"}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _for_editors(node: Json) -> Json:
    """Leave out what `explaining.py` reads and editors do not know; close mappings whose names have a pattern."""
    if isinstance(node, dict):
        closed: dict[str, Json] = {"additionalProperties": False} if "patternProperties" in node else {}
        return closed | {key: _for_editors(value) for key, value in node.items() if not key.startswith("x-")}
    if isinstance(node, list):
        return [_for_editors(item) for item in node]
    return node
