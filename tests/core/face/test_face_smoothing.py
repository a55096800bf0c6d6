import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.face.smoothing import MAX_DEVIATION, needed, runs, smoothed_block
from latentsync_studio.core.ranges import FrameRange


def smooth(points, run=None, block=None, size=100.0):
    run = run or (0, len(points))
    block = block or FrameRange(*run)
    sizes = np.full(len(points), size, np.float32)
    return smoothed_block(lambda a, b: points[a:b], lambda a, b: sizes[a:b], run, block)


def moving(n, amount, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(n, dtype=np.float32)[:, None, None]
    return (3 * t + amount * rng.standard_normal((n, 4, 3))).astype(np.float32)


@given(st.floats(-30, 30), st.floats(-2, 2), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_steady_and_accelerated_motion_is_unchanged(speed, acceleration, n):
    t = np.arange(n, dtype=np.float64)
    path = 50 + speed * t + acceleration * t * t
    points = np.repeat(path[:, None, None], 3, axis=2).astype(np.float32)
    np.testing.assert_allclose(smooth(points), points, rtol=2e-6, atol=2e-3)


def test_trembling_gets_less():
    noise = moving(200, 0.3)
    steady = 3 * np.arange(200)[:, None, None]
    before, after = (noise - steady).std(), (smooth(noise) - steady).std()
    assert after < 0.8 * before


def test_a_symmetric_movement_stays_symmetric_so_nothing_is_late():
    t = np.arange(41) - 20.0
    bump = 2 * np.exp(-0.5 * (t / 2) ** 2)
    out = smooth(bump[:, None, None].astype(np.float32))[:, 0, 0]
    np.testing.assert_allclose(out, out[::-1], atol=1e-5)
    assert out.argmax() == 20


def test_a_quick_closure_is_never_moved_by_more_than_the_limit():
    points = np.zeros((30, 2, 3), np.float32)
    points[15] = 40.0
    out = smooth(points, size=80.0)
    assert np.abs(out - points).max() <= MAX_DEVIATION * 80.0 + 1e-5


@pytest.mark.parametrize("n", [1, 2, 4, 5, 6, 23])
def test_any_block_equals_the_same_part_of_the_whole(n):
    points = moving(n, 0.5)
    whole = smooth(points)
    for start in range(n):
        for stop in range(start + 1, n + 1):
            np.testing.assert_array_equal(
                smooth(points, block=FrameRange(start, stop)), whole[start:stop]
            )


def test_nothing_outside_of_the_run_is_looked_at():
    points = moving(30, 0.5)
    inside = smooth(points, run=(10, 20))
    points[:10], points[20:] = np.nan, np.nan
    np.testing.assert_array_equal(smooth(points, run=(10, 20)), inside)
    assert needed((10, 20), FrameRange(10, 20)) == (10, 20)


def test_runs_end_at_cuts_and_at_gaps():
    present = np.array([1, 1, 0, 1, 1, 1, 1, 0], bool)
    shot = np.array([0, 0, 0, 0, 0, 1, 1, 1], np.int32)
    assert runs(present, shot) == [(0, 2), (3, 5), (5, 7)]
