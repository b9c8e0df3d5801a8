"""What engine and stand-in write and read are the fields that AUTOMATIC1111 and Forge publish, of the same types."""

from __future__ import annotations

import json
import typing
from pathlib import Path
from types import NoneType

import pytest
from pydantic import BaseModel

from articket_stylize.engines.webui import wire
from tests.support.webui import models
from tests.support.webui.pixels import painted
from tests.support.webui.stand_in import StandIn
from tests.support.webui.state import State
from tests.support.webui.troubles import Trouble

PUBLISHED = json.loads((Path(models.__file__).with_name("published_models.json")).read_text())
FORGE, AUTOMATIC1111 = PUBLISHED["forge"], PUBLISHED["automatic1111"]


def kind(annotation: object) -> str:
    """The bare type of a field: how it is written, and whether it may be missing, is not the wire's concern."""
    if isinstance(annotation, str):
        bare = annotation.replace("Optional[", "").replace(" | None", "").split("[")[0].strip("]").lower()
        return {"tuple": "list"}.get(bare, bare)
    arguments = [one for one in typing.get_args(annotation) if one is not NoneType]
    origin = typing.get_origin(annotation)
    if origin in (list, tuple, dict):
        return "list" if origin is tuple else origin.__name__
    return kind(arguments[0]) if arguments else getattr(annotation, "__name__", str(annotation))


def fields(model: type[BaseModel]) -> dict[str, str]:
    return {name: kind(field.annotation) for name, field in model.model_fields.items()}


def differing(model: type[BaseModel], published: dict[str, str]) -> dict[str, str]:
    """The fields that are published otherwise, or not at all. `mask` and the like are images there, texts on the wire."""
    return {name: found for name, found in fields(model).items() if kind(published.get(name, "missing")) != found}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (wire.Img2ImgRequest, "img2img"),
        (wire.Txt2ImgRequest, "txt2img"),
        (models.Img2ImgRequest, "img2img"),
        (models.Txt2ImgRequest, "txt2img"),
    ],
)
def test_every_field_of_a_request_is_published(model: type[BaseModel], name: str):
    assert differing(model, FORGE["requests"][name]) == {}
    assert set(differing(model, AUTOMATIC1111["requests"][name])) <= {"scheduler"}  # which the engine leaves out there


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (wire.Answer, "img2img"),
        (wire.Answer, "txt2img"),
        (wire.ListedSampler, "samplers"),
        (wire.ListedScheduler, "schedulers"),
        (wire.Checkpoint, "sd-models"),
        (wire.Memory, "memory"),
        (wire.TaskState, "internal/progress"),
        (wire.PendingTasks, "internal/pending-tasks"),
        (models.GenerationAnswer, "img2img"),
        (models.ProgressAnswer, "progress"),
        (models.SamplerItem, "samplers"),
        (models.SchedulerItem, "schedulers"),
        (models.SDModelItem, "sd-models"),
        (models.MemoryAnswer, "memory"),
        (models.TaskAnswer, "internal/progress"),
        (models.PendingTasksAnswer, "internal/pending-tasks"),
    ],
)
def test_every_field_of_an_answer_is_published(model: type[BaseModel], name: str):
    for origin in (FORGE, AUTOMATIC1111):
        assert name not in origin["answers"] or differing(model, origin["answers"][name]) == {}


def test_the_stand_in_answers_with_every_published_field():
    whole = {
        "progress": models.ProgressAnswer,
        "img2img": models.GenerationAnswer,
        "internal/progress": models.TaskAnswer,
        "internal/pending-tasks": models.PendingTasksAnswer,
        "samplers": models.SamplerItem,
        "schedulers": models.SchedulerItem,
        "sd-models": models.SDModelItem,
    }
    for name, model in whole.items():
        assert set(fields(model)) == set(FORGE["answers"][name])


def test_the_progress_is_read_as_published_and_one_field_that_only_some_tell():
    assert set(fields(wire.ProgressAnswer)) - set(FORGE["answers"]["progress"]) == {"current_task"}
    assert set(fields(wire.State)) <= set(FORGE["keys"]["state"]) == set(State().told())
    assert set(fields(wire.ListedLora)) <= set(FORGE["keys"]["loras"])


def test_what_is_said_of_a_picture_has_published_names():
    request = models.Img2ImgRequest(prompt="a cat", sampler_name="Euler", seed=1)
    told = json.loads(painted(None, (64, 64), 1, "a cat").info(StandIn(), request, {}, Trouble.NONE))
    assert set(told) <= set(FORGE["keys"]["info"])
    assert set(fields(wire.Generation)) <= set(FORGE["keys"]["info"])
