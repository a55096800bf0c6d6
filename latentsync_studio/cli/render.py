"""`latentsync-studio render VIDEO AUDIO -o OUT`: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.cli import render_arguments as words  # noqa: TC001 - read by typer
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_options import (
    Choices,
    device_names,
    mask_files,
    parse_range,
    read_transcript,
    transcript_file,
)
from latentsync_studio.cli.render_result import result_lines
from latentsync_studio.engines.catalog import LIP_SYNC

if TYPE_CHECKING:
    import typer

    from latentsync_studio.services.request import RenderRequest


def add_render(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="render")(_render)


def _render(  # noqa: PLR0913, PLR0917 - the options of the command
    video: words.Video,
    audio: words.Audio,
    output: words.Output,
    engine: words.Engine = None,
    weights: words.Weights = None,
    devices: words.Devices = "",
    preset: words.PresetName = "",
    changes: words.Changes = None,
    strength: words.Strengths = None,
    mask: words.Masks = None,
    protect: words.Protected = None,
    mask_space: words.Space = "auto",
    frames: words.Frames = "",
    face: words.Face = None,
    length_policy: words.Policy = None,
    transcript: words.Transcript = "",
    language: words.Language = "en-us",
    fresh: words.Fresh = False,
    no_silence_governor: words.NoGovernor = False,
    no_measure: words.NoMeasure = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the mouth of a clip follow new speech.

    After an interruption the same command goes on where it stopped.
    """
    from latentsync_studio.services.overwriting import refuse_overwriting
    from latentsync_studio.services.request import RenderRequest

    words_file = transcript_file(transcript)
    if words_file is not None:
        refuse_overwriting(output, [words_file])
        transcript = read_transcript(words_file)
    chosen = Choices(
        preset=preset,
        engine=engine,
        changes=tuple(changes or ()),
        strengths=tuple(strength or ()),
        length_policy=length_policy,
        governor=not no_silence_governor,
    )
    settings = chosen.settings()
    LIP_SYNC.module(settings.engine)  # an unknown one is a mistake on the command line
    request = RenderRequest(
        video=video,
        audio=audio,
        output=output,
        settings=settings,
        frames=parse_range(frames),
        face=face,
        transcript=transcript or None,
        language=language,
        fresh=fresh,
        measure=not no_measure,
        weights=weights,
        devices=device_names(devices),
        masks=mask_files(mask, protect, mask_space),
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
