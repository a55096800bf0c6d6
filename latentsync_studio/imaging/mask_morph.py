"""What lies between two painted shapes: their outlines move, instead of one fading into the other.

A soft mask is seen as a pile of outlines, one for each of a few levels of coverage. Of every
outline the signed distance is known in both masks, and what lies between is where the weighted mean
of both distances changes sign. Between levels coverage follows the distances evenly, so that soft
edges stay soft. Where the outlines fit better after it, both masks are moved to where the middle of
their weight should be, so that a shape that travels keeps its form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.mask.blending import Coverage

_LEVELS: Final = (1, 36, 72, 109, 146, 182, 219, 255)  # least coverage inside of each outline
_LONGEST: Final = 384  # px: larger masks are compared smaller; distances lose nothing by it
_FAR: Final = 2.0  # of the deepest inside: distances outside count no further
_BETTER: Final = 1.1  # factor by which moving must improve the overlap


class Morph:
    """The way from one mask to another; keeps distances, so make it once for a pair."""

    def __init__(self, first: Coverage, last: Coverage) -> None:
        """Measure two masks.

        Args:
            first: (h, w) u8.
            last: of the same size.
        """
        if first.shape != last.shape:
            raise ValueError(f"Masks of {first.shape} and {last.shape} do not fit.")
        self._first, self._last = first, last
        self._peaks = int(first.max(initial=0)), int(last.max(initial=0))
        self._scale = min(1.0, _LONGEST / max(first.shape))
        small = [
            _smaller(_raised(mask, peak), self._scale)
            for mask, peak in zip((first, last), self._peaks, strict=True)
        ]
        self._travel = _travel(*small)
        begin, end = (_distances(mask) for mask in small)
        if not self._peaks[0]:
            begin, self._peaks = _emptied(end), (self._peaks[1], self._peaks[1])
        elif not self._peaks[1]:
            end, self._peaks = _emptied(begin), (self._peaks[0], self._peaks[0])
        # What is new far away from all else must not come at the very last moment.
        least = -_FAR * max(float(begin[0].max()), float(end[0].max()), 1.0)
        self._from, self._to = np.maximum(begin, least), np.maximum(end, least)

    def at(self, share: float) -> Coverage:
        """(h, w) u8 at a share of the way, 0..1; 0 and 1 are the masks themselves."""
        if share <= 0.0:
            return self._first
        if share >= 1.0:
            return self._last
        if self._travel is None:
            mixed = self._from + (self._to - self._from) * np.float32(share)
        else:
            begin = _moved(self._from, self._travel * share)
            end = _moved(self._to, self._travel * (share - 1.0))
            mixed = begin + (end - begin) * np.float32(share)
        peak = self._peaks[0] + (self._peaks[1] - self._peaks[0]) * share
        small = _covered(mixed, peak / 255)
        height, width = self._first.shape
        if small.shape == self._first.shape:
            return small
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _smaller(mask: Coverage, scale: float) -> Coverage:
    if scale >= 1.0:
        return mask
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def _distances(mask: Coverage) -> F32:
    """(levels, h, w) px to the outline of each level, positive inside."""
    height, width = mask.shape
    far = np.float32(np.hypot(height, width))
    out = np.empty((len(_LEVELS), height, width), np.float32)
    for k, level in enumerate(_LEVELS):
        inside = (mask >= level).astype(np.uint8)
        count = int(np.count_nonzero(inside))
        if count in {0, inside.size}:
            out[k] = far if count else -far
            continue
        within = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5)
        beyond = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_5)
        # The outline runs half a pixel before the first pixel on either side.
        out[k] = np.where(inside > 0, within - 0.5, 0.5 - beyond)
    return out


def _emptied(distances: F32) -> F32:
    """The distances of a mask when it has shrunk to nothing in its own middle."""
    deepest = distances.reshape(len(distances), -1).max(axis=1)
    gone = np.maximum(deepest, np.float32(0.0)) + np.float32(1.0)
    return np.asarray(distances - gone[:, None, None], np.float32)


def _covered(distances: F32, peak: float) -> Coverage:
    """Coverage, 0..`peak` of the whole, from the distances to the outlines of all levels."""
    out = np.zeros(distances.shape[1:], np.float32)
    for k in range(len(_LEVELS) - 1):
        here, above = distances[k], distances[k + 1]
        # 0 on this outline, 1 on the next; where several are one, the step is one px wide.
        span = np.maximum(here - above, np.float32(1.0)) * np.float32(2.0)
        share = np.clip((here + above) / span + np.float32(0.5), 0.0, 1.0)
        out += share * np.float32(_LEVELS[k + 1] - (_LEVELS[k] if k else 0))
    return np.asarray(np.minimum(out, 255.0) * np.float32(peak) + np.float32(0.5), np.uint8)


def _raised(mask: Coverage, peak: int) -> Coverage:
    """The mask as if its densest part were full: density changes evenly, apart from the shape."""
    if peak in {0, 255}:
        return mask
    return np.asarray(mask * np.float32(255 / peak) + np.float32(0.5), np.uint8)


def _travel(first: Coverage, last: Coverage) -> F64 | None:
    """The way (x, y) between the middles of both masks, where moving makes them fit better."""
    if not (first.any() and last.any()):
        return None
    way = _middle(last) - _middle(first)
    if float(np.hypot(*way)) < 0.5:
        return None
    here = _overlap(_shifted(first, way / 2), _shifted(last, -way / 2))
    return way if here > _BETTER * _overlap(first, last) else None


def _middle(mask: Coverage) -> F64:
    found = cv2.moments(mask)
    return np.array([found["m10"], found["m01"]]) / found["m00"]


def _shifted(mask: Coverage, way: F64) -> Coverage:
    motion = np.array([[1.0, 0.0, way[0]], [0.0, 1.0, way[1]]])
    return np.asarray(cv2.warpAffine(mask, motion, mask.shape[::-1]), np.uint8)


def _moved(distances: F32, way: F64) -> F32:
    motion = np.array([[1.0, 0.0, way[0]], [0.0, 1.0, way[1]]])
    size = distances.shape[:0:-1]
    planes = [
        cv2.warpAffine(plane, motion, size, borderMode=cv2.BORDER_REPLICATE) for plane in distances
    ]
    return np.stack(planes).astype(np.float32, copy=False)


def _overlap(first: Coverage, last: Coverage) -> float:
    """Shared coverage over all coverage, 0..1."""
    both = np.minimum(first, last).sum(dtype=np.int64)
    return float(both) / float(np.maximum(first, last).sum(dtype=np.int64))
