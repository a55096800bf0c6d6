"""Tracks and clips as a table, for screen readers and for whoever prefers one; same selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from latentsync_studio.ui.timeline.tips import state_words
from latentsync_studio.ui.timeline.tools.base import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, Track
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
COLUMNS = ("Name", "Track", "Start", "End", "Duration", "State")


class TimelineModel(QAbstractTableModel):
    """A row for each track, followed by its clips; read from the canvas' rows when reset."""

    def __init__(self, stage: TimelineCanvas, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage = stage
        self._rows: list[tuple[Track, Clip | None]] = []
        self._places: dict[ClipId, int] = {}

    def fill(self) -> None:
        """Read the tracks anew."""
        self.beginResetModel()
        self._rows = []
        for row in self._stage.rows.rows:
            self._rows.append((row.track, None))
            self._rows += [(row.track, clip) for clip in row.track.clips]
        self._places = {
            clip.id: place for place, (_, clip) in enumerate(self._rows) if clip is not None
        }
        self.endResetModel()

    def clip_at(self, row: int) -> Clip | None:
        """The clip of a row; None for a track."""
        return self._rows[row][1]

    def track_at(self, row: int) -> Track:
        """The track of a row."""
        return self._rows[row][0]

    def row_of(self, clip: ClipId) -> int | None:
        """The row of a clip."""
        return self._places.get(clip)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's signature
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(COLUMNS[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's
        if not index.isValid():
            return None
        track, clip = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            words = self._of_track(track) if clip is None else self._of_clip(track, clip)
            return words[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            words = self._of_track(track) if clip is None else self._of_clip(track, clip)
            return ", ".join(word for word in words if word)
        if role == Qt.ItemDataRole.FontRole and clip is None:
            font = self._stage.font()
            font.setBold(True)
            return font
        return None

    def _of_track(self, track: Track) -> tuple[str, ...]:
        states = [
            word
            for on, word in (
                (track.speech is not None, tr("drives the lips")),
                (track.is_muted, tr("muted")),
                (track.is_solo, tr("solo")),
                (track.is_locked, tr("locked")),
                (track.is_hidden, tr("folded")),
            )
            if on
        ]
        kind = tr("Video track") if track.kind == "video" else tr("Audio track")
        count = tr("Clips: {0}").format(len(track.clips))
        return f"{kind} {track.name}", track.name, "", "", count, ", ".join(states)

    def _of_clip(self, track: Track, clip: Clip) -> tuple[str, ...]:
        clock = self._stage.clock
        return (
            clip_name(self._stage, clip),
            track.name,
            clock.label(clip.start),
            clock.label(clip.stop - 1),
            clock.length(clip.stop - clip.start),
            clip_state(self._stage, track, clip),
        )


class TimelineTable(QTableView):
    """The table; rows that are selected are the selected clips and target tracks."""

    def __init__(self, stage: TimelineCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.rows = TimelineModel(stage, self)
        self.setModel(self.rows)
        self._following = False
        self.setAccessibleName(self.tr("Tracks and clips as a table"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for column, width in enumerate((260, 70, 110, 110, 110)):
            header.resizeSection(column, width)
        self.selectionModel().selectionChanged.connect(self._on_rows)
        stage.session.selection_changed.connect(self._on_session)
        stage.store.changed.connect(self._on_changed)
        stage.session.sequence_changed.connect(self._fill)
        stage.workbench.spans.changed.connect(self._on_spans)
        self.doubleClicked.connect(self._on_opened)

    def _on_changed(self, before: Project, after: Project) -> None:
        if before is not after:
            self._fill()

    def _fill(self) -> None:
        if not self.isVisible():
            return
        at = self.currentIndex().row()
        self._following = True
        self.rows.fill()
        self._following = False
        if 0 <= at < self.rows.rowCount():
            self.selectionModel().setCurrentIndex(
                self.rows.index(at, 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
        self._on_session()

    def _on_session(self) -> None:
        if self._following or not self.isVisible():
            return
        chosen = QItemSelection()
        last = self.rows.columnCount() - 1
        first = None
        for clip in self._stage.session.clips:
            row = self.rows.row_of(clip)
            if row is not None:
                chosen.select(self.rows.index(row, 0), self.rows.index(row, last))
                first = row if first is None else min(first, row)
        self._following = True
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if first is not None and not self.hasFocus():
            self.scrollTo(self.rows.index(first, 0))
        self._following = False

    def _on_rows(self, _on: object, _off: object) -> None:
        if self._following:
            return
        rows = [index.row() for index in self.selectionModel().selectedRows()]
        clips = [clip.id for row in rows if (clip := self.rows.clip_at(row)) is not None]
        tracks = [self.rows.track_at(row).id for row in rows if self.rows.clip_at(row) is None]
        self._following = True
        self._stage.session.select(clips, tracks=tracks or None)
        self._following = False

    def _on_spans(self, _clips: object) -> None:
        if self.isVisible() and self.rows.rowCount():
            last = self.rows.rowCount() - 1
            column = len(COLUMNS) - 1
            self.rows.dataChanged.emit(self.rows.index(0, column), self.rows.index(last, column))

    def _on_opened(self, index: QModelIndex) -> None:
        if self.rows.clip_at(index.row()) is not None:
            self._stage.opened_clip.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._stage.menu_asked.emit(event.globalPos().toPointF())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()


def clip_name(stage: TimelineCanvas, clip: Clip) -> str:
    """What people call a clip."""
    item = stage.media_item(clip.media)
    return clip.name or (item.name if item is not None else clip.id)


def clip_state(stage: TimelineCanvas, track: Track, clip: Clip) -> str:
    """Everything about a clip that the picture shows by color or pattern, in words."""
    words = []
    if clip.media in stage.offline:
        words.append(tr("media offline"))
    if not clip.is_enabled:
        words.append(tr("disabled"))
    if track.is_locked:
        words.append(tr("locked"))
    if clip.link is not None:
        words.append(tr("linked"))
    names = state_words()
    states = dict.fromkeys(span.state for span in stage.workbench.spans.spans_of(clip.id))
    words += [names[state] for state in states]
    return ", ".join(words)
