"""Smallest and largest samples of a sound at every zoom: what a waveform is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from latentsync_studio.core.arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32

    I16 = npt.NDArray[np.int16]

BASE: Final = 256  # samples of an entry of the finest level
FACTOR: Final = 4  # entries of a level that make one of the next
_SMALLEST: Final = 256  # entries below which no coarser level is made
_FULL: Final = 32767


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakPyramid:
    """Peaks of all channels together, on the medium's own time: sample 0 is its first frame.

    Attributes:
        rate_hz: samples a second.
        n_samples: from sample 0 to the end of the sound.
        levels: (lowest, highest), each (n,) i16 of full scale 32767, read-only; an entry of level
            k covers 256 * 4^k samples. The finest comes first.
    """

    rate_hz: int
    n_samples: int
    levels: tuple[tuple[I16, I16], ...]

    def tile(self, start_sample: float, samples_per_px: float, width: int) -> F32:
        """Peaks of `width` pixels side by side.

        Finer than 256 samples a pixel, neighbours repeat an entry. A pixel takes the entries that
        begin in it (and at least one), so no peak is lost or shown twice over.

        Args:
            start_sample: where the first pixel begins; may lie outside of the sound.
            samples_per_px: above 0.
            width: number of pixels.

        Returns:
            (width, 2) f32, lowest and highest in -1..1; both 0 where there is no sound.
        """
        tile = np.zeros((width, 2), np.float32)
        level, step = 0, BASE
        while level + 1 < len(self.levels) and step * FACTOR <= samples_per_px:
            level, step = level + 1, step * FACTOR
        low, high = self.levels[level]
        edges = start_sample + np.arange(width + 1) * samples_per_px
        first = int(np.searchsorted(edges[1:], 0, side="right"))
        last = int(np.searchsorted(edges[:-1], self.n_samples, side="left"))
        if first >= last or not len(low):
            return tile
        entries = np.floor_divide(edges[first : last + 1], step).astype(np.int64)
        np.clip(entries, 0, len(low), out=entries)
        begins = np.minimum(entries[:-1], len(low) - 1)
        base, stop = int(begins[0]), max(int(entries[-1]), int(begins[-1]) + 1)
        begins -= base
        tile[first:last, 0] = np.minimum.reduceat(low[base:stop], begins)
        tile[first:last, 1] = np.maximum.reduceat(high[base:stop], begins)
        tile /= _FULL
        return tile


def base_peaks(blocks: Iterable[npt.NDArray[Any]]) -> Iterator[I16]:
    """The finest level, piece by piece.

    Args:
        blocks: (channels, n) samples as decoded; n is a multiple of 256 but for the last.

    Yields:
        (m, 2) i16: lowest and highest of 256 samples each, over all channels.
    """
    for block in blocks:
        scale, middle = _scale(block.dtype)
        starts = np.arange(0, block.shape[1], BASE)
        # channel by channel: three times as fast as along the axis of so few
        low = np.minimum.reduceat(reduce(np.minimum, block), starts)
        high = np.maximum.reduceat(reduce(np.maximum, block), starts)
        level = (np.stack([low, high], axis=1, dtype=np.float64) - middle) * (_FULL / scale)
        if not np.isfinite(level).all():
            level = np.nan_to_num(level)
        level[:, 0], level[:, 1] = np.floor(level[:, 0]), np.ceil(level[:, 1])
        yield level.clip(-_FULL, _FULL).astype(np.int16)


def levels_of(base: I16) -> tuple[tuple[I16, I16], ...]:
    """All levels.

    Args:
        base: (n, 2) the finest one.
    """
    pair = np.ascontiguousarray(base[:, 0]), np.ascontiguousarray(base[:, 1])
    found = [pair]
    while len(pair[0]) > _SMALLEST:
        starts = np.arange(0, len(pair[0]), FACTOR)
        pair = np.minimum.reduceat(pair[0], starts), np.maximum.reduceat(pair[1], starts)
        found.append(pair)
    return tuple((cast("I16", frozen(low)), cast("I16", frozen(high))) for low, high in found)


def _scale(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Full scale and middle of samples as decoders deliver them."""
    if dtype.kind == "u":
        return 128.0, 128.0
    return (float(2 ** (8 * dtype.itemsize - 1)), 0.0) if dtype.kind == "i" else (1.0, 0.0)
