"""A folder of artists that changes while it is watched. Most tests look by hand; the clock is theirs."""

import asyncio
import shutil
from contextlib import suppress

import pytest

from articket_artists import ArtistsFolderMissing, ArtistWatcher
from articket_artists.watching import WatchedFolders
from tests.support.artists import blank_template, write_artist

QUIET = 3.0


class Watched:
    """Folders with a clock that is wound by hand."""

    def __init__(self, root):
        self.folders = WatchedFolders(root, quiet_seconds=QUIET)
        self.now = 0.0
        self.folders.open(self.now)

    def after(self, seconds):
        self.now += seconds
        return self.folders.look(self.now)

    def settled(self):
        """Look until everything is taken in."""
        self.after(1)
        while not self.folders.are_settled:
            self.after(1)
        return self.folders.catalogue

    @property
    def artists(self):
        return list(self.folders.catalogue.artists)

    @property
    def refused(self):
        return [refusal.folder for refusal in self.folders.catalogue.refused]


@pytest.fixture
def watched(tmp_path):
    write_artist(tmp_path / "hokusai")
    return Watched(tmp_path)


def test_what_is_there_is_served_at_once(watched):
    assert watched.artists == ["hokusai"]
    assert watched.folders.are_settled


def test_nothing_new_changes_nothing(watched):
    before = watched.folders.catalogue

    assert not watched.after(2)
    assert watched.folders.catalogue is before


def test_a_new_folder_is_served_once_it_holds_still(watched, tmp_path):
    write_artist(tmp_path / "monet")

    assert not watched.after(2)
    assert watched.after(0.5)
    assert watched.artists == ["hokusai", "monet"]


def test_a_half_copied_folder_is_not_called_broken(watched, tmp_path):
    folder = write_artist(tmp_path / "monet")
    (folder / "template.pdf").unlink()
    for _ in range(4):
        watched.after(0.5)
    assert (watched.artists, watched.refused) == (["hokusai"], [])

    (folder / "template.pdf").write_bytes(blank_template())

    assert "monet" in watched.settled().artists


def test_a_broken_folder_is_reported_when_it_has_been_quiet(watched, tmp_path):
    write_artist(tmp_path / "monet", prompt=5)

    watched.settled()

    assert (watched.artists, watched.refused) == (["hokusai"], ["monet"])
    assert watched.now <= 2 + QUIET


def test_a_folder_that_is_written_to_all_the_time_is_neither_served_nor_reported(watched, tmp_path):
    for number in range(20):
        write_artist(tmp_path / "monet", negative_prompt=f"{number}")
        watched.after(0.5)

    assert (watched.artists, watched.refused) == (["hokusai"], [])


def test_a_change_is_served(watched, tmp_path):
    before = watched.folders.catalogue.digests["hokusai"]
    write_artist(tmp_path / "hokusai", prompt="{caption}, ink")

    loaded = watched.settled().artists["hokusai"]

    assert loaded.artist.prompt == "{caption}, ink"
    assert loaded.digest != before


def test_a_broken_change_keeps_the_last_good_version_and_says_so(watched, tmp_path):
    good = watched.folders.catalogue.artists["hokusai"]
    write_artist(tmp_path / "hokusai", prompt=5)

    catalogue = watched.settled()

    assert catalogue.artists["hokusai"] is good
    (refusal,) = catalogue.refused
    assert refusal.is_still_served
    assert refusal.key == "prompt"


def test_a_mended_artist_takes_over(watched, tmp_path):
    write_artist(tmp_path / "hokusai", prompt=5)
    watched.settled()
    write_artist(tmp_path / "hokusai", prompt="{caption}, mended")

    catalogue = watched.settled()

    assert catalogue.artists["hokusai"].artist.prompt == "{caption}, mended"
    assert catalogue.refused == ()


def test_a_removed_folder_is_served_no_more(watched, tmp_path):
    shutil.rmtree(tmp_path / "hokusai")

    watched.settled()

    assert watched.artists == []


def test_a_broken_folder_that_is_removed_is_reported_no_more(watched, tmp_path):
    folder = write_artist(tmp_path / "monet", prompt=5)
    watched.settled()
    shutil.rmtree(folder)

    assert watched.settled().refused == ()


def test_a_folder_that_is_swapped_in_one_go_is_never_missing(watched, tmp_path):
    new = write_artist(tmp_path / ".new/hokusai", prompt="{caption}, swapped")
    (tmp_path / "hokusai").rename(tmp_path / ".old")
    watched.after(2)
    assert watched.artists == ["hokusai"]
    new.rename(tmp_path / "hokusai")

    assert watched.settled().artists["hokusai"].artist.prompt == "{caption}, swapped"


def test_a_change_that_keeps_size_and_time_is_seen(watched, tmp_path):
    file = tmp_path / "hokusai/artist.yaml"
    status = file.stat()
    file.write_bytes(file.read_bytes().replace(b"watermark", b"Watermark"))
    import os

    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert watched.settled().artists["hokusai"].artist.negative_prompt.endswith("Watermark")


def test_a_lost_root_leaves_everything_as_it_was(watched, tmp_path, caplog):
    tmp_path.rename(tmp_path.with_name(tmp_path.name + "-away"))

    assert not watched.after(2)
    assert not watched.after(2)

    assert watched.artists == ["hokusai"]
    assert caplog.text.count("the artists stay as they are") == 1


def test_a_missing_root_is_told_at_the_start(tmp_path):
    with pytest.raises(ArtistsFolderMissing):
        Watched(tmp_path / "nowhere")


# -- the watcher itself ------------------------------------------------------------------------------------------------


def quick(root):
    return ArtistWatcher(root, poll_seconds=0.02, settle_seconds=0.01, quiet_seconds=0.05)


async def until(watcher, condition):
    async with asyncio.timeout(5):
        if condition(watcher.catalogue):
            return watcher.catalogue
        async for catalogue in watcher.changes():
            if condition(catalogue):
                return catalogue


async def test_the_watcher_tells_of_a_new_a_broken_and_a_removed_artist(tmp_path):
    write_artist(tmp_path / "hokusai")
    async with quick(tmp_path) as watcher:
        assert list(watcher.catalogue.artists) == ["hokusai"]
        write_artist(tmp_path / "monet")
        await until(watcher, lambda catalogue: "monet" in catalogue.artists)
        write_artist(tmp_path / "broken", prompt=5)
        await until(watcher, lambda catalogue: catalogue.refused)
        shutil.rmtree(tmp_path / "hokusai")
        last = await until(watcher, lambda catalogue: "hokusai" not in catalogue.artists)

    assert list(last.artists) == ["monet"]


async def test_several_listeners_hear_the_same(tmp_path):
    write_artist(tmp_path / "hokusai")
    async with quick(tmp_path) as watcher:
        listeners = [asyncio.create_task(until(watcher, lambda catalogue: "monet" in catalogue.artists)) for _ in range(3)]
        await asyncio.sleep(0)
        write_artist(tmp_path / "monet")
        heard = await asyncio.gather(*listeners)

    assert all(catalogue is heard[0] for catalogue in heard)


async def test_one_failed_look_does_not_end_the_watch(tmp_path, monkeypatch, caplog):
    write_artist(tmp_path / "hokusai")
    async with quick(tmp_path) as watcher:
        with monkeypatch.context() as patched:
            # No real fault of a disk is left that would get here, so one is made.
            patched.setattr(WatchedFolders, "look", lambda self, now: 1 / 0)
            with suppress(TimeoutError):
                await asyncio.wait_for(until(watcher, lambda catalogue: "monet" in catalogue.artists), 0.1)
        write_artist(tmp_path / "monet")
        await until(watcher, lambda catalogue: "monet" in catalogue.artists)

    assert "looking at the artists failed" in caplog.text


async def test_the_watcher_ends_with_its_block(tmp_path):
    async with quick(tmp_path):
        pass

    assert not [task for task in asyncio.all_tasks() if task.get_name() == "artist-watcher"]
