"""`latentsync-studio render VIDEO AUDIO -o OUT`: the main job."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_options import Choices, parse_range, read_transcript
from latentsync_studio.cli.render_result import result_lines
from latentsync_studio.core.settings.pages import LengthPolicy  # noqa: TC001 - as above
from latentsync_studio.engines.catalog import DEFAULT_ENGINE

if TYPE_CHECKING:
    from latentsync_studio.services.request import RenderRequest


def add_render(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="render")(_render)


def _render(  # noqa: PLR0913, PLR0917 - the options of the command
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="Clip of someone talking.")],
    audio: Annotated[
        Path, typer.Argument(metavar="AUDIO", help="The new speech: sound file or movie.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="Movie to write: .mp4 .mov .mkv")
    ],
    engine: Annotated[str, typer.Option(help="See: latentsync-studio engines")] = DEFAULT_ENGINE,
    preset: Annotated[str, typer.Option(metavar="NAME", help="Start from these settings.")] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated."),
    ] = None,
    strength: Annotated[
        list[str] | None,
        typer.Option(metavar="[PART=]VALUE", help="0..1 for lips, mouth, jaw, cheeks or all."),
    ] = None,
    frames: Annotated[
        str, typer.Option("--range", metavar="IN:OUT", help="Output frames, half-open.")
    ] = "",
    face: Annotated[
        int | None, typer.Option(metavar="N", help="Whom to redraw; see: faces. [default: largest]")
    ] = None,
    length_policy: Annotated[
        LengthPolicy | None,
        typer.Option(help="When speech and clip differ in length. [default: cut]"),
    ] = None,
    transcript: Annotated[
        str, typer.Option(metavar="TEXT|FILE", help="What is said; sharpens the mouth shapes.")
    ] = "",
    language: Annotated[str, typer.Option(help="Language of the transcript.")] = "en-us",
    fresh: Annotated[bool, typer.Option("--fresh", help="Make everything anew.")] = False,
    no_silence_governor: Annotated[
        bool, typer.Option("--no-silence-governor", help="Let the mouth move in silence.")
    ] = False,
    no_measure: Annotated[
        bool, typer.Option("--no-measure", help="Do not measure the mouth of the result.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the mouth of a clip follow new speech.

    After an interruption the same command goes on where it stopped.
    """
    from latentsync_studio.services.request import RenderRequest

    chosen = Choices(
        preset=preset,
        changes=tuple(changes or ()),
        strengths=tuple(strength or ()),
        length_policy=length_policy,
        governor=not no_silence_governor,
    )
    request = RenderRequest(
        video=video,
        audio=audio,
        output=output,
        engine=engine,
        settings=chosen.settings(),
        frames=parse_range(frames),
        face=face,
        transcript=read_transcript(transcript),
        language=language,
        fresh=fresh,
        measure=not no_measure,
    )
    _run(request, as_json=as_json)


def _run(request: RenderRequest, *, as_json: bool) -> None:
    from latentsync_studio.services.render import render
    from latentsync_studio.services.wiring import open_services

    with (
        open_services() as services,
        stop_on_signals(as_json=as_json) as stop,
        shown_progress(stop, as_json=as_json) as progress,
    ):
        report = render(request, services, progress)
    if as_json:
        print_json(report)
    else:
        print_lines(result_lines(report))
