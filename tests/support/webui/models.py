"""The stand-in's requests and answers, named and typed as published_models.json has them (a test compares)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(protected_namespaces=())


class GenerationRequest(_Model):
    """What img2img and txt2img share; everything may be left out, and what is unknown is ignored."""

    prompt: str | None = ""
    negative_prompt: str | None = ""
    styles: list[str] | None = None
    seed: int | None = -1
    sampler_name: str | None = None
    scheduler: str | None = None
    batch_size: int | None = 1
    n_iter: int | None = 1
    steps: int | None = 50
    cfg_scale: float | None = 7.0
    width: int | None = 512
    height: int | None = 512
    restore_faces: bool | None = None
    tiling: bool | None = None
    do_not_save_samples: bool | None = False
    do_not_save_grid: bool | None = False
    override_settings: dict[str, Any] | None = None
    override_settings_restore_afterwards: bool | None = True
    disable_extra_networks: bool | None = False
    sampler_index: str = "Euler"
    script_name: str | None = None
    script_args: list = Field(default_factory=list)
    send_images: bool = True
    save_images: bool = False
    alwayson_scripts: dict = Field(default_factory=dict)
    force_task_id: str | None = None


class Img2ImgRequest(GenerationRequest):
    init_images: list | None = None
    resize_mode: int | None = 0
    denoising_strength: float = 0.75
    mask: str | None = None
    include_init_images: bool = False


class Txt2ImgRequest(GenerationRequest):
    enable_hr: bool | None = False


class GenerationAnswer(_Model):
    images: list[str] | None = None
    parameters: dict
    info: str


class ProgressAnswer(_Model):
    progress: float
    eta_relative: float
    state: dict
    current_image: str | None = None
    textinfo: str | None = None


class SamplerItem(_Model):
    name: str
    aliases: list[str]
    options: dict[str, Any]


class SchedulerItem(_Model):
    name: str
    label: str
    aliases: list[str] | None
    default_rho: float | None
    need_inner_model: bool | None


class SDModelItem(_Model):
    title: str
    model_name: str
    hash: str | None
    sha256: str | None
    filename: str
    config: str | None = None


class MemoryAnswer(_Model):
    ram: dict
    cuda: dict


class TaskRequest(_Model):
    id_task: str = None  # type: ignore[assignment]  # as published
    id_live_preview: int = -1
    live_preview: bool = True


class TaskAnswer(_Model):
    active: bool
    queued: bool
    completed: bool
    progress: float | None = None
    eta: float | None = None
    live_preview: str | None = None
    id_live_preview: int | None = None
    textinfo: str | None = None


class PendingTasksAnswer(_Model):
    size: int
    tasks: list[str]
