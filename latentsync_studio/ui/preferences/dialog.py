"""The preferences dialog: a page each of appearance, editing, performance and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.settings.preferences import (
    AppearancePreferences,
    EditingPreferences,
    PerformancePreferences,
)
from latentsync_studio.ui.preferences.clearing import CacheClearing
from latentsync_studio.ui.preferences.shortcuts import ShortcutsPage
from latentsync_studio.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    import msgspec

    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.ui.preferences.controller import PreferencesController
    from latentsync_studio.ui.workbench import Workbench

APPEARANCE, EDITING, PERFORMANCE, KEYS = range(4)


class PreferencesDialog(QDialog):
    """Changes count at once; there is nothing to apply, and each field can be reset."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workbench = workbench
        self._preferences: PreferencesController = workbench.preferences
        self.clearing = CacheClearing(workbench, self)
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName(self.tr("Pages"))
        self.forms: dict[str, SettingsForm] = {}
        self._add("appearance", self.tr("Appearance"), AppearancePreferences, "")
        self._add(
            "editing",
            self.tr("Editing"),
            EditingPreferences,
            "",
        )
        self._add(
            "performance",
            self.tr("Performance"),
            PerformancePreferences,
            self.tr("None of these changes what a result looks like."),
        )
        self.keys = ShortcutsPage(workbench.actions, self._preferences, self)
        self.tabs.addTab(self.keys, self.tr("Keyboard"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs)
        column.addWidget(buttons)
        self.resize(640, 520)
        self._preferences.changed.connect(self._on_changed)
        self._show()

    def _add(self, name: str, title: str, page: type[msgspec.Struct], note: str) -> None:
        form = SettingsForm(page, self, label_lines=1)
        form.edited.connect(lambda key, value, prefix=name: self._set(f"{prefix}.{key}", value))
        self.forms[name] = form
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        if note:
            label = QLabel(note, inside)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addWidget(form)
        if name == "performance":
            column.addSpacing(12)
            column.addWidget(self._cache_button(inside), 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        self.tabs.addTab(scroll, title)

    def _cache_button(self, parent: QWidget) -> QPushButton:
        button = QPushButton(self.tr("Clear the cache..."), parent)
        button.setAutoDefault(False)
        button.setToolTip(
            self.tr("Says how much is stored and asks what of it is removed; it is made again")
        )
        button.clicked.connect(lambda: self.clearing.ask(self))
        return button

    def done(self, code: int) -> None:
        self.clearing.cancel()
        super().done(code)

    def _set(self, key: str, value: Value) -> None:
        try:
            self._preferences.set(key, value)
        except StudioError as error:
            self._workbench.tell_error(error)

    def _on_changed(self, _before: object, _after: object) -> None:
        self._show()

    def _show(self) -> None:
        for name, form in self.forms.items():
            form.set_values(getattr(self._preferences.current, name))
