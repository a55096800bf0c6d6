"""Asks where a movie goes, which part of the sequence, and how it is encoded."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
)

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.ui.export.forecast import forecast
from latentsync_studio.ui.remedy_words import error_words, remedy_words
from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)
from latentsync_studio.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog, QWidget

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.validate import Problem
    from latentsync_studio.ui.workbench import Workbench

CHECK_AFTER_MS = 250
_PURPOSE = "export"
_WIDTH = 600
_GIB = 1024**3


class _Checked(NamedTuple):
    """What was found out on a worker thread."""

    problems: tuple[Problem, ...]
    free_bytes: int | None


class ExportDialog(QDialog):
    """Exports the sequence that was shown when it was opened.

    It only asks: on `accepted` read `output` and `frames`, and call `apply_settings`.
    `is_checked` tells whether what is shown of problems and room is up to date.
    """

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sequence = workbench.session.sequence
        if sequence is None:
            raise ValueError("There is no sequence to export.")
        self._workbench, self._sequence = workbench, sequence
        self._encode = workbench.store.project.settings.encode
        self.file_dialog: QFileDialog | None = None
        self.is_checked = False
        self.problems: tuple[Problem, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export movie"))
        self.setMinimumWidth(_WIDTH)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CHECK_AFTER_MS)
        self._timer.timeout.connect(self._check)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        column.addLayout(self._make_output())
        column.addWidget(self._make_range())
        column.addWidget(self._make_form())
        column.addWidget(self._make_report())
        column.addWidget(self._make_buttons())
        self.line.textChanged.connect(self._ask_check)
        self._ask_check()

    # --- what is asked

    @property
    def output(self) -> Path:
        """The movie to write."""
        return Path(self.line.text().strip())

    @property
    def frames(self) -> FrameRange | None:
        """Frames of the sequence; None is all."""
        return self._sequence.work_area if self.work_area.isChecked() else None

    @property
    def encode(self) -> EncodeSettings:
        """How it is encoded."""
        return self._encode

    def apply_settings(self) -> None:
        """Keep the encoding with the project, one undo step where it is another."""
        encode = self._encode
        self._workbench.store.edit(
            self.tr("Export settings"),
            lambda project: set_settings(project, replace(project.settings, encode=encode)),
        )

    def accept(self) -> None:
        remember_folder(self._workbench.preferences, _PURPOSE, self.output.parent)
        super().accept()

    def done(self, code: int) -> None:
        self._timer.stop()
        self._workbench.background.cancel(self)
        super().done(code)

    # --- widgets

    def _make_output(self) -> QHBoxLayout:
        self.line = QLineEdit(str(self._suggestion()), self)
        self.line.setAccessibleName(self.tr("Movie file"))
        label = QLabel(self.tr("&File"), self)
        label.setBuddy(self.line)
        browse = QPushButton(self.tr("Browse..."), self)
        browse.setAccessibleName(self.tr("Browse for the movie file"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.line, 1)
        row.addWidget(browse)
        return row

    def _suggestion(self) -> Path:
        path = self._workbench.project.path
        stem = path.stem if path is not None else self._sequence.name
        name = stem.replace("/", "-").replace("\\", "-") or self.tr("movie")
        folder = path.parent if path is not None else None
        if folder is None or not folder.is_dir():
            folder = last_folder(self._workbench.preferences, _PURPOSE)
        suggested = folder / f"{name}.mp4"
        if any(Path(item.path) == suggested for item in self._workbench.store.project.media):
            return folder / self.tr("{0} movie.mp4").format(name)
        return suggested

    def _make_range(self) -> QGroupBox:
        box = QGroupBox(self.tr("Range"), self)
        self.whole = QRadioButton(box)
        self.work_area = QRadioButton(box)
        everything, area = FrameRange(0, self._sequence.stop), self._sequence.work_area
        self.whole.setText(self.tr("Whole sequence: {0}").format(self._length(everything)))
        if area is None:
            self.work_area.setText(self.tr("Work area: none is set (keys I and O)"))
        else:
            self.work_area.setText(self.tr("Work area: {0}").format(self._length(area)))
        self.work_area.setEnabled(area is not None)
        self.whole.setChecked(True)
        self.whole.toggled.connect(self._ask_check)
        column = QVBoxLayout(box)
        column.addWidget(self.whole)
        column.addWidget(self.work_area)
        return box

    def _length(self, frames: FrameRange) -> str:
        n = frames.stop - frames.start
        seconds = n * self._sequence.rate.den / self._sequence.rate.num
        return self.tr("%n frame(s), {0:.1f} s", "", n).format(seconds)

    def _make_form(self) -> QGroupBox:
        box = QGroupBox(self.tr("Encoding"), self)
        self.form = SettingsForm(EncodeSettings, box, label_lines=1)
        self.form.set_values(self._encode)
        self.form.edited.connect(self._on_edited)
        QVBoxLayout(box).addWidget(self.form)
        return box

    def _make_report(self) -> QFrame:
        frame = QFrame(self)
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        self.room, self.time, self.trouble = (QLabel(frame) for _ in range(3))
        grid = QGridLayout(frame)
        grid.setColumnStretch(1, 1)
        for row, (title, label) in enumerate(
            (
                (self.tr("Room"), self.room),
                (self.tr("Time"), self.time),
                (self.tr("Check"), self.trouble),
            )
        ):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setAccessibleName(title)
            name = QLabel(title, frame)
            name.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(name, row, 0)
            grid.addWidget(label, row, 1)
        return frame

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.export_button = buttons.addButton(
            self.tr("&Export"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _browse(self) -> None:
        question = FileQuestion(
            title=self.tr("Write the movie to"),
            filters=self.tr("Movies (*.mp4 *.mov *.mkv)"),
            is_saving=True,
            suffix=self.output.suffix.lstrip(".") or "mp4",
            suggestion=self.output,
        )
        self.file_dialog = ask_for_file(self, question, lambda path: self.line.setText(str(path)))

    def _on_edited(self, key: str, value: object) -> None:
        if isinstance(value, (bool, int, float, str)):
            self._encode = apply(self._encode, {key: value})
            self._ask_check()

    # --- what is found out

    def _ask_check(self, *_: object) -> None:
        self.is_checked = False
        self.export_button.setEnabled(False)
        self.trouble.setText(self.tr("Looking..."))
        self._show_time()
        self._timer.start()

    def _show_time(self) -> None:
        frames = self.frames or FrameRange(0, self._sequence.stop)
        found = forecast(self._sequence, frames, self._workbench.spans, self._workbench.preferences)
        text = (
            self.tr("First %n frame(s) must be synthesized. ", "", found.to_draw)
            if found.to_draw
            else ""
        )
        if found.seconds is None:
            text += self.tr("How long it takes is known after the first export.")
        else:
            text += self.tr("About {0}, as fast as the last export went.").format(
                _about(found.seconds)
            )
        self.time.setText(text)

    def _check(self) -> None:
        """Find problems and room on a worker thread."""
        project = self._workbench.store.project
        project = replace(project, settings=replace(project.settings, encode=self._encode))
        services, sequence = self._workbench.services, self._sequence
        output, frames = self.output, self.frames

        def work(_progress: Progress) -> _Checked:
            from latentsync_studio.services.timeline.movie import MovieRequest, movie_problems

            request = MovieRequest(
                project=project, sequence=sequence.id, output=output, frames=frames
            )
            return _Checked(movie_problems(request, services), _free_bytes(output.parent))

        self._workbench.background.submit(work, self._on_checked, self._on_failed, key=self)

    def _on_checked(self, found: _Checked) -> None:
        self.is_checked = True
        self.problems = found.problems
        if found.free_bytes is None:
            self.room.setText(self.tr("not known"))
        else:
            free = found.free_bytes / _GIB
            self.room.setText(self.tr("{0:.1f} GiB free on this disk").format(free))
        lines = [
            f"\N{MULTIPLICATION X} {each.message} {remedy_words(each.code, each.remedy)}".strip()
            for each in found.problems
        ]
        if not lines and self.output.exists():
            lines = [self.tr("\N{WARNING SIGN} The file exists and will be replaced.")]
        self.trouble.setText("\n".join(lines) or self.tr("\N{CHECK MARK} Nothing is in the way."))
        self.export_button.setEnabled(not found.problems)

    def _on_failed(self, error: StudioError) -> None:
        self.is_checked = True
        self.trouble.setText(f"\N{MULTIPLICATION X} {error_words(error)}")

    def event(self, event: QEvent) -> bool:
        taken = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._grow()
        return taken

    def _grow(self) -> None:
        """Make room for text that became longer; Qt does not for words that wrap."""
        layout = self.layout()
        needed = 0 if layout is None else layout.totalHeightForWidth(self.width())
        room = self.screen().availableGeometry().height()
        if self.height() < needed:
            self.resize(self.width(), min(needed, room))


def _about(seconds: float) -> str:
    """A rough length of time: "40 s", "3 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
