"""Find every problem of a render before work begins, each with what to do about it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.engines.catalog import LIP_SYNC
from latentsync_studio.media.probe import probe
from latentsync_studio.services.disk_room import check_room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.wiring import Services

CONTAINERS = (".mp4", ".mov", ".mkv")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps a render from starting."""

    code: str
    message: str
    remedy: str


class ValidationError(InputError):
    """All problems of a request at once."""

    code = "bad-input"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first, rest = problems[0], len(problems) - 1
        more = f" ({rest} more problem{'s' if rest > 1 else ''})" if rest else ""
        super().__init__(first.message + more, remedy=first.remedy)
        self.problems = problems


def require_valid(request: RenderRequest, services: Services) -> None:
    """Raise ValidationError with all problems of `request`, if there is any."""
    problems = find_problems(request, services)
    if problems:
        raise ValidationError(problems)


def find_problems(request: RenderRequest, services: Services) -> tuple[Problem, ...]:
    """Everything that is wrong with inputs, output folder, range and disk space."""
    found: list[Problem] = []
    video = _probed(request.video, "video", found)
    audio = _probed(request.audio, "audio", found)
    if request.engine not in LIP_SYNC.names:
        known = ", ".join(LIP_SYNC.names)
        found.append(
            Problem(
                code="unknown-name",
                message=f"There is no engine named {request.engine!r}.",
                remedy=f"Known: {known}.",
            )
        )
    if request.face is not None and request.face < 0:
        found.append(
            Problem(
                code="bad-input",
                message=f"Face {request.face} cannot be: faces count from 0.",
                remedy="List them with: latentsync-studio faces FILE",
            )
        )
    found += _output_problems(request)
    if video is not None and audio is not None and not found:
        found += _room_problems(request, video, services)
    return tuple(found)


def _probed(path: Path, kind: str, found: list[Problem]) -> MediaFacts | None:
    """Facts of a file that must have a `kind` stream; problems go to `found`."""
    try:
        facts = probe(path)
    except StudioError as error:
        found.append(Problem(code=error.code, message=str(error), remedy=error.remedy))
        return None
    if kind == "video" and facts.video is None:
        found.append(
            Problem(
                code="no-picture",
                message=f"{str(path)!r} has sound, but no picture.",
                remedy="Give the clip of someone talking first, then the speech.",
            )
        )
    if kind == "audio" and facts.audio is None:
        found.append(
            Problem(
                code="no-sound",
                message=f"{str(path)!r} has no sound.",
                remedy="Give a file with the new speech as the second argument.",
            )
        )
    return facts


def _output_problems(request: RenderRequest) -> Iterator[Problem]:
    output, folder = request.output, request.output.parent
    if output.suffix.lower() not in CONTAINERS:
        yield Problem(
            code="bad-output",
            message=f"The output {output.name!r} does not end in one of {', '.join(CONTAINERS)}.",
            remedy=f"Write to {output.stem or 'result'}.mp4, for instance.",
        )
    if output.is_dir():
        yield Problem(
            code="bad-output",
            message=f"The output {output} is a folder.",
            remedy=f"Name a file in it: {output / 'result.mp4'}",
        )
    for given in (request.video, request.audio):
        if output.exists() and given.exists() and output.samefile(given):
            yield Problem(
                code="output-is-input",
                message=f"The output {output} is the input {given}; it would be overwritten.",
                remedy="Choose another name for the output.",
            )
    if not folder.is_dir():
        yield Problem(
            code="bad-output",
            message=f"The folder {folder} of the output does not exist.",
            remedy="Make the folder, or choose another output.",
        )
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield Problem(
            code="bad-output",
            message=f"The folder {folder} of the output cannot be written to.",
            remedy="Choose another output, or change the folder's permissions.",
        )


def _room_problems(
    request: RenderRequest, video: MediaFacts, services: Services
) -> Iterator[Problem]:
    for error in check_room(request.output.parent, services.store.root, video):
        yield Problem(code=error.code, message=str(error), remedy=error.remedy)
