"""The schema for editors, and the one the messages are read from."""

import json

import jsonschema
import pytest
import yaml

from articket_artists.artist import Artist
from articket_artists.explaining import describe
from articket_artists.schema import artist_schema
from tests.support.artists import artist_yaml


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(artist_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_a_good_artist_is_good_for_editors(validator):
    assert list(validator.iter_errors(yaml.safe_load(artist_yaml()))) == []


@pytest.mark.parametrize(
    "overrides",
    [
        {"promt": "x"},
        {"img2img.steps": 0},
        {"traits": {"Very Calm": 1}},
        {"ticket.slots.0.kind": "txt"},
        {"painterly": {"recipe": "x"}},
    ],
)
def test_a_bad_artist_is_marked_in_editors(validator, overrides):
    assert list(validator.iter_errors(yaml.safe_load(artist_yaml(overrides=overrides))))


def test_every_key_of_every_block_can_be_told_in_words():
    root = Artist.model_json_schema()
    keys = [
        (name, key, node)
        for name, block in (root["$defs"] | {"Artist": root}).items()
        for key, node in block.get("properties", {}).items()
    ]

    speechless = [f"{name}.{key}" for name, key, node in keys if describe(root, node) in ("another value", "null")]

    assert speechless == []
