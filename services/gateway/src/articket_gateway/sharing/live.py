"""What is under way in a visit, for the phones and monitors that are connected to other replicas.

    progress ─► what has changed since it was last told, five times a second at most ─► bus ─► the others' progress

A canvas is too large for the bus and nobody's for long. It goes into the picture store, beside the visit's ticket, so that it
is erased with the visit: at most once a second for each painting, and only while somebody looks at a page of another replica.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Protocol

from articket_gateway.errors import StoreUnavailable
from articket_gateway.sharing.bus import Bus
from articket_gateway.sharing.replicas import Replicas
from articket_gateway.storing.pictures import preview_path
from articket_gateway.visit.progress import PaintingProgress, Progress, StepProgress
from articket_gateway.visit.states import PaintingState

STORED = "stored"
LIVE = "live"

TOLD_SECONDS = 0.2
"""A visit is told of at most this often: eyes follow no faster."""

PREVIEW_SECONDS = 1.0
PREVIEWS_AT_ONCE = 8

PAINTINGS_A_MESSAGE = 20
"""As many fit into the 8000 bytes that a message may have."""

LABEL_CHARS = 60

UNSHARED = frozenset({"preview", "version"})
"""What of a painting's progress stays here."""

log = logging.getLogger(__name__)


class Pictures(Protocol):
    """Where canvases are put."""

    async def put(self, path: str, content: bytes) -> None:
        """Keep the bytes under the path, replacing what is there."""
        ...


class Live:
    """Tells what is under way here and hears what is under way elsewhere. Run `keep_telling` and `keep_showing` beside."""

    def __init__(self, bus: Bus, replicas: Replicas, progress: Progress, pictures: Pictures) -> None:
        self._bus = bus
        self._replicas = replicas
        self._progress = progress
        self._pictures = pictures
        self._changed: set[str] = set()
        self._woken = asyncio.Event()
        self._told: dict[str, dict[str, PaintingProgress | StepProgress]] = {}  # visit → painting or step → as it was told
        self._shown: dict[tuple[str, str], tuple[bytes, int]] = {}  # visit, artist → the canvas in the store, how many before
        bus.subscribe(STORED, progress.found)
        bus.subscribe(LIVE, self._heard)
        bus.on_gap(self._tell_all)
        replicas.on_come(self._tell_all)
        replicas.on_gone(progress.silent)

    async def keep_telling(self) -> None:
        """Tell what changes here, for ever."""
        with self._progress.oversee(self._note, is_own_only=True):
            while True:
                await self._woken.wait()
                self._woken.clear()
                changed, self._changed = self._changed, set()
                if self._replicas.are_watching:
                    for visit_id in changed:
                        self._tell(visit_id)
                else:
                    self._told.clear()  # whoever comes to look is told everything
                await asyncio.sleep(TOLD_SECONDS)

    async def keep_showing(self) -> None:
        """Put canvases where other replicas find them, for ever."""
        while True:
            began = time.monotonic()
            if self._replicas.are_watching:
                await self._show(self._unshown())
            under_way = self._progress.own_visits
            self._shown = {key: shown for key, shown in self._shown.items() if key[0] in under_way}
            await asyncio.sleep(max(0.0, began + PREVIEW_SECONDS - time.monotonic()))

    # -- telling -----------------------------------------------------------------------------------------------------------

    def _note(self, visit_id: str, is_stored: bool) -> None:
        """Hear of a change made here; called for every step of every painting."""
        if not self._replicas.are_there:
            return
        if is_stored:
            self._bus.publish(STORED, visit_id)
        self._changed.add(visit_id)
        self._woken.set()

    def _tell(self, visit_id: str) -> None:
        paintings, steps = self._progress.own(visit_id)
        now: dict[str, PaintingProgress | StepProgress] = {**steps}
        for artist_id, painting in paintings.items():
            count = self._shown.get((visit_id, artist_id), (b"", 0))[1]
            now[f"paint:{artist_id}"] = replace(
                painting, preview=b"", version=0, preview_count=count, label=painting.label[:LABEL_CHARS]
            )
        told = self._told.get(visit_id, {})
        changed = {name: one for name, one in now.items() if told.get(name) != one} | dict.fromkeys(told.keys() - now.keys())
        if now:
            self._told[visit_id] = now
        else:
            self._told.pop(visit_id, None)
        for part in _parts(changed):
            self._bus.publish(
                LIVE, json.dumps([self._replicas.name, visit_id, part], ensure_ascii=False, separators=(",", ":"))
            )

    def _tell_all(self) -> None:
        """Tell of everything anew: one has come who knows nothing, or some may not have heard all."""
        self._told.clear()
        self._changed |= self._progress.own_visits
        self._woken.set()

    # -- canvases ----------------------------------------------------------------------------------------------------------

    def _unshown(self) -> list[tuple[str, str, bytes]]:
        """Give visit, artist and canvas of what has changed since it was last put."""
        return [
            (visit_id, artist_id, painting.preview)
            for visit_id in self._progress.own_visits
            for artist_id, painting in self._progress.own(visit_id)[0].items()
            if painting.preview and self._shown.get((visit_id, artist_id), (b"", 0))[0] != painting.preview
        ]

    async def _show(self, canvases: Iterable[tuple[str, str, bytes]]) -> None:
        room = asyncio.Semaphore(PREVIEWS_AT_ONCE)

        async def put(visit_id: str, artist_id: str, canvas: bytes) -> None:
            async with room:
                if artist_id not in self._progress.own(visit_id)[0]:
                    return  # it has ended, or its visit is erased
                try:
                    await self._pictures.put(preview_path(visit_id, artist_id), canvas)
                except StoreUnavailable:
                    return  # the next canvas is as good
            self._shown[visit_id, artist_id] = (canvas, self._shown.get((visit_id, artist_id), (b"", 0))[1] + 1)
            self._changed.add(visit_id)
            self._woken.set()

        try:
            async with asyncio.TaskGroup() as group:
                for canvas in canvases:
                    group.create_task(put(*canvas))
        except* Exception:  # the edge of a task: without it no other replica would show a canvas any more
            log.exception("sharing a canvas broke")

    # -- hearing -----------------------------------------------------------------------------------------------------------

    def _heard(self, payload: str) -> None:
        live: Mapping[str, Any]
        source, visit_id, live = json.loads(payload)
        paintings: dict[str, PaintingProgress | None] = {}
        steps: dict[str, StepProgress | None] = {}
        for name, said in live.items():
            kind, _, artist_id = name.partition(":")
            if kind == "paint":
                paintings[artist_id] = said and _painting(said)
            else:
                steps[name] = said and StepProgress(**_known(StepProgress, said))
        self._progress.heard(visit_id, source, paintings, steps)


def _painting(said: Mapping[str, Any]) -> PaintingProgress:
    return replace(PaintingProgress(**_known(PaintingProgress, said)), state=PaintingState(said["state"]))


def _known(kind: type[PaintingProgress | StepProgress], said: Mapping[str, Any]) -> dict[str, Any]:
    """Give what this version knows: in a rolling update the other replica may be a newer one."""
    names = {one.name for one in fields(kind)} - UNSHARED
    return {name: value for name, value in said.items() if name in names}


def _parts(changed: Mapping[str, PaintingProgress | StepProgress | None]) -> Iterable[dict[str, Any]]:
    """Give the changes as JSON, in parts that fit into a message."""
    names = list(changed)
    for at in range(0, len(names), PAINTINGS_A_MESSAGE):
        yield {name: _plain(changed[name]) for name in names[at : at + PAINTINGS_A_MESSAGE]}


def _plain(one: PaintingProgress | StepProgress | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {key: value for key, value in asdict(one).items() if key not in UNSHARED and value not in (None, "", 0)}
