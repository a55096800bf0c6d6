"""What is stored to be used again, how much that is, and giving it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from latentsync_studio.services.wiring import Services


class CacheSizes(msgspec.Struct, frozen=True, kw_only=True):
    """What there is.

    Attributes:
        entries: analyses, mouths, encoded pieces, waveforms and the like.
        entry_bytes: their size.
        kept: of these, how many unfinished jobs need to go on.
        kept_bytes: their size.
        proxies: small copies of movies.
        proxy_bytes: their size.
        frames: files of exact copies of frames.
        frame_bytes: their size.
    """

    entries: int
    entry_bytes: int
    kept: int
    kept_bytes: int
    proxies: int
    proxy_bytes: int
    frames: int
    frame_bytes: int


class Clearing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be given up.

    Attributes:
        entries: of the store.
        kept: what unfinished jobs need too; they begin anew then.
        proxies: all of them.
        frames: all exact copies of frames.
    """

    entries: bool = True
    kept: bool = False
    proxies: bool = True
    frames: bool = True


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """What was done.

    Attributes:
        removed: entries and files.
        removed_bytes: their size.
        left: what is there now.
    """

    removed: int
    removed_bytes: int
    left: CacheSizes


def cache_sizes(services: Services) -> CacheSizes:
    """Count what is stored; raises StorageError where that cannot be read."""
    store, proxies, frames = services.store.info(), services.proxies.info(), services.frames.info()
    return CacheSizes(
        entries=store.entries,
        entry_bytes=store.bytes,
        kept=store.pinned,
        kept_bytes=store.pinned_bytes,
        proxies=proxies.files,
        proxy_bytes=proxies.bytes,
        frames=frames.files,
        frame_bytes=frames.bytes,
    )


def clear_cache(services: Services, wanted: Clearing) -> Cleared:
    """Remove what is wanted, as far as it lets itself be removed.

    Raises:
        StorageError: the store or a shelf cannot be read.
    """
    removed = size = 0
    if wanted.entries:
        removed, size = services.store.clear(keep_pinned=not wanted.kept)
    for shelf, is_wanted in (
        (services.proxies, wanted.proxies),
        (services.frames, wanted.frames),
    ):
        if is_wanted:
            files, taken = shelf.clear()
            removed, size = removed + files, size + taken
    return Cleared(removed=removed, removed_bytes=size, left=cache_sizes(services))
