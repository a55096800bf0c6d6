"""Moving, trimming, slipping, sliding a clip by numbers: the key path to what the mouse drags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSpinBox

from latentsync_studio.core.errors import InvalidEditError, StudioError
from latentsync_studio.core.timeline.edits.move import move, move_over
from latentsync_studio.core.timeline.edits.roll import roll, slide, slip
from latentsync_studio.core.timeline.edits.trim import (
    ripple_head,
    ripple_tail,
    trim_head,
    trim_tail,
)
from latentsync_studio.ui.timeline.dialogs import FormDialog
from latentsync_studio.ui.timeline.table import clip_name
from latentsync_studio.ui.timeline.tools.base import find_clip, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

_EDITS: dict[str, tuple[str, Callable[..., Project]]] = {
    "move": ("Move, overwriting", lambda p, c, by, linked: move_over(p, [c], by, linked=linked)),
    "move free": ("Move into free room", lambda p, c, by, linked: move(p, [c], by, linked=linked)),
    "trim head": ("Trim the start", trim_head),
    "trim tail": ("Trim the end", trim_tail),
    "ripple head": ("Ripple trim the start", ripple_head),
    "ripple tail": ("Ripple trim the end", ripple_tail),
    "roll": ("Roll the cut behind it", roll),
    "slip": ("Slip: show later media", slip),
    "slide": ("Slide between its neighbors", slide),
}


class ClipDialog(FormDialog):
    """One clip, one edit, one number of frames; each Apply is an undo step."""

    def __init__(self, stage: TimelineCanvas, clip: Clip, parent: QWidget) -> None:
        super().__init__(tr("Move, trim and slip by numbers"), parent)
        self._stage, self._clip = stage, clip.id
        self.facts = QLabel(self)
        self.facts.setAccessibleName(self.tr("The clip now"))
        self.edit = QComboBox(self)
        for name, (title, _) in _EDITS.items():
            self.edit.addItem(self.tr(title), name)
        self.by = QSpinBox(self)
        self.by.setRange(-10_000_000, 10_000_000)
        self.by.setSuffix(self.tr(" frames"))
        self.linked = QCheckBox(self.tr("Linked clips too"), self)
        self.linked.setChecked(stage.session.is_linked and clip.link is not None)
        self.linked.setEnabled(clip.link is not None)
        self.form.addRow(self.facts)
        self.add(self.tr("What"), self.edit)
        self.add(self.tr("By"), self.by)
        self.form.addRow("", self.linked)
        self.once_more = self.buttons.addButton(self.buttons.StandardButton.Apply)
        self.once_more.clicked.connect(self._apply_once)
        self.by.setFocus()
        self._show()

    def _show(self) -> None:
        clip = find_clip(self._stage.sequence, self._clip)
        if clip is None:
            self.reject()
            return
        clock = self._stage.clock
        self.facts.setText(
            self.tr(
                "{name}\nOn the sequence: {start} - {stop}, {length}\n"
                "Of the medium: {first} - {last}"
            ).format(
                name=clip_name(self._stage, clip),
                start=clock.label(clip.start),
                stop=clock.label(clip.stop - 1),
                length=clock.length(len(clip.source)),
                first=clock.length(clip.source.start),
                last=clock.length(clip.source.stop - 1),
            )
        )

    def _apply_once(self) -> None:
        try:
            self.apply()
        except StudioError as error:
            self.trouble.setText(f"\N{MULTIPLICATION X} {error} {error.remedy}".strip())
            self.trouble.show()
            return
        self.trouble.hide()
        self._show()

    def apply(self) -> None:
        by, clip, linked = self.by.value(), self._clip, self.linked.isChecked()
        if not by:
            return
        title, change = _EDITS[str(self.edit.currentData())]
        store = self._stage.store
        before = store.project
        after = change(before, clip, by, linked=linked)
        if not store.commit(self.tr(title), before, after):
            raise InvalidEditError(
                "Nothing can move any farther that way.",
                remedy="There is no unused media or no room; try fewer frames or the other way.",
            )
