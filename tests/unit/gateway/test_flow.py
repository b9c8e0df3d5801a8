"""From the photo to the ticket, whatever fails on the way."""

import asyncio
import gc
import time
from pathlib import Path

import pytest

from articket_gateway.storing.pictures import PictureStore
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit import visits as visits_module
from articket_gateway.visit.states import VisitRecord
from articket_mesh.errors import ErrorReason, PermanentError, TransientError
from tests.support.booth import ASTRONAUT, PHOTOS
from tests.support.pods import FakePod
from tests.support.stage import FOUR, pod, staged


class Photo(bytes):
    """Bytes of which one can know whether anybody still has them."""

    alive = 0

    def __new__(cls, content: bytes) -> "Photo":
        cls.alive += 1
        return super().__new__(cls, content)

    def __del__(self) -> None:
        Photo.alive -= 1


async def test_the_ticket_goes_to_the_chosen_artist_with_words_and_address(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "renoir"})
        view = await stage.ended(visit_id)
    (order,) = stage.composer.orders
    assert view.match is not None
    assert view.match.artist_id == order.artist_id == "renoir"
    assert order.visit_url == f"http://booth.example/v/{visit_id}"
    assert (order.caption, order.number, order.booth_name) == ("One person", "0001", "Fair")
    assert order.paintings[0].artist_id == "renoir"


async def test_a_late_caption_holds_nothing_back(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        stage.captioner.seconds = 60
        started = time.monotonic()
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "vangogh"})
        view = await stage.ended(visit_id)
    assert time.monotonic() - started < 4
    assert view.caption is None
    assert view.ticket is not None


async def test_a_caption_that_fails_costs_the_caption_only(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        stage.captioner.error = PermanentError(ErrorReason.BAD_PICTURE, "not a picture")
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "vangogh"})
        view = await stage.ended(visit_id)
    assert view.ticket is not None
    assert next(step for step in view.steps if step.name == "caption").state == "failed"


async def test_an_artist_who_fails_gives_the_ticket_to_the_next(store: VisitStore, tmp_path: Path):
    broken, whole = pod(), FakePod(artists=dict.fromkeys(("lichtenstein", "picasso", "renoir"), "digest"))
    broken.artists = {"vangogh": "digest"}
    broken.failures = [TransientError(ErrorReason.OUT_OF_MEMORY, "out of memory") for _ in range(99)]
    async with staged(store, tmp_path, broken=broken, whole=whole) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "vangogh"})
        view = await stage.ended(visit_id, 30)
    assert view.match is not None
    assert view.match.artist_id != "vangogh"
    assert stage.composer.orders[0].artist_id == view.match.artist_id
    failed = next(one for one in view.paintings if one.artist_id == "vangogh")
    assert (failed.state, failed.reason, failed.attempts) == ("failed", "OUT_OF_MEMORY", 3)


async def test_a_visit_without_any_painting_fails_and_says_so(store: VisitStore, tmp_path: Path):
    refusing = pod()
    refusing.failures = [PermanentError(ErrorReason.BAD_PICTURE, "no") for _ in range(4)]
    async with staged(store, tmp_path, a=refusing) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {})
        view = await stage.ended(visit_id)
    assert view.state == "failed"
    assert view.error is not None
    assert view.error.reason == "no_painting"


async def test_who_answers_first_gets_the_matched_painting_first(store: VisitStore, tmp_path: Path):
    one_at_a_time = pod(seconds=0.05)
    async with staged(store, tmp_path, a=one_at_a_time) as stage:
        visit_id = (await stage.visits.begin("en", None)).id
        await stage.visits.answer(visit_id, {"match": "vangogh"})
        await stage.visits.receive_photo(visit_id, ASTRONAUT.read_bytes())
        await stage.ended(visit_id)
    assert one_at_a_time.artists_asked[0] == "vangogh"


async def test_only_the_wanted_artists_paint(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        visit_id = await stage.begin(artists=("picasso",))
        await stage.visits.answer(visit_id, {})
        view = await stage.ended(visit_id)
    assert [one.artist_id for one in view.paintings] == ["picasso"]


async def test_two_visits_with_the_same_photo_are_painted_once(store: VisitStore, tmp_path: Path):
    busy = pod(seconds=0.05)
    async with staged(store, tmp_path, a=busy) as stage:
        visits = [await stage.begin(PHOTOS / "pet-cat.jpg") for _ in range(3)]
        for visit_id in visits:
            await stage.visits.answer(visit_id, {"match": "vangogh"})
        for visit_id in visits:
            await stage.ended(visit_id)
        while any(one.state != "done" for one in (await stage.ended(visits[-1])).paintings):
            await asyncio.sleep(0.01)
    assert busy.painted == 4
    assert len({order.number for order in stage.composer.orders}) == 3


async def test_erasing_cancels_the_painting_on_the_pod(store: VisitStore, tmp_path: Path):
    endless = pod(seconds=60)
    async with staged(store, tmp_path, a=endless) as stage:
        visit_id = await stage.begin()
        async with asyncio.timeout(3):
            while not endless.running:
                await asyncio.sleep(0.01)
        await stage.visits.erase(visit_id, cause="visitor")
        async with asyncio.timeout(1):
            while endless.running:
                await asyncio.sleep(0.01)
    assert endless.cancelled == 1
    assert not list((tmp_path / "pictures").rglob("*.jpg"))


async def test_a_ticket_that_cannot_be_made_is_told_and_the_paintings_stay(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        stage.composer.error = PermanentError(ErrorReason.BAD_TEMPLATE, "template.pdf: expected one page, found 2")
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "vangogh"})
        view = await stage.ended(visit_id)
    assert view.error is not None
    assert view.error.reason == "BAD_TEMPLATE"
    assert any(one.state == "done" for one in view.paintings)


async def test_what_has_expired_is_erased_and_orphaned_pictures_with_it(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        record = VisitRecord("old", "en", (await stage.visits.begin("en", None)).state, 0.0, 1.0)
        await store.create(record)
        orphan = tmp_path / "pictures/photos/0000/photo.jpg"
        orphan.parent.mkdir(parents=True)
        orphan.write_bytes(b"jpeg")
        janitor = asyncio.create_task(stage.visits.keep_clean())
        async with asyncio.timeout(5):
            while orphan.exists():
                await asyncio.sleep(0.05)
        janitor.cancel()
        await asyncio.gather(janitor, return_exceptions=True)
    found = await store.find("old")
    assert found is not None
    assert found.state == "erased"


async def test_a_ticket_that_no_visit_has_any_more_is_erased(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "vangogh"})
        await stage.ended(visit_id)
        await store.erase(visit_id)  # and killed, before the pictures were erased
        janitor = asyncio.create_task(stage.visits.keep_clean())
        async with asyncio.timeout(5):
            while any(path.is_file() for path in (tmp_path / "pictures").rglob("*")):
                await asyncio.sleep(0.05)
        janitor.cancel()
        await asyncio.gather(janitor, return_exceptions=True)


async def test_erasing_goes_on_after_a_fault(
    store: VisitStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(visits_module, "JANITOR_SECONDS", 0.01)  # a minute otherwise
    looks = 0

    async def breaks_once(_now: float) -> list[str]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise RuntimeError("a fault of ours")
        return []

    monkeypatch.setattr(store, "expired", breaks_once)
    async with staged(store, tmp_path, a=pod()) as stage:
        janitor = asyncio.create_task(stage.visits.keep_clean())
        async with asyncio.timeout(5):
            while looks < 2:
                await asyncio.sleep(0.02)
        janitor.cancel()
        await asyncio.gather(janitor, return_exceptions=True)
    assert "a fault of ours" in caplog.text


async def test_a_photo_that_comes_again_while_it_is_erased_is_kept(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod(seconds=60)) as stage:
        first = await stage.begin()
        record = await store.find(first)
        assert record is not None
        assert record.photo_digest is not None
        second = (await stage.visits.begin("en", None)).id
        real = store.erase

        async def slow(visit_id: str) -> str | None:
            unneeded = await real(visit_id)
            await stage.visits.receive_photo(second, ASTRONAUT.read_bytes())  # another visitor, the same photo
            return unneeded

        store.erase = slow  # type: ignore[method-assign]
        await stage.visits.erase(first, cause="visitor")
    assert (tmp_path / "pictures/photos" / record.photo_digest / "photo.jpg").exists()


async def test_a_visit_that_waits_for_answers_holds_no_photo(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        real, asked = PictureStore.get, 0

        async def get(self: PictureStore, path: str, **more: float) -> bytes | None:
            nonlocal asked
            content = await real(self, path, **more)
            if content is None or not path.endswith("photo.jpg"):
                return content
            asked += 1
            return Photo(content)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PictureStore, "get", get)
            visit_id = await stage.begin()
            async with asyncio.timeout(5):
                while len((await stage.visits.find(visit_id)).steps) < 5:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            gc.collect()
            assert (asked, Photo.alive) == (1, 0)


async def test_a_ticket_is_counted_once_also_when_the_visit_is_taken_over_after_it(store: VisitStore, tmp_path: Path):
    artists = dict.fromkeys(FOUR, "digest")
    slow = FakePod(artists={"renoir": "digest"}, seconds=60)
    quick = FakePod(artists={key: value for key, value in artists.items() if key != "renoir"})
    async with staged(store, tmp_path / "one", quick=quick, slow=slow) as stage:
        visit_id = await stage.begin()
        await stage.visits.answer(visit_id, {"match": "vangogh"})
        await stage.ended(visit_id)
    (tmp_path / "one/pictures").rename(tmp_path / "pictures")
    async with staged(store, tmp_path, a=pod()) as stage:
        async with asyncio.timeout(8):
            while any(one.state != "done" for one in (await stage.ended(visit_id)).paintings):
                await asyncio.sleep(0.01)
    assert stage.registry.get_sample_value("articket_tickets_total", {"artist": "vangogh"}) is None
    assert stage.registry.get_sample_value("articket_upload_to_ticket_seconds_count") == 0


async def test_answers_to_a_question_that_was_taken_out_cost_nobody_the_visit(store: VisitStore, tmp_path: Path):
    async with staged(store, tmp_path, a=pod()) as stage:
        visit_id = (await stage.visits.begin("en", None)).id
        await store.answer(visit_id, {"answers": {"a_question_of_last_year": "yes"}})
        await stage.visits.receive_photo(visit_id, ASTRONAUT.read_bytes())
        view = await stage.ended(visit_id)
    assert view.ticket is not None


@pytest.mark.parametrize("lang", ["en", "ko"])
async def test_the_ticket_speaks_the_visitors_language(store: VisitStore, tmp_path: Path, lang: str):
    async with staged(store, tmp_path, a=pod()) as stage:
        visit_id = (await stage.visits.begin(lang, None)).id
        await stage.visits.receive_photo(visit_id, ASTRONAUT.read_bytes())
        await stage.visits.answer(visit_id, {"match": "picasso"})
        await stage.ended(visit_id)
    (order,) = stage.composer.orders
    assert order.language == lang
    assert order.caption == {"en": "One person", "ko": "한 사람"}[lang]
