"""A fifth artist's folder, and a broken sixth, dropped into a booth that runs."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.booth import PHOTOS, ROOT, Booth, Visitor, running_booth
from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.slow


@pytest.fixture
def open_booth(tmp_path: Path) -> Iterator[tuple[Booth, Path]]:
    artists = tmp_path / "artists"
    for name in ("vangogh", "lichtenstein"):
        shutil.copytree(ROOT / "plugins/artists" / name, artists / name)
    with running_booth(tmp_path / "data", artists=artists) as booth:
        yield booth, artists


def artist_ids(booth: Booth) -> set[str]:
    return {one["id"] for one in httpx.get(f"{booth.url}/api/v1/artists", **PLAIN).json()["artists"]}


def wait_for(what: object, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def test_a_new_artist_paints_within_seconds_and_a_broken_one_is_reported(open_booth: tuple[Booth, Path]):
    booth, artists = open_booth
    shutil.copytree(artists / "vangogh", artists / ".hokusai")
    text = (artists / ".hokusai/artist.yaml").read_text().replace("id: vangogh", "id: hokusai")
    (artists / ".hokusai/artist.yaml").write_text(text)
    (artists / ".hokusai").rename(artists / "hokusai")
    shutil.copytree(artists / "vangogh", artists / "broken")
    (artists / "broken/artist.yaml").write_text(text.replace("id: hokusai", "id: broken\nfavourite_colour: blue"))

    wait_for(lambda: "hokusai" in artist_ids(booth))
    wait_for(lambda: httpx.get(f"{booth.url}/api/v1/artists", **PLAIN).json()["refused"])
    (refusal,) = httpx.get(f"{booth.url}/api/v1/artists", **PLAIN).json()["refused"]
    assert (refusal["folder"], refusal["file"], refusal["key"]) == ("broken", "artist.yaml", "favourite_colour")

    visitor = Visitor(booth.url)
    visitor.send_photo(PHOTOS / "pet-dog.jpg")
    visitor.answer(match="hokusai")
    visit = visitor.wait_until_done()
    assert {one["artist_id"]: one["state"] for one in visit["paintings"]} == dict.fromkeys(
        ["hokusai", "lichtenstein", "vangogh"], "done"
    )
    assert visit["match"]["artist_id"] == "hokusai"
    assert visit["state"] == "ticket_ready"


def test_an_artist_whose_folder_goes_away_paints_no_more(open_booth: tuple[Booth, Path]):
    booth, artists = open_booth
    shutil.rmtree(artists / "lichtenstein")
    wait_for(lambda: artist_ids(booth) == {"vangogh"})
    visitor = Visitor(booth.url)
    visitor.send_photo(PHOTOS / "pet-kitten.jpg")
    visitor.answer()
    visit = visitor.wait_until_done()
    assert [one["artist_id"] for one in visit["paintings"]] == ["vangogh"]
    assert visit["state"] == "ticket_ready"
