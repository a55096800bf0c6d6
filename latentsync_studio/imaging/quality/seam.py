"""The edge of a redrawn part: does light or color step there, more than in the source?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import cv2
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.color import levels, to_rgb
from latentsync_studio.imaging.pixels import resized
from latentsync_studio.imaging.quality.color_difference import ciede2000, lab_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, Alpha, Plane
    from latentsync_studio.core.picture import Picture, PixelFormat

_SIDE: Final = 96  # px of the longer side of what is looked at
_ROOM: Final = 0.06  # of the box, around it
_REACH: Final = 7  # px on both sides of the edge whose colors are compared
_SECTORS: Final = 12
_LEAST_EDGE: Final = 0.05  # of a weight: less of it is no edge


class Seam(NamedTuple):
    """Steps across an edge.

    Attributes:
        gradient: levels of luma a px of the view, along the edge's own direction.
        color: CIEDE2000 between the mean colors of both sides, mean over 12 sectors of the edge.
    """

    gradient: float
    color: float


class SeamView:
    """An edge, as small as it can be looked at; `of` looks at pictures there."""

    def __init__(self, size: tuple[int, int], box: Box, weight: Alpha) -> None:
        """Look at the edge of a redrawn part.

        Args:
            size: width, height of the pictures, px.
            box: the part, within the pictures.
            weight: (h, w) f32 0..1 how much of it was redrawn; nothing is beyond the box.
        """
        room = max(4, round(_ROOM * max(box.width, box.height)))
        whole = Box(x0=box.x0 - room, y0=box.y0 - room, x1=box.x1 + room, y1=box.y1 + room)
        seen = whole.clipped(*size)
        self.box = _even(box if seen is None else seen, size)
        scale = min(1.0, _SIDE / max(self.box.width, self.box.height))
        self.size = (
            max(8, round(self.box.width * scale)),
            max(8, round(self.box.height * scale)),
        )
        whole_weight = np.zeros((self.box.height, self.box.width), np.float32)
        y, x = box.y0 - self.box.y0, box.x0 - self.box.x0
        whole_weight[y : y + box.height, x : x + box.width] = weight
        self._set_edge(np.asarray(_small(whole_weight, self.size), np.float32))

    def _set_edge(self, weight: F32) -> None:
        self._dx, self._dy = _gradient(weight)
        edge = np.hypot(self._dx, self._dy)
        self._total = float(edge.sum())
        self.is_there = bool(edge.max() > _LEAST_EDGE / 4 and weight.max() > _LEAST_EDGE)
        if not self.is_there:
            return
        band = cv2.dilate(
            (edge > 0.25 * max(float(edge.max()), 1e-6)).astype(np.uint8),
            np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8),
        )
        is_inside = weight.ravel() > 0.5 * float(weight.max())
        self._where = np.flatnonzero(band)
        rows, columns = np.divmod(self._where, weight.shape[1])
        inner = is_inside[self._where]
        y, x = rows - rows.mean(), columns - columns.mean()
        sector = ((np.arctan2(y, x) + np.pi) * (_SECTORS / (2 * np.pi))).astype(np.int64) % _SECTORS
        self._group = np.where(inner, sector, sector + _SECTORS)
        self._counts = np.bincount(self._group, minlength=2 * _SECTORS).astype(np.float64)

    def of(self, *pictures: Picture) -> tuple[Seam, ...]:
        """The steps that pictures have along the edge; NaN where there is no edge."""
        if not self.is_there:
            return tuple(Seam(float("nan"), float("nan")) for _ in pictures)
        planes = [self._planes(picture) for picture in pictures]
        colors = self._colors(
            np.stack(
                [
                    self._means(each, picture.format)
                    for each, picture in zip(planes, pictures, strict=True)
                ]
            )
        )
        return tuple(
            Seam(self._step(each[0], picture.format), float(color))
            for each, picture, color in zip(planes, pictures, colors, strict=True)
        )

    def _step(self, first: Plane, fmt: PixelFormat) -> float:
        """Mean change of light across the edge, 8-bit levels a px."""
        dx, dy = _gradient(first)
        along = np.abs(dx * self._dx + dy * self._dy)
        return float(along.sum()) / self._total * (255.0 / levels(fmt).luma_span)

    def _planes(self, picture: Picture) -> list[Plane]:
        """Planes of the picture in the box, all of one small size."""
        fmt, box = picture.format, self.box
        count = 3 if len(picture.planes) >= 3 else 1
        found = []
        for number, plane in enumerate(picture.planes[:count]):
            sx, sy = (fmt.sub_x, fmt.sub_y) if number else (0, 0)
            part = plane[box.y0 >> sy : -(-box.y1 >> sy), box.x0 >> sx : -(-box.x1 >> sx)]
            found.append(_small(part, self.size))
        return found

    def _means(self, planes: list[Plane], fmt: PixelFormat) -> F64:
        """(24, 3) mean RGB, 0..1, inside and outside of the edge, sector by sector."""
        sums = [
            np.bincount(self._group, plane.ravel()[self._where], minlength=2 * _SECTORS)
            for plane in planes
        ]
        means = np.stack(sums, axis=-1) / np.maximum(self._counts, 1.0)[:, None]
        if len(planes) == 1:
            neutral = np.full((len(means), 2), float(levels(fmt).neutral))
            means = np.concatenate([means, neutral], axis=1)
        matrix = to_rgb(fmt)
        return np.clip((means @ matrix[:, :3].T + matrix[:, 3]) / 255.0, 0.0, 1.0)

    def _colors(self, means: F64) -> F64:
        """(n,) color steps of n pictures from their (n, 24, 3) means."""
        shares = np.minimum(self._counts[:_SECTORS], self._counts[_SECTORS:])
        if shares.sum() < 1.0:
            return np.full(len(means), np.nan)
        lab = lab_of(means)
        steps = ciede2000(lab[:, :_SECTORS], lab[:, _SECTORS:])
        return np.asarray((steps * shares).sum(axis=1) / shares.sum())


def changed_weight(result: Picture, source: Picture, box: Box) -> Alpha:
    """Where a result differs from its source within a box: (h, w) f32, 0..1, without specks.

    For results whose masks are not known. A difference counts from 6 levels above what the
    encoder's noise is (the median over the box), and from half of how much usually changed.
    """
    inside = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    unit = 0.5 ** (source.format.bits - 8)
    apart = cast("Plane", cv2.absdiff(result.planes[0][inside], source.planes[0][inside]))
    scale = min(1.0, _SIDE / max(apart.shape))
    size = max(8, round(box.width * scale)), max(8, round(box.height * scale))
    small = np.asarray(resized(apart, size), np.float32) * np.float32(unit)
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.5))
    limit = 6.0 + float(np.median(soft))
    if (soft > limit).any():  # the edge is where half of the change is
        limit = max(limit, 0.5 * float(np.median(soft[soft > limit])))
    is_changed = (soft > limit).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    joined = cv2.morphologyEx(is_changed, cv2.MORPH_CLOSE, kernel)
    whole = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    edge = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 1.0)
    large = cv2.resize(edge, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def _small(part: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """A plane at another size: halved as often as that goes, interpolated for the rest."""
    while part.shape[1] >= 2 * size[0] and part.shape[0] >= 2 * size[1]:
        rows, columns = part.shape[0] // 2, part.shape[1] // 2
        even = part[: 2 * rows, : 2 * columns]
        part = cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA)
    return cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)


def _gradient(image: F32 | Plane) -> tuple[F32, F32]:
    """Central differences a px along x and y, (h, w) each."""
    dx = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    dy = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(dx, np.float32), np.asarray(dy, np.float32)


def _even(box: Box, size: tuple[int, int]) -> Box:
    """The box grown to whole chroma sites."""
    return Box(
        x0=box.x0 & ~3, y0=box.y0 & ~3,
        x1=min(size[0], -(-box.x1 // 4) * 4), y1=min(size[1], -(-box.y1 // 4) * 4),
    )  # fmt: skip
