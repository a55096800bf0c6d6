"""Mask layers from picture files, for renders without a project."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path  # noqa: TC003 - msgspec reads the annotations at run time
from typing import TYPE_CHECKING, Literal

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.mask.layer import (
    FACE_SIDE,
    LayerId,
    LayerRole,
    LayerSpace,
    MaskLayer,
    RasterKey,
)
from latentsync_studio.core.mask.tiles import Canvas, raster_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.mask.tiles import Tile

MaskSpace = Literal["auto", "face", "frame"]
_ASPECT = 0.01  # by which a mask of the frame may be another shape


class MaskFile(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is a mask: white is covered; transparent is not.

    Attributes:
        path: the picture.
        role: include: redraw there only; protect: never touch.
        space: face: a square on the face, which rides with it; frame: lies on the picture; auto:
            a square of 1024 px is on the face unless the video has that size, all else the frame.
    """

    path: Path
    role: LayerRole = "include"
    space: MaskSpace = "auto"


class FileMasks:
    """The layers of some files, and their tiles: a TileSource."""

    def __init__(self) -> None:
        self.layers: tuple[MaskLayer, ...] = ()
        self._tiles: dict[str, Tile] = {}

    @classmethod
    def load(cls, files: Iterable[MaskFile], size: tuple[int, int]) -> FileMasks:
        """Read the files for a video of `size` (display width, height) px.

        Raises:
            InputError: a file is no picture, or has another shape than the video.
        """
        made = cls()
        for file in files:
            made._add(file, size)
        return made

    def tile(self, digest: str) -> Tile:
        """As TileSource."""
        found = self._tiles.get(digest)
        if found is None:
            raise InputError(f"None of the mask files has the tile {digest[:12]}.")
        return found

    def _add(self, file: MaskFile, size: tuple[int, int]) -> None:
        canvas = _canvas(file.path)
        space = _space(file, canvas, size)
        self._tiles |= {tile.digest: tile.pixels for tile in canvas.tiles()}
        layer = MaskLayer(
            id=LayerId(f"p{len(self.layers)}"),
            name=file.path.name,
            role=file.role,
            space=space,
            rasters=(RasterKey(frame=0, raster=raster_of(canvas)),),
        )
        self.layers = (*self.layers, layer)


def _canvas(path: Path) -> Canvas:
    from latentsync_studio.imaging.mask_picture import coverage_of
    from latentsync_studio.media.opening_reader import open_reader

    with closing(open_reader(path, threads=1)) as reader:
        return Canvas.of(coverage_of(reader.read(0)))


def _space(file: MaskFile, canvas: Canvas, size: tuple[int, int]) -> LayerSpace:
    side = FACE_SIDE, FACE_SIDE
    space = file.space
    if space == "auto":
        space = "face" if canvas.size == side != size else "frame"
    if space == "face" and canvas.size != side:
        raise InputError(
            f"The mask {file.path} has {canvas.width}x{canvas.height} px; one on the face has"
            f" {FACE_SIDE}x{FACE_SIDE}.",
            remedy="Scale it, or say --mask-space frame.",
        )
    ratio = (canvas.width * size[1]) / (canvas.height * size[0])
    if space == "frame" and abs(ratio - 1.0) > _ASPECT:
        raise InputError(
            f"The mask {file.path} has {canvas.width}x{canvas.height} px and does not fit the"
            f" video's {size[0]}x{size[1]}.",
            remedy="Save it in the video's size, or as a square of 1024 px on the face.",
        )
    return space
