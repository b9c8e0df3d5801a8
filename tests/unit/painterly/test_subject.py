"""What the engine sees on a photo: faces, the subject, the point to keep."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from articket_stylize.engines.painterly import analyse
from articket_stylize.engines.painterly.faces import Face
from tests.support.faces import detect
from tests.support.painting import PHOTOS, read_photo, subject_of

PORTRAITS = sorted(path.stem for path in PHOTOS.glob("portrait-*.jpg"))
# Looking down behind an instrument, with painted face: no finder here sees it.
HIDDEN = "portrait-man-dark-skin-face-paint"

NO_WEIGHTS = Path("/nonexistent")


@pytest.mark.parametrize("name", [name for name in PORTRAITS if name != HIDDEN])
def test_the_face_of_a_portrait_is_found_where_it_is(name):
    (face,) = subject_of(name).faces
    expected = max(detect(read_photo(name)), key=lambda found: found.box[2])
    x, y, width, height = expected.box
    assert np.hypot(face.centre[0] - (x + width / 2), face.centre[1] - (y + height / 2)) < 0.25 * width
    assert 0.8 < face.width / width < 1.5


@pytest.mark.parametrize(("name", "at_least"), [("group-mariachi", 4), ("group-three-composed", 3), ("pet-two-dogs", 2)])
def test_all_of_a_group_are_found(name, at_least):
    assert len(subject_of(name).faces) >= at_least


@pytest.mark.parametrize("name", ["place-mountains", "place-pagoda", "place-night-rocket", "thing-coffee", "thing-flower"])
def test_nothing_is_taken_for_a_face_where_there_is_none(name):
    assert subject_of(name).faces == ()


@pytest.mark.parametrize("name", ["pet-cat", "pet-dog", "pet-kitten", "thing-flower", "portrait-man-profile", HIDDEN])
def test_what_stands_before_a_background_is_a_subject(name):
    subject = subject_of(name)
    assert subject.has_subject
    assert 0.05 < subject.mask.mean() < 0.9


@pytest.mark.parametrize("name", ["place-mountains", "place-pagoda"])
def test_a_landscape_has_no_subject_but_busy_places(name):
    subject = subject_of(name)
    assert not subject.has_subject
    sky = subject.mask[: subject.mask.shape[0] // 8]
    assert sky.mean() < 0.4 * subject.mask.mean()


def test_the_focus_is_on_the_face():
    subject = subject_of("portrait-man-profile")
    face = subject.faces[0]
    height, width = read_photo("portrait-man-profile").shape[:2]
    assert subject.focus == pytest.approx((face.centre[0] / width, face.centre[1] / height))


def test_the_focus_without_a_face_is_on_the_subject():
    x, y = subject_of("thing-flower").focus
    assert 0.3 < x < 0.7
    assert 0.3 < y < 0.8


def test_a_subject_travels_between_processes_in_few_bytes():
    sent = pickle.dumps(subject_of("group-mariachi"))
    arrived = pickle.loads(sent)
    assert len(sent) < 200_000
    assert arrived.faces == subject_of("group-mariachi").faces
    assert np.array_equal(arrived.mask, subject_of("group-mariachi").mask)


def test_planes_have_the_size_that_is_asked_for_and_shares_as_values():
    subject = subject_of("portrait-woman-astronaut")
    for plane in (subject.mask_for(77, 130), subject.faces_for(77, 130), subject.features_for(77, 130)):
        assert plane.shape == (77, 130)
        assert plane.dtype == np.float32
        assert plane.min() >= 0
        assert plane.max() <= 1


def test_the_planes_of_faces_lie_on_the_face():
    subject = subject_of("portrait-woman-astronaut")
    height, width = read_photo("portrait-woman-astronaut").shape[:2]
    x, y = (int(v) for v in subject.faces[0].centre)
    assert subject.faces_for(height, width)[y, x] == 1
    eye_x, eye_y = (int(v) for v in subject.faces[0].eyes[0])
    assert subject.features_for(height, width)[eye_y, eye_x] == 1
    assert subject.faces_for(height, width)[-1, -1] == 0


def test_eyes_and_mouth_are_guessed_where_only_a_box_is_known():
    face = Face(100, 100, 50, 50, 0.9)
    (right_x, eyes_y), (left_x, _) = face.eyes
    assert 100 < right_x < left_x < 150
    assert 100 < eyes_y < face.nose[1] < face.mouth[1] < 150
    assert face.tilt == 0


def test_looking_twice_sees_the_same():
    once, again = analyse(read_photo("group-mariachi")), analyse(read_photo("group-mariachi"))
    assert once.faces == again.faces
    assert np.array_equal(once.mask, again.mask)


def test_without_the_networks_a_frontal_face_and_its_person_are_found():
    photo = read_photo("portrait-woman-astronaut")
    subject = analyse(photo, NO_WEIGHTS)
    assert len(subject.faces) == 1
    expected = subject_of("portrait-woman-astronaut")
    assert np.hypot(*np.subtract(subject.faces[0].centre, expected.faces[0].centre)) < 0.3 * expected.faces[0].width
    assert subject.has_subject
    assert np.minimum(subject.mask, expected.mask).sum() > 0.6 * np.maximum(subject.mask, expected.mask).sum()


@pytest.mark.parametrize("weights", [None, NO_WEIGHTS], ids=["networks", "fallback"])
@pytest.mark.parametrize("shape", [(64, 64), (64, 1280), (1280, 64)])
def test_a_photo_of_one_colour_shows_nothing(shape, weights):
    photo = np.full((*shape, 3), 90, np.uint8)
    subject = analyse(photo) if weights is None else analyse(photo, weights)
    assert subject.faces == ()
    assert not subject.has_subject
    assert np.isfinite(subject.focus).all()
