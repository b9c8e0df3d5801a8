"""A look's parameters are real: each one changes the painting, so that a new artist is a matter of configuration."""

from collections.abc import Iterator

import annotated_types
import numpy as np
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from articket_artists.looks import Dabs, Strokes
from articket_artists.looks.dabs import DabLayer
from articket_artists.looks.strokes import StrokeLayer
from tests.support.painting import look_of, painted, read_photo, subject_of

Path = tuple[str, ...]
PHOTO, SIDE = "portrait-woman-astronaut", 200


def parameters(model: BaseModel, path: Path = ()) -> Iterator[tuple[Path, object, FieldInfo]]:
    """Each parameter of a look with its value; of layers, those of the first."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from parameters(value, (*path, name))
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            yield from parameters(value[0], (*path, name))
        elif name != "recipe":
            yield (*path, name), value, field


def another(value: object, field: FieldInfo) -> object:
    """A different value within the field's range."""
    if isinstance(value, str):
        return "#00ff30"
    if isinstance(value, tuple):
        return (0.3, 0.9) if isinstance(value[0], float | int) else ("#00ff30", "#ff00aa")
    assert isinstance(value, float | int)
    most = next((m.le for m in field.metadata if isinstance(m, annotated_types.Le)), None)
    least = next((m.ge for m in field.metadata if isinstance(m, annotated_types.Ge)), 0.1)
    assert most is not None, "every number needs a range"
    return type(value)(most if abs(most - value) >= abs(value - least) else least)


def replaced(model: BaseModel, path: Path, value: object) -> BaseModel:
    name, *rest = path
    if not rest:
        return model.model_validate({**model.model_dump(), name: value})
    part = getattr(model, name)
    inner = (
        (replaced(part[0], tuple(rest), value), *part[1:]) if isinstance(part, tuple) else replaced(part, tuple(rest), value)
    )
    return model.model_copy(update={name: inner})


# Two plain layers paint a small picture quickly and use every parameter of a layer.
STROKES = Strokes.model_validate(
    {
        **look_of("vangogh").model_dump(),
        "layers": (StrokeLayer(radius=20, bristles=2, detail=(0.0, 0.1)), StrokeLayer(radius=9, bristles=1)),
    }
)
DABS = Dabs.model_validate(
    {
        **look_of("renoir").model_dump(),
        "layers": (DabLayer(radius=20, hairs=2, detail=(0.0, 0.1)), DabLayer(radius=9, hairs=1, opacity=0.5)),
        "colouring": {**look_of("renoir").colouring.model_dump(), "palette_pull": 0.3},
    }
)
CASES = [(look, path, value, field) for look in (STROKES, DABS) for path, value, field in parameters(look)]


@pytest.mark.parametrize(
    ("look", "path", "value", "field"), CASES, ids=[f"{case[0].recipe}-{'.'.join(case[1])}" for case in CASES]
)
def test_each_parameter_changes_the_painting(look, path, value, field):
    photo, subject = read_photo(PHOTO, SIDE), subject_of(PHOTO, SIDE)
    changed = replaced(look, path, another(value, field))
    before, after = (painted(photo, each, subject=subject) for each in (look, changed))
    assert not np.array_equal(before, after)


@pytest.mark.parametrize("look", [Strokes(), Dabs()], ids=["strokes", "dabs"])
def test_each_parameter_is_described(look):
    undescribed = [".".join(path) for path, _, field in parameters(look) if not field.description]
    assert undescribed == []


def test_the_palette_gives_the_painting_its_hues():
    look = STROKES.model_copy(update={"colouring": STROKES.colouring.model_copy(update={"palette_pull": 1.0})})
    red, blue = (
        look.model_copy(update={"colouring": look.colouring.model_copy(update={"palette": colours})})
        for colours in (("#801010", "#ff9080"), ("#101080", "#8090ff"))
    )
    photo, subject = read_photo(PHOTO, SIDE), subject_of(PHOTO, SIDE)
    of_red, of_blue = (painted(photo, each, subject=subject).mean(axis=(0, 1)) for each in (red, blue))
    assert of_red[2] > of_red[0] + 30
    assert of_blue[0] > of_blue[2] + 30
