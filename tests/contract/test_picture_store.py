"""What the picture store promises, kept in a folder and in an object store: held to the same tests.

Google Cloud Storage goes through the same library and the same calls; there is no emulator of it here to hold it to them.
"""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import obstore
import pytest
from obstore.store import from_url

from articket_gateway.errors import StoreUnavailable, StoreUnusable
from articket_gateway.storing.pictures import (
    ANSWER_SECONDS,
    PictureStore,
    painting_path,
    photo_path,
    photo_thumb_path,
    ticket_path,
)
from tests.support.mesh import gateway
from tests.support.ports import free_port
from tests.support.seaweed import BUCKET, KEYS, Seaweed, in_environment, needs_weed

PHOTO = bytes(range(256)) * 6_000
DIGEST, NEIGHBOUR = "a1b2", "a1b2c3"
"""The second one begins with the first: what belongs to one of them is found by the beginning of its path."""
MORE_THAN_A_PAGE = 1_010
"""Object stores list a thousand at a time."""

ANSWERED_WITHIN_SECONDS = ANSWER_SECONDS + 2

Call = Callable[[PictureStore], Awaitable[object]]
CALLS: dict[str, Call] = {
    "put": lambda store: store.put(photo_path(DIGEST), PHOTO),
    "get": lambda store: store.get(photo_path(DIGEST)),
    "erase_photo": lambda store: store.erase_photo(DIGEST),
    "erase_ticket": lambda store: store.erase_ticket("visit"),
    "photo_digests": lambda store: store.photo_digests(),
    "ticket_visits": lambda store: store.ticket_visits(),
}


@pytest.fixture(params=["folder", pytest.param("s3", marks=[needs_weed, pytest.mark.slow])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return request.getfixturevalue("s3") if request.param == "s3" else str(tmp_path / "pictures")


@pytest.fixture
def store(url: str) -> PictureStore:
    return PictureStore(url)


def left(url: str) -> set[str]:
    """Look past the store for what lies in it. Of a folder in which nothing lies an S3 server may tell for a while."""
    if "://" not in url:
        return {str(path.relative_to(url)) for path in Path(url).rglob("*") if path.is_file()}
    onlooker = from_url(url, client_options={"allow_http": True})
    return {entry["path"] for batch in obstore.list(onlooker) for entry in batch}


async def test_what_was_never_put_is_not_there(store: PictureStore):
    assert await store.get(photo_path(DIGEST)) is None
    assert (await store.photo_digests(), await store.ticket_visits()) == (set(), set())


async def test_what_there_is_is_told_by_photo_and_by_visit(store: PictureStore):
    await store.put(painting_path(DIGEST, "k"), b"jpeg")
    await store.put(painting_path(NEIGHBOUR, "k"), b"jpeg")
    await store.put(ticket_path("visit", "png"), b"png")
    assert (await store.photo_digests(), await store.ticket_visits()) == ({DIGEST, NEIGHBOUR}, {"visit"})


async def test_what_is_put_comes_back_byte_by_byte(store: PictureStore, url: str):
    await store.put(photo_path(DIGEST), PHOTO)
    await store.put(ticket_path("visit", "pdf"), b"")
    other = PictureStore(url)  # another replica
    assert await other.get(photo_path(DIGEST)) == PHOTO
    assert await other.get(ticket_path("visit", "pdf")) == b""


async def test_putting_again_replaces(store: PictureStore):
    await store.put(photo_path(DIGEST), PHOTO)
    await store.put(photo_path(DIGEST), b"another")
    assert await store.get(photo_path(DIGEST)) == b"another"


async def test_many_at_once_are_kept_apart(store: PictureStore):
    paths = [painting_path(DIGEST, f"{number:064x}") for number in range(60)]
    await asyncio.gather(*(store.put(path, path.encode() * 500) for path in paths))
    found = await asyncio.gather(*(store.get(path) for path in paths))
    assert found == [path.encode() * 500 for path in paths]


async def test_erasing_a_photo_takes_all_that_is_of_it_and_nothing_else(store: PictureStore, url: str):
    others = {photo_path(NEIGHBOUR), ticket_path(DIGEST, "pdf")}
    own = [
        photo_path(DIGEST),
        photo_thumb_path(DIGEST, "thumb"),
        painting_path(DIGEST, "k"),
        painting_path(DIGEST, "k", "thumb"),
    ]
    for path in (*own, *others):
        await store.put(path, b"jpeg")
    await store.erase_photo(DIGEST)
    assert [await store.get(path) for path in own] == [None] * 4
    assert left(url) == others


async def test_erasing_a_ticket_takes_both_its_forms_and_no_other(store: PictureStore, url: str):
    for visit_id in ("visit", "visit-2"):
        for kind in ("pdf", "png"):
            await store.put(ticket_path(visit_id, kind), kind.encode())
    await store.erase_ticket("visit")
    assert left(url) == {ticket_path("visit-2", "pdf"), ticket_path("visit-2", "png")}


async def test_erasing_what_is_gone_or_erased_by_another_at_the_same_time_is_no_fault(store: PictureStore, url: str):
    await store.erase_photo(DIGEST)
    for key in range(20):
        await store.put(painting_path(DIGEST, f"{key}"), b"jpeg")
    others = [PictureStore(url) for _ in range(2)]
    await asyncio.gather(*(one.erase_photo(DIGEST) for one in (store, *others)))
    assert left(url) == set()


@pytest.mark.slow
async def test_more_than_a_page_of_them_is_listed_whole_and_erased_whole(store: PictureStore, url: str):
    async def put(number: int) -> None:
        async with few:
            await store.put(photo_path(f"{number:08x}"), b"jpeg")
            await store.put(painting_path(DIGEST, f"{number:08x}"), b"jpeg")

    few = asyncio.Semaphore(32)
    await asyncio.gather(*(put(number) for number in range(MORE_THAN_A_PAGE)))
    assert len(await store.photo_digests()) == MORE_THAN_A_PAGE + 1
    await store.erase_photo(DIGEST)
    assert left(url) == {photo_path(f"{number:08x}") for number in range(MORE_THAN_A_PAGE)}


async def test_a_put_that_is_called_off_leaves_all_or_nothing_and_is_over(store: PictureStore):
    for moment in (0.0, 0.001, 0.01):
        putting = asyncio.create_task(store.put(photo_path(DIGEST), PHOTO * 4))
        await asyncio.sleep(moment)
        putting.cancel()
        with suppress(asyncio.CancelledError):
            await putting
        found = await store.get(photo_path(DIGEST))
        assert found in (None, PHOTO * 4)
        await store.erase_photo(DIGEST)
        await asyncio.sleep(0.05)
        assert await store.get(photo_path(DIGEST)) is None, "it came back"


# -- a store that is away -----------------------------------------------------------------------------------------------------


@pytest.fixture
def nobody_there() -> Iterator[None]:
    """An address at which nothing listens."""
    with in_environment({**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}", "AWS_ALLOW_HTTP": "true"}):
        yield


@pytest.fixture
def silent() -> Iterator[None]:
    """A server that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with in_environment({**KEYS, "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true"}):
            yield


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["nobody_there", "silent"])
async def test_a_store_that_is_away_is_told_within_seconds_whatever_is_asked_of_it(
    request: pytest.FixtureRequest, trouble: str
):
    request.getfixturevalue(trouble)
    store = PictureStore(f"s3://{BUCKET}")

    async def asked(call: Call) -> float:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await call(store)
        return time.monotonic() - began

    seconds = dict(zip(CALLS, await asyncio.gather(*(asked(call) for call in CALLS.values())), strict=True))
    assert {name: took for name, took in seconds.items() if took > ANSWERED_WITHIN_SECONDS} == {}


@needs_weed
@pytest.mark.slow
async def test_a_store_that_hangs_is_told_and_works_again_when_it_wakes(s3: str, seaweed: Seaweed):
    store = PictureStore(s3)
    await store.put(photo_path(DIGEST), PHOTO)
    os.kill(seaweed.process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.get(photo_path(DIGEST))
        assert time.monotonic() - began < ANSWERED_WITHIN_SECONDS
    finally:
        os.kill(seaweed.process.pid, signal.SIGCONT)
    assert await store.get(photo_path(DIGEST), patience=20) == PHOTO


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    store = PictureStore(str(tmp_path / "pictures"))
    (tmp_path / "pictures/photos").write_text("a file where a folder should be")
    with pytest.raises(StoreUnavailable):
        await store.put(photo_path(DIGEST), PHOTO)


@needs_weed
@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
async def test_nothing_that_the_store_says_of_itself_reaches_a_log(s3: str, call: str, caplog: pytest.LogCaptureFixture):
    with in_environment({"AWS_SECRET_ACCESS_KEY": "not the secret"}):
        store = PictureStore(s3)
    with pytest.raises(StoreUnavailable) as found:
        await CALLS[call](store)
    for word in (DIGEST, "visit", "127.0.0.1", "s3:", "not the secret"):
        assert word not in str(found.value) + caplog.text


# -- at the start -------------------------------------------------------------------------------------------------------------


async def test_a_store_that_lets_us_in_is_taken(url: str):
    await PictureStore(url).check()


@needs_weed
@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "bucket", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, BUCKET, "s3://articket refuses the keys"),
        ({"AWS_ACCESS_KEY_ID": "stranger"}, BUCKET, "s3://articket refuses the keys"),
        ({}, "no-such-bucket", "s3://no-such-bucket does not exist"),
    ],
)
async def test_what_only_a_person_can_mend_keeps_it_from_starting(s3: str, environment: dict[str, str], bucket: str, said: str):
    with in_environment(environment):
        store = PictureStore(f"s3://{bucket}/booth")
    with pytest.raises(StoreUnusable, match=said):
        await store.check()


@pytest.mark.parametrize("url", ["ftp://key:secret@somewhere", "s3://", "gs://"])
def test_an_address_that_makes_no_sense_is_refused_without_its_secrets(url: str):
    with pytest.raises(StoreUnusable, match="expected a folder, or an s3:// or gs:// URL with a bucket") as refused:
        PictureStore(url)
    assert "secret" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["nobody_there", "silent"])
async def test_a_store_that_is_away_at_the_start_may_still_come(
    request: pytest.FixtureRequest, trouble: str, caplog: pytest.LogCaptureFixture
):
    request.getfixturevalue(trouble)
    store = PictureStore(f"s3://{BUCKET}")
    await store.check()
    assert store.outage.is_away
    assert "the picture store does not answer" in caplog.text


@needs_weed
@pytest.mark.slow
async def test_a_visit_in_an_object_store_ends_with_a_ticket_and_leaves_nothing_when_it_is_erased(s3: str, tmp_path: Path):
    async with gateway(tmp_path / "data", pictures_url=s3) as mesh:
        path = await mesh.painted()
        for what in ("photo?size=thumb", "paintings/vangogh?size=screen", "ticket.pdf", "ticket.png"):
            assert (await mesh.http.get(f"{path}/{what}")).status_code == 200
        assert len(left(s3)) >= 7
        assert (await mesh.http.delete(path)).status_code == 204
        assert left(s3) == set()
