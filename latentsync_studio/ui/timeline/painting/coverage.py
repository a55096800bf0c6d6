"""Many clips on few pixels: a row of columns made with numpy, however many clips there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from latentsync_studio.core.timeline.model import Clip

GAP, NORMAL, DISABLED, OFFLINE, SELECTED = range(5)


class Columns(NamedTuple):
    """Pixel columns: scale in px a frame, px that are scrolled away before the first, how many."""

    scale: float
    left: float
    width: int


class TrackArrays:
    """Places of a track's clips as arrays, kept as long as the track has these clips."""

    def __init__(self, clips: tuple[Clip, ...]) -> None:
        self.clips = clips
        n = len(clips)
        self.starts = np.fromiter((clip.start for clip in clips), np.int64, n)
        lengths = (clip.source.stop - clip.source.start for clip in clips)
        self.stops = self.starts + np.fromiter(lengths, np.int64, n)
        self._looks: tuple[object, object, npt.NDArray[np.uint8]] | None = None

    def looks(self, selected: frozenset[str], offline: frozenset[str]) -> npt.NDArray[np.uint8]:
        """(n,) u8 of NORMAL, DISABLED, OFFLINE, SELECTED; counted anew when a set is another."""
        if self._looks is not None and self._looks[:2] == (selected, offline):
            return self._looks[2]
        looks = np.fromiter(
            (
                SELECTED
                if clip.id in selected
                else OFFLINE
                if clip.media in offline
                else NORMAL
                if clip.is_enabled
                else DISABLED
                for clip in self.clips
            ),
            np.uint8,
            len(self.clips),
        )
        self._looks = (selected, offline, looks)
        return looks


class ArrayCache:
    """The arrays of each track, by the identity of its clips."""

    def __init__(self) -> None:
        self._kept: dict[str, TrackArrays] = {}

    def of(self, track: str, clips: tuple[Clip, ...]) -> TrackArrays:
        """Arrays of a track."""
        found = self._kept.get(track)
        if found is None or found.clips is not clips:
            found = self._kept[track] = TrackArrays(clips)
        return found

    def keep(self, tracks: Sequence[str]) -> None:
        """Forget tracks that are gone."""
        for gone in self._kept.keys() - set(tracks):
            del self._kept[gone]


def columns(
    starts: npt.NDArray[np.int64],
    stops: npt.NDArray[np.int64],
    looks: npt.NDArray[np.uint8],
    view: Columns,
) -> npt.NDArray[np.uint8]:
    """(width,) u8: what covers each pixel column; of several the rarer look wins.

    Args:
        starts: (n,) first frames of clips.
        stops: (n,) the frames after the last.
        looks: (n,) of these clips.
        view: the columns.
    """
    width = view.width
    first = np.clip(np.floor(starts * view.scale - view.left), 0, width).astype(np.int64)
    stop = np.clip(np.ceil(stops * view.scale - view.left), 0, width).astype(np.int64)
    row = np.zeros(width, np.uint8)
    for look in (NORMAL, DISABLED, OFFLINE, SELECTED):
        chosen = looks == look
        if chosen.any():
            change = np.bincount(first[chosen], minlength=width + 1)
            change -= np.bincount(stop[chosen], minlength=width + 1)
            row[np.cumsum(change[:width]) > 0] = look
    return row


def edges(starts: npt.NDArray[np.int64], view: Columns, closest: float) -> npt.NDArray[np.bool_]:
    """(width,) columns where a clip begins, but for those closer than `closest` to the next.

    Too many lines would paint the whole row in their color and hide what lies between.
    """
    at = np.floor(starts * view.scale - view.left).astype(np.int64)
    marked = np.zeros(view.width, np.bool_)
    if len(at):
        keep = np.diff(at, append=at[-1] + view.width) >= closest
        marked[at[keep & (at >= 0) & (at < view.width)]] = True
    return marked


def row_image(
    row: npt.NDArray[np.uint8], colors: npt.NDArray[np.uint32], marked: npt.NDArray[np.bool_]
) -> QImage:
    """A picture of one row: colors[GAP..SELECTED], premultiplied ARGB; colors[5] where marked."""
    pixels = colors[row]
    pixels[marked & (row != GAP)] = colors[5]
    data = np.ascontiguousarray(pixels, np.uint32)
    image = QImage(
        data.data, len(data), 1, 4 * len(data), QImage.Format.Format_ARGB32_Premultiplied
    )
    return image.copy()
