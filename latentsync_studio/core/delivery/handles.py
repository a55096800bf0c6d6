"""Clips with handles: which frames of a medium are rendered, and which time code they get."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.rate import FrameRate, converted
from latentsync_studio.core.timeline.showing import reach_of
from latentsync_studio.core.timeline.timecode import can_drop, from_timecode, to_timecode

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip, MediaItem, Track

DEFAULT_S = 1.0


class Handled(NamedTuple):
    """Frames of a clip with its handles.

    Attributes:
        frames: on the sequence, counted from its first one; may begin before it.
        source: the same frames on the grid in the medium's own time.
        before: frames before the clip begins.
        after: frames behind its end.
    """

    frames: FrameRange
    source: FrameRange
    before: int
    after: int


class Label(NamedTuple):
    """Time code of a file's first frame, at the grid's rate."""

    frame: int
    is_drop: bool

    def text(self, rate: FrameRate) -> str:
        """As it is written."""
        return to_timecode(self.frame, rate, drop=self.is_drop)


def handled(
    track: Track,
    clip: Clip,
    item: MediaItem,
    grid: FrameRate,
    seconds: float,
    within: FrameRange | None = None,
) -> Handled:
    """A clip with `seconds` of handles, more where a dissolve reaches further.

    Handles end where the medium does; a still has none that end.

    Args:
        track: of the clip.
        clip: whose frames.
        item: its medium.
        grid: rate of the sequence.
        seconds: of handles on each side.
        within: only what the clip shows of these frames of the sequence counts as the clip.
    """
    reach, by = reach_of(track, clip), clip.source.start - clip.start
    shown = clip.placed if within is None else clip.placed.intersection(within) or clip.placed
    wanted = max(-int(-seconds * grid.fraction // 1), 0)
    start, stop = shown.start - wanted, shown.stop + wanted
    if shown.start == clip.start:
        start = min(start, reach.start)
    if shown.stop == clip.stop:
        stop = max(stop, reach.stop)
    available = item.available("video", grid)
    start = max(start, -by)
    if available is not None:
        stop = min(stop, max(available - by, shown.stop))
    frames = FrameRange(start, stop)
    return Handled(frames, frames.shifted(by), shown.start - start, stop - shown.stop)


def label_at(item: MediaItem, grid: FrameRate, frame: int) -> Label:
    """Time code of a grid frame of a medium's own time: its embedded one goes on.

    Without an embedded time code the medium's first frame counts as 0, as hosts do it.
    """
    video = item.video
    if video is None or not video.timecode:
        return Label(frame, is_drop=False)
    dropped = ";" in video.timecode
    with suppress(InputError):
        start = from_timecode(video.timecode, video.rate, drop=dropped and can_drop(video.rate))
        return Label(converted(start, video.rate, grid) + frame, dropped and can_drop(grid))
    return Label(frame, is_drop=False)
