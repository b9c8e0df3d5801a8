"""What every captioning engine promises. A new engine joins by a line in `ENGINES`; it passes this file or it is not one."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from articket_caption.engines import Engine, Subject
from articket_caption.engines.embedded import EmbeddedEngine
from articket_mesh.errors import ErrorReason, PermanentError
from tests.support.caption import PHOTOS, blip_engine, http_engine, photo, plain

ENGINES: dict[str, Callable[[], Engine]] = {
    "embedded": EmbeddedEngine,
    "blip": blip_engine,
    "http": http_engine,
}

EVERY_PHOTO = sorted(path.stem for path in PHOTOS.glob("*.jpg"))

# Starting an engine may take long (a model's weights), so the tests share one.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=ENGINES, scope="module", loop_scope="module")
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    engine = ENGINES[request.param]()
    await engine.start()
    yield engine
    await engine.close()


async def test_it_has_a_name(engine: Engine):
    assert engine.name == engine.name.strip().lower() != ""


@pytest.mark.parametrize("name", EVERY_PHOTO)
async def test_a_description_fits_the_wire_and_the_ticket(engine: Engine, name: str):
    description = await engine.describe(photo(name))
    assert 0 < len(description.prompt) <= 200
    assert 0 < len(description.text_en) <= 80
    assert 0 < len(description.text_ko) <= 80
    assert re.search("[가-힣]", description.text_ko)
    assert not re.search("[가-힣<>{}\n]", description.prompt + description.text_en)


@pytest.mark.parametrize("name", [name for name in EVERY_PHOTO if name.startswith(("pet", "place", "thing"))])
async def test_nobody_is_seen_where_nobody_is(engine: Engine, name: str):
    description = await engine.describe(photo(name))
    assert description.face_count == 0
    assert not {Subject.PERSON, Subject.PEOPLE} & set(description.subjects)


async def test_a_person_is_seen(engine: Engine):
    description = await engine.describe(photo("portrait-woman-laughing"))
    assert description.face_count == 1
    assert Subject.PERSON in description.subjects


async def test_people_are_seen(engine: Engine):
    description = await engine.describe(photo("group-three-composed"))
    assert description.face_count == 3
    assert Subject.PEOPLE in description.subjects


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp"])
async def test_every_format_of_the_wire_is_described(engine: Engine, extension: str):
    assert (await engine.describe(plain(30, 60, 200, extension=extension))).prompt


async def test_the_same_photo_gets_the_same_words(engine: Engine):
    descriptions = await asyncio.gather(*(engine.describe(photo("thing-flower")) for _ in range(3)))
    assert len(set(descriptions)) == 1


@pytest.mark.parametrize("damaged", [photo("thing-coffee")[:200], b"\xff\xd8\xff" + bytes(64)], ids=["cut off", "empty"])
async def test_a_photo_that_cannot_be_decoded_is_a_bad_picture(engine: Engine, damaged: bytes):
    with pytest.raises(PermanentError) as failure:
        await engine.describe(damaged)
    assert failure.value.reason == ErrorReason.BAD_PICTURE


@pytest.mark.alone
async def test_the_event_loop_goes_on_while_it_looks(engine: Engine):
    looking = [asyncio.create_task(engine.describe(photo("group-mariachi"))) for _ in range(3)]
    longest = 0.0
    while not all(task.done() for task in looking):
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        longest = max(longest, time.perf_counter() - began)
    assert longest < 0.1


async def test_closing_twice_is_fine():
    for make in ENGINES.values():
        engine = make()
        await engine.start()
        await engine.close()
        await engine.close()
