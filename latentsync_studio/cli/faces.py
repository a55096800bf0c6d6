"""`latentsync-studio faces FILE`: who is in a clip, and when they can be redrawn."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines, say, table
from latentsync_studio.cli.progress_bar import shown_progress

if TYPE_CHECKING:
    from latentsync_studio.services.inspect import FaceListing, FacesListing

HEADER = ("face", "frames", "usable", "eyes px", "yaw", "cannot be redrawn")


def add_faces(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def faces(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="Video file.")],
        sheet: Annotated[
            Path | None, typer.Option(metavar="PNG", help="Draw the faces into a picture.")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """List the faces of a clip, for render --face."""
        from latentsync_studio.services.contact_sheet import faces_sheet, require_sheet, write_png
        from latentsync_studio.services.inspect import analysed, list_faces
        from latentsync_studio.services.wiring import open_services

        if sheet is not None:
            require_sheet(sheet, file)
        with (
            open_services() as services,
            stop_on_signals(as_json=as_json) as stop,
            shown_progress(stop, as_json=as_json) as progress,
        ):
            seen = analysed(file, services, progress)
        listing = list_faces(file, seen)
        if sheet is not None and listing.faces:
            write_png(sheet, faces_sheet(file, seen.analysis.tracks))
            say(f"The faces are drawn in {sheet}.", as_json=as_json)
        if as_json:
            print_json(listing)
        else:
            print_lines(_lines(listing))


def _lines(listing: FacesListing) -> list[str]:
    size = f"{listing.frames} frames of {listing.width} x {listing.height} px"
    if not listing.faces:
        return [f"{size}: no face was found."]
    return [f"{size}, shots: {listing.shots}", *table([HEADER, *map(_row, listing.faces)])]


def _row(face: FaceListing) -> tuple[str, ...]:
    return (
        str(face.face),
        f"{face.first}:{face.stop}",
        f"{face.usable} of {face.present}",
        f"{face.eye_distance:.0f}",
        f"{face.yaw[0]:+.0f}..{face.yaw[1]:+.0f}",
        ", ".join(f"{reason} {count}" for reason, count in face.reasons.items()) or "-",
    )
