"""The supervisor, with tiny children: it starts them again, stops them, and leaves none behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from articket_cli.journal import Journal
from articket_cli.supervising import ChildSpec, Pace, Supervisor, describe_exit, supervised
from tests.unit.cli.support import QUICK, eventually, is_alive, python_child

SLEEP = "import time; print('up'); time.sleep(60)"
DIE = "raise SystemExit(3)"
DRAIN = """
import signal, sys, time
def stop(*_):
    time.sleep(0.1)
    print("drained")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up")
time.sleep(60)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
WITH_WORKER = """
import os, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
print("worker", worker.pid)
time.sleep(60)
"""


async def is_soon(claim, within: float = 5.0) -> bool:
    for _ in range(int(within / 0.01)):
        if claim():
            return True
        await asyncio.sleep(0.01)
    return False


def said(journal: Journal, name: str, words: str) -> bool:
    return any(words in line for line in journal.last_lines(name))


async def running_pid(supervisor: Supervisor, name: str, *, after_starts: int = 1) -> int:
    child = supervisor.children[name]
    assert await is_soon(lambda: child.starts >= after_starts and child.pid is not None)
    assert child.pid is not None
    return child.pid


async def test_child_that_dies_is_started_again(journal: Journal, shown: list[str]):
    async with supervised([python_child("a", SLEEP)], journal, QUICK) as supervisor:
        first = await running_pid(supervisor, "a")
        os.kill(first, signal.SIGKILL)
        second = await running_pid(supervisor, "a", after_starts=2)

        assert second != first
    assert any("down: SIGKILL" in line and "starting it again in 0.0 s" in line for line in shown)


async def test_backoff_doubles_up_to_its_longest(journal: Journal, shown: list[str]):
    pace = Pace(first_backoff=0.1, longest_backoff=0.2)
    async with supervised([python_child("a", DIE)], journal, pace) as supervisor:
        assert await is_soon(lambda: supervisor.children["a"].starts >= 4)
    waits = [line.split("again in ")[1] for line in shown if "again in" in line]

    assert waits[:3] == ["0.1 s", "0.2 s", "0.2 s"]
    assert "exit status 3" in shown[0]


async def test_short_lives_are_counted(journal: Journal):
    async with supervised([python_child("a", DIE)], journal, QUICK) as supervisor:
        assert await is_soon(lambda: supervisor.children["a"].short_lives >= 3)


async def test_stopping_lets_a_child_drain(journal: Journal):
    async with supervised([python_child("a", DRAIN)], journal, QUICK):
        assert await is_soon(lambda: said(journal, "a", "up"))

    assert said(journal, "a", "drained")


async def test_child_that_does_not_drain_is_killed(journal: Journal, shown: list[str]):
    async with supervised([python_child("a", STUBBORN)], journal, QUICK) as supervisor:
        pid = await running_pid(supervisor, "a")
        assert await is_soon(lambda: said(journal, "a", "up"))

    assert not is_alive(pid)
    assert any("did not stop within" in line for line in shown)


async def test_last_child_is_stopped_before_the_others(journal: Journal, tmp_path: Path):
    stamp = f"""
import signal, sys, time
def stop(*_):
    time.sleep(0.1)
    open({str(tmp_path / "order")!r}, "a").write(sys.argv[1])
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up")
time.sleep(60)
"""
    specs = [python_child(name, stamp) for name in ("a", "z")]
    specs = [ChildSpec(spec.name, (*spec.command, spec.name), {}) for spec in specs]
    async with supervised(specs, journal, QUICK):
        assert await is_soon(lambda: said(journal, "a", "up") and said(journal, "z", "up"))

    assert (tmp_path / "order").read_text() == "za"


async def test_worker_of_a_dead_child_dies_with_it(journal: Journal):
    async with supervised([python_child("a", WITH_WORKER)], journal, QUICK) as supervisor:
        pid = await running_pid(supervisor, "a")
        assert await is_soon(lambda: said(journal, "a", "worker"))
        worker = int(journal.last_lines("a")[-1].split()[1])
        os.kill(pid, signal.SIGKILL)

        assert await is_soon(lambda: not is_alive(worker))


async def test_stop_in_the_middle_of_a_backoff_is_immediate(journal: Journal):
    started = time.monotonic()
    slow = Pace(first_backoff=30.0, longest_backoff=30.0)
    async with supervised([python_child("a", DIE)], journal, slow) as supervisor:
        assert await is_soon(lambda: supervisor.children["a"].short_lives == 1)

    assert time.monotonic() - started < 5


async def test_error_inside_the_block_leaves_no_child(journal: Journal):
    pids: list[int] = []

    async def fail_inside() -> None:
        async with supervised([python_child("a", SLEEP)], journal, QUICK) as supervisor:
            pids.append(await running_pid(supervisor, "a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_inside()
    assert not is_alive(pids[0])


async def test_child_that_closes_its_output_costs_no_cpu(journal: Journal):
    silent = "import os, time; os.close(1); os.close(2); time.sleep(60)"
    async with supervised([python_child("a", silent)], journal, QUICK) as supervisor:
        await running_pid(supervisor, "a")
        await asyncio.sleep(0.2)
        before = time.process_time()
        await asyncio.sleep(0.3)

        assert time.process_time() - before < 0.1


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from articket_cli.journal import Journal
from articket_cli.supervising import Pace, supervised
from tests.unit.cli.support import python_child

async def main():
    journal = Journal(Path(sys.argv[1]), print)
    specs = [python_child(name, "import time; time.sleep(60)") for name in "abcd"]
    async with supervised(specs, journal, Pace()) as supervisor:
        while not all(child.pid for child in supervisor.children.values()):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # the children have become what they are to be
        print(*(child.pid for child in supervisor.children.values()), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_killing_the_supervisor_leaves_no_orphan(tmp_path: Path):
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        assert len(pids) == 4
        assert all(is_alive(pid) for pid in pids)
        supervisor.kill()

    assert eventually(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.parametrize(("status", "words"), [(0, "exit status 0"), (-9, "SIGKILL"), (-63, "signal 63")])
def test_end_of_a_process_is_named(status: int, words: str):
    assert describe_exit(status) == words
