"""How the pages are served: strictly, in the visitor's language, kept by content, small. No browser needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from articket_gateway.http.web_tree import WebTree
from tests.support.plain_http import PLAIN
from tests.web.stand_in import ROOT, running


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with running() as stand_in, httpx.Client(base_url=stand_in.url, **PLAIN) as client:
        yield client


def _files(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/web/[^"]+)"', page)


@pytest.mark.parametrize("path", ["/", "/v/some-visit", "/k/some-code", "/kiosk", "/staff"])
def test_pages_allow_nothing_from_elsewhere(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert re.findall(r'(?:src|href)="https?:', answer.text) == []
    assert "{{" not in answer.text


@pytest.mark.parametrize("path", ["/", "/kiosk", "/staff"])
def test_everything_a_page_names_is_there(client: httpx.Client, path: str) -> None:
    for address in _files(client.get(path).text):
        assert client.get(address).status_code == 200, address


def test_files_under_the_digest_are_kept_for_ever_and_others_are_asked_about(client: httpx.Client) -> None:
    address = next(one for one in _files(client.get("/").text) if one.endswith("phone.js"))
    kept = client.get(address)
    assert "immutable" in kept.headers["cache-control"]
    plain = client.get("/web/phone/phone.js")
    assert plain.headers["cache-control"] == "no-cache"
    assert client.get("/web/phone/phone.js", headers={"If-None-Match": plain.headers["etag"]}).status_code == 304
    assert client.get(f"/web/{'0' * 16}/phone/phone.js").headers["cache-control"] == "no-cache"


def test_an_edit_changes_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articket_gateway.http.web_tree.LOOK_SECONDS", 0.0)  # no waiting for the next look
    (tmp_path / "a.js").write_text("1")
    tree = WebTree(tmp_path)
    before = tree.digest
    (tmp_path / "a.js").write_text("22")
    assert tree.digest != before


@pytest.mark.parametrize("path", ["/web/../pyproject.toml", "/web/%2e%2e/pyproject.toml", "/web/nothing.js", "/web/"])
def test_nothing_else_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "lang"), [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("en-GB,ko;q=0.5", "en"), ("fr-FR,fr", "en")]
)
def test_the_page_comes_in_the_phone_s_language(client: httpx.Client, accepted: str, lang: str) -> None:
    assert f'<html lang="{lang}"' in client.get("/", headers={"Accept-Language": accepted}).text


def test_the_consent_names_the_retention_time(client: httpx.Client) -> None:
    page = client.get("/").text
    assert "24 hours" in page
    assert "24시간" in page


def test_the_booth_tells_its_retention_time(client: httpx.Client) -> None:
    told = client.get("/api/v1/booth").json()
    assert told["retention_hours"] == 24.0
    assert told["intake"] == {"is_paused": False, "message": None}


def test_the_share_card_is_a_picture_at_a_whole_address(client: httpx.Client) -> None:
    address = re.findall(r'og:image" content="https://booth.example([^"]+)"', client.get("/").text)
    assert client.get(address[0]).headers["content-type"] == "image/jpeg"


def test_the_manifest_s_icons_are_there(client: httpx.Client) -> None:
    manifest = client.get("/web/phone/manifest.webmanifest").json()
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200


@pytest.mark.parametrize("part", ["", "visit-"])
def test_every_word_is_there_in_both_languages(part: str) -> None:
    assert _words(f"{part}en.js") == _words(f"{part}ko.js")


def test_every_word_that_is_said_exists() -> None:
    known = {*_words("en.js"), *_words("visit-en.js")}
    said = {key for path in (ROOT / "web/phone").rglob("*.js") for key in re.findall(r'\bsay\("(\w+)"', path.read_text())}
    assert said <= known


def _words(name: str) -> list[str]:
    return re.findall(r'\b(\w+): "', (ROOT / "web/phone/words" / name).read_text())
