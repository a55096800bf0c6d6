"""The arguments and options of the render command, as Typer needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latentsync_studio.core.settings.pages import LengthPolicy
from latentsync_studio.services.mask_files import MaskSpace

Video = Annotated[Path, typer.Argument(metavar="VIDEO", help="Clip of someone talking.")]
Audio = Annotated[
    Path, typer.Argument(metavar="AUDIO", help="The new speech: sound file or movie.")
]
Output = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        help="Movie to write: .mp4 .mov .mkv .webm; a folder for numbered pictures.",
    ),
]
Engine = Annotated[
    str | None, typer.Option(help="See: latentsync-studio engines. [default: mouthbank]")
]
Weights = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Look for the engine's weights here first; see: models."),
]
Devices = Annotated[
    str,
    typer.Option(
        metavar="LIST",
        help="Where the engine runs: cuda, 1, mps, cpu; several share the work: 0,1.",
    ),
]
PresetName = Annotated[
    str, typer.Option(metavar="NAME", help="Start from these settings; see: presets list.")
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated."),
]
Strengths = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[PART=]VALUE,...",
        help="0..1 for lips, mouth, jaw, cheeks, nose, skin, rest or all.",
    ),
]
Masks = Annotated[
    list[Path] | None,
    typer.Option(
        "--mask", metavar="PICTURE", help="Redraw only where this is white; may be repeated."
    ),
]
Protected = Annotated[
    list[Path] | None,
    typer.Option(
        "--protect", metavar="PICTURE", help="Never touch where this is white; may be repeated."
    ),
]
Space = Annotated[
    MaskSpace,
    typer.Option(
        "--mask-space",
        help="Masks lie on the frame, or ride with the face (1024x1024 px); auto: by their size.",
    ),
]
Frames = Annotated[str, typer.Option("--range", metavar="IN:OUT", help="Output frames, half-open.")]
Face = Annotated[
    int | None, typer.Option(metavar="N", help="Whom to redraw; see: faces. [default: largest]")
]
Policy = Annotated[
    LengthPolicy | None,
    typer.Option(help="When speech and clip differ in length. [default: cut]"),
]
Transcript = Annotated[
    str, typer.Option(metavar="TEXT|FILE", help="What is said; sharpens the mouth shapes.")
]
Language = Annotated[str, typer.Option(help="Language of the transcript.")]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh", help="Draw and encode all anew; what was found of faces and speech is kept."
    ),
]
NoGovernor = Annotated[
    bool, typer.Option("--no-silence-governor", help="Let the mouth move in silence.")
]
NoMeasure = Annotated[
    bool, typer.Option("--no-measure", help="Do not measure the mouth of the result.")
]
