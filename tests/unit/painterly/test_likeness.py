"""Repainted, and still you: how far a painting is from its photo, and how near the face is to the person's."""

import numpy as np
import pytest

from tests.support.faces import drift, face_score, main_face, mean_delta_e, ssim_grey
from tests.support.painting import PHOTOS, look_of, painted, read_photo, subject_of

ARTISTS = ("vangogh", "renoir")
SIDE = 800
QUICK = ("portrait-woman-astronaut", "portrait-woman-dim")
# In profile and when looking aside the eyes are close together, so the same pixels count for more.
ASKANCE = ("portrait-man-profile", "portrait-man-grey-beard-glasses")
NO_FACE_FOUND = "portrait-man-dark-skin-face-paint"

PORTRAITS = sorted(path.stem for path in PHOTOS.glob("portrait-*.jpg"))
CASES = [
    pytest.param(artist, name, marks=() if name in QUICK else pytest.mark.slow) for artist in ARTISTS for name in PORTRAITS
]


@pytest.mark.parametrize(("artist", "name"), CASES)
def test_a_portrait_is_repainted_and_its_face_kept(artist, name):
    photo, subject = read_photo(name, SIDE), subject_of(name, SIDE)
    painting = painted(photo, look_of(artist), seed=7, subject=subject)
    assert mean_delta_e(photo, painting) >= 20
    assert ssim_grey(photo, painting) <= 0.55
    if name != NO_FACE_FOUND:
        face = main_face(photo)
        assert face_score(photo, painting, face) >= 0.75
        assert drift(photo, painting, face) <= (6 if name in ASKANCE else 3)


@pytest.mark.parametrize("artist", ARTISTS)
def test_without_its_own_strokes_a_small_face_is_lost(artist):
    photo, subject = read_photo("portrait-woman-astronaut"), subject_of("portrait-woman-astronaut")
    coarse = look_of(artist).model_copy(update={"features": 0})
    moved = [drift(photo, painted(photo, look, subject=subject)) for look in (look_of(artist), coarse)]
    assert moved[0] < 0.6 * moved[1]


@pytest.mark.parametrize("artist", ARTISTS)
def test_the_eyes_of_a_cat_stay_where_they_are(artist):
    photo = read_photo("pet-cat")
    painting = painted(photo, look_of(artist), subject=subject_of("pet-cat"))
    for top, left in ((70, 178), (80, 285)):  # a box around each eye, 60 px
        eye, again = (picture[top : top + 60, left : left + 60].mean(axis=2) for picture in (photo, painting))
        assert np.corrcoef(eye.ravel(), again.ravel())[0, 1] > 0.6
