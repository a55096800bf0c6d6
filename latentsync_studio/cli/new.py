"""`latentsync-studio new PROJECT VIDEO AUDIO`: a project file of a clip and its new speech."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import Annotated

import typer

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress


def add_new(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="new")(_new)


def _new(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="The file to make, .lsp.")],
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="A clip of someone talking.")],
    audio: Annotated[Path, typer.Argument(metavar="AUDIO", help="The new speech.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a project that is there.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a project of a clip and new speech, for the editor or `synthesize`."""
    from latentsync_studio.services.new_project import make_project
    from latentsync_studio.services.wiring import open_services

    with (
        open_services() as services,
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        made = make_project(project, (video, audio), services, progress, replace=replace)
    if as_json:
        print_json(made)
        return
    rate = f"{made.rate[0] / made.rate[1]:.3f}".rstrip("0").rstrip(".")
    print_lines(
        [f"{made.project}: {made.frames} frames at {rate}, {made.width} x {made.height} px"]
    )
    print_lines(made.notes)
