"""The timeline widget: holds the view (zoom, scroll, heights), paints, hands events on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QToolTip

from latentsync_studio.ui.timeline.clock import Clock
from latentsync_studio.ui.timeline.drop import DropTarget
from latentsync_studio.ui.timeline.geometry import LEAST_HEIGHT, RULER, Rows
from latentsync_studio.ui.timeline.hands import Hands
from latentsync_studio.ui.timeline.hits import hit_at
from latentsync_studio.ui.timeline.keys import Keys
from latentsync_studio.ui.timeline.painting.picture import TimelinePainter, paint_empty
from latentsync_studio.ui.timeline.painting.scene import Feedback, Palette, Scene, Texts
from latentsync_studio.ui.timeline.scrolled import ScrolledTimeline
from latentsync_studio.ui.timeline.tips import tip_at
from latentsync_studio.ui.timeline.tools.base import Pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtGui import (
        QContextMenuEvent,
        QDragEnterEvent,
        QDragLeaveEvent,
        QDragMoveEvent,
        QDropEvent,
        QFocusEvent,
        QMouseEvent,
        QPaintEvent,
        QRegion,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.timeline.model import MediaId, MediaItem, Project
    from latentsync_studio.ui.workbench import Workbench

STRIP = 9  # px at each side of the playhead that are painted again when it moves
_NOTCH = 60.0  # px that one step of the wheel scrolls
_MANY_RECTS = 4


class TimelineCanvas(ScrolledTimeline):
    """Ruler and tracks of the shown sequence.

    Signals:
        menu_asked(pos): a context menu is wanted at this global place.
        opened_clip(), opened_marker(): something was double-clicked.
    """

    menu_asked = Signal(QPointF)
    opened_clip = Signal()
    opened_marker = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.feedback = Feedback()
        self.painter = TimelinePainter()
        self._palette = Palette(workbench.look.theme)
        self._texts = Texts(self.font())
        self.offline: frozenset[MediaId] = frozenset()
        self._media = {item.id: item for item in self.store.project.media}
        self._playhead = self.session.playhead
        self.hands, self.keys, self.drops = Hands(self), Keys(self), DropTarget(self)
        self._later = QTimer(self)  # for tiles that did not fit into one paint event
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.viewport().update)
        self._set_up()
        self._connect()
        self._look_for_media()

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Timeline"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.horizontalScrollBar().setAccessibleName(self.tr("Scroll in time"))
        self.verticalScrollBar().setAccessibleName(self.tr("Scroll tracks"))
        viewport = self.viewport()
        viewport.setMouseTracking(True)
        viewport.setAcceptDrops(True)
        viewport.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(LEAST_HEIGHT + self.horizontalScrollBar().sizeHint().height())

    def _connect(self) -> None:
        workbench, session = self.workbench, self.session
        self.store.changed.connect(self._on_changed)
        self.store.opened.connect(self._on_opened)
        session.playhead_changed.connect(self._on_playhead)
        session.selection_changed.connect(self._repaint)
        session.sequence_changed.connect(self._on_sequence)
        session.tool_changed.connect(self._on_tool)
        workbench.look.changed.connect(self._on_look)
        workbench.media.states_changed.connect(self._look_for_media)
        workbench.media.thumbnail_ready.connect(self._repaint)
        workbench.media.waveform_ready.connect(self._repaint)
        workbench.media.proxy_ready.connect(self._on_proxy)
        workbench.spans.changed.connect(self._repaint)

    @property
    def is_dragging(self) -> bool:
        return self.hands.is_dragging

    def pointer(self, at: QPointF, keys: Qt.KeyboardModifier) -> Pointer:
        """What the mouse means at a place of the viewport."""
        x, y = at.x(), at.y()
        return Pointer(
            x,
            y,
            self.view.exact(x),
            hit_at(self.sequence, self.view, self.rows, x, y),
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier),
            alt=bool(keys & Qt.KeyboardModifier.AltModifier),
        )

    def media_item(self, media: MediaId) -> MediaItem | None:
        """A medium of the bin."""
        return self._media.get(media)

    def show_feedback(self, feedback: Feedback) -> None:
        """Show what a drag does; an empty one clears it."""
        before, self.feedback = self.feedback, feedback
        if feedback == before:
            return
        if feedback.text or before.text or feedback.marquee or before.marquee:
            self.viewport().update()
            return
        for each in (before, feedback):
            frames = [each.snap, each.cut[0] if each.cut else None]
            for frame in frames:
                if frame is not None:
                    self._update_strip(frame)
            if each.ghosts:
                self.viewport().update()

    def close_canvas(self) -> None:
        """Stop everything that runs by itself, and let go of waveforms, which are mapped files."""
        self.hands.cancel()
        self.end_project()
        self._later.stop()
        self.painter = TimelinePainter()

    # what changed

    def _on_changed(self, before: Project, after: Project) -> None:
        if before.media is not after.media:
            self._look_for_media()
        sequence = self.sequence
        old = next((s for s in before.sequences if sequence and s.id == sequence.id), None)
        if old is sequence:
            return
        self.clock = Clock.of(sequence)
        if old is None or sequence is None:
            self.lay_out()
            return
        if old.tracks is not sequence.tracks:
            self._on_tracks()
        if (old.markers, old.work_area) != (sequence.markers, sequence.work_area):
            self.viewport().update(0, 0, self.view.width, RULER)
        if (old.rate, old.first_label, old.is_drop) != (
            sequence.rate,
            sequence.first_label,
            sequence.is_drop,
        ):
            self.viewport().update()
        self.set_bars()

    def _on_tracks(self) -> None:
        """Repaint only rows whose track is another object, where the layout is the same."""
        old, self.rows = self.rows, Rows(self.sequence, self.heights)
        kept = [(row.track.id, row.top, row.height) for row in old.rows]
        if kept != [(row.track.id, row.top, row.height) for row in self.rows.rows]:
            self.lay_out()
            return
        switched = False
        for was, row in zip(old.rows, self.rows.rows, strict=True):
            if was.track is row.track:
                continue
            top = RULER + row.top - self.view.top
            self.viewport().update(0, top, self.view.width, row.height)
            switched = switched or _switches(was.track) != _switches(row.track)
        if switched:
            self.rows_changed.emit()

    def _on_playhead(self, frame: int) -> None:
        self._update_strip(self._playhead)
        self._playhead = frame
        self._update_strip(frame)
        if not self.hands.is_dragging:
            self.ensure_visible(frame, page=self.session.is_playing)

    def _update_strip(self, frame: int) -> None:
        x = int(self.view.x_of(frame))
        if -STRIP <= x <= self.view.width + STRIP:
            wide = 2 * STRIP + int(self.view.scale if self.view.scale >= 8 else 0)
            self.viewport().update(x - STRIP, 0, wide, self.view.height)

    def _on_opened(self, _project: Project) -> None:
        self.begin_project()

    def _on_sequence(self) -> None:
        self.hands.cancel()
        self.leave()
        self.clock = Clock.of(self.sequence)
        self.painter.clips.arrays.keep(())
        self.lay_out()
        self.show_again()

    def _on_tool(self, _tool: str) -> None:
        self.hands.cancel()
        self.show_feedback(Feedback())
        at = self.viewport().mapFromGlobal(self.cursor().pos())
        self.hands.point(self.pointer(QPointF(at), Qt.KeyboardModifier.NoModifier))

    def _on_look(self) -> None:
        self._palette = Palette(self.workbench.look.theme)
        self._repaint()

    def _look_for_media(self) -> None:
        media = self.workbench.media
        items = self.store.project.media
        self._media = {item.id: item for item in items}
        states = {item.id: media.state_of(item) for item in items}
        self.offline = frozenset(
            name for name, state in states.items() if state and state.state == "offline"
        )
        self._repaint()

    def _repaint(self, _what: object = None) -> None:
        self.viewport().update()

    def _on_proxy(self, media: MediaId) -> None:
        self.painter.forget(media)
        self._repaint()

    # painting

    def scene(self) -> Scene | None:
        """What is painted now; None without a sequence."""
        sequence = self.sequence
        if sequence is None:
            return None
        return Scene(
            view=self.view,
            rows=self.rows,
            sequence=sequence,
            clock=self.clock,
            palette=self._palette,
            texts=self._texts,
            media=self._media,
            offline=self.offline,
            selected=self.session.clips,
            playhead=self.session.playhead,
            feedback=self.feedback,
            spans=self.workbench.spans.spans_of,
            thumbnail=self.workbench.media.thumbnail,
            waveform=self.workbench.media.waveform,
            dpr=self.devicePixelRatioF(),
            words={"offline": self.tr("MEDIA OFFLINE"), "off": self.tr("(off)")},
        )

    def _empty_text(self) -> str:
        keys = self.workbench.actions.keys_of("sequence.insert")
        if not keys:
            return self.tr("Drag media here.")
        text = self.tr(
            'Drag media here, or select it in the media bin and press "{0}" to insert it.'
        )
        return text.format(keys[0])

    def paintEvent(self, event: QPaintEvent) -> None:
        scene = self.scene()
        region = event.region()
        rects = [event.rect()]
        if 1 < region.rectCount() <= _MANY_RECTS:
            rects = list(_rects(region))
        self.painter.begin()
        painter = QPainter(self.viewport())
        try:
            for rect in rects:
                painter.setClipRect(rect)
                self._paint(painter, scene, rect)
        finally:
            painter.end()  # a painter that outlives an error takes the process down
        if self.painter.clips.tiles.is_behind:
            self._later.start()

    def _paint(self, painter: QPainter, scene: Scene | None, rect: QRect) -> None:
        if scene is None:
            painter.fillRect(rect, self._palette.brushes["base"])
        else:
            self.painter.paint(painter, scene, rect)
        if scene is None or not scene.sequence.stop:
            room = QRect(0, RULER, self.view.width, max(40, self.rows.height))
            paint_empty(painter, self._palette, room, self._empty_text())
        if self.hasFocus():
            painter.setPen(self._palette.pens["accent"])
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    # events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self.pointer(event.position(), event.modifiers()).hit
        if event.button() == Qt.MouseButton.LeftButton and hit.place == "clip":
            self.opened_clip.emit()
        elif event.button() == Qt.MouseButton.LeftButton and hit.marker is not None:
            self.session.seek(hit.marker.frames.start)
            self.opened_marker.emit()
        else:
            self.hands.press(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps, fine = event.angleDelta(), event.pixelDelta()
        keys = event.modifiers()
        if keys & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            self.zoom(1.0015 ** (steps.y() or steps.x()), event.position().x())  # Alt turns it
            event.accept()
            return
        across = fine.x() if not fine.isNull() else steps.x() / 120 * _NOTCH
        down = fine.y() if not fine.isNull() else steps.y() / 120 * _NOTCH
        if not across and not keys & Qt.KeyboardModifier.ShiftModifier:
            across, down = down, 0.0  # a plain wheel goes along the time
        elif not down and keys & Qt.KeyboardModifier.ShiftModifier:
            across, down = 0.0, across
        self.scroll_to(self.view.left - round(across), self.view.top - round(down))
        self.hands.repeat()
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.keys.open_menu(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self.pointer(QPointF(event.pos()), Qt.KeyboardModifier.NoModifier)
            QToolTip.showText(event.globalPos(), tip_at(self, at), self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self.hands.leave()
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self.hands.is_dragging:
            event.accept()  # no undo, no tool change in the middle of a drag
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self.hands.modifiers(event.modifiers())
        super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.drops.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.drops.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drops.leave()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drops.drop(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


def _rects(region: QRegion) -> Iterator[QRect]:
    """The rectangles of a region."""
    yield from cast("Iterable[QRect]", region)  # the stubs do not know that it can


def _switches(track: object) -> tuple[object, ...]:
    names = ("name", "is_muted", "is_solo", "is_locked", "is_hidden", "speech")
    return tuple(getattr(track, name) for name in names)
