"""A sequence as a folder for other editors: layers, clips, timelines, and what they have to know.

    NAME/  layers/  clips/  timelines/layers/  timelines/clips/  reference/  media/
           README.md  contact-sheet.png  receipt.json

It appears when all of it is there. Encoded segments and patches stay in the store, so that a
package that was interrupted is made again in the time that copying takes.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from latentsync_studio.core.delivery.codecs import CODECS
from latentsync_studio.core.errors import Cancelled, NothingToDoError, StorageError, StudioError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.showing import drivers_of
from latentsync_studio.services.delivery.clip_movie import ClipPlan
from latentsync_studio.services.delivery.packing import Packing, clip_request, timeline_folder
from latentsync_studio.services.delivery.receipt import is_of_older
from latentsync_studio.services.delivery.requests import (
    ClipMovieRequest,
    PackageReport,
    PackageRequest,
    TimelineLosses,
)
from latentsync_studio.services.delivery.timelines import foreseen_losses
from latentsync_studio.services.disk_room import RoomNeeded, check_needed, estimate_room
from latentsync_studio.services.timeline.ahead import draw_ahead, place_of
from latentsync_studio.services.timeline.movie_target import used_clips
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.validate import Problem, ValidationError, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Clip, Sequence
    from latentsync_studio.services.timeline.requests import FrameDone
    from latentsync_studio.services.wiring import Services

    Finished: TypeAlias = Callable[[FrameDone], None] | None

__all__ = ["PackageReport", "PackageRequest", "export_package", "package_problems", "packed_clips"]

_OF_THE_PICTURE = 0.2  # that a layer covers, generously


def export_package(
    request: PackageRequest,
    services: Services,
    progress: Progress,
    finished: Finished = None,
    takes: TakeCache | None = None,
    *,
    owner: str = "",
) -> PackageReport:
    """Make the folder; what is not drawn yet is drawn on the way.

    Args:
        request: what.
        services: store, digests, budget.
        progress: told of "analyse", "speech" and "render" (frames of all files together).
        finished: told of every frame that is drawn on the way.
        takes: share opened engines with others.
        owner: the job that this is, see `export_movie`.

    Raises:
        ValidationError: with every problem found before work begins.
        Cancelled: stopped; nothing is left of the folder, and the same request goes on quickly.
        DiskFullError, StorageError: a disk refuses; the same request goes on after that.
    """
    from latentsync_studio.media.part_folder import PartFolder

    problems = package_problems(request, services)
    if problems:
        raise ValidationError(problems)
    own = owner or f"package-{cache_key('package', output=request.output.absolute())[:16]}"
    mine = replace(services, store=services.store.owned_by(own))
    place = place_of(request, mine, takes)
    output = request.output.absolute()
    with PartFolder(output, partial(is_of_older, output)) as part:
        clips = packed_clips(request)
        packing = Packing(request, clips, place.services, progress, place.takes)
        try:
            names = tuple(clip.id for clip in clips)
            draw_ahead(request, place, progress, finished, clips=names, frames=request.frames)
            report = packing.run(part, finished, own)
            part.commit()
        except Cancelled:
            part.discard()
            raise
        except Exception as error:
            error.add_note(part.kept.strip())
            raise
    if not owner:
        with suppress(StorageError):  # pins also end by themselves
            services.store.unpin(own)
    return report


def package_problems(request: PackageRequest, services: Services) -> tuple[Problem, ...]:
    """Everything that keeps a package from beginning, each with what to do about it."""
    found: list[Problem] = list(_place_problems(request))
    try:
        sequence = find_sequence(request.project, request.sequence)
        _require_formats(request)
        clips = packed_clips(request)
    except StudioError as error:
        return (*found, problem_of(error))
    takes, room = TakeCache(services), RoomNeeded(store=0, output=0)
    for wanted, share in _files(request, sequence, clips):
        try:
            room = _added(room, ClipPlan(wanted, takes), share)
        except StudioError as error:
            found.append(problem_of(error))
    with suppress(OSError):  # the folder's own problem says it
        lacking = check_needed(request.output.absolute().parent, services.store.root, room)
        found += [problem_of(error) for error in lacking]
    unique = {(problem.code, problem.message): problem for problem in found}
    return tuple(unique.values())


def package_bytes(request: PackageRequest, services: Services) -> int:
    """Bytes of all rendered files and copies, roughly. Raises as `ClipPlan` does."""
    sequence, clips = find_sequence(request.project, request.sequence), packed_clips(request)
    takes, room = TakeCache(services), RoomNeeded(store=0, output=0)
    for wanted, share in _files(request, sequence, clips):
        room = _added(room, ClipPlan(wanted, takes), share)
    if not request.copy_media:
        return room.output
    frames = request.frames or _whole(sequence)
    used = {clip.media for _, clip in used_clips(sequence, frames)}
    return room.output + sum(item.size for item in request.project.media if item.id in used)


def package_losses(request: PackageRequest, services: Services) -> tuple[TimelineLosses, ...]:
    """What the timelines will not hold, told before anything is made. Raises as `ClipPlan` does."""
    sequence = find_sequence(request.project, request.sequence)
    wanted: dict[str, list[ClipMovieRequest]] = {}
    for part in request.parts:
        wanted[timeline_folder(part)] = [
            clip_request(request, sequence, clip, part, number)
            for number, clip in enumerate(packed_clips(request), 1)
        ]
    return foreseen_losses(request, wanted, services)


def _files(
    request: PackageRequest, sequence: Sequence, clips: tuple[Clip, ...]
) -> Iterator[tuple[ClipMovieRequest, float]]:
    """What is rendered, with the share of the picture that is not black."""
    for clip in clips:
        for part in request.parts:
            share = _OF_THE_PICTURE if part == "patch" else 1.0
            yield clip_request(request, sequence, clip, part), share


def _added(room: RoomNeeded, plan: ClipPlan, share: float) -> RoomNeeded:
    a_pixel = CODECS[plan.target.codec].bytes_per_pixel * share
    more = estimate_room(plan.facts, len(plan.span.frames), a_pixel)
    return RoomNeeded(store=room.store + more.store, output=room.output + more.output)


def _place_problems(request: PackageRequest) -> Iterator[Problem]:
    """What is wrong with the folder; it must be new, empty, or an older package."""
    from latentsync_studio.media.part_folder import refuse_others

    folder = request.output.absolute()
    try:
        refuse_others(folder, partial(is_of_older, folder))
        is_there = folder.parent.is_dir()
        is_open = is_there and os.access(folder.parent, os.W_OK | os.X_OK)
    except StudioError as error:
        yield problem_of(error)
        return
    except OSError as error:
        message = f"The folder {folder} cannot be: {error.strerror or error}."
        yield Problem(code="bad-output", message=message, remedy="Choose another folder.")
        return
    if not is_open:
        what = "cannot be written to" if is_there else "does not exist"
        yield Problem(
            code="bad-output",
            message=f"The folder {folder.parent}, in which the package is to lie, {what}.",
            remedy="Choose another place, or make the folder.",
        )


def _require_formats(request: PackageRequest) -> None:
    """Raise UnknownNameError where a format or flavour does not exist."""
    from latentsync_studio.interchange.formats import find_format

    for name in request.formats:
        kind, _, flavour = name.partition("/")
        find_format(kind).chosen_flavour(flavour)


def packed_clips(request: PackageRequest) -> tuple[Clip, ...]:
    """The clips that are rendered, in the order of the timeline.

    Raises:
        NothingToDoError: nothing drives any of them.
    """
    sequence = find_sequence(request.project, request.sequence)
    shown = request.frames or _whole(sequence)
    chosen = [
        clip
        for track, clip in used_clips(sequence, shown)
        if track.kind == "video"
        and (not request.clips or clip.id in request.clips)
        and drivers_of(request.project, sequence, track, clip)
    ]
    if not chosen:
        raise NothingToDoError(
            "There is no clip in this range whose lips a speech drives.",
            remedy="Lay speech under a clip and let its track drive the lips.",
        )
    return tuple(sorted(chosen, key=lambda clip: clip.start))


def _whole(sequence: Sequence) -> FrameRange:
    if sequence.stop == 0:
        raise NothingToDoError(
            f"{sequence.name} is empty.", remedy="Lay a clip on the timeline first."
        )
    return FrameRange(0, sequence.stop)
