"""What a visitor can do with a visit: begin it, send the photo, answer, look, erase. `flow` does the rest by itself."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from articket_artists import AnswersRefused, Catalogue, Quiz, check_answers
from articket_gateway.errors import Problem, StoreUnavailable
from articket_gateway.photos import lighter_jpeg, lighter_png, normalise, page_of, thumbnail
from articket_gateway.storing.pictures import PictureStore, photo_of, photo_path, preview_path, ticket_path
from articket_gateway.storing.visits import VisitStore
from articket_gateway.visit.admission import Admission
from articket_gateway.visit.metrics import VisitMetrics
from articket_gateway.visit.progress import PaintingProgress, Progress
from articket_gateway.visit.running import Runner
from articket_gateway.visit.states import Json, VisitRecord, VisitState
from articket_gateway.visit.views import visit_news

ID_BYTES = 16
"""128 random bits: the id is the key to the visit."""

DECODERS = 2
"""Photos decoded at once: each may hold a 50 megapixel picture in memory."""

UPLOADS_REMEMBERED = 10_000
"""Visits whose upload is known again by its hash: what a phone sends again and again is decoded once."""

DECODINGS_AT_ONCE = 5
DECODING_SECONDS = 10.0
"""A visit has one photo: it may send this many that have to be decoded, then one in so many seconds."""

JANITOR_SECONDS = 60.0

ANSWERED = "answered"
ERASED = "erased"
"""What other replicas are told: the visit's id; the visit's id and the digest of a photo that nobody needs any more."""

MOST_PICTURE_BYTES = 1_000_000
"""Nothing that a phone needs is larger: some proxies pass no more."""

PICTURE_SIZES = {"thumb": 320, "screen": 960}
"""Long side in pixels of the sizes that are made from the print size when first asked for."""

log = logging.getLogger(__name__)


class Visits:
    """The visits of this booth. Raises Problem for what a caller did wrong, StoreUnavailable when the database is away."""

    def __init__(
        self,
        *,
        store: VisitStore,
        pictures: PictureStore,
        admission: Admission,
        runner: Runner,
        progress: Progress,
        metrics: VisitMetrics,
        catalogue: Callable[[], Catalogue],
        quiz: Callable[[], Quiz],
        retention_seconds: float,
        on_erased: Callable[[str], None] = lambda _visit_id: None,
        tell: Callable[[str, str], None] = lambda _topic, _payload: None,
    ) -> None:
        """Take the parts; `on_erased` is told of a visit erased by any replica, `tell` tells the others what was done here."""
        self._store = store
        self._pictures = pictures
        self._admission = admission
        self._runner = runner
        self._progress = progress
        self._metrics = metrics
        self._catalogue = catalogue
        self._quiz = quiz
        self._retention_seconds = retention_seconds
        self._on_erased = on_erased
        self._tell = tell
        self._decoding = asyncio.Semaphore(DECODERS)
        self._uploads: OrderedDict[str, _Upload] = OrderedDict()
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def begin(
        self,
        lang: str,
        artists: Sequence[str] | None,
        *,
        is_public: bool = False,
        kiosk_id: str | None = None,
        phone: str | None = None,
        address: str = "",
    ) -> VisitRecord:
        """Begin a visit; `artists` limits who paints, `phone` and `address` are whom it counts for.

        Raises Problem artist_unknown, too_many_visits, booth_full.
        """
        known = self._catalogue().artists
        for artist_id in artists or ():
            if artist_id not in known:
                raise Problem(
                    "artist_unknown",
                    f"artists: expected ids of {', '.join(sorted(known)) or 'nobody'}, found {artist_id[:40]!r}",
                    hint="GET /api/v1/artists lists the artists at work.",
                )
        now = time.time()
        record = VisitRecord(
            id=secrets.token_urlsafe(ID_BYTES),
            lang=lang,
            state=VisitState.CREATED,
            created_at=now,
            expires_at=now + self._retention_seconds,
            artists=tuple(dict.fromkeys(artists)) if artists else None,
            is_public=is_public,
            kiosk_id=kiosk_id,
            phone=phone,
        )
        async with self._admission.admitted(phone=phone, address=address):
            await self._store.create(record)
        self._metrics.visit_begun()
        return record

    async def find(self, visit_id: str) -> VisitRecord:
        """Give the visit. Raises Problem visit_unknown or visit_erased."""
        record = await self._store.find(visit_id)
        if record is None:
            raise Problem("visit_unknown", "expected the id of a visit of this booth, found another one")
        if record.state is VisitState.ERASED or record.expires_at <= time.time():
            raise Problem("visit_erased", "this visit's photo and paintings have been erased, as promised")
        return record

    async def receive_photo(self, visit_id: str, body: bytes) -> VisitRecord:
        """Keep the photo and begin painting; once this returns, the visit survives a crash. The same photo twice is fine.

        Raises Problem photo_…, PhotoRefused.
        """
        received_at = time.time()  # all that is done with it here is the gateway's time
        record = await self.find(visit_id)
        sent = await asyncio.to_thread(_sha256, body)
        known = self._uploads.get(visit_id)
        if record.photo_digest is not None and known is not None and known.photo == sent:
            return record
        self._note_decoding(visit_id)
        async with self._decoding:
            photo = await asyncio.to_thread(normalise, body)
        if record.photo_digest is not None:
            if record.photo_digest == photo.digest:
                self._note_photo(visit_id, sent)
            return self._same_photo(record, photo.digest)
        artists = record.artists or tuple(sorted(self._catalogue().artists))
        if not artists:
            raise Problem("no_artist", "plugins/artists: expected at least one artist, found none", retry_after=5.0)
        record = replace(
            record, photo_digest=photo.digest, photo_at=received_at, artists=artists, state=VisitState.PHOTO_RECEIVED
        )
        async with self._photo_lock(photo.digest):
            await self._pictures.put(photo_path(photo.digest), photo.jpeg)
            lease = await self._store.receive_photo(
                visit_id, digest=photo.digest, artists=artists, news=visit_news(record), at=received_at
            )
        if lease is None:  # the other of two uploads was faster, or the visit was erased meanwhile
            await self._erase_photo(photo.digest)
            return self._same_photo(await self.find(visit_id), photo.digest)
        self._note_photo(visit_id, sent)
        self._admission.photo_came()
        self._runner.start(lease, record)
        self._progress.wake(visit_id)
        return record

    async def answer(self, visit_id: str, answers: Json) -> VisitRecord:
        """Keep the answers; until the match they may be changed. Raises Problem answers_invalid, already_matched."""
        record = await self.find(visit_id)
        try:
            check_answers(self._quiz(), answers.get("answers", {}))
        except AnswersRefused as error:
            detail = f"{error.key}: expected {error.expected}, found {error.found}"
            raise Problem("answers_invalid", detail, hint=error.hint or None) from error
        chosen = answers.get("match")
        if chosen is not None and chosen not in (record.artists or self._catalogue().artists):
            raise Problem("artist_unknown", f"match: expected the id of an artist of this visit, found {str(chosen)[:40]!r}")
        if not await self._store.answer(visit_id, answers):
            record = await self.find(visit_id)
            if record.answers == answers:
                return record
            raise Problem("already_matched", "the answers cannot be changed once the artist is found")
        self._runner.answered(visit_id)
        self._tell(ANSWERED, visit_id)
        return await self.find(visit_id)

    async def set_public(self, visit_id: str, *, is_public: bool) -> VisitRecord:
        """Let the booth's screens show the visit's pictures, or not any more; at once, at any time."""
        await self.find(visit_id)
        await self._store.set_public(visit_id, is_public=is_public, news=visit_news)
        self._progress.wake(visit_id)
        return await self.find(visit_id)

    async def erase(self, visit_id: str, *, cause: str) -> None:
        """Erase everything of the visit at once, also while it is painted; erasing twice is fine.

        Raises Problem visit_unknown.
        """
        record = await self._store.find(visit_id)
        if record is None:
            raise Problem("visit_unknown", "expected the id of a visit of this booth, found another one")
        self._uploads.pop(visit_id, None)
        unneeded = await self._store.erase(visit_id)
        if record.state is not VisitState.ERASED:
            self._metrics.visit_erased(cause)
        self._on_erased(visit_id)
        self._tell(ERASED, json.dumps([visit_id, unneeded]))
        self._progress.wake(visit_id)
        await self._runner.stop(visit_id)
        await self._pictures.erase_ticket(visit_id)
        if unneeded is not None:
            await self._erase_photo(unneeded)

    async def erased_elsewhere(self, visit_id: str, unneeded: str | None) -> None:
        """Take notice that another replica has erased the visit: what runs of it here stops, and what that left is erased, too.

        `unneeded` is the digest of its photo, unless another visit shares it.
        """
        self._uploads.pop(visit_id, None)
        self._on_erased(visit_id)
        self._progress.found(visit_id)
        if visit_id not in self._runner.visit_ids:
            return
        await self._runner.stop(visit_id)
        await self._pictures.erase_ticket(visit_id)
        if unneeded is not None:
            await self._erase_photo(unneeded)

    async def preview(self, visit_id: str, artist_id: str, live: PaintingProgress) -> bytes | None:
        """Give the canvas of a painting under way, here or at another replica; None when there is none."""
        if live.preview or not live.preview_count:
            return live.preview or None
        return await self._pictures.get(preview_path(visit_id, artist_id))

    async def picture(self, path: str, *, size: str, sized_path: str) -> bytes | None:
        """Give the picture at `path`, or a smaller one that is made and kept when first asked for; None when there is none.

        At most MOST_PICTURE_BYTES, in the print size as well: a picture of noise loses some quality by it.
        """
        if size == "print":
            return await self._light(path)
        small = await self._pictures.get(sized_path)
        if small is not None:
            return small
        whole = await self._pictures.get(path)
        if whole is None:
            return None
        small = await asyncio.to_thread(thumbnail, whole, PICTURE_SIZES[size])
        return await self._kept(sized_path, await asyncio.to_thread(lighter_jpeg, small, MOST_PICTURE_BYTES))

    async def _light(self, path: str) -> bytes | None:
        whole = await self._pictures.get(path)
        if whole is None or len(whole) <= MOST_PICTURE_BYTES:
            return whole
        light_path = f"{path.removesuffix('.jpg')}.light.jpg"
        light = await self._pictures.get(light_path)
        if light is not None:
            return light
        return await self._kept(light_path, await asyncio.to_thread(lighter_jpeg, whole, MOST_PICTURE_BYTES))

    async def _kept(self, path: str, picture: bytes) -> bytes | None:
        """Keep a picture beside its photo, unless that has been erased while this one was made: then give None."""
        digest = photo_of(path)
        async with self._photo_lock(digest):
            if not await self._store.has_photo(digest):
                return None
            await self._pictures.put(path, picture)
        return picture

    async def ticket(self, visit_id: str, kind: Literal["pdf", "png"], *, is_for_screen: bool) -> bytes | None:
        """Give the ticket, or None while there is none; for a screen with at most MOST_PICTURE_BYTES."""
        whole = await self._pictures.get(ticket_path(visit_id, kind))
        if whole is None or not is_for_screen or len(whole) <= MOST_PICTURE_BYTES:
            return whole
        if kind == "png":
            return await asyncio.to_thread(lighter_png, whole, MOST_PICTURE_BYTES)
        picture = await self._pictures.get(ticket_path(visit_id, "png"))
        return None if picture is None else await asyncio.to_thread(page_of, picture, MOST_PICTURE_BYTES)

    async def keep_clean(self) -> None:
        """Erase what has expired and pictures that no visit has any more, for ever."""
        while True:
            try:
                await self._erase_expired()
                await self._erase_orphans()
            except StoreUnavailable:
                log.debug("erasing waits for a store that does not answer")
            except Exception:  # the edge of a task: what has been promised is tried again, whatever went wrong
                log.exception("erasing broke")
            await asyncio.sleep(JANITOR_SECONDS)

    async def _erase_expired(self) -> None:
        while expired := await self._store.expired(time.time()):
            for visit_id in expired:
                await self.erase(visit_id, cause="retention")

    async def _erase_orphans(self) -> None:
        """Erase what a killed process has left: pictures that were not noted yet, or no more."""
        stored = await self._pictures.photo_digests()
        await asyncio.sleep(1.0)  # another replica stores a photo just before its row: give that row time to appear
        for digest in stored - await self._store.photo_digests():
            await self._erase_photo(digest)
        for visit_id in await self._pictures.ticket_visits() - await self._store.unerased():
            await self._pictures.erase_ticket(visit_id)

    async def _erase_photo(self, digest: str) -> None:
        """Remove a photo's pictures, unless a visit has come by it since it was found unneeded."""
        async with self._photo_lock(digest):
            if not await self._store.has_photo(digest):
                await self._pictures.erase_photo(digest)

    def _photo_lock(self, digest: str) -> asyncio.Lock:
        return self._locks.setdefault(digest, asyncio.Lock())

    def _note_decoding(self, visit_id: str) -> None:
        """Count an upload that has to be decoded. Raises Problem when this visit has sent too many of them."""
        now = time.monotonic()
        upload = self._uploads.setdefault(visit_id, _Upload())
        self._uploads.move_to_end(visit_id)
        if len(self._uploads) > UPLOADS_REMEMBERED:
            self._uploads.popitem(last=False)
        wait = upload.decoded_at + DECODING_SECONDS - now
        if wait > 0 and upload.count >= DECODINGS_AT_ONCE:
            detail = "photo: expected one picture for this visit, found other ones in a short time"
            raise Problem("too_many_requests", detail, hint="Begin a new visit for another photo.", retry_after=wait)
        upload.count += 1
        upload.decoded_at = now

    def _note_photo(self, visit_id: str, sent: bytes) -> None:
        """Remember the bytes that the visit's photo came from."""
        if visit_id in self._uploads:
            self._uploads[visit_id].photo = sent

    def _same_photo(self, record: VisitRecord, digest: str) -> VisitRecord:
        if record.photo_digest != digest:
            raise Problem(
                "photo_already_there",
                "expected the photo that this visit already has, found another one",
                hint="Begin a new visit for another photo.",
            )
        return record


@dataclass(slots=True)
class _Upload:
    """What a visit has sent: the hash of the bytes that became its photo; how often, and when last, bytes were decoded."""

    photo: bytes = b""
    count: int = 0
    decoded_at: float = 0.0


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def etag(*parts: str) -> str:
    """Name a picture's content for HTTP caches, without telling anything about it."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]
