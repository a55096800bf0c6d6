"""How sure a mean difference is, when values of one clip belong together.

Frames and spans of a clip share its speaker, light and speech: they are no independent evidence.
So whole clips are drawn, never single values (paired bootstrap, clustered by clip).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from latentsync_studio.core.arrays import F64

ROUNDS: Final = 10_000
FEW_CLUSTERS: Final = 8  # below, a percentile interval is too narrow: say so
_LEVEL: Final = 0.95
_EXACT_UP_TO: Final = 14  # clusters: 16,384 ways to flip their signs
_BLOCK: Final = 1_000_000


class MeanDifference(msgspec.Struct, frozen=True):
    """A mean of paired differences with its interval.

    Attributes:
        mean: of all known values, NaN without any.
        low: lower end of the 95 % interval, NaN below two clusters.
        high: its upper end.
        p: chance of a mean at least as far from 0 if every cluster's sign were a coin's; NaN
            without values. With n clusters it cannot be below 2 / 2^n.
        values: how many are known.
        clusters: how many clips they come from.
    """

    mean: float
    low: float
    high: float
    p: float
    values: int
    clusters: int

    @property
    def is_rough(self) -> bool:
        """Whether there are too few clips for the interval to be wide enough."""
        return self.clusters < FEW_CLUSTERS


def mean_difference(
    differences: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> MeanDifference:
    """The mean of paired differences, its percentile bootstrap interval, and a sign-flip test.

    Args:
        differences: one a pair; what is not finite is left out.
        clusters: the clip of each.
        seed: the same values and seed give the same interval.
        rounds: of the bootstrap.

    Raises:
        InputError: as many clusters as differences were not given, or less than 100 rounds.
    """
    if len(differences) != len(clusters) or rounds < 100:
        raise InputError(
            f"{len(differences)} differences come from {len(clusters)} clips in {rounds} rounds.",
            remedy="Name the clip of every difference, and take 100 rounds or more.",
        )
    sums, counts = _of_clusters(differences, clusters)
    n, nan = len(sums), float("nan")
    if not n:
        return MeanDifference(nan, nan, nan, nan, 0, 0)
    mean = float(sums.sum() / counts.sum())
    rng = np.random.Generator(np.random.PCG64(seed))
    low = high = nan
    if n > 1:
        means = _resampled(sums, counts, rng, rounds)
        edge = (1.0 - _LEVEL) / 2
        low, high = (float(each) for each in np.quantile(means, (edge, 1.0 - edge)))
    return MeanDifference(mean, low, high, _flipped(sums, rng, rounds), int(counts.sum()), n)


def _of_clusters(differences: Sequence[float], clusters: Sequence[Hashable]) -> tuple[F64, F64]:
    """Sum and number of the known values of each cluster."""
    totals: dict[Hashable, list[float]] = {}
    for value, cluster in zip(differences, clusters, strict=True):
        if np.isfinite(value):
            totals.setdefault(cluster, []).append(float(value))
    sums = np.array([sum(values) for values in totals.values()], np.float64)
    return sums, np.array([len(values) for values in totals.values()], np.float64)


def _resampled(sums: F64, counts: F64, rng: np.random.Generator, rounds: int) -> F64:
    """(rounds,) mean over as many clusters as there are, drawn with replacement."""
    n = len(sums)
    means = []
    per_block = max(1, _BLOCK // n)
    for start in range(0, rounds, per_block):
        drawn = rng.integers(0, n, (min(per_block, rounds - start), n))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)


def _flipped(sums: F64, rng: np.random.Generator, rounds: int) -> float:
    """Share of the ways to flip the clusters' signs that give a sum as far from 0."""
    n, seen = len(sums), abs(float(sums.sum()))
    slack = 1e-12 * float(np.abs(sums).sum())
    if n <= _EXACT_UP_TO:
        signs = np.array(list(product((1.0, -1.0), repeat=n)))
        return float((np.abs(signs @ sums) >= seen - slack).mean())
    reached = 0
    per_block = max(1, _BLOCK // n)
    for start in range(0, rounds, per_block):
        signs = rng.integers(0, 2, (min(per_block, rounds - start), n)) * 2.0 - 1.0
        reached += int((np.abs(signs @ sums) >= seen - slack).sum())
    return (reached + 1) / (rounds + 1)
