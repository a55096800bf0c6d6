"""Asks for a clip and the speech that its lips shall follow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from latentsync_studio.ui.paths import local_paths
from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    from PySide6.QtWidgets import QFileDialog, QWidget

    from latentsync_studio.ui.preferences.controller import PreferencesController

SOUND_SUFFIXES = (".wav", ".mp3", ".flac", ".m4a", ".aac", ".ogg", ".opus", ".aif", ".aiff", ".wma")
_PURPOSE = "media"
_WIDTH = 560


class PairDialog(QDialog):
    """Two files: a clip of someone talking, and new speech.

    Signals:
        chosen(clip, speech): paths of files that exist.
    """

    chosen = Signal(object, object)

    def __init__(self, preferences: PreferencesController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.file_dialog: QFileDialog | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Open clip and speech"))
        self.setAcceptDrops(True)
        self.setMinimumWidth(_WIDTH)
        self.clip, self.speech = QLineEdit(self), QLineEdit(self)
        grid = QGridLayout()
        sound = " ".join(f"*{suffix}" for suffix in SOUND_SUFFIXES)
        self._add_row(grid, 0, self.tr("&Clip"), self.clip, self.tr("All files (*)"))
        self._add_row(
            grid,
            1,
            self.tr("&Speech"),
            self.speech,
            self.tr("Sound and video (*.mp4 *.mov *.mkv {0});;All files (*)").format(sound),
        )
        self._hint = QLabel(self)
        self._hint.setWordWrap(True)
        self._hint.setAccessibleName(self.tr("What is missing"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.open_button = buttons.addButton(
            self.tr("&Open"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        text = QLabel(
            self.tr(
                "The clip shows someone talking; its lips will follow the speech. Both can also be"
                " dropped here."
            ),
            self,
        )
        text.setWordWrap(True)
        column.addWidget(text)
        column.addLayout(grid)
        column.addWidget(self._hint)
        column.addWidget(buttons)
        self._check()

    def accept(self) -> None:
        """Tell both files and close."""
        clip, speech = self._path(self.clip), self._path(self.speech)
        if clip is None or speech is None:
            return
        remember_folder(self._preferences, _PURPOSE, clip.parent)
        super().accept()
        self.chosen.emit(clip, speech)

    def _add_row(
        self, grid: QGridLayout, row: int, title: str, line: QLineEdit, filters: str
    ) -> None:
        label = QLabel(title, self)
        label.setBuddy(line)
        plain = title.replace("&", "")
        line.setAccessibleName(plain)
        line.textChanged.connect(self._check)
        browse = QPushButton(self.tr("Browse..."), self)
        browse.setAccessibleName(self.tr("Browse for {0}").format(plain))
        browse.setAutoDefault(False)
        browse.clicked.connect(lambda: self._browse(line, plain, filters))
        for column, widget in enumerate((label, line, browse)):
            grid.addWidget(widget, row, column)

    def _browse(self, line: QLineEdit, title: str, filters: str) -> None:
        question = FileQuestion(
            title=title,
            filters=filters,
            suggestion=last_folder(self._preferences, _PURPOSE),
        )
        self.file_dialog = ask_for_file(self, question, lambda path: line.setText(str(path)))

    def _path(self, line: QLineEdit) -> Path | None:
        text = line.text().strip()
        return Path(text) if text and Path(text).is_file() else None

    def _check(self, *_: object) -> None:
        missing = [
            name
            for name, line in ((self.tr("clip"), self.clip), (self.tr("speech"), self.speech))
            if self._path(line) is None
        ]
        self.open_button.setEnabled(not missing)
        if not missing:
            self._hint.setText(self.tr("Both come onto the timeline, linked to each other."))
        elif len(missing) == 2:
            self._hint.setText(self.tr("Choose a clip and a speech."))
        else:
            self._hint.setText(self.tr("Choose the {0}: a file that exists.").format(missing[0]))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Sound goes to the speech, anything else to the clip."""
        for path in local_paths(event.mimeData()):
            is_sound = path.suffix.lower() in SOUND_SUFFIXES
            (self.speech if is_sound else self.clip).setText(str(path))
        event.acceptProposedAction()
