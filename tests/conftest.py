"""What holds for every test: those that measure time have the machine for themselves, though processes share the run."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOM = pytest.StashKey[Path]()
"""The folder with the files that the processes of a run lock."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the room, or enter that of the process which leads the run."""
    leader = getattr(config, "workerinput", None)
    config.stash[ROOM] = Path(leader["room"] if leader else tempfile.mkdtemp(prefix="articket-tests-"))


@pytest.hookimpl(optionalhook=True)  # there is xdist only where it is wanted
def pytest_configure_node(node: Any) -> None:
    """Tell a process that joins the run where the room is."""
    node.workerinput["room"] = str(node.config.stash[ROOM])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the room."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[ROOM], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep those that measure time for the end, so that the others wait for them only once, and the browser's behind them.

    A browser's driver keeps an event loop of its own running in its thread: no asynchronous test can follow in that process.
    """
    items.sort(key=lambda item: ("browser" in getattr(item, "fixturenames", ()), item.get_closest_marker("alone") is not None))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test that is marked `alone` wait for those under way, and let no other begin until it has ended.

    Who wants the room alone keeps the door shut while waiting; otherwise the others, who share it, would always come first.
    """
    door, room = item.config.stash[ROOM] / "door", item.config.stash[ROOM] / "room"
    if item.get_closest_marker("alone"):
        with _locked(door, fcntl.LOCK_EX), _locked(room, fcntl.LOCK_EX):
            return (yield)
    with ExitStack() as inside:
        with _locked(door, fcntl.LOCK_SH):
            inside.enter_context(_locked(room, fcntl.LOCK_SH))
        return (yield)


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("ab") as file:
        fcntl.flock(file, how)  # closing gives it back, also by the death of the process
        yield
