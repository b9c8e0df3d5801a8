"""What the webui engine makes of the answers: 200s that are none, errors of every kind, servers that are something else."""

from __future__ import annotations

import asyncio
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
from tests.support.webui.wires import Manner

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
        (Trouble.WHITE, ErrorReason.ENGINE_FAILED),
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


@pytest.mark.parametrize("trouble", [Trouble.GRID_FIRST, Trouble.MAP_LAST, Trouble.DATA_URI])
async def test_the_picture_is_found_among_others_and_in_a_data_uri(
    engine: WebuiEngine, webui: StandIn, hokusai: LoadedArtist, trouble: Trouble
):
    _, alone = await paint(engine, a_painting_of(hokusai))
    webui.troubles.append(trouble)
    _, painted = await paint(engine, a_painting_of(hokusai))
    assert painted.picture == alone.picture


@pytest.mark.parametrize("samples_format", ["jpg", "webp"])
async def test_a_server_may_encode_as_it_likes(engine: WebuiEngine, webui: StandIn, samples_format: str):
    webui.options["samples_format"] = samples_format
    _, painted = await paint(engine, a_job(photo=a_photo()))
    assert painted.picture


@pytest.mark.parametrize("tells_files", [True, False])
async def test_a_lora_is_known_by_the_name_that_its_trainer_gave_it(webui: StandIn, hokusai: LoadedArtist, tells_files: bool):
    webui.loras["hks_v3"] = webui.loras.pop("hokusai")
    webui.aliases["hks_v3"] = "hokusai"
    webui.tells_files = tells_files
    engine = WebuiEngine(a_config(webui))
    await paint(engine, a_painting_of(hokusai))
    assert "<lora:hokusai:0.85>" in webui.jobs[0]["prompt"]
    await engine.close()


async def test_a_lora_is_spelled_as_the_server_spells_it(webui: StandIn, hokusai: LoadedArtist):
    webui.loras["Hokusai"] = webui.loras.pop("hokusai")
    engine = WebuiEngine(a_config(webui))
    await paint(engine, a_painting_of(hokusai))
    assert "<lora:Hokusai:0.85>" in webui.jobs[0]["prompt"]
    await engine.close()


async def test_a_checkpoint_that_somebody_else_has_selected_since_is_not_painted_with(engine: WebuiEngine, webui: StandIn):
    webui.checkpoints["other.safetensors"] = "b" * 64
    webui.checkpoint = "other.safetensors"
    await paint(engine, a_job(photo=a_photo()))
    assert webui.model == "v1-5-pruned.safetensors"


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


@pytest.mark.parametrize("path", ["samplers", "sd-models", "loras", "memory"])
@pytest.mark.parametrize(
    ("status", "body", "headers", "hint"),
    [
        (302, b"", {"Location": "/login"}, "redirection"),
        (200, b"<html>log in</html>", {"Content-Type": "text/html"}, "proxy's page"),
        (200, b'{"detail": "not a list"}', {}, "proxy's page"),
        (401, b'{"detail":"Not authenticated"}', {}, "ARTICKET_STYLIZE_WEBUI_USER"),
        (403, b"<html>no</html>", {}, "ARTICKET_STYLIZE_WEBUI_USER"),
        (502, b"<html>502</html>", {}, "not to be had (502)"),
    ],
    ids=str,
)
async def test_a_server_that_is_something_else_is_told_at_the_start(
    webui: StandIn, path: str, status: int, body: bytes, headers: dict[str, str], hint: str
):
    webui.pages[f"/sdapi/v1/{path}"] = (status, headers, body)
    engine = WebuiEngine(a_config(webui))
    with pytest.raises(TransientError) as failure:
        await engine.start()
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
    assert hint in failure.value.message
    assert "/login" not in webui.asked
    await engine.close()


@pytest.mark.parametrize(
    "body",
    [b'{"detail":"Not Found"}', b'{"error":"HTTPException","detail":"Not Found","body":"","errors":""}', b"<h1>404</h1>"],
)
async def test_a_server_without_the_interface_is_told_with_what_to_do(webui: StandIn, body: bytes):
    webui.pages |= {f"/sdapi/v1/{path}": (404, {}, body) for path in ("options", "samplers", "sd-models", "loras", "memory")}
    engine = WebuiEngine(a_config(webui))
    with pytest.raises(TransientError, match="--api") as failure:
        await engine.start()
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
    await engine.close()


async def test_a_server_that_cannot_tell_its_options_paints_with_its_only_checkpoint(webui: StandIn, hokusai: LoadedArtist):
    webui.pages["/sdapi/v1/options"] = (500, {}, b'{"error":"ResponseValidationError","detail":"","body":"","errors":"x"}')
    engine = WebuiEngine(a_config(webui))
    await engine.start()
    await paint(engine, a_painting_of(hokusai))
    await engine.close()


async def test_progress_that_cannot_be_shown_holds_no_painting_up(engine: WebuiEngine, webui: StandIn):
    broken = (500, {}, b'{"error":"ValueError","detail":"","body":"","errors":"images do not match"}')
    webui.pages["/sdapi/v1/progress"] = broken
    await paint(engine, a_job(photo=a_photo(), preview_px=64))
    del webui.pages["/sdapi/v1/progress"]
    webui.step_seconds = 0.03
    painting = asyncio.create_task(paint(engine, a_job(photo=a_photo(), preview_px=64)))
    await until(lambda: webui.state.sampling_step)
    webui.pages["/sdapi/v1/progress"] = broken
    await painting


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


@pytest.mark.parametrize("path", ["img2img", "progress", "samplers"])
async def test_a_server_that_trickles_is_waited_for_and_no_longer_than_it_may_take(webui: StandIn, path: str):
    webui.manners[f"/sdapi/v1/{path}"] = Manner.DRIPS
    patient, hasty = WebuiEngine(a_config(webui)), WebuiEngine(a_config(webui, answer_seconds=0.4, painting_seconds=0.4))
    await paint(patient, a_job(photo=a_photo()))
    failure = await failure_of(hasty, a_job(photo=a_photo()))
    # Progress that does not come while the list of LoRAs does is how a server looks whose threads all wait.
    busy_or_away = ErrorReason.BUSY if path == "progress" else ErrorReason.ENGINE_UNAVAILABLE
    assert failure.reason == (ErrorReason.DEADLINE_EXCEEDED if path == "img2img" else busy_or_away)
    await patient.close()
    await hasty.close()


async def test_a_connection_that_is_reset_in_the_middle_of_the_picture_costs_that_painting(engine: WebuiEngine, webui: StandIn):
    webui.manners["/sdapi/v1/img2img"] = Manner.IS_CUT
    assert (await failure_of(engine, a_job(photo=a_photo()))).reason == ErrorReason.ENGINE_FAILED
    webui.manners.clear()
    await paint(engine, a_job(photo=a_photo()))


async def test_a_server_that_closes_connections_without_a_word_is_called_anew(webui: StandIn):
    webui.manners = {f"/sdapi/v1/{path}": Manner.CLOSES for path in ("samplers", "loras", "progress", "img2img")}
    engine = WebuiEngine(a_config(webui))
    await engine.start()
    for seed in range(5):
        await paint(engine, a_job(seed, photo=a_photo()))
    await engine.close()


async def test_a_server_below_a_path_is_reached():
    with StandIn(subpath="/sd") as webui:
        engine = WebuiEngine(a_config(webui))
        await engine.start()
        await paint(engine, a_job(photo=a_photo()))
        assert all(path.startswith("/sd/") for path in webui.asked)
        await engine.close()


async def test_a_painting_that_hangs_ends_by_its_time_and_is_interrupted(webui: StandIn):
    engine = WebuiEngine(a_config(webui, painting_seconds=0.3))
    webui.troubles.append(Trouble.HANGS)
    began = time.perf_counter()
    assert (await failure_of(engine, a_job(photo=a_photo()))).reason == ErrorReason.DEADLINE_EXCEEDED
    assert time.perf_counter() - began < 1.5
    await until(lambda: webui.interrupts)
    webui.let_go.set()
    await engine.close()
