"""Helpers of the command's tests: children that do as they are told, and a look at processes."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from articket_cli.supervising import ChildSpec, Pace

QUICK = Pace(first_backoff=0.02, longest_backoff=0.08, stable_after=5.0, drain=0.5)


def python_child(name: str, code: str, **environment: str) -> ChildSpec:
    """A child that runs this Python code; without `site`, so it starts in 10 ms."""
    return ChildSpec(name, (sys.executable, "-I", "-S", "-u", "-c", code), environment)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(claim: Callable[[], object], within: float = 5.0) -> bool:
    """Wait until the claim is true."""
    deadline = time.monotonic() + within
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
