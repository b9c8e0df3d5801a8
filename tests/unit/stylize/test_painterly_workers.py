"""The painterly engine's processes: shared, stopped, killed, ended, healed. The painter in them is a dabbler."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines import PaintJob
from articket_stylize.engines.painterly_engine import PainterlyEngine
from tests.support import dabbling_worker as seeds
from tests.support.stylize import DABBLING_WORKER, a_job, a_photo, paint, until


@pytest.fixture
async def engine() -> AsyncIterator[PainterlyEngine]:
    engine = PainterlyEngine(slots=2, command=DABBLING_WORKER)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
def analyses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that has a line for each analysis; to be asked for before the engine."""
    log = tmp_path / "analyses"
    log.touch()
    monkeypatch.setenv(seeds.ANALYSES, str(log))
    return log


def made(analyses: Path) -> int:
    """How many analyses were made."""
    return len(analyses.read_text().splitlines())


def worker_pids() -> set[int]:
    """The children of this process that run the dabbling worker."""
    listed: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except (OSError, IndexError):
            continue
        if parent == os.getpid() and "dabbling_worker" in command:
            listed.add(int(folder.name))
    return listed


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended and that nobody asks after does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def cancelled_after(engine: PainterlyEngine, job: PaintJob, seconds: float) -> float:
    """Start the job, cancel it after some time, and give the seconds from then until its slot was free."""
    painting = asyncio.create_task(paint(engine, job))
    await asyncio.sleep(seconds)
    painting.cancel()
    cancelled = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await painting
    return time.perf_counter() - cancelled


async def test_one_analysis_serves_four_paintings_at_once(analyses: Path, engine: PainterlyEngine):
    await asyncio.gather(*(paint(engine, a_job(seed)) for seed in range(4)))
    assert made(analyses) == 1


async def test_photos_that_are_painted_in_turns_are_analysed_once_each(analyses: Path, engine: PainterlyEngine):
    for seed in range(3):
        for shade in range(4):
            await paint(engine, a_job(seed, a_photo(shade=shade)))
    assert made(analyses) == 4


@pytest.mark.alone
async def test_two_paintings_run_in_two_processes(engine: PainterlyEngine):
    await asyncio.gather(paint(engine, a_job(1)), paint(engine, a_job(2)))  # both have started
    began = time.perf_counter()
    await asyncio.gather(paint(engine, a_job(seeds.SLEEPS)), paint(engine, a_job(seeds.SLEEPS)))
    assert time.perf_counter() - began < 1.8  # one after the other it were over 2
    assert len(worker_pids()) == 2


async def test_a_third_painting_waits_for_a_process(engine: PainterlyEngine):
    await asyncio.gather(*(paint(engine, a_job(seed)) for seed in range(6)))
    assert len(worker_pids()) <= 2


@pytest.mark.alone
@pytest.mark.parametrize("seed", [seeds.SLEEPS, seeds.SLEEPS_DEAF, seeds.SPINS])
async def test_cancelling_frees_the_slot_within_a_fifth_of_a_second(engine: PainterlyEngine, seed: int):
    assert await cancelled_after(engine, a_job(seed), 0.3) < 0.2


async def test_a_cancelled_worker_that_obeys_paints_on(engine: PainterlyEngine):
    before = worker_pids()
    await cancelled_after(engine, a_job(seeds.SPINS), 0.3)
    await paint(engine, a_job())
    assert worker_pids() == before


async def test_a_worker_that_does_not_stop_is_killed(engine: PainterlyEngine):
    before = worker_pids()
    await cancelled_after(engine, a_job(seeds.SLEEPS_DEAF), 0.3)
    assert not worker_pids() & before


async def test_paintings_are_the_same_after_a_cancelled_one(engine: PainterlyEngine):
    _, before = await paint(engine, a_job())
    await cancelled_after(engine, a_job(seeds.SPINS, a_photo(shade=9)), 0.2)
    _, after = await paint(engine, a_job())
    assert before.picture == after.picture


async def test_who_waits_for_an_analysis_makes_it_when_the_first_is_cancelled(engine: PainterlyEngine):
    first = asyncio.create_task(paint(engine, a_job(1)))
    second = asyncio.create_task(paint(engine, a_job(2)))
    await asyncio.sleep(seeds.ANALYSIS_SECONDS / 2)
    first.cancel()
    _, painted = await second
    assert painted.picture
    await asyncio.wait({first})


async def test_a_killed_worker_costs_its_own_painting_only(engine: PainterlyEngine):
    doomed, fine = await asyncio.gather(
        paint(engine, a_job(seeds.DIES)), paint(engine, a_job(seeds.SLEEPS)), return_exceptions=True
    )
    assert isinstance(doomed, TransientError)
    assert doomed.reason == ErrorReason.ENGINE_FAILED
    assert "SIGKILL" in doomed.message
    assert not isinstance(fine, BaseException)


async def test_a_dead_worker_is_replaced(engine: PainterlyEngine):
    with pytest.raises(TransientError):
        await paint(engine, a_job(seeds.DIES))
    _, painted = await paint(engine, a_job())
    assert painted.picture


async def test_a_worker_killed_while_idle_is_noticed(engine: PainterlyEngine):
    await paint(engine, a_job())
    for pid in worker_pids():
        os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.05)
    _, painted = await paint(engine, a_job())
    assert painted.picture


async def test_a_fault_in_the_painter_costs_the_painting_and_not_the_worker(engine: PainterlyEngine):
    before = worker_pids()
    with pytest.raises(TransientError) as failure:
        await paint(engine, a_job(seeds.FAILS))
    assert failure.value.reason == ErrorReason.ENGINE_FAILED
    await paint(engine, a_job())
    assert worker_pids() == before


async def test_lack_of_memory_has_its_own_reason(engine: PainterlyEngine):
    with pytest.raises(TransientError) as failure:
        await paint(engine, a_job(seeds.RUNS_OUT_OF_MEMORY))
    assert failure.value.reason == ErrorReason.OUT_OF_MEMORY


async def test_idle_workers_end():
    engine = PainterlyEngine(slots=2, command=DABBLING_WORKER, idle_seconds=0.1)
    await asyncio.gather(paint(engine, a_job(1)), paint(engine, a_job(2)))
    await until(lambda: not worker_pids(), seconds=3.0)
    _, painted = await paint(engine, a_job())
    assert painted.picture
    await engine.close()


async def test_closing_leaves_no_process():
    engine = PainterlyEngine(slots=2, command=DABBLING_WORKER)
    await asyncio.gather(paint(engine, a_job(1)), paint(engine, a_job(2)))
    await engine.close()
    assert not worker_pids()


async def test_workers_that_cannot_start_make_the_engine_unavailable():
    engine = PainterlyEngine(slots=1, command=("/bin/false",))
    with pytest.raises(TransientError) as failure:
        await engine.start()
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE


async def test_a_command_that_is_not_there_makes_the_engine_unavailable():
    engine = PainterlyEngine(slots=1, command=("/no/such/command",))
    with pytest.raises(TransientError) as failure:
        await paint(engine, a_job())
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE


async def test_workers_end_with_a_service_that_was_killed():
    script = Path(__file__).with_name("painting_service.py")
    service = await asyncio.create_subprocess_exec(sys.executable, str(script), stdout=asyncio.subprocess.PIPE)
    assert service.stdout is not None
    worker_pid = int(await service.stdout.readline())
    service.kill()
    await service.wait()
    await until(lambda: not is_running(worker_pid), seconds=1.0)
