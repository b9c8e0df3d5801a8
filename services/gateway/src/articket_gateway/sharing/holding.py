"""The named holds of this replica: taken, renewed by a beat, let go.

`shared_slots` and `once` ask here; the statements are in `storing/holds.py`. What is asked while a statement is under way goes
together in the next one, so that a crowd is no burden to the database.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from articket_gateway.errors import StoreUnavailable
from articket_gateway.storing.holds import Held, HoldStore

LEASE_SECONDS = 10.0
"""A replica that is killed holds what it had for so long."""

BEAT_SECONDS = 2.0
"""Each beat renews all leases and looks at everybody's: a lease survives four beats that fail."""

STEADY_BEATS = 1.5
"""After start or an outage, leases that have run out are left alone for so many beats: their live owners renew them first."""

RESERVED_SECONDS = 1.0
"""A hold that is passed on waits so long for its heir, who may be slow to hear of it, or dead; then anybody may take it."""

OUTAGE_SECONDS = 30.0
"""While the database is away nobody can take a hold: its owner uses it on for so long after the lease, so GPUs go on."""

SHORTEST_PAUSE_SECONDS = 0.1
"""Between two looks, however often somebody asks for one."""

AWAY_PAUSE_SECONDS = 0.5
SWEEP_SECONDS = 600.0

log = logging.getLogger(__name__)

R = TypeVar("R")


class Holds:
    """What this replica holds. `open` and `close` it in one place; who uses it closes before."""

    def __init__(self, store: HoldStore, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self.replica = store.replica
        self.lease_seconds = store.lease_seconds
        self.is_away = False
        """Whether the database did not answer when it was asked last."""
        self._store = store
        self._beat_seconds = beat_seconds
        self._good_until: dict[str, float] = {}  # monotonic, counted from before the statement: never later than the row says
        self._watchers: list[Callable[[float, Sequence[Held]], None]] = []
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._taking = _Batch(self._take_asked)
        self._leaving = _Batch(self._let_go_asked)
        self._passing = _Batch(self._pass_on_asked)
        self._look = asyncio.Event()
        self._steady_since: float | None = None
        self._sweep_at = time.monotonic() + SWEEP_SECONDS
        self._beating: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Look at what is held, and start beating. Raises StoreUnavailable."""
        await self._beat()
        self._beating = asyncio.create_task(self._beat_forever(), name="holds")

    async def close(self) -> None:
        """Let everything go. What cannot be let go runs out by itself."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        await asyncio.gather(*self._ending.values(), return_exceptions=True)
        self._good_until.clear()
        try:
            await self._store.let_go_all()
        except StoreUnavailable as error:
            log.warning("holds not let go (%s): they run out by themselves", error)

    def watch(self, callback: Callable[[float, Sequence[Held]], None]) -> None:
        """Hear of each look: the monotonic time before which it began, and everything that is held."""
        self._watchers.append(callback)

    def look_soon(self) -> None:
        """Look before the next beat is due."""
        self._look.set()

    def is_good(self, name: str) -> bool:
        """Say whether the hold is this replica's and may be used."""
        until = self._good_until.get(name)
        if until is None:
            return False
        return time.monotonic() < until + (OUTAGE_SECONDS if self.is_away else 0.0)

    async def take(self, name: str) -> Held | None:
        """Try to take a hold; give who has it now, or None when its holder let it go in that moment. Raises StoreUnavailable.

        Whoever is cancelled meanwhile gets nothing. Never ask for a name that is being asked for, or held here.
        """
        while (ending := self._ending.get(name)) is not None:
            await asyncio.wait([ending])
        asking = asyncio.ensure_future(self._taking.ask(name))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            self._end(name, self._let_go_once(asking, name))
            raise

    def let_go(self, name: str) -> asyncio.Future[None]:
        """Let a hold go: it is not used any more from now on. Without the database it runs out by itself.

        What is given is done when others can have it; nobody needs to wait for that.
        """
        self._good_until.pop(name, None)
        return self._ending.get(name) or self._end(name, self._let_go(name))

    async def pass_on(self, name: str, heir: str) -> bool:
        """Reserve a hold for another replica, which has RESERVED_SECONDS to take it; False when that cannot be known."""
        self._good_until.pop(name, None)
        passing = asyncio.ensure_future(self._pass_on(name, heir))
        self._end(name, _ended(passing))
        return await asyncio.shield(passing)

    # -- letting go ----------------------------------------------------------------------------------------------------------

    def _end(self, name: str, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Do what ends a hold; the name is not taken again before that is done."""

        def ended(task: asyncio.Task[None]) -> None:
            if self._ending.get(name) is task:
                del self._ending[name]

        task = self._ending[name] = asyncio.create_task(work, name="end a hold")
        task.add_done_callback(ended)
        return task

    async def _let_go(self, name: str) -> None:
        with suppress(StoreUnavailable):
            await self._leaving.ask(name)

    async def _let_go_once(self, asking: asyncio.Future[Held | None], name: str) -> None:
        """Let a hold go that is still being asked for."""
        with suppress(StoreUnavailable):
            await asking
            self._good_until.pop(name, None)
            await self._leaving.ask(name)

    async def _pass_on(self, name: str, heir: str) -> bool:
        try:
            return await self._passing.ask(name, heir) is not None
        except StoreUnavailable:
            return False

    # -- the statements, each for all who have asked -------------------------------------------------------------------------

    async def _take_asked(self, asked: Mapping[str, str]) -> Mapping[str, Held]:
        began = time.monotonic()
        found = await self._told(self._store.take(asked, take_expired=self._is_steady()))
        for name, held in found.items():
            if held.replica == self.replica:
                self._good_until[name] = began + self.lease_seconds
        return found

    async def _let_go_asked(self, asked: Mapping[str, str]) -> Mapping[str, bool]:
        await self._told(self._store.let_go(asked))
        return {}

    async def _pass_on_asked(self, asked: Mapping[str, str]) -> Mapping[str, bool]:
        return dict.fromkeys(await self._told(self._store.pass_on(asked, seconds=RESERVED_SECONDS)), True)

    async def _told(self, statement: Awaitable[R]) -> R:
        try:
            return await statement
        except StoreUnavailable:
            self._went_away()
            raise

    # -- the beat ------------------------------------------------------------------------------------------------------------

    def _is_steady(self) -> bool:
        since = self._steady_since
        return since is not None and time.monotonic() - since >= STEADY_BEATS * self._beat_seconds

    def _went_away(self) -> None:
        self.is_away = True
        self._steady_since = None
        self.look_soon()

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(AWAY_PAUSE_SECONDS if self.is_away else SHORTEST_PAUSE_SECONDS)
            if not self.is_away:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._beat_seconds * random.uniform(0.8, 1.2) - SHORTEST_PAUSE_SECONDS):
                        await self._look.wait()
            self._look.clear()
            try:
                await self._beat()
            except StoreUnavailable:
                self._went_away()
            except Exception:  # the edge of a task: without its beat this replica would lose all that it holds
                log.exception("a beat of the holds broke")

    async def _beat(self) -> None:
        before = dict(self._good_until)
        began = time.monotonic()
        kept = await self._store.renew(before)
        for name, until in before.items():
            if self._good_until.get(name) != until:
                continue  # let go meanwhile, or taken anew
            if name in kept:
                self._good_until[name] = began + self.lease_seconds
            else:
                del self._good_until[name]
        looked = time.monotonic()
        held = await self._store.everything_held()
        self.is_away = False
        if self._steady_since is None:
            self._steady_since = looked
        for watcher in self._watchers:
            watcher(looked, held)
        if looked >= self._sweep_at:
            self._sweep_at = looked + SWEEP_SECONDS
            await self._store.sweep()


class _Batch(Generic[R]):
    """Questions by name, answered together: those that come while one statement is under way are in the next."""

    def __init__(self, work: Callable[[Mapping[str, str]], Awaitable[Mapping[str, R]]]) -> None:
        """`work` gets name → value of all questions and gives the answers by name."""
        self._work = work
        self._asked: dict[str, tuple[str, asyncio.Future[R | None]]] = {}
        self._working: asyncio.Task[None] | None = None

    async def ask(self, name: str, value: str = "") -> R | None:
        """Give the answer, None where there is none. Raises what the work raises."""
        assert name not in self._asked, "one question at a time for a name"
        answer: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        self._asked[name] = value, answer
        if self._working is None:
            self._working = asyncio.create_task(self._answer(), name="ask for holds")
        return await answer

    async def _answer(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self._work({name: value for name, (value, _) in asked.items()})
            except Exception as error:  # the edge of a task: whoever has asked must hear of it
                for _, answer in asked.values():
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for name, (_, answer) in asked.items():
                    if not answer.done():
                        answer.set_result(found.get(name))
        self._working = None


async def _ended(work: asyncio.Future[bool]) -> None:
    await asyncio.wait([work])
