"""Affine resampling: where things lie, what lies beyond, and that fine detail does not alias."""

import numpy as np
import pytest

from latentsync_studio.imaging.affine import applied, inverse, resampled


def turned(scale, degrees, source, target):
    """The similarity that brings `source` to `target`."""
    angle = np.radians(degrees)
    part = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([part, np.array(target) - part @ np.array(source)])


def waves(x, y):
    return 12000 + 4000 * np.sin(x / 11) + 3000 * np.cos(y / 8 + x / 31)


@pytest.mark.parametrize(("scale", "degrees"), [(1.0, 0.0), (1.7, 11.0), (0.8, -7.0)])
def test_every_pixel_shows_the_place_that_its_middle_maps_to(scale, degrees):
    y, x = np.mgrid[0:180, 0:200] + 0.5
    image = np.rint(waves(x, y)).astype(np.uint16)
    there = turned(scale, degrees, (100.2, 90.9), (40.3, 36.7))
    found = resampled(image, there, (80, 72))
    rows, columns = np.mgrid[0:72, 0:80] + 0.5
    places = applied(inverse(there), np.stack([columns, rows], axis=-1))
    error = found - waves(places[..., 0], places[..., 1])
    assert np.abs(error).max() < 90  # of 14000: cubic interpolation, 1/32 px
    assert abs(error.mean()) < 6  # a shift by a tenth of a pixel makes about 30


def test_whole_shifts_are_exact():
    image = np.random.default_rng(1).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    found = resampled(image, np.array([[1.0, 0, -7], [0, 1, -5]]), (20, 15))
    assert np.array_equal(found, image[5:20, 7:27])


def test_outside_lies_what_was_asked_for():
    image = np.full((10, 10), 200, np.uint8)
    shift = np.array([[1.0, 0, 6], [0, 1, 6]])
    assert resampled(image, shift, (30, 30), beyond=9)[0, 0] == 9
    assert resampled(image, shift, (30, 30))[0, 0] == 200
    away = np.array([[1.0, 0, 500], [0, 1, 500]])
    assert (resampled(image, away, (8, 8), beyond=9) == 9).all()


def test_finer_detail_than_the_result_can_show_becomes_its_mean():
    stripes = np.zeros((300, 300), np.uint8)
    stripes[:, ::2] = 255
    small = resampled(stripes, turned(0.27, 4.0, (150, 150), (30, 30)), (60, 60))
    assert np.abs(small[15:45, 15:45].astype(int) - 127).max() <= 4


def test_sharpness_changes_without_a_step_as_something_comes_closer():
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (260, 260)).astype(np.uint8)
    sizes = np.linspace(0.4, 1.3, 46)
    contrast = [
        resampled(image, turned(s, 3.0, (130, 130), (40, 40)), (80, 80)).std() for s in sizes
    ]
    assert np.abs(np.diff(np.log(contrast))).max() < 0.12


def test_there_and_back_is_where_one_began():
    many = np.stack([turned(1.3, 20, (5, 6), (1, 2)), turned(0.4, -80, (5, 6), (900, 2))])
    points = np.array([[0.0, 0.0], [123.4, 567.8]])
    for way, back in zip(many, inverse(many), strict=True):
        assert np.allclose(applied(back, applied(way, points)), points, atol=1e-9)
