"""What goes wrong with a model: memory, a broken device, a painting that is given up or never ends, and no model at all."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import threading
import time
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import torch

from articket_mesh.errors import ErrorReason, TransientError
from articket_stylize.engines.diffusers import DiffusersEngine
from articket_stylize.engines.diffusers import engine as engine_module
from tests.support.diffusers_engine import QUICK, tiny_config, tiny_engine, with_lora
from tests.support.diffusion_models import model_folder, unet_lora
from tests.support.stylize import a_job, a_photo, an_artist, paint, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHOTO = a_photo(64, 64)
ARTIST = an_artist(img2img=QUICK)
LONG = an_artist(img2img={"steps": 60})
STEP_SECONDS = 0.3


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[DiffusersEngine]:
    async with tiny_engine() as engine:
        yield engine


class Instead:
    """Lets the UNet's middle do something else, once or always."""

    def __init__(self, engine: DiffusersEngine) -> None:
        self._block = engine._painter._model.repainting.unet.mid_block
        self._hook: Any = None

    def do(self, action: Any) -> None:
        self._hook = self._block.register_forward_pre_hook(lambda *_: action())

    def undo(self) -> None:
        if self._hook is not None:
            self._hook.remove()


@pytest.fixture
def instead(engine: DiffusersEngine):
    instead = Instead(engine)
    yield instead
    instead.undo()


async def failure_of(engine: DiffusersEngine, **job: Any) -> TransientError:
    with pytest.raises(TransientError) as failure:
        await paint(engine, a_job(**({"photo": PHOTO, "artist": ARTIST} | job)))
    return failure.value


async def test_out_of_memory_is_told_with_the_size_and_the_memory_is_given_back(
    engine: DiffusersEngine, instead: Instead, tmp_path: Path
):
    styles = [with_lora(tmp_path, f"style{seed}", unet_lora("sd15", seed)) for seed in (1, 2)]
    before = [(await paint(engine, a_job(photo=PHOTO, artist=style)))[1].picture for style in styles]
    held: list[weakref.ref[torch.Tensor]] = []

    def ask_for_too_much() -> None:
        tensor = torch.ones(1000)
        held.append(weakref.ref(tensor))
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.50 GiB.")

    instead.do(ask_for_too_much)
    error = await failure_of(engine)
    assert (error.reason, error.metadata["long_side_px"]) == (ErrorReason.OUT_OF_MEMORY, "64")
    assert held
    assert held[0]() is None, "the failure's traceback holds what was too much"
    assert [engine.is_loaded(style) for style in styles] == [False, True]
    instead.undo()
    assert [(await paint(engine, a_job(photo=PHOTO, artist=style)))[1].picture for style in styles] == before


async def test_a_failure_costs_one_painting_and_tells_nothing_of_the_caption(
    engine: DiffusersEngine, instead: Instead, caplog: pytest.LogCaptureFixture
):
    def break_down() -> None:
        raise ValueError("prompt: a portrait of one person")

    instead.do(break_down)
    error = await failure_of(engine)
    assert error.reason == ErrorReason.ENGINE_FAILED
    assert "portrait" not in str(error) + caplog.text
    instead.undo()
    await paint(engine, a_job(photo=PHOTO, artist=ARTIST))


async def test_broken_numbers_are_no_painting(engine: DiffusersEngine, monkeypatch: pytest.MonkeyPatch):
    vae = engine._painter._model.repainting.vae
    decode = vae.decode
    monkeypatch.setattr(vae, "decode", lambda *given, **more: (decode(*given, **more)[0] * torch.nan,))
    assert (await failure_of(engine)).reason == ErrorReason.ENGINE_FAILED


async def test_the_size_that_ran_out_of_memory_is_the_one_that_was_worked_in(engine: DiffusersEngine, instead: Instead):
    def ask_for_too_much() -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes")

    instead.do(ask_for_too_much)
    error = await failure_of(engine, photo=a_photo(640, 480))
    assert error.metadata["long_side_px"] == "64"


async def test_a_painting_that_is_given_up_ends_with_the_block_that_runs(engine: DiffusersEngine, instead: Instead):
    middles: list[int] = []
    ups: list[int] = []
    gate = threading.Event()

    def wait_at_the_second() -> None:
        middles.append(1)
        if len(middles) == 2:
            gate.wait(10)

    instead.do(wait_at_the_second)
    up_block = engine._painter._model.repainting.unet.up_blocks[0]
    counting = up_block.register_forward_pre_hook(lambda *_: ups.append(1))
    painting = asyncio.create_task(paint(engine, a_job(photo=PHOTO, artist=LONG)))
    await until(lambda: len(middles) == 2, seconds=10)
    painting.cancel()
    await asyncio.sleep(0.05)
    assert not painting.done(), "the slot is free although the model is at work"
    gate.set()
    let_go = time.perf_counter()
    await asyncio.wait({painting})
    assert time.perf_counter() - let_go < 1
    assert painting.cancelled()
    assert (len(middles), len(ups)) == (2, 1), "another block was begun"
    counting.remove()
    instead.undo()
    await paint(engine, a_job(photo=PHOTO, artist=ARTIST))


async def test_a_painting_that_is_cancelled_again_and_again_still_frees_the_model_first(
    engine: DiffusersEngine, instead: Instead
):
    instead.do(lambda: time.sleep(STEP_SECONDS))
    painting = asyncio.create_task(paint(engine, a_job(photo=PHOTO, artist=LONG)))
    await asyncio.sleep(STEP_SECONDS / 2)
    for _ in range(3):
        painting.cancel()
        await asyncio.sleep(0.01)
    with pytest.raises(asyncio.CancelledError):
        await painting
    instead.undo()
    started = time.perf_counter()
    await paint(engine, a_job(photo=PHOTO, artist=ARTIST))
    assert time.perf_counter() - started < 10


async def test_the_event_loop_goes_on_while_the_model_works(engine: DiffusersEngine):
    gaps: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            gaps.append(time.perf_counter() - began)

    watching = asyncio.create_task(watch())
    await paint(engine, a_job(photo=PHOTO, artist=LONG))
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert len(gaps) > 20
    assert sorted(gaps)[len(gaps) // 2] < 0.1


async def test_a_broken_device_ends_the_engine_and_not_only_the_painting(caplog: pytest.LogCaptureFixture):
    given_up: list[bool] = []
    engine = DiffusersEngine(tiny_config(), give_up=lambda: given_up.append(True))
    await engine.start()

    def assert_on_the_device() -> None:
        raise RuntimeError("CUDA error: device-side assert triggered")

    Instead(engine).do(assert_on_the_device)
    assert engine.can_paint(ARTIST)
    assert (await failure_of(engine)).reason == ErrorReason.ENGINE_UNAVAILABLE
    assert (given_up, engine.is_broken, engine.can_paint(ARTIST)) == ([True], True, False)
    assert (await failure_of(engine)).reason == ErrorReason.ENGINE_UNAVAILABLE
    assert given_up == [True]
    assert "this process paints no more" in caplog.text
    await engine.close()


async def test_a_painting_that_takes_too_long_is_ended():
    async with tiny_engine(painting_seconds=0.3) as engine:
        Instead(engine).do(lambda: time.sleep(0.1))
        assert (await failure_of(engine, artist=LONG)).reason == ErrorReason.DEADLINE_EXCEEDED


async def test_a_model_that_does_not_stop_ends_the_engine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine_module, "HANGING_SECONDS", 0.1)
    given_up: list[bool] = []
    engine = DiffusersEngine(tiny_config(painting_seconds=0.1), give_up=lambda: given_up.append(True))
    await engine.start()
    Instead(engine).do(lambda: time.sleep(1.0))
    assert (await failure_of(engine)).reason == ErrorReason.DEADLINE_EXCEEDED
    assert given_up == [True]
    assert (await failure_of(engine)).reason == ErrorReason.ENGINE_UNAVAILABLE
    await engine.close()


class TestStarting:
    """An engine that cannot paint says so at its start, and what to do."""

    async def fails_to_start(self, told: str, **changes: Any) -> None:
        engine = DiffusersEngine(tiny_config(**changes))
        with pytest.raises(TransientError, match=told) as failure:
            await engine.start()
        assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
        assert not engine.can_paint(ARTIST)
        await engine.close()
        await engine.close()

    async def test_without_a_model(self, tmp_path: Path):
        await self.fails_to_start("model_index.json.*Hint: a folder", model=str(tmp_path / "none"))

    @pytest.mark.filterwarnings("ignore:The `local_dir_use_symlinks` argument is deprecated:UserWarning:huggingface_hub")
    async def test_with_a_model_that_is_not_in_the_hubs_cache(self):
        await self.fails_to_start("cannot be loaded.*Hint: fetch it", model="hf://articket/no-such-model@" + "0" * 40)

    async def test_with_pickled_weights(self, tmp_path: Path):
        copied = shutil.copytree(model_folder("sd15"), tmp_path / "model")
        tensors = {"weight": torch.ones(2)}
        (copied / "unet/diffusion_pytorch_model.safetensors").unlink()
        torch.save(tensors, copied / "unet/diffusion_pytorch_model.bin")
        await self.fails_to_start(r"\.safetensors", model=str(copied))

    async def test_with_another_kind_of_model(self, tmp_path: Path):
        copied = shutil.copytree(model_folder("sd15"), tmp_path / "model")
        index = json.loads((copied / "model_index.json").read_text())
        (copied / "model_index.json").write_text(json.dumps({**index, "_class_name": "FluxPipeline"}))
        await self.fails_to_start("cannot be loaded|expected Stable Diffusion", model=str(copied))

    async def test_with_a_single_file_and_nothing_that_describes_it(self, tmp_path: Path):
        await self.fails_to_start(
            "expected the folder of its configuration.*MODEL_CONFIG", model=str(tmp_path / "a.safetensors")
        )

    async def test_with_a_speed_lora_for_another_base(self):
        await self.fails_to_start("speed_lora: .*expected weights for this base", speed_lora=unet_lora("sdxl"))

    async def test_with_another_speed_lora_than_the_pinned_one(self):
        lora = unet_lora("sd15")
        await self.fails_to_start("speed_lora: .*SHA-256", speed_lora=lora, speed_lora_sha256="1" * 64)

    async def test_on_a_device_that_is_not_there(self):
        if torch.cuda.is_available():
            pytest.skip("there is a GPU")
        await self.fails_to_start("expected the device cuda, found none", device="cuda")

    async def test_a_closed_engine_lets_go_of_the_model(self):
        engine = DiffusersEngine(tiny_config())
        await engine.start()
        model = weakref.ref(engine._painter._model.repainting.unet)
        await engine.close()
        gc.collect()
        assert model() is None
