"""The timeline files of a package: what is asked for, what comes of it, and what that will lose."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.services.delivery.clip_movie import ClipPlan
from latentsync_studio.services.delivery.names import plain_name
from latentsync_studio.services.delivery.requests import TimelineLosses
from latentsync_studio.services.interchange.requests import Delivered, TimelineRequest
from latentsync_studio.services.timeline.takes import TakeCache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.core.timeline import model
    from latentsync_studio.interchange.output import File
    from latentsync_studio.services.delivery.requests import ClipMovieRequest, PackageRequest
    from latentsync_studio.services.wiring import Services

_RELATIVE: Final = frozenset({"fcpxml", "otio", "mlt"})  # formats whose hosts find media so


@dataclass(frozen=True, slots=True)
class MadeTimeline:
    """The files of one timeline of a package, none where it cannot be made, and its losses."""

    files: tuple[File, ...]
    told: TimelineLosses


def made_timeline(
    request: PackageRequest,
    project: model.Project,
    placements: Mapping[model.ClipId, Delivered],
    folder: str,
    name: str,
) -> MadeTimeline:
    """One timeline of a package; nothing is written.

    Args:
        request: of the package.
        project: as the timeline shows it.
        placements: rendered files by clip.
        folder: of the timeline in the package.
        name: "format" or "format/flavour".
    """
    from latentsync_studio.interchange.formats import find_format
    from latentsync_studio.services.interchange.write import timeline_files

    kind, _, flavour = name.partition("/")
    title = plain_name(find_sequence(project, request.sequence).name, "cut")
    file = f"{f'{title}.{flavour}' if flavour else title}{find_format(kind).suffix}"
    asked = TimelineRequest(
        sequence=request.sequence,
        output=request.output.absolute() / folder / file,
        format=kind,
        flavour=flavour,
        relative=kind in _RELATIVE,
        frames=request.frames,
        placements=placements,
    )
    where = f"{folder}/{file}"
    try:
        made = timeline_files(project, asked)
    except InputError as error:  # nothing to say in this format, as captions without words
        return MadeTimeline((), TimelineLosses(file=where, losses=(f"Not written: {error}",)))
    if not any(file.data.strip() for file in made.files):
        return MadeTimeline((), TimelineLosses(file=where, losses=("Not written.", *made.losses)))
    return MadeTimeline(made.files, TimelineLosses(file=where, losses=made.losses))


def foreseen_losses(
    request: PackageRequest,
    clips: Mapping[str, list[ClipMovieRequest]],
    services: Services,
) -> tuple[TimelineLosses, ...]:
    """What the timelines will not hold, before anything is rendered.

    Args:
        request: of the package.
        clips: the files to render of each folder that has timelines.
        services: to look at the media with.

    Raises:
        StudioError: as `ClipPlan` does.
    """
    takes = TakeCache(services)
    placed = {
        folder: {each.clip: _foreseen(each, takes) for each in wanted}
        for folder, wanted in clips.items()
    }
    found = (
        made_timeline(request, request.project, placements, folder, name).told
        for folder, placements in placed.items()
        for name in request.formats
    )
    return tuple(each for each in found if each.losses)


def _foreseen(wanted: ClipMovieRequest, takes: TakeCache) -> Delivered:
    """A file that will be rendered, as timelines place it."""
    plan = ClipPlan(wanted, takes)
    rate = plan.sequence.rate
    return Delivered(
        path=wanted.output,
        role="patch" if wanted.part == "patch" else "clip",
        rate=rate,
        frames=len(plan.span.frames),
        begins=Fraction(plan.span.source.start) / rate.fraction,
        first_label=plan.label.frame,
        is_drop=plan.label.is_drop,
        reel=plan.reel,
        width=plan.target.width,
        height=plan.target.height,
        has_alpha=wanted.part == "patch",
    )
