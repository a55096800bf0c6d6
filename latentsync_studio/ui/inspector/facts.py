"""Facts of a selected medium: what it is, what is unusual about it, where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QGroupBox, QLabel

from latentsync_studio.ui.media_bin.model import duration_text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.ui.workbench import Workbench


class MediaFactsBox(QGroupBox):
    """Hidden where no single medium is selected."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._item: MediaItem | None = None
        self._form = QFormLayout(self)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        workbench.media.states_changed.connect(self._show)
        self.hide()

    def show_media(self, item: MediaItem | None) -> None:
        """Show another medium, or the same with other facts, or nothing."""
        if item is not self._item:
            self._item = item
            self._show()

    def rows(self) -> list[tuple[str, str]]:
        """Label and text of all that is known."""
        item = self._item
        if item is None:
            return []
        found = [(self.tr("Duration"), duration_text(item) or self.tr("any"))]
        if item.video is not None:
            video = item.video
            rate = f"{video.rate} {self.tr('frames a second')}"
            rate += f" ({self.tr('variable')})" if video.is_variable else ""
            found += [
                (self.tr("Picture"), f"{video.width} x {video.height}"),
                (self.tr("Rate"), rate),
                (self.tr("Frames"), str(video.n_frames)),
            ]
            if video.timecode:
                found.append((self.tr("Time code"), video.timecode))
        if item.audio is not None:
            audio = item.audio
            text = self.tr("{0:g} kHz, {1} channels").format(audio.rate_hz / 1000, audio.channels)
            found.append((self.tr("Sound"), text))
        badges = self._workbench.media.badges_of(item)
        found += [(badge.label[:1].upper() + badge.label[1:], badge.meaning) for badge in badges]
        state = self._workbench.media.state_of(item)
        if state is not None and state.text:
            found.append((self.tr("State"), state.text))
        found.append((self.tr("File"), item.path))
        return found

    def _show(self) -> None:
        self.setVisible(self._item is not None)
        while self._form.rowCount():
            self._form.removeRow(0)
        if self._item is None:
            return
        self.setTitle(self._item.name)
        for label, text in self.rows():
            value = QLabel(text, self)
            value.setWordWrap(True)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setMinimumWidth(1)
            self._form.addRow(label, value)
