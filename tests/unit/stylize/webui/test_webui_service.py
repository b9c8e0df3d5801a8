"""The stylize service with the webui engine: its settings, and the whole process beside a stand-in server."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from articket.stylize.v1 import stylize_pb2
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh.channels import open_channel
from articket_mesh.errors import ErrorReason, TransientError
from articket_mesh.settings import load_settings
from articket_mesh.testing_certificates import CertificateAuthority
from articket_stylize.__main__ import webui_config
from articket_stylize.engines.webui import NamedLora, WebuiEngine
from articket_stylize.settings import StylizeSettings
from tests.support.stylize import a_job, paint
from tests.support.webui.painting import a_config, a_photo
from tests.support.webui.stand_in import StandIn

ARTISTS = Path(__file__).parents[4] / "plugins" / "artists"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "expected webui_url for the webui engine"),
        ({"WEBUI_URL": "10.0.0.7:7860"}, "WEBUI_URL: expected http:// or https://"),
        ({"WEBUI_URL": "http://h:99999"}, "WEBUI_URL: expected http:// or https://"),
        ({"WEBUI_URL": "http://booth:hunter2@h"}, "expected webui_url without user and password"),
        ({"WEBUI_URL": "ftp://booth:hunter2@h"}, "expected webui_url without user and password"),
        ({"WEBUI_URL": "http://h", "WEBUI_USER": "booth"}, "expected webui_user and webui_password together"),
        ({"WEBUI_URL": "http://h", "WEBUI_USER": "a:hunter2", "WEBUI_PASSWORD": "hunter2"}, "expected a user without a colon"),
        ({"WEBUI_URL": "http://h", "WEBUI_CA": "/no/such"}, "expected a PEM file that is there"),
        ({"WEBUI_URL": "http://h", "WEBUI_LORAS": "vangogh"}, "expected artist=name or artist=name@hash"),
        ({"WEBUI_URL": "http://h", "WEBUI_LORAS": "vangogh=a>b"}, "expected artist=name or artist=name@hash"),
        ({"WEBUI_URL": "http://h", "WEBUI_PAINTING_SECONDS": "0"}, "WEBUI_PAINTING_SECONDS: expected greater than 0"),
        ({"WEBUI_URL": "http://h", "SLOTS": "2"}, "expected slots of 1"),
    ],
)
def test_a_wrong_setting_is_one_line_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: dict[str, str], line: str
):
    for name, value in ({"ENGINE": "webui"} | settings).items():
        monkeypatch.setenv(f"ARTICKET_STYLIZE_{name}", value)
    with pytest.raises(SystemExit):
        load_settings(StylizeSettings)
    (told,) = capsys.readouterr().err.splitlines()
    assert line in told
    assert "hunter2" not in told


def test_the_settings_reach_the_engine(monkeypatch: pytest.MonkeyPatch):
    settings = {
        "ENGINE": "webui",
        "WEBUI_URL": "https://gpu:7860/sub/",
        "WEBUI_USER": "booth",
        "WEBUI_PASSWORD": "hunter2",
        "WEBUI_CHECKPOINT": "v1-5",
        "WEBUI_LORAS": "vangogh=style v2@4a5b6c7d8e9f, picasso=pic",
        "WEBUI_LONG_SIDE_PX": "1024",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ARTICKET_STYLIZE_{name}", value)
    config = webui_config(StylizeSettings())
    assert (config.url, config.user, config.password, config.checkpoint) == (
        "https://gpu:7860/sub/",
        "booth",
        "hunter2",
        "v1-5",
    )
    assert config.loras == {"vangogh": NamedLora("style v2", "4a5b6c7d8e9f"), "picasso": NamedLora("pic")}
    assert config.long_side_px == 1024
    assert "hunter2" not in repr(config) + repr(StylizeSettings())


async def test_tls_is_checked_against_the_given_authorities(tmp_path: Path):
    files = CertificateAuthority().issue(tmp_path)
    with StandIn(tls=(files.cert, files.key)) as webui:
        trusting = WebuiEngine(a_config(webui, ca=files.ca))
        await trusting.start()
        await paint(trusting, a_job(photo=a_photo()))
        await trusting.close()
        strict = WebuiEngine(a_config(webui))
        with pytest.raises(TransientError) as failure:
            await strict.start()
        assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
        await strict.close()


async def test_a_pod_waits_for_a_server_that_comes_later_and_says_so_once():
    with StandIn() as webui:
        port = webui._port
    variables = {"PORT": "0", "ENGINE": "webui", "ARTISTS": str(ARTISTS), "WEBUI_URL": f"http://127.0.0.1:{port}"}
    service = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "articket_stylize",
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {f"ARTICKET_STYLIZE_{name}": value for name, value in variables.items()},
    )
    assert service.stderr is not None
    log = b""
    while b"WARNING" not in log:
        log += await asyncio.wait_for(service.stderr.readline(), 20)
    found = re.search(rb"listening on [\d.]+:(\d+)", log)
    assert found
    async with open_channel(f"127.0.0.1:{found[1].decode()}") as channel:
        stub = StylizeServiceStub(channel)
        described = await stub.Describe(stylize_pb2.DescribeRequest(), timeout=5.0)
        assert (described.engine, list(described.artists), described.can_draw) == ("webui", [], True)
        with StandIn(port=port):
            while b"painting on" not in log:
                log += await asyncio.wait_for(service.stderr.readline(), 20)
            described = await stub.Describe(stylize_pb2.DescribeRequest(), timeout=5.0)
            assert len(described.artists) == 4
            drawing = stylize_pb2.DrawRequest(prompt="a cat", width=256, height=256)
            events = [event.WhichOneof("event") async for event in stub.Draw(drawing, timeout=10.0)]
            assert (events[0], events[-1], set(events[1:-1])) == ("queued", "drawing", {"step"})
    service.terminate()
    await service.communicate()
    assert log.count(b"no artist is served by this pod yet") == 1
    assert b"the server cannot be reached" in log


async def test_the_service_serves_whom_the_server_can_paint_and_leaves_busy_uncounted():
    with StandIn(step_seconds=0.02, samplers=("Euler a",)) as webui:  # Lichtenstein's sampler and nobody else's
        variables = {"PORT": "0", "ENGINE": "webui", "ARTISTS": str(ARTISTS), "WEBUI_URL": webui.url}
        service = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "articket_stylize",
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {f"ARTICKET_STYLIZE_{name}": value for name, value in variables.items()},
        )
        assert service.stderr is not None
        log = b""
        while b"painting on" not in log:
            log += await asyncio.wait_for(service.stderr.readline(), 20)
        port = re.search(rb"listening on [\d.]+:(\d+)", log)
        assert port
        async with open_channel(f"127.0.0.1:{port[1].decode()}") as channel:
            stub = StylizeServiceStub(channel)
            described = await stub.Describe(stylize_pb2.DescribeRequest(), timeout=5.0)
            assert [artist.artist_id for artist in described.artists] == ["lichtenstein"]
            request = stylize_pb2.StylizeRequest(artist_id="lichtenstein", photo=a_photo(), caption="a cat", preview_px=64)
            events = [event.WhichOneof("event") async for event in stub.Stylize(request, timeout=10.0)]
            assert (events[0], events[-1], set(events[1:-1])) == ("queued", "painting", {"step"})
            webui.state.job, webui.state.job_count = "task(abc)", 1
            heard = []
            with pytest.raises(TransientError) as failure:
                heard += [event async for event in stub.Stylize(request, timeout=5.0)]
            assert (failure.value.reason, heard) == (ErrorReason.BUSY, [])
        service.terminate()
        _, rest = await service.communicate()
        log += rest
    assert log.count(b"artist vangogh is not served by this pod") == 1
    assert b"a cat" not in log
    assert b"HTTP Request" not in log
