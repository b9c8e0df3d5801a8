"""What is going on right now: how far each step of a visit is, and who wants to know.

Nothing here is durable: it is told to those who watch and forgotten. Watchers never queue up messages: each is woken and
reads what is newest, so a slow phone costs nothing. What other replicas have under way stands here too, as `sharing.live` hears
it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from articket_gateway.visit.states import PaintingState
from articket_mesh.errors import MeshError


@dataclass(frozen=True, slots=True)
class PaintingProgress:
    """How far one painting is. `position` counts the paintings before it; `version` grows with every change.

    `pod` is the short name of the pod that has it now; `attempts` counts the tries, the present one included; `reason` says why
    the last one failed; `sent_at` (Unix seconds) is when it went to the pod, `ends_at` when it will probably be done. The
    canvas of one that another replica has under way lies in the picture store, if anywhere: `preview_count` counts its changes.
    """

    state: PaintingState = PaintingState.QUEUED
    position: int | None = None
    step: int = 0
    steps: int = 0
    label: str = ""
    preview: bytes = b""
    version: int = 0
    pod: str | None = None
    engine: str | None = None
    attempts: int = 0
    reason: str | None = None
    sent_at: float | None = None
    ends_at: float | None = None
    is_fallback: bool = False
    preview_count: int = 0

    @property
    def has_preview(self) -> bool:
        """Whether there is a canvas to show, here or in the picture store."""
        return bool(self.preview or self.preview_count)


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step that is no painting and is being done: since when (Unix seconds), its tries, and why the last one failed."""

    started_at: float
    attempts: int = 1
    reason: str | None = None


@dataclass(eq=False)
class Watcher:
    """One who watches a visit: every change sets `woken`, one that was stored sets `has_news`. The watcher resets both."""

    woken: asyncio.Event
    has_news: bool = True


Overseer: TypeAlias = Callable[[str, bool], None]
"""Told of every change of any visit: its id, and whether something was stored. Must return at once."""


@dataclass(slots=True)
class _Elsewhere:
    """What another replica, `source`, has under way of a visit."""

    source: str
    paintings: dict[str, PaintingProgress] = field(default_factory=dict[str, PaintingProgress])
    steps: dict[str, StepProgress] = field(default_factory=dict[str, StepProgress])


class Progress:
    """The steps under way on this replica and on others, and the watchers of visits."""

    def __init__(self) -> None:
        self._paintings: dict[str, dict[str, PaintingProgress]] = {}
        self._steps: dict[str, dict[str, StepProgress]] = {}
        self._elsewhere: dict[str, _Elsewhere] = {}
        self._versions = 0
        self._watchers: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._overseers: list[Overseer] = []
        self._own_overseers: list[Overseer] = []

    def of(self, visit_id: str) -> dict[str, PaintingProgress]:
        """Give artist id → progress of the visit's paintings that are under way."""
        elsewhere = self._elsewhere.get(visit_id)
        return self._paintings.get(visit_id, {}) if elsewhere is None else elsewhere.paintings

    def steps_of(self, visit_id: str) -> dict[str, StepProgress]:
        """Give step name → progress of the visit's other steps that are under way."""
        elsewhere = self._elsewhere.get(visit_id)
        return self._steps.get(visit_id, {}) if elsewhere is None else elsewhere.steps

    def own(self, visit_id: str) -> tuple[Mapping[str, PaintingProgress], Mapping[str, StepProgress]]:
        """Give what this replica itself has under way of the visit: its paintings and its other steps."""
        return self._paintings.get(visit_id, {}), self._steps.get(visit_id, {})

    @property
    def own_visits(self) -> set[str]:
        """The visits of which this replica itself has something under way."""
        return self._paintings.keys() | self._steps.keys()

    # -- paintings ---------------------------------------------------------------------------------------------------------

    def waits(self, visit_id: str, artist_id: str, position: int, *, ends_at: float | None = None) -> None:
        """Note that a painting waits, also again after a failed try."""
        before = self._before(visit_id, artist_id)
        new = PaintingProgress(position=position, attempts=before.attempts, reason=before.reason, ends_at=ends_at)
        self._update(visit_id, artist_id, new)

    def sent(
        self,
        visit_id: str,
        artist_id: str,
        pod: str,
        engine: str,
        attempt: int,
        *,
        is_fallback: bool = False,
        ends_at: float | None = None,
    ) -> None:
        """Note that a painting has gone to a pod, which has not taken it yet."""
        new = PaintingProgress(
            pod=pod,
            engine=engine or None,
            attempts=attempt,
            sent_at=time.time(),
            ends_at=ends_at,
            is_fallback=is_fallback,
        )
        self._update(visit_id, artist_id, replace(new, reason=self._before(visit_id, artist_id).reason))

    def begun(self, visit_id: str, artist_id: str) -> None:
        """Note that a painting is being made."""
        before = self._before(visit_id, artist_id)
        new = replace(before, state=PaintingState.PAINTING, position=None, step=0, steps=0, label="", preview=b"")
        self._update(visit_id, artist_id, new)

    def stepped(self, visit_id: str, artist_id: str, step: int, steps: int, label: str, preview: bytes) -> None:
        """Note that a step has ended; without a preview the last one stays."""
        before = self._before(visit_id, artist_id)
        new = replace(before, state=PaintingState.PAINTING, position=None, step=step, steps=steps, label=label)
        self._update(visit_id, artist_id, replace(new, preview=preview or before.preview))

    def tried(self, visit_id: str, artist_id: str, reason: str, attempts: int) -> None:
        """Note that a try has failed and the painting waits for another one."""
        self._update(visit_id, artist_id, PaintingProgress(attempts=attempts, reason=reason))

    def forget(self, visit_id: str, artist_id: str) -> None:
        """Drop one painting: it has ended and its record tells the rest."""
        paintings = self._paintings.get(visit_id, {})
        paintings.pop(artist_id, None)
        if not paintings:
            self._paintings.pop(visit_id, None)
        self._tell_own(visit_id)

    # -- other steps -------------------------------------------------------------------------------------------------------

    def step_begun(self, visit_id: str, name: str) -> None:
        """Note that a step is being done, once for each try."""
        self._elsewhere.pop(visit_id, None)
        steps = self._steps.setdefault(visit_id, {})
        before = steps.get(name)
        steps[name] = StepProgress(time.time()) if before is None else replace(before, attempts=before.attempts + 1)
        self._tell(visit_id)

    def step_tried(self, visit_id: str, name: str, reason: str) -> None:
        """Note that a try of the step has failed."""
        before = self._steps.get(visit_id, {}).get(name)
        if before is not None:
            self._steps[visit_id][name] = replace(before, reason=reason)
            self._tell(visit_id)

    def step_ended(self, visit_id: str, name: str) -> None:
        """Drop a step: its record tells the rest."""
        steps = self._steps.get(visit_id, {})
        steps.pop(name, None)
        if not steps:
            self._steps.pop(visit_id, None)
        self._tell_own(visit_id)

    @contextmanager
    def trying(self, visit_id: str, name: str) -> Generator[None]:
        """Tell those who watch that a try of this step is under way, and how it failed."""
        self.step_begun(visit_id, name)
        try:
            yield
        except MeshError as error:
            self.step_tried(visit_id, name, str(error.reason))
            raise

    # -- what other replicas have under way --------------------------------------------------------------------------------

    def heard(
        self,
        visit_id: str,
        source: str,
        paintings: Mapping[str, PaintingProgress | None],
        steps: Mapping[str, StepProgress | None],
    ) -> None:
        """Take what has changed at the replica `source`; None is what it has under way no more. What runs here counts more."""
        if visit_id in self._paintings or visit_id in self._steps:
            return
        elsewhere = self._elsewhere.get(visit_id)
        if elsewhere is None or elsewhere.source != source:
            elsewhere = self._elsewhere[visit_id] = _Elsewhere(source)
        for artist_id, painting in paintings.items():
            self._versions += 1
            if painting is None:
                elsewhere.paintings.pop(artist_id, None)
            else:
                elsewhere.paintings[artist_id] = replace(painting, version=self._versions)
        for name, step in steps.items():
            if step is None:
                elsewhere.steps.pop(name, None)
            else:
                elsewhere.steps[name] = step
        if not elsewhere.paintings and not elsewhere.steps:
            del self._elsewhere[visit_id]
        self._tell(visit_id, is_own=False)

    def silent(self, source: str) -> None:
        """Forget what a replica had under way that is not heard any more."""
        for visit_id in [one for one, elsewhere in self._elsewhere.items() if elsewhere.source == source]:
            del self._elsewhere[visit_id]
            self._tell(visit_id, is_own=False)

    # -- who wants to know -------------------------------------------------------------------------------------------------

    @property
    def watched(self) -> list[str]:
        """The visits that somebody watches here."""
        return list(self._watchers)

    def wake(self, visit_id: str) -> None:
        """Tell the visit's watchers that something has been stored here."""
        self._tell(visit_id, is_stored=True)

    def found(self, visit_id: str) -> None:
        """Tell the visit's watchers that something has been stored by another replica."""
        self._tell(visit_id, is_stored=True, is_own=False)

    def nudge(self, visit_id: str) -> None:
        """Tell the visit's watchers that something has changed that is not stored with it, as its place at the printer."""
        self._tell(visit_id)

    def wake_all(self) -> None:
        """Tell every watcher to look, for example because the gateway is closing."""
        for visit_id in list(self._watchers):
            self.found(visit_id)

    @contextmanager
    def watch(self, visit_id: str) -> Generator[Watcher]:
        """Watch a visit for the length of the block. Nothing is told of what was before: look first, then wait."""
        watcher = Watcher(asyncio.Event())
        self._watchers[visit_id].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[visit_id].discard(watcher)
            if not self._watchers[visit_id]:
                del self._watchers[visit_id]

    @contextmanager
    def oversee(self, overseer: Overseer, *, is_own_only: bool = False) -> Generator[None]:
        """Tell the overseer of every change of any visit, or of those made by this replica, for the length of the block."""
        overseers = self._own_overseers if is_own_only else self._overseers
        overseers.append(overseer)
        try:
            yield
        finally:
            overseers.remove(overseer)

    def _before(self, visit_id: str, artist_id: str) -> PaintingProgress:
        return self._paintings.get(visit_id, {}).get(artist_id, PaintingProgress())

    def _update(self, visit_id: str, artist_id: str, new: PaintingProgress) -> None:
        self._elsewhere.pop(visit_id, None)
        paintings = self._paintings.setdefault(visit_id, {})
        self._versions += 1  # one count for all: a painting that is tried again never shows an old version
        paintings[artist_id] = replace(new, version=self._versions)
        self._tell(visit_id)

    def _tell(self, visit_id: str, *, is_stored: bool = False, is_own: bool = True) -> None:
        for watcher in self._watchers.get(visit_id, ()):
            watcher.has_news = watcher.has_news or is_stored
            watcher.woken.set()
        for overseer in self._overseers:
            overseer(visit_id, is_stored)
        if is_own:
            self._tell_own(visit_id, is_stored=is_stored)

    def _tell_own(self, visit_id: str, *, is_stored: bool = False) -> None:
        for overseer in self._own_overseers:
            overseer(visit_id, is_stored)
