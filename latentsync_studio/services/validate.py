"""Find every problem of a render before work begins, each with what to do about it."""

from __future__ import annotations

import os
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec

from latentsync_studio.core.delivery.codecs import FOLDER, SUFFIXES
from latentsync_studio.core.errors import InputError, StudioError, UnknownNameError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.length import map_frames
from latentsync_studio.media.output import suffix_of
from latentsync_studio.media.part_folder import refuse_others
from latentsync_studio.media.picture_folder import SOUND_SUFFIX, is_of_run
from latentsync_studio.media.probe import survey
from latentsync_studio.media.soundtrack import AudioPlan, Soundtrack
from latentsync_studio.media.target import choose_target
from latentsync_studio.services.analyse import stored_people
from latentsync_studio.services.disk_room import check_room
from latentsync_studio.services.mask_files import FileMasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.media.probe import Survey
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.wiring import Services


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
    """Everything that is wrong with inputs, output, length, range and disk space."""
    found: list[Problem] = []
    video = _surveyed(request.video, "video", found)
    audio = _surveyed(request.audio, "audio", found)
    found += _engine_problems(request, services)
    found += _choice_problems(request, video, services)
    found += _transcript_problems(request)
    encode = request.settings.encode
    inputs = request.video, request.audio, *(mask.path for mask in request.masks)
    found += output_problems(request.output, inputs, encode)
    if video is not None and audio is not None:
        found += _length_problems(request, video, audio, services)
    if audio is not None:
        found += _sound_problems(request)
    if video is not None:
        found += _target_problems(request, video)
        found += _mask_problems(request, video)
    return tuple(found)


def _surveyed(path: Path, kind: Literal["video", "audio"], found: list[Problem]) -> Survey | None:
    """Facts and frames of a file that must have a `kind` stream; problems go to `found`."""
    try:
        seen = survey(path)
        seen.facts.require(kind)
    except StudioError as error:
        found.append(problem_of(error))
        return None
    return seen


def problem_of(error: StudioError) -> Problem:
    """The error as a problem."""
    return Problem(code=error.code, message=str(error), remedy=error.remedy)


def _engine_problems(request: RenderRequest, services: Services) -> Iterator[Problem]:
    """Whether the engine is known and can run with its weights."""
    engines, obstacle = services.engines.chosen(request.weights), None
    try:
        obstacle = engines.obstacle(request.settings.engine)
    except UnknownNameError as error:
        obstacle = error
    if obstacle is not None:
        yield problem_of(obstacle)


def _choice_problems(
    request: RenderRequest, video: Survey | None, services: Services
) -> Iterator[Problem]:
    """Whether there is such a face, as far as is known before the clip is analysed."""
    if request.face is None:
        return
    if request.face < 0:
        yield Problem(
            code="bad-input",
            message=f"Face {request.face} cannot be: faces count from 0.",
            remedy="List them with: latentsync-studio faces FILE",
        )
    elif video is not None and video.index is not None:
        digest = services.digests.digest(request.video)
        people = stored_people(digest, video.index.n_frames, services.store)
        if people and request.face >= len(people):
            yield problem_of(no_such_face(request.face, len(people)))


def no_such_face(number: int, count: int) -> InputError:
    """The error for a face that a clip of `count` people does not have."""
    return InputError(
        f"There is no face {number}; the clip has {count}.",
        remedy="List them with: latentsync-studio faces FILE --sheet faces.png",
    )


def _transcript_problems(request: RenderRequest) -> Iterator[Problem]:
    """Whether what is needed for a transcript is there, and speaks its language."""
    if not request.transcript:
        return
    from latentsync_studio.engines.speech_shapes.espeak import require_language

    try:
        require_language(request.language)
    except StudioError as error:
        yield problem_of(error)


def _length_problems(
    request: RenderRequest, video: Survey, audio: Survey, services: Services
) -> Iterator[Problem]:
    """What the length policy makes of both lengths, whether the range fits, whether the disk."""
    index, sound = video.index, audio.facts.audio
    if index is None or sound is None:
        return
    seconds = Fraction(sound.duration_s or audio.facts.duration_s).limit_denominator(10**6)
    policy = request.settings.length_policy
    try:
        plan = map_frames(index.pts, index.end_pts, index.time_base, seconds, policy)
        frames = delivered(request, len(plan.source))
    except StudioError as error:
        yield problem_of(error)
        return
    try:
        folder = request.output.parent
        room = check_room(folder, services.store.root, video.facts, frames=len(frames))
    except OSError:
        return  # the output's own problem says it
    yield from map(problem_of, room)


def _sound_problems(request: RenderRequest) -> Iterator[Problem]:
    """Whether the chosen audio codec fits the container."""
    encode = request.settings.encode
    plan = AudioPlan(source=request.audio, codec=encode.audio)
    suffix = suffix_of(request.output, encode)
    try:
        if suffix in {FOLDER, *SUFFIXES}:
            Soundtrack(plan, suffix or SOUND_SUFFIX)
    except StudioError as error:
        yield problem_of(error)


def _target_problems(request: RenderRequest, video: Survey) -> Iterator[Problem]:
    """Whether the chosen codec, depth and chroma fit the container and the picture."""
    encode = request.settings.encode
    suffix = suffix_of(request.output, encode)
    try:
        if suffix in {FOLDER, *SUFFIXES} and video.facts.video is not None:
            choose_target(video.facts, encode, suffix)
    except StudioError as error:
        yield problem_of(error)


def _mask_problems(request: RenderRequest, video: Survey) -> Iterator[Problem]:
    """Mask files that cannot be read, or do not fit the video."""
    facts = video.facts.video
    if facts is None:
        return
    for mask in request.masks:
        try:
            FileMasks.load([mask], (facts.width, facts.height))
        except StudioError as error:
            yield problem_of(error)


def delivered(request: RenderRequest, count: int) -> FrameRange:
    """The output frames of `--range`, or all `count` of them; raise InputError beyond the end."""
    if request.frames is None:
        return FrameRange(0, count)
    if request.frames.stop > count:
        raise InputError(
            f"The range {request.frames.start}:{request.frames.stop} reaches beyond the output,"
            f" which has {count} frames.",
            remedy=f"Choose a range within 0:{count}.",
        )
    return request.frames


def output_problems(output: Path, inputs: Iterable[Path], encode: EncodeSettings) -> list[Problem]:
    """What is wrong with where a movie is to be written; it must be none of its inputs."""
    try:
        wants_folder = suffix_of(output, encode) == FOLDER
        named = _folder_problems(output) if wants_folder else _file_problems(output)
        return [*named, *_place_problems(output, inputs)]
    except OSError as error:  # a name too long, a loop of links, a drive that is gone
        message = f"The output {output} cannot be: {error.strerror or error}."
        return [Problem(code="bad-output", message=message, remedy="Choose another output.")]


def _file_problems(output: Path) -> Iterator[Problem]:
    if output.suffix.lower() not in SUFFIXES:
        yield Problem(
            code="bad-output",
            message=f"The output {output.name!r} does not end in one of {', '.join(SUFFIXES)}.",
            remedy=f"Write to {output.stem or 'result'}.mp4, for instance.",
        )
    if output.is_dir():
        yield Problem(
            code="bad-output",
            message=f"The output {output} is a folder.",
            remedy=f"Name a file in it: {output / 'result.mp4'}",
        )


def _folder_problems(output: Path) -> Iterator[Problem]:
    try:
        refuse_others(output, partial(is_of_run, output))
    except StudioError as error:
        yield problem_of(error)


def _place_problems(output: Path, inputs: Iterable[Path]) -> Iterator[Problem]:
    folder = output.parent
    for given in inputs:
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
