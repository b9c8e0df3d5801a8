"""Colour: between BGR and Lab, tone, chroma, and the palette."""

import numpy as np
import pytest

from articket_stylize.engines.painterly.colour import (
    boost_chroma,
    chroma,
    mixed,
    palette_lab,
    pull_to_palette,
    smoothstep,
    to_bgr,
    to_bgr8,
    to_lab,
    tone,
)

RANDOM = np.random.default_rng(0)
LEVELS = {"darkest": 8.0, "lightest": 97.0, "middle": 56.0}


def grey(lightness) -> np.ndarray:
    lab = np.zeros((*np.shape(lightness), 3), np.float32)
    lab[..., 0] = lightness
    return lab


def test_colours_come_back_from_lab():
    bgr = RANDOM.integers(0, 256, (40, 30, 3), np.uint8)
    assert np.abs(to_bgr8(to_lab(bgr)).astype(int) - bgr).max() <= 1


def test_colours_that_no_screen_shows_are_clipped():
    bgr = to_bgr(np.array([[150, 100, 100], [-20, 0, 0]], np.float32))
    assert bgr.min() >= 0
    assert bgr.max() <= 1


def test_no_colours_at_all_are_converted_too():
    assert to_bgr(np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_a_palette_is_read_as_red_green_blue():
    (red,) = palette_lab(("#ff0000",))
    assert red == pytest.approx((53.2, 80.1, 67.2), abs=0.3)


@pytest.mark.parametrize(("x", "expected"), [(-1, 0), (0, 0), (0.5, 0.5), (1, 1), (3, 1)])
def test_smoothstep_rises_between_its_bounds_and_falls_between_swapped_ones(x, expected):
    value = np.array([x], np.float32)
    assert smoothstep(0, 1, value) == pytest.approx(expected)
    assert smoothstep(1, 0, value) == pytest.approx(1 - expected)


def test_a_plane_of_shares_mixes_each_colour_by_its_own():
    one, other = grey(np.zeros((2, 2))), grey(np.full((2, 2), 100))
    assert mixed(one, other, np.array([[0, 1], [0.5, 0.25]], np.float32))[..., 0] == pytest.approx(
        np.array([[0, 100], [50, 25]])
    )


def test_a_dim_photo_is_levelled():
    dim = grey(RANDOM.uniform(2, 20, (80, 80)))
    levelled = tone(dim, **LEVELS, amount=1.0)[..., 0]
    assert levelled.min() == pytest.approx(8, abs=1)
    assert levelled.max() == pytest.approx(97, abs=1)
    assert np.median(levelled) == pytest.approx(56, abs=8)


def test_without_an_amount_the_light_stays():
    photo = grey(RANDOM.uniform(2, 20, (80, 80)))
    assert np.allclose(tone(photo, **LEVELS, amount=0.0), photo)


@pytest.mark.parametrize("lightness", [0, 50, 100])
def test_a_photo_of_one_colour_stays_as_light_as_it_is(lightness):
    flat = tone(grey(np.full((40, 40), lightness)), **LEVELS, amount=1.0)[..., 0]
    assert np.isfinite(flat).all()
    assert flat.mean() == pytest.approx(8 + 0.89 * lightness, abs=18)


def test_a_face_before_a_dark_wall_does_not_turn_white():
    photo = grey(np.full((80, 80), 15.0) + RANDOM.uniform(0, 4, (80, 80)))
    photo[30:50, 30:50, 0] = 75
    photo[0, :, 0] = 95
    faces = np.zeros((80, 80), np.float32)
    faces[30:50, 30:50] = 1
    blind, seeing = (tone(photo, **LEVELS, amount=1.0, faces=plane)[40, 40, 0] for plane in (None, faces))
    assert seeing < blind - 5


def test_dull_colours_gain_more_chroma_than_vivid_ones():
    dull, vivid = np.array([[[50, 10, 0]]], np.float32), np.array([[[50, 90, 0]]], np.float32)
    gains = [float((chroma(boost_chroma(lab, 1.5)) / chroma(lab))[0, 0]) for lab in (dull, vivid)]
    assert gains[0] > 1.4
    assert gains[1] < 1.1


def test_a_full_pull_gives_the_nearest_pigments_hue_and_keeps_most_of_the_lightness():
    palette = palette_lab(("#c01010", "#1010c0"))
    colour = palette[:1] + np.array([[20, 3, -4]], np.float32)
    (pulled,) = pull_to_palette(colour, palette, pull=1.0, softness=5.0)
    assert pulled[1:] == pytest.approx(palette[0, 1:], abs=0.5)
    assert pulled[0] == pytest.approx(palette[0, 0] + 15, abs=0.5)
