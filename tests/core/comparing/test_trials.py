"""Blind plans, sittings, tables of votes and what they prove."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.comparing.outcome import needed_line, outcome_of
from latentsync_studio.core.comparing.session import BlindSession
from latentsync_studio.core.comparing.trials import Contender, blind_plan
from latentsync_studio.core.comparing.votes import Ballot, BallotId, Vote
from latentsync_studio.core.comparing.votes_csv import (
    merged_votes,
    votes_from_csv,
    votes_to_csv,
)
from latentsync_studio.core.errors import InputError


def contenders(items, systems):
    return [Contender(item, system, f"{system}/{item}") for item in items for system in systems]


@given(
    n_items=st.integers(1, 7),
    n_systems=st.integers(2, 4),
    repeats=st.integers(1, 3),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=40, deadline=None)
def test_sides_are_counterbalanced_whatever_the_seed(n_items, n_systems, repeats, seed):
    given_ = contenders("abcdefg"[:n_items], "wxyz"[:n_systems])
    plan = blind_plan(given_, seed=seed, repeats=repeats)
    assert plan == blind_plan(given_, seed=seed, repeats=repeats)
    assert len(plan) == n_items * repeats * n_systems * (n_systems - 1) // 2
    left = Counter((trial.left.system, trial.right.system) for trial in plan)
    assert all(abs(left[a, b] - left[b, a]) <= 1 for a, b in left)
    assert all(trial.left.item == trial.right.item for trial in plan)
    asked = Counter((t.item, *sorted((t.left.system, t.right.system))) for t in plan)
    assert set(asked.values()) == {repeats}
    if n_items > 1:
        assert all(a.item != b.item for a, b in pairwise(plan))


def test_only_what_two_systems_show_is_compared():
    given_ = [*contenders("ab", "xy"), Contender("c", "x")]
    assert {trial.item for trial in blind_plan(given_, seed=1)} == {"a", "b"}
    with pytest.raises(InputError, match="no two systems"):
        blind_plan([Contender("a", "x"), Contender("b", "y")], seed=1)
    with pytest.raises(InputError, match="twice"):
        blind_plan([Contender("a", "x"), Contender("a", "x")], seed=1)
    with pytest.raises(InputError, match="more than anybody"):
        blind_plan(contenders("abcdefgh", "uvwxyz"), seed=1, repeats=50)


def test_a_sitting_tells_no_name_before_its_end():
    plan = blind_plan([Contender("a", "x", "one"), Contender("a", "y", "two")], seed=3, repeats=3)
    sitting = BlindSession(plan, question="Which?", voter="me", seed=3)
    shown = sitting.current
    assert (shown.number, shown.total, {shown.left, shown.right}) == (1, 3, {"one", "two"})
    sitting.decide("left", 2.5, replays=1)
    sitting.decide("tie")
    sitting.take_back()
    assert sitting.decided == 1
    sitting.decide("right")
    sitting.decide("left")
    assert sitting.current is None
    with pytest.raises(InputError):
        sitting.decide("left")
    ballot = sitting.ballot()
    assert [vote.choice for vote in ballot.votes] == ["left", "right", "left"]
    assert ballot.votes[0].seconds == 2.5
    assert ballot.votes[0].winner == plan[0].left.system
    assert ballot.votes[1].loser == plan[1].left.system


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12).map(str.strip)
names = words.filter(bool)


@st.composite
def ballots(draw):
    votes = [
        Vote(
            item=draw(words),
            left=(left := draw(names)),
            right=draw(names.filter(lambda name: name != left)),
            choice=draw(st.sampled_from(["left", "right", "tie"])),
            seconds=draw(st.sampled_from([0.0, 1.25, 300.5])),
            replays=draw(st.integers(0, 9)),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    name, voter, question = draw(words), draw(words), draw(words)
    return Ballot(id=BallotId(""), name=name, voter=voter, question=question, votes=tuple(votes))


@given(given_=ballots())
@settings(max_examples=60, deadline=None)
def test_votes_come_back_from_a_table(given_):
    text = votes_to_csv([given_])
    assert votes_from_csv(text) == (given_,)


def test_no_cell_is_taken_for_a_formula():
    vote = Vote(item="=cmd()", left="+x", right="@y", choice="left")
    text = votes_to_csv([Ballot(id=BallotId(""), name="-1", votes=(vote,))])
    assert text.splitlines()[1] == "'-1,,,'=cmd(),'+x,'@y,left,'+x,0,0"


def test_tables_of_others_are_read():
    text = "\ufeffRight; x,LEFT,Choice,more\nb,a,R,1\n"
    with pytest.raises(InputError, match="no column 'right'"):
        votes_from_csv(text)
    text = "\ufeffRight,LEFT,Choice,more\nb,a,R,1\n,,,\nb,a,=,2\n"
    [ballot] = votes_from_csv(text)
    assert [vote.winner for vote in ballot.votes] == ["b", ""]


@pytest.mark.parametrize(
    "row", ["a,b,middle", "a,a,left", ",b,left", 'a,"b,left', "a,b,left,-1", "a,b,left,nan"]
)
def test_rows_that_make_no_sense_are_refused_with_their_line(row):
    with pytest.raises(InputError) as caught:
        votes_from_csv(f"left,right,choice,seconds\n{row}\n")
    assert caught.value.remedy


def votes(wins, losses, ties=0):
    choices = ["left"] * wins + ["right"] * losses + ["tie"] * ties
    for n, choice in enumerate(choices):
        turned = n % 2 == 1
        side = {"left": "right", "right": "left"}.get(choice, choice) if turned else choice
        left, right = ("y", "x") if turned else ("x", "y")
        yield Vote(item=str(n), left=left, right=right, choice=side)


def test_an_outcome_says_who_is_preferred_and_how_sure_that_is():
    found = outcome_of(list(votes(20, 5, 3)))
    [pair] = found.pairs
    assert (found.votes, found.ties, found.items) == (28, 3, 28)
    assert pair.text.startswith("x is preferred to y: 20 of 25 votes, 3 ties, 80 %")
    assert pair.test.p == pair.adjusted
    assert found.needed["65 %"] == 90
    assert found.ranking == ()
    assert found.notes == ()


def test_an_outcome_that_is_not_sure_says_how_many_votes_it_needs():
    [pair] = outcome_of(list(votes(4, 8))).pairs
    assert "y and x are not told apart: y has 8 of 12 votes" in pair.text
    assert "needs 72 votes" in pair.text
    [tied] = outcome_of(list(votes(0, 0, 2))).pairs
    assert "nobody preferred one" in tied.text
    [even] = outcome_of(list(votes(5, 5))).pairs
    assert even.needed is None


def test_a_preferred_side_and_repeated_questions_are_told():
    same = [Vote(item="a", left="x", right="y", choice="left")] * 12
    notes = " ".join(outcome_of(same).notes)
    assert "left 12, right 0" in notes
    assert "12 votes answer one question" in notes


def test_three_systems_are_ranked_and_corrected_together():
    plan = blind_plan(contenders("abcdefgh", "xyz"), seed=2)
    found = outcome_of(
        [t.vote("left" if t.left.system < t.right.system else "right") for t in plan]
    )
    assert [each.system for each in found.ranking] == ["x", "y", "z"]
    assert all(pair.adjusted == pytest.approx(3 * pair.test.p) for pair in found.pairs)
    assert merged_votes([]) == ()
    with pytest.raises(InputError):
        outcome_of([])
    assert "55 %: 786" in needed_line()
