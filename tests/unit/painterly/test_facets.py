"""The `facets` recipe: planes that slide, and faces seen from two sides that are still found."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from articket_artists.looks import Facets
from articket_artists.looks.facets import Skin, Views
from articket_stylize.engines.painterly import Face, StepDone, analyse, paint
from articket_stylize.engines.painterly.colour import Picture, to_lab
from articket_stylize.engines.painterly.planes import cut_facets
from tests.support.faces import face_score, mean_delta_e, ssim_grey
from tests.support.painting import painted, read_photo, subject_of

LOOK = Facets()
SIDE = 384
PORTRAITS = ("portrait-man-glasses", "portrait-man-dark-skin", "portrait-woman-laughing", "portrait-man-grey-beard-glasses")
BROWNS = (("#1d1a17", "#3a332b", "#5a5044"), ("#4a3a28", "#7d6444", "#b1946a"), ("#6d675c", "#a49c8b", "#d8cfba"))


def cubist(name: str, look: Facets = LOOK, *, seed: int = 1, side: int = SIDE) -> Picture:
    return painted(read_photo(name, side), look, seed=seed, subject=subject_of(name, side))


def test_same_seed_paints_the_same_bytes_on_one_thread_and_on_two():
    first = cubist("portrait-woman-astronaut")
    for repeat in range(6):
        cv2.setNumThreads(1 + repeat % 2)
        cv2.setRNGSeed(repeat)
        assert np.array_equal(cubist("portrait-woman-astronaut"), first)


def test_another_seed_paints_another_picture():
    one, other = cubist("portrait-man-glasses", seed=1), cubist("portrait-man-glasses", seed=2)
    assert mean_delta_e(one, other) > 10


@pytest.mark.parametrize("name", PORTRAITS)
def test_people_are_repainted(name: str):
    photo = read_photo(name, 800)
    picture = cubist(name, side=800)
    assert mean_delta_e(photo, picture) > 20
    assert ssim_grey(photo, picture) < 0.55


def test_people_are_found_again():
    scores = [face_score(read_photo(name, 800), cubist(name, side=800)) for name in PORTRAITS]
    assert min(scores) > 0.6
    assert np.mean(scores) > 0.78


def test_a_palette_of_browns_paints_nothing_but_browns():
    look = Facets(palette=BROWNS, views=None)
    lab = to_lab(cubist("place-mountains", look))
    assert np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 99) < 40
    assert np.median(lab[..., 2]) > 2


def test_faces_are_drawn_only_when_the_look_has_views():
    with_face, without = cubist("portrait-man-glasses"), cubist("portrait-man-glasses", Facets(views=None))
    face = subject_of("portrait-man-glasses", SIDE).faces[0]
    x, y = (int(v) for v in face.eyes[0])
    near = np.s_[y - 12 : y + 12, x - 12 : x + 12]
    assert np.abs(with_face[near].astype(int) - without[near]).mean() > 20


def test_a_face_takes_the_colours_of_the_skin():
    blue = ("#10307a", "#2f6fd0", "#8fc0f0")
    look = Facets(views=Views(skins=(Skin(near=blue, far=blue),)))
    face = subject_of("portrait-woman-laughing", SIDE).faces[0]
    x, y = (int(v) for v in face.centre)
    cheeks = to_lab(cubist("portrait-woman-laughing", look))[y : y + int(0.2 * face.height), x - 40 : x + 40]
    assert np.median(cheeks[..., 2]) < -15


@pytest.mark.parametrize(
    "change",
    [
        {"palette": BROWNS},
        {"ink": "#303080"},
        {"facets": 12},
        {"bend": 0},
        {"shift": 0},
        {"recolour": 0},
        {"recolour_subject": 1},
        {"planes": 4},
        {"stripes": 1},
        {"contour": 0},
        {"drawing": 0},
        {"stroke": 20},
        {"impasto": 0},
        {"views": None},
        {"views": {"lips": "#20c020"}},
        {"views": {"displacement": 2}},
        {"views": {"eye_size": 1.4}},
        {"views": {"eyes": ["#ffffff"]}},
    ],
    ids=str,
)
def test_every_parameter_changes_the_painting(change: dict[str, object]):
    plain = cubist("portrait-man-glasses")
    assert np.mean(cubist("portrait-man-glasses", Facets.model_validate(change)) != plain) > 0.0005


def test_the_ground_is_seen_in_the_first_step():
    photo = read_photo("pet-cat", SIDE)
    steps: list[StepDone] = []
    look = Facets(ground="#ff8000")
    paint(photo, look, subject=subject_of("pet-cat", SIDE), seed=1, report=steps.append)
    assert tuple(np.median(steps[0].canvas.reshape(-1, 3), axis=0)) == (0, 128, 255)


@pytest.mark.parametrize("size", [(64, 64), (64, 500), (500, 64), (97, 65), (361, 359)])
def test_any_size_is_painted(size: tuple[int, int]):
    photo = np.asarray(cv2.resize(read_photo("portrait-man-glasses", SIDE), size[::-1]), np.uint8)
    assert painted(photo, LOOK).shape == photo.shape


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((120, 160, 3), np.uint8),
        np.full((120, 160, 3), 255, np.uint8),
        np.full((120, 160, 3), (0, 0, 255), np.uint8),
        np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8),
        read_photo("portrait-man-glasses", SIDE) // 40,
        255 - read_photo("portrait-man-glasses", SIDE) // 30,
        cv2.merge([cv2.cvtColor(read_photo("portrait-man-glasses", SIDE), cv2.COLOR_BGR2GRAY)] * 3),
    ],
    ids=["black", "white", "red", "noise", "very dark", "very bright", "grey"],
)
def test_photos_that_show_little_are_painted(photo: Picture):
    assert painted(photo, LOOK).shape == photo.shape


@pytest.mark.parametrize(
    "face",
    [
        Face(-60, -40, 200, 220, 0.7, ((-20, 30), (90, 40), (30, 80), (30, 130), (-60, 30), (120, 50))),
        Face(100, 100, 60, 60, 0.9, ((130, 130),) * 6),
        Face(90, 60, 120, 150, 0.9),
        Face(90, 60, 120, 150, 0.9, ((170, 170), (110, 170), (140, 140), (140, 100), (200, 170), (80, 170))),
    ],
    ids=["over the edge", "all points in one place", "no points", "upside down"],
)
def test_odd_faces_are_painted(face: Face):
    photo = read_photo("portrait-woman-laughing", SIDE)
    assert painted(photo, LOOK, subject=replace(analyse(photo), faces=(face,))).shape == photo.shape


def test_steps_come_in_order_and_end_with_the_painting():
    photo = read_photo("portrait-woman-astronaut", SIDE)
    steps: list[StepDone] = []
    finished = paint(photo, LOOK, subject=subject_of("portrait-woman-astronaut", SIDE), seed=1, report=steps.append)
    assert [step.label for step in steps] == ["the facets", "the planes", "the oil", "the contours", "the faces"]
    assert [step.index for step in steps] == [1, 2, 3, 4, 5]
    assert {step.count for step in steps} == {5}
    assert np.array_equal(steps[-1].canvas, finished)


def test_a_place_has_no_step_for_faces():
    steps: list[StepDone] = []
    photo = read_photo("place-mountains", SIDE)
    paint(photo, LOOK, subject=subject_of("place-mountains", SIDE), seed=1, report=steps.append)
    assert [step.label for step in steps] == ["the facets", "the planes", "the oil", "the contours"]


def test_a_report_that_raises_stops_the_painting():
    class StoppedError(Exception):
        pass

    reported: list[int] = []

    def stop(step: StepDone) -> None:
        reported.append(step.index)
        raise StoppedError

    photo = read_photo("pet-cat", SIDE)
    with pytest.raises(StoppedError):
        paint(photo, LOOK, subject=subject_of("pet-cat", SIDE), seed=1, report=stop)
    assert reported == [1]


def test_facets_are_cut_along_the_edges():
    energy = np.zeros((60, 80), np.float32)
    energy[:, 39:41] = 1
    facets = cut_facets(energy, np.zeros((60, 80), np.float32), 2, np.random.default_rng(1), bend=0)
    labels = facets.labels(120, 160)
    assert facets.count == 2
    assert len(np.unique(labels[:, :76])) == 1
    assert len(np.unique(labels[:, 84:])) == 1
    assert labels[0, 0] != labels[0, -1]
