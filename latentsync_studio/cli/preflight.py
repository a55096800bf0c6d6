"""`latentsync-studio preflight VIDEO AUDIO`: what speaks against a render, before it is begun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli import render_arguments as words  # noqa: TC001 - read by typer
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_options import Choices, device_names, parse_range
from latentsync_studio.engines.catalog import LIP_SYNC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.preflight import Finding, Preflight

_MARKS = {"blocking": "STOP", "warning": "WARN", "info": "ok"}


def add_preflight(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="preflight")(_preflight)


def _preflight(  # noqa: PLR0913, PLR0917 - the options of the command
    video: words.Video,
    audio: words.Audio,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="Also look at where it is written."),
    ] = None,
    engine: words.Engine = None,
    weights: words.Weights = None,
    devices: words.Devices = "",
    preset: words.PresetName = "",
    changes: words.Changes = None,
    frames: words.Frames = "",
    face: words.Face = None,
    length_policy: words.Policy = None,
    as_json: JsonFlag = False,
) -> int:
    """Say in about two seconds what speaks against a render; exit with 3 when it cannot begin.

    Faces and speech that were analysed before are looked at in full, others in samples.
    """
    from latentsync_studio.services.preflight.files import preflight_files
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.wiring import open_services

    chosen = Choices(
        preset=preset, engine=engine, changes=tuple(changes or ()), length_policy=length_policy
    )
    settings = chosen.settings()
    LIP_SYNC.module(settings.engine)  # an unknown one is a mistake on the command line
    request = RenderRequest(
        video=video,
        audio=audio,
        output=output if output is not None else Path("result.mp4"),
        settings=settings,
        frames=parse_range(frames),
        face=face,
        weights=weights,
        devices=device_names(devices),
    )
    with (
        open_services() as services,
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        found = preflight_files(request, services, progress, has_output=output is not None)
    if as_json:
        print_json(_object(found))
    else:
        print_lines(_lines(found))
    return BAD_INPUT if found.is_blocked else DONE


def _object(found: Preflight) -> dict[str, object]:
    return {
        "blocked": found.is_blocked,
        "warnings": sum(each.severity == "warning" for each in found.findings),
        "frames": found.frames,
        "total_s": found.forecast.total,
        "forecast": found.forecast,
        "findings": found.findings,
        "looked_s": found.looked_s,
    }


def _lines(found: Preflight) -> Iterator[str]:
    from latentsync_studio.services.preflight.files import words_for_terminal

    for finding in found.findings:
        yield f"{_MARKS[finding.severity]:<5} {_told(finding)}"
        if finding.severity != "info" or finding.remedy:
            yield from (f"      -> {line}" for line in words_for_terminal(finding))
    warnings = sum(each.severity == "warning" for each in found.findings)
    if found.is_blocked:
        yield "It cannot begin."
    elif warnings:
        yield f"{warnings} warning{'s' if warnings > 1 else ''}; it can begin."
    else:
        yield "Nothing is in the way."


def _told(finding: Finding) -> str:
    """The sentence with where it is."""
    subject = f"{finding.subject}: " if finding.subject else ""
    spans = ", ".join(f"{start}:{stop}" for start, stop in finding.spans)
    where = f" Frames {spans}." if spans and finding.severity != "info" else ""
    return f"{subject}{finding.sentence}{where}"
