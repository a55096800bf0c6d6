"""Triangulated warps as sampling maps."""

import numpy as np
import pytest

from latentsync_studio.imaging.relight import LightField, gain
from latentsync_studio.imaging.warp import MeshWarp, dense, sampling_map

LAYOUT = np.array([[0.0, 0.0], [40, 0], [0, 30], [40, 30], [18, 14]])
OUTSIDE = np.array([-9.0, -9.0], np.float32)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_an_affine_field_is_reproduced_exactly_inside(step):
    values = (LAYOUT @ np.array([[1.1, 0.2], [-0.1, 0.9]]) + (3, 5)).astype(np.float32)
    warp = MeshWarp(LAYOUT)
    grid = warp.field(LAYOUT.astype(np.float32), values, OUTSIDE).grid((40, 30), step)
    found = dense(grid, step, (6, 6, 33, 24))
    yy, xx = np.mgrid[6:24, 6:33]
    wanted = np.stack([xx, yy], axis=-1) @ np.array([[1.1, 0.2], [-0.1, 0.9]]) + (3, 5)
    assert np.abs(found - wanted).max() < 2e-3


def test_outside_the_mesh_stands_what_was_asked_for():
    warp = MeshWarp(LAYOUT / 2)
    target = (LAYOUT / 2).astype(np.float32)
    grid = warp.field(target, target, OUTSIDE).grid((40, 30), 1)
    assert (grid[20:, 25:] == OUTSIDE).all()


def test_a_window_of_the_field_is_read_as_the_whole_of_it():
    target = LAYOUT.astype(np.float32)
    field = MeshWarp(LAYOUT).field(target, target * np.float32(0.5), OUTSIDE)
    part = field.grid((12, 9), 1, (14, 8))
    assert np.abs(part - field.grid((40, 30), 1)[8:17, 14:26]).max() < 1e-5


def test_triangles_turned_over_are_left_out():
    warp = MeshWarp(LAYOUT)
    mirrored = (LAYOUT * (-1, 1) + (40, 0)).astype(np.float32)
    grid = warp.field(mirrored, mirrored, OUTSIDE).grid((40, 30), 1)
    assert (grid == OUTSIDE).all()


def test_slivers_throw_no_sample_far():
    target = LAYOUT.astype(np.float32)
    target[4] = (39.2, 0.6)
    grid = MeshWarp(LAYOUT).field(target, target, target[0]).grid((40, 30), 2)
    reach = 0.75 * (target.max() - target.min())
    assert grid.min() >= target.min() - reach
    assert grid.max() <= target.max() + reach


def test_no_displacement_samples_every_pixel_at_its_own_place():
    where = sampling_map(np.zeros((3, 4, 2), np.float32), (10, 20))
    assert np.array_equal(where[..., 0], np.tile(np.arange(10, 14), (3, 1)))
    assert np.array_equal(where[..., 1], np.tile(np.arange(20, 23)[:, None], (1, 4)))


def test_gain_gives_one_picture_the_light_of_another():
    rng = np.random.default_rng(1)
    bright = rng.integers(90, 150, (60, 80, 3)).astype(np.uint8)
    dim = (bright * 0.8).astype(np.uint8)
    field = LightField(np.ones((60, 80), np.float32), (40, 30), 6.0)
    lit = dim * gain(field.of(bright), field.of(dim), (80, 60))
    assert abs(float(lit.mean()) - float(bright.mean())) < 1.5
