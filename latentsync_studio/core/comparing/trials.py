"""The plan of a blind comparison: which two things are shown, in which order, on which side.

Every pair of systems is shown for every item that has both. A system lies as often on the left as
on the right (but for one), also within each pair, and no item comes twice in a row where that can
be helped. The same seed gives the same plan.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from latentsync_studio.core.comparing.votes import Vote
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.comparing.votes import Choice

MOST_TRIALS: Final = 5000


class Contender(NamedTuple):
    """Something that can be shown in a trial.

    Attributes:
        item: what everybody shows of it: a clip or a span.
        system: who made it; hidden from the one who votes.
        source: where it is found; means nothing here.
    """

    item: str
    system: str
    source: str = ""


class Trial(NamedTuple):
    """Two contenders of one item."""

    left: Contender
    right: Contender

    @property
    def item(self) -> str:
        """What both show."""
        return self.left.item

    def vote(self, choice: Choice, seconds: float = 0.0, replays: int = 0) -> Vote:
        """The decision of this trial."""
        return Vote(
            item=self.item,
            left=self.left.system,
            right=self.right.system,
            choice=choice,
            seconds=round(seconds, 3),
            replays=replays,
        )


def blind_plan(
    contenders: Sequence[Contender], *, seed: int, repeats: int = 1
) -> tuple[Trial, ...]:
    """Plan trials of all pairs of systems, `repeats` times for each item.

    Raises:
        InputError: no item has two systems, a system shows an item twice, or there would be more
            than 5000 trials.
    """
    by_item: dict[str, dict[str, Contender]] = {}
    for contender in contenders:
        of_item = by_item.setdefault(contender.item, {})
        if contender.system in of_item:
            raise InputError(
                f"{contender.system} shows {contender.item} twice.",
                remedy="Give every take a name of its own.",
            )
        of_item[contender.system] = contender
    pairs = [
        (of_item[a], of_item[b])
        for _, of_item in sorted(by_item.items())
        for a, b in combinations(sorted(of_item), 2)
    ] * max(1, repeats)
    if not pairs:
        raise InputError(
            "There are no two systems that show the same.", remedy="Choose two takes of a span."
        )
    if len(pairs) > MOST_TRIALS:
        raise InputError(
            f"{len(pairs)} trials are more than anybody decides.",
            remedy="Choose fewer systems or items.",
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    shuffled = [pairs[n] for n in rng.permutation(len(pairs))]
    return tuple(_spread(_sided(shuffled, rng)))


def _sided(pairs: list[tuple[Contender, Contender]], rng: np.random.Generator) -> list[Trial]:
    """Give every pair its sides: first evenly within a pair of systems, then for each system."""
    left_in_pair: Counter[tuple[str, str]] = Counter()
    left: Counter[str] = Counter()
    trials = []
    for a, b in pairs:
        lean = left_in_pair[a.system, b.system] - left_in_pair[b.system, a.system]
        lean = lean or left[a.system] - left[b.system]
        is_swapped = bool(rng.integers(0, 2)) if lean == 0 else lean > 0
        one, other = (b, a) if is_swapped else (a, b)
        left_in_pair[one.system, other.system] += 1
        left[one.system] += 1
        left[other.system] -= 1
        trials.append(Trial(one, other))
    return trials


def _spread(trials: list[Trial]) -> list[Trial]:
    """Put another item between two trials of the same one where there is any left."""
    waiting, found = list(trials), list[Trial]()
    left = Counter(trial.item for trial in trials)
    while waiting:
        last = found[-1].item if found else ""
        most, count = left.most_common(1)[0]
        must = most if most != last and 2 * count > len(waiting) else ""
        fitting = (
            n
            for n, trial in enumerate(waiting)
            if (trial.item == must if must else trial.item != last)
        )
        trial = waiting.pop(next(fitting, 0))
        left[trial.item] -= 1
        found.append(trial)
    return found
