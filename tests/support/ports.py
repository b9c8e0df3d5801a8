"""Ports of loopback for the servers that tests start, and looking whether one has begun to listen."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from socket import create_connection, socket

FIRST, BEHIND_LAST = 12_000, 32_000
"""Below the kernel's own range (32768–60999): no client that connects meanwhile is given one of these."""

_given: set[int] = set()


def free_port() -> int:
    """Give a port that nobody listens at, each only once: its server may take its time to start."""
    while True:
        port = random.SystemRandom().randrange(FIRST, BEHIND_LAST)  # not `random`: hypothesis seeds it the same everywhere
        if port in _given:
            continue
        _given.add(port)
        with socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def listens(port: int) -> bool:
    """Tell whether a server takes connections there. A connection, not a request: a client would load its CA files first."""
    try:
        create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def wait_for_port(port: int, is_running: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait until a server listens; raise AssertionError when it does not, or at once when it is not running any more."""
    end = time.monotonic() + seconds
    while not listens(port):
        assert is_running(), f"what should listen at {port} has ended"
        assert time.monotonic() < end, f"nobody listens at {port}"
        time.sleep(0.02)
