"""The layers of the clip, the one that is laid last on top: choose, show, rename, reorder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from latentsync_studio.ui.masks.icons import SIZE, mask_icon

if TYPE_CHECKING:
    from PySide6.QtGui import QDropEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.mask.layer import MaskLayer
    from latentsync_studio.ui.masks.controller import MasksController
    from latentsync_studio.ui.theme.style import Look

_ID = Qt.ItemDataRole.UserRole
_ROWS = 4  # that are seen without scrolling


class LayerList(QListWidget):
    """One row a layer: a check box (counts or not), a sign of its role, its name."""

    def __init__(self, masks: MasksController, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._masks, self._look = masks, look
        self._is_filling = False
        self.setAccessibleName(self.tr("Mask layers"))
        self.setIconSize(QSize(SIZE, SIZE))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.currentItemChanged.connect(self._on_current)
        self.itemChanged.connect(self._on_changed)
        look.changed.connect(self.show_layers)
        self.show_layers()

    def show_layers(self) -> None:
        """Show the layers of the clip as they are now."""
        self._is_filling = True
        layers = self._masks.layers[::-1]
        while self.count() > len(layers):
            self.takeItem(self.count() - 1)
        while self.count() < len(layers):
            self.addItem(QListWidgetItem())
        for row, layer in enumerate(layers):
            self._show_row(self.item(row), layer)
            if str(layer.id) == self._masks.layer_id:
                self.setCurrentRow(row)
        if not layers:
            self.setCurrentRow(-1)
        self._is_filling = False

    def _show_row(self, item: QListWidgetItem, layer: MaskLayer) -> None:
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemIsDragEnabled
        )
        item.setData(_ID, str(layer.id))
        item.setText(layer.name or str(layer.id))
        state = Qt.CheckState.Checked if layer.is_enabled else Qt.CheckState.Unchecked
        item.setCheckState(state)
        item.setIcon(mask_icon(layer.role, self._look.theme))
        words = self.words(layer)
        item.setToolTip(words)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {words}")

    def words(self, layer: MaskLayer) -> str:
        """What a layer does, in words."""
        role = {"include": self.tr("redraw here"), "protect": self.tr("never touch")}[layer.role]
        space = {
            "face": self.tr("rides with the face"),
            "frame": self.tr("stays on the picture"),
        }[layer.space]
        parts = [role, space]
        if not layer.is_enabled:
            parts.append(self.tr("does not count"))
        if layer.is_inverted:
            parts.append(self.tr("inverted"))
        if len(layer.rasters) > 1:
            parts.append(self.tr("%n shape(s)", "", len(layer.rasters)))
        return ", ".join(parts)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None and not self._is_filling:
            self._masks.choose(str(item.data(_ID)))

    def _on_changed(self, item: QListWidgetItem) -> None:
        """The box or the name was changed by the user."""
        if self._is_filling:
            return
        layer_id = str(item.data(_ID))
        layer = next((each for each in self._masks.layers if each.id == layer_id), None)
        if layer is None:
            return
        is_enabled = item.checkState() == Qt.CheckState.Checked
        if is_enabled is not layer.is_enabled:
            label = self.tr("Show or hide layer")
            self._masks.change(label, layer_id, is_enabled=is_enabled)
        elif item.text().strip() not in {"", layer.name or str(layer.id)}:
            self._masks.change(self.tr("Rename layer"), layer_id, name=item.text().strip())
        else:
            self.show_layers()

    def dropEvent(self, event: QDropEvent) -> None:
        """The document moves the layer, and the list shows that."""
        item = self.currentItem()
        at = self.indexAt(event.position().toPoint())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if self.currentRow() < 0:
            return
        below = self.dropIndicatorPosition() == QAbstractItemView.DropIndicatorPosition.BelowItem
        row = at.row() + int(below) if at.isValid() else self.count()
        row -= int(self.row(item) < row)
        self._masks.place(str(item.data(_ID)), self.count() - 1 - row)

    def sizeHint(self) -> QSize:
        row = max(self.fontMetrics().height(), SIZE) + 8
        return QSize(200, _ROWS * row + 2 * self.frameWidth())
