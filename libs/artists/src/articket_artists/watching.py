"""Keeping a catalogue in step with a folder on disk, while the booth is open.

A folder is looked at every two seconds by names, sizes and times, and read only after it has held still. What then happens:

- it loads: it is served, in place of the version before;
- it is refused: because it may only be half copied, that is reported after a few more quiet seconds. An artist that was served
  before goes on being served as it was, and the refusal says so; the next good version takes over;
- it is gone: the artist is served no more.

When the folder of all artists is out of reach for a while (a lost mount), everything stays as it was.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from articket_artists.errors import ArtistRefused, ArtistsFolderMissing
from articket_artists.folder import Fingerprint, fingerprint
from articket_artists.loading import Catalogue, LoadedArtist, artist_folders, catalogue, load_folder

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
SETTLE_SECONDS = 0.5
"""After a change the folders are looked at this often, until they hold still from one look to the next."""
QUIET_SECONDS = 3.0
"""A folder that does not load must hold still so long before it is called broken."""


class ArtistWatcher:
    """Watches a folder of artists from `async with` to its end; `catalogue` is always the newest.

    Reading is done in a thread; the event loop is never held up.
    """

    def __init__(
        self,
        root: Path,
        *,
        poll_seconds: float = POLL_SECONDS,
        settle_seconds: float = SETTLE_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self._folders = WatchedFolders(root, quiet_seconds=quiet_seconds)
        self._poll_seconds = poll_seconds
        self._settle_seconds = settle_seconds
        self._changed = asyncio.Condition()
        self._version = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The artists as they are now."""
        return self._folders.catalogue

    async def changes(self) -> AsyncIterator[Catalogue]:
        """Every new catalogue from now on; who comes back late gets the newest only. Several may listen at once."""
        seen = self._version
        while True:
            async with self._changed:
                while self._version == seen:
                    await self._changed.wait()
            seen = self._version
            yield self.catalogue

    async def __aenter__(self) -> "ArtistWatcher":
        """Load what is there. Raises `ArtistsFolderMissing`."""
        await asyncio.to_thread(self._folders.open, time.monotonic())
        self._task = asyncio.create_task(self._watch(), name="artist-watcher")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds if self._folders.are_settled else self._settle_seconds)
            try:
                has_changed = await asyncio.to_thread(self._folders.look, time.monotonic())
            except Exception:
                # The edge of this task: one failed look must not end the watch.
                log.exception("looking at the artists failed; the next look is in %g s", self._poll_seconds)
                continue
            if has_changed:
                await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._version += 1
            self._changed.notify_all()


@dataclass
class _Folder:
    """One folder as it was last seen. A fingerprint of None tells that it is gone."""

    seen: Fingerprint | None
    since: float
    is_judged: bool = False
    doubt: ArtistRefused | None = None
    """Why it does not load, while it may still be half copied."""
    served: LoadedArtist | None = None
    refusal: ArtistRefused | None = None


class WatchedFolders:
    """What `ArtistWatcher` knows of the folders; it has no clock and no thread of its own. Times are monotonic seconds."""

    def __init__(self, root: Path, *, quiet_seconds: float) -> None:
        self._root = root
        self._quiet_seconds = quiet_seconds
        self._folders: dict[str, _Folder] = {}
        self._is_reachable = True
        self.catalogue = Catalogue({})

    @property
    def are_settled(self) -> bool:
        """Whether nothing has changed that is not yet in the catalogue."""
        return all(folder.is_judged for folder in self._folders.values())

    def open(self, now: float) -> None:
        """The first look, which waits for nothing. Raises `ArtistsFolderMissing`."""
        for name, seen in _fingerprints(self._root).items():
            self._folders[name] = _Folder(seen, now)
            self._judge(name, self._folders[name], quiet_for=self._quiet_seconds)
        self._compose()

    def look(self, now: float) -> bool:
        """Take in what has changed; True when the catalogue is a new one."""
        try:
            fingerprints = _fingerprints(self._root)
        except (ArtistsFolderMissing, OSError) as error:
            if self._is_reachable:
                log.warning("the artists stay as they are: %s", error)
            self._is_reachable = False
            return False
        self._is_reachable = True
        judged = [
            self._look_at(name, fingerprints.get(name), now) for name in sorted(fingerprints.keys() | self._folders.keys())
        ]
        if any(judged):
            self._compose()
        return any(judged)

    def _look_at(self, name: str, seen: Fingerprint | None, now: float) -> bool:
        folder = self._folders.setdefault(name, _Folder(seen, now))
        if folder.seen != seen:
            folder.seen, folder.since, folder.is_judged, folder.doubt = seen, now, False, None
        elif now > folder.since and not folder.is_judged:
            return self._judge(name, folder, quiet_for=now - folder.since)
        return False

    def _judge(self, name: str, folder: _Folder, *, quiet_for: float) -> bool:
        """Decide on a folder that holds still; False when that has to wait."""
        if folder.seen is None:
            del self._folders[name]
            log.info("artist %s is gone", name)
            return True
        if folder.doubt is None:
            try:
                folder.served, folder.refusal, folder.is_judged = load_folder(self._root / name), None, True
            except ArtistRefused as refusal:
                folder.doubt = refusal
            else:
                log.info("artist %s is served, digest %s", name, folder.served.digest[:12])
                return True
        if quiet_for < self._quiet_seconds:
            return False
        folder.refusal = folder.doubt.still_served() if folder.served else folder.doubt
        folder.is_judged = True
        log.warning("artist %s is %s:\n%s", name, "kept as it was" if folder.served else "left out", folder.refusal)
        return True

    def _compose(self) -> None:
        folders = self._folders.values()
        self.catalogue = catalogue(
            [folder.served for folder in folders if folder.served], [folder.refusal for folder in folders if folder.refusal]
        )


def _fingerprints(root: Path) -> Mapping[str, Fingerprint]:
    return {path.name: fingerprint(path) for path in artist_folders(root)}
