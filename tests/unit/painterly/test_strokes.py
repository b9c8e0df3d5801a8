"""Strokes: seeds, paths, outlines, and paint on the canvas."""

import numpy as np
import pytest

from articket_stylize.engines.painterly.strokes import (
    Paths,
    brush_scale,
    fill,
    outlines,
    sample,
    scatter,
    spacing,
    streaks,
    trace,
)

SIZE = (100, 200)
RANDOM = np.random.default_rng(0)


def straight(seeds, angle: float = 0.0, *, radius: float = 3, length: float = 40, **options) -> Paths:
    seeds = np.asarray(seeds, np.float32)
    field = np.full(SIZE, angle, np.float32)
    each = np.ones(len(seeds), np.float32)
    return trace(seeds, field, SIZE, radius=radius * each, length=length * each, **options)


def test_seeds_lie_everywhere_on_the_canvas_and_nowhere_else():
    seeds = scatter(*SIZE, 5, RANDOM)
    assert seeds.min() >= 0
    assert (seeds < (200, 100)).all()
    counts, _, _ = np.histogram2d(seeds[:, 1], seeds[:, 0], bins=(4, 8), range=((0, 100), (0, 200)))
    assert counts.min() > 0.7 * counts.max()


def test_the_smallest_canvas_gets_a_stroke():
    assert len(scatter(3, 3, 50, RANDOM)) == 1


def test_twice_the_coverage_is_twice_the_strokes():
    once, twice = (len(scatter(600, 600, spacing(4, 6, coverage), RANDOM)) for coverage in (1, 2))
    assert twice / once == pytest.approx(2, rel=0.1)


def test_a_plane_of_any_size_is_sampled_where_it_belongs():
    plane = np.array([[0, 1], [2, 3]], np.float32)
    points = np.array([[10, 10], [190, 10], [10, 90], [500, 500]], np.float32)
    assert sample(plane, points, SIZE).tolist() == [0, 1, 2, 3]


def test_a_stroke_runs_its_length_along_the_field_with_its_seed_in_the_middle():
    paths = straight([(100, 50)])
    first, middle, last = paths.points[0][[0, 4, 8]]
    assert middle.tolist() == [100, 50]
    assert sorted((float(first[0]), float(last[0]))) == pytest.approx([80, 120], abs=0.01)
    assert paths.points[0][:, 1] == pytest.approx(np.full(9, 50), abs=0.01)


def test_a_stroke_ends_where_the_colour_does():
    model = np.zeros((*SIZE, 3), np.float32)
    model[:, 110:] = 50
    paths = straight([(100, 50)], model=model, tolerance=20)
    assert paths.points[0][:, 0].max() < 116
    assert paths.points[0][:, 0].min() == pytest.approx(80, abs=0.01)


def test_a_stroke_never_turns_tighter_than_its_width():
    field = RANDOM.uniform(0, np.pi, SIZE).astype(np.float32)
    seeds = scatter(*SIZE, 10, RANDOM)
    each = np.ones(len(seeds), np.float32)
    way = np.diff(trace(seeds, field, SIZE, radius=6 * each, length=48 * each).points, axis=1)
    heading = np.arctan2(way[..., 1], way[..., 0])
    turn = np.abs((np.diff(heading, axis=1) + np.pi) % (2 * np.pi) - np.pi)
    turn = np.delete(turn, 3, axis=1)  # at the seed the two halves meet straight
    assert turn.max() <= 6 / (1.1 * 6) + 0.01


def test_a_stroke_covers_its_width_and_tapers_to_its_ends():
    canvas = np.zeros((*SIZE, 3), np.uint8)
    fill(canvas, outlines(straight([(100, 50)], radius=5)), [[255, 255, 255]])
    widths = (canvas[..., 0] > 127).sum(axis=0)
    assert widths[100] == pytest.approx(10, abs=1)
    assert widths[81] < widths[100]
    assert widths[119] < widths[100]
    assert widths[:75].sum() == widths[125:].sum() == 0


def test_streaks_lie_within_their_stroke():
    paths = straight([(100, 50), (60, 30)], radius=6)
    shapes = streaks(paths, 4, RANDOM)
    assert shapes.shape[:2] == (2, 4)
    stroke, hairs = (np.zeros((*SIZE, 3), np.uint8) for _ in range(2))
    fill(stroke, outlines(paths, tip=1, tail=1), [[255] * 3] * 2)
    fill(hairs, shapes.reshape(-1, *shapes.shape[2:]), [[255] * 3] * 8)
    assert (hairs > 127).sum() > 100
    assert ((hairs > 127) & (stroke == 0)).sum() == 0


def test_later_strokes_lie_on_earlier_ones():
    canvas = np.zeros((*SIZE, 3), np.uint8)
    fill(canvas, outlines(straight([(100, 50), (100, 50)])), [[200, 0, 0], [0, 0, 200]])
    assert canvas[50, 100].tolist() == [0, 0, 200]


def test_strokes_that_stopped_at_once_and_strokes_over_the_edge_are_painted():
    still = straight([(100, 50)], model=RANDOM.random((*SIZE, 3), np.float32) * 100, tolerance=0.001)
    over = straight([(0, 0), (199, 99)], length=300)
    canvas = np.zeros((*SIZE, 3), np.uint8)
    for paths in (still, over, still.moved(np.array([40, 0], np.float32))):
        fill(canvas, outlines(paths), [[255] * 3] * len(paths))
    assert canvas[50, 100, 0] == canvas[50, 140, 0] == 255


def test_brushes_grow_with_the_canvas_but_do_not_vanish_with_it():
    assert brush_scale((1280, 900)) == 1.25
    assert brush_scale((64, 64)) == 0.5
