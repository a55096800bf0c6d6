"""Waveforms of media: peaks at every zoom, made once and kept in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.media.peaks import PeakPyramid, base_peaks, levels_of
from latentsync_studio.services.media_bin.content import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    import numpy.typing as npt

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.services.wiring import Services

__all__ = ["PeakPyramid", "stored_waveform", "waveform"]

WAVEFORM: Final = "waveform"  # kind of entries, and the stage that progress is told of, in seconds
WAVEFORM_VERSION: Final = "1"  # raise when the same sound gives other peaks


def waveform(
    item: MediaItem, services: Services, progress: Progress, project_folder: Path | None = None
) -> PeakPyramid:
    """Peaks of an item's sound, on its own time: sample 0 belongs to its first frame.

    Takes the same memory whatever the length of the sound.

    Raises:
        InputError: the item has no sound, or it cannot be decoded.
        DiskFullError, StorageError: the store cannot be written.
        Cancelled: the user stopped it; nothing is kept.
    """
    if item.audio is None:
        raise InputError(f"{item.name} has no sound.", remedy="Choose a medium with sound.")
    key = cache_key(WAVEFORM, of=item.digest, version=WAVEFORM_VERSION)
    kept = services.store.get_arrays(key) if item.digest else None
    if kept is not None:
        return _pyramid(kept)
    made = _made(item, path_of(item, project_folder), services, progress)
    if item.digest:
        services.store.put_arrays(key, WAVEFORM, made)
        made = services.store.get_arrays(key) or made
    return _pyramid(made)


def stored_waveform(item: MediaItem, services: Services) -> PeakPyramid | None:
    """The peaks if they were made before; quick, nothing is decoded."""
    if item.audio is None or not item.digest:
        return None
    key = cache_key(WAVEFORM, of=item.digest, version=WAVEFORM_VERSION)
    kept = services.store.get_arrays(key)
    return None if kept is None else _pyramid(kept)


def _made(
    item: MediaItem, path: Path, services: Services, progress: Progress
) -> Mapping[str, npt.NDArray[Any]]:
    from latentsync_studio.media.audio import AudioReader
    from latentsync_studio.storage.scratch import Scratch

    with AudioReader(path) as reader, Scratch(services.store.root, np.int16, (2,)) as base:
        rate = reader.facts.rate_hz
        early = round(max(-reader.facts.offset_s, 0.0) * rate)  # heard before the first frame
        counted = _Counted(reader.blocks(early), item, rate, progress)
        for peaks in base_peaks(counted.blocks()):
            base.append(peaks)
        pairs = levels_of(cast("npt.NDArray[np.int16]", base.mapped()))
    arrays: dict[str, npt.NDArray[Any]] = {"sound": np.array([rate, counted.total], np.int64)}
    for level, (low, high) in enumerate(pairs):
        arrays[f"low{level}"], arrays[f"high{level}"] = low, high
    return arrays


class _Counted:
    """Blocks that pass through, counted and told of once a second of sound."""

    def __init__(
        self,
        blocks: Iterator[npt.NDArray[Any]],
        item: MediaItem,
        rate_hz: int,
        progress: Progress,
    ) -> None:
        self.total = 0
        self._blocks, self._rate_hz, self._progress = blocks, rate_hz, progress
        sound = item.audio
        expected = 0 if sound is None else max(sound.n_samples + sound.offset, 0)
        self._seconds = -(-expected // rate_hz)

    def blocks(self) -> Iterator[npt.NDArray[Any]]:
        """The blocks."""
        for block in self._blocks:
            before = self.total // self._rate_hz
            self.total += block.shape[1]
            now = self.total // self._rate_hz
            if now > before or before == 0:
                self._progress.report(WAVEFORM, now, max(self._seconds, now))
            yield block


def _pyramid(arrays: Mapping[str, npt.NDArray[Any]]) -> PeakPyramid:
    rate, total = (int(value) for value in arrays["sound"])
    count = sum(name.startswith("low") for name in arrays)
    levels = tuple((arrays[f"low{k}"], arrays[f"high{k}"]) for k in range(count))
    return PeakPyramid(rate_hz=rate, n_samples=total, levels=levels)
