"""The pictures: photos, paintings and tickets in an object store (a local folder by default, S3 or GCS by URL).

Everything that belongs to one photo lies under `photos/<digest>/`, so erasing it is one prefix. Paths are never shown to
anyone.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from articket_gateway.errors import StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

PHOTOS = "photos"
TICKETS = "tickets"


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


class PictureStore:
    """Bytes under paths. A put is whole or not there; getting what is not there gives None. Raises StoreUnavailable only."""

    def __init__(self, url: str) -> None:
        """Open the store at `url`: a folder's path, or an s3:// or gs:// URL."""
        self._folder = None if "://" in url else Path(url)
        self._store: ObjectStore = from_url(url) if self._folder is None else _local(self._folder)

    async def put(self, path: str, content: bytes) -> None:
        """Keep the bytes under the path, replacing what is there.

        Cancelled, it still ends before it raises: what is erased next must not come back by a write that was under way.
        """
        writing = asyncio.ensure_future(obstore.put_async(self._store, path, content))
        with _translated():
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                await asyncio.wait([writing])
                raise

    async def get(self, path: str) -> bytes | None:
        """Give the bytes, or None."""
        with _translated():
            try:
                result = await obstore.get_async(self._store, path)
                return bytes(await result.bytes_async())
            except FileNotFoundError:
                return None

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

    async def _names(self, prefix: str) -> set[str]:
        with _translated():
            found = await obstore.list_with_delimiter_async(self._store, prefix)
        return {path.rsplit("/", 1)[-1] for path in found["common_prefixes"]}

    async def _erase(self, prefix: str) -> None:
        with _translated():
            if self._folder is not None:
                # the folder as a whole: a process killed in mid-writing has left a file that obstore does not list
                await asyncio.to_thread(_remove_folder, self._folder / prefix)
                return
            async for batch in obstore.list(self._store, prefix):
                for entry in batch:
                    try:
                        await obstore.delete_async(self._store, entry["path"])
                    except FileNotFoundError:
                        continue  # somebody else erases the same visit: what matters is that it is gone


@contextmanager
def _translated() -> Generator[None]:
    """Raise StoreUnavailable for whatever the store raises; its own words hold paths, which belong into no log."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the picture store does not answer: {type(error).__name__}") from None


def _remove_folder(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return  # it is gone, or somebody else removes it too


def _local(path: Path) -> LocalStore:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)  # faces: for this user only
    return LocalStore(path, automatic_cleanup=True)
