"""Painted mask layers of a clip: where the new mouth may show, and where it never does.

    weight = engine's alpha * strengths * include * (1 - protect)

Layers of one role are laid over each other from the first to the last: add takes the larger,
subtract and intersect the smaller. Without an include layer everything is included.
"""

from __future__ import annotations

from itertools import pairwise
from math import isfinite
from typing import Annotated, Literal, NewType

from msgspec import Meta

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.node import Node

TILE = 256  # px: tiles are squares
FACE_SIDE = 1024  # px of the canonical face square
LAYER_VALUES = ("opacity", "x", "y", "scale", "rotation")  # what a curve can animate

LayerId = NewType("LayerId", str)
LayerRole = Literal["include", "protect"]
LayerMode = Literal["add", "subtract", "intersect"]
LayerSpace = Literal["face", "frame"]


class TileRef(Node, frozen=True, kw_only=True):
    """A tile that is not empty: its column and row in tiles, and the digest of its content."""

    x: int
    y: int
    digest: str


class Raster(Node, frozen=True, kw_only=True):
    """A painted picture of u8 coverage; tiles that are not there are 0.

    Attributes:
        width: px; the face square has `FACE_SIDE`, a frame the display width of the medium.
        height: px.
        tiles: ordered by row, then column.
    """

    width: int
    height: int
    tiles: tuple[TileRef, ...] = ()


class RasterKey(Node, frozen=True, kw_only=True):
    """What is painted from a frame of the medium's grid on.

    Attributes:
        frame: where it is exact.
        raster: the painted picture.
        hold: it stays as it is until the next one; else its shape becomes that one's.
    """

    frame: int
    raster: Raster
    hold: bool = False


class MaskLayer(Node, frozen=True, kw_only=True):
    """One painted layer.

    Attributes:
        id: "p1", ...; copies of a clip keep it.
        name: shown to people.
        role: include: redraw here; protect: never touch.
        mode: how it meets the layers of its role before it.
        space: face: rides with the tracked face; frame: stays on the picture.
        face: track that it belongs to; None: every redrawn face of the clip.
        opacity: 0..1.
        feather: px of the source by which the edge is soft, away from what is safe.
        grow: px of the source by which it is larger, negative: smaller.
        is_inverted: what is not painted counts.
        is_enabled: off: as if it were not there.
        rasters: ordered by frame, one a frame; a single one is constant.
    """

    id: LayerId
    name: str = ""
    role: LayerRole = "include"
    mode: LayerMode = "add"
    space: LayerSpace = "face"
    face: int | None = None
    opacity: Annotated[float, Meta(ge=0, le=1)] = 1.0
    feather: Annotated[float, Meta(ge=0, le=256)] = 0.0
    grow: Annotated[float, Meta(ge=-256, le=256)] = 0.0
    is_inverted: bool = False
    is_enabled: bool = True
    rasters: tuple[RasterKey, ...] = ()


def check_layer(layer: MaskLayer) -> None:
    """Raise InvalidEditError unless `layer` can exist."""
    name = layer.name or layer.id
    limits = {"opacity": (0.0, 1.0), "feather": (0.0, 256.0), "grow": (-256.0, 256.0)}
    for what, (low, high) in limits.items():
        value = getattr(layer, what)
        if not (isfinite(value) and low <= value <= high):
            raise InvalidEditError(
                f"The {what} of the mask {name} cannot be {value:g}.",
                remedy=f"Give a number from {low:g} to {high:g}.",
            )
    frames = [key.frame for key in layer.rasters]
    if any(a >= b for a, b in pairwise(frames)):
        raise InvalidEditError(f"The shapes of the mask {name} are not in order.")
    for key in layer.rasters:
        _check_raster(key.raster, name)


def _check_raster(raster: Raster, name: str) -> None:
    if min(raster.width, raster.height) < 1:
        raise InvalidEditError(f"The mask {name} cannot have {raster.width}x{raster.height} px.")
    columns, rows = -(-raster.width // TILE), -(-raster.height // TILE)
    places = [(tile.y, tile.x) for tile in raster.tiles]
    for y, x in places:
        if not (0 <= x < columns and 0 <= y < rows):
            raise InvalidEditError(
                f"The mask {name} has {columns}x{rows} tiles, and one at {x},{y}."
            )
    if any(a >= b for a, b in pairwise(places)):
        raise InvalidEditError(f"The tiles of the mask {name} are not in order.")
