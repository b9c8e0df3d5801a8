"""Fields: blurs, noise, directions, and smearing along them."""

import cv2
import numpy as np
import pytest

from articket_stylize.engines.painterly.fields import (
    blur,
    level_lines,
    line_integral,
    resized,
    tangent_field,
    upscale_angle,
    value_noise,
)


def apart(one: np.ndarray, other: float) -> np.ndarray:
    """How far directions are apart as lines, in radians."""
    return np.abs((one - other + np.pi / 2) % np.pi - np.pi / 2)


def striped(angle: float, side: int = 96) -> np.ndarray:
    """A Lab picture of stripes that run along an angle."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    lab = np.zeros((side, side, 3), np.float32)
    lab[..., 0] = 50 + 40 * np.sin(0.5 * (y * np.cos(angle) - x * np.sin(angle)))
    return lab


@pytest.mark.parametrize("sigma", [0.1, 2, 7, 25, 300])
def test_a_blur_keeps_the_mean_and_the_size(sigma):
    plane = np.random.default_rng(0).random((90, 120), np.float32)
    blurred = blur(plane, sigma)
    assert blurred.shape == plane.shape
    assert blurred.mean() == pytest.approx(plane.mean(), abs=0.02)
    assert blurred.std() <= plane.std() + 1e-6


def test_a_wide_blur_is_that_of_opencv():
    plane = cv2.GaussianBlur(np.random.default_rng(0).random((200, 200), np.float32), (0, 0), 3)
    assert np.abs(blur(plane, 16) - cv2.GaussianBlur(plane, (0, 0), 16)).max() < 0.01


@pytest.mark.parametrize("shape", [(64, 64), (16, 300)])
@pytest.mark.parametrize("scale", [0.5, 7, 900])
def test_noise_has_deviation_one_at_any_scale(shape, scale):
    noise = value_noise(*shape, scale, np.random.default_rng(0), 2)
    assert noise.shape == shape
    assert np.isfinite(noise).all()
    assert noise.std() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("angle", [0.0, 0.6, np.pi / 2, 2.5])
def test_the_tangent_runs_along_stripes(angle):
    field = tangent_field(striped(angle))
    inner = np.s_[20:-20, 20:-20]
    assert apart(field.angle[inner], angle).max() < 0.1
    assert field.coherence[inner].min() > 0.8


def test_a_guide_leads_where_the_photo_is_calm_and_only_there():
    lab = striped(0.0)
    lab[:, 48:] = (50, 0, 0)
    guide = np.full((96, 96), 1.2, np.float32)
    field = tangent_field(lab, guide=guide, guide_weight=np.full((96, 96), 0.5, np.float32), fill=())
    assert apart(field.angle[:, 75:], 1.2).max() < 0.05
    assert apart(field.angle[20:-20, 10:30], 0.0).max() < 0.1


def test_a_flat_picture_has_no_detail():
    assert tangent_field(np.full((64, 64, 3), 50, np.float32)).detail().max() == 0


def test_level_lines_run_around_a_hill():
    y, x = np.mgrid[0:81, 0:81].astype(np.float32) - 40
    angle = level_lines(np.exp(-(x * x + y * y) / 400))
    assert apart(angle[40, 60], np.pi / 2) < 0.05
    assert apart(angle[60, 40], 0) < 0.05


def test_angles_half_a_turn_apart_are_blended_as_the_same():
    angle = np.array([[0.05, np.pi - 0.05]], np.float32)
    assert apart(upscale_angle(angle, 4, 8), 0).max() < 0.06


def test_smearing_leaves_lines_along_the_field_and_none_across():
    noise = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.float32)
    smeared = line_integral(noise, np.zeros((128, 128), np.float32))
    along, across = (np.abs(np.diff(smeared, axis=axis)).mean() for axis in (1, 0))
    assert along < 0.35 * across


def test_smearing_works_on_pictures_of_bytes():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    smeared = line_integral(picture, np.ones((64, 64), np.float32), levels=2)
    assert smeared.dtype == np.uint8
    assert smeared.std() < picture.std()


def test_a_plane_of_the_wanted_size_is_not_copied():
    plane = np.ones((3, 4), np.float32)
    assert resized(plane, 3, 4) is plane
