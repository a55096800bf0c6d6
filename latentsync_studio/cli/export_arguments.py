"""The options of the export command, as Typer needs them, and what they mean together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from latentsync_studio.core.delivery.targets import TARGETS, find_target
from latentsync_studio.core.errors import InvalidSettingError, UnknownNameError
from latentsync_studio.core.settings.fields import apply

if TYPE_CHECKING:
    from latentsync_studio.core.settings.pages import EncodeSettings

Parts = Literal["layers", "clips", "both"]

PICTURES: Final = ("movie", "clip", "layer", "matte")
EXIT_CODES: Final = (
    "Exit codes: 0 written; 2 a mistake on the command line; 3 something is missing, unreadable or"
    " in the way, settings do not go together, or a disk is full; 4 stopped, the same command goes"
    " on; 5 a fault of the program. What a format cannot hold is told in lines that begin with"
    ' "lost:", with --json in "losses"; that is no error.'
)

Output = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        help="What to write: a movie (.mp4 .mov .mkv .webm), a timeline (.xml .fcpxml .edl .otio"
        " .mlt ...), or a folder for pictures and packages.",
    ),
]
Format = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="movie; clip, layer or matte (of one --clip); or a timeline: fcp7xml, fcpxml, edl,"
        " otio, mlt, ale, csv, srt, vtt. [default: what OUT ends in, else movie] With --package"
        " it may be repeated, NAME/FLAVOUR.",
    ),
]
Flavour = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Program that the timeline is for: premiere, resolve, generic, avid, kdenlive.",
    ),
]
FormatVersion = Annotated[
    str, typer.Option(metavar="V", help="Version of the format, for FCPXML 1.9 to 1.13.")
]
Relative = Annotated[
    bool, typer.Option("--relative", help="Name media relative to the timeline's folder.")
]
Package = Annotated[
    bool,
    typer.Option(
        "--package",
        help="OUT is a folder: clips, layers, all timelines, contact sheet, README, receipt.",
    ),
]
Target = Annotated[
    str,
    typer.Option("--preset", metavar="NAME", help=f"How it is encoded: {', '.join(TARGETS)}."),
]
Codec = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Video codec, such as h265, av1, vp9, prores, prores4444, dnxhr-hqx, ffv1, png.",
    ),
]
LayerCodec = Annotated[
    str,
    typer.Option(metavar="NAME", help="Codec of a package's layers: prores4444, ffv1, png, tiff."),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the encoding."),
]
Clips = Annotated[
    list[str] | None,
    typer.Option("--clip", metavar="ID", help="Only this clip; may be repeated for a package."),
]
Handles = Annotated[
    float,
    typer.Option(min=0.0, max=60.0, metavar="S", help="Seconds before and behind a clip."),
]
What = Annotated[Parts, typer.Option("--parts", help="What a package holds of each clip.")]
Mattes = Annotated[
    bool, typer.Option("--mattes", help="Add the alpha of a package's layers as movies.")
]
CopyMedia = Annotated[
    bool, typer.Option("--copy-media", help="Put copies of the originals into the package.")
]
NoReference = Annotated[
    bool, typer.Option("--no-reference", help="Leave the movie of the whole cut out of a package.")
]
Consent = Annotated[
    str,
    typer.Option(metavar="TEXT", help="What the persons shown agreed to; kept in the receipt."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """What is said of the encoding: a target, then a codec, then single settings."""

    target: str = ""
    codec: str = ""
    changes: tuple[str, ...] = ()

    def settled(self, base: EncodeSettings) -> EncodeSettings:
        """`base` unless a target is named, with the changes over it.

        Raises:
            UnknownNameError: there is no such target.
            InvalidSettingError: there is no such setting, or it cannot be so.
        """
        encode = find_target(self.target).encode if self.target else base
        if self.codec:
            encode = apply(encode, {"codec": self.codec})
        return apply(encode, dict(map(_pair, self.changes)))


def kind_of(formats: list[str] | None, output: Path, known: dict[str, str]) -> str:
    """What is to be written: one of PICTURES, or the id of a timeline format.

    known: ending of its files for each timeline format.

    Raises:
        InvalidSettingError: several formats are named.
        UnknownNameError: there is no such format.
    """
    if not formats:
        suffix = output.suffix.lower()
        return next((name for name, ending in known.items() if ending == suffix), "movie")
    if len(formats) > 1:
        raise InvalidSettingError(
            f"{len(formats)} formats are named for one output.",
            remedy="Name one, or make a package with --package.",
        )
    (name,) = formats
    if name not in {*PICTURES, *known}:
        raise UnknownNameError("format", name, (*PICTURES, *known))
    return name


def _pair(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals or not key.strip():
        raise InvalidSettingError(
            f"{word!r} is not of the form KEY=VALUE.",
            remedy="Write for instance --set audio=pcm24",
        )
    return key.strip().removeprefix("encode."), value.strip()
