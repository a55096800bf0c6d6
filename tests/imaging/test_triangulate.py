"""Triangulation of points, and which cells of a grid triangles cover."""

import numpy as np
import pytest

from latentsync_studio.imaging.raster import MOST, label_cells
from latentsync_studio.imaging.triangulate import triangulated

RNG = np.random.default_rng(5)


def areas(points, triangles):
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    u, v = b - a, c - a
    return (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2


def test_triangles_fill_the_square_once_and_turn_one_way():
    points = np.concatenate([[[0.0, 0], [1, 0], [0, 1], [1, 1]], RNG.random((200, 2))])
    triangles = triangulated(points)
    found = areas(points, triangles)
    assert (found > 0).all()
    assert abs(found.sum() - 1) < 1e-6
    assert set(triangles.ravel().tolist()) == set(range(len(points)))


def test_no_point_lies_in_the_circle_around_a_triangle():
    points = RNG.random((60, 2))
    for a, b, c in points[triangulated(points)]:
        middle = np.linalg.solve(2 * np.array([b - a, c - a]), [b @ b - a @ a, c @ c - a @ a])
        assert (np.hypot(*(points - middle).T) > np.hypot(*(a - middle)) - 1e-3).all()


def test_cells_go_to_the_triangle_in_which_their_middle_lies():
    corner = np.array([[[0, 0], [8, 0], [0, 8]], [[8, 0], [8, 8], [0, 8]]], np.float32)
    corner += np.float32(0.25)
    label, inside = label_cells(corner, (12, 10))
    rows, columns = np.mgrid[:10, :12]
    wanted = np.where(rows + columns < 8.5, 0, 1)
    within = (rows > 0.25) & (columns > 0.25) & (rows < 8.25) & (columns < 8.25)
    assert np.array_equal(inside, within)
    assert np.array_equal(label[within], wanted[within])
    around = (rows <= 9) & (columns <= 9)
    assert (label[around] >= 0).all()
    assert (label[~around] == -1).all()


def test_of_triangles_over_each_other_the_last_one_is_seen():
    square = np.array([[[-1, -1], [30, -1], [-1, 30]]], np.float32)
    label, _ = label_cells(np.concatenate([square] * 3), (5, 4))
    assert (label == 2).all()


def test_no_triangle_covers_nothing():
    label, inside = label_cells(np.empty((0, 3, 2), np.float32), (5, 4))
    assert (label == -1).all()
    assert not inside.any()


def test_more_triangles_than_can_be_told_apart_are_refused():
    with pytest.raises(ValueError, match="at most"):
        label_cells(np.zeros((MOST + 1, 3, 2), np.float32), (5, 4))
