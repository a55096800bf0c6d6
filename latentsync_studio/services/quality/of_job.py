"""What is known of the quality of what a job made: of a render as a whole, of a cut clip by clip.

Nothing is measured here. A render measures itself and its figures lie beside the jobs; clips of a
cut are measured by whoever looks at them, and the figures lie in the store under everything that
shapes their pictures: what is found there holds for the movie, whenever it was measured.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.errors import Cancelled, NothingToDoError, StudioError
from latentsync_studio.core.quality.gate import is_same_span, judge
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.services.job_requests import request_of
from latentsync_studio.services.mask_tiles import tiles_of
from latentsync_studio.services.quality.kept import load_movie

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.core.quality.gate import Attention
    from latentsync_studio.core.timeline.model import Clip, ClipId, Sequence
    from latentsync_studio.services.job_requests import OfProject
    from latentsync_studio.services.request import RenderRequest
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.storage.jobs import Job

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPart:
    """A clip of what a job made, or all of it.

    Attributes:
        name: of the clip; "" where the movie is one.
        clip: its id; None likewise.
        medium: path of what the clip shows; ids alone are the same in many projects.
        quality: in the clip's own frames, of all of the clip.
        at: what is added to a frame of it for one of the sequence, or of the movie that is one.
        attentions: spans of the job's frames that need somebody and that nobody has accepted.
    """

    name: str
    clip: ClipId | None
    quality: ClipQuality
    at: int
    attentions: tuple[Attention, ...]
    medium: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQuality:
    """What is known of what a job made.

    Attributes:
        parts: that were measured, in the order of their frames.
        unmeasured: names of redrawn clips of which nothing is known.
        rate: frames a second of the sequence, or of the movie.
        sequence: as the job had it; None where a movie was redrawn as one.
    """

    parts: tuple[MeasuredPart, ...]
    unmeasured: tuple[str, ...] = ()
    rate: Fraction = Fraction(25)
    sequence: Sequence | None = None

    @property
    def needy(self) -> int:
        """Spans that need somebody."""
        return sum(len(part.attentions) for part in self.parts)

    @property
    def worst(self) -> MeasuredPart | None:
        """The part with most frames that need somebody; of equal ones whose mouth follows least."""
        return max(self.parts, key=_trouble, default=None)


def _trouble(part: MeasuredPart) -> tuple[int, float]:
    frames = sum(len(each.frames) for each in part.attentions)
    agreement = part.quality.figure("agreement").result
    return frames, -1.0 if np.isnan(agreement) else -agreement


def quality_of_job(
    job: Job, services: Services, takes: TakeCache, progress: Progress
) -> JobQuality | None:
    """What is known now; None where the job draws no mouths, or what it was is lost.

    Reads the store, opens media and no engine; for a worker's thread.

    Raises:
        Cancelled: stopped.
    """
    from latentsync_studio.services.request import RenderRequest

    try:
        request = request_of(job)
        if isinstance(request, RenderRequest):
            return _of_render(request, services)
        with tiles_of(services.jobs.snapshot(job.id), services.paintings):
            return _of_project(request, services, takes, progress)
    except Cancelled:
        raise
    except StudioError as error:
        log.info("quality of job %s: %s", job.id[:8], error)
        return None


def _of_render(request: RenderRequest, services: Services) -> JobQuality | None:
    from latentsync_studio.services.render import job_id

    found = load_movie(job_id(request), services)
    if found is None:
        return None
    verdict = judge(found, request.settings.quality)
    part = MeasuredPart(name="", clip=None, quality=found, at=0, attentions=verdict.attentions)
    return JobQuality(parts=(part,), rate=found.rate)


def _of_project(
    request: OfProject, services: Services, takes: TakeCache, progress: Progress
) -> JobQuality | None:
    project, sequence = request.project, find_sequence(request.project, request.sequence)
    parts: list[MeasuredPart] = []
    unmeasured: list[str] = []
    for clip, frames in _redrawn(request):
        item = find_media(project, clip.media)
        name = clip.name or item.name
        try:
            found = _kept(request, clip, services, takes, progress)
        except NothingToDoError:
            continue
        if found is None:
            unmeasured.append(name)
            continue
        at = clip.start - clip.source.start
        attentions = tuple(
            each
            for each in judge(found, settings_of(project, clip).quality).attentions
            if each.frames.shifted(at).intersection(frames)
            and not any(is_same_span(each.id, accepted) for accepted in clip.accepted)
        )
        parts.append(
            MeasuredPart(
                name=name,
                clip=clip.id,
                quality=found,
                at=at,
                attentions=attentions,
                medium=item.path,
            )
        )
    if not parts and not unmeasured:
        return None
    return JobQuality(
        parts=tuple(sorted(parts, key=lambda part: part.quality.frames.start + part.at)),
        unmeasured=tuple(unmeasured),
        rate=sequence.rate.fraction,
        sequence=sequence,
    )


def _kept(
    request: OfProject, clip: Clip, services: Services, takes: TakeCache, progress: Progress
) -> ClipQuality | None:
    """What the store knows of a clip; NothingToDoError where nothing of it is redrawn."""
    from latentsync_studio.services.quality.of_clip import kept_quality

    progress.check()
    where = request.project, request.sequence, clip.id
    try:
        if not takes.get(*where, progress, analyse=False).is_analysed:
            return None
        return kept_quality(*where, services, takes, progress)
    except (Cancelled, NothingToDoError):
        raise
    except StudioError as error:  # offline, for instance: others go on
        log.info("quality of %s: %s", clip.id, error)
        return None


def _redrawn(request: OfProject) -> Iterator[tuple[Clip, FrameRange]]:
    """Clips whose mouths follow a lane, with the frames that the job is about."""
    from latentsync_studio.services.timeline.movie_target import used_clips
    from latentsync_studio.services.timeline.synthesize import driven_clips

    sequence = find_sequence(request.project, request.sequence)
    if not sequence.stop:
        return
    wanted = frames if (frames := request.frames) is not None else FrameRange(0, sequence.stop)
    chosen = getattr(request, "clips", ()) or tuple(filter(None, [getattr(request, "clip", "")]))
    driven = set(driven_clips(request.project, sequence.id))
    for track, clip in used_clips(sequence, wanted):
        shown = clip.placed.intersection(wanted)
        is_chosen = not chosen or clip.id in chosen
        if track.kind == "video" and shown is not None and is_chosen and clip.id in driven:
            yield clip, shown
