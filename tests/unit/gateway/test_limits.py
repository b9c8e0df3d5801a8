"""Limits: they stop machines, not people; a venue behind one address gets in; Retry-After is honest; memory has an end."""

import asyncio
import hashlib
import io
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from articket_gateway.errors import Problem
from articket_gateway.http import limits, uploads
from articket_gateway.http.limits import Limiter, Rate, address_key
from articket_gateway.http.uploads import UploadMiddleware, UploadRoom
from articket_gateway.photos import MAX_BYTES
from articket_gateway.storing.admission import AdmissionStore
from articket_gateway.storing.database import Database
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit import visits as visits_module
from articket_gateway.visit.admission import HOUR, Admission, AdmissionLimits, HourlyCount
from tests.support.mesh import JPEG, FakeStylizeServicer, Mesh, gateway
from tests.unit.gateway.conftest import new_visit

PROXIED: dict[str, Any] = {"trusted_proxies": "127.0.0.1"}


class Clock:
    """Time that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def picture(colour: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (120, 90), colour).save(stream, "JPEG")
    return stream.getvalue()


# -- buckets -------------------------------------------------------------------------------------------------------------------


def test_a_bucket_lets_so_many_at_once_and_says_when_the_next_may_come(clock: Clock):
    limiter = Limiter(Rate(3, 0.5), clock=clock)
    assert [limiter.take("a") for _ in range(4)] == [0, 0, 0, 2]
    clock.now += 1.9
    assert limiter.take("a") > 0
    clock.now += 0.1
    assert limiter.take("a") == 0
    assert limiter.take("a") == 2
    assert limiter.take("b") == 0


def test_a_bucket_fills_up_again_but_not_over(clock: Clock):
    limiter = Limiter(Rate(2, 1), clock=clock)
    assert [limiter.take("a") for _ in range(2)] == [0, 0]
    clock.now += 3600
    assert [limiter.take("a") for _ in range(3)] == [0, 0, 1]


def test_many_keys_take_no_more_memory_than_a_few(clock: Clock):
    limiter, count = Limiter(Rate(1, 1), most_keys=50, clock=clock), HourlyCount(1, most_keys=50, clock=clock)
    for number in range(5000):
        limiter.take(str(number))
        count.count(str(number))
    assert len(limiter._full_at) == len(count._slots) == 50
    assert limiter.wait("4999") > 0
    assert count.wait("4999") > 0


def test_an_hours_count_never_lets_more_through_and_says_exactly_when(clock: Clock):
    count = HourlyCount(3, clock=clock)
    begun: list[float] = []
    for _ in range(400):
        if count.wait("a") == 0:
            count.count("a")
            begun.append(clock.now)
        clock.now += 47
    assert len(begun) > 10
    assert all(sum(at - HOUR < other <= at for other in begun) <= 3 for at in begun)
    clock.now += HOUR * 3
    for _ in range(3):
        count.count("a")
        clock.now += 600
    wait = count.wait("a")
    assert HOUR - 1800 <= wait <= HOUR - 1800 + 60
    clock.now += wait - 0.01
    assert count.wait("a") > 0
    clock.now += 0.01
    assert count.wait("a") == 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
    ],
)
def test_a_household_is_one_address(one: str, other: str, *, is_same: bool):
    assert (address_key({"client": (one, 1)}) == address_key({"client": (other, 1)})) is is_same


# -- who may begin -------------------------------------------------------------------------------------------------------------


async def begin(http: httpx.AsyncClient, address: str = "203.0.113.7") -> httpx.Response:
    return await http.post("/api/v1/visits", headers={"X-Forwarded-For": address})


async def test_one_address_begins_so_many_visits_an_hour_and_others_do_not_notice(tmp_path: Path):
    async with gateway(tmp_path / "data", visits_per_address=3, **PROXIED) as mesh:
        answers = [await begin(mesh.http) for _ in range(5)]
        assert [one.status_code for one in answers] == [201, 201, 201, 429, 429]
        assert answers[-1].json()["reason"] == "too_many_visits"
        assert 3500 <= int(answers[-1].headers["retry-after"]) <= 3660
        assert (await begin(mesh.http, "203.0.113.8")).status_code == 201
        forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
        assert (await mesh.http.post("/api/v1/visits", headers=forged)).status_code == 429
        path = f"/api/v1/visits/{answers[0].json()['id']}"
        assert (await mesh.http.put(f"{path}/photo", content=JPEG)).status_code == 202  # who is in, is in


async def test_a_whole_venue_behind_one_address_gets_in_at_once(tmp_path: Path):
    async with gateway(tmp_path / "data") as mesh:
        answers = await asyncio.gather(*(mesh.http.post("/api/v1/visits", timeout=60) for _ in range(250)))
        assert {one.status_code for one in answers} == {201}


async def test_a_refused_beginning_does_not_count(tmp_path: Path):
    async with gateway(tmp_path / "data", visits_per_address=1) as mesh:
        for body in ({"lang": "fr"}, {"artists": ["nobody"]}):
            assert (await mesh.http.post("/api/v1/visits", json=body)).status_code in (404, 422)
        assert (await mesh.http.post("/api/v1/visits")).status_code == 201


async def admit(admission: Admission, store: VisitStore, visit_id: str, phone: str | None) -> None:
    async with admission.admitted(phone=phone, address=""):
        await store.create(replace(new_visit(visit_id), phone=phone))


async def test_a_phone_begins_so_many_visits_whichever_replica_it_meets(database: Database, store: VisitStore):
    replicas = [Admission(AdmissionStore(database), AdmissionLimits(100, 4, 100)) for _ in range(2)]
    for number in range(4):
        await admit(replicas[number % 2], store, f"visit-{number}", "digest")
    for replica in replicas:
        with pytest.raises(Problem) as refused:
            await admit(replica, store, "one-more", "digest")
        assert refused.value.reason == "too_many_visits"
        assert HOUR - 10 < (refused.value.retry_after or 0) <= HOUR
    await admit(replicas[0], store, "another", "another-digest")
    await admit(replicas[0], store, "none", None)


async def test_no_two_are_let_in_for_the_same_place(database: Database, store: VisitStore):
    admission = Admission(AdmissionStore(database), AdmissionLimits(100, 1, 100))
    tries = [admit(admission, store, f"visit-{number}", "digest") for number in range(8)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert [one for one in ended if one is None] == [None]


async def test_a_full_booth_says_so_in_words_and_with_a_time_and_lets_in_again_when_it_has_painted(tmp_path: Path):
    stylize = FakeStylizeServicer(slots=4, seconds=0.8)
    async with gateway(tmp_path / "data", stylize=stylize, open_visits_max=2) as mesh:
        paths = [await mesh.begin() for _ in range(3)]  # only photos make work: beginning is free
        for path, colour in zip(paths, ("teal", "tomato", "olive"), strict=True):
            assert (await mesh.http.put(f"{path}/photo", content=picture(colour))).status_code == 202
        full = await mesh.http.post("/api/v1/visits")
        assert (full.status_code, full.json()["reason"]) == (503, "booth_full")
        assert 5 <= int(full.headers["retry-after"]) <= 300
        # the third was let in before, and waits for nothing but answers once it is painted: that is not open any more
        await until(lambda: begins(mesh))


async def begins(mesh: Mesh) -> bool:
    return (await mesh.http.post("/api/v1/visits")).status_code == 201


async def until(said: Any, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await said():
            await asyncio.sleep(0.05)


async def test_the_wait_of_a_full_booth_follows_the_pace_at_which_visits_end():
    class Busy:
        a_second = 0.5

        async def open_visits(self) -> int:
            return 29

        async def visits_painted_a_second(self) -> float:
            return self.a_second

    busy = Busy()
    admission = Admission(busy, AdmissionLimits(10, 10, 10))  # type: ignore[arg-type]
    for a_second, wait in ((0.5, 40), (0.0, 30), (100.0, 5), (0.001, 300)):
        busy.a_second = a_second
        with pytest.raises(Problem) as full:
            await _enter(admission)
        assert full.value.retry_after == wait


async def _enter(admission: Admission) -> None:
    async with admission.admitted(phone=None, address=""):
        raise AssertionError("let in")


# -- one visit, and codes ------------------------------------------------------------------------------------------------------


async def test_one_visits_hammering_is_stopped_and_its_neighbours_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "CHANGES_OF_VISIT", Rate(5, 0.5))
    async with gateway(tmp_path / "data") as mesh:
        mine, other = await mesh.begin(), await mesh.begin()
        answers = [await mesh.http.put(f"{mine}/answers", json={}) for _ in range(7)]
        assert [one.status_code for one in answers] == [202] * 5 + [429] * 2
        assert answers[-1].json()["reason"] == "too_many_requests"
        assert int(answers[-1].headers["retry-after"]) in (1, 2)
        assert (await mesh.http.put(f"{other}/answers", json={})).status_code == 202
        assert (await mesh.http.get(mine)).status_code == 200


async def test_what_a_busy_phone_does_meets_no_limit(tmp_path: Path):
    async with gateway(tmp_path / "data") as mesh:
        path = await mesh.begin()
        for _ in range(60):  # a quiz of twelve questions, each changed four times
            assert (await mesh.http.put(f"{path}/answers", json={})).status_code == 202
        answers = await asyncio.gather(*(mesh.http.get(path) for _ in range(200)))
        assert {one.status_code for one in answers} == {200}


async def test_one_visit_has_so_many_streams_and_a_closed_one_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "STREAMS_OF_VISIT", 3)
    async with gateway(tmp_path / "data") as mesh:
        path, other = await mesh.begin(), await mesh.begin()
        async with AsyncExitStack() as stack:
            for _ in range(3):
                await stack.enter_async_context(mesh.http.stream("GET", f"{path}/events"))
            refused = await mesh.http.get(f"{path}/events")
            assert (refused.status_code, refused.json()["reason"]) == (429, "too_many_requests")
            assert refused.headers["retry-after"] == "15"
            assert await opens(mesh, other)
        await until(lambda: opens(mesh, path), 20)


async def opens(mesh: Mesh, path: str) -> bool:
    async with mesh.http.stream("GET", f"{path}/events") as response:
        return response.status_code == 200


async def test_guessing_codes_is_slowed_down_and_a_crowd_with_good_codes_is_not(clock: Clock):
    expired = {"wrong": True}

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 410 if expired["wrong"] else 201, "headers": []})

    middleware = limits.LimitMiddleware(app)
    for limiter in (middleware._wrong_codes, middleware._wrong_codes_of_address):
        limiter._clock = clock

    async def ask(address: str) -> int:
        statuses: list[int] = []

        async def send(message: Any) -> None:
            statuses.append(message.get("status", 0))

        scope = {"type": "http", "method": "POST", "path": "/api/v1/passes", "client": (address, 1), "headers": []}
        await middleware(scope, None, send)  # type: ignore[arg-type]
        return statuses[0]

    assert [await ask("203.0.113.7") for _ in range(200)].count(410) == limits.WRONG_CODES_OF_ADDRESS.at_once
    for net in range(40):
        for _ in range(50):
            await ask(f"198.51.100.{net}")
    assert await ask("198.51.100.0") == 429  # over all addresses
    expired["wrong"] = False
    assert [await ask("192.0.2.1") for _ in range(500)] == [201] * 500


# -- uploads -------------------------------------------------------------------------------------------------------------------


async def test_the_same_photo_sent_again_and_again_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    decoded: list[str] = []
    normalise = visits_module.normalise

    def counted(body: bytes) -> Any:
        decoded.append(hashlib.sha256(body).hexdigest())
        return normalise(body)

    monkeypatch.setattr(visits_module, "normalise", counted)
    async with gateway(tmp_path / "data") as mesh:
        path = await mesh.begin()
        for _ in range(20):
            assert (await mesh.http.put(f"{path}/photo", content=JPEG)).status_code == 202
        assert len(decoded) == 1
        others = [await mesh.http.put(f"{path}/photo", content=picture(f"rgb({n}, 0, 0)")) for n in range(8)]
        assert [one.json()["reason"] for one in others] == ["photo_already_there"] * 4 + ["too_many_requests"] * 4
        assert 1 <= int(others[-1].headers["retry-after"]) <= 10
        assert (await mesh.http.put(f"{path}/photo", content=JPEG)).status_code == 202
        assert len(decoded) == 5


async def test_room_is_given_in_order_and_comes_back():
    room = UploadRoom(10)
    order: list[str] = []

    async def upload(name: str, count: int) -> None:
        async with room.taken(count):
            order.append(name)
            await asyncio.sleep(0.01)

    await asyncio.gather(upload("a", 6), upload("b", 6), upload("c", 4), upload("d", 99))
    assert order == ["a", "b", "c", "d"]
    assert room.free == 10


async def test_room_that_does_not_come_is_a_full_booth_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "WAIT_SECONDS", 0.05)
    room = UploadRoom(10)
    async with room.taken(8):
        with pytest.raises(Problem) as full:
            async with room.taken(5):
                raise AssertionError("there was no room")
        assert full.value.reason == "booth_full"
        assert (full.value.retry_after or 0) >= 1
        leaving = asyncio.create_task(room.taken(5).__aenter__())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        async with room.taken(2):
            assert room.free == 0
    assert room.free == 10


@pytest.mark.alone
async def test_many_large_uploads_do_not_eat_memory_and_phones_do_not_wait_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "WAIT_SECONDS", 0.3)
    started = asyncio.Event()

    async def slow_body() -> AsyncIterator[bytes]:
        yield bytes(1000)
        started.set()
        await asyncio.sleep(1.5)
        yield bytes(1000)

    async with gateway(tmp_path / "data") as mesh:
        paths = [await mesh.begin() for _ in range(9)]
        large = [asyncio.create_task(mesh.http.put(f"{path}/photo", content=slow_body())) for path in paths[:8]]
        await started.wait()
        await asyncio.sleep(0.1)
        began = time.monotonic()
        assert (await mesh.http.put(f"{paths[8]}/photo", content=JPEG)).status_code == 202
        assert time.monotonic() - began < 1
        statuses = sorted([(await one).status_code for one in large])
        # room for four unknown sizes at once; the others are told to come again
        assert statuses == [415] * 4 + [503] * 4
        full = next(one.result() for one in large if one.result().status_code == 503)
        assert (full.json()["reason"], full.headers["retry-after"]) == ("booth_full", "5")
    assert uploads.ROOM_FOR_SMALL + uploads.ROOM_FOR_LARGE <= 120 * 1024 * 1024
    assert uploads.ROOM_FOR_LARGE // MAX_BYTES == 4


@pytest.mark.alone
async def test_an_upload_that_trickles_is_cut_off_and_leaves_its_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "GRACE_SECONDS", 0.4)
    monkeypatch.setattr(uploads, "WHOLE_SECONDS", 2.0)

    async with gateway(tmp_path / "data") as mesh:
        path = await mesh.begin()
        reader, writer = await asyncio.open_connection(*mesh.url.removeprefix("http://").split(":"))
        writer.write(f"PUT {path}/photo HTTP/1.1\r\nHost: booth\r\nContent-Length: 900000\r\n\r\n".encode())
        began = time.monotonic()
        answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
        while not answer.done():
            writer.write(b"x")
            await asyncio.wait([answer], timeout=0.1)
        writer.close()
        assert (await answer).startswith(b"HTTP/1.1 400 ")
        assert 0.3 < time.monotonic() - began < 1.5
        assert (await mesh.http.put(f"{path}/photo", content=JPEG)).status_code == 202


async def test_an_upload_to_nobodys_visit_takes_no_room():
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})

    middleware = UploadMiddleware(app)
    scope = {"type": "http", "method": "PUT", "path": "/api/v1/visits/x/photo", "headers": [(b"content-length", b"9" * 40)]}

    async def ignore(_message: Any) -> None:
        assert (middleware._small.free, middleware._large.free) == (uploads.ROOM_FOR_SMALL, uploads.ROOM_FOR_LARGE)

    await middleware(scope, None, ignore)  # type: ignore[arg-type]
