"""Bradley-Terry: one scale for three or more systems out of votes about pairs of them.

    P(i is preferred to j) = s_i / (s_i + s_j)

A tie counts as half a vote for each. Every pair that was compared gets one more, imagined tie:
without it a system that won every vote would stand at infinity, and so would many a draw of the
bootstrap. Whole items (clips) are drawn, since votes about one are no independent evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.comparing.votes import systems_of
from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F64, Bools
    from latentsync_studio.core.comparing.votes import Vote

ROUNDS: Final = 1000
_IMAGINED: Final = 0.5  # votes for each side of a pair
_ENOUGH: Final = 1e-7  # change of a logarithm at which it has settled
_SAME: Final = 1e-5  # worths nearer to each other share a rank
_MOST_STEPS: Final = 10_000
_LEVEL: Final = 0.95


class Ranked(msgspec.Struct, frozen=True):
    """A system on the scale.

    Attributes:
        system: its name.
        rank: 1 is the best, by worth alone; whether that is sure the interval tells.
        worth: natural logarithm of its strength; the mean of all is 0.
        low: lower end of the 95 % interval of that, NaN below two items.
        high: its upper end.
        chance: that it is preferred to an average of the other systems.
    """

    system: str
    rank: int
    worth: float
    low: float
    high: float
    chance: float


def bradley_terry(
    votes: Sequence[Vote], *, seed: int = 0, rounds: int = ROUNDS
) -> tuple[Ranked, ...]:
    """Systems from the best to the worst.

    Args:
        votes: about pairs of at least two systems.
        seed: of the bootstrap.
        rounds: of it.

    Raises:
        InputError: fewer than two systems, or some were never compared with the others, directly or
            through third ones.
    """
    systems = systems_of(votes)
    if len(systems) < 2:
        raise InputError("A ranking needs votes about two systems.", remedy="Add votes.")
    items = sorted({vote.item for vote in votes})
    by_item = np.zeros((len(items), len(systems), len(systems)))
    place = {name: n for n, name in enumerate(systems)}
    item_at = {name: n for n, name in enumerate(items)}
    for vote in votes:
        left, right, item = place[vote.left], place[vote.right], item_at[vote.item]
        share = {"left": 1.0, "right": 0.0}.get(vote.choice, 0.5)
        by_item[item, left, right] += share
        by_item[item, right, left] += 1.0 - share
    wins = by_item.sum(axis=0)
    compared = (wins + wins.T) > 0
    _require_connected(compared, systems)
    worth = worths(wins, compared)
    low, high = _intervals(by_item, compared, seed, rounds)
    order = sorted(range(len(systems)), key=lambda n: -worth[n])
    return tuple(
        Ranked(
            system=systems[n],
            rank=1 + int((worth > worth[n] + _SAME).sum()),
            worth=float(worth[n]),
            low=float(low[n]),
            high=float(high[n]),
            chance=_chance(worth, n),
        )
        for n in order
    )


def worths(wins: F64, compared: Bools) -> F64:
    """(..., N) logarithms of the strengths that make the votes most likely, mean 0.

    Args:
        wins: (..., N, N) votes for the row against the column; many tables at once.
        compared: (N, N) pairs that get an imagined tie.

    Minorization and maximization after Hunter, "MM algorithms for generalized Bradley-Terry
    models", 2004.
    """
    full = wins + _IMAGINED * compared
    total, met = full.sum(axis=-1), full + full.swapaxes(-1, -2)
    strength = np.ones(total.shape)
    for _ in range(_MOST_STEPS):
        share = met / (strength[..., :, None] + strength[..., None, :])
        new = total / share.sum(axis=-1)
        new /= np.exp(np.log(new).mean(axis=-1, keepdims=True))
        moved = np.abs(np.log(new / strength)).max()
        strength = new
        if moved < _ENOUGH:
            break
    return np.asarray(np.log(strength))


def _intervals(by_item: F64, compared: Bools, seed: int, rounds: int) -> tuple[F64, F64]:
    n_items, n = by_item.shape[:2]
    if n_items < 2:
        return np.full(n, np.nan), np.full(n, np.nan)
    rng = np.random.Generator(np.random.PCG64(seed))
    drawn = rng.multinomial(n_items, np.full(n_items, 1.0 / n_items), rounds)
    found = worths(np.tensordot(drawn, by_item, 1), compared)
    edge = (1.0 - _LEVEL) / 2
    low, high = np.quantile(found, (edge, 1.0 - edge), axis=0)
    return low, high


def _chance(worth: F64, n: int) -> float:
    others = np.delete(worth, n)
    return float((1.0 / (1.0 + np.exp(others - worth[n]))).mean())


def _require_connected(compared: Bools, systems: tuple[str, ...]) -> None:
    reached, new = {0}, [0]
    while new:
        at = new.pop()
        for other in np.flatnonzero(compared[at]).tolist():
            if other not in reached:
                reached.add(other)
                new.append(other)
    if len(reached) < len(systems):
        apart = next(n for n in range(len(systems)) if n not in reached)
        raise InputError(
            f"{systems[apart]} was never compared with {systems[0]}, nor through another.",
            remedy="Add trials of such a pair, or rank them apart.",
        )
