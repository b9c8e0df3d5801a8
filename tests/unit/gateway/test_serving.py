"""The process: what it says when it cannot start, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.slow


@contextmanager
def process(folder: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    variables = {f"ARTICKET_GATEWAY_{key.upper()}": value for key, value in settings.items()}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ARTICKET_")} | variables
    started = subprocess.Popen(
        [sys.executable, "-m", "articket_gateway"],
        env={"ARTICKET_GATEWAY_DATA_DIR": str(folder), "ARTICKET_GATEWAY_PORT": "0"} | environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def url_of(gateway: subprocess.Popen[str]) -> str:
    assert gateway.stderr is not None
    for line in gateway.stderr:
        if "running on" in line:
            return line.partition("running on ")[2].split()[0]
    raise AssertionError("the gateway has ended")


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        ({"artists": "/nowhere"}, 1, "/nowhere"),
        ({"quiz": "/nowhere/quiz.yaml"}, 1, "quiz.yaml"),
        ({"data_dir": "/dev/null/data"}, 1, "/dev/null/data"),
        ({"retention_hours": "-1"}, 2, "ARTICKET_GATEWAY_RETENTION_HOURS"),
        ({"stylize_targets": ","}, 2, "ARTICKET_GATEWAY_STYLIZE_TARGETS"),
        ({"tls_cert": "/nowhere", "tls_key": "/nowhere", "tls_ca": "/nowhere"}, 1, "/nowhere"),
    ],
)
def test_what_keeps_it_from_starting_is_said_in_one_line(tmp_path: Path, settings: dict[str, str], status: int, said: str):
    with process(tmp_path, **settings) as gateway:
        _, text = gateway.communicate(timeout=30)
    lines = [line for line in text.splitlines() if " INFO " not in line]
    assert (gateway.returncode, len(lines)) == (status, 1), text
    assert said in lines[0]


def test_a_second_gateway_on_the_same_data_is_refused_in_one_line(tmp_path: Path):
    with process(tmp_path) as first:
        url_of(first)
        with process(tmp_path) as second:
            _, text = second.communicate(timeout=30)
    assert second.returncode == 1
    assert "another gateway uses this SQLite file" in text
    assert "Traceback" not in text


def test_a_taken_port_is_said_without_a_traceback(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with process(tmp_path, port=str(taken.getsockname()[1])) as gateway:
            _, text = gateway.communicate(timeout=30)
    assert gateway.returncode not in (0, None)
    assert "address already in use" in text
    assert "Traceback" not in text


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_drains_at_once_also_while_visitors_follow(tmp_path: Path, number: signal.Signals):
    with process(tmp_path) as gateway:
        url = url_of(gateway)
        visit_id = httpx.post(f"{url}/api/v1/visits", **PLAIN).json()["id"]
        with httpx.stream("GET", f"{url}/api/v1/visits/{visit_id}/events", **PLAIN) as response:
            lines = response.iter_lines()
            next(lines)
            started = time.monotonic()
            gateway.send_signal(number)
            list(lines)  # ends whole: no error in mid-stream
        _, text = gateway.communicate(timeout=10)
    assert gateway.returncode == 0, text
    assert time.monotonic() - started < 3
    assert "Traceback" not in text
    assert "ERROR" not in text
    assert visit_id not in text
