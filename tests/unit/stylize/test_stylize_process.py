"""`python -m articket_stylize` as a process: it serves, it drains, it says why it does not start."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from articket.stylize.v1 import stylize_pb2
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh.channels import open_channel
from articket_stylize.settings import StylizeSettings
from tests.support.stylize import a_photo

ARTISTS = Path(__file__).parents[3] / "plugins" / "artists"


async def started(**settings: str) -> asyncio.subprocess.Process:
    """Start the service with the simulated engine."""
    variables = {"PORT": "0", "ENGINE": "simulated", "ARTISTS": str(ARTISTS), "SIMULATED_SECONDS": "0.5"} | settings
    environment = os.environ | {f"ARTICKET_STYLIZE_{name}": value for name, value in variables.items()}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "articket_stylize", stderr=asyncio.subprocess.PIPE, env=environment
    )


async def port_of(service: asyncio.subprocess.Process) -> int:
    """Read the log up to the line that tells the port."""
    assert service.stderr is not None
    async with asyncio.timeout(10):
        while line := (await service.stderr.readline()).decode():
            if found := re.search(r"listening on [\d.]+:(\d+)", line):
                return int(found[1])
    raise AssertionError("the service ended before it listened")


async def test_a_painting_that_is_running_is_finished_when_the_service_is_told_to_stop():
    service = await started(SERVES="vangogh, picasso")
    async with open_channel(f"127.0.0.1:{await port_of(service)}") as channel:
        stub = StylizeServiceStub(channel)
        described = await stub.Describe(stylize_pb2.DescribeRequest(), timeout=5.0)
        assert [artist.artist_id for artist in described.artists] == ["picasso", "vangogh"]
        call = stub.Stylize(stylize_pb2.StylizeRequest(artist_id="vangogh", photo=a_photo()), timeout=10.0)
        stream = aiter(call)
        await anext(stream)
        service.send_signal(signal.SIGTERM)
        assert [response async for response in stream][-1].HasField("painting")
    await service.communicate()
    assert service.returncode == 0


async def test_a_missing_artists_folder_is_told_in_one_line():
    service = await started(ARTISTS="/no/such/folder")
    _, log = await service.communicate()
    assert service.returncode == 1
    assert b"/no/such/folder" in log
    assert b"Traceback" not in log


@pytest.mark.parametrize(
    ("value", "served"), [("", ()), ("vangogh", ("vangogh",)), (" vangogh , picasso,", ("vangogh", "picasso"))]
)
def test_the_served_artists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, value: str, served: tuple[str, ...]):
    monkeypatch.setenv("ARTICKET_STYLIZE_SERVES", value)
    assert StylizeSettings().serves == served
