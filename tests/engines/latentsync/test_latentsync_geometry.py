"""The similarity of three points, against other formulas and on real faces."""

import numpy as np
import pytest

from latentsync_studio.core.face.landmarks import CHIN, OUT_RING
from latentsync_studio.engines.latentsync import geometry
from latentsync_studio.engines.latentsync.trained_mask import trained_mask
from latentsync_studio.imaging.affine import applied, inverse


def faces(count, seed=0):
    """Meshes whose three points are about those of faces, at any place, size and turn."""
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 3, (count, 478, 3))
    for group, place in zip(
        (geometry.BROW_RIGHT, geometry.BROW_LEFT, geometry.NOSE),
        ((-40, -40), (40, -41), (2, 9)),
        strict=True,
    ):
        points[:, group, :2] += place
    turn = rng.uniform(-np.pi, np.pi, count)
    size = rng.uniform(0.2, 6, count)
    spin = np.stack([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * size
    points[..., :2] = np.einsum("ijn,nkj->nki", spin, points[..., :2])
    points[..., :2] += rng.uniform(0, 4000, (count, 1, 2))
    return points


def by_singular_values(points, target):
    """The same similarity by the published route: normalized sets and an SVD, one at a time."""
    a, b = points - points.mean(0), target - target.mean(0)
    spread = a.std(), b.std()
    u, _, vt = np.linalg.svd((a / spread[0]).T @ (b / spread[1]))
    if np.linalg.det(u @ vt) < 0:
        vt[-1] *= -1
    part = spread[1] / spread[0] * (vt.T @ u.T)
    return np.column_stack([part, target.mean(0) - part @ points.mean(0)])


def test_it_equals_the_published_formula_in_64_bits():
    points = geometry.anchors(faces(200))
    target = geometry.template(512)
    found = geometry.similarity(points, target)
    wanted = np.stack([by_singular_values(one, target) for one in points])
    assert np.abs(found[..., :2] - wanted[..., :2]).max() < 1e-12
    moved = [applied(f, p) - applied(w, p) for f, w, p in zip(found, wanted, points, strict=True)]
    assert np.abs(moved).max() < 1e-9


def test_the_turn_is_the_least_squares_one_and_no_reflection():
    """Found by search instead of a formula; a mirrored face is not mirrored back."""
    points = geometry.anchors(faces(20, seed=3))
    points[::2, :, 0] *= -1
    target = geometry.template(256)
    found = geometry.similarity(points, target)
    assert (np.linalg.det(found[..., :2]) > 0).all()
    for one, way in zip(points, found, strict=True):
        angle = np.arctan2(way[1, 0], way[0, 0])
        size = np.hypot(way[1, 0], way[0, 0])
        a, b = one - one.mean(0), target - target.mean(0)

        def off(turn, a=a, b=b, size=size):
            spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            return np.square(size * a @ spin.T - b).sum()

        others = angle + np.linspace(-np.pi, np.pi, 721)
        assert off(angle) <= min(off(turn) for turn in others) + 1e-9


def test_points_in_the_template_s_places_need_no_motion_but_the_stretch():
    points = np.full((1, 478, 3), 7.0)
    places = geometry.template(512)
    groups = (geometry.BROW_RIGHT, geometry.BROW_LEFT, geometry.NOSE)
    for group, place in zip(groups, places, strict=True):
        points[0, group, :2] = place
    found = geometry.crop_transform(points, 512)[0]
    wanted = [[512 / 420, 0, 0], [0, 512 / 560, 0]]
    assert np.abs(found - wanted).max() < 1e-12
    assert np.allclose(places - 0.5, [(95.2, 112), (324.8, 112), (210, 224)], atol=1e-9)


def test_sizes_of_the_upright_crop():
    assert geometry.crop_size(512) == (420, 560)
    assert geometry.crop_size(256) == (210, 280)


def test_nothing_is_rounded():
    """A point that moves by a thousandth of a pixel moves the square by about as much."""
    mesh = faces(1, seed=4)
    before = inverse(geometry.crop_transform(mesh, 512))[0]
    mesh[0, geometry.NOSE, 0] += 1e-3
    after = inverse(geometry.crop_transform(mesh, 512))[0]
    moved = np.linalg.norm(applied(after, np.zeros(2)) - applied(before, np.zeros(2)))
    assert 1e-4 < moved < 5e-3


def test_single_precision_landmarks_lose_less_than_a_thousandth_of_a_pixel():
    mesh = faces(50, seed=5)
    double = geometry.crop_transform(mesh, 512)
    single = geometry.crop_transform(mesh.astype(np.float32), 512)
    assert single.dtype == np.float64
    corners = np.array([[0.0, 0], [512, 512]])
    for a, b in zip(inverse(double), inverse(single), strict=True):
        assert np.abs(applied(a, corners) - applied(b, corners)).max() < 1e-3


def test_frames_are_independent_and_missing_faces_stay_missing():
    mesh = faces(6, seed=6)
    whole = geometry.crop_transform(mesh, 512)
    assert np.array_equal(geometry.crop_transform(mesh[2:4], 512), whole[2:4])
    mesh[3] = np.nan
    mesh[4, :, :2] = 5.0  # all points in one place
    found = geometry.crop_transform(mesh, 512)
    assert np.isnan(found[3:5]).all()
    assert np.array_equal(found[[0, 1, 2, 5]], whole[[0, 1, 2, 5]])


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="no face meshes"):
        geometry.anchors(np.zeros((3, 68, 3)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo1_video", "demo2_video", "talker3"])
def test_the_mouth_of_a_real_face_lies_where_the_model_redraws(shared_clips, name):
    from latentsync_studio.core.picture import Box
    from latentsync_studio.engines.face_mesh.stills import landmarks_of
    from latentsync_studio.imaging.pixels import window_rgb
    from latentsync_studio.media.reader import FrameReader

    with FrameReader(shared_clips / f"{name}.mp4") as reader:
        picture = next(reader.frames(0, 1))
    rgb = window_rgb(picture, Box(x0=0, y0=0, x1=picture.width, y1=picture.height))
    mesh = landmarks_of(rgb)
    square = applied(geometry.crop_transform(mesh[None], 512)[0], mesh[:, :2])
    kept = trained_mask(512)

    def at(numbers):
        return kept[tuple(square[list(numbers)].astype(int).T[::-1])]

    assert (at([*OUT_RING, CHIN]) == 0).all()
    assert (at([*geometry.BROW_RIGHT, *geometry.BROW_LEFT, 33, 133, 263, 362]) == 1).all()
    lips = square[OUT_RING, 1]
    assert lips.min() > 262  # below the nose, which stays: the band begins at row 256
    assert lips.max() < 410
    assert 412 < square[CHIN, 1] < 470  # above the mask's own chin
    assert abs(square[OUT_RING, 0].mean() - 256) < 25
