"""What the pages of the export dialog share: what is asked of them, and a line for the output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QFileDialog

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Project, Sequence
    from latentsync_studio.services.delivery.estimate import Estimate
    from latentsync_studio.services.validate import Problem
    from latentsync_studio.ui.workbench import Workbench

PURPOSE = "export"


class Asked(NamedTuple):
    """What all pages are asked for.

    Attributes:
        project: the document.
        sequence: that is exported.
        frames: of it; None is all.
        clips: selected clips, where the range is those.
    """

    project: Project
    sequence: Sequence
    frames: FrameRange | None
    clips: tuple[ClipId, ...]

    @property
    def n_frames(self) -> int:
        """How many frames."""
        return self.sequence.stop if self.frames is None else len(self.frames)


class Found(NamedTuple):
    """What was found out on a worker thread.

    Attributes:
        problems: that keep the export from beginning.
        losses: what the output will not hold.
        free_bytes: of its disk, None where nobody knows.
        is_replaced: something of that name is there and will be replaced.
    """

    problems: tuple[Problem, ...]
    losses: tuple[str, ...]
    free_bytes: int | None
    is_replaced: bool


class ExportPage(QWidget):
    """One kind of export.

    Signals:
        changed(): something that is asked for is another now.
    """

    changed = Signal()

    def __init__(self, workbench: Workbench, sequence: Sequence, parent: QWidget) -> None:
        super().__init__(parent)
        self.workbench, self.sequence = workbench, sequence
        self.file_dialog: QFileDialog | None = None
        self.line = QLineEdit(self)

    @property
    def title(self) -> str:
        """Of the tab."""
        raise NotImplementedError

    @property
    def verb(self) -> str:
        """On the button that begins it."""
        raise NotImplementedError

    @property
    def output(self) -> Path:
        """What is written."""
        return Path(self.line.text().strip())

    def check(self, asked: Asked) -> Callable[[Progress], Found]:
        """Work for a thread: what is in the way, and what is lost."""
        raise NotImplementedError

    def trial(self, asked: Asked) -> Callable[[Progress], Estimate] | None:  # noqa: ARG002 - others need it
        """Work for a thread: how large it will be; None where nobody can tell."""
        return None

    def order(self, asked: Asked) -> Callable[[], object]:
        """Settle what is asked for, and give what begins it; the page may be gone by then."""
        raise NotImplementedError

    def remember(self) -> None:
        """Keep what is asked next time as well."""
        remember_folder(self.workbench.preferences, PURPOSE, self.output.parent)

    # --- for pages

    def add_output(self, grid: QGridLayout, label: str, name: str, browse: str) -> None:
        """Add a row: a label, the line, and a button that asks for a file or folder."""
        self.line.setAccessibleName(name)
        title = QLabel(label, self)
        title.setBuddy(self.line)
        button = QPushButton(self.tr("Browse..."), self)
        button.setAccessibleName(browse)
        button.setAutoDefault(False)
        button.clicked.connect(self.browse)
        self.line.textChanged.connect(lambda *_: self.changed.emit())
        row = grid.rowCount()
        grid.addWidget(title, row, 0)
        grid.addWidget(self.line, row, 1)
        grid.addWidget(button, row, 2)

    def browse(self) -> None:
        """Ask for the output."""
        self.file_dialog = ask_for_file(
            self, self.question(), lambda path: self.line.setText(str(path))
        )

    def question(self) -> FileQuestion:
        """How the output is asked for."""
        raise NotImplementedError

    def suggested(self, suffix: str, but: str) -> Path:
        """An output beside the project, with its name; `but` joined to it where a medium has it."""
        path = self.workbench.project.path
        stem = path.stem if path is not None else self.sequence.name
        name = stem.replace("/", "-").replace("\\", "-") or self.tr("movie")
        folder = path.parent if path is not None else None
        if folder is None or not folder.is_dir():
            folder = last_folder(self.workbench.preferences, PURPOSE)
        wanted = folder / f"{name}{suffix}"
        if any(Path(item.path) == wanted for item in self.workbench.store.project.media):
            return folder / f"{name} {but}{suffix}"
        return wanted
