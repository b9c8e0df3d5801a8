"""The settings of the caption service: what belongs together, what is refused, and that no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from articket_caption.__main__ import blip_config, http_config
from articket_caption.settings import CaptionSettings
from articket_mesh.settings import load_settings

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HTTP = {"ENGINE": "http", "HTTP_URL": "http://10.0.0.7:8000/caption"}


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> CaptionSettings:
    for name, value in variables.items():
        monkeypatch.setenv(f"ARTICKET_CAPTION_{name}", value)
    return load_settings(CaptionSettings)


def test_without_any_the_embedded_engine_describes(monkeypatch: pytest.MonkeyPatch):
    assert settings(monkeypatch).engine == "embedded"


def test_a_model_of_the_hub_needs_its_commit_only(monkeypatch: pytest.MonkeyPatch):
    config = blip_config(settings(monkeypatch, ENGINE="blip", BLIP_MODEL="Salesforce/x", BLIP_REVISION=COMMIT))
    assert (config.model, config.revision, config.may_download, config.device) == ("Salesforce/x", COMMIT, False, "auto")


def test_a_model_in_a_folder_needs_the_folder_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert blip_config(settings(monkeypatch, ENGINE="blip", BLIP_MODEL=str(tmp_path))).model == str(tmp_path)


def test_a_shape_can_be_changed_in_part(monkeypatch: pytest.MonkeyPatch):
    changed = {"HTTP_SEND": "json", "HTTP_PHOTO_FIELD": "inputs", "HTTP_MORE": '{"beams": 3}', "HTTP_ANSWER": "/text"}
    shape = http_config(settings(monkeypatch, **HTTP, HTTP_SHAPE="huggingface", **changed)).shape
    assert (shape.send, shape.photo_field, shape.more, shape.answer) == ("json", "inputs", {"beams": 3}, "/text")


@pytest.mark.parametrize(("more", "has_tags"), [("", True), ('{"model": "clip"}', True), ('{"model": "deepdanbooru"}', False)])
def test_tags_are_kept_where_there_is_nothing_else(monkeypatch: pytest.MonkeyPatch, more: str, has_tags: bool):
    config = http_config(settings(monkeypatch, **HTTP, HTTP_SHAPE="webui", HTTP_MORE=more))
    assert config.shape.has_tags_behind_comma is has_tags


def test_secrets_get_to_the_endpoint_and_into_no_repr(monkeypatch: pytest.MonkeyPatch):
    found = settings(monkeypatch, **HTTP, HTTP_USER="booth", HTTP_PASSWORD="s3cret")
    config = http_config(found)
    assert (config.user, config.password) == ("booth", "s3cret")
    assert "s3cret" not in repr(found) + repr(config)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ENGINE": "blip"}, "expected blip_model"),
        ({"ENGINE": "blip", "BLIP_MODEL": "Salesforce/blip"}, "set blip_revision to its commit"),
        ({"ENGINE": "blip", "BLIP_MODEL": "/", "BLIP_DOWNLOAD": "true"}, "expected blip_revision with blip_download"),
        ({"BLIP_REVISION": "main"}, "40 hexadecimal digits"),
        ({"BLIP_DEVICE": "gpu"}, "BLIP_DEVICE: expected auto, cpu, cuda"),
        ({"BLIP_BEAMS": "0"}, "BLIP_BEAMS"),
        ({"ENGINE": "http"}, "expected http_url"),
        ({"HTTP_URL": "ftp://x"}, "HTTP_URL: expected http://"),
        ({"HTTP_URL": "http://host:99999/x"}, "HTTP_URL: expected http://"),
        ({"HTTP_URL": "http://host/x#y"}, "HTTP_URL: expected http://"),
        ({"HTTP_URL": "http://me:s3cret@host/x"}, "without user and password"),
        ({"HTTP_USER": "s3cret"}, "http_user and http_password together"),
        ({"HTTP_USER": "s3:cret", "HTTP_PASSWORD": "x"}, "a user without a colon"),
        ({"HTTP_USER": "me", "HTTP_PASSWORD": "s3cret", "HTTP_TOKEN": "s3cret"}, "found both"),
        ({"HTTP_TOKEN": "s3cret with blanks"}, "plain characters without blanks"),
        ({"HTTP_TOKEN": "s3crét"}, "plain characters without blanks"),
        ({"HTTP_ANSWER": "caption"}, "a JSON pointer"),
        ({"HTTP_ANSWER": "/a~2"}, "a JSON pointer"),
        ({"HTTP_PHOTO_FIELD": 'a"; x="'}, "letters, digits"),
        ({"HTTP_MORE": "model=clip"}, "HTTP_MORE: expected JSON"),
        ({"HTTP_MORE": '{"a": [1]}'}, "HTTP_MORE"),
        ({"HTTP_SEND": "raw", "HTTP_MORE": '{"a": 1}'}, "with a raw body"),
        ({"HTTP_SHAPE": "huggingface", "HTTP_PHOTO_FIELD": "x"}, "with a raw body"),
        ({"HTTP_CA": "/nowhere/ca.pem"}, "a PEM file that is there"),
        ({"HTTP_ANSWER_SECONDS": "0"}, "HTTP_ANSWER_SECONDS"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], words: str
):
    with pytest.raises(SystemExit):
        settings(monkeypatch, **variables)
    told = capsys.readouterr().err
    assert words in told
    assert "s3c" not in told
