"""Means of differences over clips, and several questions at once."""

import math

import numpy as np
import pytest

from latentsync_studio.core.comparing.bootstrap import mean_difference
from latentsync_studio.core.comparing.holm import holm
from latentsync_studio.core.errors import InputError


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(1).normal(0.3, 1, 40).tolist()
    one, again, other = (mean_difference(values, range(40), seed=seed) for seed in (5, 5, 6))
    assert one == again
    assert one != other
    assert one.low < one.mean < one.high


def test_many_values_of_few_clips_are_few_evidence():
    rng = np.random.default_rng(2)
    shifts = rng.normal(0, 1, 10)
    values = (shifts[:, None] + rng.normal(0, 0.1, (10, 50))).ravel()
    clips = np.repeat(range(10), 50).tolist()
    clustered = mean_difference(values.tolist(), clips)
    naive = mean_difference(values.tolist(), range(500))
    assert clustered.mean == pytest.approx(naive.mean)
    assert clustered.high - clustered.low > 5 * (naive.high - naive.low)
    assert clustered.clusters == 10


def test_an_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = 0
    for n in range(120):
        found = mean_difference(rng.normal(1, 1, 24).tolist(), range(24), seed=n, rounds=400)
        held += found.low <= 1 <= found.high
    assert 104 <= held <= 120  # 95 % less a little, as percentile intervals are


def test_few_clips_can_never_be_sure():
    found = mean_difference([1.0, 1.0, 1.0], "abc")
    assert found.p == pytest.approx(2 / 8)
    assert found.is_rough
    alone = mean_difference([1.0, 2.0], "aa")
    assert math.isnan(alone.low)
    assert (alone.mean, alone.p, alone.clusters) == (1.5, 1.0, 1)


def test_many_clips_are_tested_by_chance_and_agree_with_the_exact_test():
    values = np.random.default_rng(4).normal(0.4, 1, 14).tolist()
    exact = mean_difference(values, range(14))
    near = mean_difference([*values, 1e-9], range(15))
    assert near.p == pytest.approx(exact.p, abs=0.02)


def test_unknown_values_are_left_out():
    found = mean_difference([1.0, float("nan"), 3.0, float("inf")], "abcd")
    assert (found.mean, found.values, found.clusters) == (2.0, 2, 2)
    nothing = mean_difference([float("nan")], "a")
    assert nothing.values == 0
    assert math.isnan(nothing.mean)


def test_every_difference_needs_its_clip():
    with pytest.raises(InputError):
        mean_difference([1.0], "ab")


def test_holm_corrects_step_by_step_and_keeps_the_order():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.9, 0.8]) == pytest.approx((1.0, 1.0))
    adjusted = holm([0.02, float("nan"), 0.04])
    assert math.isnan(adjusted[1])
    assert (adjusted[0], adjusted[2]) == pytest.approx((0.04, 0.04))
    assert holm([]) == ()
