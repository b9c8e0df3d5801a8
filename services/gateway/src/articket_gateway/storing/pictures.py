"""The pictures: photos, paintings and tickets in an object store (a local folder by default, S3 or GCS by URL).

Everything that belongs to one photo lies under `photos/<digest>/`, so erasing it is one prefix. Paths are never shown to
anyone. A store in a network can be away: whoever waits for an answer is told within seconds, a run keeps what it has and tries
again.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, from_url

from articket_gateway.errors import StoreUnavailable, StoreUnusable
from articket_gateway.storing.outages import Outage

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

PHOTOS = "photos"
TICKETS = "tickets"

ANSWER_SECONDS = 4.0
"""Somebody waits for the answer: after this the store counts as away."""

LONGEST_TRY_SECONDS = 20.0
"""Nobody waits: a large picture may take so long on a slow line."""

CLIENT: ClientConfig = {"connect_timeout": "2s", "timeout": f"{LONGEST_TRY_SECONDS:.0f}s"}
RETRIES: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=2)}
"""obstore's own would go on for three minutes."""

PROBE = "articket-is-there"
"""An object that is not there: asking for it tells whether the store lets us in."""

METADATA_SERVER = "169.254.169.254"
KEYS = "they come from AWS_ACCESS_KEY_ID and the like, from GOOGLE_APPLICATION_CREDENTIALS, or with the machine's own role"

FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 2.0

T = TypeVar("T")


def photo_path(digest: str) -> str:
    """Where the normalised photo lies."""
    return f"{PHOTOS}/{digest}/photo.jpg"


def photo_of(path: str) -> str:
    """Give the digest of the photo that a picture's path belongs to."""
    return path.split("/")[1]


def painting_path(digest: str, key: str, size: str = "print") -> str:
    """Where a painting lies; `size` other than "print" is made from it when first asked for."""
    return f"{PHOTOS}/{digest}/{key}.{size}.jpg"


def photo_thumb_path(digest: str, size: str) -> str:
    """Where a smaller form of the photo lies."""
    return f"{PHOTOS}/{digest}/photo.{size}.jpg"


def ticket_path(visit_id: str, kind: str) -> str:
    """Where a visit's ticket lies; `kind` is "pdf" or "png"."""
    return f"{TICKETS}/{visit_id}/ticket.{kind}"


def preview_path(visit_id: str, artist_id: str) -> str:
    """Where the canvas of a painting under way lies for the other replicas; erased with the visit's ticket."""
    return f"{TICKETS}/{visit_id}/preview-{artist_id}.jpg"


class PictureStore:
    """Bytes under paths. A put is whole or not there; getting what is not there gives None. Raises StoreUnavailable only.

    `patience` is for how many seconds it is tried again while the store is away; with 0 the answer comes within ANSWER_SECONDS.
    """

    def __init__(self, url: str) -> None:
        """Open the store at `url`: a folder's path, or an s3:// or gs:// URL. Raises StoreUnusable for what is neither."""
        self._folder = None if "://" in url else Path(url)
        self._shown = _shown(url)
        self._store: ObjectStore = _remote(url) if self._folder is None else _local(self._folder)
        self.outage = Outage("the picture store")

    async def check(self) -> None:
        """See whether the store lets us in. Raises StoreUnusable for what only a person can mend; one that is away may come."""
        if self._folder is not None:
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await obstore.get_async(self._store, PROBE)
        except (BaseError, OSError) as error:  # its words hold the path of nobody's picture
            found = _what_only_a_person_can_mend(error)
            if found is not None:
                raise StoreUnusable(
                    f"ARTICKET_GATEWAY_PICTURES_URL: expected a bucket that may be read, written, listed and deleted from, "
                    f"found that {self._shown} {found}"
                ) from None
            if not isinstance(error, FileNotFoundError):
                self.outage.met(type(error).__name__, asked_at=time.monotonic())

    async def put(self, path: str, content: bytes, *, patience: float = 0.0) -> None:
        """Keep the bytes under the path, replacing what is there.

        Cancelled, it still ends before it raises: what is erased next must not come back by a write that was under way.
        """

        async def write() -> None:
            writing = asyncio.ensure_future(obstore.put_async(self._store, path, content))
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                await asyncio.wait([writing])
                raise

        await self._tried(write, patience)

    async def get(self, path: str, *, patience: float = 0.0) -> bytes | None:
        """Give the bytes, or None."""

        async def read() -> bytes | None:
            try:
                result = await obstore.get_async(self._store, path)
                return bytes(await result.bytes_async())
            except FileNotFoundError:
                return None

        return await self._tried(read, patience)

    async def erase_photo(self, digest: str) -> None:
        """Remove the photo and every painting of it."""
        await self._erase(f"{PHOTOS}/{digest}")

    async def erase_ticket(self, visit_id: str) -> None:
        """Remove the visit's ticket."""
        await self._erase(f"{TICKETS}/{visit_id}")

    async def photo_digests(self) -> set[str]:
        """Give the digests of all photos that the store has anything of."""
        return await self._names(PHOTOS)

    async def ticket_visits(self) -> set[str]:
        """Give the ids of all visits that the store has a ticket of."""
        return await self._names(TICKETS)

    async def _tried(self, work: Callable[[], Awaitable[T]], patience: float) -> T:
        end = time.monotonic() + patience
        delay = FIRST_RETRY_SECONDS
        while True:
            asked_at = time.monotonic()
            try:
                with _translated():
                    done = await (work() if patience else self._answered(work))
            except StoreUnavailable as error:
                self.outage.met(str(error).rpartition(": ")[2], asked_at=asked_at)
                if time.monotonic() + delay > end:
                    raise
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))
                delay = min(delay * 2, LONGEST_RETRY_SECONDS)
            else:
                self.outage.over()
                return done

    async def _answered(self, work: Callable[[], Awaitable[T]]) -> T:
        """Wait no longer than somebody who looks at a page. Raises TimeoutError; what is under way goes on by itself."""
        doing = asyncio.ensure_future(work())
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.shield(doing)
        except TimeoutError:
            doing.add_done_callback(_look_at)
            raise
        except asyncio.CancelledError:
            doing.cancel()
            await asyncio.wait([doing])
            _look_at(doing)
            raise

    async def _names(self, prefix: str) -> set[str]:
        async def look() -> set[str]:
            found = await obstore.list_with_delimiter_async(self._store, prefix)
            return {path.rsplit("/", 1)[-1] for path in found["common_prefixes"]}

        return await self._tried(look, 0.0)

    async def _erase(self, prefix: str) -> None:
        async def erase() -> None:
            if self._folder is not None:
                # the folder as a whole: a process killed in mid-writing has left a file that obstore does not list
                await asyncio.to_thread(_remove_folder, self._folder / prefix)
                return
            async for batch in obstore.list(self._store, prefix):
                await asyncio.gather(*(self._erase_object(entry["path"]) for entry in batch))

        await self._tried(erase, 0.0)

    async def _erase_object(self, path: str) -> None:
        with suppress(FileNotFoundError):  # somebody else erases the same visit: what matters is that it is gone
            await obstore.delete_async(self._store, path)


@contextmanager
def _translated() -> Generator[None]:
    """Raise StoreUnavailable for whatever the store raises; its own words hold paths, which belong into no log or answer."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the picture store does not answer: {type(error).__name__}") from None


def _look_at(done: asyncio.Future[T]) -> None:
    """Take note of how it ended, so that nobody complains of it."""
    if not done.cancelled():
        done.exception()


def _what_only_a_person_can_mend(error: BaseError | OSError) -> str | None:
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return f"refuses the keys that we have. Hint: {KEYS}"
    if isinstance(error, FileNotFoundError) and "NoSuchBucket" in str(error):
        return "does not exist. Hint: make it; a booth makes no buckets"
    if METADATA_SERVER in str(error):  # the last place where a cloud's client looks for keys
        return f"cannot be asked without keys. Hint: {KEYS}"
    return None


def _shown(url: str) -> str:
    """Give as much of the URL as may be shown: what goes before an @ is nobody's business."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _remote(url: str) -> ObjectStore:
    # options that are given at all replace what the environment says of them
    client: ClientConfig = {**CLIENT, "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true")}
    try:
        return from_url(url, client_options=client, retry_config=RETRIES)
    except (BaseError, ValueError):
        raise StoreUnusable(
            f"ARTICKET_GATEWAY_PICTURES_URL: expected a folder, or an s3:// or gs:// URL with a bucket, found {_shown(url)}"
        ) from None


def _remove_folder(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return  # it is gone, or somebody else removes it too


def _local(path: Path) -> LocalStore:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)  # faces: for this user only
    return LocalStore(path, automatic_cleanup=True)
