"""The lane of visemes: what the heard sounds ask of the lips, in letters and colors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap
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
_DENSE_PX: Final = 3  # of a block where several visemes lie on a px
_LETTER: Final = 6  # px, below which no letters are tried
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
        self._mark: tuple[object, ...] = ()
        self.setAccessibleName(self.tr("Visemes of the speech"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        link.changed.connect(self.update)
        link.playhead_moved.connect(self._on_playhead)
        look.changed.connect(self.update)
        self._seen = ""
        self._picture = QPixmap()

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
        painter.drawPixmap(left, 0, self._blocks(theme, right - left))
        painter.setClipRect(left, 0, right - left, self.height())
        painter.setPen(theme.color("playhead"))
        x = round(self._ruler.x_of(self._link.playhead))
        painter.drawLine(x, 0, x, self.height())
        painter.end()

    def _blocks(self, theme: Theme, width: int) -> QPixmap:
        """The lane without the playhead; painted anew only where something else is in sight."""
        ratio = self.devicePixelRatioF()
        mark = (self._lane, theme.name, self._link.seen, width, self.height(), ratio)
        if mark != self._mark:
            self._mark = mark
            self._picture = QPixmap(round(width * ratio), round(self.height() * ratio))
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(theme.color("base"))
            painter = QPainter(self._picture)
            painter.setFont(self.font())
            self._paint_runs(painter, theme, width)
            painter.end()
        return self._picture

    def _paint_runs(self, painter: QPainter, theme: Theme, width: int) -> None:
        if self._lane is None:
            return
        metrics = QFontMetrics(self.font())
        first, last = (frame * SHAPES for frame in self._link.seen)
        step = 1 if last - first < width else _DENSE_PX
        colors = [QColor(getattr(theme, name)) if name else QColor() for name in _COLORS]
        painter.setPen(theme.color("on_clip"))
        for run in self._lane.runs(first, last, max(1, width // step)):
            tall = round(self.height() * _HEIGHTS[run.viseme])
            wide = (run.stop - run.start) * step
            painter.fillRect(run.start * step, self.height() - tall, wide, tall, colors[run.viseme])
            text = VISEMES[run.viseme]
            if wide > _LETTER and metrics.horizontalAdvance(text) + 2 <= wide:
                line = QRect(run.start * step, 0, wide, self.height())
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
        self._ruler.seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._ruler.seek(event.position().x())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._link.wheel(event, self._ruler.frame_at(event.position().x()))

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)
