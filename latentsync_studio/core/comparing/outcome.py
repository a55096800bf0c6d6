"""What votes prove, as one frozen value for the window, the command line and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.comparing.holm import holm
from latentsync_studio.core.comparing.ranking import Ranked, bradley_terry
from latentsync_studio.core.comparing.sign_test import (
    ALPHA,
    POWER,
    TOLD_SHARES,
    SignTest,
    detectable_share,
    needed_votes,
    sign_test,
)
from latentsync_studio.core.comparing.votes import PairCount, counted, systems_of
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.comparing.votes import Vote

_LEAST_TOLD: Final = 0.52  # of a preference nearer to one half nobody counts the votes


class PairOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was preferred of two systems.

    Attributes:
        counts: the votes.
        test: exact, without the ties.
        adjusted: p value after Holm's correction for all pairs.
        needed: votes that a preference as large as the observed one would need; None where it is
            too near to one half, or there are no votes.
        text: the same as a sentence.
    """

    counts: PairCount
    test: SignTest
    adjusted: float
    needed: int | None
    text: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What all votes say.

    Attributes:
        votes: how many, ties included.
        ties: how many of them preferred nothing.
        items: how many clips or spans they are about.
        pairs: of systems, by their names.
        ranking: of three systems or more, from the best on; else empty.
        side: votes for the left against the right: a preference there is a fault of the trial.
        needed: true preference -> votes that find it with a power of 80 %.
        detectable: the smallest true preference that the fewest votes of a pair find; 1: none.
        notes: what to know before believing it.
    """

    votes: int
    ties: int
    items: int
    pairs: tuple[PairOutcome, ...]
    ranking: tuple[Ranked, ...]
    side: SignTest
    needed: dict[str, int]
    detectable: float
    notes: tuple[str, ...] = ()


def outcome_of(votes: Sequence[Vote], *, seed: int = 0) -> Outcome:
    """Count, test and rank votes.

    Raises:
        InputError: there are none.
    """
    if not votes:
        raise InputError("There are no votes.", remedy="Decide some trials first.")
    counts = counted(votes)
    tests = [sign_test(pair.wins, pair.losses) for pair in counts]
    adjusted = holm([test.p for test in tests])
    pairs = tuple(map(_pair_outcome, counts, tests, adjusted))
    ranking, notes = _ranking(votes, seed)
    side = sign_test(
        sum(vote.choice == "left" for vote in votes), sum(vote.choice == "right" for vote in votes)
    )
    if side.p < ALPHA:
        notes.append(
            f"One side was preferred as such: left {side.wins}, right {side.losses}"
            f" (p {_p(side.p)}). Look for what gave the sides away."
        )
    items = len({vote.item for vote in votes})
    asked = {(vote.item, *sorted((vote.left, vote.right))) for vote in votes}
    if len(asked) < len(votes):
        questions = "one question" if len(asked) == 1 else f"{len(asked)} different questions"
        notes.append(
            f"{len(votes)} votes answer {questions}. The sign test takes them"
            " as independent; about the same pair of the same clip they are not quite."
        )
    return Outcome(
        votes=len(votes),
        ties=sum(vote.choice == "tie" for vote in votes),
        items=items,
        pairs=pairs,
        ranking=ranking,
        side=side,
        needed={f"{100 * share:g} %": needed_votes(share) for share in TOLD_SHARES},
        detectable=detectable_share(min(test.n for test in tests)),
        notes=tuple(notes),
    )


def _pair_outcome(counts: PairCount, test: SignTest, adjusted: float) -> PairOutcome:
    share = max(test.share, 1 - test.share) if test.n else 0.5
    needed = None
    if share >= _LEAST_TOLD:
        try:
            needed = needed_votes(round(min(share, 0.99), 3))
        except InputError:
            needed = None
    return PairOutcome(
        counts=counts, test=test, adjusted=adjusted, needed=needed, text=_told(counts, test, needed)
    )


def _told(counts: PairCount, test: SignTest, needed: int | None) -> str:
    tied = f", {counts.ties} tie{'s' if counts.ties > 1 else ''}" if counts.ties else ""
    if not test.n:
        return f"{counts.first} and {counts.second}: nobody preferred one{tied}."
    a, b, wins, losses = counts.first, counts.second, counts.wins, counts.losses
    if losses > wins:
        a, b, wins, losses = b, a, losses, wins
    low, high = (test.low, test.high) if a == counts.first else (1 - test.high, 1 - test.low)
    numbers = (
        f"{wins} of {test.n} votes{tied}, {100 * wins / test.n:.0f} %"
        f" ({100 * low:.0f} to {100 * high:.0f} %), p {_p(test.p)}"
    )
    if test.p < ALPHA:
        return f"{a} is preferred to {b}: {numbers}."
    more = f" A preference this large needs {needed} votes." if needed and needed > test.n else ""
    return f"{a} and {b} are not told apart: {a} has {numbers}.{more}"


def _ranking(votes: Sequence[Vote], seed: int) -> tuple[tuple[Ranked, ...], list[str]]:
    if len(systems_of(votes)) < 3:
        return (), []
    try:
        return bradley_terry(votes, seed=seed), []
    except InputError as error:
        return (), [f"No common ranking: {error}"]


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def needed_line() -> str:
    """How many votes find which preference, as one line."""
    told = ", ".join(f"{100 * share:g} %: {needed_votes(share)}" for share in TOLD_SHARES)
    return f"Votes that find a true preference (alpha {ALPHA:g}, power {100 * POWER:g} %): {told}."
