"""What lies under the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from latentsync_studio.ui.timeline.geometry import MARKS, RULER, Row, Rows, Viewport, visible

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip, ClipId, Marker, Sequence

HANDLE = 7  # px at each end of a clip that trim it
_BEYOND = 3  # px beside a clip, in a gap, that still count as its end
_MARKER = 6  # px around a marker
Place = Literal["ruler", "marker", "work in", "work out", "clip", "track", "none"]
Edge = Literal["head", "tail"]


@dataclass(frozen=True, slots=True)
class Hit:
    """What is under a point.

    Attributes:
        place: kind of thing.
        row: the track, where there is one.
        clip: the clip, where there is one.
        edge: the end of `clip` that would be trimmed there.
        marker: the marker, where there is one.
    """

    place: Place
    row: Row | None = None
    clip: Clip | None = None
    edge: Edge | None = None
    marker: Marker | None = None


def hit_at(sequence: Sequence | None, view: Viewport, rows: Rows, x: float, y: float) -> Hit:
    """Look what is at widget position x, y."""
    if sequence is None:
        return Hit("none")
    if y < RULER:
        return _on_ruler(sequence, view, x, y)
    row = rows.at(y - RULER + view.top)
    if row is None:
        return Hit("none")
    if row.track.is_hidden:
        return Hit("track", row)
    clip, edge = _clip_at(row, view, x)
    return Hit("clip" if clip is not None else "track", row, clip, edge)


def _clip_at(row: Row, view: Viewport, x: float) -> tuple[Clip | None, Edge | None]:
    near = _BEYOND / view.scale
    at = view.exact(x)
    clips = row.track.clips
    low, high = visible(clips, at - near, at + near)
    over = [clip for clip in clips[low:high] if clip.start <= at < clip.stop]
    found = over or list(clips[low:high])
    if not found:
        return None, None
    clip = found[0]
    left, right = view.x_of(clip.start), view.x_of(clip.stop)
    handle = min(HANDLE, (right - left) / 3)
    if x < left + handle:
        return clip, "head"
    if x >= right - handle:
        return clip, "tail"
    return clip, None


def _on_ruler(sequence: Sequence, view: Viewport, x: float, y: float) -> Hit:
    if y < RULER - MARKS:
        return Hit("ruler")
    for marker in reversed(sequence.markers):
        if abs(view.x_of(marker.frames.start) - x) <= _MARKER:
            return Hit("marker", marker=marker)
    area = sequence.work_area
    if area is not None:
        if abs(view.x_of(area.start) - x) <= HANDLE:
            return Hit("work in")
        if abs(view.x_of(area.stop) - x) <= HANDLE:
            return Hit("work out")
    return Hit("ruler")


def clips_in(
    rows: Rows, view: Viewport, corners: tuple[float, float, float, float]
) -> frozenset[ClipId]:
    """Ids of the clips that a rectangle (x0, y0, x1, y1) of the widget touches."""
    x0, y0, x1, y1 = corners
    first, last = view.exact(min(x0, x1)), view.exact(max(x0, x1))
    top, bottom = (y - RULER + view.top for y in (min(y0, y1), max(y0, y1)))
    found: set[ClipId] = set()
    for row in rows.between(top, bottom + 1):
        if not row.track.is_hidden:
            low, high = visible(row.track.clips, first, last + 1e-9)
            found.update(clip.id for clip in row.track.clips[low:high])
    return frozenset(found)
