"""`latentsync-studio demo`: the main job on the bundled sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_result import result_lines

if TYPE_CHECKING:
    from latentsync_studio.services.demo import DemoReport


def add_demo(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        folder: Annotated[
            Path, typer.Option("-o", "--output", metavar="DIR", help="Where the results go.")
        ] = Path("demo"),
        as_json: JsonFlag = False,
    ) -> None:
        """Render the bundled sample: movie, contact sheet, report."""
        from latentsync_studio.services.demo import run_demo
        from latentsync_studio.services.wiring import open_services

        with (
            open_services() as services,
            stop_on_signals(as_json=as_json) as stop,
            shown_progress(stop, as_json=as_json) as progress,
        ):
            report = run_demo(folder, services, progress)
        if as_json:
            print_json(report)
        else:
            _tell(report)


def _tell(report: DemoReport) -> None:
    print_lines(result_lines(report))
    print_lines([f"look at: {report.contact_sheet}", f"report: {report.report}"])
