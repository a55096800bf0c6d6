"""`latentsync-studio export PROJECT -o OUT`: a project's sequence as a movie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_arguments import Frames, Output  # noqa: TC001 - typer reads them
from latentsync_studio.cli.render_options import parse_range
from latentsync_studio.cli.synthesize import (
    ProjectFile,
    SequenceName,
    sequence_of,
    untouched_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

    from latentsync_studio.services.timeline.movie import MovieReport


def add_export(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def export(
        project: ProjectFile,
        output: Output,
        sequence: SequenceName = "",
        frames: Frames = "",
        as_json: JsonFlag = False,
    ) -> None:
        """Write a project's sequence as a movie; what is not drawn yet is drawn on the way.

        After an interruption the same command goes on where it stopped.
        """
        from latentsync_studio.services.overwriting import refuse_overwriting
        from latentsync_studio.services.project_files import read_project
        from latentsync_studio.services.timeline.movie import MovieRequest, export_movie
        from latentsync_studio.services.wiring import open_services

        refuse_overwriting(output, [project])
        document = read_project(project)
        request = MovieRequest(
            project=document,
            sequence=sequence_of(document, sequence).id,
            output=output,
            frames=parse_range(frames),
        )
        with (
            open_services() as services,
            stop_on_signals(as_json=as_json) as stop,
            shown_progress(stop, as_json=as_json) as progress,
        ):
            report = export_movie(request, services, progress)
        if as_json:
            print_json(report)
        else:
            print_lines(_lines(report))


def _lines(report: MovieReport) -> Iterator[str]:
    rate = f"{report.rate:.3f}".rstrip("0").rstrip(".")
    yield (
        f"{report.output}: {report.frames} frames, {report.width} x {report.height} px,"
        f" {rate} frames/s"
    )
    yield (
        f"{report.seconds:.1f} s ({report.frames_per_second:.1f} frames/s), at most"
        f" {report.peak_rss_mib:.0f} MiB"
    )
    yield (
        f"redrawn: {report.patched_frames} of {report.frames} frames; windows:"
        f" {report.windows_total}, drawn now: {report.engine_calls}"
    )
    yield from untouched_lines(report.passed_through)
    yield from report.notes
