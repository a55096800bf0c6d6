"""How far a redrawn mouth has to be sharpened to be as sharp as its limit asks: solved, not set.

    a few frames of the span  ->  composed with more skin detail and sharpening  ->  their sharpness
    bisection  ->  the least amount with which all of them are within the limit

Stored patches are composed; no engine draws anything. Detail and sharpening bring back what a blur
took from the skin and edges of lips and teeth that are there; they invent none.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.core.quality.measures import measure
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.core.timeline.edits.weakening import sharpen
from latentsync_studio.imaging.quality.face_crop import mouth_luma
from latentsync_studio.imaging.quality.sharpness import sharpness
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.quality.kept import load_clip
from latentsync_studio.services.quality.meter import FrameMeter
from latentsync_studio.services.quality.of_clip import open_clip
from latentsync_studio.services.timeline.takes import placed

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.quality.of_clip import ClipWork
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services

MARGIN: Final = 1.03  # of the limit: frames between those that are looked at may be a bit softer
_MOST_FRAMES: Final = 8  # that are looked at
_STEPS: Final = 6  # of the bisection: an amount within 1/64
_MEASURE: Final = measure("sharpness")
STAGE: Final = "sharpen"


class Sharpening(NamedTuple):
    """What has to be done to a span, and what it comes to.

    Attributes:
        amount: for `core.timeline.edits.weakening.sharpen`, 0..1.
        before: least sharpness of the frames that were looked at, as a share of the source's.
        after: the same with that amount.
    """

    amount: float
    before: float
    after: float


class _Frame(NamedTuple):
    """A frame that is looked at: its number in the clip, what it is made of, the source's own."""

    number: int
    picture: Picture
    patches: list[Patch | None]
    source: float


def solve_sharpening(
    project: Project,
    where: tuple[SequenceId, ClipId, FrameRange],
    services: Services,
    takes: TakeCache,
    progress: Progress,
) -> Sharpening:
    """Find the least sharpening of a span with which it is within its limit of sharpness.

    Looks at up to 8 frames: where the clip was measured at those that are the least sharp beside
    their source, else at some evenly spaced ones; composes each up to 8 times.

    Args:
        project: the document.
        where: sequence, clip, and frames of the medium's grid.
        services: the store in which measures are kept.
        takes: share opened engines with others.
        progress: told of stage "sharpen"; may cancel.

    Raises:
        NothingToDoError: the span is within its limit, the most there is does not reach it, or
            nothing of the span is synthesized; the message has the numbers.
        InputError: the medium is offline or unreadable.
        InvalidEditError: there is no such clip.
        Cancelled: the user stopped it.
    """
    sequence_id, clip_id, frames = where
    work = open_clip(project, sequence_id, clip_id, takes, progress)
    limit = settings_of(project, work.clip).quality.sharpness
    seen = _frames(work, _numbers(work, frames, services), progress)
    if not seen:
        raise NothingToDoError(
            "Nothing of this span is synthesized, or no face is seen in it.",
            remedy="Synthesize it first.",
        )
    tries = 0

    def reached(amount: float) -> float:
        nonlocal tries
        tries += 1
        progress.report(STAGE, tries, _STEPS + 2)
        trial = sharpen(project, clip_id, frames, amount)
        _, _, clip = placed(trial, sequence_id, clip_id)
        look = LookPlan.of(trial, clip, takes.paintings)
        return _least(replace(work, clip=clip, look=look), seen, progress)

    before, most = _ends(reached, limit)
    amount, after = _bisected(reached, limit * MARGIN, most)
    return Sharpening(amount, before, after)


def _ends(reached: Callable[[float], float], limit: float) -> tuple[float, float]:
    """What is reached without sharpening and with the most; refused where neither helps."""
    before = reached(0.0)
    if before >= limit * MARGIN:
        raise NothingToDoError(
            f"This span has {before:.2f} of the source's sharpness already; {limit:g} is asked"
            " for.",
            remedy="Measure the clip again.",
        )
    most = reached(1.0)
    if most < limit * MARGIN:
        raise NothingToDoError(
            f"The most sharpening comes to {most:.2f} of the source's sharpness;"
            f" {limit:g} is the limit, and it was {before:.2f} before.",
            remedy="Draw the span again with another seed or engine.",
        )
    return before, most


def _bisected(reached: Callable[[float], float], wanted: float, most: float) -> tuple[float, float]:
    """The least amount that reaches what is wanted, and what it reaches; 1.0 reaches `most`."""
    low, high, after = 0.0, 1.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        value = reached(middle)
        if value >= wanted:
            high, after = middle, value
        else:
            low = middle
    return high, after


def _numbers(work: ClipWork, frames: FrameRange, services: Services) -> list[int]:
    """Which frames are looked at, counted from the clip's first one, rising."""
    first, every = work.clip.source.start, FrameMeter.for_rate(work.rate).every
    span = frames.intersection(work.clip.source)
    if span is None:
        return []
    due = [frame - first for frame in span if frame % every == 0] or [span.start - first]
    known = load_clip(work.key(), services)
    if known is None:
        picked = np.linspace(0, len(due) - 1, min(_MOST_FRAMES, len(due))).round().astype(int)
        return [due[k] for k in picked]
    curve = known.curve(_MEASURE.id)
    judged = _MEASURE.judged(curve.result[due], curve.source[due])
    order = np.argsort(np.where(np.isnan(judged), np.inf, judged), kind="stable")
    return sorted(due[k] for k in order[:_MOST_FRAMES])


def _frames(work: ClipWork, numbers: list[int], progress: Progress) -> list[_Frame]:
    """Those of them that are drawn and show a face."""
    found = []
    with closing(work.pictures(progress, numbers)) as pictures:
        for number, (picture, patches) in zip(numbers, pictures, strict=True):
            own = _sharpness(work, picture, picture.index)
            if patches is not None and own is not None:
                found.append(_Frame(number, picture, patches, own))
    return found


def _least(work: ClipWork, seen: list[_Frame], progress: Progress) -> float:
    """The least sharpness of the frames as they would be composed, beside the source's."""
    judged = []
    for each in seen:
        progress.check()
        result = work.composed(each.number, each.picture, each.patches, [])
        value = _sharpness(work, result, each.picture.index)
        if value is not None:
            judged.append(float(_MEASURE.judged(value, each.source)))
    return min(judged)


def _sharpness(work: ClipWork, picture: Picture, index: int) -> float | None:
    """Of the mouth of the first face; None where it is not seen."""
    face = work.face.face
    part = mouth_luma(picture, face.landmarks[index]) if face.present[index] else None
    return None if part is None else sharpness(part, picture.format.bits)
