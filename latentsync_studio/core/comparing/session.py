"""One sitting of a blind comparison: what is shown next, and the ballot at its end.

Names of systems come out only with the ballot, after the last decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.comparing.votes import Ballot, BallotId
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.comparing.trials import Trial
    from latentsync_studio.core.comparing.votes import Choice, Vote


class Blind(NamedTuple):
    """What may be known of a trial before it is decided.

    Attributes:
        number: from 1.
        total: how many there are.
        left: source of what is on the left.
        right: source of what is on the right.
    """

    number: int
    total: int
    left: str
    right: str


class BlindSession:
    """Trials one after the other; the last decision can be taken back."""

    def __init__(self, trials: Sequence[Trial], *, question: str, voter: str, seed: int) -> None:
        self._trials = tuple(trials)
        self._votes: list[Vote] = []
        self._question, self._voter, self._seed = question, voter, seed

    @property
    def question(self) -> str:
        """What is asked of every trial."""
        return self._question

    @property
    def decided(self) -> int:
        """How many trials are decided."""
        return len(self._votes)

    @property
    def current(self) -> Blind | None:
        """The trial to decide; None after the last one."""
        n = len(self._votes)
        if n == len(self._trials):
            return None
        trial = self._trials[n]
        return Blind(n + 1, len(self._trials), trial.left.source, trial.right.source)

    def decide(self, choice: Choice, seconds: float = 0.0, replays: int = 0) -> None:
        """Decide the current trial; raise InputError where none is left."""
        if self.current is None:
            raise InputError("All trials are decided.", remedy="Start another comparison.")
        trial = self._trials[len(self._votes)]
        self._votes.append(trial.vote(choice, seconds, replays))

    def take_back(self) -> None:
        """Show the last decided trial again; nothing before the first."""
        if self._votes:
            self._votes.pop()

    def ballot(self) -> Ballot:
        """The votes up to now, for the project; from here on nothing is blind any more."""
        return Ballot(
            id=BallotId(""),
            question=self._question,
            voter=self._voter,
            seed=self._seed,
            votes=tuple(self._votes),
        )
