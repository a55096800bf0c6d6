"""`latentsync-studio compare A B ...`: movies of the same, measured beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, say, table
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_options import parse_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.comparing.measured import MeasureTable
    from latentsync_studio.services.comparing.movies import Compared
    from latentsync_studio.services.comparing.requests import CompareReport, CompareRequest

MOST_SPANS = 4  # a system
Movies = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="A B ...", help="Movies of the same clip, or folders of movies of the same names."
    ),
]
Reference = Annotated[
    Path | None,
    typer.Option(metavar="SRC", help="The clip that they were made of, or a folder of clips."),
]
Audio = Annotated[
    Path | None,
    typer.Option(metavar="AUDIO", help="What is said. [default: the sound of each movie]"),
]
Votes = Annotated[
    list[Path] | None,
    typer.Option(metavar="CSV", help="Blind votes: a table, or a project; may be repeated."),
]
Html = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a report that needs nothing else.")
]
VotesOut = Annotated[
    Path | None, typer.Option("--save-votes", metavar="CSV", help="Write the votes as a table.")
]
Primary = Annotated[
    str, typer.Option(metavar="MEASURE", help="Chosen before looking; the others are corrected.")
]
Span = Annotated[
    float, typer.Option(metavar="S", min=0.2, max=600, help="Seconds of the spans of one clip.")
]
Limit = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a limit: quality.sharpness=0.5."),
]


def add_compare(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="compare")(_compare)


def _compare(  # noqa: PLR0913, PLR0917 - the options of the command
    movies: Movies = None,
    reference: Reference = None,
    audio: Audio = None,
    votes: Votes = None,
    html: Html = None,
    save_votes: VotesOut = None,
    primary: Primary = "agreement",
    span: Span = 4.0,
    changes: Limit = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure movies of the same beside each other, and count what people voted blindly.

    No order by measures says what people prefer. For that, compare takes blindly in the editor and
    give the votes here.
    """
    from latentsync_studio.core.errors import InputError
    from latentsync_studio.core.quality.limits import Limits
    from latentsync_studio.core.settings.fields import apply
    from latentsync_studio.services.comparing.ballots import read_ballots, write_ballots
    from latentsync_studio.services.comparing.requests import CompareRequest
    from latentsync_studio.services.overwriting import refuse_overwriting

    pairs = parse_pairs(changes or ())
    inputs = [*(movies or ()), *(votes or ()), *filter(None, (reference, audio))]
    for output in filter(None, (html, save_votes)):
        refuse_overwriting(output, inputs)
    ballots = tuple(ballot for path in votes or () for ballot in read_ballots(path))
    if votes and not movies and not any(ballot.votes for ballot in ballots):
        raise InputError(
            f"There are no votes in {', '.join(path.name for path in votes)}.",
            remedy="Compare takes blindly in the editor first, or name two movies to be measured.",
        )
    request = CompareRequest(
        movies=tuple(movies or ()),
        reference=reference,
        audio=audio,
        ballots=ballots,
        primary=primary,
        span_s=span,
        limits=apply(Limits(), {key.removeprefix("quality."): v for key, v in pairs.items()}),
        pictures=html is not None,
    )
    compared = _run(request, as_json=as_json)
    if html is not None:
        from latentsync_studio.services.comparing.html import write_report

        write_report(html, compared, inputs=inputs)
        say(f"The report is in {html}.", as_json=as_json)
    if save_votes is not None:
        write_ballots(save_votes, request.ballots, inputs=inputs)
    if as_json:
        from latentsync_studio.core.comparing.words import plain

        print_json(plain(compared.report))
    else:
        print_lines(_lines(compared.report))


def _run(request: CompareRequest, *, as_json: bool) -> Compared:
    from latentsync_studio.services.comparing.movies import compare
    from latentsync_studio.services.wiring import open_services

    with (
        open_services() as services,
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        return compare(request, services, progress)


def _lines(report: CompareReport) -> Iterator[str]:
    from latentsync_studio.core.comparing import words

    if report.measures is not None:
        yield from table([*_measure_rows(report.measures)])
        yield "(the source's own)  * the best, or no different from it  ! beyond the limit"
        yield from _standing_lines(report, report.measures)
    if report.differences:
        yield f"how sure the differences are, over {report.units}:"
        titles = ("measure", "pair", "mean", "95 % interval", "p", "n")
        yield from table([titles, *map(words.difference_words, report.differences)])
    if report.votes is not None:
        yield from words.vote_lines(report.votes)
        if report.votes.ranking:
            places = ("place", "system", "worth", "95 % interval", "preferred")
            yield from table([places, *map(words.ranked_words, report.votes.ranking)])
    yield from report.notes


def _measure_rows(found: MeasureTable) -> Iterator[tuple[str, ...]]:
    from latentsync_studio.core.comparing import words

    yield ("measure", *found.names, "limit")
    for row in found.rows:
        is_alone = words.is_shared(row)
        cells = (
            words.cell_text(cell, place, is_alone=is_alone)
            for cell, place in zip(row.cells, row.places, strict=True)
        )
        yield (words.row_title(row), *cells, words.limit_text(row))


def _standing_lines(report: CompareReport, found: MeasureTable) -> Iterator[str]:
    pairs = zip(report.systems, found.standings, strict=True)
    for system, standing in sorted(pairs, key=lambda pair: pair[1].rank or len(found.names) + 1):
        yield f"{standing.rank or '-'}. {system.name}: {standing.text}"
        for each in system.attentions[:MOST_SPANS]:
            yield f"   needs attention: {each}"
        if len(system.attentions) > MOST_SPANS:
            yield f"   {len(system.attentions) - MOST_SPANS} more, see --json"
