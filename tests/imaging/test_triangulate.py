"""Triangulation of points, and which cells of a grid triangles cover."""

import numpy as np

from latentsync_studio.imaging.raster import label_cells
from latentsync_studio.imaging.triangulate import neighbors, triangulated

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


def test_neighbors_share_a_side():
    triangles = triangulated(RNG.random((40, 2)))
    across = neighbors(triangles)
    for k, row in enumerate(across):
        for side, other in enumerate(row):
            ends = {int(triangles[k, side]), int(triangles[k, (side + 1) % 3])}
            if other >= 0:
                assert ends <= set(triangles[other].tolist())
                assert k in across[other]
            else:
                assert sum(ends <= set(t) for t in triangles.tolist()) == 1


def test_cells_go_to_the_triangle_in_which_their_middle_lies():
    corner = np.array([[[0, 0], [8, 0], [0, 8]], [[8, 0], [8, 8], [0, 8]]], np.float32)
    corner += np.float32(0.25)
    label, inside = label_cells(corner, np.zeros(2, bool), (10, 10))
    rows, columns = np.mgrid[:10, :10]
    wanted = np.where(rows + columns < 8.5, 0, 1)
    within = (rows > 0.25) & (columns > 0.25) & (rows < 8.25) & (columns < 8.25)
    assert np.array_equal(label.reshape(10, 10), np.where(within, wanted, -1))
    assert np.array_equal(inside.reshape(10, 10), within)


def test_touching_triangles_also_cover_cells_that_they_only_overlap():
    corner = np.array([[[2.7, 2.7], [3.3, 2.7], [2.7, 3.3]]], np.float32) + np.float32(0.45)
    label, inside = label_cells(corner, np.ones(1, bool), (6, 6))
    found = set(zip(*(v.tolist() for v in np.nonzero(label.reshape(6, 6) >= 0)), strict=True))
    assert found == {(3, 3), (3, 4), (4, 3)}
    assert not inside.any()
