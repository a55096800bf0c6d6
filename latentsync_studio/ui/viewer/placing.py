"""Where the picture lies on the canvas: fit, zoom at a point, pan. Pure; in device pixels."""

from __future__ import annotations

from typing import NamedTuple

LEAST_ZOOM, MOST_ZOOM = 0.05, 32.0
ZOOMS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # of the selector
BLOCKY_FROM = 4.0  # above it pixels are shown as squares
WHEEL_STEP = 1.2
_KEPT_VISIBLE = 48.0  # device px of the picture that panning leaves on the canvas
ACTION_SAFE, TITLE_SAFE = 0.93, 0.90  # SMPTE ST 2046-1


class Area(NamedTuple):
    """A rectangle in device px."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, share: float) -> Area:
        """The middle `share` (0..1) of it."""
        width, height = self.width * share, self.height * share
        return Area(
            self.x + (self.width - width) / 2, self.y + (self.height - height) / 2, width, height
        )

    def within(self, canvas: tuple[int, int]) -> Area:
        """The part of it that lies on the canvas."""
        x, y = max(self.x, 0), max(self.y, 0)
        right = min(self.x + self.width, canvas[0])
        bottom = min(self.y + self.height, canvas[1])
        return Area(x, y, max(right - x, 0), max(bottom - y, 0))


class Placing(NamedTuple):
    """How the picture lies on the canvas.

    Attributes:
        zoom: device px a picture px; None fits the canvas.
        x, y: what part of the picture (0..1) is in the middle of the canvas; without meaning
            where it is fitted.
    """

    zoom: float | None = None
    x: float = 0.5
    y: float = 0.5


FIT = Placing()


def zoom_of(placing: Placing, canvas: tuple[int, int], picture: tuple[int, int]) -> float:
    """Device px a picture px; never 0."""
    if placing.zoom is not None:
        return placing.zoom
    return max(min(canvas[0] / max(picture[0], 1), canvas[1] / max(picture[1], 1)), 1e-3)


def area_of(placing: Placing, canvas: tuple[int, int], picture: tuple[int, int]) -> Area:
    """Where the picture is painted; on whole device px, so that 100 % shows true pixels."""
    zoom = zoom_of(placing, canvas, picture)
    width, height = max(round(picture[0] * zoom), 1), max(round(picture[1] * zoom), 1)
    if placing.zoom is None:
        return Area((canvas[0] - width) // 2, (canvas[1] - height) // 2, width, height)
    left = canvas[0] / 2 - placing.x * width
    top = canvas[1] / 2 - placing.y * height
    return Area(round(left), round(top), width, height)


def zoomed(
    placing: Placing,
    zoom: float,
    canvas: tuple[int, int],
    picture: tuple[int, int],
    at: tuple[float, float] | None = None,
) -> Placing:
    """The same with another zoom; what lies at `at` (device px, default: the middle) stays."""
    x, y = at if at is not None else (canvas[0] / 2, canvas[1] / 2)
    area = area_of(placing, canvas, picture)
    share_x, share_y = (x - area.x) / area.width, (y - area.y) / area.height
    zoom = min(max(zoom, LEAST_ZOOM), MOST_ZOOM)
    width, height = picture[0] * zoom, picture[1] * zoom
    moved = Placing(
        zoom, share_x + (canvas[0] / 2 - x) / width, share_y + (canvas[1] / 2 - y) / height
    )
    return _kept(moved, canvas, picture)


def placed_on(
    part: tuple[float, float, float, float], canvas: tuple[int, int], picture: tuple[int, int]
) -> Placing:
    """So that a part of the picture (left, top, right, bottom as shares) fills the canvas."""
    left, top, right, bottom = part
    wide, tall = max(right - left, 1e-3) * picture[0], max(bottom - top, 1e-3) * picture[1]
    zoom = min(max(min(canvas[0] / wide, canvas[1] / tall), LEAST_ZOOM), MOST_ZOOM)
    return _kept(Placing(zoom, (left + right) / 2, (top + bottom) / 2), canvas, picture)


def panned(
    placing: Placing,
    by: tuple[float, float],
    canvas: tuple[int, int],
    picture: tuple[int, int],
) -> Placing:
    """The same, moved by device px; a corner of the picture stays on the canvas."""
    zoom = zoom_of(placing, canvas, picture)
    x, y = (0.5, 0.5) if placing.zoom is None else (placing.x, placing.y)
    moved = Placing(zoom, x - by[0] / (picture[0] * zoom), y - by[1] / (picture[1] * zoom))
    return _kept(moved, canvas, picture)


def _kept(placing: Placing, canvas: tuple[int, int], picture: tuple[int, int]) -> Placing:
    zoom = placing.zoom or 1.0
    limits = []
    for axis, middle in enumerate((placing.x, placing.y)):
        length = picture[axis] * zoom
        reach = (canvas[axis] / 2 - min(_KEPT_VISIBLE, length / 2)) / length
        limits.append(min(max(middle, -reach), 1 + reach))
    return Placing(zoom, limits[0], limits[1])
