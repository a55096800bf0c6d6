"""A table of measures of several results, each beside the source's own, and an order out of it.

There is no sum and no weight. Of two results the one that is beyond fewer limits stands first;
after that the one that is nearer to the ideal in more measures. What is better than the source
itself counts as equal to it: sync scores reward exaggerated mouths and sharpness rewards noise.
Differences of less than a twentieth of the way from the ideal to the limit count as none. Every
place comes with the measures that made it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from latentsync_studio.core.quality.measures import JUDGED, MEASURES, Measure, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.quality.curves import ClipQuality, Figure
    from latentsync_studio.core.quality.limits import Limits

_SAME: Final = 0.05  # of the way from the ideal to the limit
_NAN: Final = float("nan")


class Cell(msgspec.Struct, frozen=True):
    """A measure of one result.

    Attributes:
        result: its value (of a measure a frame the median), NaN where unknown.
        source: the source's own.
        judged: what is held against the limit.
        shortfall: how far that is from the ideal, 0 where it is as good as the source.
        is_beyond: whether it is beyond the limit.
    """

    result: float
    source: float
    judged: float
    shortfall: float
    is_beyond: bool


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of all results.

    Attributes:
        measure: id.
        title: for people.
        unit: of result and source.
        limit: of the judged value, NaN where there is none.
        cells: one a result.
        places: 1 for the best of them; those that differ by nothing to speak of share a place; 0
            where unknown or where no value is better than another.
    """

    measure: str
    title: str
    unit: str
    limit: float
    cells: tuple[Cell, ...]
    places: tuple[int, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result stands, and why.

    Attributes:
        name: of the result.
        rank: 1 is the best; 0: nothing is known of it.
        beyond: titles of measures in which it is beyond a limit.
        ahead: name of another result -> titles of measures in which this one is nearer to the
            ideal.
        text: the reasons as a sentence.
    """

    name: str
    rank: int
    beyond: tuple[str, ...]
    ahead: dict[str, tuple[str, ...]]
    text: str


class MeasureTable(msgspec.Struct, frozen=True, kw_only=True):
    """Measures of several results.

    Attributes:
        names: of the results.
        rows: measures of which something is known, in their usual order.
        standings: one a result, as `names`.
    """

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    standings: tuple[Standing, ...]


def shortfall(each: Measure, judged: float) -> float:
    """How far a judged value is from the ideal; what is better than that counts as it."""
    distance = float(each.distance(judged))
    return float(np.maximum(distance, 0.0)) if np.isfinite(each.ideal) else distance


def tolerance(each: Measure, limit: float) -> float:
    """Shortfalls that differ by less count as equal."""
    return _SAME * abs(limit - each.ideal if np.isfinite(each.ideal) else limit)


def cell_of(quality: ClipQuality, each: Measure, limits: Limits) -> Cell:
    """A measure of one result."""
    found: Figure = quality.figure(each.id) if each.per == "clip" else quality.median(each.id)
    judged = float(each.judged(found.result, found.source))
    limit = _limit(quality, each, limits)
    is_beyond = bool(each.is_worse(judged, limit)) if each.is_judged else False
    return Cell(found.result, found.source, judged, shortfall(each, judged), is_beyond)


def _limit(quality: ClipQuality, each: Measure, limits: Limits) -> float:
    if not each.is_judged:
        return _NAN
    if each.id == "outside_psnr" and not quality.is_encoded:
        return float("inf")  # before encoding it has to be exact
    return float(getattr(limits, each.id))


def measure_table(
    names: Sequence[str], qualities: Sequence[ClipQuality | None], limits: Limits
) -> MeasureTable:
    """The measures of results beside each other, and their order.

    Args:
        names: of the results, each once.
        qualities: what was measured on each; None: nothing yet.
        limits: one a measure.
    """
    return mean_table(names, [() if one is None else (one,) for one in qualities], limits)


def mean_table(
    names: Sequence[str], clips: Sequence[Sequence[ClipQuality]], limits: Limits
) -> MeasureTable:
    """The same of results of several clips: the mean over those in which a measure is known.

    Args:
        names: of the results, each once.
        clips: what was measured on the clips of each result; may be none.
        limits: one a measure.
    """
    rows = []
    for each in MEASURES:
        cells = tuple(_mean(each, [cell_of(one, each, limits) for one in own]) for own in clips)
        if all(np.isnan(cell.result) for cell in cells):
            continue
        limit = float(getattr(limits, each.id)) if each.is_judged else _NAN
        rows.append(
            Row(
                measure=each.id,
                title=each.title,
                unit=each.unit,
                limit=limit,
                cells=cells,
                places=_places([cell.shortfall for cell in cells], tolerance(each, limit)),
            )
        )
    return MeasureTable(
        names=tuple(names), rows=tuple(rows), standings=_standings(tuple(names), rows)
    )


def _mean(each: Measure, cells: Sequence[Cell]) -> Cell:
    """The mean of known cells; beyond the limit where more than half of them are."""
    known = [cell for cell in cells if not np.isnan(cell.result)]
    if not known:
        return Cell(_NAN, _NAN, _NAN, _NAN, is_beyond=False)
    if len(known) == 1:
        return known[0]
    sides = [[getattr(cell, name) for cell in known] for name in ("result", "source", "judged")]
    judged = _known_mean(sides[2])
    return Cell(
        _known_mean(sides[0]),
        _known_mean(sides[1]),
        judged,
        _known_mean([cell.shortfall for cell in known]) if each.is_judged else _NAN,
        is_beyond=2 * sum(cell.is_beyond for cell in known) > len(known),
    )


def _known_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return sum(known) / len(known) if known else _NAN


def _places(shortfalls: Sequence[float], same: float) -> tuple[int, ...]:
    return tuple(
        0 if np.isnan(own) else 1 + sum(other < own - same for other in shortfalls)
        for own in shortfalls
    )


def _standings(names: tuple[str, ...], rows: Sequence[Row]) -> tuple[Standing, ...]:
    """Order by limits, then by how many of the others a result beats in more measures."""
    judged = {each.id for each in JUDGED}
    told = [row for row in rows if row.measure in judged]
    count = range(len(names))
    known = [any(not np.isnan(row.cells[n].judged) for row in told) for n in count]
    beyond = [tuple(row.title for row in told if row.cells[n].is_beyond) for n in count]
    ahead = [[_ahead(told, a, b) for b in count] for a in count]
    beaten = [sum(len(ahead[a][b]) > len(ahead[b][a]) for b in count) for a in count]
    merit = [(len(beyond[n]), -beaten[n]) for n in count]
    found = []
    for n in count:
        rank = 1 + sum(known[m] and merit[m] < merit[n] for m in count) if known[n] else 0
        others = {names[m]: ahead[n][m] for m in count if m != n and known[m]}
        behind = {names[m]: ahead[m][n] for m in count if m != n and known[m]}
        found.append(
            Standing(
                name=names[n],
                rank=rank,
                beyond=beyond[n],
                ahead=others,
                text=_told(beyond[n], others, behind) if known[n] else "Not measured yet.",
            )
        )
    return tuple(found)


def _ahead(rows: Sequence[Row], one: int, other: int) -> tuple[str, ...]:
    """Titles of measures in which `one` is nearer to the ideal than `other`."""
    found = []
    for row in rows:
        same = tolerance(measure(row.measure), row.limit)
        if row.cells[one].shortfall < row.cells[other].shortfall - same:  # never for a NaN
            found.append(row.title)
    return tuple(found)


def _told(
    beyond: tuple[str, ...],
    ahead: dict[str, tuple[str, ...]],
    behind: dict[str, tuple[str, ...]],
) -> str:
    within = "As a whole within all limits."  # spans of it may be beyond one
    told = [f"Beyond the limit: {', '.join(beyond)}." if beyond else within]
    for name, better in ahead.items():
        worse = behind[name]
        if not better and not worse:
            told.append(f"No different from {name}.")
            continue
        parts = [f"better in {_listed(better)}"] if better else []
        parts += [f"worse in {_listed(worse)}"] if worse else []
        told.append(f"Beside {name}: {'; '.join(parts)}.")
    return " ".join(told)


def _listed(titles: tuple[str, ...]) -> str:
    return ", ".join(title[0].lower() + title[1:] for title in titles)
