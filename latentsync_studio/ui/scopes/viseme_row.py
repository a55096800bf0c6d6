"""The lane of visemes: what the heard sounds ask of the lips, in letters and colors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentsync_studio.core.speech.viseme_lane import VISEMES
from latentsync_studio.ui.scopes.speech_strips import SHAPES

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QWheelEvent

    from latentsync_studio.core.speech.viseme_lane import VisemeLane
    from latentsync_studio.ui.scopes.ruler import TimeRuler
    from latentsync_studio.ui.scopes.time_link import TimeLink
    from latentsync_studio.ui.theme.colors import Theme
    from latentsync_studio.ui.theme.style import Look

HEIGHT: Final = 22
# colors of the theme's clips, on which `on_clip` can be read; and how tall a block is, so that
# gestures of the lips stand out where there is no room for letters
_COLORS: Final = (
    "", "offline_clip", "speech_clip", "video_clip", "raised", "audio_clip", "work_area", "border",
)  # fmt: skip
_HEIGHTS: Final = (0.0, 1.0, 0.9, 0.75, 0.45, 0.85, 0.7, 0.55)


class VisemeRow(QWidget):
    """Aligned with the ruler above it; its own name stands at its left."""

    def __init__(
        self, link: TimeLink, look: Look, ruler: TimeRuler, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._look, self._ruler = link, look, ruler
        self._lane: VisemeLane | None = None
        self.setAccessibleName(self.tr("Visemes of the speech"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        link.changed.connect(self.update)
        link.playhead_moved.connect(self._on_playhead)
        look.changed.connect(self.update)
        self._seen = ""

    def show_lane(self, lane: VisemeLane | None) -> None:
        """Show other visemes."""
        self._lane = lane
        self.update()

    def word_at(self, frame: int) -> str:
        """Sounds of the viseme at a frame, "" in silence."""
        place = frame * SHAPES + SHAPES // 2
        if self._lane is None or not 0 <= place < len(self._lane.visemes):
            return ""
        return VISEMES[max(0, int(self._lane.visemes[place]))]

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._look.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("base"))
        left, right = round(self._ruler.x_of(self._link.seen[0])), self._right()
        painter.fillRect(QRect(0, 0, left, self.height()), theme.color("window"))
        painter.setPen(theme.color("text"))
        word = self.word_at(self._link.playhead)
        name = self.tr("Visemes: {0}").format(word) if word else self.tr("Visemes")
        painter.drawText(QRect(8, 0, left - 8, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
        painter.setClipRect(left, 0, right - left, self.height())
        self._paint_runs(painter, theme, left, right)
        painter.setPen(theme.color("playhead"))
        x = round(self._ruler.x_of(self._link.playhead))
        painter.drawLine(x, 0, x, self.height())
        painter.end()

    def _paint_runs(self, painter: QPainter, theme: Theme, left: int, right: int) -> None:
        if self._lane is None:
            return
        metrics = QFontMetrics(self.font())
        first, last = self._link.seen
        painter.setPen(theme.color("on_clip"))
        for run in self._lane.runs(first * SHAPES, last * SHAPES, right - left):
            tall = round(self.height() * _HEIGHTS[run.viseme])
            place = QRect(left + run.start, self.height() - tall, run.stop - run.start, tall)
            painter.fillRect(place, QColor(getattr(theme, _COLORS[run.viseme])))
            text = VISEMES[run.viseme]
            if metrics.horizontalAdvance(text) + 2 <= place.width():
                line = QRect(place.left(), 0, place.width(), self.height())
                painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)

    def _right(self) -> int:
        return round(self._ruler.x_of(self._link.seen[1]))

    def _on_playhead(self) -> None:
        word = self.word_at(self._link.playhead)
        if word != self._seen:
            self._seen = word
            self.setAccessibleDescription(word)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._link.seek(self._ruler.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._link.seek(self._ruler.frame_at(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._link.wheel(event, self._ruler.frame_at(event.position().x()))

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)
