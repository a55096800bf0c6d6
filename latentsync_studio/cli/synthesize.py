"""`latentsync-studio synthesize PROJECT`: draw what a project's speech lanes drive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_arguments import (  # noqa: TC001 - typer reads them
    Devices,
    Frames,
    Weights,
)
from latentsync_studio.cli.render_options import device_names, parse_range
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.model import ClipId

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.timeline import model
    from latentsync_studio.services.request import PassedThrough
    from latentsync_studio.services.timeline.synthesize import SynthesisReport

ProjectFile = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="A project (.lsp), or its document (.json).")
]
SequenceName = Annotated[
    str, typer.Option("--sequence", metavar="S", help="Id or name. [default: the first]")
]
MOST_SPANS = 8


def add_synthesize(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def synthesize(  # noqa: PLR0913, PLR0917 - the options of the command
        project: ProjectFile,
        sequence: SequenceName = "",
        clip: Annotated[
            list[str] | None,
            typer.Option(metavar="ID", help="Only this clip; may be repeated."),
        ] = None,
        frames: Frames = "",
        weights: Weights = None,
        devices: Devices = "",
        as_json: JsonFlag = False,
    ) -> None:
        """Draw the mouths of a project's clips into the store, for the editor and for export."""
        from latentsync_studio.services.mask_tiles import tiles_of
        from latentsync_studio.services.project_files import read_project
        from latentsync_studio.services.timeline import synthesize as service
        from latentsync_studio.services.wiring import open_services

        document = read_project(project)
        request = service.SynthesisRequest(
            project=document,
            sequence=sequence_of(document, sequence).id,
            clips=tuple(ClipId(each) for each in clip or ()),
            frames=parse_range(frames),
            weights=weights,
            devices=device_names(devices),
        )
        with (
            open_services() as services,
            tiles_of(project, services.paintings),
            stop_on_signals(as_json=as_json) as stop,
            shown_progress(stop, as_json=as_json) as progress,
        ):
            report = service.synthesize(request, services, progress)
        if as_json:
            print_json(report)
        else:
            print_lines(_lines(report))


def sequence_of(project: model.Project, name: str) -> model.Sequence:
    """The sequence with this id or name, the first one without.

    Raises:
        InputError: there is none.
    """
    if not project.sequences:
        raise InputError(
            "The project has no sequence.", remedy="Open it in the editor and add one."
        )
    if not name:
        return project.sequences[0]
    for sequence in project.sequences:
        if name in {sequence.id, sequence.name}:
            return sequence
    known = ", ".join(f"{sequence.name} ({sequence.id})" for sequence in project.sequences)
    raise InputError(f"There is no sequence {name!r}.", remedy=f"Known: {known}.")


def untouched_lines(spans: Sequence[PassedThrough]) -> Iterator[str]:
    """Tell which frames stay as they were."""
    for span in spans[:MOST_SPANS]:
        yield f"untouched: frames {span.range[0]}:{span.range[1]}: {span.text}"
    if len(spans) > MOST_SPANS:
        yield f"untouched: {len(spans) - MOST_SPANS} more spans, see --json"


def _lines(report: SynthesisReport) -> Iterator[str]:
    yield (
        f"{report.drawn} of {report.frames} frames are redrawn with {report.engine} on"
        f" {report.device}, {report.seconds:.1f} s"
    )
    if report.weights:
        yield f"weights: {report.weights}, {report.precision}; memory: {report.rung or 'not used'}"
    yield f"windows: {report.windows_total}, taken from the store: {report.windows_reused}"
    yield from untouched_lines(report.passed_through)
    yield from report.notes
