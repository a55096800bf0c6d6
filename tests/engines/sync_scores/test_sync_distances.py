"""Distances over shifts: as the published loop has them, and which way an offset points."""

import numpy as np
import pytest

from latentsync_studio.engines.sync_scores import distances
from latentsync_studio.engines.sync_scores.distances import (
    SyncScore,
    mean_distances,
    mean_score,
    score_of,
)


@pytest.fixture(scope="module")
def features():
    """Features that walk slowly, as of a mouth, and those of its sound with some noise."""
    rng = np.random.default_rng(2)
    lips = np.cumsum(rng.standard_normal((90, 1024)), axis=0).astype(np.float32)
    return lips, lips + rng.standard_normal(lips.shape).astype(np.float32)


def by_loop(lips, sound, shift=15):
    padded = np.pad(sound.astype(np.float64), ((shift, shift), (0, 0)))
    table = [
        [np.linalg.norm(row - padded[i + k] + 1e-6) for k in range(2 * shift + 1)]
        for i, row in enumerate(lips.astype(np.float64))
    ]
    return np.mean(table, axis=0)


def test_all_at_once_is_what_the_loop_gives(features, monkeypatch):
    expected = by_loop(*features)
    np.testing.assert_allclose(mean_distances(*features), expected, rtol=1e-6)
    monkeypatch.setattr(distances, "_BLOCK", 32)
    np.testing.assert_allclose(mean_distances(*features), expected, rtol=1e-6)


@pytest.mark.parametrize("late", [-15, -5, -1, 0, 3, 5, 15])
def test_sound_that_is_moved_moves_the_offset_as_far(features, late):
    lips, sound = features
    rng = np.random.default_rng(1)
    other = 40 * rng.standard_normal((20, 1024)).astype(np.float32)
    long = np.concatenate([other, sound, other])
    moved = long[20 + late : 20 + late + len(lips)]  # what sounds in frame i belongs to i + late
    found = score_of(mean_distances(lips, moved))
    assert found.offset == late  # the picture comes that much later than its sound
    assert found.confidence > 1
    assert found.distance == pytest.approx(mean_distances(lips, moved).min())


def test_beyond_the_ends_the_sound_is_zero_and_that_counts(features):
    lips, sound = features
    found = mean_distances(lips[:10], sound[:10])
    nothing = np.linalg.norm(lips[:10] + 1e-6, axis=1).mean()
    assert found[0] == pytest.approx(nothing, rel=1e-5)  # moved by more than all of it
    assert found[-1] == pytest.approx(nothing, rel=1e-5)


def test_figures_are_least_median_less_least_and_where():
    curve = np.full(31, 10.0)
    curve[:5] = 12.0
    curve[18] = 6.5
    assert score_of(curve) == SyncScore(confidence=3.5, distance=6.5, offset=-3)


def test_several_tracks_give_means_and_a_whole_offset():
    found = mean_score([SyncScore(4.0, 8.0, -3), SyncScore(7.0, 7.0, -2)])
    assert found == SyncScore(5.5, 7.5, -2)
