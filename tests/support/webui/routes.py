"""The stand-in's HTTP: the routes of /sdapi/v1 and /internal, who may ask, and what answers look like when something breaks."""

from __future__ import annotations

from collections.abc import Callable
from secrets import compare_digest
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from starlette.requests import Request

from tests.support.webui import models
from tests.support.webui.wires import Wire

if TYPE_CHECKING:
    from tests.support.webui.stand_in import StandIn

BASIC = Depends(HTTPBasic())


def make_app(server: StandIn) -> Any:
    """Make the ASGI application. The handlers are sync, as the real ones are: each call holds one of 40 threads."""
    app = FastAPI(exception_handlers={Exception: _handler(server)})
    guard = [Depends(_auth(server))] if server.user else []
    _add_work(app, server, guard)
    _add_lists(app, server, guard)
    if server.has_pages:
        _add_internal(app, server)
    if server.flavour == "forge":
        app.add_middleware(GZipMiddleware, minimum_size=1000)
    return Wire(app, server)


def _add_work(app: FastAPI, server: StandIn, guard: list[Any]) -> None:
    @app.post("/sdapi/v1/img2img", response_model=models.GenerationAnswer, dependencies=guard)
    def img2img(request: models.Img2ImgRequest) -> Any:
        if request.init_images is None:
            raise HTTPException(404, "Init image not found")
        _check_sampler(server, request)
        return server.img2img(request)

    @app.post("/sdapi/v1/txt2img", response_model=models.GenerationAnswer, dependencies=guard)
    def txt2img(request: models.Txt2ImgRequest) -> Any:
        _check_sampler(server, request)
        return server.txt2img(request)

    @app.get("/sdapi/v1/progress", response_model=models.ProgressAnswer, dependencies=guard)
    def progress(skip_current_image: bool = False) -> Any:
        state = server.state
        image = None if skip_current_image else state.current_image
        return {"progress": state.progress, "eta_relative": 1.5, "state": state.told(), "current_image": image}

    @app.post("/sdapi/v1/interrupt", dependencies=guard)
    def interrupt() -> Any:
        server.interrupts.append(server.state.current_task if server.state.job_count else None)
        server.state.interrupted = True
        return {}


def _add_lists(app: FastAPI, server: StandIn, guard: list[Any]) -> None:
    @app.get("/sdapi/v1/samplers", response_model=list[models.SamplerItem], dependencies=guard)
    def samplers() -> Any:
        return [{"name": name, "aliases": [f"k_{name.lower()}"], "options": {}} for name in server.samplers]

    if server.flavour == "forge":

        @app.get("/sdapi/v1/schedulers", response_model=list[models.SchedulerItem], dependencies=guard)
        def schedulers() -> Any:
            named = [(name, name.lower().replace(" ", "_")) for name in server.schedulers]
            return [
                {"name": name, "label": label, "aliases": None, "default_rho": -1.0, "need_inner_model": False}
                for label, name in named
            ]

    @app.get("/sdapi/v1/sd-models", response_model=list[models.SDModelItem], dependencies=guard)
    def sd_models() -> Any:
        return [
            {
                "title": f"{file} [{sha[:10]}]",
                "model_name": file.replace("/", "_").removesuffix(".safetensors"),
                "hash": sha[:10],
                "sha256": sha,
                "filename": f"/models/Stable-diffusion/{file}",
            }
            for file, sha in server.checkpoints.items()
        ]

    @app.get("/sdapi/v1/options", dependencies=guard)
    def options() -> Any:
        sha = server.checkpoints.get(server.checkpoint, "")
        selected = f"{server.checkpoint} [{sha[:10]}]"
        return {"sd_model_checkpoint": selected, "lora_add_hashes_to_infotext": True} | server.options

    @app.get("/sdapi/v1/memory", response_model=models.MemoryAnswer, dependencies=guard)
    def memory() -> Any:
        system = {"free": 6 * 2**30, "used": 2 * 2**30, "total": 8 * 2**30}
        cuda = {"error": server.cuda_error} if server.cuda_error else {"system": system, "events": {"retries": 0, "oom": 0}}
        return {"ram": system, "cuda": cuda}

    # Outside --api-auth, and without a thread: as the LoRA extension registers it.
    @app.get("/sdapi/v1/loras")
    async def loras() -> Any:
        return [
            {"name": name, "alias": server.aliases.get(name, name), "path": f"/models/Lora/{name}.safetensors", "metadata": {}}
            for name in server.loras
        ]

    @app.post("/sdapi/v1/refresh-loras")
    async def refresh_loras() -> None:
        server.loras |= server.files


def _add_internal(app: FastAPI, server: StandIn) -> None:
    @app.get("/internal/pending-tasks", response_model=models.PendingTasksAnswer)
    def pending_tasks() -> Any:
        return {"size": len(server.state.pending_tasks), "tasks": server.state.pending_tasks}

    @app.post("/internal/progress", response_model=models.TaskAnswer)
    def progress(request: models.TaskRequest) -> Any:
        state, task_id = server.state, request.id_task
        return {
            "active": task_id == state.current_task,
            "queued": task_id in state.pending_tasks,
            "completed": task_id in state.finished_tasks,
        }


def _check_sampler(server: StandIn, request: models.GenerationRequest) -> None:
    if (request.sampler_name or request.sampler_index) in server.samplers:
        return
    if server.flavour != "forge":
        raise HTTPException(404, "Sampler not found")
    request.sampler_name = server.samplers[0]  # without a word


def _auth(server: StandIn) -> Callable[..., None]:
    def check(credentials: HTTPBasicCredentials = BASIC) -> None:
        given, wanted = (credentials.username, credentials.password), (server.user, server.password)
        if not all(compare_digest(one, other) for one, other in zip(given, wanted, strict=True)):
            raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Basic"})

    return check


def _handler(server: StandIn) -> Callable[[Request, Exception], JSONResponse]:
    def handle(_: Request, error: Exception) -> JSONResponse:
        key = "message" if server.flavour == "forge" else "errors"
        return JSONResponse({"error": type(error).__name__, "detail": "", "body": "", key: str(error)}, 500)

    return handle
