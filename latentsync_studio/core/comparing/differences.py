"""Whether one system is nearer to the ideal than another, over several clips or spans of one."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.comparing.bootstrap import MeanDifference, mean_difference
from latentsync_studio.core.comparing.holm import holm
from latentsync_studio.core.comparing.measured import cell_of
from latentsync_studio.core.quality.curves import ClipQuality, Curve
from latentsync_studio.core.quality.measures import JUDGED, measure
from latentsync_studio.core.ranges import FrameRange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentsync_studio.core.quality.limits import Limits

PRIMARY: Final = "agreement"  # of movies that were not chosen by what they measure
ALPHA: Final = 0.05
_OF_SOURCE: Final = frozenset({"face_px", "yaw", "pitch", "occlusion"})  # the same of all systems


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of two systems over the same units.

    Attributes:
        measure: id.
        title: for people.
        first: a system.
        second: another.
        found: how much nearer to the ideal the first is on average; positive: it is better.
        adjusted: p value; of the primary measure as it is, of all others after Holm's correction.
        is_primary: whether it is the measure that was chosen beforehand.
        text: the same as a sentence.
    """

    measure: str
    title: str
    first: str
    second: str
    found: MeanDifference
    adjusted: float
    is_primary: bool
    text: str


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """The same clip or span as every system made it.

    Attributes:
        name: of the clip or span.
        cluster: units of one cluster are no independent evidence.
        qualities: what was measured, by system.
    """

    name: str
    cluster: str
    qualities: Mapping[str, ClipQuality]


def differences(
    units: Sequence[Unit], limits: Limits, *, primary: str = PRIMARY, seed: int = 0
) -> tuple[Difference, ...]:
    """Compare all pairs of systems in all judged measures that are known of two units or more.

    Raises:
        InputError: there is no measure `primary`.
    """
    primary = measure(primary).id
    systems = list(dict.fromkeys(name for unit in units for name in unit.qualities))
    rows: list[tuple[str, str, str, MeanDifference]] = []
    for each in JUDGED:
        if each.id in _OF_SOURCE:
            continue
        shortfalls = [
            {name: cell_of(got, each, limits).shortfall for name, got in unit.qualities.items()}
            for unit in units
        ]
        for first, second in combinations(systems, 2):
            gaps = [own.get(second, np.nan) - own.get(first, np.nan) for own in shortfalls]
            found = mean_difference(gaps, [unit.cluster for unit in units], seed=seed)
            if found.values > 1:
                rows.append((each.id, first, second, found))
    adjusted = dict(
        zip(
            [row[:3] for row in rows if row[0] != primary],
            holm([row[3].p for row in rows if row[0] != primary]),
            strict=True,
        )
    )
    return tuple(
        Difference(
            measure=name,
            title=measure(name).title,
            first=first,
            second=second,
            found=found,
            adjusted=(p := adjusted.get((name, first, second), found.p)),
            is_primary=name == primary,
            text=_told(name, first, second, found, p),
        )
        for name, first, second, found in rows
    )


def spans_of(
    quality: ClipQuality, seconds: float, frames: FrameRange | None = None
) -> tuple[ClipQuality, ...]:
    """Cut what was measured a frame into spans; a last one of less than half joins its neighbor.

    Measures a clip are not known of its spans.

    Args:
        quality: what was measured.
        seconds: of a span.
        frames: that are cut up; None is all. Positions count from the first measured one.
    """
    length = max(1, round(seconds * float(quality.rate)))
    stop = len(quality.frames) if frames is None else frames.stop
    start = 0 if frames is None else frames.start
    count = max(1, round((stop - start) / length))
    edges = [start + n * length for n in range(count)] + [stop]
    return tuple(part_of(quality, slice(*pair)) for pair in pairwise(edges))


def part_of(quality: ClipQuality, rows: slice) -> ClipQuality:
    """What was measured on some of the frames."""
    first = quality.frames.start
    return ClipQuality(
        frames=FrameRange(first + rows.start, first + rows.stop),
        rate=quality.rate,
        seconds=quality.seconds[rows],
        curves={
            name: Curve(curve.result[rows], curve.source[rows])
            for name, curve in quality.curves.items()
        },
        figures={},
        spoken=quality.spoken[rows],
        engine=quality.engine,
        is_encoded=quality.is_encoded,
    )


def _told(name: str, first: str, second: str, found: MeanDifference, p: float) -> str:
    each = measure(name)
    if not np.isfinite(found.low):
        return f"{each.title}: one clip cannot tell {first} and {second} apart."
    better, worse, low, high = first, second, found.low, found.high
    if found.mean < 0:
        better, worse, low, high = second, first, -found.high, -found.low
    size = f"{abs(found.mean):.3g} nearer to the ideal (95 %: {low:.3g} to {high:.3g}, p {p:.3f})"
    rough = "; few clips, so the interval is too narrow" if found.is_rough else ""
    if p < ALPHA:
        return f"{each.title}: {better} is better than {worse}, {size}{rough}."
    return f"{each.title}: {first} and {second} are not told apart; {better} is {size}{rough}."
