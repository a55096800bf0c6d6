"""Bradley-Terry over three systems and more."""

import math

import numpy as np
import pytest

from latentsync_studio.core.comparing.ranking import bradley_terry
from latentsync_studio.core.comparing.votes import Vote, counted
from latentsync_studio.core.errors import InputError


def vote(left, right, choice, item="a"):
    return Vote(item=item, left=left, right=right, choice=choice)


def cast(strengths, items, seed=0):
    """Votes of people who follow the model exactly."""
    rng = np.random.default_rng(seed)
    names = sorted(strengths)
    for item in range(items):
        for n, one in enumerate(names):
            for other in names[n + 1 :]:
                chance = strengths[one] / (strengths[one] + strengths[other])
                choice = "left" if rng.random() < chance else "right"
                yield vote(one, other, choice, str(item))


def test_known_strengths_are_found_again():
    strengths = {"a": 4.0, "b": 2.0, "c": 1.0, "d": 0.5}
    ranked = bradley_terry(list(cast(strengths, 400)), rounds=200)
    assert [each.system for each in ranked] == ["a", "b", "c", "d"]
    assert [each.rank for each in ranked] == [1, 2, 3, 4]
    middle = sum(map(math.log, strengths.values())) / 4
    for each in ranked:
        truth = math.log(strengths[each.system]) - middle
        assert each.low - 0.05 <= truth <= each.high + 0.05
        assert each.low < each.worth < each.high


def test_two_systems_give_the_odds_of_the_votes():
    votes = [vote("x", "y", "left", str(n)) for n in range(30)]
    votes += [vote("x", "y", "right", str(n)) for n in range(10)]
    ranked = bradley_terry(votes, rounds=100)
    assert ranked[0].worth - ranked[1].worth == pytest.approx(math.log(30.5 / 10.5), abs=1e-5)


def test_who_won_everything_stands_at_a_finite_place():
    votes = [vote("x", other, "left", str(n)) for n in range(5) for other in ("y", "z")]
    ranked = bradley_terry(votes, rounds=100)
    assert ranked[0].system == "x"
    assert all(np.isfinite((each.worth, each.low, each.high)).all() for each in ranked)
    assert ranked[1].rank == ranked[2].rank == 2


def test_ties_and_sides_change_nothing_for_equals():
    votes = [vote("x", "y", "tie"), vote("y", "z", "tie"), vote("z", "x", "tie")]
    ranked = bradley_terry(votes)
    assert [each.rank for each in ranked] == [1, 1, 1]
    assert all(math.isnan(each.low) for each in ranked)  # one item: no interval
    assert all(each.chance == pytest.approx(0.5) for each in ranked)


def test_systems_that_never_met_cannot_be_ranked_together():
    votes = [vote("x", "y", "left"), vote("u", "v", "right")]
    with pytest.raises(InputError, match="never compared"):
        bradley_terry(votes)
    with pytest.raises(InputError):
        bradley_terry([])


def test_votes_are_counted_by_pair_whatever_the_side():
    votes = [vote("x", "y", "left"), vote("y", "x", "left"), vote("y", "x", "tie")]
    [pair] = counted(votes)
    assert (pair.first, pair.second, pair.wins, pair.losses, pair.ties) == ("x", "y", 1, 1, 1)
