"""What is under way at one replica is seen at another, and forgotten with it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from articket_gateway.errors import StoreUnavailable
from articket_gateway.sharing import live as live_module
from articket_gateway.sharing import replicas as replicas_module
from articket_gateway.sharing.live import Live
from articket_gateway.sharing.replicas import Replicas
from articket_gateway.storing.pictures import PictureStore, preview_path
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.states import PaintingState
from tests.support.waiting import until


@dataclass
class Wire:
    """Buses that hear each other in this process."""

    buses: "list[WiredBus]" = field(default_factory=list)
    is_cut: bool = False


class WiredBus:
    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.hearers: defaultdict[str, list[Callable[[str], None]]] = defaultdict(list)
        self.lookers: list[Callable[[], None]] = []
        self.told: list[tuple[str, str]] = []
        wire.buses.append(self)

    def publish(self, topic: str, payload: str) -> None:
        self.told.append((topic, payload))
        for bus in self.wire.buses:
            for hear in bus.hearers[topic] if bus is not self and not self.wire.is_cut else ():
                hear(payload)

    def subscribe(self, topic: str, hear: Callable[[str], None]) -> None:
        self.hearers[topic].append(hear)

    def on_gap(self, look_again: Callable[[], None]) -> None:
        self.lookers.append(look_again)

    async def open(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class Replica:
    bus: WiredBus
    progress: Progress
    replicas: Replicas
    is_watched: bool = False

    def live_told(self) -> list[dict[str, object]]:
        return [json.loads(payload)[2] for topic, payload in self.bus.told if topic == "live"]


@asynccontextmanager
async def running(wire: Wire, pictures: PictureStore, name: str) -> AsyncIterator[Replica]:
    bus, progress = WiredBus(wire), Progress()
    replica = Replica(bus, progress, Replicas(bus, name=name, is_watching=lambda: replica.is_watched))
    live = Live(bus, replica.replicas, progress, pictures)
    tasks = [asyncio.create_task(work()) for work in (live.keep_telling, live.keep_showing, replica.replicas.keep_saying)]
    try:
        yield replica
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Replica, Replica, PictureStore]]:
    for module, name, seconds in (
        (live_module, "TOLD_SECONDS", 0.05),
        (live_module, "PREVIEW_SECONDS", 0.05),
        (replicas_module, "HERE_SECONDS", 0.1),
        (replicas_module, "LOOK_SECONDS", 0.02),
        (replicas_module, "SILENT_SECONDS", 0.4),
    ):
        monkeypatch.setattr(module, name, seconds)
    pictures, wire = PictureStore(str(tmp_path)), Wire()
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(running(wire, pictures, name)) for name in ("one", "other")]
        other.is_watched = True
        await until(lambda: one.replicas.are_watching)
        yield one, other, pictures


async def test_a_painting_under_way_is_seen_with_its_canvas(two: tuple[Replica, Replica, PictureStore]):
    one, other, pictures = two
    one.progress.sent("v", "vangogh", "stylize-1", "painterly", 1)
    one.progress.stepped("v", "vangogh", 2, 4, "layer", b"canvas")
    seen = await until(lambda: other.progress.of("v").get("vangogh"), lambda seen: seen and seen.has_preview)
    assert (seen.state, seen.step, seen.steps, seen.pod, seen.preview) == (PaintingState.PAINTING, 2, 4, "stylize-1", b"")
    assert await pictures.get(preview_path("v", "vangogh")) == b"canvas"


async def test_what_has_ended_there_is_gone_here(two: tuple[Replica, Replica, PictureStore]):
    one, other, _ = two
    one.progress.begun("v", "vangogh")
    one.progress.step_begun("v", "caption")
    await until(lambda: (other.progress.of("v"), other.progress.steps_of("v")), all)
    one.progress.forget("v", "vangogh")
    one.progress.step_ended("v", "caption")
    await until(lambda: (other.progress.of("v"), other.progress.steps_of("v")), lambda seen: seen == ({}, {}))


async def test_a_watcher_is_woken_for_what_is_stored_elsewhere_and_nobody_tells_it_on(
    two: tuple[Replica, Replica, PictureStore],
):
    one, other, _ = two
    with other.progress.watch("v") as watcher:
        watcher.has_news = False
        one.progress.wake("v")
        await asyncio.wait_for(watcher.woken.wait(), 1)
        assert watcher.has_news
    assert [topic for topic, _ in other.bus.told if topic != "here"] == []


async def test_steps_are_told_a_few_times_a_second_at_most(
    two: tuple[Replica, Replica, PictureStore], monkeypatch: pytest.MonkeyPatch
):
    one, other, _ = two
    monkeypatch.setattr(live_module, "TOLD_SECONDS", 0.3)
    one.progress.begun("v", "vangogh")
    await asyncio.sleep(0.35)
    before = len(one.live_told())
    for step in range(60):
        one.progress.stepped("v", "vangogh", step, 60, "", b"")
        await asyncio.sleep(0.01)
    await until(lambda: other.progress.of("v")["vangogh"].step, lambda step: step == 59)
    assert len(one.live_told()) - before <= 4


async def test_nothing_is_told_where_nobody_looks_and_everything_when_somebody_comes(
    two: tuple[Replica, Replica, PictureStore],
):
    one, other, _ = two
    other.is_watched = False
    await until(lambda: not one.replicas.are_watching)
    before = len(one.live_told())
    one.progress.stepped("v", "vangogh", 1, 4, "", b"canvas")
    await asyncio.sleep(0.2)
    assert (len(one.live_told()), other.progress.of("v")) == (before, {})
    other.is_watched = True
    await until(lambda: other.progress.of("v").get("vangogh"))


async def test_a_replica_that_falls_silent_is_forgotten(two: tuple[Replica, Replica, PictureStore]):
    one, other, _ = two
    one.progress.begun("v", "vangogh")
    await until(lambda: other.progress.of("v"))
    one.bus.wire.is_cut = True
    await until(lambda: other.progress.of("v"), lambda seen: seen == {})
    assert not other.replicas.are_there


async def test_what_runs_here_counts_more_than_what_was_heard(two: tuple[Replica, Replica, PictureStore]):
    one, other, _ = two
    one.progress.begun("v", "vangogh")
    await until(lambda: other.progress.of("v"))
    other.progress.waits("v", "vangogh", 3)  # taken over
    one.progress.stepped("v", "vangogh", 4, 4, "", b"")
    await asyncio.sleep(0.15)
    assert other.progress.of("v")["vangogh"].position == 3


async def test_fields_of_a_newer_version_are_no_trouble(two: tuple[Replica, Replica, PictureStore]):
    one, other, _ = two
    said = {"paint:vangogh": {"state": "painting", "mood": "blue", "step": 1}, "caption": {"started_at": 1.0, "mood": "blue"}}
    one.bus.publish("live", json.dumps(["one", "v", said]))
    assert other.progress.of("v")["vangogh"].step == 1
    assert other.progress.steps_of("v")["caption"].started_at == 1.0


async def test_many_artists_fit_into_messages(two: tuple[Replica, Replica, PictureStore]):
    one, other, _ = two
    for number in range(100):
        one.progress.sent("v", f"artist-{number}", "stylize-1", "painterly", 1)
        one.progress.tried("v", f"artist-{number}", "ENGINE_FAILED", 1)
        one.progress.stepped("v", f"artist-{number}", 1, 4, "칠" * 300, b"")
    await until(lambda: len(other.progress.of("v")), lambda count: count == 100)
    assert max(len(payload.encode()) for _, payload in one.bus.told) < 7000


async def test_a_picture_store_that_is_away_costs_only_the_canvas(
    two: tuple[Replica, Replica, PictureStore], monkeypatch: pytest.MonkeyPatch
):
    one, other, _ = two

    async def fail(*_: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(PictureStore, "put", fail)
        one.progress.stepped("v", "vangogh", 1, 4, "", b"first")
        await until(lambda: other.progress.of("v").get("vangogh"))
        await asyncio.sleep(0.15)
        assert not other.progress.of("v")["vangogh"].has_preview
    await until(lambda: other.progress.of("v")["vangogh"].has_preview)
