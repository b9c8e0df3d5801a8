"""Every route over real HTTP: one shape for every failure, ranges and caching as the RFCs say, nothing told to logs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from articket_gateway.errors import REASONS
from articket_gateway.http.requests import MAX_JSON_BYTES
from articket_gateway.photos import MAX_BYTES
from articket_gateway.storing.pictures import PictureStore
from tests.support.mesh import JPEG, Mesh, gateway

UNKNOWN = "AAAAAAAAAAAAAAAAAAAAAA"
BODIES = {"public": {"is_public": True}, "place": {"at": 0}}


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data") as mesh:
        yield mesh


def assert_problem(response: httpx.Response, reason: str) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    assert (problem["reason"], problem["status"]) == (reason, response.status_code)
    assert response.status_code == REASONS[reason].status
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, item in document["paths"].items() for method, one in item.items()]


async def test_every_route_documents_its_problems(mesh: Mesh):
    document = (await mesh.http.get("/api/openapi.json")).json()
    assert operations(document)
    for path, method, operation in operations(document):
        for status in ("4XX", "5XX"):
            content = operation["responses"][status]["content"]
            schema = {"$ref": "#/components/schemas/ProblemDocument"}
            assert content == {"application/problem+json": {"schema": schema}}, f"{method} {path}"


async def test_an_unknown_visit_is_told_on_every_route_of_a_visit(mesh: Mesh):
    document = (await mesh.http.get("/api/openapi.json")).json()
    asked = 0
    for path, method, operation in operations(document):
        if "{visit_id}" in path:
            address = path.replace("{visit_id}", UNKNOWN).replace("{artist_id}", "vangogh")
            takes_json = "application/json" in operation.get("requestBody", {}).get("content", {})
            body = {"json": BODIES.get(path.rpartition("/")[2], {})} if takes_json else {}
            assert_problem(await mesh.http.request(method, address, **body), "visit_unknown")
            asked += 1
    assert asked >= 10


async def test_an_erased_visit_is_told_on_every_route_of_a_visit(mesh: Mesh):
    path = await mesh.begin()
    assert (await mesh.http.delete(path)).status_code == 204
    for what in ("", "/events", "/photo", "/paintings/vangogh", "/paintings/vangogh/preview", "/ticket.pdf", "/ticket.png"):
        assert_problem(await mesh.http.get(path + what), "visit_erased")
    assert (await mesh.http.delete(path)).status_code == 204


async def test_a_fault_of_ours_is_a_problem_too_and_is_logged_once_without_the_visit(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    path = await mesh.begin()

    async def broken(_visit_id: str) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(mesh.parts.visits, "find", broken)
    with caplog.at_level(logging.INFO):
        problem = assert_problem(await mesh.http.get(path), "internal")
    assert "a fault" not in problem["detail"]
    assert [record.name for record in caplog.records if record.exc_info] == ["articket_gateway.http.requests"]
    assert 'status="500"' in (await mesh.http.get("/metrics")).text


async def test_no_log_line_names_a_visit(mesh: Mesh, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        path = await mesh.painted()
        waiting = await mesh.begin()
        await mesh.http.put(f"{waiting}/photo", content=JPEG)
        names = " ".join(task.get_name() for task in asyncio.all_tasks())
        assert "visit" in names
        assert waiting.rpartition("/")[2][:4] not in names
        await mesh.http.get(f"{path}/")
        await mesh.http.get(path, headers={"Connection": "Upgrade", "Upgrade": "websocket"})
        await mesh.http.delete(path)
    visit_id = path.rpartition("/")[2]
    others = ("httpx", "httpcore", "uvicorn.access")  # the test's own client; a logger that is off, but pytest listens to it
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith(others)]
    assert logged
    assert [line for line in logged if visit_id[:4] in line] == []


async def test_a_visits_address_with_a_slash_is_not_redirected(mesh: Mesh):
    assert_problem(await mesh.http.get(f"{await mesh.begin()}/", headers={"Host": "evil.example"}), "route_unknown")


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_huge_json_body_is_refused(mesh: Mesh, *, is_chunked: bool):
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * MAX_JSON_BYTES

    content = parts() if is_chunked else b" " * (MAX_JSON_BYTES + 1)
    response = await mesh.http.post("/api/v1/visits", content=content, headers={"Content-Type": "application/json"})
    assert_problem(response, "request_too_large")


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_huge_photo_is_refused_in_its_own_words(mesh: Mesh, *, is_chunked: bool):
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES // 1_000_000 + 1):
            yield bytes(1_000_000)

    content = parts() if is_chunked else bytes(MAX_BYTES + 1)
    assert_problem(await mesh.http.put(f"{await mesh.begin()}/photo", content=content), "photo_too_large")


@pytest.mark.parametrize(
    "body", [b'{"' + b"x" * 5000 + b'": 1}', b'{"\\ud800": 1}', b"[" * 30_000, b'{"lang": "\\u0000"}', b"\xff", b"null1"]
)
async def test_an_odd_json_body_gets_a_short_problem(mesh: Mesh, body: bytes):
    response = await mesh.http.post("/api/v1/visits", content=body, headers={"Content-Type": "application/json"})
    assert_problem(response, "request_invalid")
    assert len(response.content) < 2000


async def test_an_artist_who_is_not_in_the_visit_cannot_be_chosen(mesh: Mesh):
    path = await mesh.begin(artists=["picasso"])
    assert_problem(await mesh.http.put(f"{path}/answers", json={"match": "vangogh"}), "artist_unknown")


async def test_a_picture_store_that_fails_is_told_and_the_photo_can_be_sent_again(mesh: Mesh, tmp_path: Path):
    path = await mesh.begin()
    photos = tmp_path / "data/pictures/photos"
    photos.write_bytes(b"")  # where a folder should be: every write fails
    assert_problem(await mesh.http.put(f"{path}/photo", content=JPEG), "store_unavailable")
    photos.unlink()
    assert (await mesh.http.put(f"{path}/photo", content=JPEG)).status_code == 202


async def test_head_tells_what_get_would(mesh: Mesh):
    path = await mesh.painted()
    for what in ("/photo", "/paintings/vangogh", "/ticket.pdf", "/ticket.png"):
        whole = await mesh.http.get(path + what)
        head = await mesh.http.head(path + what, headers={"Range": "bytes=0-1"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == whole.headers["etag"]
        assert int(head.headers["content-length"]) == len(whole.content)
    assert (await mesh.http.head("/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=-999999999", 206, slice(0, None)),
        ("bytes=0-999999999", 206, slice(0, None)),
        ("bytes=-0", 416, None),
        ("bytes=999999999-", 416, None),
        ("bytes=5-2", 416, None),
        ("bytes=-", 200, slice(0, None)),
        ("bytes=0-1,4-5", 200, slice(0, None)),
        ("bytes=" + "9" * 5000 + "-", 200, slice(0, None)),
        ("pages=1-2", 200, slice(0, None)),
    ],
)
async def test_a_range_gives_what_the_rfc_says(mesh: Mesh, asked: str, status: int, part: slice | None):
    path = await mesh.painted()
    whole = (await mesh.http.get(f"{path}/ticket.pdf")).content
    response = await mesh.http.get(f"{path}/ticket.pdf", headers={"Range": asked})
    assert response.status_code == status
    if part is None:
        assert_problem(response, "range_not_satisfiable")
        assert response.headers["content-range"] == f"bytes */{len(whole)}"
    else:
        assert response.content == whole[part]


async def test_a_range_of_another_version_is_not_mixed_in(mesh: Mesh):
    path = await mesh.painted()
    etag = (await mesh.http.get(f"{path}/ticket.pdf")).headers["etag"]
    for condition, status in ((etag, 206), (f"W/{etag}", 200), ('"other"', 200), ("Sat, 21 Nov 2026 00:00:00 GMT", 200)):
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        assert (await mesh.http.get(f"{path}/ticket.pdf", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("tags", "status"), [("{etag}", 304), ("W/{etag}", 304), ('"a", {etag}', 304), ("*", 304), ('"a"', 200)]
)
async def test_a_known_picture_is_not_sent_again(mesh: Mesh, tags: str, status: int):
    path = await mesh.painted()
    etag = (await mesh.http.get(f"{path}/ticket.pdf")).headers["etag"]
    headers = {"If-None-Match": tags.replace("{etag}", etag)}
    assert (await mesh.http.get(f"{path}/ticket.pdf", headers=headers)).status_code == status


async def test_what_is_kept_is_for_this_user_only(mesh: Mesh, tmp_path: Path):
    await mesh.painted()
    database = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
    assert {path.name for path in database} >= {"articket.db", "articket.db.lock", "articket.db-wal"}
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in database} == {path.name: "0o0" for path in database}
    assert (tmp_path / "data/pictures").stat().st_mode & 0o077 == 0


async def test_an_erased_visit_is_counted_once(mesh: Mesh):
    path = await mesh.begin()
    for _ in range(3):
        await mesh.http.delete(path)
    assert 'articket_visits_erased_total{cause="visitor"} 1.0' in (await mesh.http.get("/metrics")).text


async def test_a_store_of_pictures_erases_half_written_files_too(tmp_path: Path):
    pictures = PictureStore(str(tmp_path))
    await pictures.put("photos/abc/photo.jpg", b"face")
    (tmp_path / "photos/abc/photo.jpg#1").write_bytes(b"fac")  # what a process killed in mid-writing leaves
    await pictures.erase_photo("abc")
    await pictures.erase_photo("abc")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
