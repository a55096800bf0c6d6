"""The README of a package: what lies in it and what each program needs, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio import __version__
from latentsync_studio.services.delivery.receipt import CONSENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.timeline import model
    from latentsync_studio.services.delivery.requests import (
        ClipMovieReport,
        PackageRequest,
        TimelineLosses,
    )

_HOSTS: Final = (
    (
        "fcp7xml/premiere",
        "Adobe Premiere Pro",
        (
            "File > Import, choose the .premiere.xml in `timelines/`. Premiere asks once for media"
            " that it does not find; point it to this folder. Layers come on a track of their own"
            " above the picture. Whether a layer's alpha is interpreted as straight or as"
            " premultiplied does not matter."
        ),
    ),
    (
        "fcp7xml/resolve",
        "DaVinci Resolve",
        (
            "First drag the media of this folder and the originals into the Media Pool, then File"
            " > Import > Timeline and choose the .resolve.xml, or the .resolve.otio. Relinking"
            " goes by time code and reel, which all files here carry."
        ),
    ),
    (
        "fcpxml",
        "Final Cut Pro",
        "File > Import > XML, choose the .fcpxml. Layers are connected clips above the storyline.",
    ),
    (
        "edl",
        "Avid Media Composer",
        (
            "Link to the media (Source Browser), import the .ale for names, reels and time code,"
            " then the .edl; the list of the layers is one of its own for the track above."
        ),
    ),
    (
        "otio/premiere",
        "OpenTimelineIO",
        "One .otio for each program, since they read addresses of media in different ways.",
    ),
    (
        "mlt",
        "Shotcut and melt",
        "File > Open, choose the .mlt; `melt FILE.mlt` renders it.",
    ),
    ("srt", "Captions", "Where the words of the speech lanes are known, an .srt holds them."),
)


def readme_text(
    request: PackageRequest,
    sequence: model.Sequence,
    clips: Sequence[ClipMovieReport],
    losses: Sequence[TimelineLosses],
    notes: Sequence[str],
) -> str:
    """The whole README, in Markdown that reads as plain text."""
    lines = [
        f"# {sequence.name}",
        "",
        (
            f"Made with LatentSync Studio {__version__}: {sequence.width} x {sequence.height} px,"
            f" {sequence.rate} frames/s."
        ),
        "",
        *_contents(request),
        *_conventions(request, clips),
        *_table(clips),
        *_hosts(request),
        *_lost(losses, notes),
        "## Consent",
        "",
        CONSENT,
    ]
    if request.consent:
        lines += ["", f"Told by whoever made this: {request.consent}"]
    return "\n".join(lines) + "\n"


def _contents(request: PackageRequest) -> Iterator[str]:
    yield "## What lies here"
    yield ""
    if "patch" in request.parts:
        yield "- `layers/`: the redrawn mouths alone, with alpha, to lie over the originals"
        yield "- `timelines/layers/`: the cut with the originals and the layers above them"
    if "clip" in request.parts:
        yield "- `clips/`: the same clips as whole pictures, to stand in place of the originals"
        yield "- `timelines/clips/`: the cut with these clips"
    if request.mattes:
        yield "- `mattes/`: the alpha of each layer, white where it covers, for programs without"
    if request.reference:
        yield "- `reference/`: a small movie of the whole cut, to compare with"
    if request.copy_media:
        yield "- `media/`: copies of the originals, which the timelines refer to"
    yield "- `contact-sheet.png`: frames before and after"
    yield "- `receipt.json`: engine, settings, versions, licenses, digests of all files"
    yield ""


def _conventions(request: PackageRequest, clips: Sequence[ClipMovieReport]) -> Iterator[str]:
    yield "## How the files fit"
    yield ""
    yield (
        "- Every file has the size and pixel shape of its original and goes on with its time code;"
        " without one in the original, frame 0 is 00:00:00:00."
    )
    yield (
        f"- Handles: up to {request.handles_s:g} s before and behind each clip, as far as the"
        " original reaches. They are redrawn too, so that cuts can be moved and dissolves laid."
    )
    if any(clip.part == "patch" for clip in clips):
        yield (
            "- Alpha of a layer is 0 or 1, never between, and the color is black where it is 0. So"
            " straight and premultiplied are the same, whatever your program assumes. The soft edge"
            " of the mouth lies inside. Lay a layer at 100 %, normal mode, same position and scale"
            f" as the original; then both together show what was exported{_exactness(request)}."
            " A grade of the original is copied to the layer as it is."
        )
    yield ""


def _exactness(request: PackageRequest) -> str:
    """How near a layer over the original comes to the full render; the tests measure it."""
    if request.layer.codec == "ffv1":
        return ", exactly"
    if request.layer.codec in {"png", "tiff"}:
        part = "half a level" if request.layer.depth == "8" else "a tenth of a level"
        return f", within {part} of 8 bits in RGB"
    return (
        ", within one level of 8 bits in luma and chroma, which can be up to three levels in red,"
        " green or blue (ProRes stores no finer)"
    )


def _table(clips: Sequence[ClipMovieReport]) -> Iterator[str]:
    yield "## Files"
    yield ""
    for clip in clips:
        name = clip.output.replace("\\", "/").rpartition("/")[2]
        yield (
            f"- {name}: {clip.codec}, {clip.width} x {clip.height} px, {clip.frames} frames, from"
            f" {clip.timecode}, reel {clip.reel}, handles {clip.before} + {clip.after} frames"
        )
    yield ""


def _hosts(request: PackageRequest) -> Iterator[str]:
    given = {name.partition("/")[0] for name in request.formats} | set(request.formats)
    yield "## In other programs"
    yield ""
    for name, title, text in _HOSTS:
        if name in given:
            yield f"- {title}: {text}"
    yield ""


def _lost(losses: Sequence[TimelineLosses], notes: Sequence[str]) -> Iterator[str]:
    if losses or notes:
        yield "## What is not the same"
        yield ""
    for each in losses:
        yield f"- {each.file}:"
        for loss in each.losses:
            yield f"  - {loss}"
    for note in notes:
        yield f"- {note}"
    if losses or notes:
        yield ""
