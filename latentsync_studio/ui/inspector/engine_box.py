"""What redraws the mouth: the engines, why one cannot run, and the chosen one's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFormLayout, QGroupBox, QLabel, QSlider, QVBoxLayout

from latentsync_studio.core.settings import latentsync
from latentsync_studio.core.settings.fields import describe
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.services.inspect import list_engines
from latentsync_studio.ui.widgets.setting_words import translated
from latentsync_studio.ui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.inspect import EngineListing
    from latentsync_studio.ui.workbench import Workbench

_KEYS: Final = tuple(field.key for field in describe(RenderSettings))
_SPEED_ENGINE: Final = "latentsync"  # the one that has a slider between quality and speed


class EngineBox(QGroupBox):
    """The list of engines over the settings of the chosen one.

    An engine that cannot run is greyed, with the reason as tool tip and for screen readers; where
    the settings name such a one it stays chosen, and the box says so: none is changed silently.

    Signals:
        engine_chosen(id): the user wants another engine.
        speed_chosen(level): the user moved the slider between quality and speed.
    """

    engine_chosen = Signal(str)
    speed_chosen = Signal(int)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Mouth"))
        self._workbench = workbench
        self._known: dict[str, EngineListing] = {}
        self.list = _EngineList(self)
        self.list.setAccessibleName(self.tr("Engine"))
        self.list.opened.connect(self.look)
        self.list.activated.connect(self._on_activated)
        self._engines = QStandardItemModel(self)
        self.list.setModel(self._engines)
        self.label = QLabel(self.tr("Engine"), self)
        self.label.setBuddy(self.list)
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.speed, self._speed_text = self._make_speed()
        listed = list_engines()
        self.forms = {
            each.id: SettingsForm(RenderSettings, self, keys=_keys_of(each.id)) for each in listed
        }
        self.seed = SettingsForm(RenderSettings, self, keys=("seed",))
        row = QFormLayout()
        row.addRow(self.label, self.list)
        column = QVBoxLayout(self)
        column.addLayout(row)
        for widget in (self.problem, self.speed, self._speed_text, *self.forms.values(), self.seed):
            column.addWidget(widget)
        self._on_listed(listed)

    @property
    def all_forms(self) -> tuple[SettingsForm, ...]:
        """Those of all engines, shown or not."""
        return (*self.forms.values(), self.seed)

    @property
    def chosen(self) -> str:
        """Id of the engine that is shown as chosen."""
        return str(self.list.currentData() or "")

    def show_settings(self, settings: RenderSettings) -> None:
        """Show the engine that the settings name, and its page."""
        if self.list.findData(settings.engine) < 0:
            self._add(settings.engine, self.tr("This program has no engine of that name."))
        self.list.setCurrentIndex(self.list.findData(settings.engine))
        for name, form in self.forms.items():
            form.setVisible(name == settings.engine)
        self._show_problem()
        has_speed = settings.engine == _SPEED_ENGINE
        for widget in (self.speed, self._speed_text):
            widget.setVisible(has_speed)
        level, is_exact = latentsync.shown_level(settings.latentsync)
        blocked = self.speed.blockSignals(True)
        self.speed.setValue(level)
        self.speed.blockSignals(blocked)
        place = latentsync.LEVELS[level]
        about = "" if is_exact else self.tr(" (about)")
        self._speed_text.setText(f"{translated(place.name)}{about}: {translated(place.meaning)}")

    def look(self) -> None:
        """Ask in the background which engines can run; files may have come meanwhile."""
        engines = self._workbench.services.engines

        def work(_progress: Progress) -> tuple[EngineListing, ...]:
            return list_engines(engines)

        self._workbench.background.submit(work, self._on_listed, key="engines")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()

    def _make_speed(self) -> tuple[QSlider, QLabel]:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(0, len(latentsync.LEVELS) - 1)
        slider.setPageStep(1)
        slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        slider.setAccessibleName(self.tr("Speed or quality of the mouth"))
        slider.valueChanged.connect(self.speed_chosen)
        text = QLabel(self)
        text.setWordWrap(True)
        return slider, text

    def _on_listed(self, listed: tuple[EngineListing, ...]) -> None:
        for engine in listed:
            self._known[engine.id] = engine
            why_not = "" if engine.available else f"{engine.reason}\n{engine.remedy}".strip()
            self._add(engine.id, why_not)
        self._show_problem()

    def _add(self, name: str, why_not: str) -> None:
        """Put an engine into the list, or show what is known of it now."""
        row = self.list.findData(name)
        item = self._engines.item(row) if row >= 0 else QStandardItem(name)
        item.setData(name, Qt.ItemDataRole.UserRole)
        item.setText(self.tr("{0} (cannot run)").format(name) if why_not else name)
        item.setEnabled(not why_not)
        known = self._known.get(name)
        title = translated(known.title) if known is not None else ""
        item.setToolTip(why_not or title)
        item.setData(why_not or title, Qt.ItemDataRole.AccessibleDescriptionRole)
        if row < 0:
            self._engines.appendRow(item)

    def _show_problem(self) -> None:
        """Say why the chosen engine cannot run, if it cannot."""
        row = self.list.currentIndex()
        is_free = row < 0 or self._engines.item(row).isEnabled()
        why_not = "" if is_free else self._engines.item(row).toolTip()
        tip = self.tr("What redraws the mouth. No engine is ever changed silently.")
        self.list.setToolTip(why_not or tip)
        self.list.setAccessibleDescription(why_not or tip)
        self.problem.setText(why_not.partition("\n")[0].rstrip(":"))
        self.problem.setToolTip(why_not)
        self.problem.setVisible(bool(why_not))

    def _on_activated(self, _row: int) -> None:
        self._show_problem()
        self.engine_chosen.emit(self.chosen)


class _EngineList(QComboBox):
    """A list that tells before it opens, and that the wheel does not change while scrolling.

    Signals:
        opened(): the user is about to look at it.
    """

    opened = Signal()

    def showPopup(self) -> None:
        self.opened.emit()
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


def _keys_of(engine: str) -> tuple[str, ...]:
    return tuple(key for key in _KEYS if key.startswith(f"{engine}."))
