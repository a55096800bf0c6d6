"""The dialog that lists backups of projects, to look at one and save it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from latentsync_studio.ui.project.questions import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.services.project_backups import BackedUp

_WIDTH, _HEIGHT = 520, 360
_PATH = Qt.ItemDataRole.UserRole


class BackupsDialog(QDialog):
    """Projects in a list, the backups of the chosen one below it with time and size.

    Signals:
        chosen(path): the backup that shall be opened.
    """

    chosen = Signal(object)

    def __init__(self, found: Sequence[BackedUp], parent: QWidget | None = None) -> None:
        """Show the backups of `found`, of the first project at first; it must not be empty."""
        super().__init__(parent)
        title = self.tr("Open a backup")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._found = tuple(found)
        about = QLabel(
            self.tr(
                "A backup opens read-only and can be saved under another name. The project itself"
                " stays as it is."
            ),
            self,
        )
        about.setWordWrap(True)
        self.projects = QComboBox(self)
        self.projects.setAccessibleName(self.tr("Project"))
        self.projects.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        for place, each in enumerate(self._found):
            self.projects.addItem(f"{each.project.stem}  -  {each.project.parent}")
            self.projects.setItemData(place, str(each.project), Qt.ItemDataRole.ToolTipRole)
        self.backups = self._make_list()
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.buttons.accepted.connect(self._choose)
        self.buttons.rejected.connect(self.reject)
        row = QFormLayout()
        row.addRow(self.tr("Project"), self.projects)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addLayout(row)
        column.addWidget(self.backups, 1)
        column.addWidget(self.buttons)
        self.projects.currentIndexChanged.connect(self._fill)
        self._fill(0)
        self.resize(_WIDTH, _HEIGHT)
        self.backups.setFocus()

    def _make_list(self) -> QTreeWidget:
        backups = QTreeWidget(self)
        backups.setAccessibleName(self.tr("Backups"))
        backups.setHeaderLabels([self.tr("Saved"), self.tr("Size")])
        backups.setRootIsDecorated(False)
        backups.setUniformRowHeights(True)
        backups.itemDoubleClicked.connect(self._choose)
        return backups

    def _fill(self, row: int) -> None:
        self.backups.clear()
        for backup in self._found[row].backups:
            size = QLocale().formattedDataSize(backup.size)
            item = QTreeWidgetItem(self.backups, [moment(backup.time), size])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setData(0, _PATH, backup.path)
            item.setToolTip(0, str(backup.path))
        self.backups.resizeColumnToContents(0)
        newest = self.backups.topLevelItem(0)
        if newest is not None:
            self.backups.setCurrentItem(newest)

    def _choose(self, *_: object) -> None:
        item = self.backups.currentItem()
        path: Path | None = item.data(0, _PATH) if item is not None else None
        if path is not None:
            self.accept()
            self.chosen.emit(path)
