"""The media of the project as a table: picture and name, length, rate, size, what is odd."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QIcon

from latentsync_studio.core.timeline.timecode import to_timecode
from latentsync_studio.ui.media_bin.icons import picture_icon, sound_icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.timeline.model import MediaId, MediaItem, Project
    from latentsync_studio.ui.workbench import Workbench

MEDIA_MIME = "application/x-latentsync-media"
ICON_SIZE = QSize(56, 32)  # px; pictures of any shape lie in its middle, so that names line up
NAME, DURATION, RATE, SIZE, NOTES = range(5)
MARKS = int(Qt.ItemDataRole.UserRole) + 1  # state and badges in a line, "" where all is usual
WARNING = "\N{WARNING SIGN}"
_Index = QModelIndex | QPersistentModelIndex


class MediaModel(QAbstractTableModel):
    """Rows are the media in the order of the bin; drags carry their ids as JSON."""

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._items: tuple[MediaItem, ...] = workbench.store.project.media
        self._titles = (
            self.tr("Name"),
            self.tr("Duration"),
            self.tr("Rate"),
            self.tr("Picture, sound"),
            self.tr("Notes"),
        )
        workbench.store.changed.connect(self._on_changed)
        workbench.media.states_changed.connect(self._on_states)
        workbench.media.thumbnail_ready.connect(self._on_thumbnail)

    def item(self, row: int) -> MediaItem:
        """The medium in a row."""
        return self._items[row]

    def row_of(self, media: MediaId) -> int:
        """The row of a medium, -1 where it is not in the bin."""
        return next((row for row, item in enumerate(self._items) if item.id == media), -1)

    def _on_changed(self, before: Project, after: Project) -> None:
        if before.media is after.media:
            return
        if [item.id for item in self._items] == [item.id for item in after.media]:
            self._items = after.media
            self._tell_all()
            return
        self.beginResetModel()
        self._items = after.media
        self.endResetModel()

    def _on_states(self) -> None:
        self._tell_all()

    def _tell_all(self) -> None:
        if self._items:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._items) - 1, NOTES))

    def _on_thumbnail(self, media: str) -> None:
        for row, item in enumerate(self._items):
            if item.id == media:
                index = self.index(row, NAME)
                self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    # what Qt asks

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as above
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's own signature
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._titles[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        item, column = self._items[index.row()], index.column()
        answer: Any = None
        if role == Qt.ItemDataRole.DisplayRole:
            answer = self._text(item, column)
        elif role == Qt.ItemDataRole.ToolTipRole:
            answer = self._tip(item)
        elif role == Qt.ItemDataRole.AccessibleTextRole:
            answer = self._spoken(item, column)
        elif role == MARKS:
            answer = self._marks(item)
        elif role == Qt.ItemDataRole.DecorationRole and column == NAME:
            answer = self._picture(item)
        elif role == Qt.ItemDataRole.ForegroundRole and self._is_offline(item):
            answer = QColor(self._workbench.look.theme.error)
        return answer

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        return [MEDIA_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted({index.row() for index in indexes})
        data = QMimeData()
        ids = json.dumps([self._items[row].id for row in rows])
        data.setData(MEDIA_MIME, QByteArray(ids.encode()))
        return data

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    # texts

    def _text(self, item: MediaItem, column: int) -> str:
        return (self._name, duration_text, _rate_text, _size_text, self._notes)[column](item)

    def _name(self, item: MediaItem) -> str:
        return item.name

    def _notes(self, item: MediaItem) -> str:
        state = self._workbench.media.state_of(item)
        words = [badge.label for badge in self._workbench.media.badges_of(item)]
        if state is not None and state.state != "online":
            word = self.tr("OFFLINE") if state.state == "offline" else self.tr("CHANGED")
            words.insert(0, word)
        return "  ".join(words)

    def _marks(self, item: MediaItem) -> str:
        """What stands under the name: the notes, with a sign where the file is not as it was."""
        state = self._workbench.media.state_of(item)
        notes = self._notes(item)
        is_well = state is None or state.state == "online"
        return notes if is_well else f"{WARNING} {notes}"

    def _spoken(self, item: MediaItem, column: int) -> str:
        text = f"{self._titles[column]}: {self._text(item, column)}"
        notes = self._notes(item) if column == NAME else ""
        return f"{text}; {notes}" if notes else text

    def _tip(self, item: MediaItem) -> str:
        lines = [item.path]
        state = self._workbench.media.state_of(item)
        if state is not None and state.text:
            lines.append(state.text)
        lines += [f"{b.label}: {b.meaning}" for b in self._workbench.media.badges_of(item)]
        return "\n".join(lines)

    def _is_offline(self, item: MediaItem) -> bool:
        state = self._workbench.media.state_of(item)
        return state is not None and state.state == "offline"

    def _picture(self, item: MediaItem) -> QIcon:
        theme = self._workbench.look.theme
        if item.video is None:
            return sound_icon(ICON_SIZE, theme)
        middle = 0 if item.is_still else item.video.n_frames // 3
        tall = ICON_SIZE.height() * 2
        image = self._workbench.media.thumbnail(item, middle, item.video.rate, tall)
        return picture_icon(image, ICON_SIZE, theme)


def duration_text(item: MediaItem) -> str:
    """How long a medium is: time code of its own rate, or minutes and seconds of sound."""
    if item.is_still:
        return ""
    if item.video is not None:
        rate = item.video.rate
        return to_timecode(item.video.n_frames, rate, drop=False)
    if item.audio is not None:
        seconds = item.audio.n_samples / item.audio.rate_hz
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(int(minutes), 60)
        return f"{hours:02d}:{minutes:02d}:{rest:06.3f}"
    return ""


def _rate_text(item: MediaItem) -> str:
    return f"{item.video.rate}" if item.video is not None and not item.is_still else ""


def _size_text(item: MediaItem) -> str:
    parts = []
    if item.video is not None:
        parts.append(f"{item.video.width} x {item.video.height}")
    if item.audio is not None:
        parts.append(f"{item.audio.rate_hz / 1000:g} kHz, {item.audio.channels} ch")
    return "; ".join(parts)
