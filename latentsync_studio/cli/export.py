"""`latentsync-studio export PROJECT -o OUT`: a sequence as a movie, a timeline or a package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from latentsync_studio.cli import export_arguments as words  # read by typer
from latentsync_studio.cli.export_result import (
    clip_lines,
    movie_lines,
    package_lines,
    timeline_lines,
)
from latentsync_studio.cli.interrupts import stop_on_signals
from latentsync_studio.cli.output import JsonFlag, print_json, print_lines
from latentsync_studio.cli.progress_bar import shown_progress
from latentsync_studio.cli.render_arguments import (  # noqa: TC001 - typer reads them
    Devices,
    Frames,
    Weights,
)
from latentsync_studio.cli.render_options import device_names, parse_range
from latentsync_studio.cli.synthesize import ProjectFile, SequenceName, sequence_of
from latentsync_studio.core.delivery.handles import DEFAULT_S
from latentsync_studio.core.errors import InputError, InvalidSettingError
from latentsync_studio.core.timeline.model import ClipId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import typer

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline import model
    from latentsync_studio.services.wiring import Services

_CUTS = frozenset({"fcp7xml", "fcpxml", "edl", "otio", "mlt"})  # formats that show clips


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What stands on the command line, read."""

    path: Path
    project: model.Project
    sequence: model.Sequence
    output: Path
    frames: FrameRange | None
    encoding: words.Encoding
    clips: tuple[ClipId, ...]
    handles_s: float
    weights: Path | None
    devices: tuple[str, ...]
    as_json: bool


def add_export(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="export", epilog=words.EXIT_CODES)(_export)


def _export(  # noqa: PLR0913, PLR0917 - the options of the command
    project: ProjectFile,
    output: words.Output,
    formats: words.Format = None,
    flavour: words.Flavour = "",
    format_version: words.FormatVersion = "",
    relative: words.Relative = False,
    package: words.Package = False,
    sequence: SequenceName = "",
    frames: Frames = "",
    preset: words.Target = "",
    codec: words.Codec = "",
    layer_codec: words.LayerCodec = "",
    changes: words.Changes = None,
    clip: words.Clips = None,
    handles: words.Handles = DEFAULT_S,
    parts: words.What = "both",
    mattes: words.Mattes = False,
    copy_media: words.CopyMedia = False,
    no_reference: words.NoReference = False,
    consent: words.Consent = "",
    weights: Weights = None,
    devices: Devices = "",
    as_json: JsonFlag = False,
) -> None:
    """Write a project's sequence: as a movie, as a timeline for another program, or as a package.

    Mouths that are not drawn yet are drawn on the way. After an interruption the same command goes
    on where it stopped.
    """
    document = _read(project, output)
    wish = _Wish(
        path=project,
        project=document,
        sequence=sequence_of(document, sequence),
        output=output,
        frames=parse_range(frames),
        encoding=words.Encoding(target=preset, codec=codec, changes=tuple(changes or ())),
        clips=tuple(ClipId(each) for each in clip or ()),
        handles_s=handles,
        weights=weights,
        devices=device_names(devices),
        as_json=as_json,
    )
    if package:
        flags = {"mattes": mattes, "reference": not no_reference, "copy_media": copy_media}
        _write_package(wish, _Packed(tuple(formats or ()), parts, layer_codec, consent, **flags))
        return
    kind = words.kind_of(formats, output, _timelines())
    if kind == "movie":
        _write_movie(wish)
    elif kind in words.PICTURES:
        _write_clip(wish, kind)
    else:
        _write_timeline(wish, kind, flavour, format_version, relative=relative)


def _read(project: Path, output: Path) -> model.Project:
    """The document, unless the output would be written over it."""
    from latentsync_studio.services.overwriting import refuse_overwriting
    from latentsync_studio.services.project_files import read_project

    refuse_overwriting(output, [project])
    return read_project(project)


def _timelines() -> dict[str, str]:
    """Endings by the id of the timeline format, those that can be written."""
    from latentsync_studio.interchange.formats import FORMATS

    return {name: each.suffix for name, each in FORMATS.items() if each.writer}


def _write_movie(wish: _Wish) -> None:
    from latentsync_studio.services.timeline.movie import MovieRequest, export_movie

    encode = wish.encoding.settled(wish.project.settings.encode)
    settings = replace(wish.project.settings, encode=encode)
    request = MovieRequest(
        project=replace(wish.project, settings=settings),
        sequence=wish.sequence.id,
        output=wish.output,
        frames=wish.frames,
        weights=wish.weights,
        devices=wish.devices,
    )
    _run(wish, lambda services, progress: export_movie(request, services, progress), movie_lines)


def _write_clip(wish: _Wish, kind: str) -> None:
    from latentsync_studio.services.delivery.clip_movie import ClipMovieRequest, export_clip
    from latentsync_studio.services.delivery.requests import CLIP_ENCODING, LAYER_ENCODING

    if len(wish.clips) != 1:
        raise InvalidSettingError(
            f"A {kind} is of one clip; {len(wish.clips)} are named.",
            remedy="Name one: --clip c12. A package holds several.",
        )
    base = LAYER_ENCODING if kind == "layer" else CLIP_ENCODING
    request = ClipMovieRequest(
        project=wish.project,
        sequence=wish.sequence.id,
        clip=wish.clips[0],
        output=wish.output,
        part="patch" if kind == "layer" else "matte" if kind == "matte" else "clip",
        handles_s=wish.handles_s,
        encode=wish.encoding.settled(base),
        weights=wish.weights,
        devices=wish.devices,
    )
    _run(wish, lambda services, progress: export_clip(request, services, progress), clip_lines)


def _write_timeline(wish: _Wish, kind: str, flavour: str, version: str, *, relative: bool) -> None:
    from latentsync_studio.services.interchange.requests import TimelineRequest
    from latentsync_studio.services.interchange.write import write_timeline

    if wish.clips:
        raise InvalidSettingError(
            "A timeline holds all clips of its range.", remedy="Leave out --clip, or use --package."
        )
    request = TimelineRequest(
        sequence=wish.sequence.id,
        output=wish.output,
        format=kind,
        flavour=flavour,
        version=version,
        relative=relative,
        frames=wish.frames,
    )
    written = write_timeline(wish.project, request)
    if wish.as_json:
        print_json(written)
    else:
        has_speech = any(track.speech is not None for track in wish.sequence.tracks)
        print_lines(timeline_lines(written, has_speech=has_speech and kind in _CUTS))


@dataclass(frozen=True, slots=True)
class _Packed:
    """What is said of a package."""

    formats: tuple[str, ...]
    parts: words.Parts
    layer_codec: str
    consent: str
    mattes: bool
    reference: bool
    copy_media: bool


def _write_package(wish: _Wish, packed: _Packed) -> None:
    from latentsync_studio.services.delivery.package import PackageRequest, export_package
    from latentsync_studio.services.delivery.requests import (
        CLIP_ENCODING,
        LAYER_ENCODING,
        USUAL_FORMATS,
    )

    parts: dict[words.Parts, tuple[Any, ...]] = {
        "layers": ("patch",),
        "clips": ("clip",),
        "both": ("patch", "clip"),
    }
    if wish.output.suffix.lower() in {*_timelines().values(), ".mp4", ".mov", ".mkv", ".webm"}:
        raise InputError(
            f"A package is a folder, but {wish.output.name!r} ends like a file.",
            remedy=f"Name a folder: -o {wish.output.stem}",
        )
    request = PackageRequest(
        project=wish.project,
        sequence=wish.sequence.id,
        output=wish.output,
        clips=wish.clips,
        frames=wish.frames,
        parts=parts[packed.parts],
        handles_s=wish.handles_s,
        formats=packed.formats or USUAL_FORMATS,
        layer=words.Encoding(codec=packed.layer_codec).settled(LAYER_ENCODING),
        clip=wish.encoding.settled(CLIP_ENCODING),
        mattes=packed.mattes,
        reference=packed.reference,
        copy_media=packed.copy_media,
        consent=packed.consent,
        weights=wish.weights,
        devices=wish.devices,
    )
    _run(
        wish, lambda services, progress: export_package(request, services, progress), package_lines
    )


def _run(
    wish: _Wish,
    work: Callable[[Services, Progress], Any],
    lines: Callable[[Any], Iterator[str]],
) -> None:
    """Do the work with a progress bar, and tell what came of it."""
    from latentsync_studio.services.mask_tiles import tiles_of
    from latentsync_studio.services.wiring import open_services

    with (
        open_services() as services,
        tiles_of(wish.path, services.paintings),
        stop_on_signals(as_json=wish.as_json) as stop,
        shown_progress(stop, as_json=wish.as_json) as progress,
    ):
        report = work(services, progress)
    if wish.as_json:
        print_json(report)
    else:
        print_lines(lines(report))
