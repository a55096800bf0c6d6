"""A comparison as one HTML file that needs nothing else: no scripts, no links, pictures inside."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Final

from latentsync_studio import __version__
from latentsync_studio.core.comparing import words
from latentsync_studio.services.overwriting import refuse_overwriting, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from latentsync_studio.core.comparing.measured import MeasureTable
    from latentsync_studio.core.comparing.outcome import Outcome
    from latentsync_studio.core.comparing.ranking import Ranked
    from latentsync_studio.services.comparing.movies import Compared
    from latentsync_studio.services.comparing.requests import CompareReport, MouthRow

_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1b1b; --page: #fff; --line: #b8b8b8; --soft: #f1f3f5;
  --good: #0b5d1e; --bad: #9c1c1c; --mark: #1f5fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --page: #1a1b1d; --line: #55585c;
  --soft: #26282b; --good: #8fe0a4; --bad: #ffb0a8; --mark: #8fc2ff; } }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: var(--ink);
  background: var(--page); font: 1rem/1.5 system-ui, sans-serif; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; }
thead th { background: var(--soft); }
.best { color: var(--good); font-weight: 600; }
.beyond { color: var(--bad); font-weight: 600; }
.wide { overflow-x: auto; }
figure { margin: .4rem 0; }
figcaption { font-weight: 600; }
img { max-width: 100%; height: auto; display: block; }
"""


def write_report(path: Path, compared: Compared, *, inputs: Iterable[Path] = ()) -> None:
    """Write the report, whole or not at all.

    Raises:
        InputError: it is one of `inputs`.
        DiskFullError, StorageError: it cannot be written.
    """
    refuse_overwriting(path, inputs)
    write_whole(path, report_html(compared).encode("utf-8", "xmlcharrefreplace"))


def report_html(compared: Compared) -> str:
    """The report as text; every name in it is escaped."""
    report = compared.report
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_title(report)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_title(report)}</h1>",
        *_notes(report.notes),
    ]
    if report.measures is not None:
        parts += [*_order(report, report.measures), *_mouths(compared.mouths)]
        parts += [*_measures(report.measures), *_differences(report)]
    if report.votes is not None:
        parts += _votes(report.votes)
    parts.append(f"<p>Made by LatentSync Studio {escape(__version__)}.</p></body></html>")
    return "\n".join(parts) + "\n"


def _title(report: CompareReport) -> str:
    names = ", ".join(system.name for system in report.systems)
    return f"Comparison: {escape(names)}" if names else "Comparison by votes"


def _notes(notes: Sequence[str]) -> Iterator[str]:
    if notes:
        yield "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"


def _order(report: CompareReport, table: MeasureTable) -> Iterator[str]:
    """Who stands where, and what needs attention."""
    yield "<h2>Order by the measures</h2>"
    yield (
        "<p>Who is beyond fewer limits stands first; after that, who is nearer to the ideal in"
        " more measures. What is better than the source counts as equal to it. No number here says"
        " what people prefer: only blind votes do.</p>"
    )
    rows = []
    for system, standing in sorted(
        zip(report.systems, table.standings, strict=True), key=lambda pair: pair[1].rank or 99
    ):
        if system.passed:
            gate = '<span class="best">passes</span>'
        else:
            items = "".join(f"<li>{escape(each)}</li>" for each in system.attentions[:12])
            more = len(system.attentions) - 12
            rest = f"<li>{more} more</li>" if more > 0 else ""
            count = f"{len(system.attentions)} spans need attention"
            gate = f'<span class="beyond">{count}</span><ul>{items}{rest}</ul>'
        rank = str(standing.rank) if standing.rank else words.UNKNOWN
        rows.append((rank, escape(system.name), gate, escape(standing.text)))
    yield _table("", ("place", "movie", "quality gate", "why"), rows)


def _measures(table: MeasureTable) -> Iterator[str]:
    yield "<h2>Measures</h2>"
    yield (
        "<p>In brackets: the source's own value. * the best, or no different from it;"
        " ! beyond the limit.</p>"
    )
    rows = []
    for row in table.rows:
        is_alone = words.is_shared(row)
        cells = [
            _marked(words.cell_text(cell, place, is_alone=is_alone))
            for cell, place in zip(row.cells, row.places, strict=True)
        ]
        rows.append((escape(words.row_title(row)), *cells, escape(words.limit_text(row))))
    yield _table("", ("measure", *map(escape, table.names), "limit"), rows)


def _marked(text: str) -> str:
    shown = escape(text)
    if text.endswith(words.BEYOND):
        return f'<span class="beyond">{shown}</span>'
    return f'<span class="best">{shown}</span>' if text.endswith(words.BEST) else shown


def _mouths(rows: Sequence[MouthRow]) -> Iterator[str]:
    if not rows:
        return
    yield "<h2>Mouths of the same moments</h2>"
    clip = None
    for row in rows:
        if row.clip != clip:
            clip = row.clip
            frames = ", ".join(map(str, row.frames))
            yield f"<h3>{escape(clip)}</h3><p>Frames {frames}.</p>"
        data = b64encode(row.png).decode("ascii")
        told = escape(f"{len(row.frames)} mouths of {row.name}", quote=True)
        yield (
            f"<figure><figcaption>{escape(row.name)}</figcaption>"
            f'<img alt="{told}" src="data:image/png;base64,{data}"></figure>'
        )


def _differences(report: CompareReport) -> Iterator[str]:
    if not report.differences:
        return
    yield f"<h2>How sure the differences are, over {escape(report.units)}</h2>"
    yield (
        "<p>How much nearer to the ideal the first one is on average; positive: it is better."
        " Intervals of 95 % by a bootstrap that draws whole clips, p values by flipping signs; all"
        " but the primary measure after Holm's correction.</p>"
    )
    titles = ("measure", "pair", "mean", "95 % interval", "p", "n")
    rows = [tuple(map(escape, words.difference_words(each))) for each in report.differences]
    yield _table("", titles, rows)


def _votes(votes: Outcome) -> Iterator[str]:
    yield "<h2>Blind votes</h2>"
    yield from (f"<p>{escape(line)}</p>" for line in words.vote_lines(votes))
    if votes.ranking:
        titles = ("place", "system", "worth", "95 % interval", "preferred to the others")
        rows = [tuple(map(escape, words.ranked_words(each))) for each in votes.ranking]
        yield _table("Bradley-Terry over all votes", titles, rows)
        yield _scale(votes.ranking)


def _scale(ranking: Sequence[Ranked]) -> str:
    """Worths with their intervals as a drawing."""
    values = [end for each in ranking for end in (each.low, each.high, each.worth)]
    ends = [value for value in values if not isnan(value)]
    low, high = min(ends) - 0.1, max(ends) + 0.1

    def at(value: float) -> float:
        return 140 + 440 * (value - low) / (high - low)

    drawn = []
    for n, each in enumerate(ranking):
        y = 18 + 24 * n
        name = escape(each.system[:18])
        drawn.append(f'<text x="0" y="{y + 4}" fill="currentColor">{name}</text>')
        if not isnan(each.low):
            place = f'x1="{at(each.low):.1f}" x2="{at(each.high):.1f}" y1="{y}" y2="{y}"'
            drawn.append(f'<line {place} stroke="var(--mark)" stroke-width="3"/>')
        drawn.append(f'<circle cx="{at(each.worth):.1f}" cy="{y}" r="5" fill="var(--mark)"/>')
    height = 18 + 24 * len(ranking)
    return (
        f'<svg role="img" aria-label="Worths with their intervals, as in the table"'
        f' width="600" height="{height}" viewBox="0 0 600 {height}">{"".join(drawn)}</svg>'
    )


def _table(caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of escaped cells; the first of a row is its head."""
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="wide"><table>{told}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
