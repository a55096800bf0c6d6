"""Taking away.

delete          | A | B | C |  ->  | A |...| C |    clips go, a gap stays
ripple_delete   | A | B | C |  ->  | A | C |        the gap closes
lift            | A [ B ] C |  ->  | A ..... C |    a range goes, a gap stays
extract         | A [ B ] C |  ->  | A  C |         a range goes and closes
close_gap       | A |...| B |  ->  | A | B |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import called
from latentsync_studio.core.timeline.edits.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from latentsync_studio.core.timeline.model import ClipId, Project, TrackId


class HeldOpenError(InvalidEditError):
    """A gap cannot close: on a track that has nothing to do with it nothing could move along.

    Attributes:
        track: that holds it open.
    """

    def __init__(self, text: str, track: str) -> None:
        super().__init__(
            text, remedy="Lock that track, close the gap without it, or leave the gap."
        )
        self.track = track


def delete(project: Project, clips: Collection[ClipId], *, linked: bool = True) -> Project:
    """Remove clips; everything else stays where it is."""
    draft = Draft.around(project, clips)
    draft.remove(draft.pick(clips, linked=linked))
    return draft.done()


def ripple_delete(
    project: Project,
    clips: Collection[ClipId],
    *,
    tracks: Iterable[TrackId] | None = None,
    linked: bool = True,
) -> Project:
    """Remove clips and close the gaps.

    Clips that overlap in time, on whatever tracks, leave one gap. Everything that begins in or
    behind it on `tracks` (None: all unlocked ones) moves earlier together by the same, so that
    picture and sound stay in sync: by the gap's length, or less where one of those clips would
    run into the one before it.

    Raises:
        HeldOpenError: a clip on another track lets nothing move at all.
    """
    draft = Draft.around(project, clips)
    picked = draft.pick(clips, linked=linked)
    rows = draft.rippling(tracks, {each.row for each in picked})
    draft.remove(picked)
    for gap in reversed(_united([each.clip.placed for each in picked])):
        _close(draft, rows, gap)
    return draft.done()


def lift(project: Project, tracks: Collection[TrackId], frames: FrameRange) -> Project:
    """Remove what lies in `frames` of `tracks`; clips that reach in are cut off."""
    draft = Draft.on(project, tracks)
    for row in draft.rows(tracks):
        draft.clear(row, frames)
    return draft.done()


def extract(project: Project, tracks: Collection[TrackId], frames: FrameRange) -> Project:
    """Remove `frames` of `tracks`; all behind them on these tracks moves earlier."""
    draft = Draft.on(project, tracks)
    for row in draft.rows(tracks):
        draft.clear(row, frames)
        draft.shift(row, frames.stop, -len(frames))
    return draft.done()


def close_gap(
    project: Project, track: TrackId, frame: int, *, tracks: Iterable[TrackId] | None = None
) -> Project:
    """Close the gap under `frame` of `track`; what moves along, and how far, as in ripple_delete.

    Raises:
        InvalidEditError: there is a clip at `frame`, or none behind it.
        HeldOpenError: as in ripple_delete.
    """
    draft = Draft.on(project, [track])
    row = draft.row_of(track)
    start = 0
    for clip in draft.tracks[row].clips:
        if clip.start > frame >= start:
            _close(draft, draft.rippling(tracks, [row]), FrameRange(start, clip.start))
            return draft.done()
        start = clip.stop
    raise InvalidEditError(
        f"There is no gap between clips at frame {frame} of {called(draft.tracks[row])}."
    )


def _close(draft: Draft, rows: Iterable[int], gap: FrameRange) -> None:
    """Move what begins in or behind `gap` earlier on all `rows`, by what all of them can."""
    free = {row: draft.free_before(row, gap.start) for row in rows}
    tightest = min(free, key=free.__getitem__)
    if free[tightest] == 0:
        name = called(draft.tracks[tightest])
        is_first = gap.start == 0 and draft.tracks[tightest].clips[0].start == 0
        why = "begins at the very start" if is_first else "has another one right before it"
        raise HeldOpenError(
            f"The gap at frame {gap.start} cannot close: on {name} a clip that would move earlier"
            f" {why}.",
            track=name,
        )
    for row in free:
        draft.shift(row, gap.start, -min(len(gap), free[tightest]))


def _united(ranges: list[FrameRange]) -> list[FrameRange]:
    """The ranges in order, those that overlap as one."""
    united: list[FrameRange] = []
    for frames in sorted(ranges):
        if united and frames.start < united[-1].stop:
            united[-1] = FrameRange(united[-1].start, max(united[-1].stop, frames.stop))
        else:
            united.append(frames)
    return united
