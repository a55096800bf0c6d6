"""A sequence as a file for another editing program, and what is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.interchange.formats import find_format
from latentsync_studio.interchange.output import Options, Output
from latentsync_studio.services.interchange.requests import (
    Delivered,
    TimelineRequest,
    Written,
)
from latentsync_studio.services.interchange.to_cut import cut_of
from latentsync_studio.services.interchange.words import captions_of
from latentsync_studio.services.overwriting import refuse_overwriting, write_whole

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Project

__all__ = [
    "Delivered",
    "TimelineRequest",
    "Written",
    "losses_of",
    "timeline_files",
    "write_timeline",
]


def write_timeline(project: Project, request: TimelineRequest) -> Written:
    """Write the file or files; nothing is written unless all of them can be made.

    Args:
        project: the document.
        request: what and where.

    Raises:
        UnknownNameError: there is no such format, flavour or version.
        InputError: the sequence is empty, or the output is a medium of the project or a folder.
        InvalidEditError: there is no such sequence.
        DiskFullError, StorageError: a file cannot be written.
    """
    output = _output(request)
    made = _made(project, request, output)
    paths = [output.parent / file.name for file in made.files]
    _refuse(project, request, [request.output, *paths])
    for path, file in zip(paths, made.files, strict=True):
        write_whole(path, file.data)
    return Written(paths=tuple(map(str, paths)), losses=made.losses)


def timeline_files(project: Project, request: TimelineRequest) -> Output:
    """The files as they would be written beside `request.output`; nothing is written or needed."""
    return _made(project, request, _output(request))


def losses_of(project: Project, request: TimelineRequest) -> tuple[str, ...]:
    """What the file would not hold, in sentences; nothing is written. Raises as writing does."""
    return _made(project, request, _output(request)).losses


def _output(request: TimelineRequest) -> Path:
    output = request.output.absolute()
    return output if output.suffix else output.with_suffix(find_format(request.format).suffix)


def _made(project: Project, request: TimelineRequest, output: Path) -> Output:
    kind = find_format(request.format)
    options = Options(
        name=output.name,
        flavour=kind.chosen_flavour(request.flavour),
        version=kind.chosen_version(request.version),
        folder=str(output.parent) if request.relative else "",
    )
    cut, lost = cut_of(project, request.sequence, request.frames, request.placements)
    if kind.id in {"srt", "vtt"}:
        captions, told = captions_of(project, request)
        cut, lost = replace(cut, captions=captions), told
    made = kind.load_writer()(cut, options)
    return Output(made.files, tuple(dict.fromkeys((*lost, *made.losses))))


def _refuse(project: Project, request: TimelineRequest, outputs: list[Path]) -> None:
    media = [Path(item.path) for item in project.media]
    media += [each.path for each in request.placements.values()]
    for output in outputs:
        if output.is_dir():
            raise InputError(f"The output {output} is a folder.", remedy="Name a file in it.")
        if not output.parent.is_dir():
            raise InputError(
                f"The folder {output.parent} of the output does not exist.",
                remedy="Make the folder, or choose another output.",
            )
        refuse_overwriting(output, media)
