"""Metrics: every call counted once on both sides, by outcome, and shown on a port that Prometheus can read."""

import asyncio
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
from prometheus_client import Counter

from articket.stylize.v1.stylize_pb2 import DescribeRequest, StylizeRequest
from articket_mesh.errors import ErrorReason, MeshError, PermanentError
from articket_mesh.metrics import registry
from articket_mesh.server import running
from articket_mesh.settings import MeshSettings
from tests.unit.mesh.scripted import SERVICE, endless_steps, scripted_service


def counted(side, method, code, reason=""):
    labels = {"method": f"{SERVICE}/{method}", "code": code, "reason": reason}
    handled = registry.get_sample_value(f"articket_grpc_{side}_handled_total", labels) or 0
    assert (registry.get_sample_value(f"articket_grpc_{side}_seconds_count", labels) or 0) == handled
    return handled


class Growth:
    """How much both sides' count of one outcome has grown since."""

    def __init__(self, *outcome):
        self.outcome = outcome
        self.before = self.now()

    def now(self):
        return counted("server", *self.outcome), counted("client", *self.outcome)

    def __call__(self):
        return tuple(now - before for now, before in zip(self.now(), self.before, strict=True))


async def test_an_answered_call_is_counted_on_both_sides(start_mesh):
    mesh = await start_mesh()
    growth = Growth("Describe", "OK")
    await mesh.stub.Describe(DescribeRequest(), timeout=5)
    assert growth() == (1, 1)


async def test_a_finished_stream_is_one_call(start_mesh):
    mesh = await start_mesh()
    growth = Growth("Stylize", "OK")
    async for _ in mesh.stub.Stylize(StylizeRequest(), timeout=5):
        pass
    assert growth() == (1, 1)


async def test_a_failed_call_is_counted_by_its_reason(start_mesh):
    async def refuse(request, context):
        raise PermanentError(ErrorReason.BAD_PICTURE, "photo")

    mesh = await start_mesh(describe=refuse)
    growth = Growth("Describe", "INVALID_ARGUMENT", "BAD_PICTURE")
    with pytest.raises(MeshError):
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    assert growth() == (1, 1)


@pytest.mark.parametrize("way", ["cancel", "leave"])
async def test_a_stream_that_is_given_up_is_counted_as_cancelled(start_mesh, way):
    mesh = await start_mesh(stylize=endless_steps)
    growth = Growth("Stylize", "CANCELLED")
    call = mesh.stub.Stylize(StylizeRequest(), timeout=5)
    await anext(call)
    if way == "cancel":
        call.cancel()
    del call
    await asyncio.sleep(0.1)
    assert growth() == (1, 1)


async def test_a_running_call_is_seen(start_mesh):
    mesh = await start_mesh(stylize=endless_steps)
    call = mesh.stub.Stylize(StylizeRequest(), timeout=5)
    await anext(call)
    labels = {"method": f"{SERVICE}/Stylize"}
    assert registry.get_sample_value("articket_grpc_server_running", labels) == 1
    call.cancel()
    await asyncio.sleep(0.1)
    assert registry.get_sample_value("articket_grpc_server_running", labels) == 0


async def test_names_that_nobody_serves_make_no_series(start_mesh):
    mesh = await start_mesh()
    with pytest.raises(PermanentError):
        await mesh.channel.unary_unary("/made.up/Name")(b"", timeout=5)
    series = [sample for metric in registry.collect() for sample in metric.samples if "server" in sample.name]
    assert not [sample for sample in series if "made.up" in sample.labels.get("method", "")]


async def scraped(port):
    url = f"http://127.0.0.1:{port}/metrics"
    return await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=5).read().decode())


async def test_the_port_shows_our_metrics_and_a_services_own(start_mesh):
    own = Counter("articket_test_paintings_total", "Paintings made by this test.")
    try:
        own.inc()
        mesh = await start_mesh(MeshSettings(metrics_port=0))
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
        text = await scraped(mesh.server.metrics_port)
    finally:
        registry.unregister(own)
    assert "articket_test_paintings_total 1.0" in text
    assert f'articket_grpc_server_handled_total{{code="OK",method="{SERVICE}/Describe",reason=""}}' in text
    assert "_created" not in text


async def test_the_port_closes_with_the_server(start_mesh):
    async with running(MeshSettings(metrics_port=0), [scripted_service()]) as server:
        port = server.metrics_port
    with pytest.raises(urllib.error.URLError):
        await scraped(port)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool comes with Prometheus")
async def test_promtool_finds_nothing_to_mend(start_mesh):
    mesh = await start_mesh(MeshSettings(metrics_port=0))
    await mesh.stub.Describe(DescribeRequest(), timeout=5)
    text = await scraped(mesh.server.metrics_port)
    checked = await asyncio.to_thread(
        subprocess.run, ["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_every_metric_of_ours_is_named_and_explained():
    ours = [metric for metric in registry.collect() if "articket" in metric.name]
    assert ours
    for metric in ours:
        assert metric.name.startswith("articket_")
        assert metric.documentation.endswith(".")
