"""The exact sign test and how many votes it needs."""

import math

import pytest

from latentsync_studio.core.comparing.sign_test import (
    TOLD_SHARES,
    detectable_share,
    needed_votes,
    power_of,
    sign_test,
)
from latentsync_studio.core.errors import InputError


def test_the_known_numbers_of_votes_are_reproduced():
    assert [needed_votes(share) for share in TOLD_SHARES] == [786, 199, 90, 49, 30]
    assert needed_votes(0.25) == needed_votes(0.75)


# wins, losses, p value, lower and upper end of the interval, by scipy 1.17 (binomtest)
KNOWN = [
    (1, 0, 1, 0.025, 1),
    (0, 6, 0.03125, 0, 0.45925812644),
    (3, 3, 1, 0.118117248757, 0.881882751243),
    (9, 1, 0.021484375, 0.554983882972, 0.997471421456),
    (20, 5, 0.00407731533051, 0.592962567721, 0.931688535987),
    (30, 19, 0.152407771961, 0.46238549092, 0.748025517209),
    (0, 40, 1.81898940355e-12, 0, 0.0880973028788),
    (60, 59, 1, 0.411069853254, 0.597119451091),
    (430, 356, 0.00917605930722, 0.5115165591, 0.582276670092),
    (2000, 1900, 0.112893652259, 0.497000543593, 0.528621254688),
]


@pytest.mark.parametrize(("wins", "losses", "p", "low", "high"), KNOWN)
def test_it_agrees_with_scipy_in_value_and_interval(wins, losses, p, low, high):
    found = sign_test(wins, losses)
    assert found.p == pytest.approx(p, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-8)


def test_no_votes_say_nothing():
    found = sign_test(0, 0)
    assert (found.p, found.low, found.high) == (1.0, 0.0, 1.0)
    assert math.isnan(found.share)


def test_sides_can_be_swapped():
    one, other = sign_test(9, 3), sign_test(3, 9)
    assert one.p == other.p
    assert one.low == pytest.approx(1 - other.high)


def test_power_is_reached_by_the_number_that_it_asks_for_and_not_before():
    for share in (0.6, 0.75, 0.9):
        n = needed_votes(share)
        assert power_of(n, share) >= 0.8
        assert all(power_of(fewer, share) < 0.8 for fewer in range(1, n))


def test_what_votes_can_find_is_what_they_are_needed_for():
    assert detectable_share(49) == pytest.approx(0.7, abs=0.003)
    assert detectable_share(5) == 1.0  # five votes find nothing
    assert power_of(5, 0.99) == 0.0


@pytest.mark.parametrize("share", [0.5, 0.501, 1.0, float("nan")])
def test_shares_that_no_votes_find_are_refused(share):
    with pytest.raises(InputError):
        needed_votes(share)


def test_impossible_counts_are_refused():
    for counts in ((-1, 3), (20_000, 1)):
        with pytest.raises(InputError):
            sign_test(*counts)
