from itertools import pairwise

import numpy as np
import pytest

from latentsync_studio.core.mask.strokes import Ellipse
from latentsync_studio.imaging.mask_morph import Morph
from latentsync_studio.imaging.mask_raster import shape_coverage

SIZE = (240, 120)


def disc(x, radius, softness=0.0):
    box, drawn = shape_coverage(
        Ellipse(x=x, y=60, radius_x=radius, radius_y=radius, softness=softness), SIZE
    )
    out = np.zeros(SIZE[::-1], np.uint8)
    out[box.y0 : box.y1, box.x0 : box.x1] = drawn
    return out


def radius(mask):
    return np.sqrt(mask.sum() / 255 / np.pi)


def middle(mask):
    return float((mask.sum(axis=0) * (np.arange(SIZE[0]) + 0.5)).sum() / mask.sum())


def test_both_ends_are_the_masks_themselves():
    first, last = disc(60, 20), disc(180, 30, 10)
    way = Morph(first, last)
    assert np.array_equal(way.at(0), first)
    assert np.array_equal(way.at(1), last)
    assert np.abs(way.at(1e-4).astype(int) - first).mean() < 1


def test_outlines_move_evenly():
    way = Morph(disc(120, 15), disc(120, 45))
    assert [radius(way.at(t)) for t in (0.25, 0.5, 0.75)] == pytest.approx([22.5, 30, 37.5], abs=1)
    assert set(np.unique(way.at(0.5))) >= {0, 255}


def test_a_shape_that_travels_keeps_its_form():
    way = Morph(disc(50, 25), disc(190, 25))
    for share in (0.25, 0.5, 0.75):
        assert radius(way.at(share)) == pytest.approx(25, abs=0.5)
        assert middle(way.at(share)) == pytest.approx(50 + 140 * share, abs=1)


def test_what_both_share_stays_while_something_new_appears_beside_it():
    first = disc(60, 25)
    way = Morph(first, np.maximum(first, disc(190, 25)))
    between = way.at(0.5)
    assert np.abs(between[:, :110].astype(int) - first[:, :110]).mean() < 1
    assert way.at(0.8)[60, 190] == 255
    areas = [way.at(t).sum() for t in np.linspace(0, 1, 21)]
    assert all(b >= a - 255 * 8 for a, b in pairwise(areas))


def test_soft_and_faint_masks_stay_soft_and_faint():
    soft = Morph(disc(120, 25, 30), disc(120, 40, 30)).at(0.5)
    inside, outside = soft[60, 120:].astype(int), np.diff(soft[60, 120:].astype(int))
    assert inside[0] == 255
    assert outside.min() > -25, "no step within the soft edge"
    faint = Morph(disc(120, 30) // 2, disc(120, 30)).at(0.5)
    assert faint.max() == pytest.approx(191, abs=2)
    assert radius((faint > 90).astype(np.uint8) * 255) == pytest.approx(30, abs=0.6)


def test_a_mask_comes_from_nothing_and_goes_to_nothing():
    nothing, full = np.zeros(SIZE[::-1], np.uint8), disc(120, 40)
    assert radius(Morph(full, nothing).at(0.5)) == pytest.approx(20, abs=1.5)
    assert radius(Morph(nothing, full).at(0.75)) == pytest.approx(30, abs=1.5)
    assert not Morph(nothing, nothing).at(0.5).any()
    everything = np.full_like(nothing, 255)
    assert Morph(everything, everything).at(0.5).min() == 255


def test_large_masks_are_compared_smaller_and_come_back_whole():
    first, last = np.zeros((1080, 1920), np.uint8), np.zeros((1080, 1920), np.uint8)
    first[300:700, 600:1000] = 255
    last[300:700, 600:1200] = 255
    between = Morph(first, last).at(0.5)
    assert between.shape == first.shape
    assert between[500, 800] == 255
    assert between[500, 1150:].max() == 0
    with pytest.raises(ValueError, match="do not fit"):
        Morph(first, last[:-1])
