"""A button that writes what a panel shows to a file: a picture, or its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from latentsync_studio.ui.viewer.save_frame import save_image
from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QFileDialog

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.tables_out import Table
    from latentsync_studio.ui.workbench import Workbench

KINDS: Final = ("png", "csv", "json")
_PURPOSE: Final = "numbers"  # under which the folder is remembered


class Exportable(Protocol):
    """A panel that can be written to a file; all is asked for in the GUI thread."""

    def export_name(self) -> str:
        """Name of the file without its suffix."""

    def export_image(self) -> QImage:
        """The panel as it looks."""

    def export_table(self) -> Callable[[], Table]:
        """Makes the numbers; called on a worker thread, so it must hold only frozen values."""


class ExportButton(QToolButton):
    """Asks for a file and writes it in the background."""

    def __init__(
        self, workbench: Workbench, panel: Exportable, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._panel = workbench, panel
        self.setText(self.tr("Export"))
        self.setAutoRaise(True)
        self.setAccessibleName(self.tr("Export what is shown"))
        self.setToolTip(self.tr("Writes the panel as a picture, or its numbers"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        titles = {
            "png": self.tr("Picture (PNG)..."),
            "csv": self.tr("Numbers (CSV)..."),
            "json": self.tr("Numbers (JSON)..."),
        }
        for kind in KINDS:
            action = menu.addAction(titles[kind])
            action.triggered.connect(lambda _checked=False, kind=kind: self.ask(kind))
        self.setMenu(menu)

    def ask(self, kind: str) -> QFileDialog:
        """Ask where to write; a dialog that is open."""
        folder = last_folder(self._workbench.preferences, _PURPOSE)
        question = FileQuestion(
            self.tr("Export what is shown"),
            f"{kind.upper()} (*.{kind})",
            is_saving=True,
            suffix=kind,
            suggestion=folder / f"{self._panel.export_name()}.{kind}",
        )
        return ask_for_file(self.window(), question, lambda path: self.write(kind, path))

    def write(self, kind: str, path: Path) -> None:
        """Write in the background, and say so."""
        remember_folder(self._workbench.preferences, _PURPOSE, path.parent)
        image = self._panel.export_image() if kind == "png" else None
        make = self._panel.export_table() if kind != "png" else None

        def work(progress: Progress) -> None:
            if image is not None:
                save_image(image, path)
            elif make is not None:
                from latentsync_studio.services.tables_out import write_csv, write_json

                write = write_csv if kind == "csv" else write_json
                write(path, make(), progress)

        def done(_nothing: None) -> None:
            self._workbench.tell(self.tr("{0} is written.").format(path.name))

        self._workbench.background.submit(work, done, self._workbench.tell_error)
