"""Numbers of a comparison as people read them; the same in the terminal and in the report."""

from __future__ import annotations

from math import isinf, isnan
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.quality.measures import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.comparing.differences import Difference
    from latentsync_studio.core.comparing.measured import Cell, Row
    from latentsync_studio.core.comparing.outcome import Outcome
    from latentsync_studio.core.comparing.ranking import Ranked

UNKNOWN: Final = "-"
BEYOND: Final = "!"  # beyond the limit
BEST: Final = "*"  # the best, or no different from it


def number(value: float) -> str:
    """Three digits; "-" where unknown, "exact" where there is no difference at all."""
    if isnan(value):
        return UNKNOWN
    if isinf(value):
        return "exact" if value > 0 else "-inf"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def cell_text(cell: Cell, place: int, *, is_alone: bool = False) -> str:
    """A result with the source's own in brackets, and signs for the best and for a limit."""
    text = number(cell.result)
    if not isnan(cell.source) and not isnan(cell.result):
        text += f" ({number(cell.source)})"
    signs = (BEST if place == 1 and not is_alone else "") + (BEYOND if cell.is_beyond else "")
    return f"{text} {signs}".rstrip()


def row_title(row: Row) -> str:
    """The measure with its unit."""
    return f"{row.title}, {row.unit}" if row.unit else row.title


def limit_text(row: Row) -> str:
    """The limit as it is held against a result: itself, or beside the source's own value."""
    if isnan(row.limit):
        return UNKNOWN
    each = measure(row.measure)
    sign = {"higher": ">=", "lower": "<=", "near": "within"}[each.better]
    text = f"{sign} {number(row.limit)}"
    if each.against == "ratio":
        return f"{text} x source"
    return f"{text} beside source" if each.against == "difference" else text


def is_shared(row: Row) -> bool:
    """Whether no result is better than another in a measure."""
    return len({place for place in row.places if place}) < 2


def difference_words(found: Difference) -> tuple[str, ...]:
    """Measure, pair, mean, interval, p value and number of clips or spans."""
    values = found.found
    return (
        found.title + (" (primary)" if found.is_primary else ""),
        f"{found.first} - {found.second}",
        f"{values.mean:+.3g}",
        interval(values.low, values.high),
        probability(found.adjusted),
        str(values.clusters),
    )


def interval(low: float, high: float) -> str:
    """Both ends, or "-" where it is unknown."""
    return UNKNOWN if isnan(low) or isnan(high) else f"{low:+.3g} to {high:+.3g}"


def probability(p: float) -> str:
    """A p value."""
    if isnan(p):
        return UNKNOWN
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def ranked_words(ranked: Ranked) -> tuple[str, ...]:
    """Rank, name, worth, interval, and how often it is preferred."""
    return (
        str(ranked.rank),
        ranked.system,
        f"{ranked.worth:+.2f}",
        interval(ranked.low, ranked.high),
        f"{100 * ranked.chance:.0f} %",
    )


def vote_lines(votes: Outcome) -> Iterator[str]:
    """What the votes say, what they could have found, and what is doubtful about them."""
    ties = f"; {votes.ties} preferred nothing" if votes.ties else ""
    count = "1 vote" if votes.votes == 1 else f"{votes.votes} votes"
    items = "1 clip or span" if votes.items == 1 else f"{votes.items} clips or spans"
    yield f"{count} about {items}{ties}"
    for pair in votes.pairs:
        adjusted = ""
        if len(votes.pairs) > 1:
            adjusted = f" After Holm's correction p is {probability(pair.adjusted)}."
        yield pair.text + adjusted
    if votes.detectable < 1:
        yield (
            "So many votes find a true preference of"
            f" {100 * votes.detectable:.0f} % or more four times out of five."
        )
    else:
        yield "So few votes find no preference, however large."
    needed = ", ".join(f"{share}: {count}" for share, count in votes.needed.items())
    yield f"Votes that find a true preference four times out of five: {needed}."
    yield from votes.notes


def plain(value: object) -> object:
    """Values for JSON: unknown is null, without any difference (infinite) is the text "inf"."""
    return _plain(msgspec.to_builtins(value))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and isinf(value):
        return "inf" if value > 0 else "-inf"
    return value
