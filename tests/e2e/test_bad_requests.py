"""Whatever is sent, the answer is one clear problem document and the booth goes on."""

import io
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from PIL import Image

from articket_gateway.errors import REASONS
from articket_gateway.photos import MAX_BYTES
from tests.support.booth import Booth, Visitor
from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.slow


def assert_problem(response: httpx.Response, reason: str) -> dict[str, Any]:
    """Check the one shape that every failure has (RFC 9457)."""
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["reason"] == reason, problem
    assert problem["status"] == response.status_code == REASONS[reason].status
    assert problem["title"] == REASONS[reason].title
    assert problem["type"].endswith(reason)
    assert problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    assert "Traceback" not in response.text
    return problem


@pytest.fixture(scope="module")
def visitor(booth: Booth) -> Visitor:
    return Visitor(booth.url)


@pytest.mark.parametrize(
    ("method", "path", "more", "reason"),
    [
        ("GET", "/nowhere-at-all", {}, "route_unknown"),
        ("PATCH", "/api/v1/visits", {}, "method_not_allowed"),
        ("GET", "/api/v1/visits/AAAAAAAAAAAAAAAAAAAAAA", {}, "visit_unknown"),
        ("GET", "/api/v1/visits/..%2f..%2fetc", {}, "route_unknown"),
        ("GET", "/api/v1/visits/%00", {}, "request_invalid"),
        ("DELETE", "/api/v1/visits/nobody", {}, "visit_unknown"),
        ("PUT", "/api/v1/visits/nobody/photo", {"content": b"x"}, "visit_unknown"),
        ("POST", "/api/v1/visits", {"json": {"lang": "fr"}}, "request_invalid"),
        ("POST", "/api/v1/visits", {"json": {"colour": "red"}}, "request_invalid"),
        ("POST", "/api/v1/visits", {"content": b"{", "headers": {"content-type": "application/json"}}, "request_invalid"),
        ("POST", "/api/v1/visits", {"json": {"artists": ["nobody"]}}, "artist_unknown"),
        ("GET", "{visit}/photo", {}, "photo_missing"),
        ("GET", "{visit}/paintings/vangogh", {}, "painting_not_ready"),
        ("GET", "{visit}/paintings/vangogh?size=huge", {}, "request_invalid"),
        ("GET", "{visit}/paintings/vangogh/preview", {}, "painting_not_ready"),
        ("GET", "{visit}/paintings/nobody", {}, "artist_unknown"),
        ("GET", "{visit}/ticket.pdf", {}, "ticket_not_ready"),
        ("PUT", "{visit}/answers", {"json": {"answers": {"nothing": "x"}}}, "answers_invalid"),
        ("PUT", "{visit}/answers", {"json": {"match": "nobody"}}, "artist_unknown"),
        ("PUT", "{visit}/answers", {"json": {"answers": {"q": 3}}}, "request_invalid"),
        ("PUT", "{visit}/photo", {"content": b""}, "photo_empty"),
        ("PUT", "{visit}/photo", {"content": b"<html>hello"}, "photo_format"),
        ("PUT", "{visit}/photo", {"content": b"\xff\xd8\xff\xe0" + b"x" * 200}, "photo_broken"),
        ("PUT", "{visit}/photo", {"content": b"x" * (MAX_BYTES + 1)}, "photo_too_large"),
    ],
)
def test_a_mistake_gets_a_clear_problem(
    booth: Booth, visitor: Visitor, method: str, path: str, more: dict[str, Any], reason: str
):
    url = booth.url + path.replace("{visit}", visitor.path)
    assert_problem(httpx.request(method, url, timeout=20, **more, **PLAIN), reason)


def test_an_upload_without_a_length_is_limited_as_well(booth: Booth, visitor: Visitor):
    parts = (b"x" * 1_000_000 for _ in range(25))
    assert_problem(httpx.put(booth.url + visitor.path + "/photo", content=parts, timeout=20, **PLAIN), "photo_too_large")


def test_another_photo_for_the_same_visit_is_refused_and_the_same_one_is_not(booth: Booth):
    visitor = Visitor(booth.url)
    first, other = (_picture(colour) for colour in ("teal", "tomato"))
    path = f"{visitor.path}/photo"
    assert visitor.request("PUT", path, content=first).status_code == 202
    assert visitor.request("PUT", path, content=first).status_code == 202
    assert_problem(visitor.request("PUT", path, content=other), "photo_already_there")


def test_a_request_id_follows_the_request_and_a_forged_one_is_replaced(booth: Booth):
    kept = httpx.get(f"{booth.url}/healthz", headers={"X-Request-Id": "my-id-1"}, **PLAIN)
    forged = httpx.get(f"{booth.url}/healthz", headers={"X-Request-Id": 'x" onload="'}, **PLAIN)
    assert kept.headers["x-request-id"] == "my-id-1"
    assert forged.headers["x-request-id"] != 'x" onload="'


def test_nothing_that_fits_the_api_breaks_it(booth: Booth):
    api = schemathesis.openapi.from_url(f"{booth.url}/api/openapi.json").exclude(path_regex="/events$")
    for found in api.get_all_operations():

        @given(case=found.ok().as_strategy())
        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
        def check(case: schemathesis.Case) -> None:
            response = case.call(base_url=booth.url, timeout=20)
            assert response.status_code < 500 or response.status_code == 503, response.text
            if response.status_code >= 400:
                assert response.headers["content-type"][0] == "application/problem+json"

        check()


def _picture(colour: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (120, 90), colour).save(stream, "JPEG")
    return stream.getvalue()
