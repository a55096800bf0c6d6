"""Painting on mask layers: what a layer covers in a frame, and layers with a stroke more.

A stroke is drawn in px of the picture. On a layer that rides with the face it is brought to the
face square through the mesh of that frame; a layer that is moved by keys takes it where it lies
before it is moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.mask.layer import FACE_SIDE, Raster, RasterKey
from latentsync_studio.core.mask.tiles import Canvas, raster_of
from latentsync_studio.core.picture import Box
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.imaging.affine import inverse, resampled
from latentsync_studio.imaging.coverage import LayerNow, Painted
from latentsync_studio.imaging.face_space import warp_to_face
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.paintings import around

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.mask.blending import BlendMode, Coverage
    from latentsync_studio.core.mask.layer import LayerSpace, MaskLayer
    from latentsync_studio.core.mask.tiles import Tile
    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.services.clip_faces import ClipFace
    from latentsync_studio.services.paintings import Paintings


class TileStore(Protocol):
    """Keeps tiles until the project is saved."""

    def put(self, tile: Tile) -> str:
        """Keep a tile; returns its digest."""
        ...


class Easel(NamedTuple):
    """Where painted shapes come from and go to."""

    paintings: Paintings
    store: TileStore


class Stroke(Protocol):
    """What was drawn: the box it lies in, its coverage (h, w) u8, how it is laid."""

    @property
    def box(self) -> Box:
        """Where, px of the picture."""
        ...

    @property
    def coverage(self) -> Coverage:
        """How much."""
        ...

    @property
    def mode(self) -> BlendMode:
        """Paint or erase."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A layer in one frame, each (H, W) u8 in px of the picture.

    Attributes:
        painted: what is painted, which strokes change.
        covered: the same inverted, grown and feathered as the layer says, without its opacity.
        before: the shape key before this frame, None where there is none or nobody asked.
        after: the one behind it.
    """

    painted: Coverage
    covered: Coverage
    before: Coverage | None = None
    after: Coverage | None = None


def look_at_layer(
    clip: Clip,
    layer: MaskLayer,
    face: ClipFace,
    frame: int,
    easel: Easel,
    *,
    onion: bool,
) -> Seen:
    """What a layer covers in a frame.

    Args:
        clip: whose layer it is; its curves may move the layer.
        layer: of the clip.
        face: picture and face of the clip.
        frame: of the medium's grid.
        easel: where painted shapes come from.
        onion: look at the shapes before and after as well.

    Raises:
        InputError: a painted tile is not there.
    """
    landmarks = face.landmarks_at(frame)
    now = _now(clip, layer, face, frame, easel)
    plain = replace(layer, grow=0.0, feather=0.0, is_inverted=False)
    painted = _alone(replace_layer(now, plain), face, landmarks)
    covered = painted if plain == layer else _alone(now, face, landmarks)
    before = after = None
    if onion and len(layer.rasters) > 1:
        left, right = around(layer, frame)
        others = [key for key in layer.rasters if key.frame < frame]
        shapes = [others[-1] if others else None, right if left.frame <= frame else left]
        before, after = (
            None
            if key is None or key.frame == frame
            else _alone(
                LayerNow(
                    layer=plain,
                    canvas=easel.paintings.canvas(key.raster),
                    opacity=1.0,
                    motion=now.motion,
                ),
                face,
                landmarks,
            )
            for key in shapes
        )
    return Seen(painted=painted, covered=covered, before=before, after=after)


def painted(
    clip: Clip, layer: MaskLayer, face: ClipFace, frame: int, stroke: Stroke, easel: Easel
) -> Raster:
    """The layer's shape at a frame with a stroke more; its new tiles are stored.

    Raises:
        InputError: the face is not known in that frame, or a painted tile is not there.
    """
    now = _now(clip, layer, face, frame, easel)
    canvas = now.canvas
    box, coverage = stroke.box, stroke.coverage
    if layer.space == "face":
        coverage = warp_to_face(coverage, box, _required(face, frame))
        box = _whole(canvas)
    if now.motion is not None:
        coverage, box = _unmoved(coverage, box, now.motion, canvas.size), _whole(canvas)
    return _stored(canvas.blend(box, coverage, stroke.mode), layer, frame, easel)


def filled(layer: MaskLayer, face: ClipFace, easel: Easel, *, is_full: bool) -> Raster:
    """A shape that covers everything, or nothing."""
    canvas = _empty(layer, face)
    return _stored(canvas.invert() if is_full else canvas, layer, 0, easel)


def shape_at(layer: MaskLayer, frame: int, easel: Easel) -> Raster:
    """The layer's shape at a frame as a shape of its own.

    Raises:
        InputError: nothing is painted yet, or a painted tile is not there.
    """
    canvas = easel.paintings.canvas_at(layer, frame)
    if canvas is None:
        raise InputError("Nothing is painted on this layer yet.", remedy="Paint on it first.")
    return _stored(canvas, layer, frame, easel)


def moved_to(
    clip: Clip, layer: MaskLayer, face: ClipFace, frame: int, space: LayerSpace, easel: Easel
) -> tuple[RasterKey, ...]:
    """The shapes of a layer in another space; at each of them it looks as before.

    A single shape counts for all frames: it looks as before at `frame`. What the layer's keys move
    it by stays as it is, and the shapes are where they must be before they are moved.

    Raises:
        InputError: the face is not known in one of the frames.
    """
    frames = [key.frame for key in layer.rasters] if len(layer.rasters) > 1 else [frame]
    found = []
    for key, at in zip(layer.rasters, frames, strict=True):
        landmarks = _required(face, at)
        plain = replace(layer, rasters=(key,), grow=0.0, feather=0.0, is_inverted=False)
        shown = _alone(_now(clip, plain, face, at, easel), face, landmarks)
        there = _now(clip, replace(plain, space=space, rasters=()), face, at, easel)
        if space == "face":
            bounds = Canvas.of(shown).bounds() or _picture(face)
            part = shown[bounds.y0 : bounds.y1, bounds.x0 : bounds.x1]
            shown = warp_to_face(part, bounds, landmarks)
        if there.motion is not None:
            shown = _unmoved(shown, _whole(there.canvas), there.motion, there.canvas.size)
        found.append(replace(key, raster=_stored(Canvas.of(shown), None, at, easel)))
    return tuple(found)


def replace_layer(now: LayerNow, layer: MaskLayer) -> LayerNow:
    """The same shape on another layer."""
    return LayerNow(layer=layer, canvas=now.canvas, opacity=now.opacity, motion=now.motion)


def _alone(now: LayerNow, face: ClipFace, landmarks: F32 | None) -> Coverage:
    """(H, W) u8 of one layer as if there was no other; nothing where the face is not known."""
    width, height = face.size
    if landmarks is None and now.layer.space == "face":
        return np.zeros((height, width), np.uint8)
    layer = replace(now.layer, role="include", mode="add")
    if now.layer.role == "protect":  # its feather goes outwards
        layer = replace(layer, role="protect")
    known = landmarks if landmarks is not None else np.zeros((478, 3), np.float32)
    over = Painted((replace_layer(now, layer),)).over(_picture(face), face.size, known, 1.0)
    return _bytes(1.0 - over if layer.role == "protect" else over)


def _bytes(shares: F32) -> Coverage:
    return np.asarray(shares * np.float32(255) + np.float32(0.5), np.uint8)


def _now(clip: Clip, layer: MaskLayer, face: ClipFace, frame: int, easel: Easel) -> LayerNow:
    """The layer at a frame, moved as its keys say, at full opacity."""
    curves = {
        curve.key: curve.keys
        for curve in clip.curves
        if curve.key.startswith(f"layer.{layer.id}.") and not curve.key.endswith(".opacity")
    }
    if not layer.rasters:  # moved by its keys even before something is painted
        empty = _empty(layer, face)
        key = RasterKey(frame=frame, raster=Raster(width=empty.width, height=empty.height))
        layer = replace(layer, rasters=(key,))
    plan = LookPlan(compose=ComposeSettings(), curves=curves, paintings=easel.paintings)
    found = plan.layer_at(replace(layer, opacity=1.0), frame)
    return found or LayerNow(layer=layer, canvas=_empty(layer, face), opacity=1.0)


def _unmoved(coverage: Coverage, box: Box, motion: F64, size: tuple[int, int]) -> Coverage:
    """A stroke where it lies before the layer is moved, over the whole canvas."""
    back = inverse(motion)
    shifted = np.column_stack([back[:, :2], back[:, :2] @ (box.x0, box.y0) + back[:, 2]])
    return np.asarray(resampled(coverage, shifted, size, beyond=0), np.uint8)


def _empty(layer: MaskLayer, face: ClipFace) -> Canvas:
    if layer.rasters:
        raster = layer.rasters[0].raster
        return Canvas(raster.width, raster.height)
    return Canvas(FACE_SIDE, FACE_SIDE) if layer.space == "face" else Canvas(*face.size)


def _stored(canvas: Canvas, layer: MaskLayer | None, frame: int, easel: Easel) -> Raster:
    """Keep the tiles that the layer does not have yet, and name them all."""
    before = None
    if layer is not None and layer.rasters:
        before = around(layer, frame)[0].raster
    known = {ref.digest for ref in before.tiles} if before is not None else set[str]()
    for tile in canvas.tiles():
        if tile.digest not in known:
            easel.store.put(tile.pixels)
    return raster_of(canvas, before)


def _required(face: ClipFace, frame: int) -> F32:
    landmarks = face.landmarks_at(frame)
    if landmarks is None:
        raise InputError(
            f"The face is not known in frame {frame}.",
            remedy="Go to a frame that shows the face, or let the layer stay on the picture.",
        )
    return landmarks


def _picture(face: ClipFace) -> Box:
    return Box(x0=0, y0=0, x1=face.size[0], y1=face.size[1])


def _whole(canvas: Canvas) -> Box:
    return Box(x0=0, y0=0, x1=canvas.width, y1=canvas.height)
