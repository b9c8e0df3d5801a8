"""Another site's page can change nothing, whatever it sends; the booth's own pages and programs can."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.mesh import Mesh, gateway

PUBLIC = "https://booth.example"
FORM = "text/plain"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mesh]:
    folder: Path = tmp_path_factory.mktemp("origins")
    async with gateway(folder / "data", public_url=PUBLIC) as mesh:
        yield mesh


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def begin(mesh: Mesh, headers: dict[str, str], method: str = "POST") -> int:
    response = await mesh.http.request(method, "/api/v1/visits", headers=headers)
    if response.status_code == 403:
        assert response.json()["reason"] == "cross_site"
    return response.status_code


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Cross-Site", "nonsense"])
async def test_another_sites_page_is_refused_by_what_the_browser_says(mesh: Mesh, site: str):
    assert await begin(mesh, {"Sec-Fetch-Site": site}) == 403
    assert await begin(mesh, {"Sec-Fetch-Site": site, "Origin": mesh.url}) == 403  # the browser's word counts more


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_the_booths_own_page_is_let(mesh: Mesh, site: str):
    assert await begin(mesh, {"Sec-Fetch-Site": site}) == 201


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "https://booth.example.evil.example",
        "https://booth.example@evil.example",
        "https://booth.example:8443",
        "file://",
        "http://[",
        "http://booth.example:http",
    ],
)
async def test_without_it_another_origin_is_refused(mesh: Mesh, origin: str):
    assert await begin(mesh, {"Origin": origin}) == 403


async def test_without_it_the_own_host_and_the_public_address_are_let(mesh: Mesh):
    assert await begin(mesh, {"Origin": mesh.url}) == 201
    assert await begin(mesh, {"Origin": "HTTPS://Booth.Example"}) == 201
    assert await begin(mesh, {"Origin": "https://booth.example:443"}) == 201
    # TLS has ended before us, at a proxy that is not trusted: the browser's scheme is not ours
    assert await begin(mesh, {"Origin": mesh.url.replace("http:", "https:"), "Host": mesh.url.removeprefix("http://")}) == 201


async def test_a_program_says_neither_and_is_let(mesh: Mesh):
    assert await begin(mesh, {}) == 201


async def test_looking_is_free_for_all_and_shared_with_nobody(mesh: Mesh):
    path = await mesh.begin()
    response = await mesh.http.get(path, headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("access-control")]
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("method", "what"), [("PUT", "/answers"), ("PUT", "/photo"), ("DELETE", ""), ("PATCH", ""), ("PROPFIND", "")]
)
async def test_every_method_that_changes_something_is_guarded(mesh: Mesh, method: str, what: str):
    path = await mesh.begin()
    response = await mesh.http.request(method, path + what, headers={"Sec-Fetch-Site": "cross-site"})
    assert (response.status_code, response.json()["reason"]) == (403, "cross_site")
    assert (await mesh.http.get(path)).json()["state"] == "created"


async def test_a_preflight_gets_no_leave(mesh: Mesh):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    response = await mesh.http.options(await mesh.begin(), headers=headers)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("media_type", [FORM, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_json_in_a_forms_clothes_is_not_read(mesh: Mesh, media_type: str):
    path = await mesh.begin()
    for method, address, body in (
        ("POST", "/api/v1/visits", '{"lang": "ko"}'),
        ("PUT", f"{path}/answers", '{"match": "vangogh"}'),
    ):
        response = await mesh.http.request(method, address, content=body, headers={"Content-Type": media_type})
        assert (response.status_code, response.json()["reason"]) == (422, "request_invalid")
