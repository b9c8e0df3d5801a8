"""One WebUI server over HTTP: every request that the engine makes, and nothing else that touches the network.

Everything here raises MeshErrors (`failures.py` words them), follows no redirection, reads no more of an answer than such an
answer can have, and takes no more time than it is given.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from articket_mesh.errors import ErrorReason, MeshError, TransientError
from articket_stylize.engines.webui.config import ENGINE, WebuiConfig
from articket_stylize.engines.webui.failures import of_status, of_transport
from articket_stylize.engines.webui.inventory import Inventory
from articket_stylize.engines.webui.wire import (
    Answer,
    Checkpoint,
    Img2ImgRequest,
    ListedLora,
    ListedSampler,
    ListedScheduler,
    Memory,
    Options,
    PendingTasks,
    ProgressAnswer,
    TaskState,
    Txt2ImgRequest,
)
from articket_stylize.errors import engine_failed, engine_unavailable

__all__ = ["WebuiServer"]

MOST_ANSWER_BYTES = 8 * 2**20
"""Of lists and progress; a LoRA's training tags can make a long list."""
MOST_PAINTING_BYTES = 64 * 2**20
"""A PNG of 1280 px a side in base64 has 7 MiB; forks send it more than once."""

KEPT_OPEN_SECONDS = 1.0

_API = "sdapi/v1"
_SAMPLERS = TypeAdapter(tuple[ListedSampler, ...])
_SCHEDULERS = TypeAdapter(tuple[ListedScheduler, ...])
_CHECKPOINTS = TypeAdapter(tuple[Checkpoint, ...])
_LORAS = TypeAdapter(tuple[ListedLora, ...])
_OPTIONS = TypeAdapter(Options)
_MEMORY = TypeAdapter(Memory)
_PROGRESS = TypeAdapter(ProgressAnswer)
_PENDING = TypeAdapter(PendingTasks)
_TASK = TypeAdapter(TaskState)
_ANSWER = TypeAdapter(Answer)

T = TypeVar("T")


class WebuiServer:
    """Calls one server. `close` ends its connections."""

    def __init__(self, config: WebuiConfig) -> None:
        # A line for each look at the progress says nothing that our own lines do not.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._config = config
        self._has_tasks = True  # /internal/…: only there when the server has its pages on
        self._client = httpx.AsyncClient(
            base_url=config.url.rstrip("/") + "/",
            auth=httpx.BasicAuth(config.user, config.password) if config.user else None,
            verify=_trusting(config) if config.url.startswith("https:") else False,
            timeout=httpx.Timeout(config.answer_seconds, connect=config.connect_seconds),
            # Shorter than any server keeps a connection that rests: a painting must not be sent into one that is just closed.
            limits=httpx.Limits(keepalive_expiry=KEPT_OPEN_SECONDS),
            follow_redirects=False,
            trust_env=False,  # neither proxies nor passwords from elsewhere
        )

    async def close(self) -> None:
        """End the connections. Calling it twice is fine."""
        await self._client.aclose()

    async def look_around(self) -> Inventory:
        """Ask what the server has."""
        self._has_tasks = True  # it may have been started anew, with its pages on
        options = await self._options()
        return Inventory(
            samplers=await self._get("samplers", _SAMPLERS),
            schedulers=await self._get_if_there("schedulers", _SCHEDULERS) or (),
            checkpoints=await self._get("sd-models", _CHECKPOINTS),
            loras=await self._get_if_there("loras", _LORAS) or (),
            selected_checkpoint=options.sd_model_checkpoint or "",
            names_loras=options.lora_add_hashes_to_infotext is not False,
        )

    async def refresh_loras(self) -> None:
        """Let the server read its folder of LoRAs anew, where it can."""
        await self._ask("POST", f"{_API}/refresh-loras", b"{}")

    async def memory(self) -> Memory | None:
        """Ask for the memory; None when the server cannot tell."""
        return await self._get_if_there("memory", _MEMORY)

    async def progress(self, *, with_picture: bool = False) -> ProgressAnswer:
        """Ask what is being painted, whoever wants it."""
        return await self._get("progress", _PROGRESS, {"skip_current_image": str(not with_picture).lower()})

    async def is_overrun(self, error: MeshError) -> bool:
        """Whether a call failed only because all of the server's threads wait for its lock.

        Then there was no answer in time, and the one request that needs no thread has an answer still.
        """
        if not isinstance(error.__cause__, TimeoutError | httpx.ReadTimeout):
            return False
        try:
            await self._get("loras", _LORAS)
        except MeshError:
            return False
        return True

    async def waiting(self) -> Sequence[str]:
        """The ids of the jobs that wait for the server's lock; none where it does not tell."""
        if not self._has_tasks:
            return ()
        try:
            pending = await self._get_if_there("internal/pending-tasks", _PENDING, api="")
        except MeshError:  # a proxy that lets nothing but /sdapi through may answer anything
            pending = None
        self._has_tasks = pending is not None
        return pending.tasks if pending else ()

    async def task(self, task_id: str) -> TaskState | None:
        """How the job of that id stands; None where the server does not tell."""
        if not self._has_tasks:
            return None
        question = TaskQuestion(id_task=task_id).model_dump_json().encode()
        try:
            status, _, body = await self._ask("POST", "internal/progress", question)
            return _parsed(body, _TASK, "internal/progress") if status == HTTPStatus.OK else None
        except MeshError:
            return None

    async def interrupt(self) -> None:
        """Stop the job that runs, whosever it is."""
        status, headers, body = await self._ask("POST", f"{_API}/interrupt", b"{}")
        if status != HTTPStatus.OK:
            raise of_status(status, headers, body, what="interrupt")

    async def paint(self, request: Img2ImgRequest | Txt2ImgRequest) -> Answer:
        """Paint, and wait for it at most as long as a painting may take. Cancelling leaves the server at work."""
        what = "img2img" if isinstance(request, Img2ImgRequest) else "txt2img"
        long_side = max(request.width, request.height)
        content = await asyncio.to_thread(lambda: request.model_dump_json(exclude_none=True).encode())
        status, headers, body = await self._ask(
            "POST", f"{_API}/{what}", content, seconds=self._config.painting_seconds, most=MOST_PAINTING_BYTES, has_begun=True
        )
        if status != HTTPStatus.OK:
            raise of_status(status, headers, body, what=what, long_side_px=long_side)
        return await asyncio.to_thread(_parsed, body, _ANSWER, what)

    async def _options(self) -> Options:
        """What the operator has set; nothing when the server cannot say it: an extension's wrong option makes it answer 500."""
        try:
            return await self._get_if_there("options", _OPTIONS) or Options()
        except MeshError as error:
            if error.reason is ErrorReason.ENGINE_FAILED:
                return Options()
            raise

    async def _get(self, path: str, adapter: TypeAdapter[T], params: Mapping[str, str] | None = None) -> T:
        status, headers, body = await self._ask("GET", f"{_API}/{path}", params=params)
        if status != HTTPStatus.OK:
            raise of_status(status, headers, body, what=path)
        return _parsed(body, adapter, path)

    async def _get_if_there(self, path: str, adapter: TypeAdapter[T], *, api: str = f"{_API}/") -> T | None:
        """Ask for what not every server has."""
        status, headers, body = await self._ask("GET", f"{api}{path}")
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            return None
        if status != HTTPStatus.OK:
            raise of_status(status, headers, body, what=path)
        return _parsed(body, adapter, path)

    async def _ask(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
        most: int = MOST_ANSWER_BYTES,
        has_begun: bool = False,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Give status, headers and body. The time is for all of it: a server that trickles is as bad as one that is silent."""
        seconds = seconds or self._config.answer_seconds
        timeout = httpx.Timeout(seconds, connect=self._config.connect_seconds)
        headers = {"Content-Type": "application/json"} if content is not None else None
        request = self._client.build_request(method, path, params=params, content=content, headers=headers, timeout=timeout)
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._sent(request, most)
                except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                    if method != "GET":
                        raise
                    return await self._sent(request, most)  # a connection that the server had closed; a look may be taken twice
        except (httpx.HTTPError, TimeoutError) as error:
            raise of_transport(error, what=path.rpartition("/")[2], has_begun=has_begun) from error

    async def _sent(self, request: httpx.Request, most: int) -> tuple[int, Mapping[str, str], bytes]:
        response = await self._client.send(request, stream=True)
        try:
            return response.status_code, response.headers, await _bounded(response, most, request.url.path)
        finally:
            await response.aclose()


class TaskQuestion(BaseModel):
    """What /internal/progress is asked."""

    id_task: str
    live_preview: bool = False


async def _bounded(response: httpx.Response, most: int, path: str) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            raise _not_understood(path, f"at most {most} bytes", "more")
    return bytes(body)


def _parsed(body: bytes, adapter: TypeAdapter[T], path: str) -> T:
    try:
        return adapter.validate_json(body)
    except ValidationError:  # its text would hold what the server has sent, and that the prompt
        hint = "something else. Hint: is it a proxy's page?"
        raise _not_understood(path, "JSON as a WebUI answers", hint) from None


def _not_understood(path: str, expected: str, found: str) -> TransientError:
    """A server that cannot list what it has is none; one that has painted something unreadable has failed."""
    how = f"{path.rpartition('/')[2]}: expected {expected}, found {found}"
    return engine_failed(ENGINE, how) if path.endswith("2img") else engine_unavailable(ENGINE, how)


def _trusting(config: WebuiConfig) -> ssl.SSLContext:
    """Trust the given authorities, or the usual ones. Raises MeshError ENGINE_UNAVAILABLE."""
    try:
        return ssl.create_default_context(cafile=config.ca)
    except (OSError, ssl.SSLError) as error:
        raise engine_unavailable(ENGINE, f"the authorities in {config.ca} cannot be read: {error}") from error
