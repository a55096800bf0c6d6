"""Report a problem: facts without media or names of people, shown before they are saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.ui.workbench import Workbench

_KEY = "problem report"


class ReportDialog(QDialog):
    """Shows what the bundle holds; "Save" writes it as a zip file."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Report a problem"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workbench = workbench
        what = QLabel(
            self.tr(
                "This is what a report holds: versions, devices, settings and the end of the log."
                " No media, no project, no names of your folders and files. Read it, save it and"
                " send the file with a few words on what you did."
            ),
            self,
        )
        what.setWordWrap(True)
        self.text = QPlainTextEdit(self.tr("Collecting..."), self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Contents of the report"))
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close, self
        )
        self.save_button = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save_button.setEnabled(False)
        self.buttons.accepted.connect(self._ask)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (what, self.text, self.buttons):
            column.addWidget(widget)
        self.resize(700, 520)
        self._collect()

    def _collect(self) -> None:
        home = self._workbench.home

        def work(_progress: Progress) -> str:
            from latentsync_studio.services.problem_report import report_text

            return report_text(home)

        self._workbench.background.submit(work, self._show_text, key=_KEY)

    def done(self, result: int) -> None:
        """Closed before all was collected: nobody waits for it any more."""
        self._workbench.background.cancel(_KEY)
        super().done(result)

    def _show_text(self, text: str) -> None:
        self.text.setPlainText(text)
        self.save_button.setEnabled(True)

    def _ask(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the report"), str(Path.home()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.selectFile("latentsync-studio-report.zip")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save)
        dialog.open()

    def save(self, name: str) -> None:
        """Write the bundle to a file, in the background."""
        text = self.text.toPlainText()

        def work(_progress: Progress) -> Path:
            from latentsync_studio.services.problem_report import write_report

            return write_report(Path(name), text)

        def done(path: Path) -> None:
            self._workbench.tell(self.tr("The report is saved as {0}.").format(path))

        self._workbench.background.submit(work, done)
        self.accept()
