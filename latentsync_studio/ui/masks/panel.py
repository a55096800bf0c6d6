"""The panel of masks: tools, layers of the clip in focus, the chosen layer, options, view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from latentsync_studio.ui.masks.command_buttons import CommandButton
from latentsync_studio.ui.masks.layer_box import LayerBox
from latentsync_studio.ui.masks.layer_list import LayerList
from latentsync_studio.ui.masks.mask_state import TOOLS
from latentsync_studio.ui.masks.options_box import ToolBox, ViewBox
from latentsync_studio.ui.masks.stage import MaskStage

if TYPE_CHECKING:
    from latentsync_studio.ui.workbench import Workbench

_LAYER_BUTTONS = (
    ("mask.add_protect", "protect"),
    ("mask.add_include", "include"),
    ("mask.duplicate", "duplicate"),
    ("mask.up", "up"),
    ("mask.down", "down"),
    ("mask.remove", "bin"),
)


class MasksPanel(QScrollArea):
    """Paints masks of the clip in focus."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench, self.masks = workbench, workbench.masks
        self.setObjectName("masks")
        self.setAccessibleName(self.tr("Masks"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stage = MaskStage(workbench, self.masks, workbench.canvas)
        inside = QWidget(self)
        self.title = QLabel(inside)
        self.title.setWordWrap(True)
        self.tools = {
            tool: CommandButton(workbench.actions[f"mask.{tool}"], tool, workbench.look, inside)
            for tool in TOOLS
        }
        self.layers = LayerList(self.masks, workbench.look, inside)
        self.buttons = [
            CommandButton(workbench.actions[command], sign, workbench.look, inside)
            for command, sign in _LAYER_BUTTONS
        ]
        self.layer = LayerBox(workbench, self.masks, inside)
        self.options = ToolBox(self.masks.state, inside)
        self.view = ViewBox(workbench, self.masks.state, inside)
        self._lay_out(inside)
        self.setWidget(inside)
        bar = self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(inside.minimumSizeHint().width() + bar + 2 * self.frameWidth())
        self.masks.layers_changed.connect(self._show)
        self.masks.focus.moved.connect(self._show)
        self._show()

    def _lay_out(self, inside: QWidget) -> None:
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.title)
        column.addLayout(_row(list(self.tools.values())))
        column.addWidget(self.layers)
        column.addLayout(_row(self.buttons))
        for box in (self.layer, self.options, self.view):
            column.addWidget(box)
        column.addStretch(1)

    def _show(self) -> None:
        clip = self.masks.clip
        self.layers.show_layers()
        if clip is None:
            self.title.setText(self.tr("Select a clip with a picture to paint its masks."))
            return
        names = {item.id: item.name for item in self._workbench.store.project.media}
        name = (clip.name or names.get(clip.media, "")).replace("<", "&lt;")
        text = f"<b>{self.tr('Masks of')}</b> {name}"
        if self.masks.focus.frame is None:
            text += "<br>" + self.tr("The playhead is beside the clip.")
        elif not clip.masks:
            text += "<br>" + self.tr(
                "Draw with a tool in the viewer: a first layer is made for it."
            )
        self.title.setText(text)

    def be_seen(self, seen: bool) -> None:
        """Note whether the panel is in sight: masks are shown in the viewer then."""
        self.masks.show_panel(seen)

    def close_panel(self) -> None:
        """End what is open."""
        self.stage.cancel()
        self.layer.close_box()


def _row(widgets: list[CommandButton]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(2)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
