"""What staff can do with one visit: look, try a failed artist again, hide it from the public screens, erase it.

They know visits by their `ref`. A visit that has been erased, or whose time is over, is gone for them as for its visitor.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from articket_gateway.errors import Problem
from articket_gateway.storing.staff import Cursor, StaffStore
from articket_gateway.storing.visits import Lease
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import Runner
from articket_gateway.visit.states import VisitRecord, VisitState
from articket_gateway.visit.views import visit_news
from articket_gateway.visit.visits import Visits

LISTED_SECONDS = 24 * 3600.0
"""The list shows the visits of one day, however long the booth keeps them."""

TAKEN = "taken"
"""What other replicas are told: the id of a visit that runs here now, wherever it has run before."""

MOST_DIGITS = 9
"""A ticket's number has fewer; a search for more finds nothing."""

NUMBER = re.compile(r"\s*[#№]?\s*([0-9]{1,40})\s*")
CURSOR = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)_([A-Za-z0-9_-]{1,64})")


class Desk:
    """The staff's desk. Raises Problem for what cannot be, StoreUnavailable when the database is away."""

    def __init__(
        self,
        *,
        store: StaffStore,
        visits: Visits,
        runner: Runner,
        progress: Progress,
        tell: Callable[[str, str], None] = lambda _topic, _payload: None,
    ) -> None:
        """Take the parts; `tell` tells the other replicas what was done here."""
        self._store = store
        self._tell = tell
        self._visits = visits
        self._runner = runner
        self._progress = progress

    async def find(self, ref: str) -> VisitRecord:
        """Give the visit. Raises Problem visit_unknown or visit_erased."""
        record = await self._store.find(ref)
        if record is None:
            raise Problem("visit_unknown", "expected the ref of a visit of this booth, found another one")
        if record.state is VisitState.ERASED or record.expires_at <= time.time():
            raise Problem("visit_erased", "this visit's photo and paintings have been erased, as promised")
        return record

    async def listed(self, *, search: str | None, limit: int, before: str | None) -> tuple[Sequence[VisitRecord], str | None]:
        """Give a page of visits, newest first, and the cursor of the next one, None when there is none.

        `search` is a ticket's number, with or without leading zeros; anything else finds nothing.
        """
        cursor = _cursor(before)
        number = None
        if search is not None and search.strip():
            found = NUMBER.fullmatch(search)
            digits = found[1].lstrip("0") if found else ""
            if not digits or len(digits) > MOST_DIGITS:
                return (), None
            number = int(digits)
        now = time.time()
        records = await self._store.listed(since=now - LISTED_SECONDS, now=now, limit=limit + 1, before=cursor, number=number)
        page = records[:limit]
        return page, _told(page[-1]) if len(records) > limit else None

    async def retry(self, ref: str, artist_id: str) -> None:
        """Let a failed artist try again; of two who ask at once, one is heard. Raises Problem artist_unknown, not_failed."""
        record = await self.find(ref)
        if artist_id not in (record.artists or ()):
            raise Problem("artist_unknown", f"expected an artist of this visit, found {artist_id!r}")

        async def reopen() -> tuple[Lease, VisitRecord]:
            reopened = await self._store.reopen(record.id, artist_id, lambda after: [visit_news(after)])
            if reopened is None:
                raise Problem("not_failed", f"{artist_id}: expected a painting that has failed, found another state")
            return reopened

        await self._runner.try_again(record.id, artist_id, reopen)
        self._tell(TAKEN, record.id)

    async def hide(self, ref: str, *, is_hidden: bool) -> None:
        """Keep the visit's pictures off the public screens, or let them back if the visitor allows it."""
        record = await self.find(ref)
        if not await self._store.hide(record.id, is_hidden=is_hidden):
            raise Problem("visit_erased", "this visit has just been erased")
        self._progress.wake(record.id)

    async def erase(self, ref: str) -> None:
        """Erase the visit as its visitor could, also while it is painted; erasing twice is fine."""
        record = await self._store.find(ref)
        if record is None:
            raise Problem("visit_unknown", "expected the ref of a visit of this booth, found another one")
        await self._visits.erase(record.id, cause="staff")


def _cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    found = CURSOR.fullmatch(text)
    if found is None:
        raise Problem("request_invalid", "before: expected the `next` of an earlier answer, found something else")
    return Cursor(float(found[1]), found[2])


def _told(record: VisitRecord) -> str:
    return f"{record.created_at!r}_{record.ref}"
