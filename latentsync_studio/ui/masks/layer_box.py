"""What the chosen layer does: role, how it meets the others, space, opacity, edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QGroupBox

from latentsync_studio.core.timeline.edits.curves import keys_of, put_key
from latentsync_studio.core.timeline.edits.masks import change_layer
from latentsync_studio.ui.curves.diamond import DiamondButton
from latentsync_studio.ui.curves.rows import key_with
from latentsync_studio.ui.inspector.live_edit import LiveEdit
from latentsync_studio.ui.masks.number_rows import number_row

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.mask.layer import MaskLayer
    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.ui.masks.controller import MasksController
    from latentsync_studio.ui.workbench import Workbench

_MOST_EDGE = 128.0  # px that the sliders reach; layers can have more


class LayerBox(QGroupBox):
    """Shows and changes the chosen layer."""

    def __init__(
        self, workbench: Workbench, masks: MasksController, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._masks = workbench, masks
        self._live = LiveEdit(workbench.store)
        self.setTitle(self.tr("Layer"))
        self.role = self._list(
            self.tr("Role"),
            (("protect", self.tr("Protect: never touch")), ("include", self.tr("Include: redraw"))),
        )
        self.mode = self._list(
            self.tr("With the layers below"),
            (
                ("add", self.tr("Add")),
                ("subtract", self.tr("Subtract")),
                ("intersect", self.tr("Intersect")),
            ),
        )
        self.space = self._list(
            self.tr("Space"),
            (("face", self.tr("Rides with the face")), ("frame", self.tr("Stays on the picture"))),
        )
        self.inverted = QCheckBox(self.tr("Inverted"), self)
        self.inverted.setToolTip(self.tr("What is not painted counts"))
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(self.tr("Role"), self.role)
        form.addRow(self.tr("Meets"), self.mode)
        form.addRow(self.tr("Space"), self.space)
        self.opacity = number_row(form, self.tr("Opacity"), (0, 100), "%")
        self.diamond = DiamondButton(workbench, self.tr("opacity"), self)
        layout = self.opacity.layout()
        if layout is not None:
            layout.addWidget(self.diamond)
        self.feather = number_row(
            form,
            self.tr("Feather"),
            (0.0, float(_MOST_EDGE)),
            "px",
            self.tr("Softness of the edge"),
        )
        self.grow = number_row(
            form,
            self.tr("Grow"),
            (-float(_MOST_EDGE), float(_MOST_EDGE)),
            "px",
            self.tr("Larger, or smaller below 0"),
        )
        form.addRow("", self.inverted)
        self._connect()
        self.show_layer()

    def _list(self, name: str, choices: tuple[tuple[str, str], ...]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setToolTip(name)
        for key, text in choices:
            box.addItem(text, key)
        return box

    def _connect(self) -> None:
        masks = self._masks
        self.role.activated.connect(
            lambda _row: masks.change(self.tr("Change role"), role=self.role.currentData())
        )
        self.mode.activated.connect(
            lambda _row: masks.change(self.tr("Change layer"), mode=self.mode.currentData())
        )
        self.space.activated.connect(lambda _row: masks.ride(self.space.currentData() == "face"))
        self.inverted.clicked.connect(
            lambda on: masks.change(self.tr("Invert layer"), is_inverted=on)
        )
        for name, editor, scale in (
            ("opacity", self.opacity, 100.0),
            ("feather", self.feather, 1.0),
            ("grow", self.grow, 1.0),
        ):
            editor.changed.connect(
                lambda value, name=name, scale=scale: self._on_changed(name, value / scale)
            )
            editor.edited.connect(lambda _value: self._live.finish())
        masks.layers_changed.connect(self.show_layer)
        masks.focus.moved.connect(self.show_layer)

    def show_layer(self) -> None:
        """Show the chosen layer as it is at the playhead."""
        layer, clip = self._masks.layer, self._masks.clip
        self.setEnabled(layer is not None)
        if layer is None or clip is None:
            self.diamond.show_curve("")
            return
        for box, value in (
            (self.role, layer.role),
            (self.mode, layer.mode),
            (self.space, layer.space),
        ):
            box.setCurrentIndex(max(0, box.findData(value)))
        self.inverted.setChecked(layer.is_inverted)
        self.opacity.show_value(round(self._opacity(clip, layer) * 100))
        self.feather.show_value(layer.feather)
        self.grow.show_value(layer.grow)
        self.diamond.show_curve(f"layer.{layer.id}.opacity")

    def _opacity(self, clip: Clip, layer: MaskLayer) -> float:
        from latentsync_studio.core.mask.keyframes import value_at

        keys = keys_of(clip, f"layer.{layer.id}.opacity")
        return value_at(keys, self._masks.focus.near_frame) if keys else layer.opacity

    def _on_changed(self, name: str, value: float) -> None:
        clip, layer, frame = self._masks.clip, self._masks.layer, self._masks.focus.near_frame
        if clip is None or layer is None:
            return
        key = f"layer.{layer.id}.{name}"

        def change(project: Project) -> Project:
            keys = keys_of(clip, key)
            if keys:
                return put_key(project, clip.id, key, key_with(keys, frame, value))
            return change_layer(project, clip.id, layer.id, **{name: value})

        self._live.show(key, self.tr("Change layer"), change)

    def close_box(self) -> None:
        """End a drag that is still open."""
        self._live.finish()
