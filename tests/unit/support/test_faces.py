"""The measuring tools measure: known pictures give known figures."""

import cv2
import numpy as np
import pytest

from tests.support.faces import detect, drift, eye_distance, face_score, landmarks, main_face, mean_delta_e, ssim_grey
from tests.support.photos import PHOTOS

# looking down with the mouth hidden: no detector finds this face
MEASURABLE = [path for path in sorted(PHOTOS.glob("portrait-*.jpg")) if "face-paint" not in path.name]


def photo(name: str) -> np.ndarray:
    picture = cv2.imread(str(PHOTOS / name))
    assert picture is not None
    return picture


def moved(picture: np.ndarray, right: int, down: int) -> np.ndarray:
    height, width = picture.shape[:2]
    return cv2.warpAffine(picture, np.array([[1, 0, right], [0, 1, down]], np.float32), (width, height))


@pytest.mark.parametrize("path", MEASURABLE, ids=lambda path: path.stem)
def test_one_face_is_found_in_each_portrait(path):
    (face,) = detect(photo(path.name))
    assert face.score > 0.85


@pytest.mark.parametrize("name", ["place-mountains", "place-pagoda", "place-night-rocket", "thing-coffee", "thing-flower"])
def test_no_face_is_found_in_places_and_things(name: str):
    assert detect(photo(f"{name}.jpg")) == []


def test_each_face_of_a_group_is_found():
    assert len(detect(photo("group-three-composed.jpg"))) == 3


def test_small_face_is_found_in_a_large_picture():
    scene = np.full((1200, 1600, 3), 90, np.uint8)
    scene[700:966, 1100:1500] = cv2.resize(photo("portrait-woman-laughing.jpg"), (400, 266))
    (face,) = detect(scene)
    assert 1100 < face.box[0] < 1500


def test_eye_distance_is_in_pixels_of_the_picture():
    small = photo("portrait-woman-laughing.jpg")
    large = cv2.resize(small, None, fx=2, fy=2)
    distances = [eye_distance(landmarks(picture, main_face(picture))) for picture in (small, large)]
    assert distances[1] == pytest.approx(2 * distances[0], rel=0.03)


def test_unchanged_picture_has_not_drifted():
    picture = photo("portrait-man-beard.jpg")
    assert drift(picture, picture) == 0


@pytest.mark.parametrize("name", ["portrait-woman-laughing.jpg", "portrait-man-glasses.jpg"])
def test_moved_face_has_drifted_by_as_much(name: str):
    picture = photo(name)
    step = round(0.1 * eye_distance(landmarks(picture, main_face(picture))))
    expected = np.hypot(step, step) / eye_distance(landmarks(picture, main_face(picture))) * 100
    assert drift(picture, moved(picture, step, step)) == pytest.approx(expected, rel=0.15)


def test_painting_of_another_size_is_compared_at_the_photos_size():
    picture = photo("portrait-woman-laughing.jpg")
    assert drift(picture, cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)) < 1


def test_picture_without_a_face_cannot_be_measured():
    with pytest.raises(ValueError, match="no face"):
        drift(photo("thing-coffee.jpg"), photo("thing-coffee.jpg"))


def test_face_that_was_painted_over_is_not_found_again():
    picture = photo("portrait-woman-laughing.jpg")
    assert face_score(picture, picture) > 0.85
    assert face_score(picture, np.full_like(picture, 128)) == 0


def test_delta_e_of_black_and_white_is_100():
    black, white = np.zeros((20, 20, 3), np.uint8), np.full((20, 20, 3), 255, np.uint8)
    assert mean_delta_e(black, white) == pytest.approx(100, abs=0.1)
    assert mean_delta_e(white, white) == 0


def test_likeness_is_one_for_the_same_and_falls_with_blur():
    picture = photo("portrait-woman-laughing.jpg")
    blurred = ssim_grey(picture, cv2.GaussianBlur(picture, (0, 0), 3))
    assert ssim_grey(picture, picture) == pytest.approx(1)
    assert 0.5 < blurred < 0.95
    assert ssim_grey(picture, 255 - picture) < blurred
