"""Proxies of media: made in the background, kept within a budget, found by content."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.read_ahead import ReadAhead
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.services.media_bin.content import facts_of, path_of, timed_digest
from latentsync_studio.services.media_bin.seek_cost import proxy_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.media.opening_reader import Reader
    from latentsync_studio.services.wiring import Services

PROXY: Final = "proxy"  # the stage that progress is told of, in frames
PROXY_VERSION: Final = "1"  # raise when the same clip gives another proxy


def proxy_for(item: MediaItem, services: Services) -> Path | None:
    """The proxy of an item, where one was made and verified; frame n is the item's frame n."""
    return services.proxies.find(_key(item)) if item.video is not None and item.digest else None


def needs_proxy(item: MediaItem, services: Services, project_folder: Path | None = None) -> bool:
    """Whether jumping in it is too slow to drag the playhead.

    Raises:
        InputError: it is not there, or no readable medium.
    """
    if item.video is None or item.is_still:
        return False
    video = facts_of(item, path_of(item, project_folder), services).video
    return video is not None and proxy_reason(video) != ""


def make_proxy(
    item: MediaItem,
    services: Services,
    progress: Progress,
    project_folder: Path | None = None,
) -> Path:
    """Make the proxy of an item, verify it, and say where it lies; one that is there is taken.

    Raises:
        InputError: the item cannot be decoded.
        DiskFullError, StorageError: the proxy cannot be written.
        InternalError: what was written does not have the item's frames; it is not kept.
        Cancelled: the user stopped it; nothing is left of it.
    """
    if item.video is None:
        raise InputError(f"{item.name} has no picture.", remedy="Choose another medium.")
    key = _key(item)
    found = services.proxies.find(key)
    if found is not None:
        return found
    from latentsync_studio.media.opening_reader import open_reader
    from latentsync_studio.media.proxies import check_proxy, write_proxy

    with open_reader(path_of(item, project_folder), item) as reader:
        video, index = reader.video, reader.index
        _need_room(services, video.width, video.height, index.n_frames)
        with services.proxies.writing(key) as file:
            with ReadAhead(_told(reader, progress)) as pictures:
                write_proxy(pictures, video, index, file)
            check_proxy(file.path, video, index)
    made = services.proxies.find(key)
    if made is None:
        raise InputError(
            f"The proxy of {item.name} was removed at once.",
            remedy="Give proxies more room: LATENTSYNC_STUDIO_PROXIES_GB.",
        )
    return made


def _key(item: MediaItem) -> str:
    return cache_key(PROXY, of=timed_digest(item), version=PROXY_VERSION)


def _told(reader: Reader, progress: Progress) -> Iterator[Picture]:
    total = reader.index.n_frames
    for number, picture in enumerate(reader.frames()):
        progress.report(PROXY, number, total)
        yield picture
    progress.report(PROXY, total, total)


def _need_room(services: Services, width: int, height: int, frames: int) -> None:
    """Refuse before hours of work what the disk has no room for."""
    from latentsync_studio.media.proxies import BYTES_A_PIXEL, proxy_size
    from latentsync_studio.storage.sizes import disk_full

    small_width, small_height = proxy_size(width, height)
    needed = int(small_width * small_height * frames * BYTES_A_PIXEL)
    folder = services.proxies.root
    while not folder.is_dir():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise disk_full(needed, free, services.proxies.root)
