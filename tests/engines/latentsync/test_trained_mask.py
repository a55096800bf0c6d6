"""The redrawn shape, against the numbers that are known of it."""

import numpy as np
import pytest

from latentsync_studio.engines.latentsync.trained_mask import latent_mask, trained_mask


def redrawn(row, resolution=256):
    return np.flatnonzero(trained_mask(resolution)[row] < 0.5)


def test_the_share_that_is_redrawn():
    assert 1 - trained_mask(256).mean() == pytest.approx(0.407, abs=0.0015)
    assert 1 - trained_mask(512).mean() == pytest.approx(0.407, abs=0.0015)
    assert (latent_mask(512) < 0.5).mean() == pytest.approx(0.41, abs=0.005)


@pytest.mark.parametrize(
    ("row", "first", "last"),
    [(128, 9, 247), (150, 11, 245), (175, 15, 241), (200, 33, 223), (220, 57, 202), (235, 87, 173)],
)
def test_the_band_and_the_chin_have_their_extents(row, first, last):
    columns = redrawn(row)
    assert abs(columns[0] - first) <= 1
    assert abs(columns[-1] - last) <= 1
    assert len(columns) == columns[-1] - columns[0] + 1


def test_the_tip_closes_round():
    assert redrawn(242)[[0, -1]] == pytest.approx([131, 152], abs=1)
    assert not len(redrawn(244))
    widths = np.array([len(redrawn(row)) for row in range(128, 244)])
    assert (np.diff(widths) <= 0).all()
    assert np.abs(np.diff(widths[:100], 2)).max() <= 2  # no corners


def test_the_bars_over_the_cheeks_leave_the_nose():
    assert list(redrawn(95)) == [*range(9, 78), *range(178, 247)]
    assert list(redrawn(127)) == list(redrawn(95))
    assert not len(redrawn(94))


def test_edges_are_soft_by_a_pixel_of_the_grid_and_by_no_more():
    small, large = trained_mask(256), trained_mask(512)
    assert ((small > 0) & (small < 1)).mean() < 0.01
    grey = (large > 0) & (large < 1)
    assert 0.01 < grey.mean() < 0.035
    steps = np.abs(np.diff(large, axis=1))
    assert steps.max() <= 0.76
    halves = large.reshape(256, 2, 256, 2).mean((1, 3))
    assert np.abs(halves - small).max() < 0.3


@pytest.mark.parametrize("resolution", [64, 256, 512])
def test_latents_take_the_first_pixel_of_their_eight(resolution):
    mask = trained_mask(resolution)
    assert np.array_equal(latent_mask(resolution), mask[::8, ::8])
    assert mask.dtype == np.float32
    assert not mask.flags.writeable
    assert not latent_mask(resolution).flags.writeable


def test_sizes_without_whole_latents_are_refused():
    with pytest.raises(ValueError, match="100 px"):
        trained_mask(100)
