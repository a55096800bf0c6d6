"""Options of the mask tools, and how the mask is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QGroupBox

from latentsync_studio.ui.masks.mask_state import COLORS, LARGEST, SMALLEST, STROKES, VIEWS
from latentsync_studio.ui.masks.number_rows import number_row

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.masks.mask_state import MaskState
    from latentsync_studio.ui.workbench import Workbench

_SWATCH = QSize(24, 14)
_MOST_SIZE = 600.0  # px that the slider reaches; keys go further


class ToolBox(QGroupBox):
    """Options of the tool in hand."""

    def __init__(self, state: MaskState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setTitle(self.tr("Tool"))
        form = self._form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.size_row = number_row(
            form, self.tr("Size"), (SMALLEST, min(_MOST_SIZE, LARGEST)), "px", self.tr("Brush size")
        )
        self.hardness = number_row(form, self.tr("Hardness"), (0, 100), "%")
        self.strength = number_row(
            form, self.tr("Flow"), (0, 100), "%", self.tr("Most that a stroke or a shape covers")
        )
        self.edge = number_row(
            form, self.tr("Edge"), (0.0, 128.0), "px", self.tr("Softness of the edge of a shape")
        )
        self.tolerance = number_row(
            form, self.tr("Tolerance"), (0, 100), "", self.tr("How far a color may be off")
        )
        self.pressure_size = QCheckBox(self.tr("Pressure sets size"), self)
        self.pressure_opacity = QCheckBox(self.tr("Pressure sets flow"), self)
        self.erases = QCheckBox(self.tr("Erase (X, or hold Shift)"), self)
        for box in (self.pressure_size, self.pressure_opacity, self.erases):
            form.addRow("", box)
        self._connect()
        self.show_state()

    def _connect(self) -> None:
        state = self._state
        self.size_row.changed.connect(lambda value: state.use(size=float(value)))
        self.hardness.changed.connect(lambda value: state.use(hardness=value / 100))
        self.strength.changed.connect(lambda value: state.use(opacity=value / 100))
        self.edge.changed.connect(lambda value: state.use(edge=float(value)))
        self.tolerance.changed.connect(lambda value: state.use(tolerance=int(value)))
        self.pressure_size.clicked.connect(lambda on: state.use(pressure_size=on))
        self.pressure_opacity.clicked.connect(lambda on: state.use(pressure_opacity=on))
        self.erases.clicked.connect(state.erase)
        state.changed.connect(self.show_state)
        state.tool_changed.connect(self.show_state)

    def show_state(self) -> None:
        """Show what the tool in hand can be told."""
        state, options = self._state, self._state.options
        self.size_row.show_value(options.size)
        self.hardness.show_value(round(options.hardness * 100))
        self.strength.show_value(round(options.opacity * 100))
        self.edge.show_value(options.edge)
        self.tolerance.show_value(options.tolerance)
        self.pressure_size.setChecked(options.pressure_size)
        self.pressure_opacity.setChecked(options.pressure_opacity)
        self.erases.setChecked(state.is_erasing)
        is_stroke = state.tool in STROKES or state.is_off
        for row in (self.size_row, self.hardness, self.pressure_size, self.pressure_opacity):
            self._form.setRowVisible(row, is_stroke)
        self._form.setRowVisible(self.edge, not is_stroke and state.tool != "gradient")
        self._form.setRowVisible(self.tolerance, state.tool == "flood")
        self.erases.setEnabled(not state.is_off and state.tool != "eraser")


class ViewBox(QGroupBox):
    """How the mask is shown over the picture."""

    def __init__(
        self, workbench: Workbench, state: MaskState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self.setTitle(self.tr("Shown as"))
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.view = QComboBox(self)
        self.view.setAccessibleName(self.tr("How the mask is shown"))
        for view in VIEWS:
            self.view.addItem(workbench.actions[f"mask.view_{view}"].text(), view)
        self.whole = QComboBox(self)
        self.whole.setAccessibleName(self.tr("Which mask is shown"))
        self.whole.addItem(self.tr("Chosen layer"), False)
        self.whole.addItem(self.tr("All together"), True)
        self.whole.setToolTip(
            self.tr(
                "All together: where the new mouth shows, by all layers, strengths, keys and "
                "the protection; nothing where no mouth is drawn yet"
            )
        )
        self.color = QComboBox(self)
        self.color.setAccessibleName(self.tr("Color of the overlay"))
        self.color.setIconSize(_SWATCH)
        names = (
            self.tr("Red"), self.tr("Green"), self.tr("Blue"), self.tr("Yellow"),
            self.tr("Magenta"), self.tr("White"),
        )  # fmt: skip
        for color, name in zip(COLORS, names, strict=True):
            self.color.addItem(_swatch(color), name, color)
        form.addRow(self.tr("View"), self.view)
        form.addRow(self.tr("Mask of"), self.whole)
        form.addRow(self.tr("Color"), self.color)
        self.shade = number_row(
            form, self.tr("Shade"), (0, 100), "%", self.tr("Opacity of the overlay")
        )
        self.onion = QCheckBox(self.tr("Shapes before and after (O)"), self)
        self.onion.setToolTip(
            self.tr("Outlines of the neighboring shape keys: before dashed, after dotted")
        )
        form.addRow("", self.onion)
        self.view.activated.connect(lambda _row: state.use(view=self.view.currentData()))
        self.whole.activated.connect(lambda _row: state.use(whole=self.whole.currentData()))
        self.color.activated.connect(lambda _row: state.use(color=self.color.currentData()))
        self.shade.changed.connect(lambda value: state.use(shade=value / 100))
        self.onion.clicked.connect(lambda on: state.use(onion=on))
        state.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Show the options as they are."""
        options = self._state.options
        self.view.setCurrentIndex(self.view.findData(options.view))
        self.whole.setCurrentIndex(self.whole.findData(options.whole))
        self.color.setCurrentIndex(max(0, self.color.findData(options.color)))
        self.shade.show_value(round(options.shade * 100))
        self.onion.setChecked(options.onion)
        is_tint = options.view == "overlay"
        self.color.setEnabled(is_tint)
        self.shade.setEnabled(is_tint)


def _swatch(color: str) -> QIcon:
    pixmap = QPixmap(_SWATCH)
    pixmap.fill(QColor(color))
    return QIcon(pixmap)
