"""What the embedded engine sees in real photos, and what it must not see."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from articket_caption.seeing import Format, Light, Sight, decode, look
from tests.support.caption import PHOTOS, frontal_cat, photo, plain

ONE_FACE = sorted(path.stem for path in PHOTOS.glob("portrait-*.jpg") if "face-paint" not in path.stem)
NO_FACE = sorted(path.stem for kind in ("pet", "place", "thing") for path in PHOTOS.glob(f"{kind}-*.jpg"))


def seen(name: str) -> Sight:
    return look(decode(photo(name)))


@pytest.mark.parametrize("name", ONE_FACE)
def test_one_face_is_found_in_a_portrait(name: str):
    sight = seen(name)
    assert len(sight.faces.boxes) == 1
    assert sight.faces.is_portrait


def test_three_faces_are_counted():
    assert len(seen("group-three-composed").faces.boxes) == 3


@pytest.mark.parametrize("name", ["group-mariachi", "group-musicians-dark-stage"])
def test_a_count_that_is_not_certain_is_called_so(name: str):
    sight = seen(name)
    assert sight.faces.any
    assert sight.faces.may_be_more


@pytest.mark.parametrize("name", NO_FACE)
def test_dogs_cats_flowers_cups_and_mountains_are_not_people(name: str):
    assert not seen(name).faces.any


def test_a_face_that_fills_the_picture_is_found():
    close = decode(photo("portrait-man-glasses"))[120:520, 90:520]
    assert len(look(np.ascontiguousarray(close)).faces.boxes) == 1


def test_a_cat_that_looks_into_the_camera_is_found():
    assert look(decode(frontal_cat())).has_cat


@pytest.mark.parametrize("name", [*NO_FACE, "portrait-man-dark-skin", "group-three-composed"])
def test_a_cat_is_not_seen_in_what_is_none(name: str):
    if "cat" not in name and "kitten" not in name:
        assert not seen(name).has_cat


@pytest.mark.parametrize(
    ("blue_green_red", "name"),
    [
        ((0, 0, 255), "red"),
        ((0, 165, 255), "orange"),
        ((0, 215, 255), "yellow"),
        ((0, 128, 0), "green"),
        ((208, 224, 64), "turquoise"),
        ((235, 206, 135), "sky blue"),
        ((255, 0, 0), "blue"),
        ((128, 0, 0), "navy"),
        ((128, 0, 128), "purple"),
        ((203, 192, 255), "pink"),
        ((19, 69, 139), "brown"),
        ((180, 210, 230), "beige"),
        ((0, 128, 128), "olive"),
    ],
)
def test_a_plain_colour_is_called_by_its_name(blue_green_red: tuple[int, int, int], name: str):
    assert look(decode(plain(*blue_green_red))).colours == (name,)


@pytest.mark.parametrize("grey", [0, 40, 128, 255])
def test_a_picture_without_colour_is_black_and_white(grey: int):
    sight = look(decode(plain(grey, grey, grey)))
    assert sight.is_colourless
    assert sight.colours == ()


def test_a_strong_colour_counts_more_than_a_larger_grey_area():
    picture = np.full((60, 100, 3), 130, np.uint8)
    picture[:, :35] = (20, 20, 220)
    assert look(picture).colours[0] == "red"


@pytest.mark.parametrize(
    ("name", "colours"),
    [("thing-flower", {"turquoise", "orange"}), ("thing-coffee", {"orange", "red"}), ("portrait-woman-laughing", {"green"})],
)
def test_the_colours_of_a_photo_are_those_that_people_name(name: str, colours: set[str]):
    assert set(seen(name).colours) == colours


@pytest.mark.parametrize(
    ("name", "light"),
    [
        ("portrait-woman-dim", Light.DIM),
        ("place-night-rocket", Light.DIM),
        ("group-musicians-dark-stage", Light.SHADOWS),
        ("portrait-man-dark-skin-backlit", Light.STRONG_CONTRAST),
        ("portrait-woman-laughing", None),
    ],
)
def test_the_light_is_judged_only_where_it_stands_out(name: str, light: Light | None):
    assert seen(name).light == light


def test_open_air_is_said_of_a_blue_sky_over_mountains():
    assert seen("place-mountains").is_open_air


@pytest.mark.parametrize(
    "name", ["portrait-woman-old-glasses", "thing-coffee", "thing-flower", "pet-kitten", "portrait-man-dark-skin"]
)
def test_open_air_is_not_said_indoors(name: str):
    assert not seen(name).is_open_air


def test_open_air_is_not_said_of_a_blue_wall():
    wall = np.full((96, 128, 3), (200, 150, 90), np.uint8)
    wall[60:] = (40, 60, 90)
    assert not look(wall).is_open_air


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(100, 140, Format.UPRIGHT), (140, 100, Format.WIDE), (100, 102, Format.SQUARE)]
)
def test_the_format_is_told(width: int, height: int, expected: Format):
    assert look(decode(plain(90, 120, 150, width, height))).format == expected


def test_the_same_photo_is_seen_the_same_every_time():
    assert len({repr(seen("group-mariachi")) for _ in range(4)}) == 1


@pytest.mark.parametrize("side", [1, 2, 7, 64])
def test_even_the_smallest_picture_is_looked_at(side: int):
    assert look(decode(plain(90, 120, 150, side, side))).faces.boxes == ()


@pytest.mark.parametrize(("width", "height"), [(1280, 3), (2, 640), (1, 1280)])
def test_even_a_strip_is_looked_at(width: int, height: int):
    assert look(decode(plain(20, 20, 220, width, height))).colours == ("red",)


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp"])
def test_every_format_of_the_wire_is_decoded(extension: str):
    assert decode(plain(200, 100, 50, extension=extension)).shape == (64, 96, 3)


def test_a_large_photo_is_looked_at_in_small():
    large = cv2.imencode(".jpg", np.zeros((960, 1280, 3), np.uint8))[1].tobytes()
    assert decode(large).shape == (480, 640, 3)
