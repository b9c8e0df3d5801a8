"""Whether new visits may begin: staff pause the intake, with words for those who come meanwhile.

The answer stands ready, for every new visit asks it. It is read again when another replica says that it has changed it, and
every two seconds in case that was not heard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from articket_gateway.errors import Problem, StoreUnavailable
from articket_gateway.storing.booth import BoothStore
from articket_gateway.visit.states import Json
from articket_gateway.visit.views import View, WordsView

INTAKE_NAME = "intake"
LOOK_SECONDS = 2.0

PAUSED_RETRY_SECONDS = 30.0
"""When a phone may ask again: staff pause for minutes, and hundreds of phones wait."""

log = logging.getLogger(__name__)


class IntakeView(View):
    """Whether new visits may begin, and what staff say to those who come."""

    is_paused: bool = False
    message: WordsView | None = None


class Intake:
    """The booth's door. `open` it before it is asked, and run `keep_current` beside."""

    def __init__(self, booth: BoothStore, *, tell: Callable[[], None] = lambda: None) -> None:
        """`tell` tells the other replicas of a change."""
        self._booth = booth
        self._tell = tell
        self._view = IntakeView()
        self._look_now = asyncio.Event()

    async def open(self) -> None:
        """Read how it stands."""
        self._view = _shown(await self._booth.get(INTAKE_NAME) or {})

    def view(self) -> IntakeView:
        """Give how it stands, at most two seconds old."""
        return self._view

    def check(self) -> None:
        """Let a new visit in. Raises Problem intake_paused, with the staff's message."""
        view = self._view
        if view.is_paused:
            raise Problem(
                "intake_paused",
                "the booth takes no new photos right now; those already sent are painted",
                hint="Try again in a while.",
                retry_after=PAUSED_RETRY_SECONDS,
                message=view.message.model_dump() if view.message else None,
            )

    async def set(self, *, is_paused: bool, message: WordsView | None) -> None:
        """Close or open the door; the message is kept only with a closed one."""
        view = IntakeView(is_paused=is_paused, message=message if is_paused else None)
        await self._booth.put(INTAKE_NAME, view.model_dump())
        self._view = view
        self._tell()

    def look_again(self) -> None:
        """Read it anew, soon: another replica has changed it."""
        self._look_now.set()

    async def keep_current(self) -> None:
        """Read it again and again, for ever."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look_now.wait()
            self._look_now.clear()
            try:
                await self.open()
            except StoreUnavailable:
                continue  # it stays as it is
            except Exception:  # the edge of a task: a door that is never looked at again stays shut for ever
                log.exception("looking at the intake broke")


def _shown(value: Json) -> IntakeView:
    message = value.get("message")
    return IntakeView(is_paused=bool(value.get("is_paused")), message=WordsView(**message) if message else None)
