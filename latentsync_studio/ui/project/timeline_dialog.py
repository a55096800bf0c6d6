"""Asks how a timeline of another program is to be read: where its media may lie, and its rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
)

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.paths import local_paths
from latentsync_studio.ui.remedy_words import error_words
from latentsync_studio.ui.widgets.elided_label import ElidedLabel
from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    from PySide6.QtWidgets import QFileDialog, QWidget

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.interchange.reading import TimelineKind
    from latentsync_studio.ui.workbench import Workbench

RATES = ("23.976", "24", "25", "29.97", "30", "48", "50", "59.94", "60")
MEDIA = "media"  # under this name the last folder of media is kept
_WIDTH, _LIST_HEIGHT = 600, 96


class TimelineDialog(QDialog):
    """What is known of a timeline file, and what the user decides of its import.

    Signals:
        chosen(timeline, folders, rate): a path, a tuple of paths, a FrameRate or None.
    """

    chosen = Signal(object, object, object)

    def __init__(self, workbench: Workbench, timeline: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench, self._timeline = workbench, timeline
        self.file_dialog: QFileDialog | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Import timeline"))
        self.setAccessibleName(self.windowTitle())
        self.setAcceptDrops(True)
        self.setMinimumWidth(_WIDTH)
        self.kind = QLabel(self.tr("Looking..."), self)
        self.folders = QListWidget(self)
        self.remove_button = QPushButton(self.tr("&Remove"), self)
        self.rate, self.rate_label = QComboBox(self), QLabel(self.tr("&Frame rate"), self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.import_button = buttons.addButton(
            self.tr("&Import"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.import_button.setEnabled(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        column.addLayout(self._facts())
        self._add_folders(column)
        column.addWidget(buttons)
        self._look()

    def accept(self) -> None:
        """Tell what was decided and close."""
        if not self.import_button.isEnabled():
            return
        text = self.rate.currentData()
        rate = FrameRate.parse(text) if text else None
        folders = tuple(Path(self.folders.item(row).text()) for row in range(self.folders.count()))
        super().accept()
        self.chosen.emit(self._timeline, folders, rate)

    def add_folder(self, folder: Path) -> None:
        """Let media of a folder, and of those in it, be opened."""
        remember_folder(self._workbench.preferences, MEDIA, folder)
        if not self.folders.findItems(str(folder), Qt.MatchFlag.MatchExactly):
            self.folders.addItem(str(folder))
        self.folders.setCurrentRow(self.folders.count() - 1)

    def _facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        name = ElidedLabel(self)
        name.setText(self._timeline.name)
        name.setToolTip(str(self._timeline))
        self.kind.setTextFormat(Qt.TextFormat.PlainText)
        self.kind.setWordWrap(True)
        self.kind.setAccessibleName(self.tr("What it is"))
        self.rate.addItem(self.tr("As its time code suggests"), "")
        for text in RATES:
            self.rate.addItem(self.tr("{0} frames/s").format(text), text)
        self.rate.setAccessibleName(self.tr("Frame rate"))
        self.rate_label.setBuddy(self.rate)
        rows = (
            (QLabel(self.tr("Timeline"), self), name),
            (QLabel(self.tr("Format"), self), self.kind),
            (self.rate_label, self.rate),
        )
        for row, (title, widget) in enumerate(rows):
            grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, row, 1)
        self._ask_rate(asked=False)
        return grid

    def _add_folders(self, column: QVBoxLayout) -> None:
        title = QLabel(self.tr("&Media may also be opened in these folders"), self)
        title.setBuddy(self.folders)
        self.folders.setAccessibleName(self.tr("Folders in which media may be opened"))
        self.folders.setFixedHeight(_LIST_HEIGHT)
        self.folders.currentRowChanged.connect(lambda row: self.remove_button.setEnabled(row >= 0))
        add = QPushButton(self.tr("&Add folder..."), self)
        for button in (add, self.remove_button):
            button.setAutoDefault(False)
        add.clicked.connect(self._ask_folder)
        self.remove_button.setEnabled(False)
        self.remove_button.clicked.connect(lambda: self.folders.takeItem(self.folders.currentRow()))
        row = QHBoxLayout()
        row.addWidget(add)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        hint = QLabel(
            self.tr(
                "The folder of the timeline always counts. Before a file elsewhere is opened you"
                " are asked."
            ),
            self,
        )
        hint.setWordWrap(True)
        column.addWidget(title)
        column.addWidget(self.folders)
        column.addLayout(row)
        column.addWidget(hint)

    def _ask_rate(self, *, asked: bool) -> None:
        self.rate.setVisible(asked)
        self.rate_label.setVisible(asked)

    def _look(self) -> None:
        timeline = self._timeline

        def work(_progress: Progress) -> TimelineKind:
            from latentsync_studio.services.interchange.reading import look_at_timeline

            return look_at_timeline(timeline)

        self._workbench.background.submit(
            work, self._on_looked, self._on_failed, key="timeline kind"
        )

    def _on_looked(self, kind: TimelineKind) -> None:
        text = kind.title
        if not kind.says_rate:
            text = self.tr("{0}; its frame rate does not stand in it.").format(kind.title)
        self.kind.setText(text)
        self._ask_rate(asked=not kind.says_rate)
        self.import_button.setEnabled(True)
        self.import_button.setDefault(True)

    def _on_failed(self, error: StudioError) -> None:
        self.kind.setText(f"\N{MULTIPLICATION X} {error_words(error)}")

    def _ask_folder(self) -> None:
        question = FileQuestion(
            title=self.tr("Folder with media"),
            filters="",
            is_folder=True,
            suggestion=last_folder(self._workbench.preferences, MEDIA),
        )
        self.file_dialog = ask_for_file(self, question, self.add_folder)

    def done(self, code: int) -> None:
        self._workbench.background.cancel("timeline kind")
        super().done(code)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Folders are added; of files those in which they lie."""
        for path in local_paths(event.mimeData()):
            self.add_folder(path if path.is_dir() else path.parent)
        event.acceptProposedAction()
