"""What every recipe that lays strokes promises: any photo, the same bytes for the same seed, real progress, and stopping."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from articket_artists.looks import Dabs, Strokes
from articket_stylize.engines.painterly import StepDone, analyse, paint
from tests.support.painting import look_of, painted, read_photo, subject_of

SMALL = 256
ARTISTS = ("vangogh", "renoir")
RANDOM = np.random.default_rng(0)


class Enough(BaseException):
    """Raised by a report that has seen enough."""


@pytest.mark.parametrize("artist", ARTISTS)
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(artist):
    photo = read_photo("portrait-woman-astronaut", 512)
    paintings = set()
    for threads in (1, 2, 1, 2, 1):
        cv2.setNumThreads(threads)
        paintings.add(painted(photo, look_of(artist), seed=2**64 - 1).tobytes())
    assert len(paintings) == 1


@pytest.mark.parametrize("artist", ARTISTS)
def test_another_seed_gives_visibly_another_painting(artist):
    photo, subject = read_photo("portrait-woman-astronaut", SMALL), subject_of("portrait-woman-astronaut", SMALL)
    one, other = (painted(photo, look_of(artist), seed=seed, subject=subject) for seed in (1, 2))
    assert np.abs(one.astype(int) - other).mean() > 8


@pytest.mark.parametrize("artist", ARTISTS)
@pytest.mark.parametrize("shape", [(64, 64), (64, 1280), (1280, 64), (97, 65), (333, 500)])
def test_a_painting_is_as_large_as_its_photo(artist, shape):
    photo = RANDOM.integers(0, 256, (*shape, 3), np.uint8)
    painting = painted(photo, look_of(artist))
    assert painting.shape == photo.shape
    assert painting.dtype == np.uint8
    assert painting.flags.c_contiguous


@pytest.mark.parametrize("artist", ARTISTS)
@pytest.mark.parametrize(
    "change",
    [
        lambda photo: photo // 25,
        lambda photo: 240 + photo // 20,
        lambda photo: cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
        lambda photo: photo[:, ::-1],
        lambda photo: np.full_like(photo, 0),
        lambda photo: np.full_like(photo, 255),
        lambda photo: np.full_like(photo, (20, 30, 200)),
    ],
    ids=["dim", "pale", "grey", "mirrored", "black", "white", "one colour"],
)
def test_odd_photos_are_painted_too(artist, change):
    painting = painted(change(read_photo("portrait-woman-astronaut", SMALL)), look_of(artist))
    assert painting.std() > 5  # strokes, not a flat sheet


@pytest.mark.parametrize("artist", ARTISTS)
def test_a_white_photo_becomes_a_light_painting_and_a_black_one_a_dark(artist):
    white, black = (painted(np.full((200, 200, 3), value, np.uint8), look_of(artist)) for value in (255, 0))
    assert white.mean() > black.mean() + 40


@pytest.mark.parametrize("artist", ARTISTS)
def test_photos_are_painted_without_the_networks(artist):
    photo = read_photo("portrait-woman-astronaut", SMALL)
    assert painted(photo, look_of(artist), subject=analyse(photo, Path("/nonexistent"))).std() > 20


@pytest.mark.parametrize("look", [Strokes(), Dabs()], ids=["strokes", "dabs"])
def test_a_recipe_paints_with_its_defaults(look):
    assert painted(read_photo("pet-cat", SMALL), look).std() > 20


@pytest.mark.parametrize("artist", ARTISTS)
def test_the_photo_is_left_as_it_is(artist):
    photo = read_photo("portrait-woman-astronaut", SMALL).copy()
    before = photo.copy()
    painted(photo, look_of(artist))
    assert np.array_equal(photo, before)


@pytest.mark.parametrize("artist", ARTISTS)
def test_steps_are_reported_in_order_with_the_canvas_as_it_stands(artist):
    photo, subject = read_photo("portrait-woman-astronaut", SMALL), subject_of("portrait-woman-astronaut", SMALL)
    steps: list[StepDone] = []

    def report(step: StepDone) -> None:
        assert step.canvas.shape == photo.shape
        steps.append(StepDone(step.index, step.count, step.label, step.canvas.copy()))

    painting = paint(photo, look_of(artist), subject=subject, seed=1, report=report)
    assert [step.index for step in steps] == list(range(1, steps[0].count + 1))
    assert len({step.label for step in steps}) == steps[0].count == len(steps)
    assert np.array_equal(steps[-1].canvas, painting)
    for before, after in pairwise(steps):
        assert not np.array_equal(before.canvas, after.canvas), after.label


@pytest.mark.parametrize("artist", ARTISTS)
def test_each_layer_brings_the_canvas_nearer_to_the_photos_forms(artist):
    photo, subject = read_photo("portrait-man-beard", 512), subject_of("portrait-man-beard", 512)
    edges = _edges(photo)
    nearness: list[float] = []

    def report(step: StepDone) -> None:
        nearness.append(float(np.corrcoef(edges.ravel(), _edges(step.canvas).ravel())[0, 1]))

    paint(photo, look_of(artist), subject=subject, seed=1, report=report)
    layers = nearness[1 : 1 + len(look_of(artist).layers)]
    assert layers[-1] > layers[0]


def _edges(picture):
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (0, 0), 2)
    return np.abs(cv2.Laplacian(grey, cv2.CV_32F))


@pytest.mark.parametrize("artist", ARTISTS)
@pytest.mark.parametrize("stop_at", [1, 3])
def test_a_report_that_raises_stops_the_painting(artist, stop_at):
    seen: list[int] = []

    def report(step: StepDone) -> None:
        seen.append(step.index)
        if step.index == stop_at:
            raise Enough

    photo = read_photo("pet-cat", SMALL)
    with pytest.raises(Enough):
        paint(photo, look_of(artist), subject=subject_of("pet-cat", SMALL), seed=1, report=report)
    assert seen == list(range(1, stop_at + 1))
