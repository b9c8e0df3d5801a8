"""Erased means gone: from the database's file and its log, from the pictures, from memory; and nobody else keeps a copy."""

import asyncio
import io
import json
import logging
import random
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from PIL import Image

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import metadata, print_job, visit
from articket_gateway.storing.visits import NewEvent, VisitStore
from articket_gateway.visit import visits as visits_module
from articket_gateway.visit.states import StepRecord, StepStatus, VisitRecord, VisitState
from tests.support.mesh import JPEG, FakeStylizeServicer, Mesh, gateway
from tests.unit.gateway.conftest import on_sqlite

KEPT_OF_VISIT = {
    "id", "ref", "lang", "state", "created_at", "expires_at", "artists", "photo_at", "run_status", "lease_until", "epoch",
    "kiosk_id", "is_public", "is_hidden",
}  # fmt: skip
"""What statistics need, and the two ids by which a late request learns that the visit is gone. The last two are back at no."""

KEPT_OF_STEP = {"visit_id", "name", "status", "attempts", "engine", "engine_seconds", "started_at", "finished_at"}


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def traces(folder: Path, marks: Iterable[bytes]) -> set[tuple[str, bytes]]:
    """Give where any of the marks stands, in whatever file."""
    marks = [*marks]
    return {(name, mark) for name, content in everything(folder).items() for mark in marks if mark in content}


def slices(content: bytes) -> list[bytes]:
    """Give pieces of a picture that no other file has by chance."""
    return [content[at : at + 24] for at in range(600, len(content) - 24, max(1, len(content) // 40))]


def spelled(text: str) -> list[bytes]:
    """Give the text as it may stand in a file, in JSON, too."""
    return [text.encode(), json.dumps(text).strip('"').encode()]


async def filled(mesh: Mesh, folder: Path) -> tuple[str, list[bytes]]:
    """Bring a visit to its end with something in every column; give its path and all that it told."""
    path = await mesh.painted(match="renoir")
    visit_id = path.rpartition("/")[2]
    for what in ("photo?size=thumb", "photo?size=screen", "paintings/vangogh?size=thumb", "paintings/renoir?size=screen"):
        assert (await mesh.http.get(f"{path}/{what}")).status_code == 200
    database: Database = mesh.parts.store._database
    async with database.engine.begin() as connection:
        values = {"phone": "MARK-phone", "is_public": True, "is_hidden": True, "error": {"reason": "x", "detail": "MARK-error"}}
        await connection.execute(sa.update(visit).where(visit.c.id == visit_id).values(values))
        await connection.execute(
            sa.insert(print_job).values(
                visit_id=visit_id, key=f"{visit_id}/x", sink="store", state="waiting", copies=1, asked_by="staff", asked_at=1.0
            )
        )
        digest = (await connection.execute(sa.select(visit.c.photo_digest).where(visit.c.id == visit_id))).scalar_one()
    photo = (folder / f"pictures/photos/{digest}/photo.jpg").read_bytes()
    told = ["a portrait of one person", "One person", "한 사람", "because", digest, "MARK-phone", "MARK-error"]
    return path, [*(mark for text in told for mark in spelled(text)), *slices(photo), *slices(JPEG), b"%PDF-1.7 ticket"]


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with gateway(tmp_path / "data") as mesh:
        yield mesh


@pytest.mark.parametrize("cause", ["visitor", "retention"])
async def test_an_erased_visit_leaves_no_trace_in_any_file(mesh: Mesh, tmp_path: Path, cause: str):
    folder = tmp_path / "data"
    path, marks = await filled(mesh, folder)
    assert len({mark for _, mark in traces(folder, marks)}) > 40  # they are there, or this test could not fail
    if cause == "visitor":
        assert (await mesh.http.delete(path)).status_code == 204
    else:
        async with mesh.parts.store._database.engine.begin() as connection:
            await connection.execute(sa.update(visit).values(expires_at=time.time() - 1))
        await mesh.parts.visits._erase_expired()
    assert traces(folder, marks) == set()
    assert not [name for name in everything(folder) if name.startswith("pictures/")]
    assert mesh.parts.progress.of(path.rpartition("/")[2]) == {}
    assert mesh.parts.visits._uploads == {}


async def test_what_remains_of_an_erased_visit_is_what_statistics_need(mesh: Mesh, tmp_path: Path):
    path, _ = await filled(mesh, tmp_path / "data")
    await mesh.http.delete(path)
    database = sqlite3.connect(f"file:{tmp_path}/data/articket.db?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    kept = {table: [dict(row) for row in database.execute(f"select * from {table}")] for table in metadata.tables}
    database.close()
    (row,) = kept["visit"]
    assert {name for name, value in row.items() if value is not None} <= KEPT_OF_VISIT
    assert (row["state"], row["is_public"], row["is_hidden"]) == ("erased", 0, 0)
    assert {name for one in kept["visit_step"] for name, value in one.items() if value is not None} == KEPT_OF_STEP
    assert (kept["visit_event"], kept["painting"]) == ([], [])
    assert [set(one) for one in kept["ticket"]] == [{"number", "visit_id"}]
    assert [one["state"] for one in kept["print_job"]] == ["cancelled"]


@on_sqlite
@pytest.mark.parametrize("seed", range(2))
async def test_no_page_of_the_database_keeps_what_was_erased_among_many(
    database: Database, store: VisitStore, tmp_path: Path, seed: int
):
    dice = random.Random(seed)
    live: list[str] = []
    for number in range(60):
        now = time.time()
        record = VisitRecord(f"visit-{number}", "en", VisitState.CREATED, now, now + 9, ("vangogh",), phone=f"MARK-{number}")
        await store.create(record)
        await store.answer(record.id, {"answers": {"q": f"MARK-answer-{number}" * dice.randint(1, 20)}})
        news = NewEvent("visit", {"caption": f"MARK-news-{number}" * dice.randint(1, 400)})
        lease = await store.receive_photo(record.id, digest=f"MARK-digest-{number}", artists=("vangogh",), news=news)
        assert lease is not None
        for name in ("caption", "paint:vangogh", "match"):
            step = StepRecord(name, StepStatus.DONE, {"text": f"MARK-{name}" * dice.randint(1, 60)}, None, 1, now, now)
            painted = (f"MARK-key-{number}-{name}", f"MARK-digest-{number}", {"key": "MARK-result"})
            await store.save_step(lease, step, news=[news], painted=painted)
        live.append(record.id)
        if dice.random() < 0.6:
            await store.erase(live.pop(dice.randrange(len(live))))
    assert traces(tmp_path, [b"MARK"])
    for visit_id in dice.sample(live, len(live)):
        await store.erase(visit_id)
    assert traces(tmp_path, [b"MARK"]) == set()


@pytest.mark.alone
async def test_erasing_while_it_paints_stops_the_pods_and_leaves_nothing(tmp_path: Path):
    stylize = FakeStylizeServicer(slots=4, seconds=20, steps=200)
    async with gateway(tmp_path / "data", stylize=stylize) as mesh:
        path = await mesh.begin()
        await mesh.http.put(f"{path}/photo", content=JPEG)
        async with asyncio.timeout(10):
            while stylize.running < 4:
                await asyncio.sleep(0.02)
        began = time.monotonic()
        assert (await mesh.http.delete(path)).status_code == 204
        assert time.monotonic() - began < 2
        async with asyncio.timeout(5):
            while stylize.running:
                await asyncio.sleep(0.02)
        assert (stylize.cancelled, stylize.painted) == (4, 0)
        assert not [name for name in everything(tmp_path / "data") if name.startswith("pictures/")]
        assert (await mesh.http.get(f"{path}/photo")).json()["reason"] == "visit_erased"


async def test_erasing_while_the_photo_is_still_coming_leaves_nothing(mesh: Mesh, tmp_path: Path):
    path = await mesh.begin()
    erased = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield JPEG[:2000]
        await erased.wait()
        yield JPEG[2000:]

    sending = asyncio.create_task(mesh.http.put(f"{path}/photo", content=body()))
    await asyncio.sleep(0.1)
    assert (await mesh.http.delete(path)).status_code == 204
    erased.set()
    assert (await sending).json()["reason"] == "visit_erased"
    assert not [name for name in everything(tmp_path / "data") if name.startswith("pictures/")]
    assert traces(tmp_path / "data", slices(JPEG)) == set()


async def test_erasing_between_decoding_and_storing_leaves_nothing(mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = await mesh.begin()
    put = mesh.parts.visits._pictures.put

    async def erased_first(where: str, content: bytes) -> None:
        await mesh.parts.visits._store.erase(path.rpartition("/")[2])
        await put(where, content)

    monkeypatch.setattr(mesh.parts.visits._pictures, "put", erased_first)
    assert (await mesh.http.put(f"{path}/photo", content=JPEG)).json()["reason"] == "visit_erased"
    assert not [name for name in everything(tmp_path / "data") if name.startswith("pictures/")]


async def test_a_small_form_made_while_the_visit_is_erased_is_not_kept(
    mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = await mesh.painted()
    loop = asyncio.get_running_loop()
    thumbnail = visits_module.thumbnail

    def erased_first(whole: bytes, long_side: int) -> bytes:
        asyncio.run_coroutine_threadsafe(mesh.parts.visits.erase(path.rpartition("/")[2], cause="visitor"), loop).result(5)
        return thumbnail(whole, long_side)

    monkeypatch.setattr(visits_module, "thumbnail", erased_first)
    assert (await mesh.http.get(f"{path}/photo?size=thumb")).json()["reason"] == "visit_erased"
    assert not [name for name in everything(tmp_path / "data") if name.startswith("pictures/")]


async def test_another_visit_with_the_same_photo_keeps_it(mesh: Mesh, tmp_path: Path):
    first, second = await mesh.painted(), await mesh.painted()
    await mesh.http.delete(first)
    assert (await mesh.http.get(f"{second}/paintings/vangogh")).status_code == 200
    await mesh.http.delete(second)
    assert not [name for name in everything(tmp_path / "data") if name.startswith("pictures/")]


# -- what others may keep, and what they are told ------------------------------------------------------------------------------


async def test_no_cache_shows_a_picture_of_somebody_without_asking(mesh: Mesh):
    path = await mesh.painted()
    for what in ("photo", "photo?size=print", "paintings/vangogh", "ticket.pdf", "ticket.png"):
        response = await mesh.http.get(f"{path}/{what}")
        kept = {part.strip() for part in response.headers["cache-control"].split(",")}
        assert kept == {"private", "no-cache"}
        again = await mesh.http.get(f"{path}/{what}", headers={"If-None-Match": response.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"]) == (304, response.headers["cache-control"])
    assert (await mesh.http.get(path)).headers["cache-control"] == "no-store"
    await mesh.http.delete(path)
    gone = await mesh.http.get(f"{path}/photo", headers={"If-None-Match": "*"})
    assert (gone.status_code, gone.headers["cache-control"]) == (410, "no-store")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_every_answer_says_what_a_browser_may_do_with_it(tmp_path: Path, scheme: str):
    async with gateway(tmp_path / "data", trusted_proxies="127.0.0.1") as mesh:
        path = await mesh.painted()
        mesh.http.headers["X-Forwarded-Proto"] = scheme
        addresses = ["/", "/kiosk", "/staff", "/k/ABCDE", "/qr.svg", "/robots.txt", "/favicon.ico", "/docs/errors"]
        addresses += [path, f"{path}/photo", f"{path}/ticket.pdf", f"{path}/nothing", "/nowhere", "/metrics", "/readyz"]
        addresses += ["/web/shared/base.css", "/web/nothing.js", "/api/openapi.json", f"/v/{path.rpartition('/')[2]}"]
        for address in addresses:
            headers = (await mesh.http.get(address)).headers
            assert headers["referrer-policy"] == "no-referrer", address
            assert headers["x-content-type-options"] == "nosniff", address
            assert "frame-ancestors 'none'" in headers["content-security-policy"], address
            assert "unsafe" not in headers["content-security-policy"], address
            assert "camera=()" in headers["permissions-policy"], address
            assert ("strict-transport-security" in headers) is (scheme == "https"), address
            assert len(headers.get_list("content-security-policy")) == 1, address
            assert "server" not in headers, address


async def test_a_stream_is_neither_kept_nor_buffered_nor_changed(mesh: Mesh):
    path = await mesh.begin()
    async with mesh.http.stream("GET", f"{path}/events") as response:
        assert response.headers["cache-control"] == "no-store, no-transform"
        assert response.headers["x-accel-buffering"] == "no"
        assert response.headers.get_list("cache-control") == ["no-store, no-transform"]
        assert "content-encoding" not in response.headers


async def test_no_log_line_tells_who_came_and_from_where(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        async with gateway(tmp_path / "data", trusted_proxies="127.0.0.1", visits_per_address=2) as mesh:
            mesh.http.headers["X-Forwarded-For"] = "203.0.113.77"
            path = await mesh.painted()
            for code in ("SECRETCODE", "%2e%2e"):
                await mesh.http.get(f"/k/{code}")
                await mesh.http.post("/api/v1/passes", json={"code": code})
            for _ in range(3):
                await mesh.http.post("/api/v1/visits", headers={"Sec-Fetch-Site": "none"})
            await mesh.http.post("/api/v1/visits", headers={"Origin": "https://secret.example"})
            await mesh.http.get("/v/SECRETCODE")
            await mesh.http.get("/metrics")
            metrics = (await mesh.http.get("/metrics")).text
            ready = (await mesh.http.get("/readyz")).text
            await mesh.http.delete(path)
    others = ("httpx", "httpcore", "asyncio", "uvicorn.access")  # the test's own client, and a logger that is off
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith(others)]
    told = "\n".join([*logged, metrics, ready])
    assert logged
    for secret in ("203.0.113", "SECRETCODE", "secret.example", path.rpartition("/")[2]):
        assert secret not in told


# -- nothing a phone needs has more than 1 MB ----------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_photo_of_pure_noise_still_passes_a_proxy(tmp_path: Path):
    size = (1280, 1280)
    noise = Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))
    body = io.BytesIO()
    noise.save(body, "JPEG", quality=85)
    async with gateway(tmp_path / "data") as mesh:
        path = await mesh.begin()
        assert (await mesh.http.put(f"{path}/photo", content=body.getvalue())).status_code == 202
        await mesh.http.put(f"{path}/answers", json={"match": "vangogh"})
        await mesh.ended(path)
        for what in ("photo", "paintings/vangogh"):
            for form, side in (("thumb", 320), ("screen", 960), ("print", 1280)):
                responses = [await mesh.http.get(f"{path}/{what}?size={form}") for _ in range(2)]
                assert max(len(one.content) for one in responses) <= 1_000_000
                assert responses[0].content == responses[1].content
                assert max(Image.open(io.BytesIO(responses[0].content)).size) == side
        stored = everything(tmp_path / "data")
        assert max(len(content) for name, content in stored.items() if name.endswith(("photo.jpg", "print.jpg"))) > 2_000_000
        assert (await mesh.http.delete(path)).status_code == 204
        assert not [name for name in everything(tmp_path / "data") if name.startswith("pictures/")]


@pytest.mark.slow
async def test_a_ticket_of_megabytes_has_a_light_form_for_the_phone(mesh: Mesh):
    path = await mesh.painted()
    size = (500, 1000)
    noise = Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))
    png = io.BytesIO()
    noise.save(png, "PNG")
    pictures, visit_id = mesh.parts.visits._pictures, path.rpartition("/")[2]
    await pictures.put(f"tickets/{visit_id}/ticket.png", png.getvalue())
    await pictures.put(f"tickets/{visit_id}/ticket.pdf", b"%PDF-1.7" + bytes(3_000_000))
    whole: httpx.Response = await mesh.http.get(f"{path}/ticket.pdf")
    assert len(whole.content) > 3_000_000  # for the printer, and for whoever asks for it
    light, picture = await mesh.http.get(f"{path}/ticket.pdf?size=screen"), await mesh.http.get(f"{path}/ticket.png")
    assert len(light.content) <= 1_000_000
    assert light.content.startswith(b"%PDF")
    assert light.headers["etag"] != whole.headers["etag"]
    box = re.search(rb"/MediaBox\s*\[([^\]]+)\]", light.content)
    assert box is not None
    assert [round(float(side) / 72 * 25.4) for side in box[1].split()] == [0, 0, 100, 200]
    assert len(picture.content) <= 1_000_000
    assert Image.open(io.BytesIO(picture.content)).format == "PNG"
    part = await mesh.http.get(f"{path}/ticket.pdf?size=screen", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, light.content[10:20])
