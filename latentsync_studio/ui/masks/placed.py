"""Where the medium's picture lies on the canvas: widget px <-> px of the picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF

if TYPE_CHECKING:
    from latentsync_studio.core.picture import Box
    from latentsync_studio.ui.viewer.placing import Area

_AROUND = 2  # px that smooth scaling reaches beyond what changed


class Placed(NamedTuple):
    """The medium's picture within the sequence's picture within the canvas.

    Attributes:
        target: where it lies, device px.
        size: its own px, (width, height).
        ratio: device px a px of the widget.
    """

    target: QRectF
    size: tuple[int, int]
    ratio: float

    @property
    def scale(self) -> float:
        """Device px a px of the picture, across."""
        return self.target.width() / self.size[0]

    def to_picture(self, at: QPointF) -> tuple[float, float]:
        """A place of the widget in px of the picture; pixel centers lie at +0.5."""
        x = (at.x() * self.ratio - self.target.x()) / self.target.width() * self.size[0]
        y = (at.y() * self.ratio - self.target.y()) / self.target.height() * self.size[1]
        return x, y

    def to_device(self, x: float, y: float) -> QPointF:
        """A place of the picture in device px."""
        return QPointF(
            self.target.x() + x / self.size[0] * self.target.width(),
            self.target.y() + y / self.size[1] * self.target.height(),
        )

    def dirty(self, box: Box) -> QRect:
        """The px of the widget that show a box of the picture."""
        low, high = self.to_device(box.x0, box.y0), self.to_device(box.x1, box.y1)
        left, top = math.floor(low.x() / self.ratio), math.floor(low.y() / self.ratio)
        right, bottom = math.ceil(high.x() / self.ratio), math.ceil(high.y() / self.ratio)
        around = _AROUND + math.ceil(max(self.scale, 1.0) / self.ratio)
        return QRect(left, top, right - left, bottom - top).adjusted(
            -around, -around, around, around
        )


def place(
    area: Area,
    sequence: tuple[int, int],
    medium: tuple[int, int],
    pixel_aspect: float,
    ratio: float,
) -> Placed:
    """Where a medium of `medium` px lies when a sequence of `sequence` px fills `area`."""
    from latentsync_studio.imaging.fit import fitted_box  # OpenCV would make every start slower

    box = fitted_box(medium, sequence, pixel_aspect)
    sx, sy = area.width / sequence[0], area.height / sequence[1]
    target = QRectF(area.x + box.x0 * sx, area.y + box.y0 * sy, box.width * sx, box.height * sy)
    return Placed(target, medium, ratio)
