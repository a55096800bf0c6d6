"""The movie page of the export dialog: a named target, the file, and all settings of encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtWidgets import QComboBox, QGridLayout, QGroupBox, QLabel, QVBoxLayout

from latentsync_studio.core.delivery.codecs import CODECS, HARDWARE, SUFFIXES, hardware_encoder
from latentsync_studio.core.delivery.targets import TARGETS, target_of, usual_suffix
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.ui.export.page import ExportPage, Found
from latentsync_studio.ui.export.room import free_bytes
from latentsync_studio.ui.widgets.file_dialogs import FileQuestion
from latentsync_studio.ui.widgets.setting_words import translated
from latentsync_studio.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Project, Sequence
    from latentsync_studio.services.delivery.estimate import Estimate
    from latentsync_studio.services.timeline.requests import MovieRequest
    from latentsync_studio.ui.export.page import Asked
    from latentsync_studio.ui.workbench import Workbench

_QUALITY = frozenset({"auto", "h264", "h265", "av1", "vp9"})
_SPEED = _QUALITY | {"png", "tiff"}


class MoviePage(ExportPage):
    """Asks for a movie or a folder of numbered pictures.

    `preset` chooses a named target; `form` has the single settings.
    """

    def __init__(self, workbench: Workbench, sequence: Sequence, parent: QWidget) -> None:
        super().__init__(workbench, sequence, parent)
        self.encode: EncodeSettings = workbench.store.project.settings.encode
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(12)
        grid = self._make_preset()
        self.add_output(
            grid, self.tr("&File"), self.tr("Movie file"), self.tr("Browse for the movie file")
        )
        column.addLayout(grid)
        column.addWidget(self._make_form())
        column.addStretch(1)
        suffix = usual_suffix(self.encode)
        self.line.setText(str(self.suggested(suffix, self.tr("movie"))))
        self._show()

    @property
    def title(self) -> str:
        return self.tr("Movie")

    @property
    def verb(self) -> str:
        return self.tr("&Export")

    def apply_settings(self) -> None:
        """Keep the encoding with the project, one undo step where it is another."""
        encode = self.encode
        self.workbench.store.edit(
            self.tr("Export settings"),
            lambda project: set_settings(project, replace(project.settings, encode=encode)),
        )

    def question(self) -> FileQuestion:
        if CODECS_OF_FOLDERS & {self.encode.codec}:
            return FileQuestion(
                title=self.tr("Write the pictures to the new folder"),
                filters=self.tr("All files (*)"),
                is_saving=True,
                suggestion=self.output,
            )
        return FileQuestion(
            title=self.tr("Write the movie to"),
            filters=self.tr("Movies (*.mp4 *.mov *.mkv *.webm)"),
            is_saving=True,
            suffix=self.output.suffix.lstrip(".") or "mp4",
            suggestion=self.output,
        )

    # --- what is asked

    def check(self, asked: Asked) -> Callable[[Progress], Found]:
        project, output = self._project(asked.project), self.output
        services = self.workbench.services

        def work(_progress: Progress) -> Found:
            from latentsync_studio.services.delivery.estimate import movie_notes
            from latentsync_studio.services.timeline.movie import movie_problems

            request = _request(project, asked, output)
            problems = movie_problems(request, services)
            losses = () if problems else movie_notes(request, services)
            return Found(problems, losses, free_bytes(output.parent), output.exists())

        return work

    def trial(self, asked: Asked) -> Callable[[Progress], Estimate]:
        project, output = self._project(asked.project), self.output
        services = self.workbench.services

        def work(progress: Progress) -> Estimate:
            from latentsync_studio.services.delivery.estimate import estimate_movie

            return estimate_movie(_request(project, asked, output), services, progress)

        return work

    def order(self, asked: Asked) -> Callable[[], object]:
        self.apply_settings()
        jobs, output = self.workbench.jobs, self.output
        return lambda: jobs.export(output, asked.frames)

    def _project(self, project: Project) -> Project:
        return replace(project, settings=replace(project.settings, encode=self.encode))

    # --- widgets

    def _make_preset(self) -> QGridLayout:
        self.preset = QComboBox(self)
        self.preset.setAccessibleName(self.tr("Preset"))
        for name, target in TARGETS.items():
            self.preset.addItem(translated(target.title), name)
        self.preset.addItem(self.tr("Own settings"), "")
        self.preset.activated.connect(self._on_preset)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        label = QLabel(self.tr("&Preset"), self)
        label.setBuddy(self.preset)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.preset, 0, 1, 1, 2)
        grid.addWidget(self.note, 1, 1, 1, 2)
        return grid

    def _make_form(self) -> QGroupBox:
        box = QGroupBox(self.tr("Encoding"), self)
        self.form = SettingsForm(EncodeSettings, box, label_lines=1)
        self.form.edited.connect(self._on_edited)
        QVBoxLayout(box).addWidget(self.form)
        return box

    def _on_preset(self, _row: int) -> None:
        name = str(self.preset.currentData())
        if name:
            kept = self.encode.hardware
            encode = TARGETS[name].encode
            can = encode.codec != "auto" and hardware_encoder(kept, encode.codec)
            self.encode = replace(encode, hardware=kept if can else "off")
            self._fit_ending(TARGETS[name].suffix, force=True)
        self._show()
        self.changed.emit()

    def _on_edited(self, key: str, value: object) -> None:
        if not isinstance(value, (bool, int, float, str)):
            return
        self.encode = apply(self.encode, {key: value})
        if key == "codec":
            self._fit_ending(usual_suffix(self.encode), force=False)
        self._show()
        self.changed.emit()

    def _fit_ending(self, usual: str, *, force: bool) -> None:
        """Give the output the usual ending where its own does not fit, or always."""
        path, codec = self.output, self.encode.codec
        fitting = SUFFIXES if codec == "auto" else CODECS[codec].containers
        suffix = path.suffix if path.suffix.lower() in SUFFIXES else ""
        if force or suffix.lower() not in fitting:
            self.line.setText(f"{path.with_suffix('') if suffix else path}{usual}")

    def _show(self) -> None:
        """Show the encoding, and which settings count for its codec."""
        known = target_of(self.encode)
        name = known.name if known is not None else ""
        self.preset.setCurrentIndex(self.preset.findData(name))
        self.note.setText(translated(known.note) if known is not None else "")
        self.note.setVisible(known is not None)
        self.form.set_values(self.encode)
        codec = self.encode.codec
        can_chip = codec == "auto" or any(hardware_encoder(each, codec) for each in HARDWARE)
        counts = {
            "quality": codec in _QUALITY,
            "speed": codec in _SPEED,
            "hardware": can_chip,
            "chapters": codec not in CODECS_OF_FOLDERS,
        }
        for key, is_counting in counts.items():
            self.form.editors[key].setEnabled(is_counting)


CODECS_OF_FOLDERS = frozenset(name for name, facts in CODECS.items() if facts.is_folder)


def _request(project: Project, asked: Asked, output: Path) -> MovieRequest:
    from latentsync_studio.services.timeline.movie import MovieRequest

    return MovieRequest(
        project=project, sequence=asked.sequence.id, output=output, frames=asked.frames
    )
