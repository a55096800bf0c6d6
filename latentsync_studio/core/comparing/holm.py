"""Holm's correction: several questions at once without finding differences by accident."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p values, in the given order; each is compared with alpha as it is.

    NaN (a question that could not be asked) stays NaN and counts for nothing.
    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    asked = sorted((p, place) for place, p in enumerate(p_values) if not isnan(p))
    adjusted = [float("nan")] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(asked):
        largest = max(largest, min(1.0, (len(asked) - rank) * p))
        adjusted[place] = largest
    return tuple(adjusted)
