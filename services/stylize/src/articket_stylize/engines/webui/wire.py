"""The JSON of `/sdapi/v1` and `/internal`, as far as the engine writes and reads it.

`asking.py` fills the requests; `server.py` parses the answers. What a server says beyond these fields is not looked at: forks
add a great deal. Names and types follow AUTOMATIC1111 and Forge as published (tests/support/webui/published_models.json).
"""

from __future__ import annotations

from typing import cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "Answer",
    "Checkpoint",
    "Generation",
    "Img2ImgRequest",
    "ListedLora",
    "ListedSampler",
    "ListedScheduler",
    "Memory",
    "Options",
    "PendingTasks",
    "ProgressAnswer",
    "State",
    "TaskState",
    "Txt2ImgRequest",
]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _null_says_nothing(cls, said: object) -> object:
        if not isinstance(said, dict):
            return said
        return {key: value for key, value in cast("dict[str, object]", said).items() if value is not None}


class ListedSampler(_Said):
    """One of GET samplers."""

    name: str
    aliases: tuple[str, ...] | None = None


class ListedScheduler(_Said):
    """One of GET schedulers."""

    name: str
    label: str
    aliases: tuple[str, ...] | None = None


class Checkpoint(_Said):
    """One of GET sd-models."""

    title: str
    """The path below the model folder, and the short hash in brackets once it is known."""
    model_name: str = ""
    hash: str | None = None
    sha256: str | None = None
    filename: str | None = None


class ListedLora(_Said):
    """One of GET loras."""

    name: str
    alias: str | None = None


class Options(_Said):
    """Of GET options, what matters here."""

    sd_model_checkpoint: str | None = None
    lora_add_hashes_to_infotext: bool | None = None


class Memory(_Said):
    """GET memory; sizes in bytes. `cuda` has the key "error" instead when there is no GPU to ask."""

    cuda: dict[str, object]


class State(_Said):
    """What the server is doing, whoever asked for it."""

    skipped: bool = False
    interrupted: bool = False
    stopping_generation: bool = False
    job: str | None = None
    job_count: int = 0
    """0 when nothing runs; -1 when a job has just begun."""
    job_timestamp: str = "0"
    """When the latest job began, to the second."""
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0


class ProgressAnswer(_Said):
    """GET progress."""

    progress: float = 0.0
    eta_relative: float = 0.0
    """Seconds."""
    state: State = State()
    current_image: str | None = None
    """Base64."""
    current_task: str | None = None
    """The id of the running job, where a server tells it."""

    @property
    def is_busy(self) -> bool:
        """Whether a job runs, or seems to."""
        return self.state.job_count != 0 or self.progress > 0


class PendingTasks(_Said):
    """GET /internal/pending-tasks: the ids of those who wait for the one lock, and of some that never got it."""

    tasks: tuple[str, ...] = ()


class TaskState(_Said):
    """POST /internal/progress: how one job stands."""

    active: bool = False
    queued: bool = False
    completed: bool = False


class Answer(_Said):
    """POST img2img and txt2img."""

    images: tuple[str, ...] | None = None
    """Base64."""
    info: str
    """JSON again: a `Generation`."""


class Generation(_Said):
    """What the server says it has done."""

    seed: int | None = None
    all_seeds: tuple[int, ...] | None = None
    index_of_first_image: int | None = None
    """Of the first picture that is no grid."""
    sampler_name: str | None = None
    sd_model_name: str | None = None
    sd_model_hash: str | None = None
    extra_generation_params: dict[str, object] | None = None
    infotexts: tuple[str | None, ...] | None = None
    job_timestamp: str | None = None


class _GenerationRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    negative_prompt: str
    seed: int
    sampler_name: str
    scheduler: str | None
    """None for servers that know none."""
    steps: int
    cfg_scale: float
    width: int
    height: int
    override_settings: dict[str, str]
    force_task_id: str
    """Names the job in /internal/progress, where there is one."""
    override_settings_restore_afterwards: bool = True
    batch_size: int = 1
    n_iter: int = 1
    styles: list[str] = Field(default_factory=list[str])
    # Said though they are the defaults: a server's own options must not decide over a visitor's picture.
    restore_faces: bool = False
    tiling: bool = False
    disable_extra_networks: bool = False
    send_images: bool = True
    # Nothing of a visitor stays on the server.
    save_images: bool = False
    do_not_save_samples: bool = True
    do_not_save_grid: bool = True


class Img2ImgRequest(_GenerationRequest):
    """POST img2img."""

    init_images: list[str]
    """Base64."""
    denoising_strength: float
    resize_mode: int = 0
    include_init_images: bool = False


class Txt2ImgRequest(_GenerationRequest):
    """POST txt2img."""

    enable_hr: bool = False
