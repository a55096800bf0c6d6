"""Where a dragged edge snaps to: cuts, markers, the work area, the playhead."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from latentsync_studio.core.timeline import model

SnapKind = Literal["playhead", "edge", "marker", "work area", "start"]
_RANK: dict[SnapKind, int] = {"playhead": 0, "edge": 1, "marker": 2, "work area": 3, "start": 4}


class SnapPoint(NamedTuple):
    """A frame that attracts."""

    frame: int
    kind: SnapKind


class Snap(NamedTuple):
    """The answer: move by `by` more, then an edge lies on `point`."""

    by: int
    point: SnapPoint


def snap_points(
    sequence: model.Sequence, *, moving: Collection[str] = (), playhead: int | None = None
) -> tuple[SnapPoint, ...]:
    """All points in order of frames; edges of the clips `moving` and hidden tracks do not attract.

    Of several at one frame the first of playhead, edge, marker, work area, start is kept.
    """
    points: dict[int, SnapKind] = {}
    for point in _candidates(sequence, frozenset(moving), playhead):
        held = points.get(point.frame)
        if held is None or _RANK[point.kind] < _RANK[held]:
            points[point.frame] = point.kind
    return tuple(SnapPoint(frame, points[frame]) for frame in sorted(points))


def snapped(frames: Iterable[int], points: Sequence[SnapPoint], reach: int) -> Snap | None:
    """The smallest move that puts one of `frames` on a point within `reach`; None without one.

    Args:
        frames: edges that are dragged, where they are now.
        points: from `snap_points`, ordered.
        reach: largest move, frames.
    """
    best: Snap | None = None
    for frame in frames:
        right = bisect_left(points, frame, key=lambda point: point.frame)
        for point in points[max(0, right - 1) : right + 1]:
            by = point.frame - frame
            if abs(by) <= reach and (best is None or _order(by, point) < _order(*best)):
                best = Snap(by, point)
    return best


def _order(by: int, point: SnapPoint) -> tuple[int, int]:
    return abs(by), _RANK[point.kind]


def _candidates(
    sequence: model.Sequence, moving: frozenset[str], playhead: int | None
) -> Iterable[SnapPoint]:
    yield SnapPoint(0, "start")
    if playhead is not None:
        yield SnapPoint(playhead, "playhead")
    for track in sequence.tracks:
        for clip in () if track.is_hidden else track.clips:
            if clip.id not in moving:
                yield SnapPoint(clip.start, "edge")
                yield SnapPoint(clip.stop, "edge")
    for marker in sequence.markers:
        yield SnapPoint(marker.frames.start, "marker")
        if len(marker.frames) > 1:
            yield SnapPoint(marker.frames.stop, "marker")
    if sequence.work_area:
        yield SnapPoint(sequence.work_area.start, "work area")
        yield SnapPoint(sequence.work_area.stop, "work area")
