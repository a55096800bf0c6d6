"""What is found out about an export before it begins: size, time, room, losses, problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel

from latentsync_studio.ui.export.room import size_words, time_words
from latentsync_studio.ui.remedy_words import error_words, remedy_words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.services.delivery.estimate import Estimate
    from latentsync_studio.ui.export.page import Found

_MOST_LOSSES = 6


class ReportPanel(QFrame):
    """Rows of a title and a text; each says "not known" rather than nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.size_text, self.time_text, self.room, self.lost, self.trouble = (
            QLabel(self) for _ in range(5)
        )
        self._titles: dict[QLabel, QLabel] = {}
        grid = QGridLayout(self)
        grid.setColumnStretch(1, 1)
        rows = (  # what may be long comes last
            (self.tr("Check"), self.trouble),
            (self.tr("Size"), self.size_text),
            (self.tr("Time"), self.time_text),
            (self.tr("Room"), self.room),
            (self.tr("Lost"), self.lost),
        )
        for row, (title, label) in enumerate(rows):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setAccessibleName(title)
            name = QLabel(title, self)
            name.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._titles[label] = name
            grid.addWidget(name, row, 0)
            grid.addWidget(label, row, 1)

    def show_looking(self, *, has_size: bool) -> None:
        """Something changed, and nothing is known of it yet."""
        self.trouble.setText(self.tr("Looking..."))
        self._show_row(self.size_text, self.tr("Looking...") if has_size else "")
        self._show_row(self.lost, "")

    def show_found(self, found: Found) -> None:
        """What a check found."""
        free = found.free_bytes
        self.room.setText(
            self.tr("not known")
            if free is None
            else self.tr("{0} free on this disk").format(size_words(free))
        )
        shown = [f"\N{BULLET} {loss}" for loss in found.losses[:_MOST_LOSSES]]
        more = len(found.losses) - _MOST_LOSSES
        if more > 0:
            shown.append(self.tr("\N{BULLET} and %n more", "", more))
        self._show_row(self.lost, "\n".join(shown))
        lines = [
            f"\N{MULTIPLICATION X} {each.message} {remedy_words(each.code, each.remedy)}".strip()
            for each in found.problems
        ]
        if not lines and found.is_replaced:
            lines = [self.tr("\N{WARNING SIGN} It exists and will be replaced.")]
        self.trouble.setText("\n".join(lines) or self.tr("\N{CHECK MARK} Nothing is in the way."))

    def show_failed(self, error: StudioError) -> None:
        """The check itself failed."""
        self.trouble.setText(f"\N{MULTIPLICATION X} {error_words(error)}")

    def show_size(self, estimate: Estimate | None) -> None:
        """How large it will be."""
        if estimate is None:
            self._show_row(self.size_text, self.tr("not known"))
            return
        if estimate.tried_frames:
            n = estimate.tried_frames
            text = self.tr("About {0}, by %n frame(s) encoded for a trial", "", n)
        else:
            text = self.tr("Up to about {0}, as such pictures usually take")
        self._show_row(self.size_text, text.format(size_words(estimate.size_bytes)))

    def show_time(self, to_draw: int, drawing: float | None, writing: float | None) -> None:
        """How long it takes: first what has to be drawn, then all of it, None: not known."""
        text = self.tr("First %n frame(s) must be synthesized. ", "", to_draw) if to_draw else ""
        if drawing is None:
            text += self.tr("How long that takes is known after the first time.")
        elif writing is None:
            text += self.tr("How long it takes is not known.")
        else:
            text += self.tr("About {0}.").format(time_words(drawing + writing))
        self._show_row(self.time_text, text)

    def hide_time(self) -> None:
        """It takes no time worth telling."""
        self._show_row(self.time_text, "")

    def _show_row(self, label: QLabel, text: str) -> None:
        label.setText(text)
        for widget in (label, self._titles[label]):
            widget.setVisible(bool(text))
