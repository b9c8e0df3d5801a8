"""What the worker makes of a sink's answers, also of those that a real printer gives once in a year."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from articket_gateway.printing import working
from articket_gateway.printing.sinks import PrintOrder, Sight, SinkKind, SinkStatus, SinkWaits, Stage, TicketRefused
from articket_gateway.storing.database import Database
from tests.support.printing import PrintStage, print_stage
from tests.support.waiting import until
from tests.unit.gateway.conftest import on_sqlite

pytestmark = on_sqlite  # time and the sink decide here; what is stored is tested in test_prints

UNDER_WAY = Sight(Stage.UNDER_WAY)


class ScriptedSink:
    """A sink that answers what it was told to; an exception is raised. Once the script is over, everything is out."""

    kind = SinkKind.IPP
    look_seconds = 0.1

    def __init__(self, *sights: Sight | Exception) -> None:
        self.name = "scripted"
        self.sights = list(sights)
        self.delivered: list[PrintOrder] = []
        self.withdrawn: list[str] = []
        self.status = SinkStatus()

    async def look(self) -> SinkStatus:
        return self.status

    async def prepare(self, order: PrintOrder, ticket: bytes, *, is_retry: bool) -> str:
        return f"at-{order.mark}"

    async def deliver(self, order: PrintOrder, remote: str, ticket: bytes) -> Sight:
        self.delivered.append(order)
        return await self.follow(order, remote)

    async def follow(self, order: PrintOrder, remote: str) -> Sight:
        if not self.sights:
            return Sight(Stage.OUT)
        sight = self.sights.pop(0)
        if isinstance(sight, Exception):
            raise sight
        return sight

    async def withdraw(self, mark: str, remote: str | None) -> None:
        self.withdrawn.append(mark)

    async def close(self) -> None:
        return


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PAUSES", (0.01, 0.01))
    monkeypatch.setattr(working, "LOOK_AGAIN_SECONDS", 0.01)


@asynccontextmanager
async def staged(database: Database, tmp_path: Path, sink: ScriptedSink, **more: Any) -> AsyncIterator[PrintStage]:
    async with print_stage(database, tmp_path, [sink], **more) as stage:
        yield stage


async def ended(stage: PrintStage, visit_id: str) -> tuple[str, str | None]:
    over = ("printed", "failed", "held", "cancelled")
    (job,) = await until(lambda: stage.jobs(visit_id), lambda jobs: jobs and jobs[0].state in over)
    return job.state.value, job.reason


@pytest.mark.parametrize(
    ("sights", "end", "deliveries"),
    [
        ([UNDER_WAY, UNDER_WAY, Sight(Stage.OUT)], ("printed", None), 1),
        ([UNDER_WAY, Sight(Stage.CANCELLED)], ("cancelled", "cancelled-at-printer"), 1),
        ([UNDER_WAY, Sight(Stage.LOST)], ("held", "outcome-unknown"), 1),
        ([UNDER_WAY, Sight(Stage.ABORTED, sheets=1)], ("held", "partly-printed"), 1),
        ([UNDER_WAY, Sight(Stage.ABORTED, sheets=2)], ("printed", None), 1),
        ([UNDER_WAY, Sight(Stage.ABORTED), UNDER_WAY], ("printed", None), 2),
        ([Sight(Stage.ABORTED)] * 3, ("failed", "aborted"), 3),
        ([TicketRefused()] * 3, ("failed", "refused"), 3),
        # an answer that was lost: whether the ticket is there is asked before it is sent again
        ([SinkWaits("offline", is_certain=False), UNDER_WAY], ("printed", None), 1),
        ([SinkWaits("offline", is_certain=False), Sight(Stage.EMPTY), UNDER_WAY], ("printed", None), 2),
        ([SinkWaits("offline", is_certain=False), Sight(Stage.LOST)], ("held", "outcome-unknown"), 1),
        # surely never sent, and the room is gone: made anew
        ([SinkWaits("offline", is_certain=True), Sight(Stage.LOST), Sight(Stage.EMPTY), UNDER_WAY], ("printed", None), 2),
        # a sink that has taken the ticket and still calls it empty is believed the first time
        ([UNDER_WAY, Sight(Stage.EMPTY), Sight(Stage.EMPTY)], ("printed", None), 1),
    ],
)
async def test_each_answer_has_its_end(
    database: Database, tmp_path: Path, sights: list[Sight | Exception], end: tuple[str, str | None], deliveries: int
):
    sink = ScriptedSink(*sights)
    async with staged(database, tmp_path, sink, copies=2) as stage:
        assert await ended(stage, await stage.ticket()) == end
    assert len(sink.delivered) == deliveries


async def test_each_try_has_a_mark_of_its_own(database: Database, tmp_path: Path):
    sink = ScriptedSink(Sight(Stage.ABORTED), Sight(Stage.ABORTED))
    async with staged(database, tmp_path, sink) as stage:
        await ended(stage, await stage.ticket())
    assert len({order.mark for order in sink.delivered}) == 3


async def test_a_stopped_sink_is_sent_nothing_and_its_job_can_be_cancelled(database: Database, tmp_path: Path):
    sink = ScriptedSink()
    sink.status = SinkStatus(is_stopped=True, reasons=("media-jam",))
    async with staged(database, tmp_path, sink) as stage:
        visit_id = await stage.ticket()
        (job,) = await until(lambda: stage.jobs(visit_id), lambda jobs: jobs[0].reason == "media-jam")
        await stage.printing.cancel(job.id)
        sink.status = SinkStatus()
        await stage.printed(await stage.ticket())
    assert [order.number for order in sink.delivered] == ["0002"]


async def test_a_held_job_is_not_in_the_way_and_counts_until_it_is_cancelled(database: Database, tmp_path: Path):
    sink = ScriptedSink(Sight(Stage.LOST))
    async with staged(database, tmp_path, sink, copies_max=1) as stage:
        held, following = await stage.ticket(), await stage.ticket()
        await stage.printed(following)
        (job,) = await stage.jobs(held)
        assert stage.printing.copies_left([job]) == 0
        shown = stage.printing.ticket_print(held)
        assert shown is not None
        assert (shown.state, shown.reason) == ("held", "outcome-unknown")
        await stage.printing.cancel(job.id)
        assert stage.printing.copies_left(await stage.jobs(held)) == 1


async def test_a_visit_that_is_erased_in_mid_job_is_taken_back_from_the_sink(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(working, "BEAT_SECONDS", 0.05)
    sink = ScriptedSink(*[Sight(Stage.UNDER_WAY, ("media-empty",), is_stuck=True)] * 5000)
    async with staged(database, tmp_path, sink) as stage:
        visit_id = await stage.ticket()
        await until(lambda: sink.delivered)
        await stage.erase(visit_id)
        assert await ended(stage, visit_id) == ("cancelled", "erased")
    assert sink.withdrawn == [sink.delivered[0].mark]
