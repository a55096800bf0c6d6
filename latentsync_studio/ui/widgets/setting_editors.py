"""One editor a kind of setting: a switch, a list, a number, a slider with a number, a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QSpinBox,
    QWidget,
)

from latentsync_studio.ui.widgets.setting_words import choice_word, is_share, translated

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent

    from latentsync_studio.core.settings.fields import SettingField, Value

_STEPS = 1000  # of a slider over a range of floats
_FINE_SPAN = 5.0  # a range up to this long is set in hundredths, a longer one in tenths
_SPIN_WIDTH = 96
_MOST = 2**31 - 1  # what a spin box can hold


class SettingEditor(QWidget):
    """Shows and changes one value.

    Signals:
        changed(value): live, also while a slider is dragged.
        edited(value): the user is done with the change.
    """

    changed = Signal(object)
    edited = Signal(object)

    def value(self) -> Value:
        """What is shown."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Show another value without telling anybody."""
        raise NotImplementedError

    def name_for_screen_readers(self, title: str, tip: str) -> None:
        """Give the inner widgets their names and tips."""
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            child.setAccessibleName(title)
            child.setToolTip(tip)

    def _fill(self, *widgets: QWidget) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for place, widget in enumerate(widgets):
            row.addWidget(widget, 1 if place == 0 and len(widgets) > 1 else 0)
        if len(widgets) == 1:
            row.addStretch(1)
        self.setFocusProxy(widgets[0])

    def _tell(self, value: Value) -> None:
        self.changed.emit(value)
        self.edited.emit(value)


class SwitchEditor(SettingEditor):
    """A check box."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(self)
        self.box.clicked.connect(self._tell)
        self._fill(self.box)

    def value(self) -> bool:
        return self.box.isChecked()

    def show_value(self, value: Value) -> None:
        self.box.setChecked(bool(value))


class ChoiceEditor(SettingEditor):
    """A list to choose from."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = _QuietCombo(self)
        for choice in field.choices:
            self.box.addItem(choice_word(choice), choice)
        self.box.activated.connect(self._on_chosen)
        self._fill(self.box)

    def value(self) -> str:
        return str(self.box.currentData())

    def show_value(self, value: Value) -> None:
        self.box.setCurrentIndex(max(0, self.box.findData(value)))

    def _on_chosen(self, _row: int) -> None:
        self._tell(self.value())


class TextEditor(SettingEditor):
    """A line of text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.editingFinished.connect(self._on_finished)
        self._shown = ""
        self._fill(self.line)

    def value(self) -> str:
        return self.line.text()

    def show_value(self, value: Value) -> None:
        self._shown = str(value)
        self.line.setText(self._shown)

    def _on_finished(self) -> None:
        if self.value() != self._shown:
            self._shown = self.value()
            self._tell(self._shown)


class NumberEditor(SettingEditor):
    """A number, with a slider where it has both limits."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_int = field.kind == "int"
        low = field.low if field.low is not None else -_MOST
        high = min(field.high if field.high is not None else _MOST, _MOST)
        self._low, self._high = low, high
        self.spin = self._make_spin(field, low, high)
        self.slider: QSlider | None = None
        if field.low is not None and field.high is not None and high - low <= 10_000:
            self.slider = _QuietSlider(Qt.Orientation.Horizontal, self)
            self.slider.setRange(0, int(high - low) if self._is_int else _STEPS)
            self.slider.valueChanged.connect(self._on_slid)
            self.slider.sliderReleased.connect(self._on_released)
            self.slider.setMinimumWidth(_SPIN_WIDTH // 2)
            self._fill(self.slider, self.spin)
        else:
            self._fill(self.spin)

    def _make_spin(self, field: SettingField, low: float, high: float) -> QSpinBox | QDoubleSpinBox:
        spin: QSpinBox | QDoubleSpinBox
        if self._is_int:
            spin = _QuietSpin(self)
            spin.setRange(int(low), int(high))
        else:
            spin = _ShareSpin(self) if is_share(field) else _QuietDoubleSpin(self)
            fine = high - low <= _FINE_SPAN
            spin.setDecimals(2 if fine else 1)
            spin.setSingleStep(0.05 if fine else 1.0)
            spin.setRange(low, high)
        if field.unit:
            spin.setSuffix(f" {translated(field.unit)}")
        spin.setKeyboardTracking(False)
        spin.setMinimumWidth(max(_SPIN_WIDTH, spin.sizeHint().width()))
        spin.valueChanged.connect(self._on_spun)
        return spin

    def value(self) -> int | float:
        return self.spin.value()

    def show_value(self, value: Value) -> None:
        number = float(value) if isinstance(value, (int, float)) else 0.0
        self._show_spin(number)
        self._show_slider(number)

    def _show_spin(self, number: float) -> None:
        blocked = self.spin.blockSignals(True)
        if isinstance(self.spin, QSpinBox):
            self.spin.setValue(round(number))
        else:
            self.spin.setValue(number)
        self.spin.blockSignals(blocked)

    def _show_slider(self, number: float) -> None:
        if self.slider is None:
            return
        blocked = self.slider.blockSignals(True)
        place = number - self._low
        self.slider.setValue(
            round(place) if self._is_int else round(place / (self._high - self._low) * _STEPS)
        )
        self.slider.blockSignals(blocked)

    def _on_slid(self, place: int) -> None:
        if self._is_int:
            number: float = self._low + place
        else:
            number = self._low + (self._high - self._low) * place / _STEPS
        self._show_spin(number)
        self.changed.emit(self.value())
        if self.slider is not None and not self.slider.isSliderDown():
            self.edited.emit(self.value())  # by a key or a click beside the handle

    def _on_released(self) -> None:
        self.edited.emit(self.value())

    def _on_spun(self, number: float) -> None:
        self._show_slider(number)
        self._tell(self.value())


def editor_of(field: SettingField, parent: QWidget | None = None) -> SettingEditor:
    """The editor that suits a setting."""
    if field.kind == "bool":
        return SwitchEditor(parent)
    if field.kind == "choice":
        return ChoiceEditor(field, parent)
    if field.kind == "text":
        return TextEditor(parent)
    return NumberEditor(field, parent)


class _QuietSlider(QSlider):
    """The wheel scrolls the form; it changes only what has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class _QuietSpin(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class _QuietDoubleSpin(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class _ShareSpin(_QuietDoubleSpin):
    """A share of 0 to 1, shown and typed as per cent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSuffix(" %")

    def textFromValue(self, value: float) -> str:
        return self.locale().toString(round(value * 100))

    def valueFromText(self, text: str) -> float:
        number, is_number = self.locale().toDouble(self._bare(text))
        return number / 100 if is_number else self.value()

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        bare = self._bare(text)
        number, is_number = self.locale().toDouble(bare)
        if is_number and 100 * self.minimum() <= number <= 100 * self.maximum():
            return QValidator.State.Acceptable, text, pos
        state = QValidator.State.Invalid if bare else QValidator.State.Intermediate
        return state, text, pos

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).removesuffix("%").strip()


class _QuietCombo(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()
