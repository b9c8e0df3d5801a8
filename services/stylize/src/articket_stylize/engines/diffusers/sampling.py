"""Which scheduler of diffusers an artist's sampler is, and with how many steps and how much guidance to paint. Pure.

Artists write samplers as the WebUI servers list them ("DPM++ 2M", "Euler a", "DPM++ 2M Karras"), so that one artist.yaml serves
both engines; a sampler without a noise schedule gets the one that those servers give it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from articket_artists import Img2Img
from articket_stylize.engines.diffusers.config import DiffusersConfig, FewSteps

__all__ = ["FEW_STEPS", "SAMPLERS", "Plan", "Preset", "Scheduler", "UnknownSamplerError", "plan_for", "scheduler_for"]

Options = Mapping[str, object]


@dataclass(frozen=True)
class Scheduler:
    """A class of diffusers by its name, and what it is made with."""

    class_name: str
    options: Options = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Plan:
    """How one painting is sampled."""

    scheduler: Scheduler
    steps: int
    """As the scheduler counts them: about `strength` × `steps` are run."""
    guidance_scale: float
    """1 and less switches the negative prompt off and halves the work."""
    strength: float


@dataclass(frozen=True)
class Preset:
    """What a distilled model was made for: other values give mud."""

    sampler: str
    schedule: str | None
    steps: int
    guidance_scale: float


class UnknownSamplerError(Exception):
    """There is no such sampler here; the message says what was expected."""


# The one place where few-step models differ. The values are those of the models' own pages.
FEW_STEPS: Mapping[FewSteps, Preset] = {
    "lcm": Preset("LCM", None, steps=8, guidance_scale=1.5),
    "lightning": Preset("Euler", "SGM Uniform", steps=8, guidance_scale=1.0),
    "turbo": Preset("Euler a", "SGM Uniform", steps=4, guidance_scale=1.0),
}

# The noise schedules that diffusers' schedulers can be told; a name's key is lower-case.
_SCHEDULES: Mapping[str, Options] = {
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "sgm uniform": {"timestep_spacing": "trailing"},
    "normal": {},
    "uniform": {},
    "simple": {"timestep_spacing": "trailing"},
}


@dataclass(frozen=True)
class _Sampler:
    class_name: str
    options: Options = field(default_factory=dict[str, object])
    usual_schedule: str = "normal"
    """What the WebUI servers' "Automatic" means for it."""


SAMPLERS: Mapping[str, _Sampler] = {
    "euler": _Sampler("EulerDiscreteScheduler"),
    "euler a": _Sampler("EulerAncestralDiscreteScheduler"),
    "heun": _Sampler("HeunDiscreteScheduler"),
    "dpm2": _Sampler("KDPM2DiscreteScheduler", usual_schedule="karras"),
    "dpm2 a": _Sampler("KDPM2AncestralDiscreteScheduler", usual_schedule="karras"),
    "dpm++ 2m": _Sampler("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}, "karras"),
    "dpm++ 2m sde": _Sampler("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}, "exponential"),
    "dpm++ sde": _Sampler("DPMSolverSinglestepScheduler", usual_schedule="karras"),
    "unipc": _Sampler("UniPCMultistepScheduler"),
    "deis": _Sampler("DEISMultistepScheduler"),
    "ddim": _Sampler("DDIMScheduler"),
    "plms": _Sampler("PNDMScheduler", {"skip_prk_steps": True}),
    "lcm": _Sampler("LCMScheduler"),
    "tcd": _Sampler("TCDScheduler"),
}
"""By their lower-case names. What needs more packages than the engine has (LMS, DPM++ 3M SDE) is not among them."""

# These have no other noise schedule than their own.
_PLAIN = frozenset({"DDIMScheduler", "PNDMScheduler", "LCMScheduler", "TCDScheduler", "EulerAncestralDiscreteScheduler"})


def plan_for(values: Img2Img, config: DiffusersConfig, *, is_drawing: bool = False) -> Plan:
    """Decide how an artist paints with this model. Raises UnknownSamplerError."""
    sampler, schedule, steps, guidance_scale = values.sampler, values.scheduler, values.steps, values.guidance_scale
    if config.few_steps is not None:
        preset = FEW_STEPS[config.few_steps]
        sampler, schedule = preset.sampler, preset.schedule
        steps, guidance_scale = preset.steps, preset.guidance_scale
    steps = config.steps or steps
    if config.guidance_scale is not None:
        guidance_scale = config.guidance_scale
    strength = 1.0 if is_drawing else values.denoising_strength
    return Plan(scheduler_for(sampler, schedule), _at_least_one(steps, strength), guidance_scale, strength)


def scheduler_for(sampler: str, schedule: str | None = None) -> Scheduler:
    """Find the scheduler for what an artist has written. Raises UnknownSamplerError."""
    name = " ".join(sampler.lower().split())
    wanted = None if schedule is None or schedule.lower() == "automatic" else schedule.lower()
    if name not in SAMPLERS:
        name, wanted = _split(name, wanted)
    found = SAMPLERS.get(name)
    if found is None or (wanted is not None and wanted not in _SCHEDULES):
        raise UnknownSamplerError(_unknown(sampler, schedule))
    options = _SCHEDULES[wanted or found.usual_schedule]
    if found.class_name in _PLAIN and any(option.startswith("use_") for option in options):
        raise UnknownSamplerError(_unknown(sampler, schedule))
    return Scheduler(found.class_name, {**found.options, **options})


def _split(name: str, wanted: str | None) -> tuple[str, str | None]:
    """Take "dpm++ 2m karras" apart."""
    for schedule in _SCHEDULES:
        if name.endswith(f" {schedule}") and wanted in (None, schedule):
            return name.removesuffix(f" {schedule}"), schedule
    return name, wanted


def _unknown(sampler: str, schedule: str | None) -> str:
    found = f"{sampler!r}" + (f" with the scheduler {schedule!r}" if schedule else "")
    return f"expected a sampler of {', '.join(SAMPLERS)}, or one with {', '.join(_SCHEDULES)}, found {found}"


def _at_least_one(steps: int, strength: float) -> int:
    """As many steps as it takes for one to be run; img2img skips the first ones."""
    while int(steps * strength) < 1:
        steps += 1
    return steps
