"""The package page of the export dialog: layers, clips and timelines in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from latentsync_studio.core.delivery.codecs import CODECS
from latentsync_studio.core.delivery.handles import DEFAULT_S
from latentsync_studio.services.delivery.requests import (
    CLIP_ENCODING,
    LAYER_ENCODING,
    USUAL_FORMATS,
    PackageRequest,
)
from latentsync_studio.ui.export.page import ExportPage, Found
from latentsync_studio.ui.export.room import free_bytes
from latentsync_studio.ui.widgets.file_dialogs import FileQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.delivery.codecs import VideoCodec
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Sequence
    from latentsync_studio.services.delivery.estimate import Estimate
    from latentsync_studio.services.delivery.requests import PackedPart
    from latentsync_studio.ui.export.page import Asked
    from latentsync_studio.ui.workbench import Workbench

_LAYER_CODECS: tuple[VideoCodec, ...] = ("prores4444", "ffv1", "png", "tiff")
_CLIP_CODECS: tuple[VideoCodec, ...] = (
    "prores", "prores4444", "dnxhr-hq", "dnxhr-hqx", "h264", "h265", "ffv1",
)  # fmt: skip
_MOST_HANDLES_S = 60.0
_LIST_ROWS = 5


class PackagePage(ExportPage):
    """Asks for a package: what it holds of each clip, and for which programs."""

    def __init__(self, workbench: Workbench, sequence: Sequence, parent: QWidget) -> None:
        super().__init__(workbench, sequence, parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(12)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        self.add_output(
            grid,
            self.tr("&Folder"),
            self.tr("Folder of the package"),
            self.tr("Browse for the folder"),
        )
        column.addLayout(grid)
        column.addWidget(self._make_media())
        column.addWidget(self._make_formats())
        column.addLayout(self._make_consent())
        column.addStretch(1)
        self.line.setText(str(self.suggested(self.tr(" package"), "")).rstrip())

    @property
    def title(self) -> str:
        return self.tr("For other programs")

    @property
    def verb(self) -> str:
        return self.tr("&Make package")

    def question(self) -> FileQuestion:
        return FileQuestion(
            title=self.tr("Make the package at"),
            filters=self.tr("All files (*)"),
            is_saving=True,
            suggestion=self.output,
        )

    # --- what is asked

    def request(self, asked: Asked) -> PackageRequest:
        """What stands on the page."""
        chosen: list[tuple[PackedPart, QCheckBox]] = [("patch", self.layers), ("clip", self.clips)]
        return PackageRequest(
            project=asked.project,
            sequence=asked.sequence.id,
            output=self.output,
            clips=asked.clips,
            frames=None if asked.clips else asked.frames,
            parts=tuple(part for part, box in chosen if box.isChecked()),
            handles_s=self.handles.value(),
            formats=self.formats(),
            layer=replace(LAYER_ENCODING, codec=self.layer_codec.currentData()),
            clip=replace(CLIP_ENCODING, codec=self.clip_codec.currentData()),
            mattes=self.mattes.isChecked(),
            reference=self.reference.isChecked(),
            copy_media=self.copy_media.isChecked(),
            consent=self.consent.text().strip(),
        )

    def formats(self) -> tuple[str, ...]:
        """Names of the timeline formats that are checked."""
        rows = (self.list.item(row) for row in range(self.list.count()))
        return tuple(
            item.data(Qt.ItemDataRole.UserRole)
            for item in rows
            if item.checkState() == Qt.CheckState.Checked
        )

    def check(self, asked: Asked) -> Callable[[Progress], Found]:
        request, services = self.request(asked), self.workbench.services

        def work(_progress: Progress) -> Found:
            from latentsync_studio.services.delivery.package import package_losses, package_problems

            folder = request.output.absolute()
            problems = package_problems(request, services)
            told = () if problems else package_losses(request, services)
            names = [(each.file.removeprefix("timelines/"), each.losses) for each in told]
            losses = (f"{name}: {loss}" for name, lost in names for loss in lost)
            return Found(problems, tuple(losses), free_bytes(folder.parent), folder.exists())

        return work

    def trial(self, asked: Asked) -> Callable[[Progress], Estimate]:
        request, services = self.request(asked), self.workbench.services

        def work(_progress: Progress) -> Estimate:
            from latentsync_studio.services.delivery.estimate import estimate_package

            return estimate_package(request, services)

        return work

    def order(self, asked: Asked) -> Callable[[], object]:
        request, bench = self.request(asked), self.workbench
        title = self.tr("Package {0}").format(request.output.name)

        def begin() -> None:
            now = replace(request, project=bench.store.project)
            bench.jobs.enqueue(lambda: now, title)

        return begin

    # --- widgets

    def _make_media(self) -> QGroupBox:
        box = QGroupBox(self.tr("Media"), self)
        self.layers = self._check_box(
            self.tr("&Layers"), self.tr("The mouths alone, with alpha, to lie over the originals")
        )
        self.clips = self._check_box(
            self.tr("&Whole clips"), self.tr("Whole pictures, to stand in place of the originals")
        )
        self.layer_codec = self._codecs(_LAYER_CODECS, self.tr("Codec of the layers"))
        self.clip_codec = self._codecs(_CLIP_CODECS, self.tr("Codec of the whole clips"))
        self.handles = QDoubleSpinBox(box)
        self.handles.setRange(0.0, _MOST_HANDLES_S)
        self.handles.setDecimals(1)
        self.handles.setSingleStep(0.5)
        self.handles.setSuffix(self.tr(" s"))
        self.handles.setValue(DEFAULT_S)
        self.handles.setAccessibleName(self.tr("Handles"))
        self.handles.valueChanged.connect(lambda *_: self.changed.emit())
        handles = QLabel(self.tr("&Handles on each side"), box)
        handles.setBuddy(self.handles)
        self.mattes = self._check_box(
            self.tr("&Mattes of the layers"),
            self.tr("Their alpha as movies of its own, for programs that take no alpha"),
        )
        self.mattes.setChecked(False)
        self.reference = self._check_box(
            self.tr("&Reference movie"), self.tr("A small movie of the whole cut, to compare with")
        )
        self.copy_media = self._check_box(
            self.tr("&Copies of the originals"),
            self.tr("So that the folder is complete on another machine"),
        )
        self.copy_media.setChecked(False)
        grid = QGridLayout(box)
        grid.setColumnStretch(2, 1)
        rows: tuple[tuple[QWidget, QWidget | None], ...] = (
            (self.layers, self.layer_codec),
            (self.clips, self.clip_codec),
            (handles, self.handles),
            (self.mattes, None),
            (self.reference, None),
            (self.copy_media, None),
        )
        for row, (first, second) in enumerate(rows):
            grid.addWidget(first, row, 0)
            if second is not None:
                grid.addWidget(second, row, 1)
        return box

    def _check_box(self, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(tip)
        box.setChecked(True)
        box.toggled.connect(lambda *_: self.changed.emit())
        return box

    def _codecs(self, names: Iterable[VideoCodec], title: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(title)
        for name in names:
            box.addItem(CODECS[name].title, name)
        box.activated.connect(lambda *_: self.changed.emit())
        return box

    def _make_formats(self) -> QGroupBox:
        from latentsync_studio.services.delivery.formats import format_choices

        box = QGroupBox(self.tr("Timelines"), self)
        self.list = QListWidget(box)
        self.list.setAccessibleName(self.tr("Timelines for"))
        for choice in format_choices():
            item = QListWidgetItem(choice.title, self.list)
            item.setData(Qt.ItemDataRole.UserRole, choice.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            is_usual = choice.name in USUAL_FORMATS or (
                choice.format in USUAL_FORMATS and choice.flavour in {"", "generic"}
            )
            state = Qt.CheckState.Checked if is_usual else Qt.CheckState.Unchecked
            item.setCheckState(state)
        height = self.list.sizeHintForRow(0) * _LIST_ROWS + 2 * self.list.frameWidth()
        self.list.setFixedHeight(height)
        self.list.itemChanged.connect(lambda *_: self.changed.emit())
        QVBoxLayout(box).addWidget(self.list)
        return box

    def _make_consent(self) -> QGridLayout:
        self.consent = QLineEdit(self)
        self.consent.setPlaceholderText(self.tr("What the persons shown agreed to; optional"))
        self.consent.setAccessibleName(self.tr("Note on consent"))
        label = QLabel(self.tr("Con&sent"), self)
        label.setBuddy(self.consent)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.consent, 0, 1)
        return grid
