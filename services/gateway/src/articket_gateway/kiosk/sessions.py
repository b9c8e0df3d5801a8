"""Whose quiz stands on which monitor.

A kiosk belongs to the first visit with its pass until the quiz is over, and to nobody when the phone has been silent for
`SESSION_SECONDS`. Another phone meanwhile plays on its own screen and gets the monitor when it is free. Which phone wins is
decided in SQL (`storing.kiosks`).
"""

from __future__ import annotations

from collections.abc import Callable

from articket_artists import Quiz
from articket_gateway.kiosk.screens import Screens
from articket_gateway.storing.kiosks import KioskRecord, KioskStore
from articket_gateway.visit.states import MATCH, VisitRecord, VisitState
from articket_gateway.visit.views import KioskPlaceView, iso

SESSION_SECONDS = 45.0
"""A phone tells its place at least every 15 s while its page is open: two may be lost on a crowded network."""


class Sessions:
    """The sessions of all kiosks."""

    def __init__(self, store: KioskStore, screens: Screens, quiz: Callable[[], Quiz]) -> None:
        self._store = store
        self._screens = screens
        self._quiz = quiz

    async def place(self, visit: VisitRecord, at: int) -> KioskPlaceView | None:
        """Note where the phone stands; this takes the monitor when it is free and frees it when the quiz is over.

        Gives None for a visit that came by no kiosk, or by one that is not paired any more.
        """
        if visit.kiosk_id is None:
            return None
        is_over = at >= len(self._quiz().questions) or MATCH in visit.steps or visit.state is VisitState.FAILED
        if is_over:
            kiosk = await self._store.release(visit.kiosk_id, visit.id)
        else:
            kiosk = await self._store.place(visit.kiosk_id, visit.id, at=at, seconds=SESSION_SECONDS)
        if kiosk is not None:
            self._screens.moved(kiosk)
        return _place(kiosk, visit)

    async def of(self, visit: VisitRecord) -> KioskPlaceView | None:
        """Give the visit's place as it is."""
        if visit.kiosk_id is None:
            return None
        return _place(await self._store.find(visit.kiosk_id), visit)

    async def end(self, visit: VisitRecord) -> None:
        """Free the monitor of this visit, if it has it: the quiz is over."""
        if visit.kiosk_id is not None:
            kiosk = await self._store.release(visit.kiosk_id, visit.id)
            if kiosk is not None:
                self._screens.moved(kiosk)

    async def free(self, kiosk_id: str) -> bool:
        """Free a monitor, whoever has it; False when no such kiosk is paired."""
        kiosk = await self._store.release(kiosk_id)
        if kiosk is not None:
            self._screens.moved(kiosk)
        return kiosk is not None


def _place(kiosk: KioskRecord | None, visit: VisitRecord) -> KioskPlaceView | None:
    if kiosk is None:
        return None
    session = kiosk.session
    if session is None or session.visit_id != visit.id:
        return KioskPlaceView(name=kiosk.name, has_monitor=False)
    return KioskPlaceView(name=kiosk.name, has_monitor=True, held_until=iso(session.until))
