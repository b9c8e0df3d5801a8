"""What the webui engine makes of the answers: 200s that are none, errors of every kind, servers that are something else."""

from __future__ import annotations

import logging
import time

import pytest

from articket_artists import LoadedArtist
from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines.webui import NamedLora, WebuiEngine, server
from tests.support.stylize import a_job, an_artist, paint, until
from tests.support.webui.painting import SHOWN, a_config, a_painting_of, a_photo, failure_of
from tests.support.webui.stand_in import StandIn
from tests.support.webui.troubles import Trouble

# --- what it does not believe ---


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.LOSES_LORA, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.OTHER_LORA, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.OTHER_CHECKPOINT, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.OTHER_SAMPLER, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.PHOTO, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.PHOTO_AS_JPEG, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.BARE_INFO, ErrorReason.STYLE_NOT_APPLIED),
        (Trouble.NO_INFO, ErrorReason.ENGINE_FAILED),
        (Trouble.OTHER_SEED, ErrorReason.ENGINE_FAILED),
        (Trouble.NO_PICTURE, ErrorReason.ENGINE_FAILED),
        (Trouble.TWO_PICTURES, ErrorReason.ENGINE_FAILED),
        (Trouble.NO_BASE64, ErrorReason.ENGINE_FAILED),
        (Trouble.CUT_OFF, ErrorReason.ENGINE_FAILED),
        (Trouble.WRONG_SIZE, ErrorReason.ENGINE_FAILED),
        (Trouble.BLACK, ErrorReason.ENGINE_FAILED),
        (Trouble.STOPPED_BY_OTHERS, ErrorReason.ENGINE_FAILED),
        (Trouble.BREAKS, ErrorReason.ENGINE_FAILED),
        (Trouble.OUT_OF_MEMORY, ErrorReason.OUT_OF_MEMORY),
        (Trouble.DIES, ErrorReason.ENGINE_FAILED),
    ],
)
async def test_no_bare_200_is_believed_and_the_next_painting_goes_well(
    engine: WebuiEngine, webui: StandIn, hokusai: LoadedArtist, trouble: Trouble, reason: ErrorReason
):
    webui.checkpoints["other.safetensors"] = "b" * 64
    webui.troubles.append(trouble)
    failure = await failure_of(engine, a_painting_of(hokusai))
    assert (failure.reason, isinstance(failure, TransientError)) == (reason, True)
    webui.let_go.set()
    await paint(engine, a_painting_of(hokusai))


async def test_a_lora_that_does_not_fit_is_found_where_it_is_told(hokusai: LoadedArtist):
    with StandIn(flavour="automatic1111", loras={"hokusai": SHOWN}, unfitting_loras={"hokusai"}) as webui:
        engine = WebuiEngine(a_config(webui))
        assert (await failure_of(engine, a_painting_of(hokusai))).reason == ErrorReason.STYLE_NOT_APPLIED
        await engine.close()


async def test_weights_at_an_address_are_known_by_the_hash_that_the_operator_has_read_off(webui: StandIn):
    artist = an_artist("hokusai", lora={"source": "https://example.org/x.safetensors", "sha256": "a" * 64})
    webui.loras["style v2"] = "123456789abc"
    for hash_, is_good in (("", False), ("123456789abc", True), ("fffffffff", False)):
        engine = WebuiEngine(a_config(webui, loras={"hokusai": NamedLora("style v2", hash_)}))
        if is_good:
            await paint(engine, a_painting_of(artist))
        else:
            assert (await failure_of(engine, a_painting_of(artist))).reason == ErrorReason.STYLE_NOT_APPLIED
        await engine.close()


# --- out of memory ---


@pytest.mark.parametrize("flavour", ["forge", "automatic1111"])
async def test_out_of_memory_is_known_in_both_bodies_and_tells_the_size(flavour: str):
    with StandIn(flavour=flavour) as webui:
        engine = WebuiEngine(a_config(webui))
        webui.troubles.append(Trouble.OUT_OF_MEMORY)
        failure = await failure_of(engine, a_job(photo=a_photo(1280, 960)))
        assert failure.reason == ErrorReason.OUT_OF_MEMORY
        assert failure.metadata["long_side_px"] == "768"
        assert "1.11 GiB" in failure.message
        await paint(engine, a_job(photo=a_photo(640, 480)))  # the ladder's next rung
        assert (webui.jobs[1]["width"], webui.jobs[1]["height"]) == (640, 480)
        await engine.close()


async def test_progress_that_stands_still_after_it_ran_out_of_memory_keeps_nobody_away(engine: WebuiEngine, webui: StandIn):
    webui.troubles.append(Trouble.STUCK_PROGRESS)
    assert (await failure_of(engine, a_job(photo=a_photo()))).reason == ErrorReason.OUT_OF_MEMORY
    assert webui.state.job_count == 1
    await paint(engine, a_job(photo=a_photo()))


# --- servers that are away, or something else ---


async def test_a_server_that_is_not_there_is_told_at_the_start():
    with StandIn() as webui:
        gone = a_config(webui)
    engine = WebuiEngine(gone)
    with pytest.raises(TransientError) as failure:
        await engine.start()
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
    await engine.close()


@pytest.mark.parametrize(("user", "password"), [("", ""), ("booth", "wrong"), ("other", "hunter2")])
async def test_a_wrong_password_is_told_at_the_start_and_never_shown(
    caplog: pytest.LogCaptureFixture, user: str, password: str
):
    caplog.set_level(logging.DEBUG)
    with StandIn(user="booth", password="hunter2") as webui:
        engine = WebuiEngine(a_config(webui, user=user, password=password))
        with pytest.raises(TransientError, match="ARTICKET_STYLIZE_WEBUI_PASSWORD") as failure:
            await engine.start()
        assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
        await engine.close()
    assert not password or password not in caplog.text + str(failure.value) + repr(engine._config)


async def test_a_proxy_of_the_environment_is_left_alone(webui: StandIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    engine = WebuiEngine(a_config(webui))
    await engine.start()
    await engine.close()


async def test_basic_auth_opens_every_route():
    with StandIn(user="booth", password="hunter2") as webui:
        engine = WebuiEngine(a_config(webui, user="booth", password="hunter2"))
        await engine.start()
        await paint(engine, a_job(photo=a_photo()))
        await engine.close()


HTML = (b"<html><body>502 Bad Gateway</body></html>", {"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason"),
    [
        (502, *HTML, ErrorReason.ENGINE_UNAVAILABLE),
        (503, b"", {"Retry-After": "7"}, ErrorReason.ENGINE_UNAVAILABLE),
        (504, *HTML, ErrorReason.ENGINE_UNAVAILABLE),
        (403, *HTML, ErrorReason.ENGINE_UNAVAILABLE),
        (404, b'{"detail":"Not Found"}', {}, ErrorReason.ENGINE_UNAVAILABLE),
        (302, b"", {"Location": "http://127.0.0.1:1/login"}, ErrorReason.ENGINE_UNAVAILABLE),
        (500, b"Internal Server Error", {}, ErrorReason.ENGINE_FAILED),
        (500, b"RuntimeError: CUDA out of memory. Tried", {}, ErrorReason.OUT_OF_MEMORY),
        (422, b'{"detail":[{"loc":["body"],"msg":"x","input":"a secret caption"}]}', {}, ErrorReason.ENGINE_FAILED),
        (404, b'{"detail":"Sampler not found"}', {}, ErrorReason.ENGINE_FAILED),
        (200, *HTML, ErrorReason.ENGINE_FAILED),
        (200, b"[" * 100_000, {}, ErrorReason.ENGINE_FAILED),
        (200, b'{"images":["aGk="],"parameters":{}}', {}, ErrorReason.ENGINE_FAILED),
        (200, b" " * 2_000_000, {}, ErrorReason.ENGINE_FAILED),
    ],
    ids=str,
)
async def test_every_answer_that_is_none_has_its_reason(
    engine: WebuiEngine,
    webui: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: bytes,
    headers: dict[str, str],
    reason: ErrorReason,
):
    monkeypatch.setattr(server, "MOST_PAINTING_BYTES", 1_000_000)
    webui.pages["/sdapi/v1/img2img"] = (status, headers, body)
    failure = await failure_of(engine, a_job(photo=a_photo()))
    assert failure.reason == reason
    assert isinstance(failure, TransientError)
    assert "secret" not in str(failure)
    assert "/login" not in webui.asked


async def test_a_painting_that_hangs_ends_by_its_time_and_is_interrupted(webui: StandIn):
    engine = WebuiEngine(a_config(webui, painting_seconds=0.3))
    webui.troubles.append(Trouble.HANGS)
    began = time.perf_counter()
    assert (await failure_of(engine, a_job(photo=a_photo()))).reason == ErrorReason.DEADLINE_EXCEEDED
    assert time.perf_counter() - began < 1.5
    await until(lambda: webui.interrupts)
    webui.let_go.set()
    await engine.close()
