"""Rows as they were painted the last time, for as long as nothing in them is otherwise.

A drag, a selection line or words beside the mouse lie over rows that are the same as before; those
are then copied. When the view scrolls, what was painted is moved, and only what came into sight is
painted, with the names at both ends: they stay in sight and are shortened there. What a row shows
is compared itself, so nobody has to tell that it changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPixmap

from latentsync_studio.ui.timeline.geometry import RULER, clip_under, is_crowded, visible
from latentsync_studio.ui.timeline.painting.row_pass import label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from latentsync_studio.core.timeline.model import MediaItem, Track
    from latentsync_studio.services.timeline.spans import Span
    from latentsync_studio.ui.timeline.geometry import Row
    from latentsync_studio.ui.timeline.painting.scene import Palette, Scene, Texts

    Paint = Callable[[QPainter, QRect], bool]

_MOST = 0.5  # of the width that must be painted anyway for the whole row to be painted and kept
_SIGN = 16  # px at the left end in which signs stay in sight
_BESIDE = 16  # px around a name
_Part = tuple[int, int]  # px from, to


class _Shown(NamedTuple):
    """All that a row's picture depends on, but for where it is scrolled to."""

    box: tuple[int, int, int, int]  # of the row in the widget
    place: tuple[float, float, bool]  # scale, device px a px, too many clips to tell apart
    selected: frozenset[str]
    offline: frozenset[str]


class _Sight(NamedTuple):
    """What is in sight: the number of the first clip, and the spans of each."""

    left: int  # px that are scrolled away
    first: int
    spans: tuple[tuple[Span, ...], ...]
    media: dict[str, MediaItem | None]

    def agrees(self, other: _Sight) -> bool:
        """Whether what both see looks the same."""
        low = max(self.first, other.first)
        high = min(self.first + len(self.spans), other.first + len(other.spans))
        mine = self.spans[low - self.first : max(high, low) - self.first]
        theirs = other.spans[low - other.first : max(high, low) - other.first]
        both = self.media.keys() & other.media.keys()
        return mine == theirs and all(self.media[name] is other.media[name] for name in both)


class _Kept(NamedTuple):
    """What was painted last, objects that are compared by identity, and a picture of it.

    There is a picture once the same was painted twice, or it was scrolled: making one costs more
    than painting, and while a row is edited it would be of no use.
    """

    shown: _Shown
    sight: _Sight
    parts: tuple[Track, Palette, Texts]
    picture: QPixmap | None = None
    holes: _Part | None = None  # px between which something was yet to come


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

    def draw(self, painter: QPainter, scene: Scene, row: Row, dirty: QRect, paint: Paint) -> None:
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
        now = _now(scene, row)
        kept = self._kept.get(row.track.id)
        if kept is None or not _looks_alike(kept, now):
            self._kept[row.track.id] = now
            paint(painter, dirty)
            return
        picture, holes = kept.picture, kept.holes
        if picture is None:
            if dirty.width() < _MOST * scene.view.width:
                self._kept[row.track.id] = now
                paint(painter, dirty)
                return
            picture, todo = _empty(scene, now.shown), [(0, scene.view.width)]
        else:
            todo = [] if holes is None else [holes]
            by = kept.sight.left - now.sight.left
            if by:
                todo = [(low + by, high + by) for low, high in todo]
                todo += _moved(scene, row, picture, by)
        holes = _repaint(scene, now.shown, picture, _merged(todo, scene.view.width), paint)
        self._kept[row.track.id] = now._replace(picture=picture, holes=holes)
        _copy(painter, scene, now.shown, picture, dirty)


def _now(scene: Scene, row: Row) -> _Kept:
    view, track = scene.view, row.track
    low, high = visible(track.clips, *view.frames(-1, view.width + 2))
    clips = track.clips[low:high]
    spans = scene.spans
    shown = _Shown(
        (0, RULER + row.top - view.top, view.width, row.height),
        (view.scale, scene.dpr, is_crowded(track, view)),
        scene.selected,
        scene.offline,
    )
    sight = _Sight(
        view.left,
        low,
        tuple([spans(clip.id) for clip in clips]) if track.kind == "video" else (),
        {name: scene.media.get(name) for name in {clip.media for clip in clips}},
    )
    return _Kept(shown, sight, (track, scene.palette, scene.texts))


def _looks_alike(kept: _Kept, now: _Kept) -> bool:
    """Whether the same is shown, maybe scrolled; comparing tracks by value would take too long."""
    return (
        all(a is b for a, b in zip(kept.parts, now.parts, strict=True))
        and kept.shown == now.shown
        and kept.sight.agrees(now.sight)
    )


def _empty(scene: Scene, shown: _Shown) -> QPixmap:
    _, _, width, height = shown.box
    picture = QPixmap(round(width * scene.dpr), round(height * scene.dpr))
    picture.setDevicePixelRatio(scene.dpr)
    picture.fill(scene.palette.colors["base"])  # opaque, so that copying blends nothing
    return picture


def _moved(scene: Scene, row: Row, picture: QPixmap, by: int) -> Iterator[_Part]:
    """Move a picture by px to the right, and tell what must be painted then."""
    width = scene.view.width
    if abs(by) >= width:
        yield (0, width)
        return
    picture.scroll(round(by * scene.dpr), 0, picture.rect())
    yield (0, by) if by > 0 else (width + by, width)
    yield (0, max(by, 0) + _SIGN)
    for x in (0, by):  # where the left end is and was
        yield from _named(scene, row, x, max(by, 0))
    for x in (width, width + by):
        yield from _named(scene, row, x, 0)


def _named(scene: Scene, row: Row, x: int, more: int) -> Iterator[_Part]:
    """Where the name of the clip at widget px `x` stands or stood."""
    view = scene.view
    clip = clip_under(row.track, view.exact(x))
    if clip is None:
        return
    left, right = view.x_of(clip.start), view.x_of(clip.stop)
    begin = max(int(left), 0)
    name = scene.texts.advance(label_of(scene, clip))
    yield (begin, min(int(right) + 1, begin + more + name + _BESIDE))


def _merged(parts: Iterable[_Part], width: int) -> list[_Part]:
    """Parts within 0..width, in order and without overlap."""
    found: list[_Part] = []
    for low, high in sorted((max(low, 0), min(high, width)) for low, high in parts):
        if high <= low:
            continue
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _repaint(
    scene: Scene, shown: _Shown, picture: QPixmap, parts: list[_Part], paint: Paint
) -> _Part | None:
    """Paint parts of a row's picture; returns the px between which something is missing."""
    if not parts:
        return None
    _, top, _, height = shown.box
    missing: list[_Part] = []
    painter = QPainter(picture)
    try:
        painter.setFont(scene.texts.font)
        painter.translate(0, -top)
        for low, high in parts:
            box = QRect(low, top, high - low, height)
            painter.setClipRect(box)
            if not paint(painter, box):
                missing.append((low, high))
    finally:
        painter.end()
    return (missing[0][0], missing[-1][1]) if missing else None


def _copy(painter: QPainter, scene: Scene, shown: _Shown, picture: QPixmap, dirty: QRect) -> None:
    _, top, _, height = shown.box
    left, width, dpr = dirty.left(), dirty.width(), scene.dpr
    source = QRect(round(left * dpr), 0, round(width * dpr), round(height * dpr))
    painter.drawPixmap(QRect(left, top, width, height), picture, source)
