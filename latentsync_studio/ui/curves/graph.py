"""The graph of one curve: its line, its keys, what was measured, the playhead.

Across are frames of the medium's grid, labeled with the timecodes at which the clip shows them.
Left drag on a key moves the selected keys, beside one it selects with a rectangle; a double click
adds a key; the middle button pans, the wheel zooms. One drag is one undo step, Esc takes it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor

from latentsync_studio.core.mask.keyframes import values_at
from latentsync_studio.core.timeline.edits.curves import move_keys
from latentsync_studio.core.timeline.timecode import can_drop, to_timecode
from latentsync_studio.ui.curves.graph_parts import KeyPoints, KeysViewBox, TimeAxis
from latentsync_studio.ui.curves.rows import shown_value

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtGui import QKeyEvent

    from latentsync_studio.core.mask.keyframes import Key
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.ui.curves.controller import CurvesController
    from latentsync_studio.ui.curves.rows import Row
    from latentsync_studio.ui.store import Gesture
    from latentsync_studio.ui.workbench import Workbench

_POINTS = 1200  # of a line, besides its keys
_FAR = 100_000  # frames beside the clip that are shaded
_MARGIN = 0.06  # of the height around the limits
_MEASURED = ("usable", "occlusion", "yaw", "pitch")
_TURN = 90.0  # degrees that stand at 100 % of the scale of measured angles
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class CurveGraph(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Shows and edits the chosen curve of a CurvesController.

    Signals:
        framed(): another part of the time is seen.
    """

    framed = Signal()

    def __init__(self, workbench: Workbench, curves: CurvesController) -> None:
        self._box = KeysViewBox()
        self._axis = TimeAxis(self._label)
        super().__init__(viewBox=self._box, axisItems={"bottom": self._axis})
        self._workbench, self._curves = workbench, curves
        self._gesture: Gesture | None = None
        self._shown: tuple[str, str] | None = None  # clip and key that were framed
        self.setAccessibleName(self.tr("Curve"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.outside = [pg.LinearRegionItem(movable=False) for _ in range(2)]
        self.measured = {
            name: pg.PlotDataItem() for name in ("usable", "occlusion", "yaw", "pitch")
        }
        self.line = pg.PlotDataItem()
        self.points = KeyPoints()
        self.playhead = pg.InfiniteLine(angle=90, movable=True)
        self.legend = self.addLegend(offset=(-8, 8))
        for item in (*self.outside, *self.measured.values(), self.line, self.points, self.playhead):
            self.addItem(item)
        self.points.setZValue(2)  # keys are grabbed before the playhead that lies on them
        self.playhead.setZValue(1)
        self._connect()
        self.use_theme()

    def _connect(self) -> None:
        focus = self._curves.focus
        self._curves.changed.connect(self.refresh)
        focus.changed.connect(self.refresh)
        self._workbench.look.changed.connect(self.use_theme)
        self.points.pressed.connect(self._on_pressed)
        self.points.dragged.connect(self._on_dragged)
        self.points.dropped.connect(self._on_dropped)
        self._box.marked.connect(self._on_marked)
        self._box.clicked.connect(lambda: self._curves.select(()))
        self._box.added.connect(self._on_added)
        self.playhead.sigDragged.connect(self._on_scrubbed)
        self._box.sigXRangeChanged.connect(lambda *_: self._show_line())

    # ---- showing ------------------------------------------------------------------------

    def use_theme(self) -> None:
        """Take the colors of the theme."""
        theme = self._workbench.look.theme
        self.setBackground(theme.base)
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(theme.border)
            axis.setTextPen(theme.text)
        self.line.setPen(pg.mkPen(theme.accent, width=2))
        self.playhead.setPen(pg.mkPen(theme.playhead, width=1.5))
        self.playhead.setHoverPen(pg.mkPen(theme.playhead, width=3))
        shade = QColor(theme.text)
        shade.setAlpha(26)
        for region in self.outside:
            region.setBrush(shade)
            for edge in region.lines:
                edge.setPen(theme.border)
        styles = {
            "usable": (theme.ready, Qt.PenStyle.DashLine),
            "occlusion": (theme.stale, Qt.PenStyle.DotLine),
            "yaw": (theme.passed, Qt.PenStyle.DashDotLine),
            "pitch": (theme.dim_text, Qt.PenStyle.DashDotDotLine),
        }
        for name, (color, style) in styles.items():
            self.measured[name].setPen(pg.mkPen(color, width=1.4, style=style))
        self.legend.setLabelTextColor(theme.text)
        self.points.use_colors(theme.accent, theme.text, theme.base)
        self.refresh()

    def refresh(self) -> None:
        """Show the curve as it is now."""
        row, clip = self._curves.row(), self._curves.clip
        if row is None or clip is None:
            self._shown = None
            for item in (self.line, *self.measured.values()):
                item.setData([], [])
            self.points.show_keys((), (), frozenset())
            return
        keys = self._curves.keys(row.key)
        values = [shown_value(key.value, row.unit) for key in keys]
        self.points.show_keys(keys, values, self._curves.frames)
        self.setLabel("left", row.title, units=None)
        self.setAccessibleDescription(self._words(row, keys))
        start, stop = clip.source.start, clip.source.stop
        self.outside[0].setRegion((start - _FAR, start))
        self.outside[1].setRegion((stop - 1, stop + _FAR))
        mark = (str(clip.id), row.key)
        if mark != self._shown:
            self._shown = mark
            self.frame_all()
        self._show_measured(row)
        self._show_line()
        self.show_playhead()

    def frame_all(self) -> None:
        """Show the whole clip, and the curve from its lowest to its highest value."""
        row, clip = self._curves.row(), self._curves.clip
        if row is None or clip is None:
            return
        low, high = self._span(row, self._curves.keys(row.key))
        around = (high - low) * _MARGIN
        self._box.setRange(
            xRange=(clip.source.start, max(clip.source.stop - 1, clip.source.start + 1)),
            yRange=(low - around, high + around),
            padding=0.01,
        )

    @staticmethod
    def _span(row: Row, keys: tuple[Key, ...]) -> tuple[float, float]:
        """Values that are shown: all where that is a share, else those near the keys."""
        low, high = row.limits.low, row.limits.high
        if high - low > 200:
            found = [key.value for key in keys] or [row.limits.default]
            room = max(max(found) - min(found), 2.0 if row.unit == "%" else 20.0)
            low, high = min(found) - room, max(found) + room
        return shown_value(low, row.unit), shown_value(high, row.unit)

    def _words(self, row: Row, keys: tuple[Key, ...]) -> str:
        if not keys:
            return str(self.tr("{0}: no keys")).format(row.title)
        return f"{row.title}: " + str(self.tr("%n key(s)", "", len(keys)))

    def _show_line(self) -> None:
        row, clip = self._curves.row(), self._curves.clip
        if row is None or clip is None:
            return
        (first, last), _ = self._box.viewRange()
        at = np.linspace(first - 1, last + 1, _POINTS)
        if keys := self._curves.keys(row.key):
            places = [key.frame for key in keys]
            before = [key.frame - 1e-3 for key in keys]  # a value that holds ends at the next key
            at = np.unique(np.concatenate([at, places, before]))
            # the formulas of keys hold between frames as well
            values = values_at(keys, cast("list[int]", at.tolist()))
        else:
            values = np.full(len(at), row.limits.default)
        theme = self._workbench.look.theme
        style = Qt.PenStyle.SolidLine if keys else Qt.PenStyle.DashLine
        self.line.setPen(pg.mkPen(theme.accent, width=2, style=style))
        self.line.setData(at, np.asarray(values) * shown_value(1.0, row.unit))

    def _show_measured(self, row: Row) -> None:
        """What was measured of the face, beside its protection."""
        found = self._curves.focus.face
        self.legend.clear()
        if not row.key.startswith("usable.") or found is None or found.face is None:
            for item in self.measured.values():
                item.setData([], [])
            return
        angles = found.angles()
        values: dict[str, npt.NDArray[Any]] = {
            "usable": found.usable() * 100,
            "occlusion": found.occlusion() * 100,
            "yaw": np.abs(angles[:, 0]) / _TURN * 100,
            "pitch": np.abs(angles[:, 1]) / _TURN * 100,
        }
        names = {
            "usable": self.tr("measured"),
            "occlusion": self.tr("covered by something"),
            "yaw": self.tr("turned aside, 100 is 90\N{DEGREE SIGN}"),
            "pitch": self.tr("nodded, 100 is 90\N{DEGREE SIGN}"),
        }
        for name, item in self.measured.items():
            item.setData(np.arange(len(values[name])), np.nan_to_num(values[name]))
            self.legend.addItem(item, names[name])

    def show_playhead(self) -> None:
        """Put the line of the playhead where it is now."""
        clip = self._curves.clip
        self.playhead.setVisible(clip is not None)
        if clip is not None:
            playhead = self._workbench.session.playhead
            self.playhead.setValue(clip.source_at(playhead))

    def _label(self, frame: float) -> str:
        clip, sequence = self._curves.clip, self._workbench.session.sequence
        if clip is None or sequence is None:
            return ""
        at = clip.start + round(frame) - clip.source.start + sequence.first_label
        if at < 0:
            return ""
        return to_timecode(at, sequence.rate, drop=sequence.is_drop and can_drop(sequence.rate))

    # ---- editing ------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Take the drag back; False where there is none."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        gesture.cancel()
        return True

    def _on_pressed(self, frame: int, adding: bool) -> None:
        chosen = self._curves.frames
        if adding:
            self._curves.select(chosen ^ {frame})
        elif frame not in chosen:
            self._curves.select([frame])

    def _on_dragged(self, by: int, rise: float) -> None:
        row, clip = self._curves.row(), self._curves.clip
        if row is None or clip is None:
            return
        if self._gesture is None:
            self._gesture = self._workbench.store.gesture(self.tr("Move keys"))
            self._moved = self._curves.frames
        frames, clip_id, real = self._moved, clip.id, rise / shown_value(1.0, row.unit)

        def change(project: Project) -> Project:
            return move_keys(project, clip_id, row.key, frames, by, real)

        if self._gesture.show(change):
            self._curves.select(frame + by for frame in frames)

    _moved: frozenset[int] = frozenset()

    def _on_dropped(self) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.commit()

    def _on_marked(self, first: float, last: float, low: float, high: float) -> None:
        row = self._curves.row()
        if row is not None:
            self._curves.select(
                key.frame
                for key in self._curves.keys(row.key)
                if first <= key.frame <= last and low <= shown_value(key.value, row.unit) <= high
            )

    def _on_added(self, frame: float, value: float) -> None:
        row = self._curves.row()
        if row is not None:
            self._curves.put(round(frame), value / shown_value(1.0, row.unit))

    def _on_scrubbed(self, line: Any) -> None:  # noqa: ANN401 - an item of pyqtgraph
        self._curves.focus.seek(round(line.value()))

    # ---- keys ---------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keys that edit the curve are the graph's own while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride:
            key = cast("QKeyEvent", event)
            if self._gesture is not None or self._is_own(key):
                event.accept()
                return True
        return bool(super().event(event))

    @staticmethod
    def _is_own(event: QKeyEvent) -> bool:
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape}:
            return True
        return event.key() in _ARROWS and bool(
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            if not self.cancel():
                self._curves.select(())
        elif self._gesture is not None:
            return
        elif key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self._curves.remove()
        elif key in _ARROWS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._curves.move(*_ARROWS[key])
        else:
            super().keyPressEvent(event)
