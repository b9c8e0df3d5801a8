"""A WebUI server for tests: the real interface over real HTTP, with the behaviour of the real ones, good and bad.

    with StandIn(loras={"vangogh": "4a5b6c7d8e9f"}) as server:
        server.troubles.append(Trouble.OUT_OF_MEMORY)   # of the next painting
        ... server.url ...

`jobs` are the requests that were painted, `interrupts` the ids of the tasks that were running when somebody interrupted.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from tests.support.webui.models import Img2ImgRequest, Txt2ImgRequest
from tests.support.webui.pixels import painted, picture_of
from tests.support.webui.reading import read_prompt
from tests.support.webui.routes import make_app
from tests.support.webui.state import State
from tests.support.webui.troubles import Failing, OutOfMemoryError, Trouble, spoilt
from tests.support.webui.wires import Manner

# The real ones show nothing before show_progress_every_n_steps.
FIRST_SHOWN_STEP = 6
CHECKPOINTS = {"v1-5-pruned.safetensors": "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa"}


@dataclass
class StandIn:
    """One server; everything may be changed while it runs."""

    flavour: str = "forge"
    """forge, or automatic1111: another shape of errors, and from before schedulers were listed."""
    has_pages: bool = True
    """Whether /internal is there."""
    user: str = ""
    password: str = ""
    loras: dict[str, str] = field(default_factory=dict)
    """Name → beginning of its hash."""
    unfitting_loras: set[str] = field(default_factory=set)
    """For another base model: loaded, told, and without effect (AUTOMATIC1111 tells of it in a comment)."""
    checkpoints: dict[str, str] = field(default_factory=lambda: dict(CHECKPOINTS))
    """File → SHA-256."""
    checkpoint: str = "v1-5-pruned.safetensors"
    samplers: tuple[str, ...] = ("DPM++ 2M", "DPM++ SDE", "Euler a", "Euler")
    schedulers: tuple[str, ...] = ("Automatic", "Karras", "SGM Uniform")
    options: dict[str, Any] = field(default_factory=dict)
    cuda_error: str = ""
    step_seconds: float = 0.002
    troubles: deque[Trouble] = field(default_factory=deque)
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """Path → what a proxy answers in the server's place."""
    manners: dict[str, Manner] = field(default_factory=dict)
    """Path → how the server's answers go over the wire."""
    subpath: str = ""
    """As of --subpath, for example "/sd"."""
    files: dict[str, str] = field(default_factory=dict)
    """LoRAs that came into the folder after it was read: listed when it is read anew."""
    aliases: dict[str, str] = field(default_factory=dict)
    """LoRA → the name that its trainer has written into it; both work in a prompt."""
    tells_files: bool = False
    """Whether a LoRA is told by its file's name whichever name was asked for."""
    port: int = 0
    """Where to listen; 0 takes a free one."""
    tls: tuple[Path, Path] | None = None
    """Certificate and key."""

    def __post_init__(self) -> None:
        self.state = State()
        self.jobs: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.interrupts: list[str | None] = []
        self.let_go = threading.Event()
        self.model = self.checkpoint

    def reset(self) -> None:
        """Be as new, on the same port; what still hangs is let go."""
        self.let_go.set()
        with self.state.turn():
            fresh = StandIn()
        for name in (*(one.name for one in fields(self)), "state", "jobs", "asked", "interrupts", "let_go", "model"):
            setattr(self, name, getattr(fresh, name))

    # --- what the routes call, in threads ---

    def img2img(self, request: Img2ImgRequest) -> dict[str, Any]:
        """Paint the photo."""
        return self._generate(request, "scripts_img2img", picture_of(request.init_images[0]))

    def txt2img(self, request: Txt2ImgRequest) -> dict[str, Any]:
        """Paint from words alone."""
        return self._generate(request, "scripts_txt2img", None)

    def _generate(self, request: Img2ImgRequest | Txt2ImgRequest, job: str, photo: Any) -> dict[str, Any]:
        task_id = request.force_task_id or f"task({secrets.token_hex(4)})"
        self.state.pending_tasks.append(task_id)
        with self.state.turn():
            steps = request.steps
            if isinstance(request, Img2ImgRequest):
                steps = int(min(request.denoising_strength, 0.999) * steps) + 1
            self.state.begin(job, task_id, steps)
            self.jobs.append(request.model_dump())
            trouble = self.troubles.popleft() if self.troubles else Trouble.NONE
            try:
                answer = self._paint(request, photo, trouble)
                self.state.finish_task(task_id)
            finally:
                if trouble is not Trouble.STUCK_PROGRESS:
                    self.state.end()
        return answer

    def _paint(self, request: Img2ImgRequest | Txt2ImgRequest, photo: Any, trouble: Trouble) -> dict[str, Any]:
        wanted = (request.override_settings or {}).get("sd_model_checkpoint")
        # What it does not know, it leaves out without a word.
        self.model = next((file for file in self.checkpoints if wanted in self.names_of(file)), self.checkpoint)
        if trouble is Trouble.OTHER_CHECKPOINT:
            self.model = next(file for file in self.checkpoints if wanted not in self.names_of(file))
        extra = self._activate(request, trouble)
        picture = painted(photo, (request.width, request.height), request.seed, request.prompt)
        picture = picture.in_format(self.options.get("samples_format", "png"))
        self.state.job_count = 1
        for step in range(1, self.state.sampling_steps + 1):
            if trouble in (Trouble.HANGS, Trouble.DIES) and step == 3:
                self.let_go.wait(20)
            if trouble in (Trouble.OUT_OF_MEMORY, Trouble.STUCK_PROGRESS) and step == 3:
                raise OutOfMemoryError
            if trouble is Trouble.BREAKS and step == 3:
                raise Failing
            if trouble is Trouble.STOPPED_BY_OTHERS and step == 3:
                self.state.interrupted = True
            if self.state.interrupted or self.state.skipped:
                break
            time.sleep(self.step_seconds)
            self.state.sampling_step = step
            self.state.current_image = base64.b64encode(picture.png).decode() if step >= FIRST_SHOWN_STEP else None
        images = spoilt(trouble, picture, photo)
        return {"images": images, "parameters": {}, "info": picture.info(self, request, extra, trouble)}

    def _activate(self, request: Img2ImgRequest | Txt2ImgRequest, trouble: Trouble) -> dict[str, str]:
        """Load the LoRAs of the prompt: one that is not there loses all of them, and nobody is told."""
        spelled = {alias: name for name, alias in self.aliases.items()}
        wanted = [arguments[0] for arguments in read_prompt(request.prompt).loras]
        told = {spelled.get(name, name) if self.tells_files else name: spelled.get(name, name) for name in wanted}
        wanted = list(told.values())
        if trouble is Trouble.LOSES_LORA or any(name not in self.loras for name in wanted):
            return {}
        if trouble is Trouble.OTHER_LORA:
            return {"Lora hashes": ", ".join(f"{name}: 0123456789ab" for name in wanted)}
        hashes = ", ".join(f"{shown}: {self.loras[name]}" for shown, name in told.items())
        return {"Lora hashes": hashes} if wanted else {}

    def names_of(self, file: str) -> tuple[str, ...]:
        """Every alias of a checkpoint."""
        stem, sha = file.rpartition("/")[2].removesuffix(".safetensors"), self.checkpoints[file]
        return (file, stem, f"{file} [{sha[:10]}]", sha[:10], sha, f"{stem} [{sha[:10]}]")

    # --- the process ---

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://{'localhost' if self.tls else '127.0.0.1'}:{self._port}{self.subpath}"

    def __enter__(self) -> StandIn:
        tls = {"ssl_certfile": self.tls[0], "ssl_keyfile": self.tls[1]} if self.tls else {}
        config = uvicorn.Config(make_app(self), host="127.0.0.1", port=self.port, log_level="critical", lifespan="off", **tls)
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        while not self._uvicorn.started:
            time.sleep(0.005)
        self._port = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        return self

    async def _serve(self) -> None:
        await self._uvicorn.serve()
        for connection in list(self._uvicorn.server_state.connections):
            connection.transport.abort()  # one that still has an answer to send would outlive its loop
        await asyncio.sleep(0)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, also in the middle of something."""
        self.let_go.set()
        self.state.interrupted = True
        self._uvicorn.should_exit = self._uvicorn.force_exit = True
        self._thread.join(10)
