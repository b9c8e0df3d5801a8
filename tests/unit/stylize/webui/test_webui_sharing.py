"""The webui engine beside others who use its server: it waits for nobody, and stops nobody."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines.webui import WebuiEngine
from tests.support.plain_http import PLAIN
from tests.support.stylize import a_job, paint, until
from tests.support.webui.painting import a_config, a_photo, failure_of
from tests.support.webui.stand_in import StandIn
from tests.support.webui.troubles import Trouble


async def somebody_paints(webui: StandIn, **changes: object) -> asyncio.Task[httpx.Response]:
    """Let somebody else paint, and wait until their job runs."""
    body = {"prompt": "a dog", "steps": 40, "sampler_name": "Euler", "width": 64, "height": 64} | changes

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(timeout=20, **PLAIN) as client:
            return await client.post(f"{webui.url}/sdapi/v1/txt2img", json=body)

    painting = asyncio.create_task(ask())
    await until(lambda: webui.state.job_count and webui.state.sampling_step)
    return painting


@pytest.mark.alone
@pytest.mark.parametrize("has_pages", [True, False])
async def test_a_server_that_paints_for_somebody_else_is_busy_at_once(has_pages: bool):
    with StandIn(has_pages=has_pages, step_seconds=0.02) as webui:
        engine = WebuiEngine(a_config(webui))
        theirs = await somebody_paints(webui)
        began = time.perf_counter()
        failure = await failure_of(engine, a_job(photo=a_photo()))
        assert failure.reason == ErrorReason.BUSY
        assert isinstance(failure, TransientError)
        assert failure.retry_after == pytest.approx(1.5)
        assert time.perf_counter() - began < 0.5
        assert (await theirs).status_code == 200
        assert (len(webui.jobs), webui.interrupts) == (1, [])
        await paint(engine, a_job(photo=a_photo()))
        await engine.close()


@pytest.mark.parametrize("has_pages", [True, False])
async def test_who_slips_in_between_is_noticed_and_not_interrupted(has_pages: bool, monkeypatch: pytest.MonkeyPatch):
    with StandIn(has_pages=has_pages, step_seconds=0.02) as webui:
        engine = WebuiEngine(a_config(webui))
        theirs = await somebody_paints(webui)
        monkeypatch.setattr(engine, "_check_free", lambda: asyncio.sleep(0))  # they came right after the look
        assert (await failure_of(engine, a_job(photo=a_photo()))).reason == ErrorReason.BUSY
        assert (await theirs).status_code == 200
        assert not any(webui.interrupts)
        await until(lambda: engine._clearing is not None and engine._clearing.done(), 5)
        assert all(task_id is None or task_id.startswith("articket-") for task_id in webui.interrupts)
        await engine.close()


@pytest.mark.parametrize("has_pages", [True, False])
async def test_a_painting_that_is_cancelled_is_interrupted_on_the_server(has_pages: bool):
    with StandIn(has_pages=has_pages, step_seconds=0.1) as webui:
        engine = WebuiEngine(a_config(webui))
        painting = asyncio.create_task(paint(engine, a_job(photo=a_photo())))
        await until(lambda: webui.state.sampling_step)
        painting.cancel()
        await asyncio.wait({painting})
        await until(lambda: webui.interrupts and not webui.state.job_count)
        assert webui.interrupts[0].startswith("articket-")
        webui.step_seconds = 0.002
        await paint(engine, a_job(photo=a_photo()))
        await engine.close()


async def test_a_job_of_somebody_else_is_never_interrupted_by_a_cancelled_painting(monkeypatch: pytest.MonkeyPatch):
    with StandIn(step_seconds=0.02) as webui:
        engine = WebuiEngine(a_config(webui))
        theirs = await somebody_paints(webui)
        monkeypatch.setattr(engine, "_check_free", lambda: asyncio.sleep(0))
        painting = asyncio.create_task(paint(engine, a_job(photo=a_photo())))
        await until(lambda: webui.state.pending_tasks)
        painting.cancel()
        await asyncio.wait({painting})
        assert (await theirs).json()["images"]
        await until(lambda: len(webui.jobs) == 2 and webui.interrupts)  # ours, once its turn has come
        assert webui.interrupts[0].startswith("articket-")
        await engine.close()


async def test_a_server_whose_threads_all_wait_is_busy():
    with StandIn(step_seconds=0.05) as webui:
        engine = WebuiEngine(a_config(webui, answer_seconds=1.0))
        await engine.start()
        webui.troubles.append(Trouble.HANGS)
        body = {"steps": 5, "sampler_name": "Euler", "width": 64, "height": 64}
        async with httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_connections=60), **PLAIN) as client:
            crowd = [asyncio.create_task(client.post(f"{webui.url}/sdapi/v1/txt2img", json=body)) for _ in range(45)]
            await until(lambda: len(webui.state.pending_tasks) >= 39)
            assert (await failure_of(engine, a_job(photo=a_photo()))).reason == ErrorReason.BUSY
            for asking in crowd:
                asking.cancel()
            await asyncio.wait(crowd)
        webui.step_seconds = 0
        await engine.close()


async def test_one_engine_paints_one_picture_at_a_time(engine: WebuiEngine, webui: StandIn):
    await asyncio.gather(*(paint(engine, a_job(seed, photo=a_photo())) for seed in range(3)))
    assert len(webui.jobs) == 3
