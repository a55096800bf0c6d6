"""Painted mask layers of one frame, as one map of where a patch may show.

    cover = include * (1 - protect)

Each layer is brought to the pixels of the picture (through the mesh, or as it lies on the frame),
inverted, grown and feathered there, and laid over the layers of its role: add takes the larger,
subtract and intersect the smaller. A feather never gives the patch more room than was painted:
what is included softens inwards, what is protected outwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.affine import applied, inverse, resampled
from latentsync_studio.imaging.edges import feathered, feathered_out, grown, shrunk
from latentsync_studio.imaging.face_space import FaceMap

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, Alpha
    from latentsync_studio.core.mask.layer import LayerRole, MaskLayer
    from latentsync_studio.core.mask.tiles import Canvas

_ROOM = 4  # px around what is resampled


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerNow:
    """A layer at one frame.

    Attributes:
        layer: role, mode, space, grow, feather, inversion.
        canvas: what is painted, in the layer's own space.
        opacity: 0..1.
        motion: (2, 3) map of the layer's space onto itself, None where it is not moved.
    """

    layer: MaskLayer
    canvas: Canvas
    opacity: float
    motion: F64 | None = None


@dataclass(frozen=True, slots=True)
class Painted:
    """Layers of one frame, see `masked.Cover`."""

    layers: tuple[LayerNow, ...]

    def over(self, box: Box, size: tuple[int, int], landmarks: F32, scale: float) -> Alpha:
        """As `masked.Cover`; without layers everything may be redrawn."""
        if not self.layers:
            return np.ones((box.height, box.width), np.float32)
        reach = max(_reach(now.layer) for now in self.layers)
        view = _View(box, ceil(reach * scale) + 1 if reach else 0, size, landmarks, scale)
        include, protect = self._of("include", view), self._of("protect", view)
        cover = np.ones((box.height, box.width), np.float32) if include is None else include
        return cover if protect is None else cover * (np.float32(1.0) - protect)

    def _of(self, role: LayerRole, view: _View) -> Alpha | None:
        """All layers of a role; None where there are none."""
        held: Alpha | None = None
        for now in self.layers:
            if now.layer.role == role:
                held = _combined(held, now, view)
        return held


class _View:
    """The part of a picture that is looked at, with room for what reaches in."""

    def __init__(
        self, box: Box, room: int, size: tuple[int, int], landmarks: F32, scale: float
    ) -> None:
        self.inner = np.s_[room : room + box.height, room : room + box.width]
        self.box = Box(x0=box.x0 - room, y0=box.y0 - room, x1=box.x1 + room, y1=box.y1 + room)
        self.size, self.landmarks, self.scale = size, landmarks, scale
        self._face: FaceMap | None = None

    @property
    def face(self) -> FaceMap:
        """The way from the face square to the box, found once for all layers."""
        if self._face is None:
            self._face = FaceMap(self.landmarks, self.box)
        return self._face


def _combined(held: Alpha | None, now: LayerNow, view: _View) -> Alpha:
    mode = now.layer.mode
    shape = _shape(now, view) * np.float32(now.opacity)
    if mode == "add":
        return shape if held is None else np.maximum(held, shape)
    kept = 1.0 - shape if mode == "subtract" else shape + np.float32(1.0 - now.opacity)
    return kept if held is None else np.minimum(held, kept)


def _shape(now: LayerNow, view: _View) -> Alpha:
    """(h, w) of the view's inner box, before opacity."""
    layer = now.layer
    shape = _on_face(now, view) if layer.space == "face" else _on_frame(now, view)
    if layer.is_inverted:
        shape = np.float32(1.0) - shape
    px = layer.grow * view.scale
    shape = grown(shape, px) if px > 0.0 else shrunk(shape, -px)
    soften: Callable[[Alpha, float], Alpha] = feathered
    if (layer.role == "protect") != (layer.mode == "subtract"):
        soften = feathered_out
    return soften(shape, layer.feather * view.scale)[view.inner]


def _on_face(now: LayerNow, view: _View) -> Alpha:
    raster = now.canvas.read()
    if now.motion is not None:
        raster = resampled(raster, now.motion, now.canvas.size, beyond=0)
    return view.face.to_frame(raster)


def _on_frame(now: LayerNow, view: _View) -> Alpha:
    """A frame's layer in the picture, which may have another size."""
    canvas, box = now.canvas, view.box
    sx, sy = view.size[0] / canvas.width, view.size[1] / canvas.height
    if now.motion is None and sx == sy == 1.0:
        return _unit(canvas.read(box))
    motion = np.eye(2, 3) if now.motion is None else now.motion
    to_picture = motion * np.array([[sx], [sy]])
    corners = np.array(
        [[box.x0, box.y0], [box.x1, box.y0], [box.x0, box.y1], [box.x1, box.y1]], np.float64
    )
    seen = applied(inverse(to_picture), corners)
    low = np.floor(seen.min(axis=0)).astype(int) - _ROOM
    high = np.ceil(seen.max(axis=0)).astype(int) + _ROOM
    part = Box(x0=low[0], y0=low[1], x1=high[0], y1=high[1]).clipped(*canvas.size)
    if part is None:
        return np.zeros((box.height, box.width), np.float32)
    shift = applied(to_picture, np.array([part.x0, part.y0], np.float64)) - (box.x0, box.y0)
    moved = np.column_stack([to_picture[:, :2], shift])
    return _unit(resampled(canvas.read(part), moved, (box.width, box.height), beyond=0))


def _unit(pixels: npt.NDArray[np.uint8]) -> Alpha:
    return np.asarray(pixels, np.float32) * np.float32(1 / 255)


def _reach(layer: MaskLayer) -> float:
    """Px of the source by which what lies beyond a box may reach into it."""
    return abs(layer.grow) + 2.5 * layer.feather
