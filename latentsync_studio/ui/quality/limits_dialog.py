"""The limits of the quality gate: what is beyond one needs somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QLabel, QScrollArea, QVBoxLayout

from latentsync_studio.core.settings.fields import apply, describe
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.ui.workbench import Workbench

LIMIT_KEYS: Final = tuple(
    field.key for field in describe(RenderSettings) if field.key.startswith("quality.")
)
_SIZE: Final = QSize(520, 620)
_OF_SCREEN: Final = 0.9  # at most


class LimitsDialog(QDialog):
    """Shows and changes the project's limits; every change is one undo step and counts at once."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Limits of quality"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._store = workbench.store
        about = QLabel(
            self.tr(
                "What is beyond a limit is listed as a span that needs you. Limits belong to the"
                " project and change no picture."
            ),
            self,
        )
        about.setWordWrap(True)
        self.form = SettingsForm(RenderSettings, keys=LIMIT_KEYS)
        self.form.edited.connect(self._on_edited)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.form)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(area, 1)
        column.addWidget(buttons)
        self._store.changed.connect(self._on_store)
        self.form.set_values(self._store.project.settings)
        bar = area.verticalScrollBar().sizeHint().width()
        area.setMinimumWidth(self.form.minimumSizeHint().width() + bar)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() * _OF_SCREEN))

    def _on_edited(self, key: str, value: Value) -> None:
        def change(project: Project) -> Project:
            return set_settings(project, apply(project.settings, {key: value}))

        self._store.edit(self.tr("Change limit"), change)

    def _on_store(self, before: Project, after: Project) -> None:
        if before.settings is not after.settings:
            self.form.set_values(after.settings)
