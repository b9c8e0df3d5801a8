"""The `halftone` recipe: five inks, and people who are still themselves."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from articket_artists.looks import Halftone
from articket_stylize.engines.painterly import Face, StepDone, analyse, paint
from articket_stylize.engines.painterly.colour import Picture
from tests.support.faces import drift, face_score, mean_delta_e, ssim_grey
from tests.support.painting import painted, read_photo, subject_of

LOOK = Halftone()
SIDE = 384
PORTRAITS = ("portrait-man-glasses", "portrait-man-dark-skin", "portrait-woman-dim")


def printed(name: str, look: Halftone = LOOK, *, seed: int = 1, side: int = SIDE) -> Picture:
    return painted(read_photo(name, side), look, seed=seed, subject=subject_of(name, side))


def share_of_inks(picture: Picture, look: Halftone) -> float:
    """Share of the pixels within ΔE 3 of some mixture of two of the look's inks."""
    colours = (look.inks.paper, look.inks.red, look.inks.yellow, look.inks.blue, look.inks.black)
    inks = np.array([[int(colour[at : at + 2], 16) for at in (5, 3, 1)] for colour in colours], np.float32)
    shares = np.linspace(0, 1, 41, dtype=np.float32)[:, None]
    mixtures = np.concatenate([inks[i] * (1 - shares) + inks[j] * shares for i in range(5) for j in range(i + 1, 5)])
    seen, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    lab, mixed = (cv2.cvtColor(c.astype(np.float32)[None] / 255, cv2.COLOR_BGR2Lab)[0] for c in (seen, mixtures))
    is_near = [np.sqrt(((part[:, None] - mixed) ** 2).sum(axis=2)).min(axis=1) <= 3 for part in np.array_split(lab, 40)]
    return float(counts[np.concatenate(is_near)].sum() / counts.sum())


def test_same_seed_prints_the_same_bytes_on_one_thread_and_on_two():
    first = printed("portrait-woman-astronaut")
    for repeat in range(6):
        cv2.setNumThreads(1 + repeat % 2)
        cv2.setRNGSeed(repeat)
        assert np.array_equal(printed("portrait-woman-astronaut"), first)


def test_another_seed_prints_another_picture():
    assert np.mean(printed("portrait-man-dark-skin", seed=1) != printed("portrait-man-dark-skin", seed=2)) > 0.05


@pytest.mark.parametrize("name", ["portrait-man-glasses", "pet-cat", "place-mountains"])
def test_nearly_every_pixel_is_a_mixture_of_two_of_the_five_inks(name: str):
    assert share_of_inks(printed(name, side=640), LOOK) > 0.97


def test_other_inks_are_the_only_colours_of_the_print():
    look = Halftone.model_validate({"inks": {"paper": "#eef0e2", "red": "#5b7a5e", "blue": "#3f6650", "yellow": "#cfd8b5"}})
    assert share_of_inks(printed("pet-dog", look), look) > 0.97


@pytest.mark.parametrize("name", PORTRAITS)
def test_people_are_repainted_and_found_again(name: str):
    photo = read_photo(name, 800)
    picture = printed(name, side=800)
    assert mean_delta_e(photo, picture) > 20
    assert ssim_grey(photo, picture) < 0.55
    assert face_score(photo, picture) > 0.75
    assert drift(photo, picture) < 5.0


@pytest.mark.parametrize(
    "change",
    [
        {"inks": {"red": "#ff3f8e"}},
        {"screen": "lines"},
        {"screen": "flat"},
        {"pitch_px": 20},
        {"angle_deg": 15},
        {"coverage": 0.6},
        {"line_weight": 0},
        {"line_detail": 2},
        {"simplify": 4},
        {"portraits": False},
        {"backdrops": ["keep"]},
    ],
    ids=str,
)
def test_every_parameter_changes_the_print(change: dict[str, object]):
    plain = printed("portrait-man-dark-skin")
    assert np.mean(printed("portrait-man-dark-skin", Halftone.model_validate(change)) != plain) > 0.01


def test_a_wider_pitch_makes_fewer_dots():
    def edges(picture: Picture) -> float:
        return float(np.abs(np.diff(picture[..., 1].astype(int), axis=1)).mean())

    coarse, fine = (printed("place-mountains", Halftone(pitch_px=pitch)) for pitch in (24, 10))
    assert edges(coarse) < 0.8 * edges(fine)


@pytest.mark.parametrize("size", [(64, 64), (64, 500), (500, 64), (97, 65), (361, 359)])
def test_any_size_is_printed(size: tuple[int, int]):
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
def test_photos_that_show_little_are_printed(photo: Picture):
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
def test_odd_faces_are_printed(face: Face):
    photo = read_photo("portrait-woman-laughing", SIDE)
    assert painted(photo, LOOK, subject=replace(analyse(photo), faces=(face,))).shape == photo.shape


def test_steps_come_in_order_and_show_the_print_growing():
    photo = read_photo("portrait-woman-astronaut", SIDE)
    steps: list[StepDone] = []
    finished = paint(photo, LOOK, subject=subject_of("portrait-woman-astronaut", SIDE), seed=1, report=steps.append)
    assert [step.index for step in steps] == [1, 2, 3, 4]
    assert {step.count for step in steps} == {4}
    assert steps[-1].label == "the ink lines"
    assert np.array_equal(steps[-1].canvas, finished)
    inks = [len(np.unique(step.canvas.reshape(-1, 3), axis=0)) for step in steps]
    assert inks[0] <= 5 < inks[2], "flat inks first, dots later"


def test_a_report_that_raises_stops_the_printing():
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
