"""The two pictures of a blind trial: side by side or one at a time, always at the same zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from latentsync_studio.ui.viewer.canvas import NOTHING, Canvas
from latentsync_studio.ui.viewer.views import Composed

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.ui.theme.style import Look

    Face = tuple[float, float, float, float]

_AROUND: Final = 0.25  # of a face's size, on each side of it
_LARGER: Final = 1.3  # the names of the sides


class Sides(QWidget):
    """Two canvases under the names of their places; what is on them is named nowhere.

    Signals:
        resized(): the canvases need another number of px.
    """

    resized = Signal()

    def __init__(self, look: Look, names: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_placing = False
        self._face: Face | None = None
        self._is_zoomed = False
        self._size = NOTHING
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        self.canvases = tuple(self._canvas(look, name) for name in names)
        self.heads = tuple(self._head(name) for name in names)
        for place, (head, canvas) in enumerate(zip(self.heads, self.canvases, strict=True)):
            grid.addWidget(head, 0, place)
            grid.addWidget(canvas, 1, place)
        grid.setRowStretch(1, 1)

    def _head(self, name: str) -> QLabel:
        head = QLabel(name, self)
        font = head.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * _LARGER)
        head.setFont(font)
        head.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return head

    def _canvas(self, look: Look, name: str) -> Canvas:
        canvas = Canvas(look, self)
        canvas.setMinimumSize(120, 120)
        canvas.setAccessibleName(self.tr("Picture: {0}").format(name))
        canvas.placed.connect(lambda: self._on_placed(canvas))
        canvas.resized.connect(self.resized)
        return canvas

    @property
    def wanted_size(self) -> tuple[int, int]:
        """Px that are enough for either side."""
        wide, tall = zip(*(canvas.wanted_size for canvas in self.canvases), strict=True)
        return max(wide), max(tall)

    def clear(self, size: tuple[int, int], note: str = "") -> None:
        """Show nothing, of a picture of `size` px, with a sentence on both sides."""
        self._size, self._face = size, None
        for canvas in self.canvases:
            canvas.show_picture(Composed(None), size, note)

    def show_pictures(self, left: Rgb8 | None, right: Rgb8 | None, face: Face | None) -> None:
        """Show both sides of a frame; `face` is where one is, as shares (0..1)."""
        for canvas, picture in zip(self.canvases, (left, right), strict=True):
            canvas.show_picture(Composed(picture), self._size)
        is_new = self._face is None and face is not None
        self._face = face or self._face
        if is_new and self._is_zoomed:
            self._zoom()

    def show_only(self, place: int | None) -> None:
        """Show one of the sides, 0 or 1, or both."""
        for n, widgets in enumerate(zip(self.heads, self.canvases, strict=True)):
            for widget in widgets:
                widget.setVisible(place is None or n == place)

    def zoom_to_face(self, zoomed: bool) -> None:
        """Fill both sides with the face and what is around it, or with the whole picture."""
        self._is_zoomed = zoomed
        if zoomed:
            self._zoom()
        else:
            self.canvases[0].fit()

    def _zoom(self) -> None:
        if self._face is not None:
            left, top, right, bottom = self._face
            x, y = (right - left) * _AROUND, (bottom - top) * _AROUND
            self.canvases[0].show_part((left - x, top - y, right + x, bottom + y))

    def _on_placed(self, moved: Canvas) -> None:
        """Both sides always show the same part of the picture."""
        if self._is_placing:
            return
        self._is_placing = True
        for canvas in self.canvases:
            if canvas is not moved and canvas.placing != moved.placing:
                canvas.placing = moved.placing
                canvas.update()
        self._is_placing = False
        self.resized.emit()
