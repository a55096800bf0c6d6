"""Binds the commands of masks: layers, tools, brush and views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from latentsync_studio.ui.masks.mask_state import TOOLS, VIEWS
from latentsync_studio.ui.timeline.dialogs import NameDialog

if TYPE_CHECKING:
    from latentsync_studio.ui.masks.controller import MasksController
    from latentsync_studio.ui.workbench import Workbench

_OF_LAYER = (
    "mask.duplicate", "mask.rename", "mask.remove", "mask.up", "mask.down", "mask.show",
    "mask.invert", "mask.ride", "mask.fill", "mask.clear", "mask.next_layer",
    "mask.previous_layer", "key.shape", "key.remove_shape",
)  # fmt: skip


class MaskCommands(QObject):
    """The share of masks in the table of commands."""

    def __init__(self, workbench: Workbench, masks: MasksController) -> None:
        super().__init__(masks)
        self._actions, self._masks = workbench.actions, masks
        self._bind_layers()
        self._bind_tools()
        masks.state.changed.connect(self.show)
        masks.state.tool_changed.connect(self.show)

    def _bind_layers(self) -> None:
        bind, masks = self._actions.bind, self._masks
        bind("mask.add_protect", lambda: masks.add("protect"))
        bind("mask.add_include", lambda: masks.add("include"))
        bind("mask.duplicate", masks.duplicate)
        bind("mask.rename", self._rename)
        bind("mask.remove", masks.remove)
        bind("mask.up", lambda: masks.move(1))
        bind("mask.down", lambda: masks.move(-1))
        bind("mask.next_layer", lambda: masks.choose_beside(-1))
        bind("mask.previous_layer", lambda: masks.choose_beside(1))
        bind("mask.show", lambda on: masks.change(self.tr("Show or hide layer"), is_enabled=on))
        bind("mask.invert", lambda on: masks.change(self.tr("Invert layer"), is_inverted=on))
        bind("mask.ride", masks.ride)
        bind("mask.fill", lambda: masks.fill(full=True))
        bind("mask.clear", lambda: masks.fill(full=False))
        bind("key.shape", masks.key_shape)
        bind("key.remove_shape", masks.remove_shape)

    def _bind_tools(self) -> None:
        bind, state = self._actions.bind, self._masks.state
        for tool in TOOLS:
            bind(f"mask.{tool}", lambda _checked=False, tool=tool: state.use_tool(tool))
        for view in VIEWS:
            bind(f"mask.view_{view}", lambda _checked=False, view=view: state.use(view=view))
        bind("mask.view_whole", lambda on: state.use(whole=on))
        bind("mask.smaller", lambda: state.resize(-1))
        bind("mask.larger", lambda: state.resize(1))
        bind("mask.softer", lambda: state.harden(-1))
        bind("mask.harder", lambda: state.harden(1))
        bind("mask.swap", state.erase)
        bind("mask.onion", lambda on: state.use(onion=on))

    def show(self) -> None:
        """Show in the menus what is chosen, and enable what can be done."""
        actions, masks, state = self._actions, self._masks, self._masks.state
        layer = masks.layer
        actions.enable(masks.clip is not None, "mask.add_protect", "mask.add_include")
        actions.enable(layer is not None, *_OF_LAYER)
        actions.check("mask.show", layer is not None and layer.is_enabled)
        actions.check("mask.invert", layer is not None and layer.is_inverted)
        actions.check("mask.ride", layer is not None and layer.space == "face")
        actions[f"mask.{state.tool}"].setChecked(True)
        actions[f"mask.view_{state.options.view}"].setChecked(True)
        actions.check("mask.view_whole", state.options.whole)
        actions.check("mask.swap", state.is_erasing)
        actions.check("mask.onion", state.options.onion)
        actions.enable(not state.is_off, "mask.swap")

    def _rename(self) -> None:
        layer = self._masks.layer
        if layer is None:
            return
        layer_id = str(layer.id)

        def then(name: str) -> None:
            self._masks.change(self.tr("Rename layer"), layer_id, name=name)

        NameDialog(self.tr("Rename layer"), layer.name, then, self._actions.window()).open()
