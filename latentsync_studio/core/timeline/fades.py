"""Where a chosen take begins or ends, both mouths are shown for some frames, one less and less.

    take        . . . . . . |t t t t t t t t t| . . . . .
    share of it 0 0 .1 .4 .6 .9 1 1 1 1 1 .9 .6 .4 .1 0 0      of the right one at each border
                    <--- fade --->        <--- fade --->

A fade lies around a border inside of what the clip shows, as far on both sides. Where a clip begins
or ends nothing fades: there the picture itself changes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.takes import settings_with
from latentsync_studio.core.timeline.takes import chosen_takes, pieces_of

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.core.timeline.takes import SpanTake


class TakeFade(NamedTuple):
    """Frames in which one take goes over into another.

    Attributes:
        frames: of the medium's grid.
        left: the take that held before, None for the clip's own settings.
        right: the one that holds afterwards.
    """

    frames: FrameRange
    left: SpanTake | None
    right: SpanTake | None

    def share_at(self, frame: int) -> float:
        """How much of the right one is shown, 0..1; the middles of the frames count."""
        return (frame - self.frames.start + 0.5) / len(self.frames)


def fades_of(project: Project, clip: Clip) -> tuple[TakeFade, ...]:
    """The fades of a clip by their first frames; none overlaps another.

    A take has as long ones as its settings say (`take_fade`), the shorter of both where two meet,
    and never more than half of what lies between two borders.

    Raises:
        InvalidSettingError: a setting of a chosen take is unknown here or out of its limits.
    """
    if not chosen_takes(clip.takes):
        return ()
    found = []
    for (before, left), (after, right) in pairwise(pieces_of(clip.takes, clip.source)):
        most = min(settings_with(project, clip, take).take_fade for take in (left, right) if take)
        half = min(most, len(before) // 2, len(after) // 2)
        if half:
            frames = FrameRange(after.start - half, after.start + half)
            found.append(TakeFade(frames, left, right))
    return tuple(found)


def with_fades(project: Project, clip: Clip, frames: FrameRange) -> FrameRange:
    """Frames of the medium's grid, longer by the fades that reach beyond them."""
    start, stop = frames.start, frames.stop
    for fade in fades_of(project, clip):
        if fade.frames.intersection(frames) is not None:
            start, stop = min(start, fade.frames.start), max(stop, fade.frames.stop)
    return FrameRange(start, stop)
