"""kill -9 of any process at any moment of a visit: the visit ends, nothing is painted twice, there is one ticket."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.booth import PHOTOS, SERVICES, Booth, Visitor, running_booth

pytestmark = pytest.mark.slow

PHOTO_OF = dict(zip(SERVICES, sorted(PHOTOS.glob("portrait-*.jpg")), strict=False))


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booth]:
    """A booth of its own for these tests: they leave it bruised."""
    with running_booth(tmp_path_factory.mktemp("fragile") / "data") as booth:
        yield booth


def rotated(photo: Path, degrees: int) -> bytes:
    """Give another picture of the same scene, so that no earlier painting can be reused."""
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.open(photo).rotate(degrees, expand=True).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def finished_steps(visit: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["started_at"] for step in visit["steps"] if step["state"] == "done"}


def assert_whole(visit: dict[str, Any], before: dict[str, str]) -> None:
    assert visit["state"] == "ticket_ready", visit["error"]
    assert [one["state"] for one in visit["paintings"]] == ["done"] * 4
    after = finished_steps(visit)
    assert {name: after.get(name) for name in before} == before, "a finished step was done again"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("moment", ["uploaded", "painting", "answered"])
def test_a_killed_process_costs_the_visitor_nothing(fragile: Booth, service: str, moment: str):
    turn = {"uploaded": 0, "painting": 3, "answered": 6}[moment]
    photo = rotated(PHOTO_OF[service], turn)
    visitor = Visitor(fragile.url)
    visitor.request("PUT", f"{visitor.path}/photo", content=photo)
    before: dict[str, str] = {}
    if moment != "uploaded":
        end = time.monotonic() + 20
        while not any(one["state"] == "done" for one in visitor.look()["paintings"]) and time.monotonic() < end:
            time.sleep(0.02)
        before = finished_steps(visitor.look())
    if moment == "answered":
        visitor.answer(match="renoir")
    fragile.kill(service)
    visitor.answer(match="renoir")
    assert_whole(visitor.wait_until_done(), before)
    with sqlite3.connect(f"file:{fragile.data_dir / 'articket.db'}?mode=ro", uri=True) as database:
        (tickets,) = database.execute("select count(*) from ticket where visit_id = ?", [visitor.visit_id]).fetchone()
    assert tickets == 1


def test_a_booth_that_was_killed_whole_goes_on_where_it_was(tmp_path: Path):
    data = tmp_path / "data"
    with running_booth(data) as booth:
        visitor = Visitor(booth.url)
        visitor.send_photo(PHOTOS / "thing-flower.jpg")
        visitor.answer(match="picasso")
        family = booth.family()
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        booth.process.wait(10)
    with running_booth(data) as booth:
        visitor.http.base_url = booth.url  # type: ignore[assignment]
        assert_whole(visitor.wait_until_done(), {})


def test_no_process_outlives_its_supervisor(tmp_path: Path):
    with running_booth(tmp_path / "data") as booth:
        family = booth.family()
        os.kill(booth.process.pid, signal.SIGKILL)
        booth.process.wait(10)
        end = time.monotonic() + 10
        while any(Path(f"/proc/{pid}/cmdline").exists() and _is_alive(pid) for pid in family) and time.monotonic() < end:
            time.sleep(0.1)
        assert [pid for pid in family if _is_alive(pid)] == []


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
