"""The caption service as a process: what each engine loads, and how it ends when its engine cannot go on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.caption_endpoint import Answer, CaptionEndpoint

LOOK = """
import asyncio, sys
import cv2, numpy as np
from articket_caption.__main__ import make_engine
from articket_caption.settings import CaptionSettings

async def main():
    engine = make_engine(CaptionSettings())
    await engine.start()
    picture = cv2.imencode(".png", np.full((64, 64, 3), 90, np.uint8))[1].tobytes()
    assert (await engine.describe(picture)).prompt
    await engine.close()

asyncio.run(main())
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "transformers", "huggingface_hub", "PIL"}))
"""

LOSE_DEVICE = """
import asyncio
import cv2, numpy as np
from articket_caption import __main__ as service
from articket_caption.engines.blip import BlipEngine

class LostModel:
    def say(self, picture, given_up):
        return None

async def start(self):
    self._model = LostModel()
    picture = cv2.imencode(".png", np.full((64, 64, 3), 90, np.uint8))[1].tobytes()
    self.describing = asyncio.get_running_loop().call_later(0.1, lambda: asyncio.ensure_future(self.describe(picture)))

BlipEngine.start = start
service.main()
"""


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARTICKET_")}
    environment |= {f"ARTICKET_CAPTION_{name}": value for name, value in variables.items()} | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_embedded_and_the_http_engine_load_no_torch():
    with CaptionEndpoint() as endpoint:
        for variables in ({}, {"ENGINE": "http", "HTTP_URL": endpoint.url()}):
            ran = run("-c", LOOK, **variables)
            assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "", "")


def test_a_pod_whose_endpoint_refuses_it_ends_with_one_line():
    with CaptionEndpoint() as endpoint:
        endpoint.answer = Answer.of({}, 401)
        ran = run("-m", "articket_caption", ENGINE="http", HTTP_URL=endpoint.url(), PORT="0", HTTP_TOKEN="s3cret")
    assert ran.returncode == 1
    assert "refused us (401)" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "s3cret" not in ran.stderr


def test_a_pod_that_has_lost_its_device_drains_and_ends_with_status_1(tmp_path: Path):
    ran = run("-c", LOSE_DEVICE, ENGINE="blip", BLIP_MODEL=str(tmp_path), PORT="0")
    assert ran.returncode == 1, ran.stderr
    assert "the device is lost" in ran.stderr
    assert "stopped" in ran.stderr
