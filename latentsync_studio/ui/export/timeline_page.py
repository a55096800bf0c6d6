"""The timeline page of the export dialog: the cut alone, as a file for another program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QVBoxLayout

from latentsync_studio.services.interchange.requests import TimelineRequest
from latentsync_studio.ui.export.page import ExportPage, Found
from latentsync_studio.ui.export.room import free_bytes, tr
from latentsync_studio.ui.widgets.file_dialogs import FileQuestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Project, Sequence
    from latentsync_studio.services.delivery.formats import FormatChoice
    from latentsync_studio.services.interchange.requests import Written
    from latentsync_studio.services.validate import Problem
    from latentsync_studio.ui.export.page import Asked
    from latentsync_studio.ui.workbench import Workbench


class TimelinePage(ExportPage):
    """Asks for a timeline file; what it cannot hold is told before it is written."""

    def __init__(self, workbench: Workbench, sequence: Sequence, parent: QWidget) -> None:
        from latentsync_studio.services.delivery.formats import format_choices

        super().__init__(workbench, sequence, parent)
        self._choices: tuple[FormatChoice, ...] = format_choices()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(12)
        grid = self._make_format()
        self.add_output(
            grid,
            self.tr("&File"),
            self.tr("Timeline file"),
            self.tr("Browse for the timeline file"),
        )
        column.addLayout(grid)
        note = QLabel(
            self.tr(
                "The timeline shows the original media. To hand over the redrawn mouths as well,"
                " make a package."
            ),
            self,
        )
        note.setWordWrap(True)
        column.addWidget(note)
        column.addStretch(1)
        self._show_versions()
        self.line.setText(str(self.suggested(self.choice.suffix, self.tr("cut"))))

    @property
    def title(self) -> str:
        return self.tr("Timeline only")

    @property
    def verb(self) -> str:
        return self.tr("&Write")

    @property
    def choice(self) -> FormatChoice:
        """The format that is chosen."""
        return self._choices[max(self.format.currentIndex(), 0)]

    def question(self) -> FileQuestion:
        suffix = self.choice.suffix
        return FileQuestion(
            title=self.tr("Write the timeline to"),
            filters=self.tr("Timelines (*{0})").format(suffix),
            is_saving=True,
            suffix=suffix.lstrip("."),
            suggestion=self.output,
        )

    # --- what is asked

    def request(self, asked: Asked) -> TimelineRequest:
        """What stands on the page."""
        choice = self.choice
        return TimelineRequest(
            sequence=asked.sequence.id,
            output=self.output,
            format=choice.format,
            flavour=choice.flavour,
            version=self.version.currentText() if choice.versions else "",
            relative=self.relative.isChecked(),
            frames=asked.frames,
        )

    def check(self, asked: Asked) -> Callable[[Progress], Found]:
        request, project = self.request(asked), asked.project

        def work(_progress: Progress) -> Found:
            return _looked_at(project, request)

        return work

    def order(self, asked: Asked) -> Callable[[], object]:
        request, project = self.request(asked), asked.project

        def work(_progress: Progress) -> Written:
            from latentsync_studio.services.interchange.write import write_timeline

            return write_timeline(project, request)

        bench = self.workbench  # the page is gone when it is done
        return lambda: bench.background.submit(
            work, lambda written: _tell(bench, written), bench.tell_error
        )

    # --- widgets

    def _make_format(self) -> QGridLayout:
        self.format = QComboBox(self)
        self.format.setAccessibleName(self.tr("Format"))
        for choice in self._choices:
            self.format.addItem(choice.title, choice.name)
        self.format.activated.connect(self._on_format)
        self.version = QComboBox(self)
        self.version.setAccessibleName(self.tr("Version of the format"))
        self.version.activated.connect(lambda *_: self.changed.emit())
        self.relative = QCheckBox(self.tr("&Media relative to the file's folder"), self)
        self.relative.toggled.connect(lambda *_: self.changed.emit())
        label = QLabel(self.tr("F&ormat"), self)
        label.setBuddy(self.format)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.format, 0, 1)
        grid.addWidget(self.version, 0, 2)
        grid.addWidget(self.relative, 1, 1)
        return grid

    def _on_format(self, _row: int) -> None:
        self._show_versions()
        self.line.setText(str(self.output.with_suffix(self.choice.suffix)))
        self.changed.emit()

    def _show_versions(self) -> None:
        self.version.clear()
        self.version.addItems(list(self.choice.versions))
        self.version.setVisible(bool(self.choice.versions))


def _tell(workbench: Workbench, written: Written) -> None:
    """Say what was written and what it does not hold."""
    from latentsync_studio.ui.jobs.commands import show_file

    text = tr("{0} is written.").format(written.paths[0])
    if written.losses:
        lost = " ".join(f"{loss.rstrip('.')}." for loss in written.losses)
        text = tr("{0} Not in it: {1}").format(text, lost)
    folder = Path(written.paths[0]).parent
    workbench.tell(text, "info", ((tr("Show in folder"), lambda: show_file(folder)),))


def _looked_at(project: Project, request: TimelineRequest) -> Found:
    """Losses, or what keeps the file from being written."""
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.services.interchange.write import losses_of
    from latentsync_studio.services.validate import problem_of

    output: Path = request.output.absolute()
    problems: list[Problem] = []
    losses: tuple[str, ...] = ()
    try:
        losses = losses_of(project, request)
        problems += _place_problems(output)
    except StudioError as error:
        problems.append(problem_of(error))
    return Found(tuple(problems), losses, free_bytes(output.parent), output.exists())


def _place_problems(output: Path) -> list[Problem]:
    from latentsync_studio.services.validate import Problem

    if output.is_dir():
        message, remedy = f"The output {output} is a folder.", "Name a file in it."
    elif not output.parent.is_dir():
        message = f"The folder {output.parent} does not exist."
        remedy = "Make the folder, or choose another output."
    else:
        return []
    return [Problem(code="bad-output", message=message, remedy=remedy)]
