"""The exact two-sided sign test, how many votes it needs, and how sure a share is.

Ties are left out, as is usual; they are told beside the result. The p value and what counts as
significant come from exact integers.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import log, log1p, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64

ALPHA: Final = 0.05
POWER: Final = 0.8
MOST_VOTES: Final = 20_000
TOLD_SHARES: Final = (0.55, 0.60, 0.65, 0.70, 0.75)
_NEAREST: Final = 0.505  # a true preference nearer to one half is not asked for
_ROUNDING: Final = 1e-9  # nearer to alpha a sum of floats is checked with integers
_SURE: Final = 400  # votes up to which every number is tried
_BELOW: Final = 0.95  # of the normal approximation no larger number of votes is enough
_STEPS: Final = 40  # halvings, to 12 digits


class SignTest(msgspec.Struct, frozen=True):
    """What votes about two systems say.

    Attributes:
        wins: votes for the first.
        losses: votes for the second.
        p: chance of votes at least as one-sided if nobody had a preference.
        share: of the first among those who preferred one; NaN without such.
        low: lower end of the exact 95 % interval of that share (Clopper and Pearson).
        high: its upper end.
    """

    wins: int
    losses: int
    p: float
    share: float
    low: float
    high: float

    @property
    def n(self) -> int:
        """Votes that count."""
        return self.wins + self.losses


def sign_test(wins: int, losses: int) -> SignTest:
    """Test votes against "nobody has a preference".

    Raises:
        InputError: negative, or more than 20,000.
    """
    if min(wins, losses) < 0 or wins + losses > MOST_VOTES:
        raise InputError(
            f"There cannot be {wins} votes for one and {losses} for the other.",
            remedy=f"Give counts of 0 to {MOST_VOTES} in all.",
        )
    n = wins + losses
    if not n:
        return SignTest(0, 0, 1.0, float("nan"), 0.0, 1.0)
    p = min(Fraction(1), Fraction(2 * _tail(n, min(wins, losses)), 1 << n))
    low, high = _interval(wins, n)
    return SignTest(wins, losses, float(p), wins / n, low, high)


@lru_cache(maxsize=256)
def needed_votes(true_share: float, power: float = POWER, alpha: float = ALPHA) -> int:
    """Fewest votes that find a preference with this power.

    The power of an exact test rises in teeth: with a few votes more it may fall below `power` again
    for a moment. This is the first number that reaches it.

    Args:
        true_share: share of people who prefer one, off one half.
        power: chance of finding it.
        alpha: chance of finding one where there is none.

    Raises:
        InputError: a share within half a percent of one half, or limits outside of 0 to 1.
    """
    share = max(true_share, 1.0 - true_share)
    if not (_NEAREST <= share < 1.0 and 0.0 < alpha < 1.0 and 0.0 < power < 1.0):
        raise InputError(
            f"Nobody can say how many votes find a preference of {100 * true_share:g} %.",
            remedy="Give a share of 50.5 to 99 %, or its opposite.",
        )
    n = _start(share, power, alpha)
    while power_of(n, share, alpha) < power:
        n += 1
        if n > MOST_VOTES:
            raise InputError(
                f"More than {MOST_VOTES} votes would be needed.", remedy="Ask for less power."
            )
    return n


def _start(share: float, power: float, alpha: float) -> int:
    """A number of votes below all that are enough."""
    z_alpha, z_power = NormalDist().inv_cdf(1.0 - alpha / 2), NormalDist().inv_cdf(power)
    spread = z_alpha / 2 + z_power * sqrt(share * (1.0 - share))
    about = (spread / (share - 0.5)) ** 2
    return 1 if about < _SURE else int(_BELOW * about)


def power_of(n: int, true_share: float, alpha: float = ALPHA) -> float:
    """Chance that n votes find a true preference."""
    most = _critical(n, alpha)
    if most < 0:
        return 0.0
    return min(1.0, _at_most(n, most, true_share) + _at_most(n, most, 1.0 - true_share))


def detectable_share(n: int, power: float = POWER, alpha: float = ALPHA) -> float:
    """The smallest true preference that n votes find with this power; 1 where they find none."""
    if power_of(n, 1.0 - 1e-9, alpha) < power:
        return 1.0
    low, high = 0.5, 1.0 - 1e-9
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if power_of(n, middle, alpha) >= power else (middle, high)
    return high


@lru_cache(maxsize=4096)
def _critical(n: int, alpha: float) -> int:
    """The most votes for the rarer side that are still significant; -1: none are."""
    ways = _log_factorials(n)
    k = np.arange(n // 2 + 1)
    reached = 2.0 * np.exp(ways[n] - ways[k] - ways[n - k] - n * log(2.0)).cumsum()
    most = int(np.searchsorted(reached, alpha, side="right")) - 1
    near = most + 1
    if near < len(reached) and reached[near] < alpha * (1.0 + _ROUNDING):
        is_in = 2 * _tail(n, near) <= Fraction(alpha) * (1 << n)
        return near if is_in else most
    if most >= 0 and reached[most] > alpha * (1.0 - _ROUNDING):
        return most if 2 * _tail(n, most) <= Fraction(alpha) * (1 << n) else most - 1
    return most


def _tail(n: int, most: int) -> int:
    """Number of ways to have at most `most` of n."""
    term = total = 1
    for k in range(most):
        term = term * (n - k) // (k + 1)
        total += term
    return total


def _at_most(n: int, k: int, share: float) -> float:
    """Chance of k or fewer of n, for a share between 0 and 1."""
    logs = _log_factorials(n)
    j = np.arange(k + 1)
    ways = logs[n] - logs[j] - logs[n - j]
    return float(np.exp(ways + j * log(share) + (n - j) * log1p(-share)).sum())


@lru_cache(maxsize=4)
def _log_table(size: int) -> F64:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size)))])


def _log_factorials(n: int) -> F64:
    """(n + 1,) or more: logarithm of the factorial of each number."""
    return _log_table(1 << (n + 1).bit_length())


def _interval(wins: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 1934."""
    low, high = 0.0, 1.0
    if wins:  # as many losses are the same question from the other side
        low = 1.0 - _edge(n, n - wins)
    if wins < n:
        high = _edge(n, wins)
    return low, high


def _edge(n: int, k: int) -> float:
    """The share at which k of n or fewer have a chance of half of alpha."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(n, k, middle) > ALPHA / 2 else (low, middle)
    return (low + high) / 2
