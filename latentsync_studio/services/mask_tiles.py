"""Tiles of painted masks: of the project that a window works on, and of files.

`services.paintings` of what is opened looks into those that are attached to it.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.mask.tiles import TILE_BYTES, digest_of, tile_of
from latentsync_studio.services.timeline.byte_cache import ByteCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.mask.tiles import Tile
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.open_project import OpenProject
    from latentsync_studio.services.paintings import Paintings
    from latentsync_studio.storage.project import ProjectFile
    from latentsync_studio.storage.tile_bundle import TileBundle

KEPT_BYTES: Final = 64 << 20


class MaskTiles:
    """The tiles of an open project, what was used last in memory; safe for any thread."""

    def __init__(self, project: OpenProject, kept_bytes: int = KEPT_BYTES) -> None:
        self._project = project
        self._lock = Lock()
        self._kept: ByteCache[str, Tile] = ByteCache(kept_bytes)

    def put(self, tile: Tile) -> str:
        """Keep a tile with the project and return its digest; never waits for the disk.

        It is written with the first state of the project that names it.
        """
        digest = digest_of(tile)
        data = tile.tobytes()
        self._project.add_blob(data, digest)
        self._keep(digest, tile_of(data))
        return digest

    def peek(self, digest: str) -> Tile | None:
        """The tile, where it is in memory; never waits for the disk."""
        with self._lock:
            return self._kept.get(digest)

    def tile(self, digest: str) -> Tile:
        """The tile with this digest; may read the disk.

        Raises:
            InputError: the project lacks it, or it is damaged.
        """
        found = self.peek(digest)
        if found is None:
            found = _tile(self._project.blob(digest), digest, self._project.name)
            self._keep(digest, found)
        return found

    def _keep(self, digest: str, tile: Tile) -> None:
        with self._lock:
            self._kept.put(digest, tile, TILE_BYTES)


class FileTiles:
    """The tiles of a project file, or of the copy that a job keeps; safe for any thread.

    Nothing is opened before a tile is asked for.
    """

    def __init__(self, path: Path) -> None:
        """path: the project, or a document in JSON with its tiles beside it, if it has any."""
        self.path = path
        self._lock = Lock()
        self._file: ProjectFile | TileBundle | None = None

    def tile(self, digest: str) -> Tile:
        """The tile with this digest.

        Raises:
            InputError: it is missing or damaged, or the file cannot be read.
        """
        with self._lock:
            if self._file is None:
                self._file = _opened(self.path)
            return _tile(self._file.blob(digest), digest, self.path.name)

    def close(self) -> None:
        """Close the file; asking again opens it again."""
        with self._lock:
            close = getattr(self._file, "close", None)
            self._file = None
        if close is not None:
            close()


@contextmanager
def tiles_of(path: Path, paintings: Paintings) -> Iterator[None]:
    """Let painted masks be found in a project file or a job's copy for as long as this lasts."""
    source = FileTiles(path)
    paintings.attach(source)
    try:
        yield
    finally:
        paintings.detach(source)
        source.close()


def tiles_in(project: Project, paintings: Paintings) -> dict[str, bytes]:
    """All tiles that a project names, by digest.

    Raises:
        InputError: one of them is missing or damaged.
    """
    named = {
        ref.digest
        for sequence in project.sequences
        for track in sequence.tracks
        for clip in track.clips
        for layer in clip.masks
        for key in layer.rasters
        for ref in key.raster.tiles
    }
    return {digest: paintings.tile(digest).tobytes() for digest in sorted(named)}


def _opened(path: Path) -> ProjectFile | TileBundle:
    from latentsync_studio.storage.project import ProjectFile
    from latentsync_studio.storage.tile_bundle import SUFFIX, TileBundle

    if path.suffix.lower() == ".json":
        return TileBundle(path.with_suffix(SUFFIX))
    return ProjectFile(path, writable=False)


def _tile(data: bytes | None, digest: str, name: str) -> Tile:
    if data is None:
        raise InputError(
            f"The project {name or 'without a name'} lacks a part of a painted mask"
            f" ({digest[:12]}).",
            remedy="Undo the last stroke, or open a backup of the project.",
        )
    return tile_of(data)
