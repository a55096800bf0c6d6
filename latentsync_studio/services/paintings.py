"""What is painted on mask layers at a frame: canvases, and the shapes between two of them.

Tiles are named by their content, so that any number of projects and job copies may be looked into
for one. What was used last is kept within a number of bytes.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.mask.tiles import Canvas, canvas_of
from latentsync_studio.services.timeline.byte_cache import ByteCache

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from latentsync_studio.core.arrays import Alpha
    from latentsync_studio.core.mask.layer import MaskLayer, Raster, RasterKey
    from latentsync_studio.core.mask.tiles import Tile, TileSource
    from latentsync_studio.core.picture import Box
    from latentsync_studio.imaging.mask_morph import Morph

KEPT_BYTES = 192 * 2**20


class Paintings:
    """Where painted shapes come from; thread-safe."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._lock = RLock()
        self._sources: list[TileSource] = []
        self._canvases: ByteCache[Raster, Canvas] = ByteCache(kept_bytes // 2)
        self._covers: ByteCache[Hashable, Alpha] = ByteCache(kept_bytes // 8)
        self._morphs: ByteCache[tuple[Raster, Raster], tuple[Box, Morph] | None] = ByteCache(
            kept_bytes // 2
        )

    def attach(self, source: TileSource) -> None:
        """Look for tiles here as well: an opened project, a job's copy, files."""
        with self._lock:
            if source not in self._sources:
                self._sources.append(source)

    def detach(self, source: TileSource) -> None:
        """Look here no longer."""
        with self._lock:
            if source in self._sources:
                self._sources.remove(source)

    def tile(self, digest: str) -> Tile:
        """The tile with this digest.

        Raises:
            InputError: nobody has it.
        """
        with self._lock:
            sources = self._sources[::-1]
        reason = ""
        for source in sources:
            try:
                return source.tile(digest)
            except StudioError as error:
                reason = f" {error}"
        raise InputError(
            f"The painted mask tile {digest[:12]} is not there.{reason}",
            remedy="Open a backup of the project, or delete the mask.",
        )

    def canvas(self, raster: Raster) -> Canvas:
        """The painted picture that a document names.

        Raises:
            InputError: a tile of it is not there.
        """
        with self._lock:
            found = self._canvases.get(raster)
        if found is None:
            found = canvas_of(raster, self)
            with self._lock:
                self._canvases.put(raster, found, 65_536 * len(raster.tiles))
        return found

    def canvas_at(self, layer: MaskLayer, frame: int) -> Canvas | None:
        """What is painted on a layer at a frame of the medium's grid; None: nothing ever was."""
        if not layer.rasters:
            return None
        left, right = around(layer, frame)
        if right is None or left.hold or left.raster == right.raster:
            return self.canvas(left.raster)
        share = (frame - left.frame) / (right.frame - left.frame)
        return self._between(left.raster, right.raster, share)

    def cover(self, key: Hashable, make: Callable[[], Alpha]) -> Alpha:
        """A finished map of painted layers, made where it is not kept: sliders ask for it again.

        key: all that shapes it.
        """
        with self._lock:
            found = self._covers.get(key)
        if found is None:
            found = make()
            found.flags.writeable = False
            with self._lock:
                self._covers.put(key, found, found.nbytes)
        return found

    def _between(self, left: Raster, right: Raster, share: float) -> Canvas:
        if share <= 0.0 or (left.width, left.height) != (right.width, right.height):
            return self.canvas(left)
        with self._lock:
            is_known = (left, right) in self._morphs
            found = self._morphs.get((left, right))
        if not is_known:
            found = self._morph(left, right)
            size = 0 if found is None else 12 * found[0].width * found[0].height
            with self._lock:
                self._morphs.put((left, right), found, size)
        if found is None:
            return self.canvas(left)
        box, morph = found
        return Canvas(left.width, left.height).blend(box, morph.at(share), "union")

    def _morph(self, left: Raster, right: Raster) -> tuple[Box, Morph] | None:
        """The way from one shape to another, where any of them is."""
        from latentsync_studio.imaging.mask_morph import Morph

        first, second = self.canvas(left), self.canvas(right)
        box = first.union(second).bounds()
        return None if box is None else (box, Morph(first.read(box), second.read(box)))


def around(layer: MaskLayer, frame: int) -> tuple[RasterKey, RasterKey | None]:
    """The shapes of a layer that a frame lies between; before the first and behind the last one."""
    before = [key for key in layer.rasters if key.frame <= frame]
    if not before:
        return layer.rasters[0], None
    rest = layer.rasters[len(before) :]
    return before[-1], rest[0] if rest else None
