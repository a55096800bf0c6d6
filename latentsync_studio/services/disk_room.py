"""Whether the disks have room for a render, told before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.sizes import disk_full

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.errors import DiskFullError
    from latentsync_studio.media.facts import MediaFacts

# Measured on talking heads of 590 to 1080 px; generous by a factor of about two where clips differ.
_PATCH_SIDE: Final = 0.35  # of the picture's short side
_PATCH_BYTES: Final = 1.0  # a pixel, stored without loss
_ENCODED_BYTES: Final = 0.02  # a pixel of a frame, constant rate factor 18
_FACE_BYTES: Final = 12_000  # a frame: 478 points and what engines keep of the analysis
_SOUND_BYTES: Final = 300_000  # a second: stereo, 48 kHz, 24 bits


class RoomNeeded(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that a render writes.

    Attributes:
        store: patches, encoded segments and analysis, kept for resuming.
        output: the finished file.
    """

    store: int
    output: int


def estimate_room(
    facts: MediaFacts, frames: int | None = None, a_pixel: float = _ENCODED_BYTES
) -> RoomNeeded:
    """Estimate what rendering `frames` output frames (default: the clip's) writes.

    a_pixel: bytes that the codec needs for a pixel.
    """
    video = facts.video
    if video is None:
        return RoomNeeded(store=0, output=0)
    n = video.frames if frames is None else frames
    patch = (_PATCH_SIDE * min(video.width, video.height)) ** 2 * _PATCH_BYTES
    encoded = video.width * video.height * a_pixel
    seconds = n / float(video.rate) if video.rate else 0.0
    return RoomNeeded(
        store=int(n * (patch + encoded + _FACE_BYTES)),
        output=int(n * encoded + seconds * _SOUND_BYTES),
    )


def check_room(
    output_folder: Path,
    store_folder: Path,
    facts: MediaFacts,
    *,
    frames: int | None = None,
    files: FileOps | None = None,
    a_pixel: float = _ENCODED_BYTES,
) -> tuple[DiskFullError, ...]:
    """Problems of disks that cannot hold a render; empty when there is room or nobody can tell.

    What the store holds already counts as room: it is either part of this render or may be evicted
    for it. Output and store on one disk share its room.
    """
    needed = estimate_room(facts, frames, a_pixel)
    return check_needed(output_folder, store_folder, needed, files)


def check_needed(
    output_folder: Path, store_folder: Path, needed: RoomNeeded, files: FileOps | None = None
) -> tuple[DiskFullError, ...]:
    """As `check_room`, for bytes that are known."""
    files = files if files is not None else FileOps()
    to_store = max(0, needed.store - _bytes_below(store_folder, files))
    wanted: dict[int, tuple[Path, int]] = {}
    for folder, size in ((output_folder, needed.output), (store_folder, to_store)):
        there = _existing(folder)
        disk = files.stat(there).st_dev
        first, sum_bytes = wanted.get(disk, (there, 0))
        wanted[disk] = first, sum_bytes + size
    free = {disk: files.free_bytes(folder) for disk, (folder, _) in wanted.items()}
    return tuple(
        disk_full(size, free[disk], folder)
        for disk, (folder, size) in wanted.items()
        if size > free[disk]
    )


def _bytes_below(folder: Path, files: FileOps) -> int:
    """Bytes of the files one folder below `folder`, where entries of the store lie."""
    total = 0
    for name in files.names(folder):
        below = folder / name
        if below.is_dir():
            for held in files.names(below):
                total += _size(below / held, files)
    return total


def _size(path: Path, files: FileOps) -> int:
    try:
        return files.stat(path).st_size
    except OSError:  # evicted by another process just now
        return 0


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest one above it that exists."""
    full = folder.absolute()
    return next(path for path in (full, *full.parents) if path.exists())
