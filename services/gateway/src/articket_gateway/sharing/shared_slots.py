"""The pods' slots, shared by several gateway replicas: a slot is used by whoever has its hold.

A slot that is given back is kept for the next painting here, which then begins without a word to the database. Where another
replica should rather have it (`shares`), it is reserved for that one alone, so that nobody races for it; where nobody uses it,
it is let go. What others hold is known from what they tell (`slot_news`) and, as the safety net, from a look at the table each
beat.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence

from articket_gateway.errors import StoreUnavailable
from articket_gateway.sharing.bus import Bus
from articket_gateway.sharing.elsewhere import NOBODY, Elsewhere, Known, pod_of
from articket_gateway.sharing.holding import RESERVED_SECONDS, Holds
from articket_gateway.sharing.shares import Shares
from articket_gateway.sharing.slot_news import TOPIC, Demand, SlotNews, fits, in_pieces, read, written
from articket_gateway.sharing.slots import slots_of
from articket_gateway.storing.holds import Held

PREFIX = "slot:"

KEPT_SECONDS = 0.1
"""A slot is kept so long for what waits here: time enough to begin, and too short to be missed."""

SETTLED_SECONDS = 0.02
"""With nothing waiting a slot is kept only so long: who has just been told to begin comes and takes it."""

BLOCKED_SECONDS = 0.3
"""A slot that could not be had, nobody knows why, is not asked for again for so long."""

TELL_SECONDS = 1.0
"""Demand is told so often, and at once when it begins or ends."""

TELL_AGAIN_SECONDS = 0.05
"""…but because of the demand alone never more often than this."""


class SharedSlots:
    """The slots of all pods, over all replicas; see `slots.Slots`. Opened after `holds`, before the bus; closed before both."""

    def __init__(self, holds: Holds, bus: Bus) -> None:
        self._holds = holds
        self._bus = bus
        self._counts: dict[str, int] = {}
        self._mine: dict[str, float | None] = {}  # None: in use, or being asked for; otherwise since when it is idle
        self._offered: dict[str, float] = {}  # reserved for this replica, and when that was heard
        self._elsewhere = Elsewhere(holds.replica)
        self._shares = Shares()
        self._waiting = 0
        self._pods: Collection[str] | None = None
        self._hungry_since = 0.0
        self._callbacks: list[Callable[[], None]] = []
        self._is_changed = False
        self._was_away = False
        self._told_at = 0.0
        self._took: list[str] = []
        self._freed: list[str] = []
        self._passed: dict[str, str] = {}
        self._ticking: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = False

    # -- what the dispatcher asks --------------------------------------------------------------------------------------------

    def held_elsewhere(self, pod: str) -> int:
        """Count the pod's slots that cannot be had now; without the database, all but those that are held here."""
        held = self._elsewhere.count(pod)
        if not self._is_away():
            return held
        return max(held, sum(name not in self._mine for name in slots_of(pod, self._counts.get(pod, 0))))

    def waiting_elsewhere(self) -> int:
        """Sum up what the others have told lately."""
        return self._shares.waiting(time.monotonic())

    def wants(self, waiting: int, pods: Collection[str] | None = None) -> None:
        """Note the demand, and tell it when it begins or ends."""
        now = time.monotonic()
        began_or_ended = (waiting > 0) != (self._waiting > 0)
        if waiting and not self._waiting:
            self._hungry_since = now
        self._waiting, self._pods = waiting, pods
        if began_or_ended:
            self._tell_at(max(now, self._told_at + TELL_AGAIN_SECONDS))
        if not waiting and any(since is not None for since in self._mine.values()):
            self._tick_at(now + SETTLED_SECONDS)

    async def take(self, pod: str, count: int) -> str | None:
        """Take a slot of the pod: one that is kept here, otherwise one that nobody is known to hold."""
        self._counts[pod] = count
        names = slots_of(pod, count)
        for slot in names:
            if self._mine.get(slot) is None:
                continue
            if self._holds.is_good(PREFIX + slot):
                self._mine[slot] = None
                return slot
            self._drop(slot)  # the lease ran out before it could be renewed
        for slot in names:
            if self._is_away():
                break
            if slot not in self._mine and not self._elsewhere.has(slot) and await self._ask(slot):
                return slot
        return None

    def give_back(self, slot: str) -> None:
        """Keep the slot for the next painting here, or pass it on."""
        if slot not in self._mine:
            return  # closed meanwhile
        if not self._holds.is_good(PREFIX + slot):
            self._drop(slot)
            return
        now = time.monotonic()
        self._mine[slot] = now
        if not self._pass_on_idle(slot, now):
            self._tick_at(now + (KEPT_SECONDS if self._waiting else SETTLED_SECONDS))

    def when_changed(self, callback: Callable[[], None]) -> None:
        """Call back when others have freed or passed on a slot, and when the database is back."""
        self._callbacks.append(callback)

    async def open(self) -> None:
        """Begin to listen, to look and to tell."""
        self._is_open = True
        self._bus.subscribe(TOPIC, self._heard)
        self._bus.on_gap(self._may_have_missed)
        self._holds.watch(self._looked)
        self._may_have_missed()

    async def close(self) -> None:
        """Let everything go, and say so."""
        self._is_open = False
        for timer in (self._ticking, self._telling):
            if timer is not None:
                timer.cancel()
        mine, self._mine = list(self._mine), {}
        await asyncio.gather(*self._tasks, *(self._holds.let_go(PREFIX + slot) for slot in mine), return_exceptions=True)
        self._bus.publish(TOPIC, written(SlotNews(sender=self._holds.replica, is_leaving=True)))

    # -- getting and leaving a slot ------------------------------------------------------------------------------------------

    async def _ask(self, slot: str) -> bool:
        """Ask the database for a slot; False when somebody else has it, who is then known."""
        self._mine[slot] = None
        self._offered.pop(slot, None)
        held = None
        has_it = False
        blocked = BLOCKED_SECONDS
        try:
            held = await self._holds.take(PREFIX + slot)
            has_it = held is not None and held.replica == self._holds.replica and self._is_open
            blocked = 0.0 if held is None else max(held.seconds_left, BLOCKED_SECONDS)
        except StoreUnavailable:
            pass
        finally:  # also when cancelled
            if not has_it:
                self._mine.pop(slot, None)
                self._note(slot, NOBODY if held is None else held.replica, blocked)
        if has_it:
            self._elsewhere.forget(slot)
            self._hungry_since = time.monotonic()
            self._took.append(slot)
            self._tell_at(time.monotonic())
        return has_it

    def _pass_on_idle(self, slot: str, now: float, *, is_unused: bool = False) -> bool:
        """Pass an idle slot on where another replica should rather have it."""
        if self._is_away():
            return False
        pod = pod_of(slot)
        is_of_use = not is_unused and (self._pods is None or pod in self._pods)
        heir = self._shares.heir(
            pod,
            waiting=self._waiting if is_of_use else 0,
            running=self._running(),
            held=self._elsewhere.by_replica(),
            mine=len(self._mine),
            now=now,
        )
        if heir is None:
            return False
        del self._mine[slot]
        self._note(slot, heir, self._holds.lease_seconds)
        self._shares.served(heir, now)
        self._run(self._pass_on(slot, heir))
        return True

    async def _pass_on(self, slot: str, heir: str) -> None:
        if await self._holds.pass_on(PREFIX + slot, heir):
            self._note(slot, heir, RESERVED_SECONDS, is_reserved=True)
            self._passed[slot] = heir
            self._tell_at(time.monotonic())
        else:
            self._note(slot, NOBODY, BLOCKED_SECONDS)

    async def _free(self, slot: str) -> None:
        await self._holds.let_go(PREFIX + slot)
        self._elsewhere.forget(slot)
        self._freed.append(slot)
        self._tell_at(time.monotonic())
        self._changed()  # something may have come to wait for it here

    def _running(self) -> int:
        return sum(since is None for since in self._mine.values())

    def _is_away(self) -> bool:
        """Whether the database is away; whoever is told so is called back when it is there again."""
        self._was_away |= self._holds.is_away
        return self._holds.is_away

    # -- what is heard of the others -----------------------------------------------------------------------------------------

    def _heard(self, payload: str) -> None:
        news = read(payload)
        if news is None or not self._is_open:
            return
        now = time.monotonic()
        for slot in news.took:
            self._lose(slot)
            self._note(slot, news.sender, self._holds.lease_seconds)
            self._shares.served(news.sender, now)
        for slot in news.freed:
            if (known := self._elsewhere.forget(slot, of=news.sender)) is not None:
                self._left(slot, known)
        for slot, heir in news.passed.items():
            self._heard_passed(slot, heir, now)
        if news.is_leaving:
            self._shares.gone(news.sender)
            if self._elsewhere.forget_all(of=news.sender):
                self._changed()
        if news.demand is not None:
            self._heard_demand(news.sender, news.demand, now)

    def _heard_passed(self, slot: str, heir: str, now: float) -> None:
        if heir == self._holds.replica and slot in self._mine:
            return  # the look was faster than the message
        self._lose(slot)
        self._note(slot, heir, RESERVED_SECONDS, is_reserved=True)
        if heir == self._holds.replica:
            self._offered[slot] = now
            self._tick_at(now + SETTLED_SECONDS)
            self._changed()
        else:
            self._shares.served(heir, now)

    def _heard_demand(self, sender: str, demand: Demand, now: float) -> None:
        if not self._shares.knows(sender):
            self._tell_at(now + TELL_AGAIN_SECONDS)
        self._shares.heard(sender, demand, now)
        for slot in [slot for slot, since in self._mine.items() if since is not None]:
            self._pass_on_idle(slot, now)

    def _left(self, slot: str, known: Known) -> None:
        """Look at a slot that has come free. Who has left one unused that was reserved for it gets none for a while."""
        if known.is_reserved:
            self._shares.refused(known.replica, pod_of(slot), time.monotonic())
        self._changed()

    def _lose(self, slot: str) -> None:
        """Believe that somebody else has got a slot that was held here; what is painted in it is the pod's to judge."""
        if self._mine.get(slot) is not None:
            self._drop(slot)
        elif slot in self._mine:
            self._holds.look_soon()

    def _drop(self, slot: str) -> None:
        """Have nothing to do with a slot any more."""
        del self._mine[slot]
        self._holds.let_go(PREFIX + slot)

    def _may_have_missed(self) -> None:
        """Look at the table, and tell what was perhaps not heard."""
        self._holds.look_soon()
        self._tell_at(time.monotonic())

    def _looked(self, began: float, held: Sequence[Held]) -> None:
        if not self._is_open:
            return
        slots = {one.name.removeprefix(PREFIX): one for one in held if one.name.startswith(PREFIX)}
        if self._elsewhere.believe(began, slots, mine=self._mine) or self._was_away:
            self._was_away = False
            self._changed()
        self._tick_at(time.monotonic() + SETTLED_SECONDS)

    # -- time and telling ----------------------------------------------------------------------------------------------------

    def _note(self, slot: str, replica: str, seconds: float, *, is_reserved: bool = False) -> None:
        self._elsewhere.note(slot, replica, seconds, is_reserved=is_reserved)
        self._tick_at(time.monotonic() + seconds)

    def _tick_at(self, when: float) -> None:
        """Look after what is idle or runs out, not later than `when`."""
        if not self._is_open or (self._ticking is not None and self._ticking.when() <= when):
            return
        if self._ticking is not None:
            self._ticking.cancel()
        self._ticking = asyncio.get_running_loop().call_at(when, self._tick)

    def _tick(self) -> None:
        self._ticking = None
        now = time.monotonic()
        for slot, known in self._elsewhere.run_out():
            self._left(slot, known)
        due = [now + self._holds.lease_seconds, *self._decline(now)]
        kept = KEPT_SECONDS if self._waiting else SETTLED_SECONDS
        for slot, since in list(self._mine.items()):
            if since is None:
                continue
            if now < since + kept or self._is_away():  # without the database it could not be had again
                due.append(max(since + kept, now + SETTLED_SECONDS))
            elif not self._pass_on_idle(slot, now, is_unused=True):
                del self._mine[slot]
                self._start_freeing(slot)
        if (end := self._elsewhere.next_end()) is not None:
            due.append(end)
        self._tick_at(min(due))

    def _decline(self, now: float) -> list[float]:
        """Let go of what was reserved for this replica and is of no use to it; give when to look at the rest."""
        for slot in [slot for slot, since in self._offered.items() if since + SETTLED_SECONDS <= now]:
            del self._offered[slot]
            self._start_freeing(slot)
        return [since + SETTLED_SECONDS for since in self._offered.values()]

    def _start_freeing(self, slot: str) -> None:
        self._note(slot, NOBODY, self._holds.lease_seconds)
        self._run(self._free(slot))

    def _changed(self) -> None:
        """Call back soon, once for all that has changed."""
        if not self._is_changed and self._is_open:
            self._is_changed = True
            asyncio.get_running_loop().call_soon(self._call_back)

    def _call_back(self) -> None:
        self._is_changed = False
        for callback in self._callbacks:
            callback()

    def _tell_at(self, when: float) -> None:
        if not self._is_open or (self._telling is not None and self._telling.when() <= when):
            return
        if self._telling is not None:
            self._telling.cancel()
        self._telling = asyncio.get_running_loop().call_at(when, self._tell)

    def _tell(self) -> None:
        """Tell what has changed since the last time, and what is needed."""
        self._telling = None
        self._told_at = now = time.monotonic()
        for news in (*self._changes(), SlotNews(sender=self._holds.replica, demand=(demand := self._demand(now)))):
            self._bus.publish(TOPIC, written(news))
        if demand.waiting or demand.running:
            self._tell_at(now + TELL_SECONDS)

    def _changes(self) -> Iterator[SlotNews]:
        took, freed, passed, self._took, self._freed, self._passed = self._took, self._freed, self._passed, [], [], {}
        me = self._holds.replica
        for piece in in_pieces(took):
            yield SlotNews(sender=me, took=tuple(piece))
        for piece in in_pieces(freed):
            yield SlotNews(sender=me, freed=tuple(piece))
        for piece in in_pieces(list(passed)):
            yield SlotNews(sender=me, passed={slot: passed[slot] for slot in piece})

    def _demand(self, now: float) -> Demand:
        return Demand(
            waiting=self._waiting,
            running=self._running(),
            hungry_seconds=now - self._hungry_since if self._waiting else 0.0,
            pods=frozenset(self._pods) if self._pods is not None and fits(list(self._pods)) else None,
        )

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="a slot")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
