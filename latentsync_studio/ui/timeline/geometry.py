"""Where frames and tracks lie in the widget: frames <-> pixels, rows, and what is visible."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.core.timeline.model import Clip, Sequence, Track, TrackId, TrackKind

RULER = 40  # px: labels, then markers and work area
MARKS = 16  # px of the ruler's lower part
FOLDED = 14  # px of a hidden track
BETWEEN = 5  # px between pictures and sound
SMALLEST, TALLEST = 22, 160  # px of a track
FIRST_HEIGHTS: dict[TrackKind, int] = {"video": 52, "audio": 42}
LEAST_HEIGHT = RULER + sum(FIRST_HEIGHTS.values()) + BETWEEN  # px: a picture and its sound
CROWDED = 14.0  # px a clip on average, below which a row is drawn as columns
CLOSEST = 60.0  # px a frame
FARTHEST = 1e-4
_LARGEST_SCROLL = 2_000_000_000  # a scroll bar counts in 32 bits


@dataclass(slots=True)
class Viewport:
    """The part of the timeline that the widget shows; changed in place by the canvas.

    Attributes:
        scale: px a frame.
        left: px that are scrolled away at the left.
        top: px of the rows that are scrolled away above.
        width: px of the widget.
        height: px of the widget, the ruler included.
    """

    scale: float = 4.0
    left: int = 0
    top: int = 0
    width: int = 0
    height: int = 0

    def x_of(self, frame: float) -> float:
        """Widget x of the start of a frame."""
        return frame * self.scale - self.left

    def exact(self, x: float) -> float:
        """The place in frames at widget x, with its fraction."""
        return (x + self.left) / self.scale

    def frame_at(self, x: float) -> int:
        """The frame under widget x, never below 0."""
        return max(0, math.floor(self.exact(x)))

    def cut_at(self, x: float) -> int:
        """The frame boundary nearest to widget x, never below 0."""
        return max(0, math.floor(self.exact(x) + 0.5))

    def frames(self, x0: float, x1: float) -> tuple[int, int]:
        """Half-open range of frames that x0..x1 touches."""
        return max(0, math.floor(self.exact(x0))), max(0, math.ceil(self.exact(x1)))

    def clamped_scale(self, scale: float, stop: int) -> float:
        """`scale` within what can be shown and scrolled when the content ends at frame `stop`."""
        highest = min(CLOSEST, _LARGEST_SCROLL / max(1, stop))
        return min(highest, max(FARTHEST, scale))


@dataclass(frozen=True, slots=True)
class Row:
    """A track as it is laid out: `top` counts from the upper edge of the first row."""

    track: Track
    top: int
    height: int

    @property
    def bottom(self) -> int:
        """The px below the last one."""
        return self.top + self.height


@dataclass(slots=True)
class Heights:
    """Heights of the tracks: of each kind, and of single tracks that have their own."""

    of_kind: dict[TrackKind, int] = field(default_factory=lambda: dict(FIRST_HEIGHTS))
    of_track: dict[TrackId, int] = field(default_factory=dict)

    def of(self, track: Track) -> int:
        """Height of a track, px."""
        if track.is_hidden:
            return FOLDED
        return self.of_track.get(track.id, self.of_kind[track.kind])

    def scaled(self, factor: float) -> None:
        """Make all tracks taller or flatter."""
        for kind, height in self.of_kind.items():
            self.of_kind[kind] = limited_height(height * factor)
        for track, height in self.of_track.items():
            self.of_track[track] = limited_height(height * factor)

    def set(self, track: TrackId, height: float) -> None:
        """Give one track a height of its own."""
        self.of_track[track] = limited_height(height)


def limited_height(height: float) -> int:
    """A height that a track can have, px."""
    return max(SMALLEST, min(TALLEST, round(height)))


class Rows:
    """The tracks of a sequence from top to bottom: the last video track first, then the sound."""

    def __init__(self, sequence: Sequence | None, heights: Heights) -> None:
        tracks = sequence.tracks if sequence is not None else ()
        video = [track for track in tracks if track.kind == "video"]
        audio = [track for track in tracks if track.kind == "audio"]
        rows: list[Row] = []
        top = 0
        for track in [*reversed(video), *audio]:
            if audio and track is audio[0] and video:
                top += BETWEEN
            rows.append(Row(track, top, heights.of(track)))
            top += rows[-1].height
        self.rows = tuple(rows)
        self.height = top
        self.by_track: Mapping[TrackId, Row] = {row.track.id: row for row in rows}
        self._tops = [row.top for row in rows]

    def at(self, y: float) -> Row | None:
        """The row under `y` (from the first row's upper edge); None between and beside rows."""
        place = bisect_right(self._tops, y) - 1
        if place < 0 or y >= self.rows[place].bottom:
            return None
        return self.rows[place]

    def between(self, top: float, bottom: float) -> tuple[Row, ...]:
        """The rows that top..bottom touches."""
        return tuple(row for row in self.rows if row.top < bottom and row.bottom > top)

    def of_kind(self, kind: TrackKind) -> tuple[Row, ...]:
        """The rows of a kind from that of the first track (V1, A1) on."""
        rows = tuple(row for row in self.rows if row.track.kind == kind)
        return rows[::-1] if kind == "video" else rows


def visible(clips: tuple[Clip, ...], first: float, last: float) -> tuple[int, int]:
    """Places lo..hi of the clips that have a frame in first..last (half-open)."""
    low = bisect_right(clips, first, key=lambda clip: clip.stop)
    high = bisect_left(clips, last, lo=low, key=lambda clip: clip.start)
    return low, high


def is_crowded(track: Track, view: Viewport) -> bool:
    """Whether a track has too many clips in sight to tell them apart.

    Decided by the whole view, so that a part that is painted again looks like the rest.
    """
    low, high = visible(track.clips, *view.frames(0, view.width))
    return (high - low) * CROWDED > view.width


def clip_under(track: Track, frame: float) -> Clip | None:
    """The clip that covers `frame`."""
    low, high = visible(track.clips, frame, frame + 1e-9)
    return track.clips[low] if low < high else None
