"""Votes of blind trials, and their sums."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NewType

import msgspec

from latentsync_studio.core.timeline.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

BallotId = NewType("BallotId", str)
Choice = Literal["left", "right", "tie"]


class Vote(Node, frozen=True, kw_only=True):
    """One trial that somebody decided without knowing what was on which side.

    Attributes:
        item: what both sides showed: a clip or a span of one; trials of an item are not
            independent of each other.
        left: system on the left, or shown first.
        right: system on the right, or shown second.
        choice: the side that was preferred, or "tie".
        seconds: time until the decision; 0 where nobody measured it.
        replays: how often it was played again.
    """

    item: str
    left: str
    right: str
    choice: Choice
    seconds: float = 0.0
    replays: int = 0

    @property
    def winner(self) -> str:
        """The preferred system; "" for a tie."""
        return {"left": self.left, "right": self.right}.get(self.choice, "")

    @property
    def loser(self) -> str:
        """The other system; "" for a tie."""
        return {"left": self.right, "right": self.left}.get(self.choice, "")


class Ballot(Node, frozen=True, kw_only=True):
    """The votes that one person gave in one sitting.

    Attributes:
        id: "b1", ...
        name: shown to people.
        question: that was asked.
        voter: who voted; may be a pseudonym or "".
        seed: of the plan.
        votes: in the order in which they were given.
    """

    id: BallotId
    name: str = ""
    question: str = ""
    voter: str = ""
    seed: int = 0
    votes: tuple[Vote, ...] = ()


class PairCount(msgspec.Struct, frozen=True):
    """Votes about two systems.

    Attributes:
        first: a system.
        second: another.
        wins: votes for the first.
        losses: votes for the second.
        ties: votes for neither.
    """

    first: str
    second: str
    wins: int
    losses: int
    ties: int


def systems_of(votes: Iterable[Vote]) -> tuple[str, ...]:
    """All systems, by name."""
    return tuple(sorted({name for vote in votes for name in (vote.left, vote.right)}))


def counted(votes: Iterable[Vote]) -> tuple[PairCount, ...]:
    """The votes about every pair that was shown, by the names of the pair."""
    wins: Counter[tuple[str, str]] = Counter()
    ties: Counter[tuple[str, str]] = Counter()
    for vote in votes:
        if vote.choice == "tie":
            ties[_pair(vote)] += 1
        else:
            wins[vote.winner, vote.loser] += 1
    pairs = {(min(pair), max(pair)) for pair in (*wins, *ties)}
    return tuple(PairCount(a, b, wins[a, b], wins[b, a], ties[a, b]) for a, b in sorted(pairs))


def _pair(vote: Vote) -> tuple[str, str]:
    return min(vote.left, vote.right), max(vote.left, vote.right)
