"""`latentsync-studio import FILE -o PROJECT`: another program's cut as a project."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.services.interchange.new_from_timeline import ImportedProject


def add_import(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="import")(_import)


def _import(
    timeline: Annotated[
        Path, typer.Argument(metavar="FILE", help="FCP7 XML, FCPXML, EDL or OTIO.")
    ],
    project: Annotated[
        Path, typer.Option("-o", "--output", metavar="PROJECT", help="The file to make, .lsp.")
    ],
    media_root: Annotated[
        list[Path] | None,
        typer.Option(
            "--media-root",
            metavar="DIR",
            help="Open media in this folder too; may be given several times. "
            "FILE's own folder always counts; nothing elsewhere is opened.",
        ),
    ] = None,
    rate: Annotated[
        str, typer.Option("--rate", help="Frames a second of an EDL: 25, 29.97, 30000/1001.")
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a project that is there.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a project of another program's cut; what cannot be taken over is told."""
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.services.interchange.importing import ImportRequest
    from latentsync_studio.services.interchange.new_from_timeline import project_of_timeline
    from latentsync_studio.services.wiring import open_services

    request = ImportRequest(
        timeline=timeline,
        media_roots=tuple(media_root or ()),
        rate=FrameRate.parse(rate) if rate else None,
    )
    with (
        open_services() as services,
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        made = project_of_timeline(project, request, services, progress, replace=replace)
    if as_json:
        print_json(made)
    else:
        print_lines(_lines(made))


def _lines(made: ImportedProject) -> Iterator[str]:
    report = made.report
    for sequence in report.sequences:
        rate = f"{sequence.rate[0] / sequence.rate[1]:.3f}".rstrip("0").rstrip(".")
        yield (
            f"{made.project}: {sequence.name}, {sequence.frames} frames at {rate},"
            f" {sequence.width} x {sequence.height} px, {_many(sequence.clips, 'clip')} on"
            f" {_many(sequence.tracks, 'track')}"
        )
    yield f"media: {len(report.found)} found, {len(report.missing)} missing"
    for name in report.missing:
        yield f"  missing: {name}"
    for loss in report.losses:
        yield f"lost: {loss}"
    yield from report.notes
    if report.missing:
        yield "--media-root DIR opens media in another folder too."


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
