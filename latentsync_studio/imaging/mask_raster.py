"""Coverage of the shapes that painting tools draw, each in the box around it."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt

from latentsync_studio.core.mask.strokes import Ellipse, Gradient, Polygon
from latentsync_studio.core.picture import Box

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, Bools, Rgb8
    from latentsync_studio.core.mask.blending import Coverage
    from latentsync_studio.core.mask.strokes import Flood, Shape

Drawn = tuple[Box, npt.NDArray[np.uint8]]
Numbers = npt.NDArray[np.intp]

_FAR: Final = 1 << 15  # px: beyond it corners are moved closer; no picture is that large
_SIGMAS: Final = 0.4  # sigma of the Gaussian that fades an edge over one px


def shape_coverage(shape: Shape, size: tuple[int, int]) -> Drawn | None:
    """A shape on a canvas of `size` (width, height): the box it covers and (h, w) u8.

    Edges are smooth (a pixel that is half covered has 128). None: nothing of it lies there.
    """
    if isinstance(shape, Polygon):
        return _polygon(shape, size)
    if isinstance(shape, Ellipse):
        return _ellipse(shape, size)
    return _gradient(shape, size)


def flood_coverage(rgb: Rgb8, flood: Flood) -> Drawn | None:
    """What has the color at a place: the box it covers and (h, w) u8.

    Colors are compared in CIE L*a*b*. None: the place lies beyond the picture.
    """
    height, width = rgb.shape[:2]
    x, y = floor(flood.x), floor(flood.y)
    if not (0 <= x < width and 0 <= y < height):
        return None
    lab = cv2.cvtColor(rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    difference = lab - lab[y, x]
    alike: Bools = np.einsum("yxc,yxc->yx", difference, difference) <= flood.tolerance**2
    alike[y, x] = True
    found = alike.astype(np.uint8)
    if flood.is_joined:
        _, labels = cv2.connectedComponents(found, connectivity=4)
        found = (labels == labels[y, x]).astype(np.uint8)
    found *= 255
    if flood.softness > 0:
        found = _softened(found, flood.softness)
    return _trimmed(Box(x0=0, y0=0, x1=width, y1=height), found)


def _polygon(shape: Polygon, size: tuple[int, int]) -> Drawn | None:
    points = np.array(shape.points, np.float64).reshape(-1, 2)
    if len(points) < 3 or not np.isfinite(points).all():
        return None
    points = points.clip(-_FAR, _FAR)
    room = ceil(shape.softness) + 1
    (x0, y0), (x1, y1) = np.floor(points.min(axis=0)) - room, np.ceil(points.max(axis=0)) + room
    box = Box(x0=int(x0), y0=int(y0), x1=int(x1), y1=int(y1)).clipped(*size)
    if box is None:
        return None
    if shape.softness <= 0:
        return _trimmed(box, _filled(points, box))
    # A soft edge needs what lies around the box, or it would be harder at the canvas' own edge.
    wide = Box(x0=box.x0 - room, y0=box.y0 - room, x1=box.x1 + room, y1=box.y1 + room)
    soft = _softened(_filled(points, wide), shape.softness)
    return _trimmed(box, soft[room : room + box.height, room : room + box.width])


def _filled(points: F64, box: Box) -> Coverage:
    """Share of each pixel of a box that lies in a polygon, exactly; even-odd.

    The outline is cut where it enters another pixel. Each piece covers what lies to its right, so
    that the sum along a row is the winding number, with fractions where the outline passes.
    """
    at = points - (box.x0, box.y0)
    start, step = at, np.roll(at, -1, axis=0) - at
    edge, share = _cuts(start, step)
    whole = edge[1:] == edge[:-1]
    edge, low, high = edge[:-1][whole], share[:-1][whole], share[1:][whole]
    middle = start[edge] + step[edge] * ((low + high) / 2)[:, None]
    rise = step[edge, 1] * (high - low)
    column, row = np.floor(middle).astype(np.int64).T
    beside = np.where(column < 0, 0.0, middle[:, 0] - column)
    column = np.maximum(column, 0)
    there = (row >= 0) & (row < box.height) & (column < box.width)
    wide = box.width + 1  # one more column, for what the last pixel hands on
    cell = (row * wide + column)[there]
    hand_on = (rise * beside)[there]
    cells = np.concatenate([cell, cell + 1])
    amounts = np.concatenate([rise[there] - hand_on, hand_on])
    winding = np.bincount(cells, amounts, box.height * wide).reshape(box.height, wide)
    winding = winding[:, : box.width].cumsum(axis=1).astype(np.float32)
    odd = np.abs(winding - 2.0 * np.rint(winding / 2.0))
    return np.asarray(odd * 255 + 0.5, np.uint8)


def _cuts(start: F64, step: F64) -> tuple[Numbers, F64]:
    """Where edges cross the lines between pixels: number of the edge, and share of its way.

    In the order of the way; each edge also has its two ends.
    """
    stop = start + step
    first = np.floor(np.minimum(start, stop)).astype(np.int64) + 1
    last = np.ceil(np.maximum(start, stop)).astype(np.int64) - 1
    numbers = np.arange(len(start))
    edges, shares = [numbers, numbers], [np.zeros(len(start)), np.ones(len(start))]
    for axis in (0, 1):
        count = np.maximum(last[:, axis] - first[:, axis] + 1, 0)
        edge = np.repeat(numbers, count)
        before = np.repeat(np.cumsum(count) - count - first[:, axis], count)
        line = np.arange(len(edge)) - before
        edges.append(edge)
        shares.append((line - start[edge, axis]) / step[edge, axis])
    edge, share = np.concatenate(edges), np.concatenate(shares).clip(0.0, 1.0)
    order = np.lexsort((share, edge))
    return edge[order], share[order]


def _ellipse(shape: Ellipse, size: tuple[int, int]) -> Drawn | None:
    if not (shape.radius_x > 0 and shape.radius_y > 0):
        return None
    half = max(shape.softness, 1.0) / 2
    reach = max(shape.radius_x, shape.radius_y) + half + 1
    box = Box(
        x0=floor(shape.x - reach),
        y0=floor(shape.y - reach),
        x1=ceil(shape.x + reach),
        y1=ceil(shape.y + reach),
    ).clipped(*size)
    if box is None:
        return None
    dx, dy = _offsets(box, shape.x, shape.y)
    turn = np.radians(shape.rotation)
    along = dx * np.cos(turn) + dy * np.sin(turn)
    across = dy * np.cos(turn) - dx * np.sin(turn)
    u, v = along / shape.radius_x, across / shape.radius_y
    level = np.sqrt(u * u + v * v)
    # Distance to the edge to first order: (level - 1) over the length of its slope.
    slope = np.hypot(u / shape.radius_x, v / shape.radius_y) / np.maximum(level, 1e-6)
    distance = ((1.0 - level) / np.maximum(slope, 1e-9)).astype(np.float32)
    return _trimmed(box, _stepped(distance, half, smooth=shape.softness > 1.0))


def _gradient(shape: Gradient, size: tuple[int, int]) -> Drawn | None:
    box = Box(x0=0, y0=0, x1=size[0], y1=size[1])
    (x0, y0), (x1, y1) = shape.start, shape.stop
    length = float(np.hypot(x1 - x0, y1 - y0))
    if not 0 < length < np.inf:
        return None
    dx, dy = _offsets(box, x0, y0)
    if shape.kind == "linear":
        share = (dx * np.float32(x1 - x0) + dy * np.float32(y1 - y0)) / np.float32(length**2)
    else:
        share = np.hypot(dx, dy) / np.float32(length)
    distance = ((0.5 - share) * length).astype(np.float32)
    return _trimmed(box, _stepped(distance, length / 2, smooth=shape.is_smooth))


def _offsets(box: Box, x: float, y: float) -> tuple[F32, F32]:
    """Middles of the pixels of a box from a point: (1, w) and (h, 1)."""
    dx = np.arange(box.x0 + 0.5 - x, box.x1 - x, dtype=np.float32)[None, : box.width]
    dy = np.arange(box.y0 + 0.5 - y, box.y1 - y, dtype=np.float32)[: box.height, None]
    return dx, dy


def _stepped(distance: F32, half: float, *, smooth: bool) -> Coverage:
    """0 at -half px and below, 255 at half and above, in between evenly or smoothly."""
    share = np.clip(distance / np.float32(2 * half) + np.float32(0.5), 0.0, 1.0)
    if smooth:
        share = share * share * (3.0 - 2.0 * share)
    return np.asarray(share * 255 + 0.5, np.uint8)


def _softened(pixels: Coverage, softness: float) -> Coverage:
    sigma = _SIGMAS * softness
    blurred = cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)


def _trimmed(box: Box, pixels: Coverage) -> Drawn | None:
    """The part with anything in it."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    part = Box(x0=box.x0 + left, y0=box.y0 + top, x1=box.x0 + right, y1=box.y0 + bottom)
    return part, np.ascontiguousarray(pixels[top:bottom, left:right])
