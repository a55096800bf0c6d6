"""Painted coverage as copy-on-write canvases of shared tiles.

A canvas never changes: every operation gives a new one that shares the tiles it did not touch. So
an undo step costs the touched tiles alone, and two states are compared by digests. A tile that is
empty is absent; one that is full is the same array everywhere. What lies in the tiles of the right
and the lower edge beyond the canvas is 0, so that equal pictures have equal digests.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.mask.blending import BlendMode, Coverage, blended
from latentsync_studio.core.mask.layer import TILE, Raster, TileRef
from latentsync_studio.core.picture import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Tile: TypeAlias = Coverage  # (256, 256), read-only
Place = tuple[int, int]  # column, row of a tile

TILE_BYTES: Final = TILE * TILE
_DIGEST_BYTES: Final = 20


class TileSource(Protocol):
    """Where tiles come from."""

    def tile(self, digest: str) -> Tile:
        """The tile with this digest; raise StudioError where there is none."""


class PlacedTile(NamedTuple):
    """A tile in its place: column and row in tiles, digest and content."""

    x: int
    y: int
    digest: str
    pixels: Tile


class _Cell:
    """A tile and, once somebody asked, its digest."""

    __slots__ = ("_digest", "pixels")

    def __init__(self, pixels: Tile, digest: str = "") -> None:
        self.pixels = pixels
        self._digest = digest

    @property
    def digest(self) -> str:
        if not self._digest:
            self._digest = digest_of(self.pixels)
        return self._digest


def digest_of(tile: Tile) -> str:
    """40 hex digits: blake2b-160 of the tile's 65,536 bytes."""
    return blake2b(np.ascontiguousarray(tile).data, digest_size=_DIGEST_BYTES).hexdigest()


def tile_of(data: bytes) -> Tile:
    """The tile that is stored as these bytes, row by row, without a copy.

    Raises:
        InputError: they are not 65,536.
    """
    if len(data) != TILE_BYTES:
        raise InputError(
            f"A mask tile has {len(data)} bytes instead of {TILE_BYTES}.",
            remedy="Open a backup of the project.",
        )
    return np.frombuffer(data, np.uint8).reshape(TILE, TILE)


class Canvas:
    """A picture of u8 coverage, 0..255. Immutable; threads may share it."""

    __slots__ = ("_cells", "height", "width")

    def __init__(self, width: int, height: int) -> None:
        """An empty canvas of `width` x `height` px, at least 1 x 1."""
        if min(width, height) < 1:
            raise ValueError(f"A canvas cannot have {width}x{height} px.")
        self.width, self.height = width, height
        self._cells: dict[Place, _Cell] = {}

    @classmethod
    def of(cls, pixels: Coverage) -> Canvas:
        """A canvas with (height, width) u8 pixels."""
        height, width = pixels.shape
        return cls(width, height).blend(Box(x0=0, y0=0, x1=width, y1=height), pixels, "union")

    @classmethod
    def of_tiles(cls, width: int, height: int, tiles: Iterable[PlacedTile]) -> Canvas:
        """A canvas made of what `tiles` gave before."""
        made = cls(width, height)
        made._cells = {(tile.x, tile.y): _Cell(tile.pixels, tile.digest) for tile in tiles}
        return made

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in px."""
        return self.width, self.height

    @property
    def is_empty(self) -> bool:
        """Whether every pixel is 0."""
        return not self._cells

    def tiles(self) -> Iterator[PlacedTile]:
        """The tiles that are not empty, by row, then column."""
        for (x, y), cell in sorted(self._cells.items(), key=lambda item: item[0][::-1]):
            yield PlacedTile(x, y, cell.digest, cell.pixels)

    def changed_since(self, before: Canvas) -> Iterator[PlacedTile]:
        """The tiles that are not those of `before`; those that became empty are left out."""
        for (x, y), cell in self._cells.items():
            old = before._cells.get((x, y))
            if old is None or (old.pixels is not cell.pixels and old.digest != cell.digest):
                yield PlacedTile(x, y, cell.digest, cell.pixels)

    def bounds(self) -> Box | None:
        """The smallest box around all pixels above 0; None where there are none."""
        edges = [_edges(place, cell.pixels) for place, cell in self._cells.items()]
        if not edges:
            return None
        x0, y0, x1, y1 = zip(*edges, strict=True)
        return Box(x0=min(x0), y0=min(y0), x1=max(x1), y1=max(y1))

    def read(self, box: Box | None = None) -> Coverage:
        """(h, w) pixels in a box, a new array; beyond the canvas 0. None reads everything."""
        box = box if box is not None else self._whole()
        out = np.zeros((box.height, box.width), np.uint8)
        for place in _places(box, self.size):
            cell = self._cells.get(place)
            if cell is not None:
                inside, there = _overlap(place, box)
                out[there] = cell.pixels[inside]
        return out

    def blend(self, box: Box, coverage: Coverage, mode: BlendMode) -> Canvas:
        """Lay coverage over a part of the canvas; beyond the box it counts as 0.

        Args:
            box: where; what lies beyond the canvas is left out.
            coverage: (h, w) u8 of the box.
            mode: as in `core.mask.blending`.
        """
        if coverage.shape != (box.height, box.width):
            raise ValueError(f"Coverage {coverage.shape} does not fit {box}.")
        if mode == "intersect":
            return self.intersect(Canvas(*self.size).blend(box, coverage, "union"))
        changed: dict[Place, Coverage] = {}
        for place in _places(box, self.size):
            inside, there = _overlap(place, box)
            part = coverage[there]
            if part.any():
                changed[place] = self._with_part(place, inside, part, mode)
        return self.with_tiles(changed)

    def with_tiles(self, changed: Mapping[Place, Coverage]) -> Canvas:
        """This canvas with other tiles in some places.

        The (256, 256) arrays are taken over and must not be written any more; what in them lies
        beyond the canvas is ignored.
        """
        cells = dict(self._cells)
        for place, pixels in changed.items():
            cell = self._settled(place, pixels)
            if cell is None:
                cells.pop(place, None)
            else:
                cells[place] = cell
        return self._made(cells)

    def union(self, other: Canvas) -> Canvas:
        """The larger of both, pixel by pixel; canvases of one size."""
        self._require_same_size(other)
        cells = dict(self._cells)
        for place, theirs in other._cells.items():
            ours = cells.get(place)
            cells[place] = theirs if ours is None else self._joined(ours, theirs)
        return self._made(cells)

    def intersect(self, other: Canvas) -> Canvas:
        """The smaller of both, pixel by pixel; canvases of one size."""
        self._require_same_size(other)
        cells: dict[Place, _Cell] = {}
        for place, ours in self._cells.items():
            theirs = other._cells.get(place)
            if theirs is not None:
                pixels = blended(ours.pixels, theirs.pixels, "intersect")
                cell = self._settled(place, pixels, (ours, theirs))
                if cell is not None:
                    cells[place] = cell
        return self._made(cells)

    def subtract(self, other: Canvas) -> Canvas:
        """What is here and not there: intersect with the inverse of `other`, of one size."""
        self._require_same_size(other)
        cells = dict(self._cells)
        for place in self._cells.keys() & other._cells.keys():
            ours, theirs = self._cells[place], other._cells[place]
            pixels = blended(ours.pixels, theirs.pixels, "subtract")
            cell = self._settled(place, pixels, (ours,))
            if cell is None:
                del cells[place]
            else:
                cells[place] = cell
        return self._made(cells)

    def invert(self) -> Canvas:
        """255 minus every pixel."""
        cells: dict[Place, _Cell] = {}
        for place in _places(self._whole(), self.size):
            full = _full_cell(*self._extent(place))
            ours = self._cells.get(place)
            cell = full if ours is None else self._settled(place, full.pixels - ours.pixels)
            if cell is not None:
                cells[place] = cell
        return self._made(cells)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Canvas):
            return NotImplemented
        return self.size == other.size and self._same_cells(other)

    __hash__ = None  # type: ignore[assignment]  # equality reads pixels; nobody keys by it

    def __repr__(self) -> str:
        return f"<Canvas {self.width}x{self.height}, {len(self._cells)} tiles>"

    def _same_cells(self, other: Canvas) -> bool:
        if self._cells.keys() != other._cells.keys():
            return False
        pairs = ((cell, other._cells[place]) for place, cell in self._cells.items())
        return all(
            ours.pixels is theirs.pixels or np.array_equal(ours.pixels, theirs.pixels)
            for ours, theirs in pairs
        )

    def _made(self, cells: dict[Place, _Cell]) -> Canvas:
        made = Canvas(self.width, self.height)
        made._cells = cells
        return made

    def _whole(self) -> Box:
        return Box(x0=0, y0=0, x1=self.width, y1=self.height)

    def _extent(self, place: Place) -> tuple[int, int]:
        """Columns and rows of the tile that lie on the canvas."""
        return min(TILE, self.width - place[0] * TILE), min(TILE, self.height - place[1] * TILE)

    def _with_part(
        self, place: Place, inside: tuple[slice, slice], part: Coverage, mode: BlendMode
    ) -> Coverage:
        cell = self._cells.get(place)
        pixels = np.zeros((TILE, TILE), np.uint8) if cell is None else cell.pixels.copy()
        pixels[inside] = blended(pixels[inside], part, mode)
        return pixels

    def _joined(self, ours: _Cell, theirs: _Cell) -> _Cell:
        if ours.pixels is theirs.pixels:
            return ours
        pixels = blended(ours.pixels, theirs.pixels, "union")
        for cell in (ours, theirs):
            if np.array_equal(cell.pixels, pixels):
                return cell
        pixels.flags.writeable = False
        return _Cell(pixels)

    def _settled(
        self, place: Place, pixels: Coverage, known: tuple[_Cell, ...] = ()
    ) -> _Cell | None:
        """A cell in the one form that its content has; None where it is empty."""
        columns, rows = self._extent(place)
        if (columns, rows) != (TILE, TILE) and (pixels[rows:].any() or pixels[:, columns:].any()):
            pixels = pixels.copy()
            pixels[rows:], pixels[:, columns:] = 0, 0
        part = pixels[:rows, :columns]
        if not part.any():
            return None
        if part.min() == 255:
            return _full_cell(columns, rows)
        for cell in (*known, self._cells.get(place)):
            if cell is not None and np.array_equal(cell.pixels, pixels):
                return cell
        pixels.flags.writeable = False
        return _Cell(pixels)

    def _require_same_size(self, other: Canvas) -> None:
        if self.size != other.size:
            raise ValueError(f"Canvases of {self.size} and {other.size} px do not fit.")


def canvas_of(raster: Raster, source: TileSource) -> Canvas:
    """The canvas that a raster of the document names.

    Raises:
        StudioError: the source lacks a tile.
    """
    tiles = (PlacedTile(ref.x, ref.y, ref.digest, source.tile(ref.digest)) for ref in raster.tiles)
    return Canvas.of_tiles(raster.width, raster.height, tiles)


def raster_of(canvas: Canvas, before: Raster | None = None) -> Raster:
    """What the document says of a canvas; tiles as in `before` keep their very references."""
    known = {(ref.x, ref.y): ref for ref in before.tiles} if before is not None else {}
    refs: list[TileRef] = []
    for tile in canvas.tiles():
        ref = known.get((tile.x, tile.y))
        same = ref is not None and ref.digest == tile.digest
        refs.append(ref if same and ref else TileRef(x=tile.x, y=tile.y, digest=tile.digest))
    return Raster(width=canvas.width, height=canvas.height, tiles=tuple(refs))


@cache
def _full_cell(columns: int, rows: int) -> _Cell:
    """The one tile whose `columns` x `rows` px on the canvas are all full."""
    pixels = np.zeros((TILE, TILE), np.uint8)
    pixels[:rows, :columns] = 255
    pixels.flags.writeable = False
    return _Cell(pixels)


def _edges(place: Place, pixels: Tile) -> tuple[int, int, int, int]:
    rows = np.flatnonzero(pixels.any(axis=1))
    columns = np.flatnonzero(pixels.any(axis=0))
    x, y = place[0] * TILE, place[1] * TILE
    return (
        x + int(columns[0]),
        y + int(rows[0]),
        x + int(columns[-1]) + 1,
        y + int(rows[-1]) + 1,
    )


def _places(box: Box, size: tuple[int, int]) -> Iterator[Place]:
    """The tiles of a canvas of `size` that a box touches."""
    part = box.clipped(*size)
    if part is None:
        return
    for y in range(part.y0 // TILE, (part.y1 - 1) // TILE + 1):
        for x in range(part.x0 // TILE, (part.x1 - 1) // TILE + 1):
            yield x, y


def _overlap(place: Place, box: Box) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a tile and a box overlap: in the tile, and in the box."""
    left, top = place[0] * TILE, place[1] * TILE
    x0, y0 = max(box.x0, left), max(box.y0, top)
    x1, y1 = min(box.x1, left + TILE), min(box.y1, top + TILE)
    inside = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
    there = slice(y0 - box.y0, y1 - box.y0), slice(x0 - box.x0, x1 - box.x0)
    return inside, there
