"""Presets: apply, save, update, delete, import, export, reset, and a proposal for the clip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.settings.fields import describe
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.settings.presets import make_preset, updated

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.services.auto_detect import Proposal
    from latentsync_studio.services.presets import SavedPreset
    from latentsync_studio.ui.workbench import Workbench


class PresetRow(QWidget):
    """A list of presets with what can be done to them.

    Signals:
        applied(values, name): dotted keys and values of a preset that the user wants.
        reset_asked(): the user wants the default of every setting.
    """

    applied = Signal(object, str)
    reset_asked = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._presets: tuple[SavedPreset, ...] = ()
        self._settings = RenderSettings()
        self.list = QComboBox(self)
        self.list.setAccessibleName(self.tr("Preset"))
        self.list.setPlaceholderText(self.tr("Choose a preset"))
        self.list.currentIndexChanged.connect(self._on_chosen)
        self.apply_button = QPushButton(self.tr("Apply"), self)
        self.apply_button.clicked.connect(self.apply)
        self.apply_button.setEnabled(False)
        self.suggest_button = QPushButton(self.tr("Suggest"), self)
        self.suggest_button.setToolTip(self.tr("Looks at the clip and proposes a preset"))
        self.suggest_button.clicked.connect(self.suggest)
        self.more = QToolButton(self)
        self.more.setText(self.tr("More"))
        self.more.setAccessibleName(self.tr("More about presets"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = self._make_menu()
        self.more.setMenu(self.menu)
        row = QHBoxLayout()
        for widget in (self.apply_button, self.suggest_button, self.more):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addLayout(row)
        self.reload()

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        entries: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("save", self.tr("Save as..."), self._ask_name),
            ("update", self.tr("Update"), self.update_chosen),
            ("delete", self.tr("Delete"), self.delete_chosen),
            ("import", self.tr("Import..."), self._ask_import),
            ("export", self.tr("Export..."), self._ask_export),
            ("reset", self.tr("Reset all settings"), self.reset),
        )
        self.entries: dict[str, QAction] = {}
        for name, title, handler in entries:
            action = menu.addAction(title)
            action.triggered.connect(lambda _checked=False, run=handler: run())
            self.entries[name] = action
        menu.aboutToShow.connect(self._show_entries)
        return menu

    def _show_entries(self) -> None:
        """Offer what can be done with the chosen preset; those that came along stay as they are."""
        saved = self.chosen()
        for name in ("update", "delete"):
            self.entries[name].setEnabled(saved is not None and not saved.is_shipped)
        self.entries["export"].setEnabled(saved is not None)

    def show_settings(self, settings: RenderSettings) -> None:
        """Know the settings that "Save as" and "Update" take."""
        self._settings = settings

    # the list

    def reload(self, chosen: str = "") -> None:
        """Read the presets again, in the background."""

        def work(_progress: Progress) -> tuple[SavedPreset, ...]:
            from latentsync_studio.services.presets import list_presets

            return list_presets()

        def done(found: tuple[SavedPreset, ...]) -> None:
            self._presets = found
            wanted = chosen or self.list.currentText()
            self.list.clear()
            for saved in found:
                self.list.addItem(saved.preset.name)
                row = self.list.count() - 1
                self.list.setItemData(row, saved.preset.notes, Qt.ItemDataRole.ToolTipRole)
            self.list.setCurrentIndex(self.list.findText(wanted))

        self._workbench.background.submit(work, done, key="presets")

    def _on_chosen(self, row: int) -> None:
        self.apply_button.setEnabled(row >= 0)

    def chosen(self) -> SavedPreset | None:
        """The preset that is shown in the list; None until one is chosen."""
        row = self.list.currentIndex()
        return self._presets[row] if 0 <= row < len(self._presets) else None

    # what can be done

    def apply(self) -> None:
        """Apply the chosen preset to what is selected."""
        saved = self.chosen()
        if saved is not None:
            self._apply_values(dict(saved.preset.settings), saved.preset.name)

    def _apply_values(self, settings: dict[str, Any], name: str) -> None:
        known = {field.key for field in describe(RenderSettings)}
        values: dict[str, Value] = {k: v for k, v in settings.items() if k in known}
        skipped = sorted(set(settings) - known)
        if skipped:
            self._workbench.tell(
                self.tr("{0} also sets what this program does not know: {1}.").format(
                    name, ", ".join(skipped)
                ),
                "warning",
            )
        self.applied.emit(values, name)

    def reset(self) -> None:
        """Set everything back to its default."""
        self.reset_asked.emit()

    def save_as(self, name: str) -> None:
        """Save the shown settings under a name."""
        if name.strip():
            preset = make_preset(name.strip(), self._settings.engine, self._settings)
            self._store(lambda presets: presets.save_preset(preset), name.strip())

    def update_chosen(self) -> None:
        """Put the shown settings into the chosen preset."""
        saved = self.chosen()
        if saved is not None:
            preset = updated(saved.preset, self._settings)
            self._store(lambda presets: presets.save_preset(preset), preset.name)

    def delete_chosen(self) -> None:
        """Delete the chosen preset, one of the user's own."""
        saved = self.chosen()
        if saved is not None:
            name = saved.preset.name
            self._store(lambda presets: presets.remove_preset(name), "")

    def import_file(self, name: str) -> None:
        """Read a preset from a file and keep it."""
        self._store(lambda presets: presets.import_preset(Path(name)), "")

    def export_file(self, name: str) -> None:
        """Write the chosen preset to a file."""
        saved = self.chosen()
        if saved is not None:
            wanted = saved.preset.name
            self._store(lambda presets: presets.export_preset(wanted, Path(name)), wanted)

    def _store(self, change: Callable[[Any], object], chosen: str) -> None:
        """Run a change of the preset files in the background, then read them again."""

        def work(_progress: Progress) -> None:
            from latentsync_studio.services import presets

            change(presets)

        def done(_result: None) -> None:
            self.reload(chosen)

        self._workbench.background.submit(work, done)

    def _ask_name(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Save preset"))
        dialog.setLabelText(self.tr("Name of the preset:"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(self.save_as)
        dialog.open()

    def _ask_import(self) -> None:
        self._ask_file(self.tr("Import preset"), self.import_file, is_save=False)

    def _ask_export(self) -> None:
        self._ask_file(self.tr("Export preset"), self.export_file, is_save=True)

    def _ask_file(self, title: str, then: Callable[[str], None], *, is_save: bool) -> None:
        dialog = QFileDialog(self, title, str(Path.home()), self.tr("Presets (*.json)"))
        if is_save:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("json")
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(then)
        dialog.open()

    # the proposal

    def suggest(self) -> None:
        """Look at the selected (else the first) clip's medium and propose a preset."""
        project, session = self._workbench.store.project, self._workbench.session
        clips = [
            clip
            for track in (session.sequence.tracks if session.sequence is not None else ())
            if track.kind == "video"
            for clip in track.clips
        ]
        wanted = [clip.media for clip in clips if clip.id in session.clips]
        wanted += list(session.media) + [clip.media for clip in clips]
        items = {item.id: item for item in project.media if item.video is not None}
        item = next((items[media] for media in wanted if media in items), None)
        if item is None:
            self._workbench.tell(self.tr("Place a clip with a picture first."))
            return
        services = self._workbench.services

        def work(progress: Progress) -> Proposal:
            from latentsync_studio.services.auto_detect import propose

            return propose(item, services, progress)

        self.suggest_button.setEnabled(False)
        self._workbench.background.submit(work, self._on_proposal, self._on_failed, key="propose")

    def _on_failed(self, error: object) -> None:
        self.suggest_button.setEnabled(True)
        self._workbench.background.failed.emit(error)

    def _on_proposal(self, proposal: Proposal) -> None:
        self.suggest_button.setEnabled(True)
        row = next(
            (k for k, saved in enumerate(self._presets) if saved.path.stem == proposal.preset), -1
        )
        if row >= 0:
            self.list.setCurrentIndex(row)
        reasons = " ".join([*(reason.text for reason in proposal.reasons), *proposal.notes])
        name = self.list.currentText() if row >= 0 else proposal.preset
        self._workbench.tell(
            self.tr("Suggested preset: {0}. {1}").format(name, reasons),
            "info",
            [(self.tr("Apply"), self.apply)] if row >= 0 else [],
        )
