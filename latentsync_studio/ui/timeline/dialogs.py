"""Small forms: a marker, a new sequence, a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
)

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.timecode import can_drop
from latentsync_studio.ui.timeline.painting.ruler import MARKER_COLORS
from latentsync_studio.ui.timeline.placing import STANDARD_RATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.timeline.model import Marker, Sequence
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.ui.timeline.clock import Clock


class FormDialog(QDialog):
    """A form with OK and Cancel; what cannot be is said below it and keeps it open.

    `apply` is called with nothing on OK; it raises StudioError to refuse.
    """

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(360)
        self.form = QFormLayout()
        self.trouble = QLabel(self)
        self.trouble.setWordWrap(True)
        self.trouble.setAccessibleName(self.tr("What is wrong"))
        self.trouble.hide()
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(self.form)
        column.addWidget(self.trouble)
        column.addWidget(self.buttons)

    def add(self, label: str, field: QWidget) -> None:
        """Add a field with its label."""
        field.setAccessibleName(label)
        self.form.addRow(label, field)

    def apply(self) -> None:
        """Do what the form is for; raise StudioError where it cannot be."""
        raise NotImplementedError

    def accept(self) -> None:
        try:
            self.apply()
        except StudioError as error:
            self.trouble.setText(f"\N{MULTIPLICATION X} {error} {error.remedy}".strip())
            self.trouble.show()
            return
        super().accept()


class NameDialog(FormDialog):
    """Asks for a name."""

    def __init__(
        self, title: str, name: str, then: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__(title, parent)
        self.name = QLineEdit(name, self)
        self.name.selectAll()
        self.add(self.tr("Name"), self.name)
        self._then = then

    def apply(self) -> None:
        self._then(self.name.text().strip())


class MarkerDialog(FormDialog):
    """Name, place, length, color and note of a marker."""

    def __init__(
        self, marker: Marker, clock: Clock, then: Callable[[Marker], object], parent: QWidget
    ) -> None:
        super().__init__(self.tr("Marker"), parent)
        self._marker, self._clock, self._then = marker, clock, then
        self.name = QLineEdit(marker.name, self)
        self.start = QLineEdit(clock.label(marker.frames.start), self)
        self.length = QSpinBox(self)
        self.length.setRange(1, 10_000_000)
        self.length.setSuffix(self.tr(" frames"))
        self.length.setValue(len(marker.frames))
        self.color = QComboBox(self)
        for color in MARKER_COLORS:
            self.color.addItem(self.tr(color), color)
        self.color.setCurrentIndex(max(0, self.color.findData(marker.color)))
        self.note = QLineEdit(marker.note, self)
        self.add(self.tr("Name"), self.name)
        self.add(self.tr("Start"), self.start)
        self.add(self.tr("Duration"), self.length)
        self.add(self.tr("Color"), self.color)
        self.add(self.tr("Note"), self.note)

    def apply(self) -> None:
        start = self._clock.meant(self.start.text(), self._marker.frames.start)
        self._then(
            replace(
                self._marker,
                name=self.name.text().strip(),
                frames=FrameRange(start, start + self.length.value()),
                color=str(self.color.currentData()),
                note=self.note.text().strip(),
            )
        )


class SequenceDialog(FormDialog):
    """Name, frame rate, size and labels of a new sequence."""

    def __init__(
        self,
        name: str,
        like: Sequence | None,
        then: Callable[[str, FrameRate, tuple[int, int], bool], object],
        parent: QWidget,
    ) -> None:
        super().__init__(self.tr("New sequence"), parent)
        self._then = then
        self.name = QLineEdit(name, self)
        self.rate = QComboBox(self)
        for rate in STANDARD_RATES:
            self.rate.addItem(self.tr("{0} frames a second").format(str(rate)), rate)
        wanted = like.rate if like is not None else STANDARD_RATES[2]
        if wanted not in STANDARD_RATES:
            self.rate.addItem(self.tr("{0} frames a second").format(str(wanted)), wanted)
        self.rate.setCurrentIndex(
            next(n for n in range(self.rate.count()) if self.rate.itemData(n) == wanted)
        )
        self.across, self.down = QSpinBox(self), QSpinBox(self)
        for box, value in (
            (self.across, like.width if like is not None else 1920),
            (self.down, like.height if like is not None else 1080),
        ):
            box.setRange(16, 16_384)
            box.setSuffix(self.tr(" px"))
            box.setValue(value)
        self.drop = QCheckBox(self.tr("Drop-frame time code"), self)
        self.add(self.tr("Name"), self.name)
        self.add(self.tr("Frame rate"), self.rate)
        self.add(self.tr("Width"), self.across)
        self.add(self.tr("Height"), self.down)
        self.form.addRow("", self.drop)
        self.rate.currentIndexChanged.connect(self._on_rate)
        self._on_rate()

    def _on_rate(self, _place: int = 0) -> None:
        possible = can_drop(self.rate.currentData())
        self.drop.setEnabled(possible)
        self.drop.setChecked(possible)

    def apply(self) -> None:
        name = self.name.text().strip()
        if not name:
            raise InputError("A sequence needs a name.", remedy="Type one.")
        size = (self.across.value(), self.down.value())
        self._then(name, self.rate.currentData(), size, self.drop.isChecked())
