"""`latentsync-studio score VIDEO`: measure a result, and say whether it is good enough."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.exit_codes import DONE, GATE
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, table
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_options import parse_pairs
from latentsync_studio.cli.render_result import attention_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.core.quality.gate import Verdict
    from latentsync_studio.core.quality.measures import Measure
    from latentsync_studio.services.request import FigureSummary

BOUNDS = {"higher": ">=", "lower": "<=", "near": "within"}
HEADER = ("measure", "result", "source", "judged", "limit", "")


def add_score(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def score(  # noqa: PLR0913, PLR0917 - the options of the command
        video: Annotated[Path, typer.Argument(metavar="VIDEO", help="The result to measure.")],
        reference: Annotated[
            Path | None, typer.Option(metavar="SRC", help="The clip that it was made of.")
        ] = None,
        audio: Annotated[
            Path | None,
            typer.Option(metavar="AUDIO", help="What is said. [default: the result's own sound]"),
        ] = None,
        changes: Annotated[
            list[str] | None,
            typer.Option(
                "--set", metavar="KEY=VALUE", help="Change a limit: quality.sharpness=0.5."
            ),
        ] = None,
        also: Annotated[
            list[str] | None,
            typer.Option(
                "--with",
                metavar="NAMES",
                help="Measure with networks too: lse, lpips, identity; with commas between.",
            ),
        ] = None,
        weights: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Look for weights in this folder first."),
        ] = None,
        as_json: JsonFlag = False,
    ) -> int:
        """Measure a result; exit with 1 when something of it needs attention.

        Measures are told beside the source clip's own where --reference names it.
        """
        from latentsync_studio.core.quality.gate import Limits, judge
        from latentsync_studio.core.settings.fields import apply
        from latentsync_studio.services.quality.score import score_files
        from latentsync_studio.services.quality.weighted import Wanted
        from latentsync_studio.services.wiring import open_services

        pairs = parse_pairs(changes or ())
        limits = apply(Limits(), {key.removeprefix("quality."): v for key, v in pairs.items()})
        wanted = Wanted.of(also or (), weights)
        with (
            open_services() as services,
            stop_on_signals(as_json=as_json) as stop,
            shown_progress(stop, as_json=as_json) as progress,
        ):
            quality = score_files(video, reference, audio, services, progress, wanted)
        verdict = judge(quality, limits)
        if as_json:
            print_json({"passed": verdict.passed, "attentions": verdict.attentions,
                        "unknown": verdict.unknown, **_summed(quality),
                        **quality.to_json_object()})  # fmt: skip
        else:
            print_lines(_lines(quality, verdict, limits))
        return DONE if verdict.passed else GATE


def _summed(quality: ClipQuality) -> dict[str, dict[str, FigureSummary]]:
    from latentsync_studio.services.quality.summary import summary_of

    return {"quality": summary_of(quality)}


def _lines(quality: ClipQuality, verdict: Verdict, limits: object) -> Iterator[str]:
    """The table, the spans that need somebody, and what is unknown."""
    from latentsync_studio.core.quality.measures import measure
    from latentsync_studio.services.quality.summary import summary_of

    failed = {each.measure for each in verdict.attentions}
    rows: list[tuple[str, ...]] = [HEADER]
    for name, figure in summary_of(quality).items():
        if figure.result is None:
            continue
        each = measure(name)
        limit = getattr(limits, name, None) if each.is_judged else None
        bound = "" if limit is None else f"{BOUNDS[each.better]} {limit:g}"
        mark = "FAIL" if name in failed else _mark(each, figure.judged, limit)
        title = f"{each.title}, {each.unit}" if each.unit else each.title
        rows.append(
            (title, *map(_number, (figure.result, figure.source, figure.judged)), bound, mark)
        )
    yield from table(rows)
    yield from attention_lines(verdict.attentions)
    if verdict.unknown:
        yield f"unknown: {', '.join(measure(name).title for name in verdict.unknown)}"
    yield from quality.notes
    yield _last_line(verdict)


def _mark(each: Measure, judged: float | str | None, limit: float | None) -> str:
    """What is said of a measure in which nothing failed; "unsure": a lag that nothing confirms."""
    if judged is None or limit is None:
        return ""
    return "unsure" if bool(each.is_worse(float(judged), limit)) else "ok"


def _last_line(verdict: Verdict) -> str:
    """The answer, and how much of it is known."""
    from latentsync_studio.core.quality.measures import JUDGED

    count, known = len(verdict.attentions), len(JUDGED) - len(verdict.unknown)
    if count:
        return "1 span needs attention." if count == 1 else f"{count} spans need attention."
    if known == len(JUDGED):
        return "Passed."
    return f"Passed in all that is known: {known} of {len(JUDGED)} judged measures."


def _number(value: float | str | None) -> str:
    if value is None:
        return "-"
    return "exact" if isinstance(value, str) else f"{value:.3g}"
