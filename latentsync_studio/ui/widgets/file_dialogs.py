"""File dialogs that are opened and answer by a call, and that remember folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.preferences.controller import PreferencesController


class FileQuestion(NamedTuple):
    """What is asked for.

    Attributes:
        title: of the dialog.
        filters: "Projects (*.lsp)", several separated by ";;".
        is_saving: a name to write to; else a file that exists.
        suffix: added to a name without one, when saving; without the dot.
        suggestion: file that is proposed, or folder to begin in.
        is_folder: a folder that exists is asked for.
    """

    title: str
    filters: str
    is_saving: bool = False
    suffix: str = ""
    suggestion: Path | None = None
    is_folder: bool = False


def ask_for_file(
    parent: QWidget | None,
    question: FileQuestion,
    chosen: Callable[[Path], object],
    cancelled: Callable[[], object] | None = None,
) -> QFileDialog:
    """Open a file dialog; `chosen(path)` or `cancelled()` is called when it closes."""
    dialog = QFileDialog(parent, question.title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if question.is_folder:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    else:
        dialog.setNameFilters(question.filters.split(";;"))
    if question.is_saving:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(question.suffix)
    elif not question.is_folder:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    if question.suggestion is not None:
        is_folder = not question.suggestion.suffix or question.suggestion.is_dir()
        _suggest(dialog, question.suggestion, is_folder=is_folder)
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    if cancelled is not None:
        dialog.rejected.connect(cancelled)
    dialog.open()
    return dialog


def last_folder(preferences: PreferencesController, purpose: str) -> Path:
    """The folder that was last used for something, or the user's own."""
    kept = preferences.layout(f"folder.{purpose}")
    folder = Path(os.fsdecode(kept)) if kept else Path.home()
    return folder if folder.is_dir() else Path.home()


def remember_folder(preferences: PreferencesController, purpose: str, folder: Path) -> None:
    """Keep a folder for the next time."""
    preferences.set_layout(f"folder.{purpose}", os.fsencode(folder))


def _suggest(dialog: QFileDialog, suggestion: Path, *, is_folder: bool) -> None:
    if is_folder:
        dialog.setDirectory(str(suggestion))
    else:
        dialog.setDirectory(str(suggestion.parent))
        dialog.selectFile(suggestion.name)
