"""The heads of the tracks at the left: name, target, mute, solo, lock, fold, drives the lips."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QFrame, QLabel, QToolButton, QWidget

from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.ui.timeline.geometry import RULER
from latentsync_studio.ui.timeline.icons import SIZE, track_icon
from latentsync_studio.ui.timeline.lanes import set_driving, track_menu

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QContextMenuEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QWheelEvent,
    )

    from latentsync_studio.core.timeline.model import Track
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.geometry import Row

WIDTH = 176
CHECKED = "QToolButton:checked {{ background: {accent}; color: {on_accent}; border-radius: 3px; }}"
_TWO_LINES = 42  # px from which on name and buttons stand in two lines
_GRIP = 5  # px at the lower edge that change the height


class TrackHeader(QFrame):
    """The head of one track; a click makes it a target, the menu key shows what else there is."""

    renamed = Signal(str)
    own_keys = frozenset((Qt.Key.Key_Space, Qt.Key.Key_F2))

    def __init__(self, stage: TimelineCanvas, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage, self.row = stage, row
        self._pulled: tuple[float, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._name = QLabel(self)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons: dict[str, QToolButton] = {}
        for name, _ in _SWITCHES[row.track.kind]:
            self._buttons[name] = self._button(name)
        self.show_row(row)
        self.restyle()

    @property
    def track(self) -> Track:
        """The track as it is now."""
        return self.row.track

    def button(self, name: str) -> QToolButton:
        """One of the switches: "muted", "solo", "locked", "hidden", "lips"."""
        return self._buttons[name]

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setIconSize(QSize(SIZE, SIZE))
        button.setFixedSize(22, 20)
        button.clicked.connect(self._on_switch)
        return button

    def show_row(self, row: Row) -> None:
        """Show the state of a track."""
        self.row = row
        track = row.track
        title = track.name or track.id
        self._name.setText(title)
        self._name.setToolTip(title)
        for name, words in _SWITCHES[track.kind]:
            button, text = self._buttons[name], self.tr(words)
            button.setChecked(_is_on(track, name))
            button.setToolTip(f"{text} {self.tr(_MORE)}" if name == "lips" else text)
            button.setAccessibleName(f"{title}: {text}")
        kind = self.tr("video track") if track.kind == "video" else self.tr("audio track")
        self.setAccessibleName(f"{title}, {kind}")
        self._arrange()
        self.show_target()

    def _state(self) -> str:
        on = [
            self.tr(words) for name, words in _SWITCHES[self.track.kind] if _is_on(self.track, name)
        ]
        if self.is_target:
            on.insert(0, self.tr("target"))
        return ", ".join(on)

    @property
    def is_target(self) -> bool:
        """Whether paste, insert and overwrite go here."""
        return self.track.id in self._stage.session.tracks

    def restyle(self) -> None:
        """Take icons and colors of the theme."""
        theme = self._stage.workbench.look.theme
        sheet = CHECKED.format(accent=theme.accent, on_accent=theme.on_accent)
        for name, button in self._buttons.items():
            if button.styleSheet() != sheet:
                button.setStyleSheet(sheet)
            if name == "solo":
                button.setText("S")
            else:
                button.setIcon(track_icon(_icon(name, self.track), theme))
        self.show_target()

    def show_target(self) -> None:
        """The track is a target now, or no longer."""
        self.setAccessibleDescription(self._state())
        self.update()

    def _arrange(self) -> None:
        """Two lines where the track is tall enough, else one; folded tracks only show the arrow."""
        height, folded = self.row.height, self.track.is_hidden
        two = height >= _TWO_LINES
        y = height - 22 if two else max(0, (height - 20) // 2)
        x = 8 if two else WIDTH - 8 - 23 * len(self._buttons)
        for name, button in self._buttons.items():
            button.setVisible(not folded or name == "hidden")
            button.setFixedHeight(min(20, height - 1))
            if folded:
                button.move(WIDTH - 30, 0)
            else:
                button.move(x, y)
            x += 23
        room = WIDTH - 16 if two else WIDTH - 20 - 23 * len(self._buttons)
        if folded:
            room = WIDTH - 50
        self._name.setGeometry(10, 2 if two else 0, room, 17 if two else height)
        metrics = QFontMetrics(self._name.font())
        title = self.track.name or self.track.id
        self._name.setText(metrics.elidedText(title, Qt.TextElideMode.ElideRight, room))

    def _on_switch(self) -> None:
        button = self.sender()
        if not isinstance(button, QToolButton):
            return
        name, on, track = button.objectName(), button.isChecked(), self.track
        store = self._stage.store
        label = button.accessibleName()
        if name == "lips":
            done = set_driving(self._stage, track, driving=on)
        else:
            done = store.edit(label, lambda project: switch_track(project, track.id, **{name: on}))
        if not done:
            button.setChecked(_is_on(track, name))  # refused: a locked track

    def toggle_target(self, *, alone: bool) -> None:
        """Choose the track as target, or no longer; `alone` lets go of others of its kind."""
        session = self._stage.session
        same = {row.track.id for row in self._stage.rows.of_kind(self.track.kind)}
        chosen = session.tracks - (same if alone else set())
        session.select(
            tracks=session.tracks - {self.track.id} if self.is_target else chosen | {self.track.id}
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._stage.workbench.look.theme
        painter.fillRect(event.rect(), theme.color("raised" if self.is_target else "window"))
        if self.is_target:
            painter.fillRect(0, 0, 4, self.height(), theme.color("accent"))
        painter.setPen(theme.color("border"))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.position().y() >= self.height() - _GRIP and not self.track.is_hidden:
            self._pulled = (event.globalPosition().y(), self.row.height)
        else:
            self.toggle_target(alone=not event.modifiers() & Qt.KeyboardModifier.ControlModifier)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pulled is not None:
            at, height = self._pulled
            self._stage.set_height(self.track.id, height + event.globalPosition().y() - at)
        on_grip = event.position().y() >= self.height() - _GRIP
        self.setCursor(Qt.CursorShape.SizeVerCursor if on_grip else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._pulled = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.renamed.emit(self.track.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.toggle_target(alone=True)
        elif event.key() == Qt.Key.Key_F2:
            self.renamed.emit(self.track.id)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.is_target:
            self.toggle_target(alone=True)
        menu = track_menu(self._stage, self.track, self)
        menu.addAction(self.tr("Rename track...")).triggered.connect(self._ask_name)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _ask_name(self) -> None:
        self.renamed.emit(self.track.id)


class TrackHeaders(QWidget):
    """All heads; scrolls up and down with the canvas.

    Signals:
        rename_asked(track id): somebody wants to give a track another name.
    """

    rename_asked = Signal(str)

    def __init__(self, stage: TimelineCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Tracks"))
        self._window = QWidget(self)
        self._inner = QWidget(self._window)
        self.headers: list[TrackHeader] = []
        self._targets = stage.session.tracks
        stage.rows_changed.connect(self.fill)
        stage.view_changed.connect(self._on_view)
        stage.session.selection_changed.connect(self._on_selection)
        stage.workbench.look.changed.connect(self._on_look)
        self.fill()

    def fill(self) -> None:
        """Make a head for each row; those of tracks that stay are kept, with their focus."""
        rows = self._stage.rows.rows
        known = {header.track.id: header for header in self.headers}
        kept: list[TrackHeader] = []
        for row in rows:
            header = known.get(row.track.id)
            if header is not None and header.track.kind == row.track.kind:
                del known[row.track.id]
                header.show_row(row)
            else:
                header = TrackHeader(self._stage, row, self._inner)
                header.renamed.connect(self.rename_asked)
                header.show()
            header.setGeometry(0, row.top, WIDTH, row.height)
            kept.append(header)
        for gone in known.values():
            gone.hide()
            gone.deleteLater()
        self.headers = kept
        for first, second in pairwise(kept):
            QWidget.setTabOrder(first, second)
        self._inner.resize(WIDTH, max(1, self._stage.rows.height))
        self._on_view()

    def _on_view(self) -> None:
        self._inner.move(0, -self._stage.view.top)

    def _on_selection(self) -> None:
        if self._targets != self._stage.session.tracks:
            self._targets = self._stage.session.tracks
            for header in self.headers:
                header.show_target()

    def _on_look(self) -> None:
        for header in self.headers:
            header.restyle()

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self._stage.verticalScrollBar()
        bar.setValue(bar.value() - event.angleDelta().y() // 2)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        below = self._stage.horizontalScrollBar().sizeHint().height()
        self._window.setGeometry(0, RULER, WIDTH, max(0, self.height() - RULER - below))


_SWITCHES = {
    "video": (
        ("hidden", "Fold away"),
        ("muted", "Do not show"),
        ("solo", "Solo"),
        ("locked", "Lock"),
    ),
    "audio": (
        ("hidden", "Fold away"),
        ("muted", "Mute"),
        ("solo", "Solo"),
        ("locked", "Lock"),
        ("lips", "Drives the lips"),
    ),
}


_MORE = "(menu: which face)"


def _is_on(track: Track, name: str) -> bool:
    if name == "lips":
        return track.speech is not None
    return bool(getattr(track, f"is_{name}"))


def _icon(name: str, track: Track) -> str:
    if name == "muted":
        return "eye" if track.kind == "video" else "sound"
    return {"hidden": "fold", "locked": "lock", "lips": "lips"}[name]
