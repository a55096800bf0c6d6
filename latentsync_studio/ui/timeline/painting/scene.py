"""What the painters read: view, document, selection, feedback of a drag, brushes of the theme."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPen, QStaticText

from latentsync_studio.ui.theme.colors import color_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from latentsync_studio.core.timeline.model import (
        ClipId,
        MediaId,
        MediaItem,
        Sequence,
        TrackId,
    )
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.services.media_bin.waveforms import PeakPyramid
    from latentsync_studio.services.timeline.spans import Span
    from latentsync_studio.ui.theme.colors import Theme
    from latentsync_studio.ui.timeline.clock import Clock
    from latentsync_studio.ui.timeline.geometry import Rows, Viewport

TEXTS_KEPT = 4000
_ELIDED_FROM = 6  # letters of room, from which on dots say that a name goes on
_LEAST_LETTERS = 2  # fewer say nothing


@dataclass(frozen=True, slots=True)
class Ghost:
    """A dashed outline: where clips were, or where something that is dropped would lie."""

    track: TrackId
    start: int
    stop: int
    text: str = ""
    is_refused: bool = False


@dataclass(slots=True)
class Feedback:
    """What a drag or the mouse shows besides the document.

    Attributes:
        snap: frame of the snap line.
        cut: frame of the razor's line, and whether it goes through all tracks.
        marquee: widget rectangle x0, y0, x1, y1.
        ghosts: outlines.
        text: beside the mouse, at `at`.
        is_refused: `text` says why it cannot be.
    """

    snap: int | None = None
    cut: tuple[int, TrackId | None] | None = None
    marquee: tuple[float, float, float, float] | None = None
    ghosts: tuple[Ghost, ...] = ()
    text: str = ""
    at: tuple[float, float] = (0.0, 0.0)
    is_refused: bool = False


class Palette:
    """Pens and brushes of a theme, made once."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.colors = {name: theme.color(name) for name in color_names()}
        self.brushes = {name: QBrush(color) for name, color in self.colors.items()}
        self.pens = {name: QPen(color) for name, color in self.colors.items()}
        base = self.colors["window"]
        edge = QColor(self.colors["on_clip"])
        edge.setAlpha(70)
        self.clip_edge = QPen(
            QColor(base.darker(150) if theme.name == "dark" else base.darker(140))
        )
        self.locked = _hatch(self.colors["text"], 64)
        self.disabled = _hatch(base, 190, Qt.BrushStyle.Dense4Pattern)
        self.offline = _hatch(self.colors["on_clip"], 60, Qt.BrushStyle.BDiagPattern)
        self.shade = QBrush(_faded(self.colors["base"], 68))
        self.marquee = QBrush(_faded(self.colors["accent"], 50))
        self.dissolve = QBrush(_faded(self.colors["on_clip"], 70))
        self.selected = QPen(self.colors["accent"], 2)
        self.selected.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        self.faint = QPen(edge)


def _faded(color: QColor, alpha: int) -> QColor:
    return QColor(color.red(), color.green(), color.blue(), alpha)


def _hatch(color: QColor, alpha: int, style: Qt.BrushStyle = Qt.BrushStyle.FDiagPattern) -> QBrush:
    return QBrush(_faded(color, alpha), style)


class Texts:
    """Names of clips, shortened and laid out once for each width."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self._kept: dict[tuple[str, int], QStaticText | None] = {}
        self._widths: dict[str, int] = {}
        self._elided_from = self.metrics.horizontalAdvance("m" * _ELIDED_FROM)

    def of(self, text: str, width: int) -> QStaticText | None:
        """`text` shortened to `width` px (in steps of 4); None where that says nothing.

        On little room dots would take the place of letters: it is cut between two of them there.
        """
        key = (text, width & ~3)
        try:
            return self._kept[key]
        except KeyError:
            if len(self._kept) >= TEXTS_KEPT:
                self._kept.clear()
            made = self._kept[key] = self._laid_out(self._shortened(text, key[1]))
        return made

    def advance(self, text: str) -> int:
        """How wide all of `text` is, px."""
        found = self._widths.get(text)
        if found is None:
            if len(self._widths) >= TEXTS_KEPT:
                self._widths.clear()
            found = self._widths[text] = self.metrics.horizontalAdvance(text)
        return found

    def _shortened(self, text: str, width: int) -> str:
        metrics = self.metrics
        if width >= self._elided_from:
            return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        fits = text
        while fits and metrics.horizontalAdvance(fits) > width:
            fits = fits[:-1] if len(fits) <= _ELIDED_FROM * 2 else fits[: _ELIDED_FROM * 2]
        return fits.rstrip() if len(fits) >= min(_LEAST_LETTERS, len(text)) else ""

    def _laid_out(self, text: str) -> QStaticText | None:
        if not text:
            return None
        made = QStaticText(text)
        made.setTextFormat(Qt.TextFormat.PlainText)
        made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        made.prepare(font=self.font)
        return made


@dataclass(slots=True)
class Scene:
    """Everything that painters read; made by the canvas for each paint event."""

    view: Viewport
    rows: Rows
    sequence: Sequence
    clock: Clock
    palette: Palette
    texts: Texts
    media: dict[MediaId, MediaItem]
    offline: frozenset[MediaId]
    selected: frozenset[ClipId]
    playhead: int
    feedback: Feedback
    spans: Callable[[ClipId], tuple[Span, ...]]
    thumbnail: Callable[[MediaItem, int, FrameRate, int], QImage | None]
    waveform: Callable[[MediaItem], PeakPyramid | None]
    dpr: float = 1.0
    words: dict[str, str] = field(default_factory=dict)

    def rect(self, x0: float, x1: float, top: int, height: int) -> QRect:
        """Widget rectangle of x0..x1 (clamped to a little beyond the widget), in whole px."""
        left = int(max(-16.0, x0) + 16.0) - 16
        right = int(min(self.view.width + 16.0, x1) + 16.0) - 16
        return QRect(left, top, max(1, right - left), height)
