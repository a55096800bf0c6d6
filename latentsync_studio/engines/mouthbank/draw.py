"""Draw one frame: warp the base to the target, lay the donors' mouths over it, relit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from latentsync_studio.core.engine import Patch
from latentsync_studio.core.picture import Box
from latentsync_studio.engines.mouthbank.anatomy import (
    IN_LO,
    IN_UP,
    MID_LO,
    MID_UP,
    OUTER_RING,
    OVAL,
    mouth_measures,
)
from latentsync_studio.engines.mouthbank.interior import InnerMouth, seal
from latentsync_studio.engines.mouthbank.opening import (
    ROWS,
    almond,
    donor_rows,
    rows_between,
    shut_bank,
)
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.imaging.relight import LightField, gain
from latentsync_studio.imaging.warp import MeshWarp, dense, sampling_map

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, Rgb8
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.engines.mouthbank.person import Person
    from latentsync_studio.engines.mouthbank.plan import FramePlan
    from latentsync_studio.engines.mouthbank.shape_model import ShapeModel
    from latentsync_studio.imaging.warp import MeshField

AnyArray: TypeAlias = "npt.NDArray[Any]"
Rect: TypeAlias = tuple[int, int, int, int]  # x0, y0, x1, y1 px of the window
_TOP = -0.46  # canonical y above which no vertex takes part
_FIELD = (-1.3, -0.8, 80.0, 208, 176)  # canonical masks: left, top, px per unit, width, height
_LAYOUT_APERTURE = 0.10
_LIGHT_WIDTH = 48
_CELLS = 85  # of the grid across the window, about
_SEEN = 0.4  # of 255: less is no change
_MARGIN = 3  # px that sampling may need around what changes
_SURE = 0.008  # eye distances by which looks and mesh may differ by chance
_SMALLEST = 16  # px; smaller windows are not drawn


class Painter:
    """Draws frames of one person. Holds no state between frames."""

    def __init__(self, person: Person, model: ShapeModel) -> None:
        self._person, self._model = person, model
        mean = person.mean
        self._keep = np.flatnonzero((mean[:468, 1] > _TOP) & (np.abs(mean[:468, 0]) < 1.2))
        layout = _opened(mean, model)
        self._warp = MeshWarp(self._vertices(layout, rows_between(layout), layout))
        left, top, unit, _, _ = _FIELD
        place = self._vertices(mean, rows_between(mean), mean)
        self._place = ((place - (left, top)) * unit).astype(np.float32)
        self._masks = _canonical_masks(mean)
        moves = np.zeros((len(self._place), 1))
        moves[: len(self._keep)] = model.moves[self._keep]
        moves[-len(ROWS) * 9 :] = 1.0
        self._moves = moves
        self._inner = InnerMouth(person)
        self._shut = shut_bank(person.donors.measures)

    def _vertices(self, points: F64, rows: F64, ring: F64) -> F64:
        """(V, 2) mesh vertices, the ring around the jaw that holds the background, the opening."""
        oval, middle = ring[OVAL, :2], ring[[61, 291], :2].mean(axis=0)
        reach = np.interp(np.arange(len(OVAL)), [0, 5, 10, 15, 20], [1.12, 1.3, 1.45, 1.3, 1.12])
        outside = middle + (oval - middle) * reach[:, None]
        return np.concatenate([points[self._keep, :2], outside, rows[:, :2]])

    def paint(self, plan: FramePlan, picture: Picture) -> Patch:
        """Redraw the lower face of one frame."""
        plan = replace(plan, target=almond(plan.target, self._shut))
        move = (plan.target - plan.canonical) * self._model.moves
        target = plan.points + plan.scale * move @ plan.rotation.T
        goal = self._vertices(target, rows_between(target), plan.points)
        base = self._vertices(plan.points, rows_between(plan.points), plan.points)
        box = _window(goal, base, picture)
        if box is None:
            return empty_patch(plan.frame)
        sources = [self._donor_vertices(plan, donor) for donor, _ in plan.donors]
        values: list[AnyArray] = [base - goal, self._place, *(s for s, _ in sources), self._moves]
        values.append(sources[0][1][:, None])
        outside = np.array([0, 0, -99, -99, *[0] * (2 * len(sources) + 2)], np.float32)
        origin = np.array([box.x0, box.y0], np.float64)
        field = self._warp.field(
            (goal - origin).astype(np.float32),
            np.concatenate(values, axis=1).astype(np.float32),
            outside,
        )
        canvas = _Canvas(field, self._masks, box, picture)
        if canvas.size[0] < _SMALLEST or canvas.size[1] < _SMALLEST:
            return empty_patch(plan.frame)
        canvas.refine(target[OUTER_RING, :2] - origin, 0.03 * plan.scale)
        canvas.spread(picture)
        canvas.lay(plan, [self._person.pixels(d) for d, _ in plan.donors])
        inside = target - (canvas.box.x0, canvas.box.y0, 0.0)
        unseen = canvas.unseen()
        if unseen is not None:
            self._inner.paint(canvas.pixels, inside, plan, unseen)
        shown = max(self._shown(donor) for donor, _ in plan.donors)
        seal(canvas.pixels, inside[:, :2], plan.aperture, shown)
        return Patch(
            frame=plan.frame,
            pixels=canvas.pixels,
            alpha=canvas.alpha(),
            transform=np.array([[1.0, 0, canvas.box.x0], [0, 1.0, canvas.box.y0]]),
        )

    def _shown(self, donor: int) -> float:
        """How wide open a donor looks, eye distances."""
        doubt = max(float(self._person.doubts[donor]) - _SURE, 0.0)
        return float(self._person.donors.measures[donor, 0]) + doubt

    def _donor_vertices(self, plan: FramePlan, donor: int) -> tuple[F64, F64]:
        """(V, 2) px of the donor's crop for each vertex, and (V,) where it shows nothing."""
        donors, crop = self._person.donors, self._person.crops[donor]
        points, canonical = donors.points[donor], donors.canonical[donor]
        tuck = _tuck(self._shown(donor), plan.aperture)
        if tuck > 0:
            points = points.copy()
            points[IN_UP] += (points[MID_UP] - points[IN_UP]) * tuck
            points[IN_LO] += (points[MID_LO] - points[IN_LO]) * tuck
        rows, unseen = donor_rows(plan.target, canonical)
        poses = donors.poses
        inside = poses.scale[donor] * rows @ poses.rotation[donor].T + poses.shift[donor]
        vertices = self._vertices(points, inside, donors.points[donor]) - (crop.x, crop.y)
        empty = np.zeros(len(vertices))
        empty[-len(unseen) :] = unseen
        return vertices, empty


def empty_patch(frame: int) -> Patch:
    """A patch that changes nothing."""
    return Patch(
        frame=frame,
        pixels=np.zeros((1, 1, 3), np.uint8),
        alpha=np.zeros((1, 1), np.uint8),
        transform=np.array([[1.0, 0, 0], [0, 1.0, 0]]),
    )


class _Canvas:
    """The window of one frame while it is drawn.

    Attributes:
        box: what is drawn: the part of the mesh's window in which anything differs.
        size: its width and height.
    """

    def __init__(self, field: MeshField, masks: F32, window: Box, picture: Picture) -> None:
        """Find what differs.

        Args:
            field: px of the window; displacement, canonical place and each donor's place (2
                channels each), share of the movement, what is unseen.
            masks: canonical, see `_canonical_masks`.
            window: pixels of the picture that the mesh reaches.
            picture: whose chroma samples the box keeps whole.
        """
        self._field = field
        self._step = step = int(np.clip(round(window.width / _CELLS), 1, 4))
        self._grid = grid = field.grid((window.width, window.height), step)
        self._fine: tuple[F32, Rect] | None = None
        self._masks = _sampled(masks, np.ascontiguousarray(grid[..., 2:4]))  # donor, skin
        moved = np.clip(grid[..., -2] * 6, 0, 1)
        moved = moved * moved * (3 - 2 * moved)
        self._reach = np.maximum(moved, np.minimum(self._masks[..., 0] * 4, 1)) * np.float32(255)
        size = window.width, window.height
        self._part = _even(_bounds(self._reach > _SEEN, step, size), window, picture)
        self._mouth = _bounds(self._masks[..., 0] > 0, step, size)
        x0, y0, x1, y1 = self._part
        self.size = x1 - x0, y1 - y0
        self.box = Box(x0=window.x0 + x0, y0=window.y0 + y0, x1=window.x0 + x1, y1=window.y0 + y1)
        self._window = window

    def refine(self, points: F64, margin: float) -> None:
        """Use a grid of single pixels around `points`: lips have finer edges than the grid."""
        rect = _around(points, margin, (self._window.width, self._window.height))
        if self._step > 1 and rect is not None:
            x0, y0, x1, y1 = rect
            self._fine = self._field.grid((x1 - x0, y1 - y0), 1, (x0, y0)), rect

    def spread(self, picture: Picture) -> None:
        """Warp the base."""
        rgb = window_rgb(picture, self.box)
        where = sampling_map(self._dense(0, self._part), (0, 0))
        self.pixels = _sampled(rgb, where, cv2.INTER_CUBIC)

    def _dense(self, channel: int, rect: Rect) -> F32:
        """(h, w, 2) channels `channel` and the next one at every pixel of `rect`."""
        out = dense(self._grid[..., channel : channel + 2], self._step, rect)
        if self._fine is not None:
            fine, (x0, y0, x1, y1) = self._fine
            a, b, c, d = max(x0, rect[0]), max(y0, rect[1]), min(x1, rect[2]), min(y1, rect[3])
            if a < c and b < d:
                inner = fine[b - y0 : d - y0, a - x0 : c - x0, channel : channel + 2]
                out[b - rect[1] : d - rect[1], a - rect[0] : c - rect[0]] = inner
        return out

    def lay(self, plan: FramePlan, crops: list[Rgb8]) -> None:
        """Lay the donors over the warped base."""
        rect = _common(self._mouth, self._part)
        if rect is None:
            return
        x0, y0, x1, y1 = rect
        size = (x1 - x0, y1 - y0)
        left, top = x0 - self._part[0], y0 - self._part[1]
        below = self.pixels[top : top + size[1], left : left + size[0]]
        mask, skin = cv2.split(dense(self._masks, self._step, rect))
        scale = min(1.0, _LIGHT_WIDTH / size[0])
        small = (max(8, round(size[0] * scale)), max(8, round(size[1] * scale)))
        light = LightField(np.asarray(skin, np.float32), small, small[0] * 0.17)
        wanted = light.of(below)
        mouth = None
        for k, ((_, weight), crop) in enumerate(zip(plan.donors, crops, strict=True)):
            image = _sampled(crop, self._dense(4 + 2 * k, rect), cv2.INTER_CUBIC)
            light_gain = gain(wanted, light.of(image), size)
            lit = np.asarray(cv2.multiply(image, light_gain, dtype=cv2.CV_32F), np.float32)
            mouth = lit if mouth is None else _mixed(mouth, lit, weight)
        if mouth is not None:
            change = cv2.subtract(mouth, below, dtype=cv2.CV_32F)
            change = cv2.multiply(change, cv2.merge([mask] * 3))
            cv2.add(below, change, below, dtype=cv2.CV_8U)

    def unseen(self) -> F32 | None:
        """(h, w) 0..1 where the donor had nothing to show inside the lips; None: nowhere."""
        if not (self._grid[..., -1] > 0.01).any():
            return None
        last = self._grid.shape[2] - 2
        return np.ascontiguousarray(self._dense(last, self._part)[..., 1])

    def alpha(self) -> AnyArray:
        """(h, w) u8 where the window differs from the source, soft, 0 on the border."""
        out = np.asarray(cv2.convertScaleAbs(dense(self._reach, self._step, self._part)), np.uint8)
        out[[0, -1]] = 0
        out[:, [0, -1]] = 0
        return out


def _opened(mean: F64, model: ShapeModel) -> F64:
    """The mean face with its mouth open, so that the triangulation has an inner mouth."""
    aperture = float(mouth_measures(mean[None])[0, 0])
    change = np.array([[max(_LAYOUT_APERTURE - aperture, 0.0), 0.0]])
    out: F64 = mean + model.displacement(change)[0]
    need = np.maximum(0.03 - (out[IN_LO, 1] - out[IN_UP, 1]), 0) / 2
    out[IN_UP, 1] -= need
    out[IN_LO, 1] += need
    return out


def _sampled(image: AnyArray, where: F32, interpolation: int = cv2.INTER_LINEAR) -> AnyArray:
    """`image` at (h, w, 2) positions, its edge pixels repeated outside."""
    no_second: Any = None  # OpenCV's types ask for a second map, and it misreads an empty one
    return cv2.remap(image, where, no_second, interpolation, borderMode=cv2.BORDER_REPLICATE)


def _around(points: F64, margin: float, size: tuple[int, int]) -> Rect | None:
    """Pixel rectangle x0, y0, x1, y1 around points, inside a window of `size`."""
    low = np.maximum(np.floor(points.min(axis=0) - margin).astype(int), 0)
    high = np.minimum(np.ceil(points.max(axis=0) + margin).astype(int) + 1, size)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _mixed(first: F32, second: F32, weight: float) -> F32:
    """A share of a second mouth, only where both look alike: no ghosts of teeth or tongue."""
    difference = cv2.blur(np.abs(second - first).max(axis=2), (5, 5))
    share = weight * np.exp(-((difference / 22.0) ** 2))
    out: F32 = first + share[..., None] * (second - first)
    return out


def _tuck(donor: float, target: float) -> float:
    """How far to sample inside the lips when an open donor draws a nearly closed mouth."""
    apart = min(max((donor - target - 0.004) / 0.02, 0.0), 1.0)
    return apart * min(max((0.03 - target) / 0.03, 0.0), 1.0)


def _window(goal: F64, base: F64, picture: Picture) -> Box | None:
    low = np.floor(np.minimum(goal.min(axis=0), base.min(axis=0))) - 2
    high = np.ceil(np.maximum(goal.max(axis=0), base.max(axis=0))) + 3
    box = Box(x0=int(low[0]), y0=int(low[1]), x1=int(high[0]), y1=int(high[1]))
    inside = box.clipped(picture.width, picture.height)
    if inside is None or min(inside.width, inside.height) < _SMALLEST:
        return None
    return inside


def _bounds(where: AnyArray, step: int, size: tuple[int, int]) -> Rect:
    """Pixel rectangle x0, y0, x1, y1 around the marked grid cells; empty where none is."""
    columns, rows = np.flatnonzero(where.any(axis=0)), np.flatnonzero(where.any(axis=1))
    if not len(columns):
        return 0, 0, 0, 0
    x0, y0 = max((columns[0] - 1) * step, 0), max((rows[0] - 1) * step, 0)
    x1, y1 = min((columns[-1] + 2) * step, size[0]), min((rows[-1] + 2) * step, size[1])
    return int(x0), int(y0), int(x1), int(y1)


def _even(rect: Rect, window: Box, picture: Picture) -> Rect:
    """`rect` and a margin for sampling inside the window, on whole chroma samples."""
    x0, y0, x1, y1 = rect
    if x0 >= x1:
        return rect
    across, down = 1 << picture.format.sub_x, 1 << picture.format.sub_y
    x0, y0 = max(x0 - _MARGIN, 0), max(y0 - _MARGIN, 0)
    x1, y1 = min(x1 + _MARGIN, window.width), min(y1 + _MARGIN, window.height)
    x0, y0 = x0 + -(window.x0 + x0) % across, y0 + -(window.y0 + y0) % down
    return x0, y0, x1 - (window.x0 + x1) % across, y1 - (window.y0 + y1) % down


def _common(one: Rect, other: Rect) -> Rect | None:
    x0, y0 = max(one[0], other[0]), max(one[1], other[1])
    x1, y1 = min(one[2], other[2]), min(one[3], other[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _canonical_masks(mean: F64) -> F32:
    """(h, w, 2) f32 in canonical space: donor 0..1, skin whose light may be compared 0..1."""
    left, top, unit, width, height = _FIELD
    yy, xx = np.mgrid[:height, :width]
    x, y = xx / unit + left, yy / unit + top
    chin, nose = mean[152, 1], mean[2, 1]
    middle, half = (nose * 0.93 + chin * 0.93) / 2, (chin - nose) * 0.93 / 2
    r = (np.abs(x / 0.56) ** 2.4 + np.abs((y - middle) / half) ** 2.6) ** (1 / 2.5)
    donor = np.clip((1.0 - r) / 0.38, 0, 1)
    donor = donor * donor * (3 - 2 * donor)
    lips = np.zeros(r.shape, np.uint8)
    ring = (mean[OUTER_RING, :2] - (left, top)) * unit
    cv2.fillPoly(lips, [np.round(ring).astype(np.int32)], 255)
    lips = cv2.dilate(lips, np.ones((9, 9), np.uint8))
    soft = cv2.GaussianBlur(lips, (0, 0), 3).astype(np.float32) / 255
    skin = np.clip((1.25 - r) / 0.3, 0, 1) * (1 - soft)
    return np.ascontiguousarray(np.stack([donor, skin], axis=-1).astype(np.float32))
