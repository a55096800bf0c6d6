"""Rows as they were painted the last time, for as long as nothing in them is otherwise.

A drag, a selection line or words beside the mouse lie over rows that are the same as before; those
are then copied. What a row shows is compared itself, so nobody has to tell that it changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPixmap

from latentsync_studio.ui.timeline.geometry import RULER, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import MediaItem, Track
    from latentsync_studio.services.timeline.spans import Span
    from latentsync_studio.ui.timeline.geometry import Row
    from latentsync_studio.ui.timeline.painting.scene import Palette, Scene, Texts

_MOST = 0.5  # of the width that must be painted anyway for the whole row to be painted and kept


class _Shown(NamedTuple):
    """All that a row's picture depends on."""

    box: tuple[int, int, int, int]  # of the row in the widget
    place: tuple[float, int, float]  # scale, scroll, device px a px
    selected: frozenset[str]
    offline: frozenset[str]
    spans: tuple[tuple[Span, ...], ...]


class _Kept(NamedTuple):
    """What was painted last, parts that are compared by what they are, and a picture of it.

    There is a picture once the same was painted twice: making one costs more than painting, and
    while the view scrolls or a row is edited it would be of no use.
    """

    shown: _Shown
    parts: tuple[Track, Palette, Texts, tuple[MediaItem | None, ...]]
    picture: QPixmap | None


class RowCache:
    """Pictures of the rows in sight."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def clear(self) -> None:
        """Forget all pictures."""
        self._kept.clear()

    def keep_only(self, scene: Scene) -> None:
        """Forget tracks that are gone."""
        for gone in self._kept.keys() - scene.rows.by_track.keys():
            del self._kept[gone]

    def draw(
        self,
        painter: QPainter,
        scene: Scene,
        row: Row,
        dirty: QRect,
        paint: Callable[[QPainter, QRect], bool],
    ) -> None:
        """Draw a row, or copy it.

        Args:
            painter: where to, in the widget's px.
            scene: what is shown.
            row: of the scene.
            dirty: what must be drawn.
            paint: draws what a rectangle shows of the row; False where something is yet to come.
        """
        if scene.dpr != int(scene.dpr):  # a copy would lie between two px
            paint(painter, dirty)
            return
        shown, parts = _shown(scene, row)
        kept = self._kept.get(row.track.id)
        if kept is None or kept.shown != shown or not _same(kept.parts, parts):
            self._kept[row.track.id] = _Kept(shown, parts, None)
            paint(painter, dirty)
            return
        picture = kept.picture
        if picture is None:
            if dirty.width() < _MOST * scene.view.width:
                paint(painter, dirty)
                return
            picture, is_whole = _painted(scene, shown, paint)
            if is_whole:
                self._kept[row.track.id] = kept._replace(picture=picture)
        _, top, _, height = shown.box
        left, width, dpr = dirty.left(), dirty.width(), scene.dpr
        source = QRect(round(left * dpr), 0, round(width * dpr), round(height * dpr))
        painter.drawPixmap(QRect(left, top, width, height), picture, source)


def _shown(
    scene: Scene, row: Row
) -> tuple[_Shown, tuple[Track, Palette, Texts, tuple[MediaItem | None, ...]]]:
    view = scene.view
    low, high = visible(row.track.clips, *view.frames(-1, view.width + 2))
    clips = row.track.clips[low:high]
    spans = scene.spans
    has_spans = row.track.kind == "video"
    shown = _Shown(
        (0, RULER + row.top - view.top, view.width, row.height),
        (view.scale, view.left, scene.dpr),
        scene.selected,
        scene.offline,
        tuple(spans(clip.id) for clip in clips) if has_spans else (),
    )
    media = tuple(scene.media.get(name) for name in dict.fromkeys(clip.media for clip in clips))
    return shown, (row.track, scene.palette, scene.texts, media)


def _same(
    one: tuple[Track, Palette, Texts, tuple[MediaItem | None, ...]],
    other: tuple[Track, Palette, Texts, tuple[MediaItem | None, ...]],
) -> bool:
    """Whether the very same objects are shown; comparing tracks by value would take too long."""
    media, now = one[3], other[3]
    return (
        all(a is b for a, b in zip(one[:3], other[:3], strict=True))
        and len(media) == len(now)
        and all(a is b for a, b in zip(media, now, strict=True))
    )


def _painted(
    scene: Scene, shown: _Shown, paint: Callable[[QPainter, QRect], bool]
) -> tuple[QPixmap, bool]:
    """The whole row as a picture, and whether nothing is missing in it."""
    _, top, width, height = shown.box
    picture = QPixmap(round(width * scene.dpr), round(height * scene.dpr))
    picture.setDevicePixelRatio(scene.dpr)
    picture.fill(scene.palette.colors["base"])  # opaque, so that copying blends nothing
    painter = QPainter(picture)
    try:
        painter.setFont(scene.texts.font)
        painter.translate(0, -top)
        is_whole = paint(painter, QRect(0, top, width, height))
    finally:
        painter.end()
    return picture, is_whole
