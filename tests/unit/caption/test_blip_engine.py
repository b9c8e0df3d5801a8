"""The blip engine with a tiny model: what it says and what is printed, taking turns, and everything that can go wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import threading
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from articket.caption.v1 import caption_pb2
from articket.caption.v1.caption_pb2_grpc import CaptionServiceStub, add_CaptionServiceServicer_to_server
from articket_caption.captioning import CAPTIONS, Captioning
from articket_caption.engines import Subject
from articket_caption.engines.blip import BlipEngine
from articket_caption.engines.blip.model import Trouble, trouble_of
from articket_caption.engines.embedded import EmbeddedEngine
from articket_caption.servicer import CaptionServicer
from articket_mesh.errors import ErrorReason, MeshError, TransientError
from articket_mesh.server import Service
from articket_mesh.testing import served
from tests.support.blip_model import BLUE, RED
from tests.support.caption import blip_engine, photo, plain, tiny_blip
from tests.support.waiting import until

RED_PHOTO, BLUE_PHOTO = plain(20, 20, 220), plain(220, 20, 20)


@pytest.fixture
async def engine() -> AsyncIterator[BlipEngine]:
    engine = blip_engine()
    await engine.start()
    yield engine
    await engine.close()


def say_instead(engine: BlipEngine, say: Any) -> None:
    """Put something in the place of the network."""
    assert engine._model is not None
    engine._model._generate = say


async def reason_of(engine: BlipEngine, picture: bytes = RED_PHOTO) -> ErrorReason:
    with pytest.raises(MeshError) as failure:
        await engine.describe(picture)
    return failure.value.reason


async def refused(**settings: object) -> str:
    """Start an engine that cannot start; give its words."""
    engine = blip_engine(**settings)
    with pytest.raises(TransientError) as failure:
        await engine.start()
    await engine.close()
    assert failure.value.reason == ErrorReason.ENGINE_UNAVAILABLE
    return failure.value.message


# -- what it says --------------------------------------------------------------------------------------------------------------


async def test_the_prompt_is_what_the_model_says_of_this_photo(engine: BlipEngine):
    assert (await engine.describe(RED_PHOTO)).prompt == RED
    assert (await engine.describe(BLUE_PHOTO)).prompt == BLUE


async def test_what_is_printed_and_counted_is_what_is_seen_for_certain(engine: BlipEngine):
    embedded = EmbeddedEngine()
    seen = await embedded.describe(photo("group-three-composed"))
    said = await engine.describe(photo("group-three-composed"))
    assert (said.text_en, said.text_ko, said.subjects, said.face_count) == (
        seen.text_en,
        seen.text_ko,
        (Subject.PEOPLE,),
        3,
    )
    assert said.prompt in (RED, BLUE)
    await embedded.close()


@pytest.mark.parametrize(
    ("said", "prompt"),
    [
        ("arafed man in a suit <lora:x:9>", "man in a suit"),
        ("(word:1.9) [cats|dogs] BREAK", "word cats dogs break"),
        ("there is an araffe woman", "there is an woman"),
    ],
)
async def test_what_the_model_says_is_cleaned(engine: BlipEngine, said: str, prompt: str):
    say_instead(engine, lambda *_: said)
    assert (await engine.describe(RED_PHOTO)).prompt == prompt


async def test_a_model_that_says_nothing_of_use_has_failed(engine: BlipEngine):
    say_instead(engine, lambda *_: "... <lora:x:9> ...")
    assert await reason_of(engine) == ErrorReason.ENGINE_FAILED


# -- taking turns --------------------------------------------------------------------------------------------------------------


async def test_a_photo_whose_caller_has_gone_is_never_begun(engine: BlipEngine):
    begun: list[float] = []
    free = threading.Event()

    def say(picture: np.ndarray, _: threading.Event) -> str:
        begun.append(float(picture[0, 0, 2]))
        free.wait(5)
        return "a red cup"

    say_instead(engine, say)
    first = asyncio.create_task(engine.describe(RED_PHOTO))
    await until(lambda: bool(begun))
    gone = asyncio.create_task(engine.describe(BLUE_PHOTO))
    last = asyncio.create_task(engine.describe(plain(90, 90, 90)))
    await asyncio.sleep(0.2)
    gone.cancel()
    await asyncio.sleep(0.01)
    free.set()
    await asyncio.gather(first, last)
    assert begun == [220, 90]


async def test_a_photo_that_is_given_up_in_the_middle_frees_the_model_at_the_next_word():
    engine = blip_engine(most_tokens=60)
    await engine.start()
    assert engine._model is not None
    words = 0

    def slow(*_: object) -> None:
        nonlocal words
        words += 1
        time.sleep(0.05)

    engine._model._model.text_decoder.register_forward_pre_hook(slow)
    task = asyncio.create_task(engine.describe(RED_PHOTO))
    await until(lambda: words > 0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    begun = words
    await asyncio.get_running_loop().run_in_executor(engine._thread, lambda: None)  # its turn is over when ours has come
    assert words <= begun + 1
    await engine.close()


async def test_over_grpc_a_deadline_that_passes_in_the_queue_costs_the_model_nothing(engine: BlipEngine):
    begun = 0

    def say(*_: object) -> str:
        nonlocal begun
        begun += 1
        time.sleep(0.5)
        return "a red cup"

    say_instead(engine, say)
    descriptor = caption_pb2.DESCRIPTOR.services_by_name["CaptionService"]
    servicer = CaptionServicer(Captioning(engine))
    service = Service(descriptor, partial(add_CaptionServiceServicer_to_server, servicer))
    cancelled = CAPTIONS.labels("blip", "cancelled")._value.get()
    async with served([service]) as mesh:
        stub: Any = CaptionServiceStub(mesh.channel)

        async def ask(timeout: float) -> str:
            return (await stub.Caption(caption_pb2.CaptionRequest(photo=RED_PHOTO), timeout=timeout)).prompt

        first = asyncio.create_task(ask(10.0))
        await until(lambda: begun > 0)
        late = await asyncio.gather(*(ask(0.25) for _ in range(3)), return_exceptions=True)
        assert await first == "a red cup"
        assert await ask(10.0) == "a red cup"
    assert [getattr(error, "reason", None) for error in late] == [ErrorReason.DEADLINE_EXCEEDED] * 3
    assert begun == 2
    assert CAPTIONS.labels("blip", "cancelled")._value.get() == cancelled + 3


# -- what goes wrong over a photo ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), ErrorReason.OUT_OF_MEMORY),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), ErrorReason.OUT_OF_MEMORY),
        (MemoryError(), ErrorReason.OUT_OF_MEMORY),
        (RuntimeError("shape '[1, 2]' is invalid"), ErrorReason.ENGINE_FAILED),
        (ValueError("probabilities contain nan"), ErrorReason.ENGINE_FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_a_photo_that_fails_costs_no_other_photo(engine: BlipEngine, error: Exception, reason: ErrorReason):
    assert engine._model is not None
    generate = engine._model._generate

    def fail(*_: object) -> str:
        raise error

    say_instead(engine, fail)
    assert await reason_of(engine) == reason
    say_instead(engine, generate)
    assert (await engine.describe(RED_PHOTO)).prompt == RED


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: device-side assert triggered"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"),
    ],
    ids=["assert", "illegal access", "cublas"],
)
async def test_a_device_that_is_lost_ends_the_process_once(error: Exception, caplog: pytest.LogCaptureFixture):
    told: list[bool] = []
    engine = blip_engine()
    engine._on_broken = lambda: told.append(True)
    await engine.start()

    def fail(*_: object) -> str:
        raise error

    say_instead(engine, fail)
    with caplog.at_level(logging.ERROR):
        reasons = [await reason_of(engine) for _ in range(3)]
    assert reasons == [ErrorReason.ENGINE_UNAVAILABLE] * 3
    assert (engine.is_broken, told) == (True, [True])
    assert "the device is lost" in caplog.text
    await engine.close()


def test_memory_that_is_out_is_not_taken_for_a_lost_device():
    assert trouble_of(torch.AcceleratorError("CUDA error: out of memory")) == Trouble.OUT_OF_MEMORY


async def test_nothing_that_is_said_gets_into_the_log(engine: BlipEngine, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        assert (await engine.describe(RED_PHOTO)).prompt == RED
    assert "cup" not in caplog.text


# -- what keeps it from starting -----------------------------------------------------------------------------------------------


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the model, to spoil."""
    return shutil.copytree(tiny_blip(), tmp_path / "model")


async def test_before_it_is_loaded_it_says_so():
    engine = blip_engine()
    assert await reason_of(engine) == ErrorReason.ENGINE_UNAVAILABLE
    await engine.close()


async def test_weights_that_are_pickled_are_refused(model: Path):
    (model / "model.safetensors").unlink()
    torch.save({"x": torch.zeros(1)}, model / "pytorch_model.bin")
    assert "safetensors" in await refused(model=str(model))


async def test_weights_beside_a_pickle_come_from_safetensors(model: Path):
    (model / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\nX\x04\x00\x00\x00exit\x85R.")
    engine = blip_engine(model=str(model))
    await engine.start()
    assert (await engine.describe(RED_PHOTO)).prompt == RED
    await engine.close()


async def test_code_that_comes_with_a_model_is_not_run(model: Path, tmp_path: Path):
    config = json.loads((model / "config.json").read_text())
    config["auto_map"] = {"AutoModelForVision2Seq": "evil.Evil", "AutoConfig": "evil.Evil"}
    (model / "config.json").write_text(json.dumps(config))
    trace = tmp_path / "ran"
    (model / "evil.py").write_text(f"open({str(trace)!r}, 'w')\nclass Evil: ...\n")
    engine = blip_engine(model=str(model))
    await engine.start()
    assert not trace.exists()
    await engine.close()


async def test_a_folder_that_is_not_there_is_named():
    assert "/nowhere/blip" in await refused(model="/nowhere/blip")


async def test_another_kind_of_model_is_refused(model: Path):
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"architectures": ["BlipForQuestionAnswering"]}))
    assert "BlipForQuestionAnswering" in await refused(model=str(model))


@pytest.mark.parametrize("config", [b"", b"{", b"[1]", b'{"architectures": 7}', b"[" * 100_000])
async def test_a_config_that_is_none_is_refused(model: Path, config: bytes):
    (model / "config.json").write_bytes(config)
    assert "expected a model of the architecture" in await refused(model=str(model))


async def test_weights_that_are_cut_off_are_refused(model: Path):
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "cannot be loaded" in await refused(model=str(model))


async def test_weights_that_lack_some_are_not_made_up(model: Path):
    from safetensors.torch import load_file, save_file

    weights = load_file(model / "model.safetensors")
    del weights["text_decoder.bert.embeddings.word_embeddings.weight"]
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    assert "missing" in await refused(model=str(model))


async def test_a_vocabulary_of_another_model_is_refused(model: Path):
    words = json.loads((model / "tokenizer.json").read_text())
    words["model"]["vocab"] = {"[UNK]": 0}
    (model / "tokenizer.json").write_text(json.dumps(words))
    assert "vocabulary" in await refused(model=str(model))


async def test_a_model_of_the_hub_is_not_fetched_unless_that_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import httpx

    def offline(*_: object, **__: object) -> None:
        raise AssertionError("nobody may be asked")

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", offline)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    words = await refused(model="Salesforce/blip-image-captioning-large", revision="0" * 40)
    assert "ARTICKET_CAPTION_BLIP_DOWNLOAD" in words


async def test_a_model_in_the_hubs_cache_needs_no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    revision = "1" * 40
    shutil.copytree(tiny_blip(), tmp_path / "models--booth--tiny" / "snapshots" / revision)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    engine = blip_engine(model="booth/tiny", revision=revision)
    await engine.start()
    assert (await engine.describe(BLUE_PHOTO)).prompt == BLUE
    await engine.close()


@pytest.mark.skipif(torch.cuda.is_available(), reason="the machine has what is to be missing")
async def test_a_device_that_is_not_there_is_not_replaced_by_the_cpu():
    assert "found 0 CUDA devices" in await refused(device="cuda")


async def test_a_picture_of_any_size_gets_to_the_model(engine: BlipEngine):
    for width, height in ((1, 1), (2, 640), (1280, 3)):
        picture = cv2.imencode(".png", np.full((height, width, 3), (20, 20, 220), np.uint8))[1].tobytes()
        assert (await engine.describe(picture)).prompt == RED
