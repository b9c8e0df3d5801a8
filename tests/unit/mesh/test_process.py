"""A whole process: its signals, its exit status, and what it weighs."""

import asyncio
import re
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from articket.stylize.v1.stylize_pb2 import DescribeRequest, StylizeRequest
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh.channels import open_channel
from articket_mesh.errors import MeshError

PROGRAM = """
import asyncio, sys
from articket_mesh.logs import configure_logging
from articket_mesh.server import serve
from articket_mesh.settings import MeshSettings, load_settings
from tests.unit.mesh.scripted import endless_steps, scripted_service

async def on_drain():
    print("drained", flush=True)

async def warm_up():
    if "--fail" in sys.argv:
        raise RuntimeError("no weights")

settings = load_settings(MeshSettings)
configure_logging("studio", settings)
asyncio.run(serve(settings, [scripted_service(stylize=endless_steps)], on_drain=on_drain, warm_up=warm_up))
"""


@dataclass(frozen=True)
class Started:
    """A process that has said where it listens."""

    process: asyncio.subprocess.Process
    target: str


async def launched(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(PROGRAM), *arguments,
        env={"PYTHONPATH": ":".join(sys.path), **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def started(**environment: str) -> AsyncIterator[Started]:
    process = await launched(**environment)
    try:
        line = (await process.stderr.readline()).decode()
        yield Started(process, re.search(r"listening on (\S+?),?\s", line)[1])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_and_ends_the_process(number):
    async with started() as service:
        service.process.send_signal(number)
        out, err = await asyncio.wait_for(service.process.communicate(), 5)
        assert (service.process.returncode, out) == (0, b"drained\n")
        assert b"Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_the_process_at_once(number):
    async with started(ARTICKET_DRAIN_SECONDS="60") as service, open_channel(service.target) as channel:
        stream = StylizeServiceStub(channel).Stylize(StylizeRequest(), timeout=60)
        await anext(stream)
        service.process.send_signal(number)
        await asyncio.sleep(0.3)
        await anext(stream)
        service.process.send_signal(number)
        assert await asyncio.wait_for(service.process.wait(), 2) == -number
        with pytest.raises(MeshError):
            async for _ in stream:
                pass


async def test_a_failing_warm_up_ends_the_process():
    process = await launched("--fail")
    _, err = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 1
    assert b"RuntimeError: no weights" in err


async def test_a_taken_port_is_one_line_and_status_1():
    async with started() as service:
        process = await launched(ARTICKET_PORT=service.target.rpartition(":")[2])
        _, err = await asyncio.wait_for(process.communicate(), 10)
    ours = [line for line in err.decode().splitlines() if "studio" in line]
    assert process.returncode == 1
    assert len(ours) == 1
    assert "cannot listen on" in ours[0]
    assert b"Traceback" not in err


async def test_a_bare_service_is_small_and_loads_nothing_heavy():
    async with started() as service, open_channel(service.target) as channel:
        await StylizeServiceStub(channel).Describe(DescribeRequest(), timeout=5)
        with open(f"/proc/{service.process.pid}/status") as status:  # noqa: ASYNC230, PTH123 - a file of the kernel
            resident_kib = int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1])
    # Five of these make an idle booth, which has 500 MB for everything (docs/performance.md).
    assert resident_kib < 70 * 1024


async def test_nothing_optional_is_imported_before_it_is_asked_for():
    code = "import sys, articket_mesh.server, articket_mesh.channels; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    packages = {name.partition(".")[0] for name in out.decode().split()}
    assert packages.isdisjoint({"opentelemetry", "cryptography", "numpy", "PIL", "fastapi", "pytest"})
