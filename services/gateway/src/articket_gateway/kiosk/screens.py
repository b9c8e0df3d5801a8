"""What stands on every monitor right now, kept current for all of them at once.

Each open stream of a kiosk is a `Screen`: it is woken when something may have changed and asks for what is new to it. Nothing
is queued: a slow monitor gets fewer events, not later ones. A show's JSON is made when a screen first asks for it after a
change, once for all screens and at most five times a second. The store is looked at after each change, made here or told of by
another replica, and every two seconds in case that was not heard.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from articket_gateway.errors import StoreUnavailable
from articket_gateway.kiosk.codes import SHOWN_SECONDS, current_code
from articket_gateway.kiosk.shows import Moment, belongs_to, is_unanswered, leaves_at, show_view
from articket_gateway.kiosk.views import GoneView, GreetingView, InvitationView, KioskView, RecentView, SessionView
from articket_gateway.printing.views import PrintingView, TicketPrintView
from articket_gateway.staff.intake import IntakeView
from articket_gateway.storing.kiosks import Code, KioskRecord, KioskStore
from articket_gateway.storing.shows import Mark, ShowStore
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.states import TICKET, PaintMode, VisitRecord
from articket_gateway.visit.views import iso

LOOK_SECONDS = 2.0
SEEN_SECONDS = 5.0
"""How often a kiosk's connection is noted for the other replicas and the staff."""

AWAY_SECONDS = 0.5
"""How long to wait after a look that failed."""

CONNECTED_SECONDS = 12.0
"""A kiosk that was not noted for longer is not connected."""

SHOW_SECONDS = 0.2
"""A show is told at most this often: eyes follow no faster."""

MOST_SHOWS = 16
"""More have no room on a monitor; at two hundred visits at once the others would cost most of the gateway's time."""

RECENT = 12

log = logging.getLogger(__name__)


class Printing(Protocol):
    """What the screens need to know of printing. Both answer at once."""

    def view(self) -> PrintingView | None:
        """Give how printing stands; None where nothing is printed."""
        ...

    def ticket_print(self, visit_id: str) -> TicketPrintView | None:
        """Give how far a visit's ticket is; None when nobody wants it printed."""
        ...


@dataclass(eq=False)
class Show:
    """One visit that may be shown, and its JSON. `version` is another one each time the JSON has changed."""

    record: VisitRecord
    is_stale: bool = True
    built_at: float = float("-inf")
    version: int = 0
    json: str = ""
    waking: asyncio.TimerHandle | None = None


@dataclass(eq=False)
class Screen:
    """One open stream of a kiosk, and what it has been told. `is_over` when the kiosk is not paired any more."""

    kiosk_id: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    kiosk: KioskView | None = None
    shows: dict[str, int] = field(default_factory=dict[str, int])  # ref → version


@dataclass(eq=False)
class _Monitor:
    """A kiosk that has screens open here."""

    record: KioskRecord
    code: Code
    screens: set[Screen] = field(default_factory=set[Screen])


class Screens:
    """The screens of this replica. Run `keep_current` beside."""

    def __init__(
        self,
        *,
        kiosks: KioskStore,
        shows: ShowStore,
        progress: Progress,
        printing: Printing,
        intake: Callable[[], IntakeView],
        question_count: Callable[[], int],
        public_url: str,
        booth_name: str,
        mode: PaintMode = PaintMode.ALL,
        tell: Callable[[str], None] = lambda _kiosk_id: None,
    ) -> None:
        """Take the parts; `mode` says what a painting waits for; `tell` tells the other replicas that a kiosk has changed."""
        self._kiosks = kiosks
        self._tell = tell
        self._show_store = shows
        self._progress = progress
        self._printing = printing
        self._intake = intake
        self._question_count = question_count
        self._public_url = public_url.rstrip("/")
        self._booth_name = booth_name
        self._mode = mode
        self._monitors: dict[str, _Monitor] = {}
        self._shows: dict[str, Show] = {}  # by visit id
        self._marks: dict[str, Mark] = {}
        self._recent: list[RecentView] = []
        self._versions = 0  # one count for all: a show that comes back never has an old version
        self._dirty: set[str] = set()
        self._moved: set[str] = set()  # kiosks that another replica has changed
        self._woken = asyncio.Event()
        self._looking = asyncio.Lock()
        self._look_at = 0.0  # on the monotonic clock, as the next one
        self._seen_at = 0.0

    @property
    def are_open(self) -> bool:
        """Whether any monitor is connected here."""
        return bool(self._monitors)

    # -- for the streams ---------------------------------------------------------------------------------------------------

    async def open(self, kiosk: KioskRecord) -> Screen:
        """Open a screen of a kiosk, with everything that it shows read anew; `close` it. Raises StoreUnavailable."""
        monitor = self._monitors.get(kiosk.id)
        if monitor is None:
            code = await current_code(self._kiosks, kiosk.id)
            monitor = self._monitors.setdefault(kiosk.id, _Monitor(kiosk, code))
        screen = Screen(kiosk.id)
        monitor.screens.add(screen)
        try:
            self._look_at = self._seen_at = 0.0
            await self._look()
        except BaseException:
            self.close(screen)
            raise
        self._woken.set()
        return screen

    def close(self, screen: Screen) -> None:
        """Close a screen."""
        monitor = self._monitors.get(screen.kiosk_id)
        if monitor is not None:
            monitor.screens.discard(screen)
            if not monitor.screens:
                del self._monitors[screen.kiosk_id]
        if not self._monitors:
            self._forget_all()

    def news(self, screen: Screen) -> list[tuple[str, str]]:
        """Give what the screen has not been told yet, as events: their type and their JSON."""
        monitor = self._monitors.get(screen.kiosk_id)
        if monitor is None:
            return []
        events: list[tuple[str, str]] = []
        kiosk = self._kiosk_view(monitor.record, monitor.code)
        if kiosk != screen.kiosk:
            screen.kiosk = kiosk
            events.append(("kiosk", kiosk.model_copy(update={"now": iso(time.time())}).model_dump_json()))
        shown = self._shown_on(monitor.record)
        for ref in screen.shows.keys() - {show.record.ref for show in shown}:
            del screen.shows[ref]
            events.append(("gone", GoneView(ref=ref).model_dump_json()))
        for show in shown:
            self._build(show)
            if screen.shows.get(show.record.ref) != show.version:
                screen.shows[show.record.ref] = show.version
                events.append(("show", show.json))
        return events

    def quiet_seconds(self, screen: Screen) -> float:
        """Give how long nothing changes on the screen by the mere passing of time."""
        monitor = self._monitors.get(screen.kiosk_id)
        if monitor is None:
            return 0.0
        record = monitor.record
        ends = [record.greeting_until, record.session.until if record.session else 0.0]
        ends += [leaves_at(show.record, self._mode) or 0.0 for show in self._shows.values()]
        now = time.time()
        return min([end - now for end in ends if end > now], default=LOOK_SECONDS) + 0.01

    # -- for those who change something ------------------------------------------------------------------------------------

    def moved(self, kiosk: KioskRecord, code: Code | None = None) -> None:
        """Tell that a kiosk has just changed: its name, its session, its greeting, its code."""
        self._tell(kiosk.id)
        monitor = self._monitors.get(kiosk.id)
        if monitor is not None:
            monitor.record = kiosk
            monitor.code = code or monitor.code
            self._wake([monitor])

    def removed(self, kiosk_id: str) -> None:
        """Tell that a kiosk's pairing was taken back: its streams end."""
        self._tell(kiosk_id)
        self._end(kiosk_id)

    def moved_elsewhere(self, kiosk_id: str) -> None:
        """Hear that another replica has changed a kiosk."""
        if kiosk_id in self._monitors:
            self._moved.add(kiosk_id)
            self._woken.set()

    def look_at_all(self) -> None:
        """Read everything anew, soon: what others have changed may not have been heard."""
        self._look_at = 0.0
        self._woken.set()

    def _end(self, kiosk_id: str) -> None:
        monitor = self._monitors.pop(kiosk_id, None)
        for screen in monitor.screens if monitor else ():
            screen.is_over = True
            screen.woken.set()

    def look_again(self) -> None:
        """Tell that something about the whole booth has changed: the intake, a printer."""
        self._wake(self._monitors.values())

    async def view(self, kiosk: KioskRecord) -> KioskView:
        """Give a kiosk as it is now."""
        monitor = self._monitors.get(kiosk.id)
        if monitor is None or not self._recent:
            await self._read_recent()
        view = self._kiosk_view(kiosk, await current_code(self._kiosks, kiosk.id))
        return view.model_copy(update={"now": iso(time.time())})

    # -- keeping current ---------------------------------------------------------------------------------------------------

    async def keep_current(self) -> None:
        """Follow what changes, for ever."""
        with self._progress.oversee(self._visit_changed):
            while True:
                self._woken.clear()
                try:
                    await self._look()
                except StoreUnavailable:
                    self._look_at = time.monotonic() + AWAY_SECONDS  # they stay as they are
                except Exception:  # the edge of a task: without it no monitor would move any more
                    log.exception("looking for the monitors broke")
                try:
                    async with asyncio.timeout(self._rest()):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    def _rest(self) -> float | None:
        if not self._monitors:
            return None
        now = time.time()
        changes = [monitor.code.shown_at + SHOWN_SECONDS - now for monitor in self._monitors.values()]
        return max(0.02, min([self._look_at - time.monotonic(), *changes]))

    async def _look(self) -> None:
        """Read what has changed, and every two seconds whatever may have changed elsewhere."""
        async with self._looking:
            if not self._monitors:
                return
            is_due = time.monotonic() >= self._look_at
            moved, self._moved = self._moved, set()
            if is_due:
                self._look_at = time.monotonic() + LOOK_SECONDS
                await self._look_at_kiosks()
                await self._look_at_visits()
            elif moved:
                await self._look_at_kiosks()
            await self._renew_codes(moved=set(self._monitors) if is_due else moved)
            dirty, self._dirty = self._dirty, set()
            try:
                await self._read(dirty, is_due=is_due)
            except StoreUnavailable:
                self._dirty |= dirty
                raise

    async def _look_at_kiosks(self) -> None:
        if time.monotonic() - self._seen_at >= SEEN_SECONDS:
            await self._kiosks.seen(set(self._monitors))
            self._seen_at = time.monotonic()
        before = {kiosk_id: monitor.record for kiosk_id, monitor in self._monitors.items()}
        found = {record.id: record for record in await self._kiosks.all()}
        for kiosk_id, monitor in list(self._monitors.items()):
            if kiosk_id not in found:
                self._end(kiosk_id)
            elif monitor.record is before.get(kiosk_id):  # otherwise it has moved while it was read
                monitor.record = found[kiosk_id]

    async def _look_at_visits(self) -> None:
        marks = {mark.visit_id: mark for mark in await self._show_store.marks()}
        self._dirty |= {visit_id for visit_id, mark in marks.items() if self._marks.get(visit_id) != mark}
        self._dirty |= self._shows.keys() - marks.keys()
        self._marks = marks
        self._shows = {key: show for key, show in self._shows.items() if not self._has_left(show.record)}
        for show in self._shows.values():
            show.is_stale = True  # at the printer a ticket moves without a word about its visit

    async def _renew_codes(self, *, moved: set[str]) -> None:
        """Change the codes whose time is over, and those that may have been used at another replica."""
        for kiosk_id, monitor in list(self._monitors.items()):
            if kiosk_id in moved or time.time() >= monitor.code.shown_at + SHOWN_SECONDS:
                monitor.code = await current_code(self._kiosks, kiosk_id)
                self._wake([monitor])

    async def _read(self, visit_ids: set[str], *, is_due: bool) -> None:
        """Read these visits anew, and the recent paintings where they may have changed."""
        records = {record.id: record for record in await self._show_store.records(visit_ids)} if visit_ids else {}
        for visit_id in visit_ids:
            self._take(visit_id, records.get(visit_id))
        if is_due or visit_ids - records.keys() or any(TICKET in record.steps for record in records.values()):
            await self._read_recent()
        if visit_ids or is_due:
            self._wake(self._monitors.values())

    def _take(self, visit_id: str, record: VisitRecord | None) -> None:
        show = self._shows.get(visit_id)
        if record is None or record.photo_digest is None or self._has_left(record):
            self._shows.pop(visit_id, None)
        elif show is None:
            self._shows[visit_id] = Show(record)
        else:
            is_urgent = show.record.may_be_shown != record.may_be_shown  # no five times a second: now
            show.record, show.is_stale = record, True
            show.built_at = float("-inf") if is_urgent else show.built_at
        for monitor in self._monitors.values():
            session = monitor.record.session
            if session is not None and session.visit_id == visit_id:
                is_photo_there = record is not None and record.photo_at is not None
                left = None if record is None else replace(session, is_photo_there=is_photo_there)
                monitor.record = replace(monitor.record, session=left)

    async def _read_recent(self) -> None:
        self._recent = [
            RecentView(
                ref=one.ref,
                artist_id=one.artist_id,
                picture_url=f"/api/v1/kiosk/shows/{one.ref}/paintings/{one.artist_id}",
                at=iso(one.at),
            )
            for one in await self._show_store.newest_finished(RECENT)
        ]

    def _visit_changed(self, visit_id: str, is_stored: bool) -> None:
        """Hear of a change; called for every step of every painting, so it only notes it."""
        if not self._monitors:
            return
        if is_stored:
            self._dirty.add(visit_id)
            self._woken.set()
            return
        show = self._shows.get(visit_id)
        if show is not None:
            show.is_stale = True
            self._wake_for(show)

    # -- private -----------------------------------------------------------------------------------------------------------

    def _shown_on(self, kiosk: KioskRecord) -> list[Show]:
        """Give the shows of a kiosk: the one whose quiz stands on it, then its own visitors', then by age; idle ones last."""
        held = kiosk.session.visit_id if kiosk.session else None

        def order(show: Show) -> tuple[bool, bool, bool, float]:
            record = show.record
            return (record.id != held, is_unanswered(record, self._mode), record.kiosk_id is None, record.photo_at or 0.0)

        shown = [show for show in self._shows.values() if belongs_to(show.record, kiosk.id) and not self._has_left(show.record)]
        return sorted(shown, key=order)[:MOST_SHOWS]

    def _has_left(self, record: VisitRecord) -> bool:
        """Whether the visit is no longer shown; one whose quiz stands on a monitor is, however long the visitor thinks."""
        until = leaves_at(record, self._mode)
        now = time.time()
        if until is None or until > now:
            return False
        sessions = [monitor.record.session for monitor in self._monitors.values()]
        return not any(one is not None and one.visit_id == record.id and one.until > now for one in sessions)

    def _build(self, show: Show) -> None:
        """Make the show's JSON anew if it has changed and was not made just now."""
        if not show.is_stale:
            return
        if time.monotonic() - show.built_at < SHOW_SECONDS and show.json:
            self._wake_for(show)
            return
        visit_id = show.record.id
        moment = Moment(
            self._progress.of(visit_id),
            self._progress.steps_of(visit_id),
            self._printing.ticket_print(visit_id),
            self._printing.view() is not None,
            self._mode,
        )
        json = show_view(show.record, moment).model_dump_json()
        show.is_stale, show.built_at = False, time.monotonic()
        if json != show.json:
            self._versions += 1
            show.json, show.version = json, self._versions

    def _kiosk_view(self, record: KioskRecord, code: Code) -> KioskView:
        """Show the kiosk, without the time: two views are the same when nothing has changed."""
        now = time.time()
        session = record.session if record.session and record.session.until > now else None
        url = f"{self._public_url}/k/{code.code}"
        return KioskView(
            id=record.id,
            name=record.name,
            lang="ko" if record.lang == "ko" else "en",
            booth_name=self._booth_name,
            now="",
            invitation=InvitationView(
                url=url,
                code=code.code,
                qr_url=f"/api/v1/kiosk/qr.svg?code={code.code}",
                changes_at=iso(code.shown_at + SHOWN_SECONDS),
            ),
            greeting=GreetingView(until=iso(record.greeting_until)) if record.greeting_until > now else None,
            session=SessionView(
                ref=session.ref,
                lang="ko" if session.lang == "ko" else "en",
                at=session.at,
                count=self._question_count(),
                is_photo_there=session.is_photo_there,
                held_until=iso(session.until),
            )
            if session
            else None,
            intake=self._intake(),
            printing=self._printing.view(),
            recent=self._recent,
        )

    def _wake_for(self, show: Show) -> None:
        """Wake the screens for a show, not sooner than it may be told again."""
        if show.waking is not None:
            return
        wait = show.built_at + SHOW_SECONDS - time.monotonic()
        if wait <= 0:
            self._wake(self._monitors.values())
        else:
            show.waking = asyncio.get_running_loop().call_later(wait, self._wake_after, show)

    def _wake_after(self, show: Show) -> None:
        show.waking = None
        self._wake(self._monitors.values())

    def _wake(self, monitors: Iterable[_Monitor]) -> None:
        for monitor in monitors:
            for screen in monitor.screens:
                screen.woken.set()

    def _forget_all(self) -> None:
        """Nobody looks: nothing is kept current, so nothing is kept."""
        for show in self._shows.values():
            if show.waking is not None:
                show.waking.cancel()
        self._shows.clear()
        self._marks.clear()
        self._dirty.clear()
        self._recent = []
